//! What is sent: a prompt as the body of a request.

use edgewise_protocol::{
    details::{Effort, Parameters, Temperature},
    message::Role,
};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::models::{Options, Prompt, PromptMessage, Step};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Messages<'a>,
    stream: bool,
    stream_options: StreamOptions,
    #[serde(flatten)]
    wishes: Wishes,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<&'static str>,
}

/// What people wish. Models that think know the greatest length by its newer name alone, and others by the older one.
#[derive(Serialize)]
struct Wishes {
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<Temperature>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
}

impl Wishes {
    fn of(options: &Options) -> Self {
        let Parameters { temperature, max_tokens, reasoning_effort } = options.wishes;
        let thinks = options.thinking.is_some();
        Self {
            temperature,
            max_tokens: max_tokens.filter(|_| !thinks),
            max_completion_tokens: max_tokens.filter(|_| thinks),
            reasoning_effort: reasoning_effort.map(Effort::word),
        }
    }
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(&'a str),
    Parts(Vec<Value>),
}

struct Messages<'a>(&'a Prompt);

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let system = self.0.system_to_go_on();
        let system = system.as_deref().map(|text| Message { role: "system", content: Content::Text(text) });
        let messages = self.0.messages.iter().flat_map(|message| {
            let role = match message.role {
                Role::User => "user",
                Role::Assistant => "assistant",
            };
            let text = (!message.is_silent()).then(|| Said::Message(Message { role, content: content(message) }));
            steps(&message.steps).into_iter().map(Said::Step).chain(text)
        });
        let messages = system.into_iter().map(Said::Message).chain(messages);
        let partial = self.0.partial().map(|said| json!({ "role": "assistant", "content": said.text }));
        serializer.collect_seq(messages.chain(steps(&self.0.options.steps).into_iter().chain(partial).map(Said::Step)))
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Said<'a> {
    Message(Message<'a>),
    Step(Value),
}

fn content(message: &PromptMessage) -> Content<'_> {
    if message.images.is_empty() {
        return Content::Text(&message.text);
    }
    let images =
        message.images.iter().map(|image| json!({ "type": "image_url", "image_url": { "url": image.data_url() } }));
    let text = (!message.text.is_empty()).then(|| json!({ "type": "text", "text": message.text }));
    Content::Parts(images.chain(text).collect())
}

fn steps(steps: &[Step]) -> Vec<Value> {
    let mut messages = Vec::new();
    for step in steps {
        let calls: Vec<_> = step
            .calls
            .iter()
            .map(|call| {
                let function = json!({ "name": call.name, "arguments": call.arguments });
                json!({ "id": call.id, "type": "function", "function": function })
            })
            .collect();
        messages.push(json!({ "role": "assistant", "content": step.text, "tool_calls": calls }));
        messages.extend(
            step.calls
                .iter()
                .zip(&step.results)
                .map(|(call, result)| json!({ "role": "tool", "tool_call_id": call.id, "content": result.text })),
        );
    }
    messages
}

fn tools(prompt: &Prompt) -> Vec<Value> {
    let tools = prompt.options.tools.iter().map(|tool| {
        let function = json!({ "name": tool.name, "description": tool.description, "parameters": tool.parameters });
        json!({ "type": "function", "function": function })
    });
    tools.collect()
}

fn is_closed(prompt: &Prompt) -> bool {
    prompt.options.tools_closed && !prompt.options.tools.is_empty()
}

/// The body of `POST {base}/chat/completions`. It names no greatest length that nobody wishes: the field for it has two
/// names, and each is refused somewhere.
pub fn encode(prompt: &Prompt) -> String {
    let body = Body {
        model: &prompt.model,
        messages: Messages(prompt),
        stream: true,
        stream_options: StreamOptions { include_usage: true },
        wishes: Wishes::of(&prompt.options),
        tools: tools(prompt),
        tool_choice: is_closed(prompt).then_some("none"),
    };
    // Strings and booleans always serialise.
    serde_json::to_string(&body).unwrap_or_default()
}

/// The second argument of `AI.run`. Without a greatest length its models stop after 256 tokens.
pub fn encode_for_workers_ai(prompt: &Prompt) -> String {
    const USUAL_MAX_TOKENS: u32 = 4_096;
    #[derive(Serialize)]
    struct Inputs<'a> {
        messages: Messages<'a>,
        stream: bool,
        max_tokens: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        temperature: Option<Temperature>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tools: Vec<Value>,
    }
    let max_tokens = prompt.options.max_output_tokens.unwrap_or(USUAL_MAX_TOKENS);
    let temperature = prompt.options.wishes.temperature;
    // It knows no `tool_choice`.
    let tools = if is_closed(prompt) { Vec::new() } else { tools(prompt) };
    let inputs = Inputs { messages: Messages(prompt), stream: true, max_tokens, temperature, tools };
    serde_json::to_string(&inputs).unwrap_or_default()
}
