//! Runs of agents as everybody sees them: where one stands, its steps, and the events of its journal.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    agent::Workflow,
    ids::{AgentId, RunId},
    timestamp::Timestamp,
    tool::{ToolPart, ToolState},
};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Nothing of it has begun.
    Queued,
    Running,
    /// For somebody to decide, for a time, or for an event; it costs nothing.
    Waiting,
    Completed,
    Failed,
    Cancelled,
}

impl RunStatus {
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Waiting, Self::Completed, Self::Failed, Self::Cancelled];

    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// Why a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RunReason {
    /// All its steps are done.
    Done,
    Cancelled,
    /// Its budget allows no further question to the model.
    OverSteps,
    OverToolCalls,
    OverTokens,
    /// Its budget of money is used up.
    OverCost,
    /// It took longer than it may.
    Overtime,
    /// Whoever pays has no money left for it.
    NoMoney,
    /// Nobody has decided for three months.
    NobodyDecided,
    /// The model does not take the question, now or later.
    ModelRefused,
    /// A step failed as often as it is tried.
    StepFailed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// A question to the model.
    Model,
    /// A call of a tool.
    Tool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StepStatus {
    /// Not begun, or to be tried again.
    Queued,
    Running,
    /// For somebody to decide, for a time, or for an event.
    Waiting,
    Completed,
    Failed,
}

/// One step: one effect, however often it was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunStep {
    /// Names it in its run, whichever attempt it is.
    pub key: String,
    pub kind: StepKind,
    /// The part of the workflow that it belongs to.
    pub phase: String,
    pub status: StepStatus,
    pub attempts: u32,
    /// What the model has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The call, of a tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<ToolPart>,
    /// It waits until then, or for the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// What a run has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunUsage {
    pub steps: u32,
    pub tool_calls: u32,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cost_micro_usd: u64,
}

/// What a run goes on from: the steps before were carried over from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RerunOf {
    pub run_id: RunId,
    /// The step that was taken anew; without one, that in which the other run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// A run, without its steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    pub id: RunId,
    pub agent_id: AgentId,
    /// The version that it took along.
    pub agent_version: u32,
    pub agent_name: String,
    /// The beginning of its task.
    pub task: String,
    pub status: RunStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RunReason>,
    /// The number of its newest event.
    pub last_seq: u64,
    pub created_at: Timestamp,
    /// When the newest event happened.
    pub updated_at: Timestamp,
}

/// One thing that happened in a run. New kinds may be added: a reader ignores those that it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum RunEvent {
    /// Always number 1.
    #[serde(rename = "run.created")]
    Created {
        run_id: RunId,
        agent_id: AgentId,
        agent_version: u32,
        workflow: Workflow,
        input: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rerun_of: Option<RerunOf>,
    },
    /// Stored before anything of the step happens.
    #[serde(rename = "step.started")]
    StepStarted { key: String, attempt: u32 },
    /// The model has had its say. Without calls the phase is done.
    #[serde(rename = "step.answered")]
    StepAnswered { key: String, phase: String, text: String, calls: Vec<RunCall> },
    /// An attempt failed; without `again_at` it was the last.
    #[serde(rename = "step.failed")]
    StepFailed {
        key: String,
        attempt: u32,
        error: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again_at: Option<Timestamp>,
    },
    /// The process died in the middle: nobody knows what came of the attempt. With `approval`, somebody is to say under
    /// this name whether the call is made again.
    #[serde(rename = "step.lost")]
    StepLost {
        key: String,
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approval: Option<String>,
    },
    /// An attempt ended that nobody waited for any more.
    #[serde(rename = "step.late")]
    StepLate { key: String, attempt: u32 },
    /// It waits until then, or for an event of that name.
    #[serde(rename = "step.waiting")]
    StepWaiting {
        key: String,
        until: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<String>,
    },
    /// Sent from outside; kept until somebody waits for it.
    #[serde(rename = "event.received")]
    EventReceived { name: String, data: Value },
    #[serde(rename = "tool.finished")]
    ToolFinished {
        tool_call_id: String,
        state: ToolState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error_text: Option<String>,
        duration_ms: u64,
    },
    #[serde(rename = "approval.decided")]
    ApprovalDecided {
        tool_call_id: String,
        approved: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Of the run itself nothing follows.
    #[serde(rename = "run.ended")]
    Ended {
        status: RunStatus,
        reason: RunReason,
        /// In words, when it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
}

/// A call of a tool as a model has made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunCall {
    pub tool_call_id: String,
    pub tool_name: String,
    pub input: Value,
    /// It waits until somebody decides.
    pub asks: bool,
    /// What was wrong with it: it never runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberedRunEvent {
    /// Counted from 1 without a gap.
    pub seq: u64,
    pub at: Timestamp,
    pub event: RunEvent,
}
