//! What is sent: a prompt as the body of a request.

use edgewise_protocol::message::Role;
use serde::{Serialize, Serializer};

use crate::models::Prompt;

/// A model that is shown its own half of an answer tends to begin anew; so it is told.
const GO_ON: &str = "The last message is your own answer, which was cut off: continue it exactly where it stopped, \
                     without repeating anything and without remarking on it.";

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Messages<'a>,
    stream: bool,
    stream_options: StreamOptions,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

struct Messages<'a>(&'a Prompt);

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let system = system(self.0);
        let system = system.as_deref().map(|content| Message { role: "system", content });
        let messages = self.0.messages.iter().map(|message| Message {
            role: match message.role {
                Role::User => "user",
                Role::Assistant => "assistant",
            },
            content: &message.text,
        });
        serializer.collect_seq(system.into_iter().chain(messages))
    }
}

fn system(prompt: &Prompt) -> Option<String> {
    let system = prompt.system.as_deref().filter(|system| !system.is_empty());
    let cut = prompt.messages.last().is_some_and(|last| last.role == Role::Assistant);
    match (system, cut) {
        (Some(system), true) => Some(format!("{system}\n\n{GO_ON}")),
        (None, true) => Some(GO_ON.to_owned()),
        (system, false) => system.map(str::to_owned),
    }
}

/// The body of `POST {base}/chat/completions`.
pub fn encode(prompt: &Prompt) -> String {
    let body = Body {
        model: &prompt.model,
        messages: Messages(prompt),
        stream: true,
        stream_options: StreamOptions { include_usage: true },
    };
    // Strings and booleans always serialise.
    serde_json::to_string(&body).unwrap_or_default()
}
