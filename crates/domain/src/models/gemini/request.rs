//! What is sent to Gemini: a prompt as the body of `POST {base}/models/{model}:streamGenerateContent`.

use edgewise_protocol::message::Role;
use serde_json::{Map, Value, json};

use crate::{
    identity::encoding::percent,
    models::{GO_ON_NOW, Prompt, PromptMessage, Step, Thinking, json::tree},
};

/// Without `alt=sse` the answer would be one array.
pub fn path(model: &str) -> String {
    format!("/models/{}:streamGenerateContent?alt=sse", percent(model))
}

pub fn encode(prompt: &Prompt) -> String {
    let options = &prompt.options;
    let said = |message: &PromptMessage| {
        let text = (!message.is_silent()).then(|| content(message));
        message.steps.iter().flat_map(step).chain(text).collect::<Vec<_>>()
    };
    let mut contents: Vec<Value> = prompt.messages.iter().flat_map(said).collect();
    if prompt.is_cut() && options.steps.is_empty() {
        contents.push(json!({ "role": "user", "parts": [{ "text": GO_ON_NOW }] }));
    }
    contents.extend(options.steps.iter().flat_map(step));
    if let Some(partial) = prompt.partial() {
        contents.extend([content(&partial), json!({ "role": "user", "parts": [{ "text": GO_ON_NOW }] })]);
    }
    let mut body = Map::new();
    body.insert("contents".into(), contents.into());
    if let Some(system) = prompt.instructions() {
        body.insert("systemInstruction".into(), json!({ "parts": [{ "text": system }] }));
    }
    let mut generation = Map::new();
    if let Some(tokens) = options.max_output_tokens {
        generation.insert("maxOutputTokens".into(), tokens.into());
    }
    if let Some(temperature) = options.wishes.temperature {
        generation.insert("temperature".into(), f64::from(temperature).into());
    }
    match options.thinking {
        None => {}
        Some(Thinking::Adaptive) => {
            generation.insert("thinkingConfig".into(), json!({ "includeThoughts": true }));
        }
        Some(Thinking::Budget(tokens)) => {
            let config = json!({ "includeThoughts": true, "thinkingBudget": tokens });
            generation.insert("thinkingConfig".into(), config);
        }
    }
    if !generation.is_empty() {
        body.insert("generationConfig".into(), generation.into());
    }
    if !options.tools.is_empty() {
        let tools = options.tools.iter().map(|tool| {
            json!({ "name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters })
        });
        body.insert("tools".into(), json!([{ "functionDeclarations": tools.collect::<Vec<_>>() }]));
        if options.tools_closed {
            body.insert("toolConfig".into(), json!({ "functionCallingConfig": { "mode": "NONE" } }));
        }
    }
    Value::Object(body).to_string()
}

fn content(message: &PromptMessage) -> Value {
    let images = message
        .images
        .iter()
        .map(|image| json!({ "inlineData": { "mimeType": image.media_type, "data": image.base64() } }));
    let text = (!message.text.is_empty()).then(|| json!({ "text": message.text }));
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "model",
    };
    json!({ "role": role, "parts": images.chain(text).collect::<Vec<_>>() })
}

fn step(step: &Step) -> [Value; 2] {
    let text = (!step.text.is_empty()).then(|| json!({ "text": step.text }));
    let calls = step.calls.iter().map(|call| {
        let mut part = json!({ "functionCall": { "name": call.name, "args": tree(&call.arguments) } });
        if let (Value::Object(fields), Some(signature)) = (&mut part, &call.signature) {
            fields.insert("thoughtSignature".into(), signature.as_str().into());
        }
        part
    });
    let said: Vec<Value> = text.into_iter().chain(calls).collect();
    let results = step.calls.iter().zip(&step.results).map(|(call, result)| {
        let response = if result.is_error { json!({ "error": result.text }) } else { json!({ "output": result.text }) };
        json!({ "functionResponse": { "name": call.name, "response": response } })
    });
    let results: Vec<Value> = results.collect();
    [json!({ "role": "model", "parts": said }), json!({ "role": "user", "parts": results })]
}
