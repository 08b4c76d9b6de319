//! OpenAI's responses, as a sans-I/O codec.

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

/// There is no end mark: `response.completed`, or one of its sisters, is the end.
#[derive(Debug, Default)]
pub(super) struct State {
    called: bool,
}

/// Events by their `type`; the many that are not known here repeat what others say in pieces.
#[derive(Deserialize)]
#[serde(tag = "type")]
enum Event {
    #[serde(rename = "response.output_text.delta")]
    Text { delta: String },
    #[serde(rename = "response.refusal.delta")]
    Refusal { delta: String },
    #[serde(rename = "response.reasoning_summary_text.delta")]
    Summary { delta: String },
    #[serde(rename = "response.reasoning_text.delta")]
    Reasoning { delta: String },
    #[serde(rename = "response.reasoning_summary_part.added")]
    SummaryPart {
        #[serde(default)]
        summary_index: Option<Count>,
    },
    #[serde(rename = "response.output_item.added")]
    Item {
        #[serde(default)]
        output_index: Option<Count>,
        item: Item,
    },
    #[serde(rename = "response.function_call_arguments.delta")]
    Arguments {
        #[serde(default)]
        output_index: Option<Count>,
        delta: String,
    },
    #[serde(rename = "response.completed")]
    Completed { response: Response },
    #[serde(rename = "response.incomplete")]
    Incomplete { response: Response },
    #[serde(rename = "response.failed")]
    Failed { response: Response },
    #[serde(rename = "error")]
    Error {
        #[serde(default)]
        message: Value,
        #[serde(default)]
        error: Option<Value>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item {
    #[serde(rename = "type")]
    kind: String,
    call_id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Response {
    usage: Option<RawUsage>,
    incomplete_details: Option<Incomplete>,
    error: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Incomplete {
    reason: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawUsage {
    input_tokens: Option<Count>,
    input_tokens_details: Option<Details>,
    output_tokens: Option<Count>,
    output_tokens_details: Option<Details>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Details {
    cached_tokens: Option<Count>,
    reasoning_tokens: Option<Count>,
}

impl State {
    pub(super) fn read(&mut self, data: &str, deltas: &mut Vec<Delta>) -> Result<(), String> {
        let at = |index: Option<Count>| index.map_or(0, |Count(index)| index);
        let said = |text: String| (!text.is_empty()).then_some(text);
        match event(data)? {
            Event::Text { delta } | Event::Refusal { delta } => deltas.extend(said(delta).map(Delta::Text)),
            Event::Summary { delta } | Event::Reasoning { delta } => deltas.extend(said(delta).map(Delta::Reasoning)),
            // Each part of a summary is a paragraph.
            Event::SummaryPart { summary_index } if at(summary_index) > 0 => {
                deltas.push(Delta::Reasoning("\n\n".into()));
            }
            Event::Item { output_index, item } if item.kind == "function_call" => {
                self.called = true;
                deltas.push(Delta::ToolCall {
                    index: at(output_index),
                    id: item.call_id.unwrap_or_default(),
                    name: item.name.unwrap_or_default(),
                    signature: None,
                });
            }
            Event::Arguments { output_index, delta } => {
                deltas.extend(said(delta).map(|json| Delta::ToolArguments { index: at(output_index), json }));
            }
            Event::Completed { response } => {
                let reason = if self.called { FinishReason::ToolCalls } else { FinishReason::Stop };
                end(reason, response, deltas);
            }
            Event::Incomplete { response } => {
                let reason = match response.incomplete_details.as_ref().and_then(|details| details.reason.as_deref()) {
                    Some("max_output_tokens") => FinishReason::Length,
                    Some("content_filter") => FinishReason::ContentFilter,
                    _ => FinishReason::Other,
                };
                end(reason, response, deltas);
            }
            Event::Failed { response } => return Err(reported(&response.error.unwrap_or_default())),
            Event::Error { message, error } => return Err(reported(&error.unwrap_or(message))),
            Event::SummaryPart { .. } | Event::Item { .. } | Event::Other => {}
        }
        Ok(())
    }
}

fn end(reason: FinishReason, response: Response, deltas: &mut Vec<Delta>) {
    deltas.push(Delta::Finish(reason));
    deltas.extend(response.usage.map(|usage| Delta::Usage(usage.counted())));
    deltas.push(Delta::Done);
}

impl RawUsage {
    fn counted(self) -> Usage {
        let number = |count: Option<Count>| count.map_or(0, |Count(count)| count);
        let (input, output) = (number(self.input_tokens), number(self.output_tokens));
        let cached = self.input_tokens_details.and_then(|details| details.cached_tokens);
        let thoughts = self.output_tokens_details.and_then(|details| details.reasoning_tokens);
        Usage {
            input_tokens: input,
            output_tokens: output,
            cached_input_tokens: number(cached).min(input),
            reasoning_tokens: number(thoughts).min(output),
            cost_micro_usd: None,
        }
    }
}
