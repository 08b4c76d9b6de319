//! Reading a conversation: pages of its log and of its messages.

use std::collections::HashMap;

use edgewise_protocol::{
    event::{Numbered, Turn as TurnView},
    ids::MessageId,
    message::{Message, Status},
};

use super::{Conversation, LogStore, Sent, WINDOW, shorten};
use crate::{
    access::{Grant, Read},
    chat::{
        row::{Kind, Row, stored_key, stored_status},
        send::{Fault, Refusal, StoreError},
    },
};

/// Rows read at a time.
const PAGE_ROWS: usize = 64;
/// A page of the log ends soon after this much text.
const PAGE_BYTES: usize = 256 * 1024;
const PREVIEW_CHARS: usize = 120;

impl<S: LogStore> Conversation<S> {
    /// A page of the log: events from number `after + 1` without a gap. Empty when there are none.
    ///
    /// # Errors
    /// [`Refusal::AheadOfLog`] when `after` was never reached, [`StoreError`].
    pub fn events_after(&self, _grant: Grant<Read>, after: u64) -> Result<Vec<Numbered>, Fault> {
        if after > self.last_seq {
            return Err(Refusal::AheadOfLog { last_seq: self.last_seq }.into());
        }
        let mut events = Vec::new();
        if after == self.last_seq {
            return Ok(events);
        }
        let mut reading = Reading::default();
        // Answers that began before `after` and went on beyond it: at most a queue's worth.
        for answer in self.store.below(Kind::Answer, after, WINDOW)? {
            if answer.last_seq() > after
                && !self.is_in_memory(&answer)
                && let Some(row) = self.store.get(answer.seq)?
            {
                self.expand(&row, &mut reading, &mut events)?;
            }
        }
        if let Some(row) = self.running_row() {
            self.expand(&row, &mut reading, &mut events)?;
        }
        // A user row carries two numbers: the one at `after` may have its second still to tell.
        let mut from = after;
        let mut bytes = 0;
        let whole_until = loop {
            let rows = self.store.from(from, PAGE_ROWS)?;
            let short = rows.len() < PAGE_ROWS;
            for row in rows {
                from = row.seq + 1;
                bytes += row.text.len() + 64;
                if row.kind != Kind::Segment && !self.is_in_memory(&row) {
                    self.expand(&row, &mut reading, &mut events)?;
                }
            }
            if short {
                break self.last_seq;
            }
            if bytes >= PAGE_BYTES {
                break from - 1;
            }
        };
        events.retain(|numbered| numbered.seq > after && numbered.seq <= whole_until);
        events.sort_by_key(|numbered| numbered.seq);
        let gapless = events.iter().zip(after + 1..).take_while(|(numbered, seq)| numbered.seq == *seq).count();
        events.truncate(gapless);
        Ok(events)
    }

    /// Up to `limit` messages after row `after`, ascending, and whether there are more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn messages_after(&self, _grant: Grant<Read>, after: u64, limit: usize) -> Result<(Vec<Message>, bool), Fault> {
        self.messages_for_platform(after, limit)
    }

    /// As [`Conversation::messages_after`], for what the platform itself does with them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn messages_for_platform(&self, after: u64, limit: usize) -> Result<(Vec<Message>, bool), Fault> {
        let mut messages = Vec::new();
        let mut reading = Reading::default();
        let mut from = after + 1;
        loop {
            let rows = self.store.from(from, PAGE_ROWS)?;
            let short = rows.len() < PAGE_ROWS;
            // An answer's row comes right after its question's, unless nothing of it is stored yet.
            let mut promised: Option<Row> = self.promised_before(from, after)?;
            for row in rows {
                from = row.seq + 1;
                self.note(&row, &mut reading);
                if let Some(question) = promised.take().filter(|question| row.seq != question.seq + 1) {
                    messages.push(self.unborn(&question));
                }
                match row.kind {
                    Kind::User | Kind::Answer if row.is_deleted() => {}
                    Kind::User => {
                        let parent_id = self.parent_id(&row, &mut reading)?;
                        messages.push(self.view().user_message(&row, parent_id));
                        promised = Some(row);
                    }
                    Kind::Answer => messages.push(self.answer(&row, &mut reading)?),
                    Kind::Head | Kind::Segment | Kind::Updated => {}
                }
                if messages.len() > limit {
                    break;
                }
            }
            if let Some(question) = promised.filter(|_| short) {
                messages.push(self.unborn(&question));
            }
            if messages.len() > limit {
                messages.truncate(limit);
                return Ok((messages, true));
            }
            if short {
                return Ok((messages, false));
            }
        }
    }

    /// The message and the turn that a send made.
    ///
    /// # Errors
    /// [`StoreError`], or [`Refusal::NoSuchMessage`].
    pub fn sent(&self, _grant: Grant<Read>, sent: Sent) -> Result<(Message, TurnView), Fault> {
        let row = self.store.get(sent.message)?.ok_or(Refusal::NoSuchMessage)?;
        let mut reading = Reading::default();
        let parent_id = self.parent_id(&row, &mut reading)?;
        let message = self.view().user_message(&row, parent_id);
        let answer = match self.store.get(sent.turn)?.filter(|row| row.kind == Kind::Answer) {
            Some(answer) => self.answer(&answer, &mut reading)?,
            None => self.unborn(&row),
        };
        let turn = TurnView {
            id: answer.id,
            message_id: answer.id,
            parent_id: message.id,
            status: answer.status,
            model: answer.model.unwrap_or_default(),
            continues: answer.continues,
        };
        Ok((message, turn))
    }

    /// An answer that has ended.
    pub(super) fn shown_answer(&self, row: &Row) -> Result<Message, StoreError> {
        self.answer(row, &mut Reading::default())
    }

    /// The row of the turn that runs.
    pub fn running_turn(&self) -> Option<u64> {
        self.running.as_ref().map(|running| running.turn.seq)
    }

    /// The id of the answer whose row is `seq`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn turn_id(&self, seq: u64) -> Result<Option<MessageId>, StoreError> {
        self.message_id_of(Some(seq))
    }

    /// The events of one turn that are in the log after number `after`, from its creation on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn turn_events(&self, _grant: Grant<Read>, turn: u64) -> Result<Vec<Numbered>, StoreError> {
        let mut events = Vec::new();
        let mut reading = Reading::default();
        if let Some(question) = turn.checked_sub(1).map(|seq| self.store.get(seq)).transpose()?.flatten()
            && question.kind == Kind::User
        {
            self.expand(&question, &mut reading, &mut events)?;
        }
        let answer = match self.running_row().filter(|row| row.seq == turn) {
            Some(row) => Some(row),
            None => self.store.get(turn)?.filter(|row| row.kind == Kind::Answer),
        };
        if let Some(row) = answer {
            self.expand(&row, &mut reading, &mut events)?;
        }
        events.retain(|numbered| numbered.seq >= turn);
        Ok(events)
    }

    /// The beginning of the newest message.
    pub(super) fn preview(&self) -> Result<String, StoreError> {
        let Some(leaf) = self.leaf else { return Ok(String::new()) };
        let answer = self.store.get(leaf)?.map(|row| row.text).filter(|text| !text.is_empty());
        let text = match answer {
            Some(text) => text,
            None => self.store.get(leaf.saturating_sub(1))?.map(|row| row.text).unwrap_or_default(),
        };
        let words: Vec<&str> = text.split_whitespace().take(PREVIEW_CHARS).collect();
        Ok(shorten(&words.join(" "), PREVIEW_CHARS))
    }

    /// The first use of this key, if there was one.
    pub(super) fn known(&self, key: Option<&[u8]>) -> Result<Option<Sent>, StoreError> {
        let found = key.map(|key| self.store.by_key(key)).transpose()?.flatten();
        let Some(seq) = found else { return Ok(None) };
        let answers = self.store.get(seq)?.filter(|row| row.kind == Kind::Answer).map(|row| row.answers());
        let (message, turn) = answers.map_or((seq, seq + 1), |question| (question, seq));
        Ok(Some(Sent { message, turn, repeat: true }))
    }

    /// The newest message, when it is this very edit: the same text in place of the same message.
    pub(super) fn newest_edit(&self, edited: &Row, text: &str) -> Result<Option<Sent>, StoreError> {
        let Some(leaf) = self.leaf else { return Ok(None) };
        let newest = self.question_of(leaf)?.map(|seq| self.store.get(seq)).transpose()?.flatten();
        let is_it = |row: &Row| row.seq > edited.seq && row.parent == edited.parent && row.text == text;
        Ok(newest.filter(is_it).map(|row| Sent { message: row.seq, turn: leaf, repeat: true }))
    }

    /// The row of the message with this id.
    pub(super) fn find_message(&self, id: MessageId) -> Result<u64, Fault> {
        let seq = id.seq();
        match self.message_id_of(Some(seq))? {
            Some(found) if found == id => Ok(seq),
            _ => Err(Refusal::NoSuchMessage.into()),
        }
    }

    /// The row of the message with this id of ours, or of a client.
    pub(super) fn find_named(&self, id: &str) -> Result<Option<u64>, StoreError> {
        if let Ok(id) = id.parse::<MessageId>()
            && self.message_id_of(Some(id.seq()))? == Some(id)
        {
            return Ok(Some(id.seq()));
        }
        self.store.by_key(&stored_key(id))
    }

    /// The user row with this id of ours, or of a client.
    pub(super) fn find_question(&self, id: &str) -> Result<Option<Row>, StoreError> {
        let row = self.find_named(id)?.map(|seq| self.store.get(seq)).transpose()?.flatten();
        Ok(row.filter(|row| row.kind == Kind::User && !row.is_deleted()))
    }

    /// The user row that the message `seq` is, or answers.
    pub(super) fn question_of(&self, seq: u64) -> Result<Option<u64>, StoreError> {
        Ok(match self.store.get(seq)? {
            Some(row) if row.kind == Kind::User => Some(seq),
            Some(row) if row.kind == Kind::Answer => Some(row.answers()),
            _ => self.store.get(seq.saturating_sub(1))?.filter(|row| row.kind == Kind::User).map(|row| row.seq),
        })
    }

    /// The id of the message whose row is, or will be, `seq`.
    pub(super) fn message_id_of(&self, seq: Option<u64>) -> Result<Option<MessageId>, StoreError> {
        let Some(seq) = seq.filter(|seq| *seq > 1) else { return Ok(None) };
        if let Some(open) = self.open.iter().find(|open| open.seq == seq) {
            return Ok(Some(MessageId::at(self.head.id, seq, open.at_ms)));
        }
        let row = match self.store.get(seq)? {
            Some(row) if matches!(row.kind, Kind::User | Kind::Answer) => Some(row),
            Some(_) => None,
            None => self.store.get(seq - 1)?.filter(|row| row.kind == Kind::User),
        };
        Ok(row.map(|row| MessageId::at(self.head.id, seq, row.at_ms)))
    }

    fn is_in_memory(&self, row: &Row) -> bool {
        self.running.as_ref().is_some_and(|running| running.turn.seq == row.seq)
    }

    fn expand(&self, row: &Row, reading: &mut Reading, out: &mut Vec<Numbered>) -> Result<(), StoreError> {
        self.note(row, reading);
        let parent_id = self.parent_id(row, reading)?;
        self.view().events(row, parent_id, out);
        Ok(())
    }

    /// Remembers the ids that this row gives: most parents are read just before their children.
    fn note(&self, row: &Row, reading: &mut Reading) {
        let mut note = |seq| reading.ids.insert(seq, Some(self.view().message_id(seq, row.at_ms)));
        match row.kind {
            Kind::User => {
                note(row.seq);
                // Its answer has the same time, whether its row is there yet or not.
                note(row.seq + 1);
            }
            Kind::Answer => {
                note(row.seq);
            }
            Kind::Head | Kind::Segment | Kind::Updated => {}
        }
    }

    fn parent_id(&self, row: &Row, reading: &mut Reading) -> Result<Option<MessageId>, StoreError> {
        let parent = match row.kind {
            Kind::User => row.parent,
            Kind::Answer => Some(row.answers()),
            Kind::Head | Kind::Segment | Kind::Updated => None,
        };
        let Some(parent) = parent else { return Ok(None) };
        if let Some(known) = reading.ids.get(&parent) {
            return Ok(*known);
        }
        let id = self.message_id_of(Some(parent))?;
        reading.ids.insert(parent, id);
        Ok(id)
    }

    /// The message of an answer row; the running one's text is in memory.
    fn answer(&self, row: &Row, reading: &mut Reading) -> Result<Message, StoreError> {
        let parent_id =
            self.parent_id(row, reading)?.unwrap_or_else(|| self.view().message_id(row.answers(), row.at_ms));
        // It may rest in several rows while it is made.
        let running = self.running_row().filter(|running| running.seq == row.seq);
        let row = running.as_ref().unwrap_or(row);
        Ok(self.view().answer_message(row, parent_id, &row.read_meta().thought, &row.text))
    }

    /// The question just before `from`, when its answer would be the first message of this page.
    fn promised_before(&self, from: u64, after: u64) -> Result<Option<Row>, StoreError> {
        if from == after + 1 && from > 2 {
            // The page begins right after a question whose answer has no row yet.
            return Ok(self.store.get(after)?.filter(|row| row.kind == Kind::User));
        }
        let before = self.store.get(from.saturating_sub(1))?;
        Ok(before.filter(|row| from > after + 1 && row.kind == Kind::User))
    }

    /// The answer that a question was promised, of which nothing is stored.
    fn unborn(&self, question: &Row) -> Message {
        let seq = question.seq + 1;
        let mut row = Row::new(seq, Kind::Answer, question.at_ms);
        let running = self.running.as_ref().is_some_and(|running| running.turn.seq == seq);
        row.status = Some(stored_status(if running { Status::Running } else { Status::Queued }));
        row.meta.clone_from(&question.meta);
        let parent_id = self.view().message_id(question.seq, question.at_ms);
        self.view().answer_message(&row, parent_id, "", "")
    }
}

/// Parent ids found during one read.
#[derive(Default)]
struct Reading {
    ids: HashMap<u64, Option<MessageId>>,
}
