//! A conversation that was held elsewhere, written as if it had been held here: all of its rows, or none.

use edgewise_protocol::{
    calls::conversation::Imported,
    message::{Role, Status},
    timestamp::Timestamp,
};

use super::{Conversation, LogStore, New};
use crate::{
    chat::{
        marks::{Mark, Marks},
        row::{Kind, Meta, Row, stored_status},
        send::{Fault, MAX_MESSAGE_BYTES, Refusal, StoreError, check_model},
        turn::{Limits, MAX_ANSWER_BYTES, MAX_THOUGHT_BYTES},
    },
    transfer::{MAX_MESSAGES, MAX_TEXT_BYTES},
};

impl<S: LogStore + Clone> Conversation<S> {
    /// Writes it. The caller has made sure that the store is empty.
    ///
    /// # Errors
    /// [`Refusal`] for what cannot be a conversation, before anything is written; [`StoreError`].
    pub fn import(
        mut store: S,
        limits: Limits,
        now_ms: u64,
        new: New,
        created_at: Option<Timestamp>,
        messages: Vec<Imported>,
    ) -> Result<Self, Fault> {
        new.check()?;
        check(&messages)?;
        let first_at = messages.iter().filter_map(|message| message.at).min();
        let created_at_ms = created_at.or(first_at).map_or(now_ms, |at| at.0.min(now_ms));
        let mut head = new.head();
        let mut writer = Writer {
            now_ms,
            at_ms: created_at_ms,
            model: head.model.clone(),
            last: 1,
            count: 0,
            rows: Vec::new(),
            places: Vec::new(),
        };
        writer.write(messages)?;
        // What was said elsewhere is not owed here.
        head.ledgered = Some(writer.last);
        let mut row = Row::new(1, Kind::Head, created_at_ms);
        row.meta = serde_json::to_string(&head).ok();
        row.text = head.title.clone().unwrap_or_default();
        // One stretch: the object's database keeps all of it or nothing.
        store.insert(&row)?;
        for row in &writer.rows {
            store.insert(row)?;
        }
        let mut made = Self::open(store, limits, now_ms)?
            .ok_or_else(|| StoreError { operation: "import", cause: "what was written is not there".into() })?;
        made.effects.project = true;
        Ok(made)
    }
}

/// Bounds that a call keeps whoever made it.
fn check(messages: &[Imported]) -> Result<(), Refusal> {
    let too_long = |what, limit, unit| Refusal::TooLong { what, limit, unit };
    if messages.len() > MAX_MESSAGES {
        return Err(too_long("The conversation", MAX_MESSAGES, "messages"));
    }
    let mut bytes = 0;
    for (at, message) in messages.iter().enumerate() {
        let most = if message.role == Role::User { MAX_MESSAGE_BYTES } else { MAX_ANSWER_BYTES };
        if message.text.len() > most {
            return Err(too_long("A message", most, "bytes"));
        }
        if message.thought.len() > MAX_THOUGHT_BYTES {
            return Err(too_long("A thought", MAX_THOUGHT_BYTES, "bytes"));
        }
        bytes += message.text.len() + message.thought.len();
        let parent = message.parent.map(|parent| messages.get(parent as usize).filter(|_| (parent as usize) < at));
        let is_sound = match (message.role, parent) {
            (Role::User, None | Some(Some(_))) => true,
            (Role::Assistant, Some(Some(parent))) => parent.role == Role::User,
            _ => false,
        };
        if !is_sound {
            return Err(Refusal::NoSuchMessage);
        }
    }
    if bytes > MAX_TEXT_BYTES { Err(too_long("The conversation", MAX_TEXT_BYTES, "bytes")) } else { Ok(()) }
}

/// Where a message of the call went.
#[derive(Clone, Copy)]
struct Placed {
    row: u64,
    /// What a question that follows it follows: an answer is followed itself, a question by its first answer.
    leaf: u64,
}

struct Writer {
    now_ms: u64,
    /// The time of what has none: that of what came before.
    at_ms: u64,
    model: String,
    last: u64,
    count: u32,
    rows: Vec<Row>,
    places: Vec<Placed>,
}

impl Writer {
    fn write(&mut self, messages: Vec<Imported>) -> Result<(), Refusal> {
        let mut messages = messages.into_iter().enumerate().peekable();
        while let Some((at, message)) = messages.next() {
            let parent = message.parent.and_then(|parent| self.places.get(parent as usize)).copied();
            match message.role {
                Role::User => {
                    let asked_ms = self.time(message.at);
                    let seq = self.last + 1;
                    let mut row = Row::new(seq, Kind::User, asked_ms);
                    row.parent = parent.map(|placed| placed.leaf);
                    row.status = Some(stored_status(Status::Running));
                    self.count = self.count.saturating_add(2);
                    row.count = Some(self.count);
                    row.meta = Meta { attachments: message.attachments, ..Meta::default() }.json();
                    row.text = message.text;
                    self.rows.push(row);
                    self.places.push(Placed { row: seq, leaf: seq + 1 });
                    self.last = seq + 1;
                    let is_answer = |next: &Imported| {
                        next.role == Role::Assistant && next.parent.is_some_and(|parent| parent as usize == at)
                    };
                    match messages.next_if(|(_, next)| is_answer(next)) {
                        Some((_, answer)) => self.answer(asked_ms, None, answer),
                        None => {
                            let unanswered = Imported {
                                status: Status::Stopped,
                                ..Imported::new(None, Role::Assistant, String::new(), None)
                            };
                            self.answer(asked_ms, None, unanswered);
                            self.places.pop();
                        }
                    }
                }
                Role::Assistant => {
                    let question = parent.map(|placed| placed.row).ok_or(Refusal::NoSuchMessage)?;
                    let at_ms = self.time(message.at);
                    self.last += 1;
                    self.count = self.count.saturating_add(1);
                    self.answer(at_ms, Some(question), message);
                }
            }
        }
        Ok(())
    }

    /// The row `last` is an answer. The first one of a question has the question's time, as its id is told before its row
    /// is there; how long it took is kept beside it.
    fn answer(&mut self, at_ms: u64, question: Option<u64>, message: Imported) {
        let seq = self.last;
        let ended_ms = if question.is_some() { at_ms } else { self.time(message.at) };
        let mut row = Row::new(seq, Kind::Answer, at_ms);
        row.parent = question;
        let status = if message.status.is_terminal() { message.status } else { Status::Stopped };
        row.status = Some(stored_status(status));
        row.count = question.map(|_| self.count);
        let finish = match status {
            Status::Completed => None,
            Status::Failed => Some("error".to_owned()),
            _ => Some("other".to_owned()),
        };
        let model = message.model.filter(|model| *model != self.model && check_model(model).is_ok());
        let took_ms = ended_ms.saturating_sub(at_ms);
        row.meta = Meta {
            model,
            finish,
            usage: message.usage.map(|usage| (usage.input_tokens, usage.output_tokens)),
            error: message.error,
            duration_ms: (took_ms > 0).then_some(took_ms),
            thought: message.thought.clone(),
            ..Meta::default()
        }
        .json();
        let mut marks = Marks::new(seq);
        if !message.thought.is_empty() {
            self.last += 1;
            marks.push(self.last, Mark::Thought(message.thought.len()));
        }
        if !message.text.is_empty() {
            self.last += 1;
            marks.push(self.last, Mark::Said(message.text.len()));
        }
        self.last += 1;
        marks.push(self.last, Mark::Ended);
        row.marks = marks.bytes().to_vec();
        row.text = message.text;
        self.rows.push(row);
        self.places.push(Placed { row: seq, leaf: seq });
    }

    /// No message is of the future.
    fn time(&mut self, at: Option<Timestamp>) -> u64 {
        if let Some(at) = at {
            self.at_ms = at.0.min(self.now_ms);
        }
        self.at_ms
    }
}
