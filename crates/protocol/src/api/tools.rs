//! The tools that answers may use.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ToolForMe {
    /// What settings, messages and conversations call it.
    pub name: String,
    /// What people call it.
    pub title: String,
    pub description: String,
    /// Somebody is asked before it runs, or before some of its calls do.
    pub asks: bool,
    /// Answers use it where the conversation does not say otherwise.
    pub enabled: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ToolsForMe {
    pub tools: Vec<ToolForMe>,
}
