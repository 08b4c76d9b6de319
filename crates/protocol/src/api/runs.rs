//! Runs of agents: starting one, looking at it, deciding and ending it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    agent::AgentDefinition,
    run::{NumberedRunEvent, RerunOf, RunStep, RunSummary, RunUsage},
};

/// `POST /api/agents/{id}/runs`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StartRun {
    /// The task.
    pub input: String,
    /// Without it, the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// `POST /api/runs/{id}/rerun`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RerunRun {
    /// The key of the step to begin with. Without it, the step that the run ended in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// `POST /api/runs/{id}/events/{name}`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SendRunEvent {
    /// What the event says: any JSON.
    pub data: Value,
}

/// A run with everything that was done in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Run {
    pub summary: RunSummary,
    /// What it took along: later versions of its agent are nothing to it.
    pub definition: AgentDefinition,
    /// The whole task.
    pub input: String,
    /// What it goes on from; what was carried over counts for nothing here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun_of: Option<RerunOf>,
    /// What the last step said, once all are done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// In words, when it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What somebody is to decide about, by the names to decide under.
    pub approvals: Vec<String>,
    /// In the order in which they came up.
    pub steps: Vec<RunStep>,
    pub usage: RunUsage,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunPage {
    pub runs: Vec<RunSummary>,
    pub next_cursor: Option<String>,
}

/// Oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunEventPage {
    pub events: Vec<NumberedRunEvent>,
    /// The newest there is.
    pub last_seq: u64,
    /// The run has ended: when this page has the newest, there will be no other.
    pub is_over: bool,
}
