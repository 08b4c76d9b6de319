//! UI message stream chunks: those that AI SDK 5, 6 and 7 accept.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message::Usage;

/// Carried by `start` and `finish` into the message's `metadata`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessageMetadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// One chunk. The names and fields are the AI SDK's; an unknown `type` is fatal to its clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Chunk {
    Start {
        message_id: String,
        message_metadata: MessageMetadata,
    },
    StartStep,
    ReasoningStart {
        id: String,
    },
    ReasoningDelta {
        id: String,
        delta: String,
    },
    ReasoningEnd {
        id: String,
    },
    TextStart {
        id: String,
    },
    TextDelta {
        id: String,
        delta: String,
    },
    TextEnd {
        id: String,
    },
    /// A call, whole. Dynamic: a client need not know the tool.
    ToolInputAvailable {
        tool_call_id: String,
        tool_name: String,
        input: Value,
        dynamic: bool,
    },
    ToolOutputAvailable {
        tool_call_id: String,
        output: Value,
        dynamic: bool,
    },
    ToolOutputError {
        tool_call_id: String,
        error_text: String,
        dynamic: bool,
    },
    /// Not known to AI SDK 5, as the next one.
    ToolApprovalRequest {
        approval_id: String,
        tool_call_id: String,
    },
    ToolOutputDenied {
        tool_call_id: String,
    },
    FinishStep,
    Error {
        error_text: String,
    },
    Abort {
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Finish {
        finish_reason: String,
        message_metadata: MessageMetadata,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunk_format_unchanged() {
        let shown = |chunk: Chunk| serde_json::to_string(&chunk).unwrap();
        assert_eq!(shown(Chunk::StartStep), r#"{"type":"start-step"}"#);
        assert_eq!(
            shown(Chunk::TextDelta { id: "t".into(), delta: "x".into() }),
            r#"{"type":"text-delta","id":"t","delta":"x"}"#
        );
        assert_eq!(
            shown(Chunk::ReasoningDelta { id: "r".into(), delta: "x".into() }),
            r#"{"type":"reasoning-delta","id":"r","delta":"x"}"#
        );
        assert_eq!(
            shown(Chunk::ToolOutputError { tool_call_id: "c".into(), error_text: "no".into(), dynamic: true }),
            r#"{"type":"tool-output-error","toolCallId":"c","errorText":"no","dynamic":true}"#
        );
        assert_eq!(shown(Chunk::Error { error_text: "no".into() }), r#"{"type":"error","errorText":"no"}"#);
        assert_eq!(
            shown(Chunk::Start { message_id: "m".into(), message_metadata: MessageMetadata::default() }),
            r#"{"type":"start","messageId":"m","messageMetadata":{}}"#
        );
    }
}
