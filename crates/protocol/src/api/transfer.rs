//! Bodies of imports.

use serde::{Deserialize, Serialize};

use crate::ids::ConversationId;

/// `POST /api/import`: the file as it was exported.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ImportFile(pub serde_json::Value);

/// What became of a conversation of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ImportOutcome {
    /// It is here now.
    Created,
    /// It was here already, and stays as it is.
    Unchanged,
    /// It was here and was deleted; it is not brought back.
    Deleted,
    /// It was not taken.
    Failed,
}

/// A conversation of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImportedConversation {
    pub outcome: ImportOutcome,
    /// Whose export it is from.
    pub source: Option<String>,
    /// Its id there.
    pub source_id: Option<String>,
    /// Its id here.
    pub conversation_id: Option<ConversationId>,
    pub title: Option<String>,
    pub message_count: u32,
    /// Messages that people never saw there: instructions, calls of tools, thoughts.
    pub skipped_messages: u32,
    /// Why it was not taken.
    pub reason: Option<String>,
}

/// What became of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportReport {
    pub conversations: Vec<ImportedConversation>,
}
