//! Every wire format by one name: how a prompt is sent, and how the answer is read.

#[cfg(test)]
pub(super) mod tests;

use super::{
    Delta, Prompt, anthropic, gemini, openai, responses,
    sse::{SseDecoder, TooLong},
};

/// What a provider's server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wire {
    /// OpenAI's chat completions, as everyone who copied them speaks them.
    ChatCompletions,
    /// OpenAI's responses.
    Responses,
    /// Anthropic's messages.
    Anthropic,
    /// Google's Gemini.
    Gemini,
    /// Workers AI: chat completions in other clothes, through a binding.
    WorkersAi,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Behind the provider's base URL. Of Workers AI: the model's name.
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// Nothing sensible can follow: the connection is to be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

impl Wire {
    /// The request that asks `prompt`.
    pub fn encode(self, prompt: &Prompt, key: Option<&str>) -> Request {
        let bearer = || key.map(|key| ("authorization", format!("Bearer {key}"))).into_iter().collect();
        match self {
            Self::ChatCompletions => {
                Request { path: "/chat/completions".into(), headers: bearer(), body: openai::encode(prompt) }
            }
            Self::Responses => {
                Request { path: "/responses".into(), headers: bearer(), body: responses::encode(prompt) }
            }
            Self::Anthropic => {
                let mut headers = vec![("anthropic-version", anthropic::VERSION.to_owned())];
                headers.extend(key.map(|key| ("x-api-key", key.to_owned())));
                Request { path: "/messages".into(), headers, body: anthropic::encode(prompt) }
            }
            Self::Gemini => Request {
                path: gemini::path(&prompt.model),
                headers: key.map(|key| ("x-goog-api-key", key.to_owned())).into_iter().collect(),
                body: gemini::encode(prompt),
            },
            Self::WorkersAi => {
                Request { path: prompt.model.clone(), headers: Vec::new(), body: openai::encode_for_workers_ai(prompt) }
            }
        }
    }

    /// The deltas of a whole JSON answer: some servers do not stream although they are asked to.
    pub fn decode_body(self, body: &[u8]) -> Vec<Delta> {
        let mut deltas = Vec::new();
        let mut state = State::new(self);
        state.read(String::from_utf8_lossy(body).trim_ascii(), &mut deltas);
        if !ends(&deltas) {
            // Without a finish reason nothing says that the body is an answer at all.
            deltas.push(if deltas.iter().any(|delta| matches!(delta, Delta::Finish(_))) {
                Delta::Done
            } else {
                Delta::Error("the body is not a finished answer".into())
            });
        }
        deltas
    }
}

/// What one format remembers from one event to the next.
#[derive(Debug)]
enum State {
    Chat(openai::State),
    Responses(responses::State),
    Anthropic(anthropic::State),
    Gemini(gemini::State),
}

impl State {
    fn new(wire: Wire) -> Self {
        match wire {
            Wire::ChatCompletions | Wire::WorkersAi => Self::Chat(Default::default()),
            Wire::Responses => Self::Responses(Default::default()),
            Wire::Anthropic => Self::Anthropic(Default::default()),
            Wire::Gemini => Self::Gemini(Default::default()),
        }
    }

    /// What cannot be read, and what the vendor reports, is the end.
    fn read(&mut self, data: &str, deltas: &mut Vec<Delta>) {
        let read = match self {
            Self::Chat(state) => state.read(data, deltas),
            Self::Responses(state) => state.read(data, deltas),
            Self::Anthropic(state) => state.read(data, deltas),
            Self::Gemini(state) => state.read(data, deltas),
        };
        if let Err(error) = read {
            deltas.push(Delta::Error(error));
        }
    }
}

fn ends(deltas: &[Delta]) -> bool {
    matches!(deltas.last(), Some(Delta::Done | Delta::Error(_)))
}

/// A model's stream. After `Done` or `Error` it says nothing more; `Finish` comes at most once.
#[derive(Debug)]
pub struct Decoder {
    sse: SseDecoder,
    state: State,
    ended: bool,
}

impl Decoder {
    pub fn new(wire: Wire) -> Self {
        Self { sse: SseDecoder::new(), state: State::new(wire), ended: false }
    }

    /// # Errors
    /// When the stream breaks a bound; what came before is lost with the connection.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Delta>, DecodeError> {
        let mut deltas = Vec::new();
        self.push_into(bytes, &mut deltas)?;
        Ok(deltas)
    }

    /// Like `push`, with a vector that the caller keeps; what came before a failure is in it too.
    ///
    /// # Errors
    /// As `push`.
    pub fn push_into(&mut self, bytes: &[u8], deltas: &mut Vec<Delta>) -> Result<(), DecodeError> {
        let Self { sse, state, ended } = self;
        // Bytes behind the end are not even looked at: a vendor may pad them without end.
        if !*ended {
            let pushed = sse.push(bytes, |data| {
                let data = data.trim_ascii();
                if !*ended && !data.is_empty() {
                    state.read(data, deltas);
                    *ended = ends(deltas);
                }
            });
            // Nor does it matter how such bytes were cut.
            if !*ended {
                pushed?;
            }
        }
        Ok(())
    }
}
