//! The events of a conversation's log.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    details::Details,
    ids::{ConversationId, MessageId},
    message::{Message, Status, Usage},
    tool::ToolState,
    vote::Vote,
};

/// One thing that happened in a conversation, with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Numbered {
    /// Counted from 1 without a gap.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    pub event: Event,
}

/// An answer in the making. Its id is the id of the message that it makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    pub id: MessageId,
    pub message_id: MessageId,
    /// The message that is answered.
    pub parent_id: MessageId,
    pub status: Status,
    pub model: String,
    /// The answer that this one continues: it begins with all that was said there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub continues: Option<MessageId>,
}

/// What happened. New kinds may be added: a reader ignores those that it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum Event {
    /// Always number 1.
    #[serde(rename = "conversation.created")]
    ConversationCreated { conversation_id: ConversationId, title: String, model: String },
    #[serde(rename = "conversation.updated")]
    ConversationUpdated {
        title: String,
        /// These two when more than the title was changed: they are what they are now. Its system prompt may be another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        model: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        details: Option<Box<Details>>,
    },
    /// A user's message is in the log.
    #[serde(rename = "message.created")]
    MessageCreated { message: Message },
    /// A message is gone, and every message that follows it.
    #[serde(rename = "message.deleted")]
    MessageDeleted { message_id: MessageId },
    /// Somebody has voted on an answer, or taken their vote back.
    #[serde(rename = "message.voted")]
    MessageVoted { message_id: MessageId, vote: Option<Vote> },
    /// Questions to go on with were made of the newest answer. Of answers that are no longer the newest none are kept.
    #[serde(rename = "suggestions.created")]
    SuggestionsCreated { message_id: MessageId, suggestions: Vec<String> },
    /// An answer was promised: `running`, or `queued` behind another.
    #[serde(rename = "turn.created")]
    TurnCreated { turn: Turn },
    /// A queued answer has begun.
    #[serde(rename = "turn.started")]
    TurnStarted { turn_id: MessageId },
    /// The answer grew by `text`.
    #[serde(rename = "message.delta")]
    MessageDelta { message_id: MessageId, text: String },
    /// The model's thoughts grew by `text`. They come before the words that they lead to.
    #[serde(rename = "message.reasoning")]
    MessageReasoning { message_id: MessageId, text: String },
    /// From here on another provider goes on with the answer.
    #[serde(rename = "turn.rerouted")]
    TurnRerouted {
        turn_id: MessageId,
        provider: String,
        /// What that provider calls the model.
        model: String,
        reason: RerouteReason,
        /// Length of the answer's text before the seam, in UTF-16 code units.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        at: u64,
    },
    /// The model calls a tool. Stored before it runs.
    #[serde(rename = "tool.called")]
    ToolCalled {
        message_id: MessageId,
        tool_call_id: String,
        tool_name: String,
        #[cfg_attr(feature = "ts", ts(type = "unknown"))]
        input: Value,
    },
    /// The call waits until somebody has said whether it may run.
    #[serde(rename = "approval.requested")]
    ApprovalRequested { message_id: MessageId, tool_call_id: String },
    #[serde(rename = "approval.decided")]
    ApprovalDecided {
        message_id: MessageId,
        tool_call_id: String,
        approved: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        reason: Option<String>,
    },
    /// The call has its result: `output-available`, `output-error` or `output-denied`.
    #[serde(rename = "tool.finished")]
    ToolFinished {
        message_id: MessageId,
        tool_call_id: String,
        state: ToolState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional, type = "unknown"))]
        output: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        error_text: Option<String>,
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        duration_ms: u64,
    },
    /// For the model, the messages of the branch up to this one are replaced by a summary. It is empty once one of them
    /// was deleted.
    #[serde(rename = "context.compacted")]
    ContextCompacted {
        message_id: MessageId,
        summary: String,
        /// Of the prompt without the summary and with it, nearly.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        tokens_before: u64,
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        tokens_after: u64,
    },
    /// The answer has its final state; nothing follows for this turn.
    #[serde(rename = "turn.ended")]
    TurnEnded {
        turn_id: MessageId,
        status: Status,
        /// `stop`, `length`, `content-filter`, `tool-calls`, `error` or `other`.
        finish_reason: String,
        usage: Option<Usage>,
        error: Option<String>,
    },
}

/// Why a provider was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RerouteReason {
    /// It does not accept our key.
    KeyRefused,
    /// It has no credit or no such model for us.
    Unfit,
    /// It has too many requests.
    RateLimited,
    /// It says that it is in trouble.
    Overloaded,
    /// The conversation is too long for it.
    TooLong,
    /// The connection broke.
    Cut,
    /// It said nothing for too long.
    Silent,
    /// It is known to fail at the moment, or is no longer in the list.
    Unavailable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_format_unchanged() {
        let id = MessageId::at("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse().unwrap(), 3, 1_700_000_000_000);
        let delta = Numbered { seq: 4, event: Event::MessageDelta { message_id: id, text: "hé\n".into() } };
        assert_eq!(
            serde_json::to_string(&delta).unwrap(),
            format!(r#"{{"seq":4,"event":{{"type":"message.delta","messageId":"{id}","text":"hé\n"}}}}"#)
        );
        let suggested = Event::SuggestionsCreated { message_id: id, suggestions: vec!["Why?".into()] };
        assert_eq!(
            serde_json::to_string(&suggested).unwrap(),
            format!(r#"{{"type":"suggestions.created","messageId":"{id}","suggestions":["Why?"]}}"#)
        );
        let thought = Event::MessageReasoning { message_id: id, text: "Hm".into() };
        assert_eq!(
            serde_json::to_string(&thought).unwrap(),
            format!(r#"{{"type":"message.reasoning","messageId":"{id}","text":"Hm"}}"#)
        );
        let (provider, model) = ("anthropic".into(), "claude".into());
        let rerouted = Event::TurnRerouted { turn_id: id, provider, model, reason: RerouteReason::KeyRefused, at: 7 };
        assert_eq!(
            serde_json::to_string(&rerouted).unwrap(),
            format!(
                r#"{{"type":"turn.rerouted","turnId":"{id}","provider":"anthropic","model":"claude","reason":"key-refused","at":7}}"#
            )
        );
        let compacted =
            Event::ContextCompacted { message_id: id, summary: "Tea.".into(), tokens_before: 9, tokens_after: 2 };
        assert_eq!(
            serde_json::to_string(&compacted).unwrap(),
            format!(
                r#"{{"type":"context.compacted","messageId":"{id}","summary":"Tea.","tokensBefore":9,"tokensAfter":2}}"#
            )
        );
        let ended = Event::TurnEnded {
            turn_id: id,
            status: Status::Completed,
            finish_reason: "stop".into(),
            usage: Some(Usage { input_tokens: 1, output_tokens: 2, ..Usage::default() }),
            error: None,
        };
        assert_eq!(
            serde_json::to_string(&ended).unwrap(),
            format!(
                r#"{{"type":"turn.ended","turnId":"{id}","status":"completed","finishReason":"stop","usage":{{"inputTokens":1,"outputTokens":2}},"error":null}}"#
            )
        );
    }
}
