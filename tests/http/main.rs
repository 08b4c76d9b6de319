//! The real router, natively and in process, over the fakes of the testkit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod access;
mod admin;
mod attachments;
mod bad_input;
mod browser;
mod client;
mod conversations;
mod cookies;
mod cors;
mod erasure;
mod external;
mod flags;
mod health;
mod hops;
mod identity;
mod logs;
mod mail;
mod messages;
mod models;
mod money;
mod oauth;
mod once;
mod openapi;
mod organizations;
mod passkeys;
mod provider_keys;
mod reset;
mod second_factor;
mod temporary;
mod told;
mod transfer;
mod turns;
mod verify;
mod wall;
mod web;
