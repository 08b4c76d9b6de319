//! Which conversations hold something open for an account, and which of them must be told that a credential has ended.

use edgewise_protocol::{calls::account::Credential, ids::ConversationId};

use super::{Account, AccountStore, Kept};
use crate::chat::send::StoreError;

/// Conversations that hold something open for one account. One more takes the place of the one that was opened longest
/// ago: what that still holds open closes, and is watched again when it comes back.
pub const MAX_WATCHES: usize = 1_024;

/// A conversation that must be told: what it holds open for the credential closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    pub conversation: ConversationId,
    pub credential: Credential,
    /// The credential is good: whoever was there may come back at once.
    pub again: bool,
}

impl<S: AccountStore> Account<S> {
    pub(super) fn watch(&mut self, conversation: ConversationId, credential: Credential) -> Result<(), StoreError> {
        let watch = (conversation, credential);
        if let Some(at) = self.watches.iter().position(|known| *known == watch) {
            // Opened again: no longer the oldest.
            let known = self.watches.remove(at);
            self.watches.push(known);
            return Ok(());
        }
        if self.watches.len() >= MAX_WATCHES {
            let (conversation, credential) = self.watches.remove(0);
            self.store.delete(&Kept::Watch(conversation, credential))?;
            self.revoked.push(Revoked { conversation, credential, again: true });
        }
        self.store.put(&Kept::Watch(conversation, credential))?;
        self.watches.push(watch);
        Ok(())
    }

    pub(super) fn revoke(&mut self, credential: Credential) -> Result<(), StoreError> {
        for (conversation, _) in self.watches.iter().filter(|(_, held)| *held == credential) {
            self.revoked.push(Revoked { conversation: *conversation, credential, again: false });
        }
        let (gone, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.watches).into_iter().partition(|(_, held)| *held == credential);
        self.watches = left;
        gone.into_iter()
            .try_for_each(|(conversation, credential)| self.store.delete(&Kept::Watch(conversation, credential)))
    }
}
