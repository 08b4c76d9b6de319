//! The chat completions of OpenAI and of everyone who copied them, as a sans-I/O codec.

mod chunk;
mod failure;
mod repair;
mod request;
#[cfg(test)]
mod tests;

pub use failure::{Failure, FailureKind, ReplyFormat, Retry, classify, reply_format, unusable_reply};
pub use request::encode;

use super::{
    Delta,
    sse::{SseDecoder, TooLong},
};

/// Nothing sensible can follow: the connection is to be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

/// A model's stream. After `Done` or `Error` it says nothing more; `Finish` comes at most once.
#[derive(Debug, Default)]
pub struct Decoder {
    sse: SseDecoder,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    finished: bool,
    ended: bool,
}

impl Decoder {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Delta>, DecodeError> {
        let mut deltas = Vec::new();
        self.push_into(bytes, &mut deltas)?;
        Ok(deltas)
    }

    /// Like `push`, with a vector that the caller keeps; what came before a failure is in it too.
    pub fn push_into(&mut self, bytes: &[u8], deltas: &mut Vec<Delta>) -> Result<(), DecodeError> {
        let Self { sse, state } = self;
        // Bytes behind the end are not even looked at: a vendor may pad them without end.
        if !state.ended {
            let pushed = sse.push(bytes, |data| state.read(data, deltas));
            // Nor does it matter how such bytes were cut.
            if !state.ended {
                pushed?;
            }
        }
        Ok(())
    }
}

impl State {
    fn read(&mut self, data: &str, deltas: &mut Vec<Delta>) {
        let data = data.trim_ascii();
        if self.ended || data.is_empty() {
            return;
        }
        if data == "[DONE]" {
            self.ended = true;
            deltas.push(Delta::Done);
            return;
        }
        let chunk = match chunk::parse(data) {
            Ok(chunk) => chunk,
            Err(error) => {
                self.ended = true;
                deltas.push(Delta::Error(error));
                return;
            }
        };
        deltas.extend(chunk.text.map(Delta::Text));
        if let Some(reason) = chunk.finish
            && !std::mem::replace(&mut self.finished, true)
        {
            deltas.push(Delta::Finish(reason));
        }
        deltas.extend(chunk.usage.map(Delta::Usage));
    }
}

/// The same deltas from a whole JSON answer: some vendors do not stream although they are asked to.
pub fn decode_body(body: &[u8]) -> Vec<Delta> {
    let mut deltas = Vec::new();
    let mut state = State::default();
    state.read(&String::from_utf8_lossy(body), &mut deltas);
    // Without a finish reason nothing says that the body is an answer at all.
    if state.finished {
        state.read("[DONE]", &mut deltas);
    } else if !state.ended {
        deltas.push(Delta::Error("the body is not a finished answer".into()));
    }
    deltas
}
