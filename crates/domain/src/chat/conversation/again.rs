//! Another answer to a question that was answered: anew, or going on where one ended; and what people think of answers.

use edgewise_protocol::{
    message::{Message, Status},
    vote::Vote,
};

use super::{Conversation, LogStore, Open, Sent};
use crate::{
    access::{Grant, Write},
    chat::{
        marks::{Mark, Marks},
        row::{Change, Kind, Meta, Row, stored_key, stored_status},
        send::{Fault, MAX_REASON_CHARS, Refusal, check_key, check_model},
    },
};

const KEY: &str = "Idempotency-Key";

/// What the new answer is.
#[derive(Default)]
struct Wanted {
    model: Option<String>,
    key: Option<Vec<u8>>,
    /// The answer that it goes on with.
    continues: Option<Row>,
}

impl<S: LogStore> Conversation<S> {
    /// Answers the newest user message (or the one that `message` is, or answers) once more. What was running
    /// or waiting is superseded. The same `key` again gives the first one's ids.
    ///
    /// # Errors
    /// [`Refusal`], or [`StoreError`](crate::chat::send::StoreError).
    pub fn regenerate(
        &mut self,
        _grant: Grant<Write>,
        now_ms: u64,
        message: Option<&str>,
        model: Option<String>,
        key: Option<&str>,
    ) -> Result<Sent, Fault> {
        self.refuse_if_gone()?;
        if let Some(known) = self.known_answer(key)? {
            return Ok(known);
        }
        if let Some(model) = &model {
            check_model(model)?;
        }
        let asked = match message {
            Some(id) => self.find_named(id)?.ok_or(Refusal::NoSuchMessage)?,
            None => self.leaf.ok_or(Refusal::NothingToAnswer)?,
        };
        self.refuse_deleted(asked)?;
        let question = self.question_of(asked)?.ok_or(Refusal::NothingToAnswer)?;
        let model = model.filter(|model| *model != self.head.model);
        self.answer_again(now_ms, question, Wanted { model, key: key.map(stored_key), continues: None })
    }

    /// Goes on with an answer that ended before its end: another answer to the same question, which begins with all that
    /// the first had said. The first stays as it ended.
    ///
    /// # Errors
    /// [`Refusal::AtItsEnd`] for one that came to its end; as [`Conversation::regenerate`].
    pub fn continue_answer(
        &mut self,
        _grant: Grant<Write>,
        now_ms: u64,
        answer: &str,
        key: Option<&str>,
    ) -> Result<Sent, Fault> {
        self.refuse_if_gone()?;
        if let Some(known) = self.known_answer(key)? {
            return Ok(known);
        }
        let seq = self.find_named(answer)?.ok_or(Refusal::NoSuchMessage)?;
        self.refuse_deleted(seq)?;
        self.refuse_open(seq)?;
        let row = self.store.get(seq)?.filter(|row| row.kind == Kind::Answer).ok_or(Refusal::AtItsEnd)?;
        let meta = row.read_meta();
        let is_cut = match row.status() {
            Status::Stopped | Status::Failed => true,
            Status::Completed => meta.finish.as_deref() == Some("length"),
            _ => false,
        };
        if !is_cut {
            return Err(Refusal::AtItsEnd.into());
        }
        let question = row.answers();
        self.answer_again(
            now_ms,
            question,
            Wanted { model: meta.model, key: key.map(stored_key), continues: Some(row) },
        )
    }

    /// Sets what somebody thinks of an answer. The same again is nothing.
    ///
    /// # Errors
    /// [`Refusal`], or [`StoreError`](crate::chat::send::StoreError).
    pub fn vote(
        &mut self,
        grant: Grant<Write>,
        now_ms: u64,
        message: &str,
        vote: Option<Vote>,
    ) -> Result<Message, Fault> {
        self.refuse_if_gone()?;
        if vote.as_ref().and_then(|vote| vote.reason.as_ref()).is_some_and(|why| why.chars().count() > MAX_REASON_CHARS)
        {
            return Err(Refusal::TooLong { what: "reason", limit: MAX_REASON_CHARS, unit: "characters" }.into());
        }
        let seq = self.find_named(message)?.ok_or(Refusal::NoSuchMessage)?;
        self.refuse_deleted(seq)?;
        self.refuse_open(seq)?;
        let mut row = self.store.get(seq)?.filter(|row| row.kind == Kind::Answer).ok_or(Refusal::NotAnAnswer)?;
        let mut meta = row.read_meta();
        if meta.vote != vote {
            let message = self.view().message_id(row.seq, row.at_ms);
            self.note_change(now_ms, &Change::Voted { message, by: grant.by(), vote: vote.clone() })?;
            meta.vote = vote;
            row.meta = meta.json();
            self.store.update(&row)?;
        }
        Ok(self.shown_answer(&row)?)
    }

    fn known_answer(&mut self, key: Option<&str>) -> Result<Option<Sent>, Fault> {
        let Some(key) = key else { return Ok(None) };
        check_key(KEY, key)?;
        let known = self.known(Some(&stored_key(key)))?;
        if let Some(known) = known {
            self.keep_used_hold(known.turn)?;
        }
        Ok(known)
    }

    pub(super) fn refuse_deleted(&self, seq: u64) -> Result<(), Fault> {
        if self.store.get(seq)?.is_some_and(|row| row.is_deleted()) {
            return Err(Refusal::NoSuchMessage.into());
        }
        Ok(())
    }

    pub(super) fn refuse_open(&self, seq: u64) -> Result<(), Refusal> {
        if self.open.iter().any(|open| open.seq == seq) { Err(Refusal::NotEnded) } else { Ok(()) }
    }

    fn answer_again(&mut self, now_ms: u64, question: u64, wanted: Wanted) -> Result<Sent, Fault> {
        let Wanted { model, key, continues } = wanted;
        self.end_all(now_ms, Status::Superseded)?;

        let seq = self.last_seq + 1;
        let mut row = Row::new(seq, Kind::Answer, now_ms);
        row.parent = Some(question);
        row.status = Some(stored_status(Status::Running));
        row.count = Some(self.messages + 1);
        row.key = key;
        let (paid, hold) = self.take_payer();
        let mut meta = Meta { model: model.clone(), paid: paid.clone(), ..Meta::default() };
        if let Some(before) = continues {
            meta.continues = Some((self.view().message_id(before.seq, before.at_ms), before.text.len() as u64));
            if !before.text.is_empty() {
                let mut marks = Marks::new(seq);
                marks.push(seq + 1, Mark::Said(before.text.len()));
                row.marks = marks.bytes().to_vec();
                row.text = before.text;
            }
        }
        row.meta = meta.json();
        self.store.insert(&row)?;

        self.last_seq = row.last_seq();
        self.messages += 1;
        self.updated_at_ms = now_ms;
        self.leaf = Some(row.seq);
        let parent_id = self.message_id_of(Some(question))?;
        self.emit(&row, parent_id);
        self.open.push_back(Open { seq: row.seq, parent: question, at_ms: now_ms, model, paid, hold });
        self.effects.project = true;
        self.begin(now_ms)?;
        Ok(Sent { message: question, turn: row.seq, repeat: false })
    }
}
