//! The words that cross a wire or rest on a disk: ids, messages, events, frames, calls, jobs and problems.
//!
//! Nothing here decides anything. A shape that is stored or sent is pinned by a test beside it.

pub mod agent;
pub mod api;
pub mod attachment;
pub mod calls;
pub mod chunk;
pub mod details;
pub mod event;
pub mod frame;
pub mod ids;
pub mod jobs;
pub mod limit;
pub mod message;
pub mod money;
pub mod organization;
pub mod plan;
pub mod price;
pub mod problem;
pub mod run;
pub mod schedule;
pub mod timestamp;
pub mod tool;
#[cfg(all(test, feature = "ts"))]
mod typescript;
pub mod vote;
pub mod webhook;
