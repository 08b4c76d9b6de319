//! Anthropic's messages, as a sans-I/O codec.

mod request;
#[cfg(test)]
mod tests;

pub use request::encode;

use edgewise_protocol::message::Usage;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Delta, FinishReason,
    json::{Count, event, reported},
};

/// Sent with each request; the vendor changes nothing under a date.
pub const VERSION: &str = "2023-06-01";

#[derive(Debug, Default)]
pub(super) struct State {
    finished: bool,
    usage: Usage,
}

/// Events by their `type`; those that are not known are passed over, as the vendor asks.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Started,
    },
    ContentBlockStart {
        #[serde(default)]
        index: Option<Count>,
        content_block: Block,
    },
    ContentBlockDelta {
        #[serde(default)]
        index: Option<Count>,
        delta: BlockDelta,
    },
    MessageDelta {
        #[serde(default)]
        delta: Ending,
        #[serde(default)]
        usage: Option<RawUsage>,
    },
    MessageStop,
    Error {
        #[serde(default)]
        error: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Started {
    usage: Option<RawUsage>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        #[serde(default)]
        text: String,
    },
    Thinking {
        #[serde(default)]
        thinking: String,
    },
    ToolUse {
        id: String,
        name: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the vendor's names")]
enum BlockDelta {
    TextDelta {
        text: String,
    },
    ThinkingDelta {
        thinking: String,
    },
    SignatureDelta {
        signature: String,
    },
    InputJsonDelta {
        partial_json: String,
    },
    #[serde(other)]
    OtherDelta,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Ending {
    stop_reason: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawUsage {
    input_tokens: Option<Count>,
    cache_creation_input_tokens: Option<Count>,
    cache_read_input_tokens: Option<Count>,
    output_tokens: Option<Count>,
}

impl State {
    pub(super) fn read(&mut self, data: &str, deltas: &mut Vec<Delta>) -> Result<(), String> {
        let at = |index: Option<Count>| index.map_or(0, |Count(index)| index);
        let said = |text: String| (!text.is_empty()).then_some(text);
        match event(data)? {
            Event::MessageStart { message } => deltas.extend(message.usage.map(|usage| self.count(usage))),
            Event::ContentBlockStart { content_block: Block::Text { text }, .. } => {
                deltas.extend(said(text).map(Delta::Text));
            }
            Event::ContentBlockStart { content_block: Block::Thinking { thinking }, .. } => {
                deltas.extend(said(thinking).map(Delta::Reasoning));
            }
            Event::ContentBlockStart { index, content_block: Block::ToolUse { id, name } } => {
                deltas.push(Delta::ToolCall { index: at(index), id, name, signature: None });
            }
            Event::ContentBlockDelta { index, delta } => deltas.extend(match delta {
                BlockDelta::TextDelta { text } => said(text).map(Delta::Text),
                BlockDelta::ThinkingDelta { thinking } => said(thinking).map(Delta::Reasoning),
                BlockDelta::SignatureDelta { signature } => said(signature).map(Delta::Signature),
                BlockDelta::InputJsonDelta { partial_json } => {
                    said(partial_json).map(|json| Delta::ToolArguments { index: at(index), json })
                }
                BlockDelta::OtherDelta => None,
            }),
            Event::MessageDelta { delta, usage } => {
                if let Some(reason) = delta.stop_reason
                    && !std::mem::replace(&mut self.finished, true)
                {
                    deltas.push(Delta::Finish(finish(&reason)));
                }
                deltas.extend(usage.map(|usage| self.count(usage)));
            }
            Event::MessageStop => deltas.push(Delta::Done),
            Event::Error { error } => return Err(reported(&error)),
            Event::ContentBlockStart { content_block: Block::Other, .. } | Event::Other => {}
        }
        Ok(())
    }

    /// The input is told at the beginning and the output at the end; each count replaces the one before.
    fn count(&mut self, usage: RawUsage) -> Delta {
        let number = |count: &Option<Count>| count.as_ref().map_or(0, |Count(count)| *count);
        if usage.input_tokens.is_some() {
            let cached = number(&usage.cache_read_input_tokens);
            let made = number(&usage.cache_creation_input_tokens);
            // Anthropic counts what it had, and what it has put, in its cache apart from the input.
            self.usage.input_tokens = number(&usage.input_tokens).saturating_add(cached).saturating_add(made);
            self.usage.cached_input_tokens = cached;
        }
        if let Some(Count(output)) = usage.output_tokens {
            self.usage.output_tokens = output;
        }
        Delta::Usage(self.usage)
    }
}

fn finish(reason: &str) -> FinishReason {
    match reason {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}
