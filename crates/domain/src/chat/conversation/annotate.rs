//! Titles and suggestions that a model makes of an answer that has ended: what is still wanted, and what came of it.

use edgewise_protocol::{calls::conversation::Excerpt, ids::MessageId, message::Status};

use super::{Conversation, LogStore, shorten};
use crate::chat::{
    annotations::{self, Annotations, MAX_EXCERPT_CHARS, Wants},
    row::{Change, Kind, Meta, Row, Suggested},
    send::StoreError,
};

/// An answer that ended longer ago is left as it is: what failed for so long is not tried for ever.
const ANNOTATED_WITHIN_MS: u64 = 10 * 60_000;

impl<S: LogStore> Conversation<S> {
    /// The newest answer, if it ended a moment ago and something of `wants` is still to be made of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn to_annotate(&self, now_ms: u64, wants: Wants) -> Result<Option<MessageId>, StoreError> {
        let Some(seq) = self.leaf.filter(|_| !wants.nothing() && !self.is_gone()) else { return Ok(None) };
        let Some((row, meta)) = self.annotatable(seq)? else { return Ok(None) };
        let ended_at_ms = row.at_ms.saturating_add(meta.duration_ms.unwrap_or(0));
        let is_late = now_ms > ended_at_ms.saturating_add(ANNOTATED_WITHIN_MS);
        let is_wanted = wants.title && self.is_untitled(&row)? || wants.suggestions && self.lacks_suggestions(seq);
        Ok((is_wanted && !is_late).then(|| self.view().message_id(row.seq, row.at_ms)))
    }

    /// What a model is shown of an answer; `None` when nothing is wanted of it any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn excerpt(&self, id: MessageId) -> Result<Option<Excerpt>, StoreError> {
        let Some((row, meta)) = self.known_answer_row(id)? else { return Ok(None) };
        let Some(question) = self.store.get(row.answers())? else { return Ok(None) };
        let (untitled, newest) = (self.is_untitled(&row)?, self.lacks_suggestions(row.seq));
        if !untitled && !newest {
            return Ok(None);
        }
        let paid = meta.paid.unwrap_or_default();
        Ok(Some(Excerpt {
            model: meta.model.unwrap_or_else(|| self.head.model.clone()),
            untitled,
            newest,
            question: shorten(&question.text, MAX_EXCERPT_CHARS),
            answer: shorten(&row.text, MAX_EXCERPT_CHARS),
            user_id: paid.user.unwrap_or(self.head.owner),
            key_id: paid.key,
            place: self.head.place,
        }))
    }

    /// Takes what a model has made of an answer. A title that is there stays, and what was said since makes suggestions
    /// stale: the same again, and what came too late, is nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn annotated(&mut self, now_ms: u64, id: MessageId, made: Annotations) -> Result<(), StoreError> {
        let Some((row, _)) = self.known_answer_row(id)? else { return Ok(()) };
        let Annotations { title, suggestions } = annotations::bounded(made);
        let title = if self.is_untitled(&row)? { title } else { None };
        let is_suggested = !suggestions.is_empty() && self.lacks_suggestions(row.seq);
        if title.is_none() && !is_suggested {
            return Ok(());
        }
        if title.is_some() {
            self.head.title = title;
            self.note_title(now_ms)?;
        }
        if is_suggested {
            self.head.suggested = Some(Suggested { seq: row.seq, texts: suggestions });
            self.note_change(now_ms, &Change::Suggested { message: id })?;
        }
        self.store_head()
    }

    fn known_answer_row(&self, id: MessageId) -> Result<Option<(Row, Meta)>, StoreError> {
        if self.is_gone() || self.message_id_of(Some(id.seq()))? != Some(id) {
            return Ok(None);
        }
        self.annotatable(id.seq())
    }

    /// An answer that came to its end and says something. One that its asker's own key paid for is not shown to a model
    /// at the deployment's expense.
    fn annotatable(&self, seq: u64) -> Result<Option<(Row, Meta)>, StoreError> {
        let row = self.store.get(seq)?.filter(|row| {
            row.kind == Kind::Answer && row.status() == Status::Completed && !row.is_deleted() && !row.text.is_empty()
        });
        Ok(row.map(|row| (row.read_meta(), row)).and_then(|(meta, row)| {
            let is_own = meta.legs.iter().any(|leg| leg.own_key);
            (!is_own).then_some((row, meta))
        }))
    }

    /// Nobody has named the conversation, and this is its first answer.
    fn is_untitled(&self, answer: &Row) -> Result<bool, StoreError> {
        if self.head.title.is_some() {
            return Ok(false);
        }
        Ok(self.store.get(answer.answers())?.is_some_and(|question| question.parent.is_none()))
    }

    /// It is the newest answer, nothing follows it, and nothing was suggested yet.
    fn lacks_suggestions(&self, seq: u64) -> bool {
        let known = self.head.suggested.as_ref().map(|suggested| suggested.seq);
        self.leaf == Some(seq) && self.open.is_empty() && known != Some(seq)
    }
}
