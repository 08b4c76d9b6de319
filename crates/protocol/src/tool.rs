//! Calls of tools as readers see them, in the AI SDK's words.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ToolState {
    /// It runs.
    InputAvailable,
    /// Somebody is to say whether it may run.
    ApprovalRequested,
    /// They have said that it may: it runs.
    ApprovalResponded,
    OutputAvailable,
    /// It failed, or was never fit to run.
    OutputError,
    /// They have said that it may not.
    OutputDenied,
}

/// What was asked of a person, and what they said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Approval {
    /// The call's.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub approved: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reason: Option<String>,
}

/// A call, as a part of the message in which it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ToolPart {
    pub tool_call_id: String,
    pub tool_name: String,
    pub state: ToolState,
    /// The arguments; what the model wrote when that is not JSON.
    #[cfg_attr(feature = "ts", ts(type = "unknown"))]
    pub input: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "unknown"))]
    pub output: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub error_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub approval: Option<Approval>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub duration_ms: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Part;

    #[test]
    fn part_format_unchanged() {
        let part = Part::Tool(ToolPart {
            tool_call_id: "call_3_0".into(),
            tool_name: "clock".into(),
            state: ToolState::ApprovalResponded,
            input: serde_json::json!({}),
            output: None,
            error_text: None,
            approval: Some(Approval { id: "call_3_0".into(), approved: Some(true), reason: None }),
            duration_ms: None,
        });
        let json = r#"{"type":"dynamic-tool","toolCallId":"call_3_0","toolName":"clock","state":"approval-responded","input":{},"approval":{"id":"call_3_0","approved":true}}"#;
        assert_eq!(serde_json::to_string(&part).unwrap(), json);
        assert_eq!(serde_json::from_str::<Part>(json).unwrap(), part);
        assert_eq!(serde_json::to_string(&Part::StepStart).unwrap(), r#"{"type":"step-start"}"#);
    }
}
