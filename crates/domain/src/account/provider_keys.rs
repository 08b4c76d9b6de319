//! An account's keys for the providers of models. They come sealed and leave sealed: the account cannot read them.

use edgewise_protocol::{
    api::ProviderKey,
    calls::account::{Reply, SealedKey},
    timestamp::Timestamp,
};

use super::{Account, AccountStore, Kept, SEEN_MS};
use crate::chat::send::StoreError;

/// More providers than a deployment may name.
const MAX_PROVIDER_KEYS: usize = 32;

impl<S: AccountStore> Account<S> {
    /// Some provider may be paid with a key of the user's own.
    pub(super) const fn has_provider_keys(&self) -> bool {
        !self.provider_keys.is_empty()
    }

    /// One for each provider: the new one takes the place of the one before.
    pub(super) fn set_provider_key(&mut self, key: SealedKey) -> Result<Reply, StoreError> {
        if self.profile.is_none() {
            return Ok(Reply::Unknown);
        }
        let at = self.provider_keys.iter().position(|kept| kept.key.provider == key.key.provider);
        if at.is_none() && self.provider_keys.len() >= MAX_PROVIDER_KEYS {
            return Ok(Reply::Full);
        }
        self.store.put(&Kept::ProviderKey(key.clone()))?;
        match at.and_then(|at| self.provider_keys.get_mut(at)) {
            Some(kept) => *kept = key,
            None => self.provider_keys.push(key),
        }
        Ok(Reply::Done)
    }

    pub(super) fn provider_key_views(&self) -> Vec<ProviderKey> {
        self.provider_keys.iter().map(|kept| kept.key.clone()).collect()
    }

    pub(super) fn remove_provider_key(&mut self, provider: &str) -> Result<Reply, StoreError> {
        let Some(at) = self.provider_keys.iter().position(|kept| kept.key.provider == provider) else {
            return Ok(Reply::Unknown);
        };
        self.store.delete(&Kept::ProviderKey(self.provider_keys.remove(at)))?;
        Ok(Reply::Done)
    }

    /// The key, for whoever asks the provider now.
    pub(super) fn use_provider_key(&mut self, now_ms: u64, provider: &str) -> Result<Reply, StoreError> {
        let Some(kept) = self.provider_keys.iter_mut().find(|kept| kept.key.provider == provider) else {
            return Ok(Reply::ProviderKey { key: None });
        };
        if kept.key.last_used_at.is_none_or(|used| now_ms >= used.0 + SEEN_MS) {
            kept.key.last_used_at = Some(Timestamp(now_ms));
            self.store.put(&Kept::ProviderKey(kept.clone()))?;
        }
        Ok(Reply::ProviderKey { key: Some(Box::new(kept.clone())) })
    }

    /// What is known now of the key that was made at `created_at`; of one that has taken its place it says nothing.
    pub(super) fn note_provider_key(
        &mut self,
        now_ms: u64,
        provider: &str,
        created_at: Timestamp,
        refused: Option<bool>,
        sealed: Option<String>,
    ) -> Result<Reply, StoreError> {
        let is_it = |kept: &&mut SealedKey| kept.key.provider == provider && kept.key.created_at == created_at;
        let Some(kept) = self.provider_keys.iter_mut().find(is_it) else { return Ok(Reply::Done) };
        let before = kept.clone();
        if let Some(refused) = refused.filter(|refused| kept.key.refused_at.is_some() != *refused) {
            kept.key.refused_at = refused.then_some(Timestamp(now_ms));
        }
        kept.sealed = sealed.unwrap_or_else(|| before.sealed.clone());
        if *kept != before {
            self.store.put(&Kept::ProviderKey(kept.clone()))?;
        }
        Ok(Reply::Done)
    }
}
