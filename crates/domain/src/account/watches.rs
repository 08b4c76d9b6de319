//! Which conversations hold something open for an account, and which of them must be told that a credential has ended.

use edgewise_protocol::{calls::account::Credential, ids::ConversationId};

use super::{Account, AccountStore, Kept};
use crate::chat::send::StoreError;

/// Conversations that hold something open for one account. Older ones are no longer told of a sign-out.
const MAX_WATCHES: usize = 1_024;

/// A conversation that must be told: it holds sockets or streams open for credentials that are good no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    pub conversation: ConversationId,
    pub credential: Credential,
}

impl<S: AccountStore> Account<S> {
    pub(super) fn watch(&mut self, conversation: ConversationId, credential: Credential) -> Result<(), StoreError> {
        let watch = (conversation, credential);
        if self.watches.contains(&watch) {
            return Ok(());
        }
        if self.watches.len() >= MAX_WATCHES {
            let (oldest, holder) = self.watches.remove(0);
            self.store.delete(&Kept::Watch(oldest, holder))?;
        }
        self.store.put(&Kept::Watch(conversation, credential))?;
        self.watches.push(watch);
        Ok(())
    }

    pub(super) fn revoke(&mut self, credential: Credential) -> Result<(), StoreError> {
        for (conversation, _) in self.watches.iter().filter(|(_, held)| *held == credential) {
            self.revoked.push(Revoked { conversation: *conversation, credential });
        }
        self.unwatch(|(_, held)| *held == credential)
    }

    pub(super) fn unwatch(&mut self, which: impl Fn(&(ConversationId, Credential)) -> bool) -> Result<(), StoreError> {
        let (gone, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.watches).into_iter().partition(&which);
        self.watches = left;
        gone.into_iter()
            .try_for_each(|(conversation, credential)| self.store.delete(&Kept::Watch(conversation, credential)))
    }
}
