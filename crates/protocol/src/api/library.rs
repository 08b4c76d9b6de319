//! What a user keeps to use again: presets of new conversations, and prompts with holes.

use serde::{Deserialize, Serialize};

use crate::{details::Parameters, ids::LibraryId, timestamp::Timestamp};

/// `POST /api/presets`, and `PUT` of one
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetPreset {
    pub name: String,
    #[serde(default)]
    pub system_prompt: Option<String>,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub parameters: Parameters,
}

/// What a new conversation can be made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Preset {
    pub id: LibraryId,
    pub name: String,
    pub system_prompt: Option<String>,
    pub model: Option<String>,
    pub parameters: Parameters,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PresetList {
    pub presets: Vec<Preset>,
}

/// `POST /api/prompts`, and `PUT` of one
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetPrompt {
    pub title: String,
    /// What is typed after the slash.
    pub command: String,
    pub text: String,
}

/// A text that is written again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Prompt {
    pub id: LibraryId,
    pub title: String,
    /// What is typed after the slash.
    pub command: String,
    pub text: String,
    /// The names between `{{` and `}}` in the text, each once, in the order in which they are there.
    pub variables: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PromptList {
    pub prompts: Vec<Prompt>,
}
