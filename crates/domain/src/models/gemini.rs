//! Google's Gemini, as a sans-I/O codec.

mod request;
#[cfg(test)]
mod tests;

pub use request::{encode, path};

use edgewise_protocol::message::Usage;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Delta, FinishReason,
    json::{Content, Count, arguments, object, reported},
};

/// The stream has no end mark: its last chunk gives the reason why it ends.
#[derive(Debug, Default)]
pub(super) struct State {
    finished: bool,
    calls: u32,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Chunk {
    candidates: Option<Vec<Candidate>>,
    prompt_feedback: Option<Feedback>,
    usage_metadata: Option<RawUsage>,
    error: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Candidate {
    index: Option<Count>,
    content: Option<Parts>,
    finish_reason: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Parts {
    parts: Option<Vec<Part>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Part {
    text: Option<Content>,
    thought: Option<bool>,
    thought_signature: Option<String>,
    function_call: Option<Call>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Call {
    id: Option<String>,
    name: String,
    args: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RawUsage {
    prompt_token_count: Option<Count>,
    cached_content_token_count: Option<Count>,
    candidates_token_count: Option<Count>,
    thoughts_token_count: Option<Count>,
    tool_use_prompt_token_count: Option<Count>,
}

impl State {
    pub(super) fn read(&mut self, data: &str, deltas: &mut Vec<Delta>) -> Result<(), String> {
        let chunk: Chunk = object(data)?;
        if let Some(error) = chunk.error {
            return Err(reported(&error));
        }
        let candidates = chunk.candidates.unwrap_or_default();
        // We ask for one; others are a vendor's fancy.
        let first = candidates.into_iter().find(|each| each.index.as_ref().is_none_or(|&Count(index)| index == 0));
        let first = first.unwrap_or_default();
        for part in first.content.and_then(|content| content.parts).unwrap_or_default() {
            self.part(part, deltas);
        }
        let blocked = chunk.prompt_feedback.and_then(|feedback| feedback.block_reason);
        let reason = match (first.finish_reason.as_deref(), blocked) {
            (None | Some("" | "FINISH_REASON_UNSPECIFIED"), None) => None,
            (None | Some("" | "FINISH_REASON_UNSPECIFIED"), Some(_)) => Some(FinishReason::ContentFilter),
            (Some("STOP"), _) if self.calls > 0 => Some(FinishReason::ToolCalls),
            (Some(reason), _) => Some(finish(reason)),
        };
        if let Some(reason) = reason
            && !std::mem::replace(&mut self.finished, true)
        {
            deltas.push(Delta::Finish(reason));
        }
        deltas.extend(chunk.usage_metadata.and_then(RawUsage::counted).map(Delta::Usage));
        Ok(())
    }

    fn part(&mut self, part: Part, deltas: &mut Vec<Delta>) {
        if let Some(call) = part.function_call.filter(|call| !call.name.is_empty()) {
            let index = self.calls;
            self.calls = self.calls.saturating_add(1);
            // Only the newer models name a call.
            let id = call.id.filter(|id| !id.is_empty()).unwrap_or_else(|| format!("call_{index}"));
            deltas.push(Delta::ToolCall { index, id, name: call.name, signature: part.thought_signature });
            let json = call.args.map(arguments).unwrap_or_default();
            deltas.extend((!json.is_empty()).then_some(Delta::ToolArguments { index, json }));
            return;
        }
        let text = part.text.map(|Content(text)| text).filter(|text| !text.is_empty());
        let say = if part.thought == Some(true) { Delta::Reasoning } else { Delta::Text };
        deltas.extend(text.map(say));
    }
}

impl RawUsage {
    /// The count of a chunk is of the whole answer so far.
    fn counted(self) -> Option<Usage> {
        let number = |count: Option<Count>| count.map_or(0, |Count(count)| count);
        if self.prompt_token_count.is_none() && self.candidates_token_count.is_none() {
            return None;
        }
        let input = number(self.prompt_token_count).saturating_add(number(self.tool_use_prompt_token_count));
        let thoughts = number(self.thoughts_token_count);
        Some(Usage {
            input_tokens: input,
            // Google counts thoughts apart from the answer.
            output_tokens: number(self.candidates_token_count).saturating_add(thoughts),
            cached_input_tokens: number(self.cached_content_token_count).min(input),
            reasoning_tokens: thoughts,
            cost_micro_usd: None,
        })
    }
}

fn finish(reason: &str) -> FinishReason {
    match reason {
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE" | "IMAGE_SAFETY" => {
            FinishReason::ContentFilter
        }
        _ => FinishReason::Other,
    }
}
