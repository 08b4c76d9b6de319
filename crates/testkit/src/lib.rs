//! Fakes of every port that fail on demand, a clock that stands, a scripted model, and SQLite running the real
//! migrations. Natively only, for tests only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod accounts;
pub mod authenticator;
pub mod catalogue;
pub mod files;
pub mod issuer;
pub mod journal;
pub mod mail;
pub mod memory;
pub mod ports;
pub mod runs;
pub mod script;
pub mod sqlite;
pub mod standards;
pub mod web;
pub mod webhooks;
mod zones;
