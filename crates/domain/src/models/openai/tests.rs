//! The codec as a whole: what the rows of its test tables are checked with.

use edgewise_protocol::message::{Role, Usage};

use super::{
    super::{FinishReason, Prompt, PromptMessage, sse::MAX_LINE},
    *,
};

mod failures;
mod requests;
mod streams;

fn text(text: &str) -> Delta {
    Delta::Text(text.into())
}

fn usage(input_tokens: u32, output_tokens: u32) -> Delta {
    Delta::Usage(Usage { input_tokens, output_tokens, ..Usage::default() })
}

fn prompt(system: Option<&str>, messages: &[(Role, &str)]) -> Prompt {
    let messages =
        messages.iter().map(|&(role, text)| PromptMessage { role, text: text.into(), images: Vec::new() }).collect();
    Prompt { model: "gpt".into(), system: system.map(Into::into), messages }
}

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Delta>, bool) {
    let mut decoder = Decoder::new();
    let mut deltas = Vec::new();
    let failed = pieces.into_iter().any(|piece| decoder.push_into(piece, &mut deltas).is_err());
    (deltas, failed)
}

/// A stream gives the same deltas however it is cut.
fn check_stream(stream: &[u8], expected: &[Delta]) {
    let whole = (expected.to_vec(), false);
    let shown = String::from_utf8_lossy(stream);
    assert_eq!(decode([stream]), whole, "{shown}");
    for at in 0..=stream.len() {
        assert_eq!(decode([&stream[..at], &stream[at..]]), whole, "{shown} cut at {at}");
    }
    for size in [1, 2, 3, 7] {
        assert_eq!(decode(stream.chunks(size)), whole, "{shown} in pieces of {size}");
    }
}

/// One chunk, as the data of one event.
fn check(data: &str, expected: &[Delta]) {
    check_stream(format!("data: {data}\n\n").as_bytes(), expected);
}
