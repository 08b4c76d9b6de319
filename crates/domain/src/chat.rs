//! A conversation: a log of numbered events, a tree of messages, and one turn at a time.
//!
//! Read [`turn`] first.

pub mod annotations;
pub mod branch;
pub mod compaction;
pub mod conversation;
pub mod desk;
pub mod marks;
pub mod names;
pub mod prompt;
pub mod readers;
pub mod reuse;
pub mod routing;
pub mod row;
pub mod send;
pub mod tools;
pub mod turn;
