//! What is sent to Anthropic: a prompt as the body of `POST {base}/messages`.

use edgewise_protocol::message::Role;
use serde_json::{Value, json};

use crate::models::{GO_ON_NOW, Prompt, PromptMessage, Step, Thinking, json::tree};

/// The vendor wants to be told how long an answer may be. This is what each of its models still allows.
const USUAL_MAX_TOKENS: u32 = 8_192;

/// Where the vendor shall remember the prompt up to: the next message of this conversation begins with the same words.
fn remembered(mut block: Value) -> Value {
    if let Value::Object(fields) = &mut block {
        fields.insert("cache_control".into(), json!({ "type": "ephemeral" }));
    }
    block
}

pub fn encode(prompt: &Prompt) -> String {
    let options = &prompt.options;
    let mut body = json!({
        "model": prompt.model,
        "max_tokens": options.max_output_tokens.unwrap_or(USUAL_MAX_TOKENS),
        "messages": messages(prompt),
        "stream": true,
    });
    if let Value::Object(fields) = &mut body {
        if let Some(system) = prompt.instructions() {
            fields.insert("system".into(), json!([remembered(json!({ "type": "text", "text": system }))]));
        }
        if let Some(temperature) = options.wishes.temperature {
            // This vendor's scale ends at 1.
            fields.insert("temperature".into(), f64::from(temperature).min(1.0).into());
        }
        // Who thinks wants the sealed thoughts of each step back; those that another provider made have none.
        let are_sealed = options.steps.iter().all(|step| step.signature.is_some());
        if let Some(thinking) = options.thinking.filter(|_| are_sealed) {
            let thinking = match thinking {
                Thinking::Adaptive => json!({ "type": "adaptive", "display": "summarized" }),
                Thinking::Budget(tokens) => json!({ "type": "enabled", "budget_tokens": tokens }),
            };
            fields.insert("thinking".into(), thinking);
        }
        if !options.tools.is_empty() {
            let tools = options.tools.iter().map(
                |tool| json!({ "name": tool.name, "description": tool.description, "input_schema": tool.parameters }),
            );
            fields.insert("tools".into(), tools.collect());
            if options.tools_closed {
                fields.insert("tool_choice".into(), json!({ "type": "none" }));
            }
        }
    }
    body.to_string()
}

fn messages(prompt: &Prompt) -> Vec<Value> {
    let asked = prompt.messages.iter().rposition(|message| message.role == Role::User);
    let said = |(at, each): (usize, &PromptMessage)| {
        let text = (!each.is_silent()).then(|| message(each, Some(at) == asked));
        each.steps.iter().flat_map(step).chain(text).collect::<Vec<_>>()
    };
    let mut messages: Vec<Value> = prompt.messages.iter().enumerate().flat_map(said).collect();
    // A prefill may not end in white space, and none is taken beside thoughts.
    let prefilled = prompt.options.takes_prefill
        && prompt.options.thinking.is_none()
        && prompt.messages.last().is_some_and(|last| !last.text.ends_with(char::is_whitespace));
    if prompt.is_cut() && prompt.options.steps.is_empty() && !prefilled {
        messages.push(json!({ "role": "user", "content": GO_ON_NOW }));
    }
    messages.extend(prompt.options.steps.iter().flat_map(step));
    if let Some(partial) = prompt.partial() {
        messages.extend([message(&partial, false), json!({ "role": "user", "content": GO_ON_NOW })]);
    }
    messages
}

fn message(message: &PromptMessage, is_asked: bool) -> Value {
    let images = message.images.iter().map(|image| {
        let source = json!({ "type": "base64", "media_type": image.media_type, "data": image.base64() });
        json!({ "type": "image", "source": source })
    });
    let text = (!message.text.is_empty()).then(|| json!({ "type": "text", "text": message.text }));
    let mut blocks: Vec<Value> = images.chain(text).collect();
    if is_asked && let Some(last) = blocks.pop() {
        blocks.push(remembered(last));
    }
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    json!({ "role": role, "content": blocks })
}

fn step(step: &Step) -> [Value; 2] {
    let thought = step
        .signature
        .as_ref()
        .map(|signature| json!({ "type": "thinking", "thinking": step.thought, "signature": signature }));
    let text = (!step.text.is_empty()).then(|| json!({ "type": "text", "text": step.text }));
    let calls = step
        .calls
        .iter()
        .map(|call| json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": tree(&call.arguments) }));
    let said: Vec<Value> = thought.into_iter().chain(text).chain(calls).collect();
    let results = step.calls.iter().zip(&step.results).map(|(call, result)| {
        json!({ "type": "tool_result", "tool_use_id": call.id, "content": result.text, "is_error": result.is_error })
    });
    let results: Vec<Value> = results.collect();
    [json!({ "role": "assistant", "content": said }), json!({ "role": "user", "content": results })]
}
