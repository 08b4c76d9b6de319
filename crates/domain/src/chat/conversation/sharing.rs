//! What of a conversation is shown when it is shared.

use super::{Conversation, LogStore};
use crate::{
    access::{Grant, Read},
    chat::send::StoreError,
};

impl<S: LogStore> Conversation<S> {
    /// The newest message of the current branch that will not change any more; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn shown_leaf(&self, _grant: Grant<Read>) -> Result<Option<u64>, StoreError> {
        let parent_of_open = |seq| self.open.iter().find(|open| open.seq == seq).map(|open| open.parent);
        let Some(mut leaf) = self.leaf else { return Ok(None) };
        // An answer that has not ended is left out, and so is a question that waits behind one.
        while let Some(question) = parent_of_open(leaf) {
            let before = self.store.get(question)?.and_then(|row| row.parent);
            leaf = before.filter(|seq| parent_of_open(*seq).is_some()).unwrap_or(question);
        }
        Ok(Some(leaf))
    }
}
