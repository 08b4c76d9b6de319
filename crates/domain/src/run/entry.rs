//! One entry of a journal, as it rests, and as readers see it. Short names: these are rows.

use edgewise_protocol::{
    calls::run::NewRun,
    run::{RunCall, RunEvent, RunReason, RunStatus},
    timestamp::Timestamp,
    tool::ToolState,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chat::tools::{Note, Outcome};

/// What an attempt has cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    #[serde(rename = "m")]
    pub model: String,
    #[serde(rename = "i")]
    pub input_tokens: u32,
    #[serde(rename = "o")]
    pub output_tokens: u32,
    /// `None`: nobody knows the price.
    #[serde(default, rename = "c", skip_serializing_if = "Option::is_none")]
    pub cost_micro_usd: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "k")]
pub enum Entry {
    #[serde(rename = "new")]
    Created { run: Box<NewRun> },
    /// Claimed: from here on nobody else takes this step.
    #[serde(rename = "go")]
    Started {
        #[serde(rename = "s")]
        step: String,
        #[serde(rename = "n")]
        attempt: u32,
    },
    /// What the model has said, and what it has called.
    #[serde(rename = "say")]
    Answered {
        #[serde(rename = "s")]
        step: String,
        #[serde(rename = "n")]
        attempt: u32,
        #[serde(rename = "p")]
        phase: String,
        #[serde(rename = "t")]
        text: String,
        #[serde(default, rename = "h", skip_serializing_if = "String::is_empty")]
        thought: String,
        #[serde(default, rename = "c", skip_serializing_if = "Vec::is_empty")]
        notes: Vec<Note>,
        #[serde(default, rename = "$", skip_serializing_if = "Option::is_none")]
        spent: Option<Spent>,
    },
    /// What came of a call.
    #[serde(rename = "did")]
    Finished {
        #[serde(rename = "s")]
        step: String,
        #[serde(rename = "r")]
        outcome: Outcome,
        #[serde(rename = "m")]
        duration_ms: u64,
    },
    #[serde(rename = "trip")]
    Tripped {
        #[serde(rename = "s")]
        step: String,
        #[serde(rename = "n")]
        attempt: u32,
        #[serde(rename = "e")]
        error: String,
        #[serde(default, rename = "a", skip_serializing_if = "Option::is_none")]
        again_at_ms: Option<u64>,
        #[serde(default, rename = "$", skip_serializing_if = "Option::is_none")]
        spent: Option<Spent>,
    },
    /// The process died between claim and record.
    #[serde(rename = "lost")]
    Lost {
        #[serde(rename = "s")]
        step: String,
        #[serde(rename = "n")]
        attempt: u32,
        /// Somebody is asked under this name.
        #[serde(default, rename = "q", skip_serializing_if = "Option::is_none")]
        approval: Option<String>,
    },
    /// It came when nobody waited for it; what it has cost is owed all the same.
    #[serde(rename = "late")]
    Late {
        #[serde(rename = "s")]
        step: String,
        #[serde(rename = "n")]
        attempt: u32,
        #[serde(rename = "$")]
        spent: Spent,
    },
    /// A call that does nothing but wait.
    #[serde(rename = "wait")]
    Waits {
        #[serde(rename = "s")]
        step: String,
        #[serde(rename = "u")]
        until_ms: u64,
        #[serde(default, rename = "e", skip_serializing_if = "Option::is_none")]
        event: Option<String>,
    },
    /// An event from outside.
    #[serde(rename = "event")]
    Received {
        #[serde(rename = "n")]
        name: String,
        #[serde(rename = "i")]
        key: String,
        #[serde(rename = "d")]
        data: Value,
    },
    #[serde(rename = "said")]
    Decided {
        #[serde(rename = "q")]
        approval: String,
        #[serde(rename = "y")]
        approved: bool,
        #[serde(default, rename = "r", skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    #[serde(rename = "end")]
    Closed {
        #[serde(rename = "s")]
        status: RunStatus,
        #[serde(rename = "r")]
        reason: RunReason,
        #[serde(default, rename = "e", skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
}

impl Entry {
    /// The step and the attempt that this charges for.
    pub fn spent(&self) -> Option<(&str, u32, &Spent)> {
        match self {
            Self::Answered { step, attempt, spent, .. } | Self::Tripped { step, attempt, spent, .. } => {
                Some((step, *attempt, spent.as_ref()?))
            }
            Self::Late { step, attempt, spent } => Some((step, *attempt, spent)),
            _ => None,
        }
    }

    /// What readers are told.
    pub fn event(self) -> RunEvent {
        match self {
            Self::Created { run } => RunEvent::Created {
                run_id: run.id,
                agent_id: run.agent_id,
                agent_version: run.agent_version,
                workflow: run.definition.workflow,
                input: run.input,
                rerun_of: run.rerun_of,
            },
            Self::Started { step: key, attempt } => RunEvent::StepStarted { key, attempt },
            Self::Answered { step: key, phase, text, notes, .. } => {
                RunEvent::StepAnswered { key, phase, text, calls: calls(&notes) }
            }
            Self::Finished { step, outcome, duration_ms } => finished(step, outcome, duration_ms),
            Self::Tripped { step: key, attempt, error, again_at_ms, .. } => {
                RunEvent::StepFailed { key, attempt, error, again_at: again_at_ms.map(Timestamp) }
            }
            Self::Lost { step: key, attempt, approval } => RunEvent::StepLost { key, attempt, approval },
            Self::Late { step: key, attempt, .. } => RunEvent::StepLate { key, attempt },
            Self::Waits { step: key, until_ms, event } => {
                RunEvent::StepWaiting { key, until: Timestamp(until_ms), event }
            }
            Self::Received { name, data, .. } => RunEvent::EventReceived { name, data },
            Self::Decided { approval, approved, reason } => {
                RunEvent::ApprovalDecided { tool_call_id: approval, approved, reason }
            }
            Self::Closed { status, reason, error } => RunEvent::Ended { status, reason, error },
        }
    }
}

fn finished(tool_call_id: String, outcome: Outcome, duration_ms: u64) -> RunEvent {
    let (state, output, error_text) = match outcome {
        Outcome::Output(output) => (ToolState::OutputAvailable, Some(output), None),
        Outcome::Error(error) => (ToolState::OutputError, None, Some(error)),
        Outcome::Denied(reason) => (ToolState::OutputDenied, None, reason),
    };
    RunEvent::ToolFinished { tool_call_id, state, output, error_text, duration_ms }
}

fn calls(notes: &[Note]) -> Vec<RunCall> {
    let called = notes.iter().filter_map(|note| match note {
        Note::Called { id, name, input, .. } => Some((id, name, input)),
        _ => None,
    });
    called
        .map(|(id, name, input)| RunCall {
            tool_call_id: id.clone(),
            tool_name: name.clone(),
            input: input.clone(),
            asks: notes.iter().any(|note| matches!(note, Note::Asked { id: asked } if asked == id)),
            error_text: notes.iter().find_map(|note| match note {
                Note::Finished { id: ended, outcome: Outcome::Error(error), .. } if ended == id => Some(error.clone()),
                _ => None,
            }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_formats_unchanged() {
        for text in [
            r#"{"k":"go","s":"research-0","n":1}"#,
            r#"{"k":"say","s":"research-0","n":1,"p":"research","t":"Yes.","$":{"m":"gpt","i":1,"o":2,"c":3}}"#,
            r#"{"k":"did","s":"call_1_0","r":{"o":{"a":1}},"m":5}"#,
            r#"{"k":"trip","s":"research-0","n":1,"e":"cut","a":7}"#,
            r#"{"k":"lost","s":"call_1_0","n":1,"q":"call_1_0~2"}"#,
            r#"{"k":"late","s":"research-0","n":2,"$":{"m":"gpt","i":1,"o":2}}"#,
            r#"{"k":"wait","s":"call_1_0","u":9,"e":"paid"}"#,
            r#"{"k":"event","n":"paid","i":"k","d":{"a":1}}"#,
            r#"{"k":"said","q":"call_1_0","y":false,"r":"no"}"#,
            r#"{"k":"end","s":"failed","r":"over-steps","e":"too many"}"#,
        ] {
            let entry: Entry = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&entry).unwrap(), text);
        }
    }
}
