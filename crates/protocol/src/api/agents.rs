//! Agents: definitions that people keep, with all their versions.

use serde::{Deserialize, Serialize};

use crate::{
    agent::{AgentBudget, AgentDefinition, Workflow},
    ids::{AgentId, ProjectId},
    timestamp::Timestamp,
};

/// As [`AgentBudget`], of people: it names nothing that is unknown.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetAgentBudget {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micro_usd: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

/// `POST /api/agents`, and `PUT` of one: all of its definition.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetAgent {
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub instructions: String,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub tools: Vec<String>,
    #[serde(default)]
    pub workflow: Workflow,
    #[serde(default)]
    pub budget: SetAgentBudget,
    #[serde(default)]
    pub starters: Vec<String>,
    /// Where a new one is to be; it stays there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
}

impl SetAgent {
    pub fn definition(self) -> AgentDefinition {
        let Self { name, description, instructions, model, tools, workflow, budget, starters, project_id: _ } = self;
        let SetAgentBudget { steps, tool_calls, tokens, cost_micro_usd, seconds } = budget;
        let budget = AgentBudget { steps, tool_calls, tokens, cost_micro_usd, seconds };
        AgentDefinition { name, description, instructions, model, tools, workflow, budget, starters }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Agent {
    pub id: AgentId,
    /// Of one that is not its creator's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// Which version `definition` is; the newest unless another was asked for.
    pub version: u32,
    pub definition: AgentDefinition,
    pub created_at: Timestamp,
    /// When the newest version was made.
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AgentPage {
    pub agents: Vec<Agent>,
    pub next_cursor: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AgentVersion {
    pub version: u32,
    /// What it was called then.
    pub name: String,
    pub created_at: Timestamp,
}

/// Newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AgentVersions {
    pub versions: Vec<AgentVersion>,
}

/// `POST /api/agents/{id}/restore`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RestoreAgent {
    pub version: u32,
}
