//! The rooms with memory: Durable Object classes, each with its store and its readers.

pub mod account;
pub mod conversation;
pub mod run;
mod tools;
pub mod webhook;
