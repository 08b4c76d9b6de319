//! What each kind of reader is told of the log: our events, the AI SDK's chunks, or the founding documents' words.

use edgewise_protocol::{
    chunk::{Chunk, MessageMetadata},
    event::{Event, Numbered},
    frame::{LOG_REQUEST_ID, ServerFrame},
    ids::MessageId,
    message::Status,
};
use serde::Serialize;
use serde_json::json;

/// The text part of an answer; there is one.
const TEXT_ID: &str = "text";
/// A part of thoughts; thoughts that come after words are another.
const REASONING_ID: &str = "reasoning";

/// Makes chunks of a turn's events. The same events always give the same chunks, so their place in the list is
/// the `sequence` that a client may resume after.
#[derive(Debug, Clone, Default)]
pub struct Chunks {
    started: bool,
    text_open: bool,
    reasoning_open: bool,
    /// Parts of thoughts so far.
    reasonings: u32,
    ended: bool,
}

impl Chunks {
    pub const fn ended(&self) -> bool {
        self.ended
    }

    /// Appends the chunks that `event`, an event of the turn, stands for.
    pub fn read(&mut self, event: &Event, out: &mut Vec<Chunk>) {
        match event {
            Event::TurnCreated { turn } if turn.status == Status::Running => {
                self.start(turn.message_id, Some(turn.model.clone()), out);
            }
            Event::TurnStarted { turn_id } => self.start(*turn_id, None, out),
            Event::MessageReasoning { message_id, text } => {
                self.start(*message_id, None, out);
                if !std::mem::replace(&mut self.reasoning_open, true) {
                    self.reasonings = self.reasonings.saturating_add(1);
                    out.push(Chunk::ReasoningStart { id: self.reasoning_id() });
                }
                out.push(Chunk::ReasoningDelta { id: self.reasoning_id(), delta: text.clone() });
            }
            Event::MessageDelta { message_id, text } => {
                self.start(*message_id, None, out);
                self.end_reasoning(out);
                if !self.text_open {
                    self.text_open = true;
                    out.push(Chunk::TextStart { id: TEXT_ID.into() });
                }
                out.push(Chunk::TextDelta { id: TEXT_ID.into(), delta: text.clone() });
            }
            Event::TurnEnded { turn_id, status, finish_reason, usage, error } => {
                self.start(*turn_id, None, out);
                self.end_reasoning(out);
                if self.text_open {
                    out.push(Chunk::TextEnd { id: TEXT_ID.into() });
                }
                match status {
                    Status::Failed => {
                        let error_text = error.clone().unwrap_or_else(|| "The answer failed.".into());
                        out.push(Chunk::Error { error_text });
                    }
                    Status::Stopped => out.push(Chunk::Abort { reason: Some("stopped".into()) }),
                    Status::Superseded => out.push(Chunk::Abort { reason: Some("superseded".into()) }),
                    _ => {
                        out.push(Chunk::FinishStep);
                        let message_metadata = MessageMetadata { model: None, usage: *usage };
                        out.push(Chunk::Finish { finish_reason: finish_reason.clone(), message_metadata });
                    }
                }
                self.ended = true;
            }
            _ => {}
        }
    }

    fn reasoning_id(&self) -> String {
        if self.reasonings > 1 { format!("{REASONING_ID}-{}", self.reasonings) } else { REASONING_ID.into() }
    }

    fn end_reasoning(&mut self, out: &mut Vec<Chunk>) {
        if std::mem::take(&mut self.reasoning_open) {
            out.push(Chunk::ReasoningEnd { id: self.reasoning_id() });
        }
    }

    fn start(&mut self, id: MessageId, model: Option<String>, out: &mut Vec<Chunk>) {
        if !self.started {
            self.started = true;
            let message_metadata = MessageMetadata { model, usage: None };
            out.push(Chunk::Start { message_id: id.to_string(), message_metadata });
            out.push(Chunk::StartStep);
        }
    }
}

/// The turn that an event belongs to.
pub const fn turn_of(event: &Event) -> Option<MessageId> {
    match event {
        Event::TurnCreated { turn } => Some(turn.id),
        Event::TurnStarted { turn_id } | Event::TurnEnded { turn_id, .. } => Some(*turn_id),
        Event::MessageDelta { message_id, .. } | Event::MessageReasoning { message_id, .. } => Some(*message_id),
        Event::TurnRerouted { turn_id, .. } => Some(*turn_id),
        _ => None,
    }
}

/// A reader of one turn.
#[derive(Debug, Clone)]
pub struct TurnReader {
    pub turn: MessageId,
    form: Form,
    chunks: Chunks,
    next: u64,
    /// Chunks below this number are not sent: the client has them.
    skip: u64,
    scratch: Vec<Chunk>,
}

/// How a reader of a turn is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Frames of the AI SDK's WebSocket transport, for this request.
    Socket { request_id: String },
    /// UI message stream over server-sent events.
    UiSse,
    /// `{"text":…}` … `[DONE]` over server-sent events.
    Words,
}

impl TurnReader {
    /// `after` is the number of the last chunk that the client has.
    pub const fn new(turn: MessageId, form: Form, after: Option<u64>) -> Self {
        let skip = match after {
            Some(after) => after.saturating_add(1),
            None => 0,
        };
        Self {
            turn,
            form,
            chunks: Chunks { started: false, text_open: false, reasoning_open: false, reasonings: 0, ended: false },
            next: 0,
            skip,
            scratch: Vec::new(),
        }
    }

    /// Nothing follows: close the stream, forget the request.
    pub const fn ended(&self) -> bool {
        self.chunks.ended
    }

    pub const fn request_id(&self) -> Option<&String> {
        match &self.form {
            Form::Socket { request_id } => Some(request_id),
            _ => None,
        }
    }

    /// What to send for `numbered`, in order; events of other turns give nothing.
    pub fn read(&mut self, numbered: &Numbered, out: &mut Vec<String>) {
        if self.ended() || turn_of(&numbered.event) != Some(self.turn) {
            return;
        }
        let mut chunks = std::mem::take(&mut self.scratch);
        self.chunks.read(&numbered.event, &mut chunks);
        match &self.form {
            Form::Words => words(numbered, out),
            form => {
                for chunk in chunks.drain(..) {
                    if self.next >= self.skip {
                        out.push(match form {
                            Form::Socket { request_id } => {
                                text_of(&ServerFrame::Chunk { request_id, sequence: self.next, chunk: &chunk })
                            }
                            _ => sse(None, &text_of(&chunk)),
                        });
                    }
                    self.next += 1;
                }
            }
        }
        if self.ended() {
            out.extend(form_end(&self.form));
        }
        chunks.clear();
        self.scratch = chunks;
    }
}

fn form_end(form: &Form) -> Option<String> {
    match form {
        Form::Socket { request_id } => Some(text_of(&ServerFrame::End { request_id })),
        Form::UiSse => Some(sse(None, "[DONE]")),
        Form::Words => None,
    }
}

fn words(numbered: &Numbered, out: &mut Vec<String>) {
    let data = match &numbered.event {
        Event::MessageDelta { text, .. } => json!({ "text": text }).to_string(),
        Event::TurnEnded { status: Status::Failed, error, .. } => {
            json!({ "error": error.as_deref().unwrap_or("The answer failed.") }).to_string()
        }
        Event::TurnEnded { .. } => "[DONE]".into(),
        _ => return,
    };
    out.push(sse(Some(numbered.seq), &data));
}

/// An event of the log as a socket frame.
pub fn log_frame(numbered: &Numbered) -> String {
    text_of(&ServerFrame::Event { request_id: LOG_REQUEST_ID, seq: numbered.seq, event: &numbered.event })
}

/// An event of the log as a server-sent event.
pub fn log_sse(numbered: &Numbered) -> String {
    sse(Some(numbered.seq), &text_of(&numbered.event))
}

/// `data` is one line: JSON escapes line breaks.
fn sse(id: Option<u64>, data: &str) -> String {
    match id {
        Some(id) => format!("id: {id}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
}

/// JSON of a value that cannot fail to serialise.
pub fn text_of(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use edgewise_protocol::message::Usage;

    use super::*;

    fn id() -> MessageId {
        MessageId::at("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse().unwrap(), 3, 1)
    }

    fn read(form: Form, after: Option<u64>, events: Vec<Event>) -> Vec<String> {
        let mut reader = TurnReader::new(id(), form, after);
        let mut out = Vec::new();
        for (seq, event) in (3..).zip(events) {
            reader.read(&Numbered { seq, event }, &mut out);
        }
        out
    }

    fn answer() -> Vec<Event> {
        let delta = |text: &str| Event::MessageDelta { message_id: id(), text: text.into() };
        let usage = Some(Usage { input_tokens: 1, output_tokens: 2, ..Usage::default() });
        vec![
            Event::TurnStarted { turn_id: id() },
            delta("a"),
            delta("b"),
            Event::TurnEnded {
                turn_id: id(),
                status: Status::Completed,
                finish_reason: "stop".into(),
                usage,
                error: None,
            },
        ]
    }

    #[test]
    fn socket_frames_are_numbered_from_zero_and_end() {
        let frames = read(Form::Socket { request_id: "r".into() }, None, answer());
        let kinds: Vec<_> =
            frames.iter().map(|frame| serde_json::from_str::<serde_json::Value>(frame).unwrap()).collect();
        for (at, frame) in kinds.iter().enumerate().take(frames.len() - 1) {
            assert_eq!(frame["sequence"], at);
        }
        let types: Vec<_> = kinds.iter().map(|frame| frame["chunk"]["type"].as_str().unwrap_or("end")).collect();
        assert_eq!(
            types,
            [
                "start",
                "start-step",
                "text-start",
                "text-delta",
                "text-delta",
                "text-end",
                "finish-step",
                "finish",
                "end"
            ]
        );
    }

    #[test]
    fn a_client_that_resumes_gets_exactly_the_rest() {
        let form = Form::Socket { request_id: "r".into() };
        let whole = read(form.clone(), None, answer());
        for have in 0..whole.len() - 1 {
            assert_eq!(read(form.clone(), Some(have as u64), answer()), whole[have + 1..]);
        }
    }

    #[test]
    fn thoughts_are_parts_of_their_own() {
        let thought = |text: &str| Event::MessageReasoning { message_id: id(), text: text.into() };
        let mut events = answer();
        events.splice(1..1, [thought("Hm"), thought(", so")]);
        events.insert(4, thought("But"));
        let frames = read(Form::Socket { request_id: "r".into() }, None, events.clone());
        let shown = |frame: &String| {
            let chunk = serde_json::from_str::<serde_json::Value>(frame).unwrap()["chunk"].clone();
            format!("{} {}", chunk["type"].as_str().unwrap_or("end"), chunk["id"].as_str().unwrap_or_default())
        };
        assert_eq!(
            frames.iter().map(shown).collect::<Vec<_>>(),
            [
                "start ",
                "start-step ",
                "reasoning-start reasoning",
                "reasoning-delta reasoning",
                "reasoning-delta reasoning",
                "reasoning-end reasoning",
                "text-start text",
                "text-delta text",
                "reasoning-start reasoning-2",
                "reasoning-delta reasoning-2",
                "reasoning-end reasoning-2",
                "text-delta text",
                "text-end text",
                "finish-step ",
                "finish ",
                "end "
            ]
        );
        assert_eq!(read(Form::Words, None, events).len(), 3, "the founding document knows no thoughts");
    }

    #[test]
    fn words_are_those_of_the_founding_document() {
        assert_eq!(
            read(Form::Words, None, answer()),
            ["id: 4\ndata: {\"text\":\"a\"}\n\n", "id: 5\ndata: {\"text\":\"b\"}\n\n", "id: 6\ndata: [DONE]\n\n"]
        );
    }
}
