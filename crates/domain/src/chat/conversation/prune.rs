//! Deleting messages: numbers and costs stay, of what was said nothing is left.

use std::collections::BTreeSet;

use edgewise_protocol::{
    ids::{AttachmentId, MessageId},
    message::Status,
};

use super::{Conversation, LogStore, WINDOW};
use crate::{
    access::{Delete, Grant},
    chat::{
        row::{Change, Kind, Row},
        send::{Fault, StoreError},
    },
};

impl<S: LogStore> Conversation<S> {
    /// Deletes a message and every message that follows it; what of it is under way ends first. Once more is nothing.
    /// Gives the files that the conversation holds no more.
    ///
    /// # Errors
    /// [`Refusal`](crate::chat::send::Refusal) when there never was such a message; [`StoreError`]: what is left of it
    /// goes when it is asked for again.
    pub fn delete_message(
        &mut self,
        _grant: Grant<Delete>,
        now_ms: u64,
        id: MessageId,
    ) -> Result<Vec<AttachmentId>, Fault> {
        self.refuse_if_gone()?;
        let root = self.find_message(id)?;
        if self.store.get(root)?.is_some_and(|row| row.is_deleted()) {
            return self.unheld();
        }
        let doomed = self.following(root)?;
        let open: Vec<u64> = self.open.iter().map(|open| open.seq).filter(|seq| doomed.contains(seq)).collect();
        // Newest first, so that none of them starts in between.
        for seq in open.into_iter().rev() {
            self.end_one(now_ms, seq, Status::Superseded, None)?;
        }
        for seq in doomed.iter().rev().filter(|seq| **seq != root) {
            self.scrub(*seq)?;
        }
        self.forget_summaries(&doomed)?;
        let deleted = u32::try_from(self.pruned()?.len() + 1).unwrap_or(u32::MAX);
        self.head.pruned = Some((deleted, self.last_seq + 1));
        self.head.suggested = self.head.suggested.take().filter(|suggested| !doomed.contains(&suggested.seq));
        self.note_change(now_ms, &Change::Deleted { message: id })?;
        self.store_head()?;
        // The message itself last: a try that broke off is begun anew.
        self.scrub(root)?;
        self.leaf = self.newest_left()?;
        self.named_by = self.first_words()?;
        self.unheld()
    }

    fn scrub(&mut self, seq: u64) -> Result<(), StoreError> {
        let Some(mut row) = self.store.get(seq)? else { return Ok(()) };
        row.scrub();
        self.store.update(&row)
    }

    /// Rows of messages that were deleted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn pruned(&self) -> Result<Vec<u64>, StoreError> {
        let mut rows = self.all(1)?;
        rows.retain(Row::is_deleted);
        Ok(rows.into_iter().map(|row| row.seq).collect())
    }

    /// A row that says what was changed, and its event.
    pub(super) fn note_change(&mut self, now_ms: u64, change: &Change) -> Result<(), StoreError> {
        let mut row = Row::new(self.last_seq + 1, Kind::Updated, now_ms);
        row.meta = serde_json::to_string(change).ok();
        // For the version before, which knows a change of the title alone. A title that is made of a message's words
        // would outlive them here.
        row.text = self.head.title.clone().unwrap_or_else(|| super::DEFAULT_TITLE.to_owned());
        self.store.insert(&row)?;
        self.last_seq = row.seq;
        self.emit(&row, None);
        self.effects.project = true;
        Ok(())
    }

    /// The newest message that is left.
    pub(super) fn newest_left(&self) -> Result<Option<u64>, StoreError> {
        let question = self.newest_of(Kind::User)?;
        let answer = self.newest_of(Kind::Answer)?;
        let promised = match question {
            // Its answer may have been deleted, and it not.
            Some(seq) if self.store.get(seq + 1)?.is_some_and(|row| row.is_deleted()) => Some(seq),
            Some(seq) => Some(seq + 1),
            None => None,
        };
        Ok(promised.max(answer))
    }

    fn newest_of(&self, kind: Kind) -> Result<Option<u64>, StoreError> {
        let mut before = u64::MAX;
        loop {
            let page = self.store.below(kind, before, WINDOW)?;
            if let Some(found) = page.iter().find(|row| !row.is_deleted()) {
                return Ok(Some(found.seq));
            }
            match page.last() {
                Some(last) if page.len() == WINDOW => before = last.seq,
                _ => return Ok(None),
            }
        }
    }

    /// The title that the oldest message that is left gives.
    pub(super) fn first_words(&self) -> Result<Option<String>, StoreError> {
        let mut from = 2;
        loop {
            let page = self.store.from(from, WINDOW)?;
            if let Some(first) = page.iter().find(|row| row.kind == Kind::User && !row.is_deleted()) {
                return Ok(Some(super::title_from(&first.text)));
            }
            match page.last() {
                Some(last) if page.len() == WINDOW => from = last.seq + 1,
                _ => return Ok(None),
            }
        }
    }

    /// `root`, and the rows of all messages that follow it.
    fn following(&self, root: u64) -> Result<BTreeSet<u64>, StoreError> {
        let mut found = BTreeSet::from([root]);
        for row in self.all(root)? {
            let parent = if row.kind == Kind::User { row.parent } else { Some(row.answers()) };
            if row.seq == root || parent.is_some_and(|parent| found.contains(&parent)) {
                found.insert(row.seq);
                if row.kind == Kind::User {
                    // Promised, and perhaps not begun.
                    found.insert(row.seq + 1);
                }
            }
        }
        Ok(found)
    }

    /// Files of messages that were deleted, and that no other message has.
    fn unheld(&self) -> Result<Vec<AttachmentId>, Fault> {
        let (gone, left): (Vec<Row>, Vec<Row>) = self.all(1)?.into_iter().partition(Row::is_deleted);
        let mut files: BTreeSet<AttachmentId> = gone.iter().flat_map(|row| row.read_meta().unheld).collect();
        for file in left.iter().filter(|row| row.kind == Kind::User).flat_map(|row| row.read_meta().attachments) {
            files.remove(&file.id);
        }
        Ok(files.into_iter().collect())
    }

    /// Every message from row `from` on, upwards, without its text.
    fn all(&self, from: u64) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for kind in [Kind::User, Kind::Answer] {
            let mut before = u64::MAX;
            loop {
                let page = self.store.below(kind, before, WINDOW)?;
                let is_last = page.len() < WINDOW;
                before = page.last().map_or(0, |last| last.seq);
                rows.extend(page.into_iter().filter(|row| row.seq >= from));
                if is_last || before <= from {
                    break;
                }
            }
        }
        rows.sort_by_key(|row| row.seq);
        Ok(rows)
    }
}
