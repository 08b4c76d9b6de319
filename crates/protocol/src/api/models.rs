//! The models that may be asked, as everybody and as administrators see them.

use serde::{Deserialize, Serialize};

use crate::{price::Price, timestamp::Timestamp};

/// One way to a model: whose server, and what it calls the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelRoute {
    /// A provider that the deployment's settings name.
    pub provider: String,
    pub model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// What a model can do, and how it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Abilities {
    /// It sees images.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vision: bool,
    /// It is asked to show what it thinks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reasoning: bool,
    /// It calls tools.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tools: bool,
    /// It goes on from an answer of its own that was cut, without being told to.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prefill: bool,
    /// How long prompt and answer may be together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u32>,
    /// How long it may think; as it sees fit unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_tokens: Option<u32>,
}

/// A model of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// What conversations call it.
    pub name: String,
    /// What people call it.
    pub title: String,
    pub abilities: Abilities,
    /// Tried in this order.
    pub routes: Vec<ModelRoute>,
    pub updated_at: Timestamp,
}

/// `PUT /api/admin/models/{name}`
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetModel {
    /// Without it, the name.
    pub title: Option<String>,
    #[serde(default)]
    pub abilities: Abilities,
    pub routes: Vec<ModelRoute>,
}

/// `GET /api/admin/models`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelList {
    pub models: Vec<Model>,
}

/// A model that one may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ModelForMe {
    pub name: String,
    pub title: String,
    pub abilities: Abilities,
    /// That of its first route.
    pub price: Option<Price>,
}

/// `GET /api/models`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ModelsForMe {
    /// The one that answers when a conversation names none.
    pub default_model: String,
    pub models: Vec<ModelForMe>,
}
