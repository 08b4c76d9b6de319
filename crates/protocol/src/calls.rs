//! Calls to Durable Objects: which object, which request, which reply.

pub mod conversation;
