//! Calls to the object `Run` (binding `RUN`, named by the run's id). A call is a [`Request`] as JSON, the answer a
//! [`Reply`].

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    agent::AgentDefinition,
    api::{Run, RunEventPage},
    ids::{AgentId, KeyId, RunId, UserId},
    run::RerunOf,
};

/// Version of the shapes below. Unknown fields are ignored, so that a new Worker may talk to an old object.
pub const VERSION: u32 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    pub v: u32,
    /// Who asks; `None` is the platform itself.
    pub user: Option<UserId>,
    pub call: Call,
}

/// A run that is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewRun {
    pub id: RunId,
    pub agent_id: AgentId,
    pub agent_version: u32,
    pub definition: AgentDefinition,
    pub input: String,
    /// Whose it is: it runs with their rights, and they pay.
    pub user: UserId,
    /// The API key that it was started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    /// What it goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun_of: Option<RerunOf>,
    /// So many entries of its journal, after the first, are another's: they were paid for there.
    #[serde(default, skip_serializing_if = "super::account::is_default")]
    pub carried: u64,
}

/// Each may be made again when nobody knows whether it was carried out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Call {
    /// The same again is the first one.
    Start {
        run: Box<NewRun>,
        /// Entries of another journal, as rows have them, that this one begins with.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        carried: Vec<Value>,
    },
    /// What another run is given that goes on from here: from `step`, or from the step that this one ended in.
    Carry {
        step: Option<String>,
    },
    Show,
    Events {
        after: u64,
        limit: u32,
        /// How long to wait for an event where there is none yet.
        wait_ms: u64,
    },
    Cancel,
    Decide {
        tool_call_id: String,
        approved: bool,
        reason: Option<String>,
    },
    /// An event from outside; the same key again is the same event.
    Send {
        name: String,
        key: String,
        data: Value,
    },
    /// Of the platform: take steps for a while.
    Step,
    /// Of the platform: nothing of it is to remain.
    Erase,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Reply {
    Run {
        run: Box<Run>,
    },
    Events {
        page: RunEventPage,
    },
    /// What the run was, and what is to be carried over of its journal.
    Carried {
        run: Box<NewRun>,
        carried: Vec<Value>,
    },
    /// The run goes on by itself.
    NotOver,
    /// There is no such step that anybody began, or none is missing.
    NoStep,
    /// `more`: there are steps that can be taken now.
    Stepped {
        more: bool,
    },
    Done,
    NotFound,
    /// Nobody asked about that call.
    NoCall,
    /// It was decided otherwise.
    Conflict,
    /// It has as many events as it keeps.
    Full,
    /// A reason that is too long.
    TooLong,
    /// The store failed.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_unchanged() {
        for text in [
            r#"{"v":1,"user":null,"call":{"type":"step"}}"#,
            r#"{"v":1,"user":null,"call":{"type":"events","after":1,"limit":2,"waitMs":3}}"#,
            r#"{"v":1,"user":null,"call":{"type":"decide","toolCallId":"call_1_0","approved":true,"reason":null}}"#,
        ] {
            let request: Request = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
        }
        let text = r#"{"type":"stepped","more":true}"#;
        assert_eq!(serde_json::to_string(&serde_json::from_str::<Reply>(text).unwrap()).unwrap(), text);
    }
}
