//! One thing that happened in a turn's tool loop, as it rests in a row.

use edgewise_protocol::{event::Event, ids::MessageId, tool::ToolState};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::MAX_RESULT_BYTES;

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    #[serde(rename = "o")]
    Output(Value),
    #[serde(rename = "e")]
    Error(String),
    /// A person said no, perhaps why.
    #[serde(rename = "d")]
    Denied(Option<String>),
}

impl Outcome {
    /// As a log keeps it.
    #[must_use]
    pub fn bounded(self) -> Self {
        match &self {
            Self::Output(output) if output.to_string().len() > MAX_RESULT_BYTES => {
                Self::Error(format!("The result is longer than {MAX_RESULT_BYTES} bytes."))
            }
            Self::Error(error) if error.len() > MAX_RESULT_BYTES => Self::Error("The tool failed.".into()),
            _ => self,
        }
    }
}

/// Short names: these rest in rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "k")]
pub enum Note {
    #[serde(rename = "c")]
    Called {
        #[serde(rename = "i")]
        id: String,
        #[serde(rename = "n")]
        name: String,
        #[serde(rename = "a")]
        input: Value,
        /// Counted from 0; calls of one round with the model share it.
        #[serde(rename = "s")]
        step: u32,
        /// How much the model had said and thought by then, bytes.
        #[serde(rename = "p")]
        said: usize,
        #[serde(rename = "t")]
        thought: usize,
        /// Who called.
        #[serde(default, rename = "b", skip_serializing_if = "String::is_empty")]
        by: String,
        /// Their seal of the thoughts before the step's calls: of its first.
        #[serde(default, rename = "g", skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
        /// Of the thoughts that led to this one.
        #[serde(default, rename = "h", skip_serializing_if = "Option::is_none")]
        call_signature: Option<String>,
        /// Tokens of the turn by then.
        #[serde(rename = "u")]
        used: (u32, u32),
    },
    #[serde(rename = "q")]
    Asked {
        #[serde(rename = "i")]
        id: String,
    },
    #[serde(rename = "d")]
    Decided {
        #[serde(rename = "i")]
        id: String,
        #[serde(rename = "y")]
        approved: bool,
        #[serde(default, rename = "r", skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    #[serde(rename = "f")]
    Finished {
        #[serde(rename = "i")]
        id: String,
        #[serde(rename = "r")]
        outcome: Outcome,
        #[serde(rename = "m")]
        duration_ms: u64,
    },
}

impl Note {
    pub fn id(&self) -> &str {
        match self {
            Self::Called { id, .. } | Self::Asked { id } | Self::Decided { id, .. } | Self::Finished { id, .. } => id,
        }
    }

    /// Of a call: its step.
    pub const fn step(&self) -> Option<u32> {
        match self {
            Self::Called { step, .. } => Some(*step),
            _ => None,
        }
    }

    pub(super) fn call_signature(&self) -> Option<String> {
        match self {
            Self::Called { call_signature, .. } => call_signature.clone(),
            _ => None,
        }
    }

    /// What it takes in a row.
    pub fn bytes(&self) -> usize {
        serde_json::to_string(self).map_or(0, |json| json.len())
    }

    pub(super) fn without_input(mut self) -> Self {
        if let Self::Called { input, signature, call_signature, .. } = &mut self {
            (*input, *signature, *call_signature) = (Value::Null, None, None);
        }
        self
    }

    /// That it happened, and nothing of what was said.
    #[must_use]
    pub fn emptied(self) -> Self {
        match self.without_input() {
            Self::Finished { id, outcome, duration_ms } => {
                let outcome = match outcome {
                    Outcome::Output(_) => Outcome::Output(Value::Null),
                    Outcome::Error(_) => Outcome::Error(String::new()),
                    Outcome::Denied(_) => Outcome::Denied(None),
                };
                Self::Finished { id, outcome, duration_ms }
            }
            Self::Decided { id, approved, .. } => Self::Decided { id, approved, reason: None },
            other => other,
        }
    }

    pub(super) fn with(mut self, instead: Outcome) -> Self {
        if let Self::Finished { outcome, .. } = &mut self {
            *outcome = instead;
        }
        self
    }

    /// What readers are told; `message_id` is the answer's.
    pub fn event(self, message_id: MessageId) -> Event {
        match self {
            Self::Called { id, name, input, .. } => {
                Event::ToolCalled { message_id, tool_call_id: id, tool_name: name, input }
            }
            Self::Asked { id } => Event::ApprovalRequested { message_id, tool_call_id: id },
            Self::Decided { id, approved, reason } => {
                Event::ApprovalDecided { message_id, tool_call_id: id, approved, reason }
            }
            Self::Finished { id, outcome, duration_ms } => {
                let (state, output, error_text) = match outcome {
                    Outcome::Output(output) => (ToolState::OutputAvailable, Some(output), None),
                    Outcome::Error(error) => (ToolState::OutputError, None, Some(error)),
                    Outcome::Denied(reason) => (ToolState::OutputDenied, None, reason),
                };
                Event::ToolFinished { message_id, tool_call_id: id, state, output, error_text, duration_ms }
            }
        }
    }
}
