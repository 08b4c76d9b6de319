//! The codec as a whole: what the rows of its test tables are checked with.

use edgewise_protocol::message::{Role, Usage};

use super::{
    super::{
        FinishReason, Prompt, PromptMessage,
        sse::MAX_LINE,
        wire::{self, Decoder, Wire},
    },
    *,
};

mod requests;
mod streams;

fn text(text: &str) -> Delta {
    Delta::Text(text.into())
}

fn usage(input_tokens: u32, output_tokens: u32) -> Delta {
    Delta::Usage(Usage { input_tokens, output_tokens, ..Usage::default() })
}

fn prompt(system: Option<&str>, messages: &[(Role, &str)]) -> Prompt {
    let messages = messages.iter().map(|&(role, text)| PromptMessage::new(role, text.into())).collect();
    Prompt { model: "gpt".into(), system: system.map(Into::into), summary: None, messages, options: Default::default() }
}

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Delta>, bool) {
    wire::tests::decode(Wire::ChatCompletions, pieces)
}

fn check_stream(stream: &[u8], expected: &[Delta]) {
    wire::tests::check_stream(Wire::ChatCompletions, stream, expected);
}

/// One chunk, as the data of one event.
fn check(data: &str, expected: &[Delta]) {
    check_stream(format!("data: {data}\n\n").as_bytes(), expected);
}
