//! What the product decides: turns, prompts, models and who may do what. Pure: no I/O, no clock, no randomness of its own.

pub mod access;
pub mod account;
pub mod audit;
pub mod catalogue;
pub mod chat;
pub mod config;
pub mod directory;
pub mod erasure;
pub mod flags;
pub mod health;
pub mod identity;
pub mod limits;
pub mod logs;
pub mod mail;
pub mod models;
pub mod nesting;
pub mod organizations;
pub mod origins;
pub mod outbound;
pub mod ports;
pub mod reading;
pub mod redaction;
pub mod search;
pub mod users;
pub mod web;
