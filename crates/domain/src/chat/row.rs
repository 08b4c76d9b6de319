//! The rows of a conversation's log as they rest on disk, and the events that each stands for.

use edgewise_protocol::{
    attachment::Attached,
    details::Details,
    event::{Event, Numbered, Turn},
    ids::{AttachmentId, ConversationId, KeyId, MessageId, UserId},
    message::{Message, Part, Role, Status, Usage},
    money::{LedgerEntry, Settlement},
    organization::Place,
    timestamp::Timestamp,
    vote::Vote,
};
use serde::{Deserialize, Serialize};

use super::{
    marks::{Mark, Marks},
    routing::Leg,
    tools::{self, Note},
};
use crate::money::meter::Meter;

/// The version of this layout. An object with an older one is migrated when it is next opened.
///
/// A deploy may be rolled back, so a layout only adds to the one before, which opens it as well; what it cannot, such as
/// another kind of row, is read by one version before the next writes it.
pub const SCHEMA_VERSION: u32 = 1;

pub const DEFAULT_TITLE: &str = "New Conversation";

/// What a row is. The numbers are stored: never change one, only add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The conversation itself, always row 1. `meta` is a [`Head`].
    Head = 0,
    /// A user's message, numbers `seq` (message.created) and `seq + 1` (turn.created).
    User = 1,
    /// An answer. Its numbers are its marks; a regenerated one also has `seq` (turn.created).
    Answer = 2,
    /// More text of the answer in the making (`parent`); gone when the turn has ended.
    Segment = 3,
    /// Something was changed: `meta` is a [`Change`], and `text` the title. Without `meta` it was the title.
    Updated = 4,
}

impl Kind {
    pub const fn stored(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::Head,
            1 => Self::User,
            2 => Self::Answer,
            3 => Self::Segment,
            4 => Self::Updated,
            _ => return None,
        })
    }
}

/// One row. `seq` is the number of its first event and its primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub seq: u64,
    pub kind: Kind,
    pub at_ms: u64,
    /// The row that this one follows.
    pub parent: Option<u64>,
    /// See [`stored_status`].
    pub status: Option<u8>,
    /// Messages in the conversation, those that this row adds included (user rows and regenerated answers).
    pub count: Option<u32>,
    /// Idempotency key, unique in the conversation.
    pub key: Option<Vec<u8>>,
    /// JSON, its shape by kind.
    pub meta: Option<String>,
    pub marks: Vec<u8>,
    pub text: String,
}

/// `meta` of row 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`SCHEMA_VERSION`] of the object.
    pub v: u32,
    pub id: ConversationId,
    /// Whoever made it. Without a place it is theirs alone.
    pub owner: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// As it was given; without one the first message names the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    pub model: String,
    #[serde(default, skip_serializing_if = "Details::is_usual")]
    pub details: Details,
    /// Messages that were deleted, and the event with which the last of them was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pruned: Option<(u32, u64)>,
    /// Summaries: the row of the last message that each covers, and its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compacted: Vec<(u64, u64)>,
    /// Newest event when the conversation was deleted; the row stays so that nothing reappears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<u64>,
    /// The ledger has every turn that ended with this event or before. `None`: made before there was a ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledgered: Option<u64>,
    /// Of a deleted conversation: what the ledger was owed then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owed: Vec<LedgerEntry>,
    /// Of a deleted conversation: what those who held money for it were to hear, by the names of their accounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsettled: Vec<(String, Settlement)>,
    /// Questions to go on with, of the newest answer that has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested: Option<Suggested>,
    /// What a later version wrote: kept, for when it is back.
    #[serde(flatten)]
    pub later: serde_json::Map<String, serde_json::Value>,
}

/// Suggestions, and the row of the answer that they follow. They rest here alone, so that a conversation keeps one set of
/// them, and none of a message that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggested {
    #[serde(rename = "n")]
    pub seq: u64,
    #[serde(rename = "t")]
    pub texts: Vec<String>,
}

/// `meta` of a row that says what was changed. To the version before there is only the title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "k")]
pub enum Change {
    #[serde(rename = "d")]
    Deleted {
        #[serde(rename = "i")]
        message: MessageId,
    },
    #[serde(rename = "s")]
    Set {
        #[serde(rename = "m")]
        model: String,
        #[serde(rename = "d")]
        details: Box<Details>,
    },
    /// The texts rest in row 1, as long as they are of use.
    #[serde(rename = "q")]
    Suggested {
        #[serde(rename = "i")]
        message: MessageId,
    },
    #[serde(rename = "v")]
    Voted {
        #[serde(rename = "i")]
        message: MessageId,
        #[serde(rename = "u")]
        by: UserId,
        #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
        vote: Option<Vote>,
    },
    /// Everything up to a message was summarised for the model.
    #[serde(rename = "c")]
    Compacted {
        #[serde(rename = "i")]
        message: MessageId,
        #[serde(rename = "t")]
        summary: String,
        #[serde(rename = "b")]
        before: u64,
        #[serde(rename = "a")]
        after: u64,
    },
}

/// `meta` of user rows and answers: short names, because there are two of these for each turn.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Meta {
    /// Model, when it is not the conversation's.
    #[serde(default, rename = "m", skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Finish reason, when it is not `stop`.
    #[serde(default, rename = "f", skip_serializing_if = "Option::is_none")]
    pub finish: Option<String>,
    /// Input and output tokens.
    #[serde(default, rename = "u", skip_serializing_if = "Option::is_none")]
    pub usage: Option<(u32, u32)>,
    /// Of these tokens, the input that came from a cache and the output that were thoughts; none when both are zero.
    #[serde(default, rename = "c", skip_serializing_if = "Option::is_none")]
    pub parts: Option<(u32, u32)>,
    /// What the model thought: of this row, in the place of its text.
    #[serde(default, rename = "t", skip_serializing_if = "String::is_empty")]
    pub thought: String,
    /// Who said the answer, where it was not simply the first of its model's chain: those that begin in this row.
    #[serde(default, rename = "g", skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<Leg>,
    /// What went wrong, for people.
    #[serde(default, rename = "e", skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Milliseconds from the turn's creation to its end.
    #[serde(default, rename = "d", skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Recoveries in a row that brought no text.
    #[serde(default, rename = "r", skip_serializing_if = "Option::is_none")]
    pub recoveries: Option<u32>,
    /// Length of the text at the last recovery, bytes.
    #[serde(default, rename = "l", skip_serializing_if = "Option::is_none")]
    pub recovered_bytes: Option<u64>,
    /// What the answer has cost, all attempts together, where the price is known.
    #[serde(default, rename = "w", skip_serializing_if = "Option::is_none")]
    pub cost_micro_usd: Option<u64>,
    /// Tokens of attempts whose process died, as the version before wrote them: `meter` knows more.
    #[serde(default, rename = "b", skip_serializing_if = "Option::is_none")]
    pub used_before: Option<(u32, u32)>,
    /// Of an answer in the making: what its attempts have used and cost when the words of this row were stored.
    #[serde(default, rename = "k", skip_serializing_if = "Option::is_none")]
    pub meter: Option<Meter>,
    /// Who pays, where that is not plain.
    #[serde(default, rename = "y", skip_serializing_if = "Option::is_none")]
    pub paid: Option<Paid>,
    /// What the tools did, as far as this row's marks tell of it.
    #[serde(default, rename = "o", skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Of a question: the tools that its answer may use, where the asker named them.
    #[serde(default, rename = "x", skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<String>>,
    /// Of a question: an answer that was given before may be given. Of an answer: it is one.
    #[serde(default, rename = "n", skip_serializing_if = "is_false")]
    pub reuse: bool,
    /// The message was deleted: of what was said nothing is left.
    #[serde(default, rename = "z", skip_serializing_if = "is_false")]
    pub deleted: bool,
    /// Files that a deleted message had.
    #[serde(default, rename = "h", skip_serializing_if = "Vec::is_empty")]
    pub unheld: Vec<AttachmentId>,
    /// Of an answer: the vote on it, and what it begins with.
    #[serde(default, rename = "v", skip_serializing_if = "Option::is_none")]
    pub vote: Option<Vote>,
    #[serde(default, rename = "j", skip_serializing_if = "Option::is_none")]
    pub continues: Option<Continued>,
    /// Files of a user's message.
    #[serde(default, rename = "a", skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attached>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The answer that another one continues, and how many bytes it had said: nobody is charged for them again.
pub type Continued = (MessageId, u64);

/// Whom a turn is charged to, beside whom the conversation belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Paid {
    /// Who sent the message, where it is not the conversation's owner.
    #[serde(default, rename = "u", skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The API key that it was sent with.
    #[serde(default, rename = "k", skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
    /// What their account calls the money that it holds for the turn.
    #[serde(default, rename = "l", skip_serializing_if = "Option::is_none")]
    pub lease: Option<String>,
    /// They have keys of their own for providers.
    #[serde(default, rename = "o", skip_serializing_if = "std::ops::Not::not")]
    pub own_keys: bool,
}

impl Meta {
    pub fn stored(json: Option<&str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    pub fn set_usage(&mut self, usage: Option<Usage>) {
        self.usage = usage.map(|usage| (usage.input_tokens, usage.output_tokens));
        let parts = usage.map(|usage| (usage.cached_input_tokens, usage.reasoning_tokens));
        self.parts = parts.filter(|parts| *parts != (0, 0));
    }

    pub fn read_usage(&self) -> Option<Usage> {
        let (cached_input_tokens, reasoning_tokens) = self.parts.unwrap_or_default();
        let counted = |(input_tokens, output_tokens)| Usage {
            input_tokens,
            output_tokens,
            cached_input_tokens,
            reasoning_tokens,
            cost_micro_usd: self.cost_micro_usd,
        };
        self.usage.map(counted)
    }

    /// `None` when there is nothing to say.
    pub fn json(&self) -> Option<String> {
        if *self == Self::default() { None } else { serde_json::to_string(self).ok() }
    }
}

/// Statuses as numbers. A user row says how its turn was created: `Queued` or `Running`, for ever.
pub const fn stored_status(status: Status) -> u8 {
    match status {
        Status::Queued => 0,
        Status::Running => 1,
        Status::Completed => 2,
        Status::Stopped => 3,
        Status::Failed => 4,
        Status::Superseded => 5,
    }
}

pub const fn status_of(stored: Option<u8>) -> Status {
    match stored {
        Some(0) => Status::Queued,
        Some(1) => Status::Running,
        Some(3) => Status::Stopped,
        Some(4) => Status::Failed,
        Some(5) => Status::Superseded,
        _ => Status::Completed,
    }
}

/// Client ids (printable ASCII) are kept as 16 bytes when they are UUIDs: the key is stored twice (row and index).
/// The variant bits of a UUID make a byte that ASCII does not have, so the two forms never meet.
pub fn stored_key(client_id: &str) -> Vec<u8> {
    match client_id.parse::<MessageId>() {
        Ok(id) if id.to_string() == client_id && !id.uuid().as_bytes().is_ascii() => id.uuid().as_bytes().to_vec(),
        _ => client_id.as_bytes().to_vec(),
    }
}

/// The client id that [`stored_key`] stored.
pub fn client_id(key: &[u8]) -> String {
    match <[u8; 16]>::try_from(key) {
        Ok(bytes) if !key.is_ascii() => uuid::Uuid::from_bytes(bytes).to_string(),
        _ => String::from_utf8_lossy(key).into_owned(),
    }
}

impl Row {
    /// A row with nothing in it but its number, kind and time.
    pub const fn new(seq: u64, kind: Kind, at_ms: u64) -> Self {
        Self {
            seq,
            kind,
            at_ms,
            parent: None,
            status: None,
            count: None,
            key: None,
            meta: None,
            marks: Vec::new(),
            text: String::new(),
        }
    }

    pub fn status(&self) -> Status {
        status_of(self.status)
    }

    pub fn read_meta(&self) -> Meta {
        Meta::stored(self.meta.as_deref())
    }

    /// Of a row that says what was changed. `None`: the title, or what a later version changes.
    pub fn change(&self) -> Option<Change> {
        self.meta.as_deref().and_then(|meta| serde_json::from_str(meta).ok())
    }

    /// Whether the message was deleted. Nearly all were not, and then nothing is read.
    pub fn is_deleted(&self) -> bool {
        self.meta.as_deref().is_some_and(|meta| meta.contains(r#""z":true"#)) && self.read_meta().deleted
    }

    /// As it is after its message was deleted. Numbers and costs stay.
    pub fn scrub(&mut self) {
        let mut meta = self.read_meta();
        meta.deleted = true;
        meta.unheld.extend(meta.attachments.drain(..).map(|file| file.id));
        (meta.thought, meta.error, meta.vote) = (String::new(), None, None);
        meta.notes = std::mem::take(&mut meta.notes).into_iter().map(Note::emptied).collect();
        self.meta = meta.json();
        self.text = String::new();
    }

    pub fn read_marks(&self) -> Marks {
        Marks::stored(self.seq, self.marks.clone())
    }

    /// The row of the message that this answer answers.
    pub fn answers(&self) -> u64 {
        self.parent.unwrap_or(self.seq.saturating_sub(1))
    }

    /// The number of the last event that this row stands for.
    pub fn last_seq(&self) -> u64 {
        match self.kind {
            Kind::User => self.seq + 1,
            Kind::Answer | Kind::Segment => self.read_marks().last().max(self.seq),
            Kind::Head | Kind::Updated => self.seq,
        }
    }
}

/// Makes messages and events out of rows.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub head: &'a Head,
    /// Row of the newest message.
    pub newest: Option<u64>,
}

impl View<'_> {
    /// What is suggested after the answer `seq`, while it is the newest.
    fn suggested_after(&self, seq: u64) -> Vec<String> {
        let suggested =
            self.head.suggested.as_ref().filter(|suggested| suggested.seq == seq && self.newest == Some(seq));
        suggested.map(|suggested| suggested.texts.clone()).unwrap_or_default()
    }

    pub fn message_id(&self, seq: u64, at_ms: u64) -> MessageId {
        MessageId::at(self.head.id, seq, at_ms)
    }

    pub fn user_message(&self, row: &Row, parent_id: Option<MessageId>) -> Message {
        let files = row.read_meta().attachments;
        Message {
            id: self.message_id(row.seq, row.at_ms),
            role: Role::User,
            content: row.text.clone(),
            parts: files.iter().map(file_part).chain(parts("", &row.text)).collect(),
            status: Status::Completed,
            seq: row.seq,
            parent_id,
            client_message_id: row.key.as_deref().map(client_id),
            model: None,
            usage: None,
            error: None,
            attachments: files.iter().map(|file| file.id.to_string()).collect(),
            continues: None,
            vote: None,
            suggestions: Vec::new(),
            reused: false,
            created_at: Timestamp(row.at_ms),
        }
    }

    /// The message that `answer` is, or will be: its thoughts and its text may still be elsewhere.
    pub fn answer_message(&self, answer: &Row, parent_id: MessageId, thought: &str, text: &str) -> Message {
        let meta = answer.read_meta();
        Message {
            id: self.message_id(answer.seq, answer.at_ms),
            role: Role::Assistant,
            content: text.to_owned(),
            parts: if meta.notes.is_empty() { parts(thought, text) } else { parts_in_order(answer, &meta) },
            status: answer.status(),
            seq: answer.seq,
            parent_id: Some(parent_id),
            client_message_id: None,
            usage: meta.read_usage(),
            model: Some(meta.model.unwrap_or_else(|| self.head.model.clone())),
            error: meta.error,
            attachments: Vec::new(),
            continues: meta.continues.map(|continued| continued.0),
            vote: meta.vote,
            suggestions: self.suggested_after(answer.seq),
            reused: meta.reuse,
            created_at: Timestamp(answer.at_ms),
        }
    }

    pub fn turn(&self, seq: u64, at_ms: u64, parent_id: MessageId, status: Status, model: Option<String>) -> Turn {
        let id = self.message_id(seq, at_ms);
        let model = model.unwrap_or_else(|| self.head.model.clone());
        Turn { id, message_id: id, parent_id, status, model, continues: None }
    }

    /// The events of a row. `parent_id` is the id of the message that the row follows, where it has one.
    pub fn events(&self, row: &Row, parent_id: Option<MessageId>, out: &mut Vec<Numbered>) {
        match row.kind {
            Kind::Head => out.push(Numbered {
                seq: row.seq,
                event: Event::ConversationCreated {
                    conversation_id: self.head.id,
                    title: if row.text.is_empty() { DEFAULT_TITLE.to_owned() } else { row.text.clone() },
                    model: self.head.model.clone(),
                },
            }),
            Kind::Updated => {
                let event = match row.change() {
                    Some(Change::Deleted { message }) => Event::MessageDeleted { message_id: message },
                    Some(Change::Suggested { message }) => Event::SuggestionsCreated {
                        message_id: message,
                        suggestions: self.suggested_after(message.seq()),
                    },
                    Some(Change::Voted { message, vote, .. }) => Event::MessageVoted { message_id: message, vote },
                    Some(Change::Compacted { message, summary, before, after }) => Event::ContextCompacted {
                        message_id: message,
                        summary,
                        tokens_before: before,
                        tokens_after: after,
                    },
                    Some(Change::Set { model, details }) => Event::ConversationUpdated {
                        title: row.text.clone(),
                        model: Some(model),
                        details: Some(details),
                    },
                    None => Event::ConversationUpdated { title: row.text.clone(), model: None, details: None },
                };
                out.push(Numbered { seq: row.seq, event });
            }
            Kind::User => {
                let message = self.user_message(row, parent_id);
                let turn = self.turn(row.seq + 1, row.at_ms, message.id, row.status(), row.read_meta().model);
                out.push(Numbered { seq: row.seq, event: Event::MessageCreated { message } });
                out.push(Numbered { seq: row.seq + 1, event: Event::TurnCreated { turn } });
            }
            Kind::Answer => self.answer_events(row, parent_id, out),
            Kind::Segment => {
                let id = parent_id.unwrap_or_else(|| self.message_id(row.parent.unwrap_or(row.seq), row.at_ms));
                self.said(row, id, out);
            }
        }
    }

    fn answer_events(&self, row: &Row, parent_id: Option<MessageId>, out: &mut Vec<Numbered>) {
        let meta = row.read_meta();
        if let (Some(_), Some(parent_id)) = (row.parent, parent_id) {
            let turn = self.turn(row.seq, row.at_ms, parent_id, Status::Running, meta.model.clone());
            let turn = Turn { continues: meta.continues.map(|continued| continued.0), ..turn };
            out.push(Numbered { seq: row.seq, event: Event::TurnCreated { turn } });
        }
        self.said(row, self.message_id(row.seq, row.at_ms), out);
    }

    /// The events that the marks of an answer or a segment stand for.
    fn said(&self, row: &Row, id: MessageId, out: &mut Vec<Numbered>) {
        let mut rest = row.text.as_str();
        let meta = row.read_meta();
        let mut thoughts = meta.thought.as_str();
        // The first of an answer has no event of its own.
        let mut seams = meta.legs.into_iter().filter(|leg| leg.reason.is_some());
        let mut notes = meta.notes.into_iter();
        for (seq, mark) in row.read_marks().iter(row.seq) {
            let event = match mark {
                Mark::Started => Event::TurnStarted { turn_id: id },
                Mark::Said(bytes) => {
                    let (text, after) = rest.split_at_checked(bytes).unwrap_or((rest, ""));
                    rest = after;
                    Event::MessageDelta { message_id: id, text: text.to_owned() }
                }
                Mark::Thought(bytes) => {
                    let (text, after) = thoughts.split_at_checked(bytes).unwrap_or((thoughts, ""));
                    thoughts = after;
                    Event::MessageReasoning { message_id: id, text: text.to_owned() }
                }
                Mark::Rerouted => match seams.next() {
                    Some(leg) => leg.event(id),
                    None => continue,
                },
                Mark::Noted => match notes.next() {
                    Some(note) => note.event(id),
                    None => continue,
                },
                Mark::Ended => self.ended(row, id),
            };
            out.push(Numbered { seq, event });
        }
    }

    pub fn ended(&self, row: &Row, id: MessageId) -> Event {
        let meta = row.read_meta();
        Event::TurnEnded {
            turn_id: id,
            status: row.status(),
            usage: meta.read_usage(),
            finish_reason: meta.finish.unwrap_or_else(|| "stop".to_owned()),
            error: meta.error,
        }
    }
}

fn file_part(file: &Attached) -> Part {
    Part::File {
        id: file.id,
        filename: file.name.clone(),
        media_type: file.media_type.clone(),
        size: file.size,
        url: format!("/api/chat/attachments/{}", file.id),
    }
}

/// The parts of an answer that used tools, in the order in which its marks have them. `answer` holds all of it.
fn parts_in_order(answer: &Row, meta: &Meta) -> Vec<Part> {
    let (mut rest, mut thoughts) = (answer.text.as_str(), meta.thought.as_str());
    let take = |from: &mut &str, bytes: usize| {
        let (taken, after) = from.split_at_checked(bytes).unwrap_or((from, ""));
        let taken = taken.to_owned();
        *from = after;
        taken
    };
    let mut parts: Vec<Part> = Vec::new();
    let mut calls = tools::parts(&meta.notes).into_iter();
    let mut notes = meta.notes.iter();
    // The step whose calls were the last thing said.
    let mut called = None;
    for (_, mark) in answer.read_marks().iter(answer.seq) {
        let (said, step) = match mark {
            Mark::Said(bytes) => (Part::Text { text: take(&mut rest, bytes) }, None),
            Mark::Thought(bytes) => (Part::Reasoning { text: take(&mut thoughts, bytes) }, None),
            Mark::Noted if notes.next().is_some_and(|note| note.step().is_some()) => match calls.next() {
                Some((step, call)) => (Part::Tool(call), Some(step)),
                None => continue,
            },
            Mark::Noted | Mark::Started | Mark::Rerouted | Mark::Ended => continue,
        };
        if called.is_some() && called != step {
            parts.push(Part::StepStart);
        }
        called = step;
        match (parts.last_mut(), said) {
            (Some(Part::Text { text }), Part::Text { text: more })
            | (Some(Part::Reasoning { text }), Part::Reasoning { text: more }) => text.push_str(&more),
            (_, said) => parts.push(said),
        }
    }
    parts
}

fn parts(thought: &str, text: &str) -> Vec<Part> {
    let thought = (!thought.is_empty()).then(|| Part::Reasoning { text: thought.to_owned() });
    let text = (!text.is_empty()).then(|| Part::Text { text: text.to_owned() });
    thought.into_iter().chain(text).collect()
}

#[cfg(test)]
mod tests;
