//! Every binding by the name that wrangler.toml gives it. A test compares the two.

/// D1: the catalogue, and whatever is queried across objects.
pub const DB: &str = "DB";
/// KV: what may be lost or late.
pub const CACHE: &str = "CACHE";
/// R2: attachments.
pub const FILES: &str = "FILES";
/// Workers AI; not everywhere.
pub const AI: &str = "AI";
/// The built web app.
pub const ASSETS: &str = "ASSETS";
/// Durable Object class `Account`.
pub const ACCOUNT: &str = "ACCOUNT";
/// Durable Object class `Conversation`.
pub const CONVERSATION: &str = "CONVERSATION";
/// Durable Object class `Run`.
pub const RUN: &str = "RUN";
/// Durable Object class `Webhook`.
pub const WEBHOOK: &str = "WEBHOOK";
pub const QUEUE_GENERATION: &str = "QUEUE_GENERATION";
pub const QUEUE_MEMORY_PROCESSING: &str = "QUEUE_MEMORY_PROCESSING";
pub const QUEUE_WEBHOOKS: &str = "QUEUE_WEBHOOKS";
pub const QUEUE_INGEST: &str = "QUEUE_INGEST";
pub const QUEUE_PROJECTION: &str = "QUEUE_PROJECTION";
/// The deployed version.
pub const CF_VERSION: &str = "CF_VERSION";
