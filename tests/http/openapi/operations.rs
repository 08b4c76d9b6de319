//! Every operation of the API, a file for each area. A route that is missing here fails a test.

mod account;
mod administration;
mod agents;
mod artifacts;
mod attachments;
mod chat;
mod identity;
mod library;
mod models;
mod money;
mod organizations;
mod reading;
mod service;
mod transfer;
mod webhooks;

use serde_json::{Value, json};

use super::operation::Operation;

pub const SERVICE: &str = "Service";
pub const IDENTITY: &str = "Identity";
pub const ACCOUNT: &str = "Account";
pub const CHAT: &str = "Conversations";
pub const TRANSFER: &str = "Search, files and links";
pub const FILES: &str = "Files";
pub const LIBRARY: &str = "Presets and prompts";
pub const ARTIFACTS: &str = "Artifacts";
pub const AGENTS: &str = "Agents";
pub const WEBHOOKS: &str = "Webhooks";
pub const AI_SDK: &str = "AI SDK";
pub const ORGANIZATIONS: &str = "Organizations";
pub const WEB: &str = "Pages of the web";
pub const ADMINISTRATION: &str = "Administration";
pub const MONEY: &str = "Money";
pub const FLAGS: &str = "Feature flags";
pub const MODELS: &str = "Models";

pub const TAGS: &[(&str, &str)] = &[
    (SERVICE, "Whether the service lives."),
    (IDENTITY, "Signing up, in and out."),
    (ACCOUNT, "One's own account, for a session."),
    (CHAT, "Conversations, their messages and their log."),
    (TRANSFER, "Finding what was said, and taking it elsewhere."),
    (FILES, "Files that go with messages."),
    (LIBRARY, "What one keeps to use again."),
    (ARTIFACTS, "Texts that are made beside a conversation, with all their versions."),
    (AGENTS, "Agents, with all their versions, and what they do."),
    (WEBHOOKS, "Addresses that hear what happens, by Standard Webhooks."),
    (AI_SDK, "The paths of the AI SDK's default transport."),
    (ORGANIZATIONS, "People who work together, for a session, and their projects."),
    (WEB, "Pages of the web, read for somebody."),
    (ADMINISTRATION, "Users and the audit log, for administrators."),
    (MONEY, "What was spent, and plans that are bought."),
    (FLAGS, "What is on for whom."),
    (MODELS, "The models that may be asked, and who answers for them."),
];

pub fn all() -> Vec<Operation> {
    [
        service::operations(),
        identity::operations(),
        account::operations(),
        organizations::operations(),
        chat::operations(),
        transfer::operations(),
        attachments::operations(),
        library::operations(),
        artifacts::operations(),
        agents::operations(),
        agents::schedules(),
        agents::runs(),
        webhooks::operations(),
        reading::operations(),
        administration::operations(),
        money::operations(),
        models::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A list that comes in pages.
fn page(operation: Operation, most: u32, usual: u32) -> Operation {
    operation
        .query("limit", whole(1, Some(most.into()), usual.into()), "How many at most.")
        .query("cursor", text(), "The `nextCursor` of the page before.")
        .fails(&[422])
}

/// An id of ours.
fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

/// Any text.
fn text() -> Value {
    json!({"type": "string"})
}

/// A whole number.
fn whole(least: u64, most: Option<u64>, usual: u64) -> Value {
    let mut schema = json!({"type": "integer", "minimum": least, "default": usual});
    if let Some(most) = most {
        schema["maximum"] = most.into();
    }
    schema
}
