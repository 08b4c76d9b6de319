//! Calls to Durable Objects: which object, which request, which reply.

pub mod account;
pub mod conversation;
pub mod run;
pub mod search;
pub mod webhook;
