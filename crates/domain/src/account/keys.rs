//! An account's API keys.

use edgewise_protocol::{
    api::ApiKey,
    calls::account::{Credential, Reply},
    ids::KeyId,
};

use super::{Account, AccountStore, Kept, kept::KeptKey};
use crate::chat::send::StoreError;

const MAX_KEYS: usize = 50;

impl<S: AccountStore> Account<S> {
    pub(super) fn add_key(&mut self, key: ApiKey, digest: String) -> Result<Reply, StoreError> {
        // Asked again after a crash: it is there.
        if self.keys.iter().any(|kept| kept.key.id == key.id && kept.digest == digest) {
            return Ok(Reply::Done);
        }
        if self.keys.len() >= MAX_KEYS {
            return Ok(Reply::Full);
        }
        let kept = KeptKey { key, digest };
        self.store.put(&Kept::Key(kept.clone()))?;
        self.keys.push(kept);
        Ok(Reply::Done)
    }

    pub(super) fn remove_keys(&mut self) -> Result<(), StoreError> {
        while let Some(kept) = self.keys.pop() {
            let credential = Credential::Key(kept.key.id);
            self.store.delete(&Kept::Key(kept))?;
            self.revoke(credential)?;
        }
        Ok(())
    }

    pub(super) fn remove_key(&mut self, id: KeyId) -> Result<Reply, StoreError> {
        let Some(at) = self.keys.iter().position(|kept| kept.key.id == id) else { return Ok(Reply::Unknown) };
        self.store.delete(&Kept::Key(self.keys.swap_remove(at)))?;
        self.revoke(Credential::Key(id))?;
        Ok(Reply::Done)
    }
}
