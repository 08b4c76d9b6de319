//! What is sent: a prompt as the body of `POST {base}/responses`.

use edgewise_protocol::message::Role;
use serde_json::{Map, Value, json};

use crate::models::{Prompt, PromptMessage, Step};

pub fn encode(prompt: &Prompt) -> String {
    let options = &prompt.options;
    let said = |each: &PromptMessage| {
        let text = (!each.is_silent()).then(|| message(each));
        each.steps.iter().flat_map(step).chain(text).collect::<Vec<_>>()
    };
    let input = prompt.messages.iter().flat_map(said).chain(options.steps.iter().flat_map(step));
    let input = input.chain(prompt.partial().as_ref().map(message));
    let mut body = Map::new();
    body.insert("model".into(), prompt.model.as_str().into());
    body.insert("input".into(), input.collect::<Vec<_>>().into());
    body.insert("stream".into(), true.into());
    // The conversation rests with us: the vendor need not keep it.
    body.insert("store".into(), false.into());
    if let Some(instructions) = prompt.system_to_go_on() {
        body.insert("instructions".into(), instructions.into());
    }
    if let Some(tokens) = options.max_output_tokens {
        body.insert("max_output_tokens".into(), tokens.into());
    }
    if let Some(temperature) = options.wishes.temperature {
        body.insert("temperature".into(), f64::from(temperature).into());
    }
    if options.thinking.is_some() {
        let mut reasoning = json!({ "summary": "auto" });
        if let (Value::Object(fields), Some(effort)) = (&mut reasoning, options.wishes.reasoning_effort) {
            fields.insert("effort".into(), effort.word().into());
        }
        body.insert("reasoning".into(), reasoning);
    }
    if !options.tools.is_empty() {
        let tools = options.tools.iter().map(|tool| {
            json!({
                "type": "function", "name": tool.name, "description": tool.description,
                "parameters": tool.parameters, "strict": false,
            })
        });
        body.insert("tools".into(), tools.collect());
        if options.tools_closed {
            body.insert("tool_choice".into(), "none".into());
        }
    }
    Value::Object(body).to_string()
}

fn message(message: &PromptMessage) -> Value {
    let (role, kind) = match message.role {
        Role::User => ("user", "input_text"),
        Role::Assistant => ("assistant", "output_text"),
    };
    let images = message.images.iter().map(|image| json!({ "type": "input_image", "image_url": image.data_url() }));
    let text = (!message.text.is_empty()).then(|| json!({ "type": kind, "text": message.text }));
    json!({ "role": role, "content": images.chain(text).collect::<Vec<_>>() })
}

fn step(step: &Step) -> Vec<Value> {
    let said = json!({ "role": "assistant", "content": [{ "type": "output_text", "text": step.text }] });
    let said = (!step.text.is_empty()).then_some(said);
    let calls = step.calls.iter().map(
        |call| json!({ "type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments }),
    );
    let results = step
        .calls
        .iter()
        .zip(&step.results)
        .map(|(call, result)| json!({ "type": "function_call_output", "call_id": call.id, "output": result.text }));
    said.into_iter().chain(calls).chain(results).collect()
}
