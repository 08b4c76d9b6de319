//! A conversation over its store: numbers events, keeps the turn queue, and tells the shell what to do next.
//!
//! Every method is one synchronous stretch: it stores first, then puts what readers may see and what the shell
//! must do into [`Effects`]. A crash between two methods loses nothing that anybody was told.

mod again;
mod annotate;
mod compaction;
pub mod costs;
mod fork;
mod import;
mod pages;
mod prune;
mod queue;
mod reuse;
mod routes;
mod sharing;
mod temporary;
mod tools;
mod update;

use std::collections::VecDeque;

pub use compaction::Summary;
use costs::Owed;
pub use costs::{Payer, Wish};
pub use reuse::Keep;
pub(crate) use update::check_details;

use edgewise_protocol::{
    attachment::Attached,
    details::Details,
    event::Numbered,
    ids::{ConversationId, MessageId, UserId},
    jobs::ProjectConversation,
    message::{Status, Usage},
    money::Hold,
    organization::Place,
    timestamp::Timestamp,
};

use super::{
    row::{DEFAULT_TITLE, Head, Kind, Meta, Paid, Row, SCHEMA_VERSION, View, stored_key},
    send::{Fault, MAX_SYSTEM_PROMPT_BYTES, Refusal, Send, StoreError, check_model, check_title},
    tools::{Due, Note},
    turn::{Limits, Turn},
};
use crate::{
    access::{self, Act, Delete, Denied, Grant, Principal, Write, authorize},
    files::shown::Wanted,
    models::{Prompt, tokens::Correction},
};

/// Where the rows rest. Synchronous: what one stretch writes is durable together, before anything is sent.
pub trait LogStore {
    /// # Errors
    /// When the store fails; nothing was written.
    fn insert(&mut self, row: &Row) -> Result<(), StoreError>;
    /// Overwrites `status`, `meta`, `marks` and `text` of the row `row.seq`.
    ///
    /// # Errors
    /// When the store fails; nothing was written.
    fn update(&mut self, row: &Row) -> Result<(), StoreError>;
    /// Deletes the rows of `kind` numbered `from` or more.
    ///
    /// # Errors
    /// When the store fails; nothing was written.
    fn delete(&mut self, kind: Option<Kind>, from: u64) -> Result<(), StoreError>;
    /// # Errors
    /// When the store fails.
    fn get(&self, seq: u64) -> Result<Option<Row>, StoreError>;
    /// The number of the user row with this key.
    ///
    /// # Errors
    /// When the store fails.
    fn by_key(&self, key: &[u8]) -> Result<Option<u64>, StoreError>;
    /// The greatest row number; 0 when there is none.
    ///
    /// # Errors
    /// When the store fails.
    fn last(&self) -> Result<u64, StoreError>;
    /// Up to `limit` rows from number `from` upwards.
    ///
    /// # Errors
    /// When the store fails.
    fn from(&self, from: u64, limit: usize) -> Result<Vec<Row>, StoreError>;
    /// Up to `limit` rows of `kind` below number `before`, downwards, without their text and thoughts.
    ///
    /// # Errors
    /// When the store fails.
    fn below(&self, kind: Kind, before: u64, limit: usize) -> Result<Vec<Row>, StoreError>;
    /// The row `leaf`, the one that it follows, and so on, as a prompt reads them: none beyond `bounds`.
    ///
    /// # Errors
    /// When the store fails.
    fn branch(&self, leaf: u64, bounds: Bounds) -> Result<Vec<Branched>, StoreError>;
    /// The segments of the answer `turn`, upwards.
    ///
    /// # Errors
    /// When the store fails.
    fn segments(&self, turn: u64) -> Result<Vec<Row>, StoreError>;
}

/// How much of a branch is read.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub rows: usize,
    /// Of text; the row that goes beyond is the last.
    pub bytes: usize,
    /// Of notes; after the row that goes beyond there are none.
    pub note_bytes: usize,
}

/// A row as a prompt reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branched {
    pub seq: u64,
    pub kind: Kind,
    pub text: String,
    /// Of a question.
    pub files: Vec<Attached>,
    /// Of an answer.
    pub notes: Vec<Note>,
}

impl Branched {
    /// `json` is the `meta` of a question, and the notes of an answer.
    pub fn stored(seq: u64, kind: Kind, text: String, json: Option<&str>) -> Self {
        let files = json.filter(|_| kind == Kind::User).map(|meta| Meta::stored(Some(meta)).attachments);
        let notes = json.filter(|_| kind == Kind::Answer).and_then(|notes| serde_json::from_str(notes).ok());
        Self { seq, kind, text, files: files.unwrap_or_default(), notes: notes.unwrap_or_default() }
    }
}

/// Open turns lie within so many user messages of the newest, so that opening an object reads a bounded tail.
const WINDOW: usize = 64;

/// What the shell must do, in this order, in the stretch that called the method.
#[derive(Debug, Default)]
pub struct Effects {
    /// Send these to every reader.
    pub events: Vec<Numbered>,
    /// Close the connection to the model that serves the old epoch, if one is open.
    pub abort: bool,
    /// Open one.
    pub ask: Option<Ask>,
    /// Run these, each once more where it may have run before.
    pub run: Vec<Run>,
    /// Keep this answer, for whoever asks the same.
    pub keep: Option<Keep>,
    /// The catalogue is behind: send a projection job, and keep the alarm set until it is confirmed.
    pub project: bool,
    /// The conversation was deleted: close every reader.
    pub gone: bool,
}

/// A question for a model.
#[derive(Debug)]
pub struct Ask {
    /// Pass it back with whatever the model says.
    pub epoch: u64,
    pub prompt: Prompt,
    /// Files that belong to it: fetch them, and put them into it.
    pub files: Vec<Wanted>,
    pub delay_ms: u64,
    /// The whole answer must have come by then.
    pub deadline_at_ms: u64,
}

/// A tool that is to run for a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Pass it back with the result.
    pub turn: u64,
    pub due: Due,
    /// Who asked: it runs with their rights alone.
    pub asker: UserId,
}

/// What a new conversation is made of.
#[derive(Debug, Clone)]
pub struct New {
    pub id: ConversationId,
    pub creator: UserId,
    pub place: Option<Place>,
    pub title: Option<String>,
    pub system: Option<String>,
    pub model: String,
    pub details: Details,
}

impl New {
    /// # Errors
    /// The first [`Refusal`] found.
    pub fn check(&self) -> Result<(), Refusal> {
        if let Some(title) = &self.title {
            check_title(title)?;
        }
        if self.system.as_ref().is_some_and(|system| system.len() > MAX_SYSTEM_PROMPT_BYTES) {
            return Err(Refusal::TooLong { what: "systemPrompt", limit: MAX_SYSTEM_PROMPT_BYTES, unit: "bytes" });
        }
        update::check_details(&self.details)?;
        check_model(&self.model)
    }

    /// Row 1 of one in which nothing was said.
    fn head(self) -> Head {
        Head {
            v: SCHEMA_VERSION,
            id: self.id,
            owner: self.creator,
            place: self.place,
            title: self.title,
            system: self.system,
            model: self.model,
            details: self.details,
            pruned: None,
            compacted: Vec::new(),
            deleted: None,
            ledgered: Some(0),
            suggested: None,
            owed: Vec::new(),
            unsettled: Vec::new(),
            later: serde_json::Map::new(),
        }
    }
}

/// The ids of a message and of the turn that answers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Row of the user's message.
    pub message: u64,
    /// Row of the answer.
    pub turn: u64,
    /// The key was known: nothing new happened.
    pub repeat: bool,
}

/// A turn that has not ended.
#[derive(Debug, Clone)]
struct Open {
    /// Row of the answer, present or to come.
    seq: u64,
    /// Row of the message that is answered.
    parent: u64,
    at_ms: u64,
    model: Option<String>,
    paid: Option<Paid>,
    hold: Option<Hold>,
}

/// The running turn, and where its text rests until it is folded.
#[derive(Debug)]
struct Running {
    turn: Turn,
    /// The row that batches go to: the answer's own, then segments. `None` while no row exists.
    tail: Option<Tail>,
    /// The answer's row exists.
    has_row: bool,
    /// Segments exist.
    segmented: bool,
    /// What the store knows to be used.
    metered: Option<Usage>,
}

/// The row that grows, rewritten with each batch; small, so that a batch costs about one page.
#[derive(Debug)]
struct Tail {
    seq: u64,
    /// Where its text begins in `said`, and its thoughts in `thought`.
    from: usize,
    thought_from: usize,
    /// How many legs the rows before it tell of, and how many it with them.
    legs_from: usize,
    legs_until: usize,
    /// The same of notes.
    notes_from: usize,
    notes_until: usize,
    marks: super::marks::Marks,
}

/// One conversation.
#[derive(Debug)]
pub struct Conversation<S> {
    store: S,
    limits: Limits,
    head: Head,
    created_at_ms: u64,
    updated_at_ms: u64,
    /// The beginning of the first message.
    named_by: Option<String>,
    last_seq: u64,
    messages: u32,
    /// Row of the newest message of the branch that a message without a parent follows.
    leaf: Option<u64>,
    /// Turns that have not ended, oldest first. The first one is running.
    open: VecDeque<Open>,
    running: Option<Running>,
    /// User rows of the window, oldest first.
    recent: VecDeque<u64>,
    epoch: u64,
    effects: Effects,
    /// Who sends what comes next.
    payer: Option<Payer>,
    /// The ledger has every turn that ended with this event or before; row 1 says so since this many of them.
    confirmed: u64,
    unwritten: u64,
    /// What the ledger is owed for rows that are gone.
    parting: Owed,
    /// How far estimates of prompts are from what the vendor counts here. In memory: a new process learns anew.
    correction: Correction,
}

impl<S: LogStore> Conversation<S> {
    /// Creates it, as event 1. The caller has made sure that the store is empty.
    ///
    /// # Errors
    /// [`Refusal`] for bad fields, [`StoreError`] when nothing was stored.
    pub fn create(mut store: S, limits: Limits, now_ms: u64, new: New) -> Result<Self, Fault> {
        new.check()?;
        let head = new.head();
        let mut row = Row::new(1, Kind::Head, now_ms);
        row.meta = serde_json::to_string(&head).ok();
        row.text = head.title.clone().unwrap_or_default();
        store.insert(&row)?;
        let mut made = Self::around(store, limits, head, now_ms, now_ms);
        made.emit(&row, None);
        made.effects.project = true;
        Ok(made)
    }

    /// Opens what the store holds; `None` when there never was a conversation. A turn that was found unfinished
    /// goes on (see [`Effects::ask`]).
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read, or holds a layout of a version after the next.
    pub fn open(store: S, limits: Limits, now_ms: u64) -> Result<Option<Self>, StoreError> {
        let Some(first) = store.get(1)? else { return Ok(None) };
        let unreadable = |cause: String| StoreError { operation: "open", cause };
        let head: Head =
            serde_json::from_str(first.meta.as_deref().unwrap_or_default()).map_err(|e| unreadable(e.to_string()))?;
        if head.v > SCHEMA_VERSION + 1 {
            return Err(unreadable(format!("layout {} is too new for {SCHEMA_VERSION}", head.v)));
        }
        let mut opened = Self::around(store, limits, head, first.at_ms, now_ms);
        if opened.head.deleted.is_none() {
            opened.read_tail()?;
            if opened.head.ledgered.is_none() {
                // Once: whatever comes from here on is owed, also to a process that opens it later.
                opened.confirmed = opened.last_seq;
                opened.head.ledgered = Some(opened.last_seq);
                opened.store_head()?;
            }
            opened.recover(now_ms)?;
        }
        Ok(Some(opened))
    }

    /// One with nothing in it but row 1.
    fn around(store: S, limits: Limits, head: Head, created_at_ms: u64, now_ms: u64) -> Self {
        let until = head.deleted.filter(|_| !head.owed.is_empty() || !head.unsettled.is_empty());
        Self {
            payer: None,
            confirmed: head.ledgered.unwrap_or(0),
            unwritten: 0,
            correction: Correction::default(),
            parting: Owed { entries: head.owed.clone(), settlements: costs::unsettled(&head), until },
            store,
            limits,
            head,
            created_at_ms,
            updated_at_ms: created_at_ms,
            named_by: None,
            last_seq: 1,
            messages: 0,
            leaf: None,
            open: VecDeque::new(),
            running: None,
            recent: VecDeque::new(),
            epoch: first_epoch(now_ms),
            effects: Effects::default(),
        }
    }

    pub const fn id(&self) -> ConversationId {
        self.head.id
    }

    pub const fn last_seq(&self) -> u64 {
        self.last_seq
    }

    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub const fn is_gone(&self) -> bool {
        self.head.deleted.is_some()
    }

    /// # Errors
    /// [`Denied`] when `principal` may not, or the conversation was deleted.
    pub fn authorize<A: Act>(&self, principal: &Principal<'_>) -> Result<Grant<A>, Denied> {
        if self.is_gone() {
            return Err(Denied::Hidden);
        }
        authorize(principal, self.resource())
    }

    /// What it is to `authorize`.
    pub const fn resource(&self) -> access::Conversation {
        access::Conversation { creator: self.head.owner, place: self.head.place }
    }

    /// What the shell must do; call it after each method.
    pub fn take_effects(&mut self) -> Effects {
        std::mem::take(&mut self.effects)
    }

    /// Accepts a message and promises an answer.
    ///
    /// A message that follows the newest one waits its turn. One that follows an older message, or replaces one,
    /// starts another branch: what was running or waiting is superseded.
    ///
    /// # Errors
    /// [`Refusal`], or [`StoreError`] when nothing was stored.
    pub fn send(&mut self, _grant: Grant<Write>, now_ms: u64, send: Send) -> Result<Sent, Fault> {
        self.refuse_if_gone()?;
        let edited = send.edit_of.as_deref().map(|id| self.find_question(id)).transpose()?.flatten();
        // A stock client gives an edited message the id that it had, so an edit has no key of its own: it is
        // known by being the newest message already.
        let key = send.client_message_id.as_deref().filter(|_| edited.is_none()).map(stored_key);
        let known = match &edited {
            Some(edited) => self.newest_edit(edited, &send.text)?,
            None => self.known(key.as_deref())?,
        };
        if let Some(known) = known {
            self.keep_used_hold(known.message)?;
            return Ok(known);
        }
        send.check()?;
        let parent = match (&edited, send.parent) {
            (Some(edited), _) => edited.parent,
            (None, Some(id)) => {
                let seq = self.find_message(id)?;
                self.refuse_deleted(seq)?;
                Some(seq)
            }
            (None, None) => self.leaf,
        };
        if parent != self.leaf {
            self.end_all(now_ms, Status::Superseded)?;
        }
        self.refuse_if_full()?;

        let mut row = Row::new(self.last_seq + 1, Kind::User, now_ms);
        row.parent = parent;
        row.status =
            Some(super::row::stored_status(if self.open.is_empty() { Status::Running } else { Status::Queued }));
        row.count = Some(self.messages + 2);
        row.key = key;
        let (paid, hold) = self.take_payer();
        let named_by = send.attachments.first().filter(|_| send.text.trim().is_empty()).map(|file| file.name.clone());
        let model = send.model.filter(|model| *model != self.head.model);
        row.meta = Meta {
            model,
            paid: paid.clone(),
            attachments: send.attachments,
            tools: send.tools,
            reuse: send.reuse,
            ..Meta::default()
        }
        .json();
        row.text = send.text;
        self.store.insert(&row)?;

        self.last_seq = row.seq + 1;
        self.messages += 2;
        self.updated_at_ms = now_ms;
        self.leaf = Some(row.seq + 1);
        self.remember(row.seq);
        if self.named_by.is_none() {
            self.named_by = Some(title_from(named_by.as_deref().unwrap_or(&row.text)));
        }
        let parent_id = self.message_id_of(parent)?;
        self.emit(&row, parent_id);
        let model = row.read_meta().model;
        self.open.push_back(Open { seq: row.seq + 1, parent: row.seq, at_ms: now_ms, model, paid, hold });
        self.effects.project = true;
        if self.running.is_none() {
            self.begin(now_ms)?;
        }
        Ok(Sent { message: row.seq, turn: row.seq + 1, repeat: false })
    }

    /// Stops one turn, or all. Stored before it acts; a turn that has ended stays as it ended.
    ///
    /// # Errors
    /// [`Refusal`], or [`StoreError`].
    pub fn stop(&mut self, _grant: Grant<Write>, now_ms: u64, turn: Option<MessageId>) -> Result<(), Fault> {
        self.refuse_if_gone()?;
        let Some(id) = turn else { return Ok(self.end_all(now_ms, Status::Stopped)?) };
        let found =
            self.open.iter().find(|open| MessageId::at(self.head.id, open.seq, open.at_ms) == id).map(|open| open.seq);
        match found {
            Some(seq) => {
                self.effects.project = true;
                Ok(self.end_one(now_ms, seq, Status::Stopped, None)?)
            }
            None => self.find_message(id).map(|_| ()),
        }
    }

    /// Deletes every message. Row 1 stays, so that nothing can reappear under this id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove(&mut self, _grant: Grant<Delete>, now_ms: u64) -> Result<(), Fault> {
        self.refuse_if_gone()?;
        Ok(self.delete_rows(now_ms)?)
    }

    /// As [`Conversation::remove`], of the platform itself: whose it was has left. Once more is nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn erase(&mut self, now_ms: u64) -> Result<(), StoreError> {
        if self.is_gone() { Ok(()) } else { self.delete_rows(now_ms) }
    }

    fn delete_rows(&mut self, now_ms: u64) -> Result<(), StoreError> {
        self.part(now_ms)?;
        self.head.deleted = Some(self.last_seq + 1);
        self.head.title = None;
        self.head.system = None;
        self.head.details = Details::default();
        self.head.suggested = None;
        // The row that says it is deleted holds nothing of what was said.
        self.named_by = None;
        self.store_head()?;
        self.store.delete(None, 2)?;
        self.updated_at_ms = now_ms;
        self.last_seq += 1;
        self.open.clear();
        self.effects.abort = self.running.take().is_some();
        self.effects.ask = None;
        self.effects.run.clear();
        self.effects.events.clear();
        self.effects.gone = true;
        self.effects.project = true;
        Ok(())
    }

    pub fn title(&self) -> String {
        let named = self.head.title.as_ref().or(self.named_by.as_ref());
        named.cloned().unwrap_or_else(|| DEFAULT_TITLE.to_owned())
    }

    /// The conversation's row of the catalogue.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn summary(&self) -> Result<ProjectConversation, StoreError> {
        let preview = if self.is_gone() { String::new() } else { self.preview()? };
        Ok(ProjectConversation {
            v: ProjectConversation::VERSION,
            conversation_id: self.head.id,
            owner: self.resource().owner(),
            version: self.head.deleted.unwrap_or(self.last_seq),
            title: self.title(),
            system_prompt: self.head.system.clone(),
            model: self.head.model.clone(),
            preview,
            message_count: self.messages.saturating_sub(self.head.pruned.map_or(0, |(messages, _)| messages)),
            created_at: Timestamp(self.created_at_ms),
            updated_at: Timestamp(self.updated_at_ms),
            deleted: self.is_gone(),
            details: Details { expires_at: self.expires_at_ms().map(Timestamp), ..self.head.details.clone() },
            pruned: self.head.pruned.map(|(_, seq)| seq),
            ledger: Vec::new(),
            ledgered: None,
            annotate: None,
        })
    }

    const fn view(&self) -> View<'_> {
        View { head: &self.head, newest: self.leaf }
    }

    fn emit(&mut self, row: &Row, parent_id: Option<MessageId>) {
        View { head: &self.head, newest: self.leaf }.events(row, parent_id, &mut self.effects.events);
    }

    fn store_head(&mut self) -> Result<(), StoreError> {
        let mut row = Row::new(1, Kind::Head, self.created_at_ms);
        row.meta = serde_json::to_string(&self.head).ok();
        if let Some(first) = self.store.get(1)? {
            row.text = first.text;
        }
        self.store.update(&row)
    }

    fn refuse_if_gone(&self) -> Result<(), Refusal> {
        if self.is_gone() { Err(Refusal::Gone) } else { Ok(()) }
    }
}

/// Epochs go on rising when the same process opens the log anew: room for a thousand in each millisecond.
const fn first_epoch(now_ms: u64) -> u64 {
    now_ms << 10
}

/// A title made of a message's first words.
fn title_from(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    shorten(line, 60)
}

/// At most `max` characters, cut at a word where there is one.
pub(crate) fn shorten(text: &str, max: usize) -> String {
    let Some((cut, _)) = text.char_indices().nth(max) else { return text.to_owned() };
    let head = text.get(..cut).unwrap_or_default();
    let word = head.rfind(char::is_whitespace).filter(|at| *at > cut / 2).and_then(|at| head.get(..at));
    format!("{}…", word.unwrap_or(head).trim_end())
}
