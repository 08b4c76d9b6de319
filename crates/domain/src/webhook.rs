//! Webhooks out: what happens to a user's conversations and runs, told to addresses of theirs by Standard Webhooks.
//!
//! Three steps, each stored before the next. What has happened is known to a conversation or a run; its row in D1 is
//! written together with a row of the outbox ([`records`]), where the user has an endpoint at all. A message of queue
//! `webhooks` reads what is new and hands it to each endpoint's object ([`telling`]). The object keeps events in one order
//! with one cursor ([`endpoint`]): the next event is sent when the one before was delivered, or given up.

pub mod delivery;
pub mod desk;
pub mod endpoint;
pub mod happenings;
pub mod ladder;
pub mod records;
pub mod signature;
pub mod store;
pub mod telling;

use edgewise_protocol::ids::{UserId, WebhookId};

/// For each user.
pub const MAX_ENDPOINTS: u64 = 10;
pub const MAX_DESCRIPTION_CHARS: usize = 200;
/// What an endpoint keeps, delivered or not; then the oldest go.
pub const MAX_EVENTS: u64 = 10_000;
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;
pub const KEEP_MS: u64 = 30 * 24 * 3_600_000;
/// Attempts that are kept of one endpoint.
pub const MAX_ATTEMPTS: u64 = 1_000;
/// A text in an event; what is longer is cut.
pub const MAX_CONTENT_BYTES: usize = 64 * 1024;
/// So long both secrets sign after one was changed for another.
pub const OVERLAP_MS: u64 = 24 * 3_600_000;
/// An endpoint to which nothing could be delivered for so long gets nothing until its user says so.
pub const MAX_FAILING_MS: u64 = 5 * 24 * 3_600_000;
/// The longest page of attempts or events.
pub const MAX_PAGE: u32 = 100;

/// What seals an endpoint's secret to its place.
pub fn context(user: UserId, id: WebhookId) -> String {
    format!("webhook/{user}/{id}")
}
