//! What each kind of reader is told of the log: our events, the AI SDK's chunks, or the founding documents' words.

use edgewise_protocol::{
    chunk::{Chunk, MessageMetadata},
    event::{Event, Numbered},
    frame::{LOG_REQUEST_ID, ServerFrame},
    ids::MessageId,
    message::Status,
    tool::ToolState,
};
use serde::Serialize;
use serde_json::{Value, json};

/// The text part of an answer's first step, and of an answer without tools the only one.
const TEXT_ID: &str = "text";
/// A part of thoughts; thoughts that come after words are another.
const REASONING_ID: &str = "reasoning";

/// Makes chunks of a turn's events. The same events always give the same chunks, so their place in the list is
/// the `sequence` that a client may resume after.
///
/// The list ends where the turn waits for nothing but decisions, and another begins with the first of them: that is
/// how the AI SDK goes on with a message.
#[derive(Debug, Clone, Default)]
pub struct Chunks {
    /// The client knows the chunks that ask for approvals.
    approvals: bool,
    started: bool,
    step_open: bool,
    text_open: bool,
    reasoning_open: bool,
    /// Parts of thoughts so far.
    reasonings: u32,
    /// Steps that are over.
    steps: u32,
    /// Calls of this step without a result, as they are told to a client that comes now.
    open: Vec<OpenCall>,
    waits: bool,
    ended: bool,
}

#[derive(Debug, Clone)]
struct OpenCall {
    id: String,
    name: String,
    input: Value,
    waits: bool,
    /// The client was asked.
    told: bool,
}

impl Chunks {
    pub const fn new(approvals: bool) -> Self {
        Self {
            approvals,
            started: false,
            step_open: false,
            text_open: false,
            reasoning_open: false,
            reasonings: 0,
            steps: 0,
            open: Vec::new(),
            waits: false,
            ended: false,
        }
    }

    /// Nothing follows, or nothing until somebody has decided.
    pub const fn ended(&self) -> bool {
        self.ended || self.waits
    }

    /// Appends the chunks that `event`, an event of the turn, stands for. `true`: they begin a list of their own.
    pub fn read(&mut self, event: &Event, out: &mut Vec<Chunk>) -> bool {
        let anew = std::mem::take(&mut self.waits);
        if anew {
            self.begin_anew(event, out);
        }
        match event {
            Event::TurnCreated { turn } if turn.status == Status::Running => {
                self.start(turn.message_id, Some(turn.model.clone()), out);
            }
            Event::TurnStarted { turn_id } => self.start(*turn_id, None, out),
            Event::MessageReasoning { message_id, text } => {
                self.start_step(*message_id, out);
                if !std::mem::replace(&mut self.reasoning_open, true) {
                    self.reasonings = self.reasonings.saturating_add(1);
                    out.push(Chunk::ReasoningStart { id: self.reasoning_id() });
                }
                out.push(Chunk::ReasoningDelta { id: self.reasoning_id(), delta: text.clone() });
            }
            Event::MessageDelta { message_id, text } => {
                self.start_step(*message_id, out);
                self.end_reasoning(out);
                if !std::mem::replace(&mut self.text_open, true) {
                    out.push(Chunk::TextStart { id: self.text_id() });
                }
                out.push(Chunk::TextDelta { id: self.text_id(), delta: text.clone() });
            }
            Event::ToolCalled { message_id, tool_call_id, tool_name, input } => {
                self.start_step(*message_id, out);
                self.end_words(out);
                let (id, name, input) = (tool_call_id.clone(), tool_name.clone(), input.clone());
                let call = OpenCall { id, name, input, waits: false, told: false };
                out.push(call.chunk());
                self.open.push(call);
            }
            Event::ApprovalRequested { tool_call_id: id, .. } => {
                self.open.iter_mut().filter(|call| call.id == *id).for_each(|call| call.waits = true);
                self.ask_approvals(out);
                self.wait_if_idle(out);
            }
            Event::ApprovalDecided { tool_call_id: id, approved, .. } => {
                self.open.iter_mut().filter(|call| call.id == *id).for_each(|call| call.waits = false);
                if !approved && self.approvals {
                    out.push(Chunk::ToolOutputDenied { tool_call_id: id.clone() });
                }
            }
            Event::ToolFinished { tool_call_id, state, output, error_text, .. } => {
                self.finished(tool_call_id, *state, output.as_ref(), error_text.as_deref(), out);
            }
            Event::TurnEnded { turn_id, status, finish_reason, usage, error } => {
                self.start(*turn_id, None, out);
                self.end_words(out);
                match status {
                    Status::Failed => {
                        let error_text = error.clone().unwrap_or_else(|| "The answer failed.".into());
                        out.push(Chunk::Error { error_text });
                    }
                    Status::Stopped => out.push(Chunk::Abort { reason: Some("stopped".into()) }),
                    Status::Superseded => out.push(Chunk::Abort { reason: Some("superseded".into()) }),
                    _ => {
                        if self.step_open {
                            out.push(Chunk::FinishStep);
                        }
                        let message_metadata = MessageMetadata { model: None, usage: *usage };
                        out.push(Chunk::Finish { finish_reason: finish_reason.clone(), message_metadata });
                    }
                }
                self.ended = true;
            }
            _ => {}
        }
        anew
    }

    fn finished(
        &mut self,
        id: &str,
        state: ToolState,
        output: Option<&Value>,
        error: Option<&str>,
        out: &mut Vec<Chunk>,
    ) {
        let (tool_call_id, dynamic) = (id.to_owned(), true);
        let error_text = || error.unwrap_or("The tool failed.").to_owned();
        match state {
            ToolState::OutputAvailable => {
                let output = output.cloned().unwrap_or_default();
                out.push(Chunk::ToolOutputAvailable { tool_call_id, output, dynamic });
            }
            // Told with the decision.
            ToolState::OutputDenied if self.approvals => {}
            ToolState::OutputDenied => {
                out.push(Chunk::ToolOutputError { tool_call_id, error_text: "Denied.".into(), dynamic });
            }
            _ => out.push(Chunk::ToolOutputError { tool_call_id, error_text: error_text(), dynamic }),
        }
        self.open.retain(|call| call.id != id);
        if self.open.is_empty() && std::mem::take(&mut self.step_open) {
            self.steps = self.steps.saturating_add(1);
            out.push(Chunk::FinishStep);
        }
        self.wait_if_idle(out);
    }

    /// When every call without a result waits for somebody, the list ends.
    fn wait_if_idle(&mut self, out: &mut Vec<Chunk>) {
        if !self.open.is_empty() && self.open.iter().all(|call| call.waits) {
            self.waits = true;
            self.ask_approvals(out);
            if self.step_open {
                out.push(Chunk::FinishStep);
            }
            let message_metadata = MessageMetadata::default();
            out.push(Chunk::Finish { finish_reason: "tool-calls".into(), message_metadata });
        }
    }

    /// Asks for what this list has not asked for.
    fn ask_approvals(&mut self, out: &mut Vec<Chunk>) {
        for call in self.open.iter_mut().filter(|call| call.waits) {
            if !std::mem::replace(&mut call.told, true) && self.approvals {
                out.push(Chunk::ToolApprovalRequest { approval_id: call.id.clone(), tool_call_id: call.id.clone() });
            }
        }
    }

    /// Another list of the same message: what it waited for is told once more, for a client that knows nothing of it.
    fn begin_anew(&mut self, event: &Event, out: &mut Vec<Chunk>) {
        if let Some(id) = turn_of(event) {
            out.push(Chunk::Start { message_id: id.to_string(), message_metadata: MessageMetadata::default() });
            out.extend(self.open.iter().map(OpenCall::chunk));
            self.open.iter_mut().for_each(|call| call.told = false);
        }
    }

    fn text_id(&self) -> String {
        if self.steps > 0 { format!("{TEXT_ID}-{}", self.steps + 1) } else { TEXT_ID.into() }
    }

    fn reasoning_id(&self) -> String {
        if self.reasonings > 1 { format!("{REASONING_ID}-{}", self.reasonings) } else { REASONING_ID.into() }
    }

    fn end_reasoning(&mut self, out: &mut Vec<Chunk>) {
        if std::mem::take(&mut self.reasoning_open) {
            out.push(Chunk::ReasoningEnd { id: self.reasoning_id() });
        }
    }

    fn end_words(&mut self, out: &mut Vec<Chunk>) {
        self.end_reasoning(out);
        if std::mem::take(&mut self.text_open) {
            out.push(Chunk::TextEnd { id: self.text_id() });
        }
    }

    fn start(&mut self, id: MessageId, model: Option<String>, out: &mut Vec<Chunk>) {
        if !self.started {
            (self.started, self.step_open) = (true, true);
            let message_metadata = MessageMetadata { model, usage: None };
            out.push(Chunk::Start { message_id: id.to_string(), message_metadata });
            out.push(Chunk::StartStep);
        }
    }

    /// The model speaks: in its first step, or in another.
    fn start_step(&mut self, id: MessageId, out: &mut Vec<Chunk>) {
        self.start(id, None, out);
        if !std::mem::replace(&mut self.step_open, true) {
            out.push(Chunk::StartStep);
        }
    }
}

impl OpenCall {
    fn chunk(&self) -> Chunk {
        Chunk::ToolInputAvailable {
            tool_call_id: self.id.clone(),
            tool_name: self.name.clone(),
            input: self.input.clone(),
            dynamic: true,
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
        Event::ToolCalled { message_id, .. }
        | Event::ToolFinished { message_id, .. }
        | Event::ApprovalRequested { message_id, .. }
        | Event::ApprovalDecided { message_id, .. } => Some(*message_id),
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
    UiSse {
        /// The client knows the chunks that ask for approvals.
        approvals: bool,
    },
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
        // Whoever speaks over a socket is AI SDK 7.
        let chunks = Chunks::new(matches!(form, Form::Socket { .. } | Form::UiSse { approvals: true }));
        Self { turn, form, chunks, next: 0, skip, scratch: Vec::new() }
    }

    /// Nothing follows: close the stream, forget the request.
    pub const fn ended(&self) -> bool {
        self.chunks.ended()
    }

    pub const fn request_id(&self) -> Option<&String> {
        match &self.form {
            Form::Socket { request_id } => Some(request_id),
            _ => None,
        }
    }

    /// What to send for `events`, in order; events of other turns give nothing.
    pub fn read(&mut self, events: &[Numbered], out: &mut Vec<String>) {
        let (mut said, turn, mut last) = (Vec::new(), self.turn, None);
        for numbered in events.iter().filter(|numbered| turn_of(&numbered.event) == Some(turn)) {
            if !self.chunks.ended {
                self.read_one(numbered, &mut said);
                last = Some(numbered.seq);
            }
        }
        if let Some(last) = last.filter(|_| self.ended()) {
            said.extend(form_end(&self.form, last, self.chunks.waits));
        }
        out.append(&mut said);
    }

    fn read_one(&mut self, numbered: &Numbered, out: &mut Vec<String>) {
        let mut chunks = std::mem::take(&mut self.scratch);
        let anew = self.chunks.read(&numbered.event, &mut chunks);
        if anew && self.form != Form::Words {
            // What went before is another stream's.
            out.clear();
            self.next = 0;
        }
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
        chunks.clear();
        self.scratch = chunks;
    }
}

/// What closes a stream whose newest event is number `last`; `waits`: the turn has not ended.
fn form_end(form: &Form, last: u64, waits: bool) -> Option<String> {
    match form {
        Form::Socket { request_id } => Some(text_of(&ServerFrame::End { request_id })),
        Form::UiSse { .. } => Some(sse(None, "[DONE]")),
        // The end of a turn says so itself.
        Form::Words => waits.then(|| sse(Some(last), "[DONE]")),
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
        let events: Vec<_> = (3..).zip(events).map(|(seq, event)| Numbered { seq, event }).collect();
        reader.read(&events, &mut out);
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

    fn called(call: &str) -> Event {
        let (message_id, tool_call_id, tool_name) = (id(), call.into(), "clock".into());
        Event::ToolCalled { message_id, tool_call_id, tool_name, input: json!({}) }
    }

    fn finished(call: &str, state: ToolState) -> Event {
        let output = (state == ToolState::OutputAvailable).then(|| json!(1));
        let (message_id, tool_call_id, error_text) = (id(), call.into(), None);
        Event::ToolFinished { message_id, tool_call_id, state, output, error_text, duration_ms: 1 }
    }

    fn types(frames: &[String]) -> Vec<String> {
        let kind = |frame: &String| {
            let chunk = serde_json::from_str::<Value>(frame).unwrap()["chunk"].clone();
            let of = chunk["toolCallId"].as_str().or(chunk["id"].as_str()).unwrap_or_default();
            format!("{} {of}", chunk["type"].as_str().unwrap_or("end")).trim().to_owned()
        };
        frames.iter().map(kind).collect()
    }

    #[test]
    fn steps_stand_between_rounds_of_tools() {
        let mut events = answer();
        let tools = [
            called("a"),
            called("b"),
            finished("b", ToolState::OutputAvailable),
            finished("a", ToolState::OutputError),
        ];
        events.splice(2..2, tools);
        let frames = read(Form::Socket { request_id: "r".into() }, None, events);
        assert_eq!(
            types(&frames),
            [
                "start",
                "start-step",
                "text-start text",
                "text-delta text",
                "text-end text",
                "tool-input-available a",
                "tool-input-available b",
                "tool-output-available b",
                "tool-output-error a",
                "finish-step",
                "start-step",
                "text-start text-2",
                "text-delta text-2",
                "text-end text-2",
                "finish-step",
                "finish",
                "end"
            ]
        );
    }

    #[test]
    fn a_stream_ends_where_somebody_is_asked_and_another_begins_with_the_decision() {
        let asked = |call: &str| Event::ApprovalRequested { message_id: id(), tool_call_id: call.into() };
        let decided =
            Event::ApprovalDecided { message_id: id(), tool_call_id: "a".into(), approved: true, reason: None };
        let socket = || Form::Socket { request_id: "r".into() };
        let mut events = vec![Event::TurnStarted { turn_id: id() }, called("a"), called("b"), asked("a")];
        assert!(!types(&read(socket(), None, events.clone())).contains(&"end".to_owned()), "b runs");
        events.push(finished("b", ToolState::OutputAvailable));
        let waiting = types(&read(socket(), None, events.clone()));
        assert_eq!(waiting[waiting.len() - 4..], ["tool-output-available b", "finish-step", "finish", "end"]);
        assert!(waiting.contains(&"tool-approval-request a".to_owned()));
        let older = read(Form::UiSse { approvals: false }, None, events.clone()).concat();
        assert!(!older.contains("approval") && older.ends_with("data: [DONE]\n\n"), "{older}");
        assert_eq!(read(Form::Words, None, events.clone()).last().unwrap(), "id: 7\ndata: [DONE]\n\n");

        events.push(decided);
        events.push(finished("a", ToolState::OutputAvailable));
        events.extend(answer().into_iter().skip(1));
        let frames = read(socket(), None, events.clone());
        assert_eq!(
            types(&frames),
            [
                "start",
                "tool-input-available a",
                "tool-output-available a",
                "finish-step",
                "start-step",
                "text-start text-2",
                "text-delta text-2",
                "text-delta text-2",
                "text-end text-2",
                "finish-step",
                "finish",
                "end"
            ]
        );
        for (at, frame) in frames.iter().take(frames.len() - 1).enumerate() {
            assert_eq!(serde_json::from_str::<Value>(frame).unwrap()["sequence"], at);
        }
        // Told bit by bit, a reader who stays is told the same.
        let mut reader = TurnReader::new(id(), socket(), None);
        let (mut live, mut seq) = (Vec::new(), 3);
        for event in events.iter().skip(5).cloned() {
            if seq == 3 {
                let past: Vec<_> = events.iter().take(5).cloned().map(|event| Numbered { seq: 1, event }).collect();
                reader.read(&past, &mut Vec::new());
            }
            reader.read(&[Numbered { seq, event }], &mut live);
            seq += 1;
        }
        assert_eq!(live, frames);
    }

    #[test]
    fn words_are_those_of_the_founding_document() {
        assert_eq!(
            read(Form::Words, None, answer()),
            ["id: 4\ndata: {\"text\":\"a\"}\n\n", "id: 5\ndata: {\"text\":\"b\"}\n\n", "id: 6\ndata: [DONE]\n\n"]
        );
    }
}
