//! Models as the turn sees them: a request goes in, deltas come out; each provider is a sans-I/O codec.

pub mod builtin;
pub mod openai;
pub mod sse;

use std::sync::Arc;

use edgewise_protocol::message::{Role, Usage};

/// One message of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptMessage {
    pub role: Role,
    pub text: String,
    /// Shown beside the text, to models that see.
    pub images: Vec<PromptImage>,
}

/// An image, as its file holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptImage {
    /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
    pub media_type: String,
    pub bytes: Arc<[u8]>,
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub model: String,
    pub system: Option<String>,
    /// Oldest first. When the last one is the assistant's, it is an answer that was cut: go on from exactly there.
    pub messages: Vec<PromptMessage>,
}

/// Why a model stopped by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    Stop,
    Length,
    ContentFilter,
    ToolCalls,
    Other,
}

/// One thing that a model's stream says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    Text(String),
    /// The vendor's count; may come before or after `Finish`.
    Usage(Usage),
    Finish(FinishReason),
    /// The stream is whole (`[DONE]`). End of input without it is a cut.
    Done,
    /// The vendor reported a failure inside the stream. For logs; people get our own sentence.
    Error(String),
}
