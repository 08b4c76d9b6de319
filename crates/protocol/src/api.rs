//! Bodies of the HTTP API; those of identity are in `identity`.

mod admin;
mod agents;
mod artifacts;
mod attachments;
mod flags;
mod identity;
mod library;
mod mailbox;
mod models;
mod money;
mod organizations;
mod provider_keys;
mod reading;
mod runs;
mod schedules;
mod search;
mod sharing;
mod tools;
mod transfer;
mod webhooks;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use admin::*;
pub use agents::*;
pub use artifacts::*;
pub use attachments::{Attachment, AttachmentStatus, BeginUpload, UploadProgress};
pub use flags::{Flag, FlagList, FlagsForMe, SetFlag};
pub use identity::*;
pub use library::*;
pub use mailbox::*;
pub use models::*;
pub use money::*;
pub use organizations::*;
pub use provider_keys::*;
pub use reading::{PageText, ReadPage};
pub use runs::*;
pub use schedules::*;
pub use search::*;
pub use sharing::*;
pub use tools::*;
pub use transfer::*;
pub use webhooks::*;

use crate::{
    details::{Details, Parameters},
    event::{Numbered, Turn},
    frame::UiMessage,
    ids::{ConversationId, LibraryId, ProjectId},
    jobs::ProjectConversation,
    message::Message,
    organization::Owner,
    timestamp::Timestamp,
    vote::VoteValue,
};

/// `POST /api/chat/conversations`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateConversation {
    pub title: Option<String>,
    pub system_prompt: Option<String>,
    pub model: Option<String>,
    /// How the model is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Parameters>,
    /// What is not said here is as this preset has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset_id: Option<LibraryId>,
    /// Without it the conversation is its creator's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// It is in no list and in no search, and goes by itself. Its creator's alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub temporary: bool,
}

/// `PATCH /api/chat/conversations/{id}`: what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateConversation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `""`: none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// All of them together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Parameters>,
    /// All of them together: a name and whether answers may use the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<BTreeMap<String, bool>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// `""`: none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

/// `POST /api/chat/conversations/{id}/fork`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForkConversation {
    /// The last message to copy. Without it: the newest of the current branch that has ended.
    pub message_id: Option<String>,
    /// Without it the title stays.
    pub title: Option<String>,
}

/// A conversation as the catalogue shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    pub id: ConversationId,
    /// Of a conversation that is not its creator's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub project_id: Option<ProjectId>,
    pub title: String,
    pub system_prompt: Option<String>,
    pub model: String,
    /// The beginning of the last message.
    pub preview: String,
    pub message_count: u32,
    /// The number of the newest event that this view knows.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub last_seq: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    #[serde(flatten)]
    #[cfg_attr(feature = "ts", ts(flatten))]
    pub details: Details,
}

impl From<&ProjectConversation> for Conversation {
    fn from(project: &ProjectConversation) -> Self {
        Self {
            id: project.conversation_id,
            project_id: match project.owner {
                Owner::Project(id) => Some(id),
                Owner::User(_) => None,
            },
            title: project.title.clone(),
            system_prompt: project.system_prompt.clone(),
            model: project.model.clone(),
            preview: project.preview.clone(),
            message_count: project.message_count,
            last_seq: project.version,
            created_at: project.created_at,
            updated_at: project.updated_at,
            details: project.details.clone(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConversationPage {
    pub conversations: Vec<Conversation>,
    pub next_cursor: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessagePage {
    pub messages: Vec<Message>,
    pub next_cursor: Option<String>,
}

/// A page of the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    pub events: Vec<Numbered>,
    /// The number of the newest event in the log; ask again with `after` = the last one received.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub last_seq: u64,
}

/// `POST /api/chat/conversations/{id}/messages`
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendMessage {
    pub content: String,
    #[serde(default)]
    pub attachments: Option<Vec<String>>,
    #[serde(default)]
    pub client_message_id: Option<String>,
    #[serde(default)]
    pub parent_id: Option<String>,
    #[serde(default)]
    pub model: Option<String>,
    /// The tools that the answer may use; without it, those of the settings.
    #[serde(default)]
    pub tools: Option<Vec<String>>,
    /// An answer that was given to the very same request before may be given again, where the flag `answer-cache` is on.
    #[serde(default)]
    pub cache: Option<bool>,
}

/// `POST /api/chat/conversations/{id}/approvals/{callId}`
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecideCall {
    /// Whether the call may run.
    pub approved: bool,
    /// Why, for the model.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What was decided.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DecidedCall {
    pub tool_call_id: String,
    pub approved: bool,
}

/// `POST …/messages/{message}/regenerate`
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Regenerate {
    /// Without it the conversation's.
    #[serde(default)]
    pub model: Option<String>,
}

/// `PUT …/messages/{message}/vote`
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetVote {
    /// `null`: none any more.
    pub value: Option<VoteValue>,
    #[serde(default)]
    pub reason: Option<String>,
}

/// 202 of a message that was accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Accepted {
    pub message: Message,
    pub turn: Turn,
}

/// `POST /api/chat/conversations/{id}/stop`
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StopTurn {
    /// The turn to stop. Without it everything stops: the running turn and those that wait.
    pub turn_id: Option<String>,
}

/// `POST /api/chat`: the body of the AI SDK's default transport. Unknown fields are the client's own.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UiChat {
    pub id: String,
    pub messages: Vec<UiMessage>,
    #[serde(default)]
    pub trigger: Option<String>,
    #[serde(default)]
    pub message_id: Option<String>,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub parent_id: Option<String>,
    /// The tools that the answer may use; without it, those of the settings.
    #[serde(default)]
    pub tools: Option<Vec<String>>,
    /// The client knows the chunks that ask for approvals, as AI SDK 6 and later do.
    #[serde(default)]
    pub approvals: Option<bool>,
}
