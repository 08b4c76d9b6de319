//! Bodies of `/api/search`.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ConversationId, MessageId},
    message::Role,
    timestamp::Timestamp,
};

/// A piece of a message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SnippetPart {
    /// Plain text.
    pub text: String,
    /// Whether it is what was looked for.
    pub hit: bool,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SearchHit {
    pub conversation_id: ConversationId,
    /// The conversation's.
    pub title: String,
    pub message_id: MessageId,
    pub role: Role,
    /// The place in the message, in pieces.
    pub snippet: Vec<SnippetPart>,
    pub created_at: Timestamp,
}

/// `GET /api/search`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SearchPage {
    pub hits: Vec<SearchHit>,
    pub next_cursor: Option<String>,
}
