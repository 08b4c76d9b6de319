//! A message as every reader sees it.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{AttachmentId, MessageId},
    timestamp::Timestamp,
    tool::ToolPart,
    vote::Vote,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    User,
    Assistant,
}

/// Where a turn stands; a message has the status of the turn that makes it (a user's message is `completed`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Accepted, waits for the turns before it.
    Queued,
    /// The answer is being made.
    Running,
    /// Ended by itself.
    Completed,
    /// Ended by a person; what had been said is kept.
    Stopped,
    /// Ended by a fault; what had been said is kept.
    Failed,
    /// Ended because the message before it was edited or asked again.
    Superseded,
}

impl Status {
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// One piece of a message's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Part {
    /// What the model thought before it spoke.
    Reasoning {
        text: String,
    },
    Text {
        text: String,
    },
    /// A file, in the AI SDK's words and with its size.
    File {
        id: AttachmentId,
        filename: String,
        media_type: String,
        /// In bytes.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        size: u64,
        /// Where its bytes are.
        url: String,
    },
    /// Another round with the model begins, after what its tools gave.
    StepStart,
    /// A tool that was called, in the AI SDK's words.
    #[serde(rename = "dynamic-tool")]
    Tool(ToolPart),
}

/// Tokens as the provider counted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// All of the prompt, what came from the provider's cache included.
    pub input_tokens: u32,
    /// All of the answer, thoughts included.
    pub output_tokens: u32,
    /// The part of the input that came from the provider's cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_input_tokens: u32,
    /// The part of the output that were thoughts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasoning_tokens: u32,
    /// What that costs, micro-USD, where the model's price is known: what the ledger has, all attempts together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub cost_micro_usd: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub id: MessageId,
    pub role: Role,
    /// The plain text of `parts`.
    pub content: String,
    pub parts: Vec<Part>,
    pub status: Status,
    /// The number of the event that created the message.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub seq: u64,
    /// The message that this one follows; `null` for a first one.
    pub parent_id: Option<MessageId>,
    /// The id that the sender gave, if any.
    pub client_message_id: Option<String>,
    pub model: Option<String>,
    pub usage: Option<Usage>,
    /// A sentence for people, present when `status` is `failed`.
    pub error: Option<String>,
    /// Ids of files; `parts` says more of each.
    pub attachments: Vec<String>,
    /// The answer that this one continues: it begins with all that was said there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub continues: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub vote: Option<Vote>,
    /// Questions to go on with, of the newest answer alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub suggestions: Vec<String>,
    /// The answer was given before, to the same request: nobody was asked, and it cost nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub reused: bool,
    pub created_at: Timestamp,
}
