//! Conversations that go by themselves, some time after the last message.

use super::{Conversation, LogStore};
use crate::chat::send::StoreError;

impl<S: LogStore> Conversation<S> {
    pub const fn is_temporary(&self) -> bool {
        self.head.details.temporary
    }

    /// When it goes, unless something is said before; `None`: never, or it has gone.
    pub fn expires_at_ms(&self) -> Option<u64> {
        self.is_temporary().then(|| self.updated_at_ms.saturating_add(self.limits.keep_temporary_ms))
    }

    /// Deletes it when its time is over. It is asked before anything else is done with the conversation, so that nobody
    /// sees one that is late to be swept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn expire(&mut self, now_ms: u64) -> Result<(), StoreError> {
        if self.expires_at_ms().is_some_and(|at_ms| at_ms <= now_ms) { self.erase(now_ms) } else { Ok(()) }
    }
}
