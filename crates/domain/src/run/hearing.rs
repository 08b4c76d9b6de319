//! A model's stream, as far as it was heard.

use super::MAX_TEXT_BYTES;
use crate::{chat::tools::Tools, models::Delta};

#[derive(Debug, Default)]
pub(super) struct Heard {
    pub text: String,
    pub thought: String,
    is_whole: bool,
    is_broken: bool,
}

impl Heard {
    pub fn take(&mut self, delta: Delta, tools: &mut Tools) {
        match delta {
            Delta::Text(more) => push(&mut self.text, &more),
            Delta::Reasoning(more) => push(&mut self.thought, &more),
            Delta::ToolCall { index, name, signature, .. } => tools.hearing().call(index, &name, signature),
            Delta::ToolArguments { index, json } => tools.hearing().arguments(index, &json),
            Delta::Signature(signature) => tools.hearing().sealed(&signature),
            Delta::Finish(_) | Delta::Done => self.is_whole = true,
            Delta::Error(_) => self.is_broken = true,
            Delta::Usage(_) => {}
        }
    }

    /// Why this is no answer.
    pub fn fault(&self, has_calls: bool) -> Option<&'static str> {
        if self.is_broken || !self.is_whole {
            return Some("The model's answer broke off.");
        }
        (self.text.trim().is_empty() && !has_calls).then_some("The model said nothing.")
    }
}

/// As much as there is room for.
fn push(text: &mut String, more: &str) {
    let room = MAX_TEXT_BYTES - text.len().min(MAX_TEXT_BYTES);
    text.push_str(more.get(..more.floor_char_boundary(room)).unwrap_or_default());
}
