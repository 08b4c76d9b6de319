//! Requests that are done once, however often they are sent: by their `Idempotency-Key`.
//!
//! A key goes from begun to answered. One whose request died in between is free again after its lease; whoever comes
//! then is given the time of the first try, of which the ids are made: doing it twice makes one thing.

use edgewise_protocol::calls::account::{End, OnceAnswer, Reply};
use serde::{Deserialize, Serialize};

use super::{Account, AccountStore, Kept};
use crate::chat::send::StoreError;

/// How long an answer is given again.
const KEEP_MS: u64 = 24 * 3_600_000;
/// Longer than any request that makes something.
const LEASE_MS: u64 = 60_000;
/// Keys of one account; the oldest that were answered give way.
const MAX_KEYS: usize = 1_000;
/// Longest body that is kept.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// All bodies of one account: an object holds its rows in memory, and 1,000 x 64 KB would be half of it.
const MAX_ALL_BYTES: usize = 4 * 1024 * 1024;

/// One key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptOnce {
    /// Of the request: another one may not use the key.
    pub fingerprint: String,
    pub at_ms: u64,
    /// Until then somebody is at it.
    pub lease_until_ms: u64,
    #[serde(default)]
    pub answer: Option<OnceAnswer>,
}

impl KeptOnce {
    const fn is_running(&self, now_ms: u64) -> bool {
        self.answer.is_none() && now_ms < self.lease_until_ms
    }

    fn bytes(&self) -> usize {
        self.answer.as_ref().and_then(|answer| answer.body.as_ref()).map_or(0, String::len)
    }
}

impl<S: AccountStore> Account<S> {
    pub(super) fn begin_once(&mut self, now_ms: u64, key: String, fingerprint: String) -> Result<Reply, StoreError> {
        self.prune_once(now_ms)?;
        let found = self.once.get(&key).cloned();
        let at_ms = match found {
            Some(kept) if kept.fingerprint != fingerprint => return Ok(Reply::Mismatch),
            Some(kept) if kept.is_running(now_ms) => return Ok(Reply::Running { until_ms: kept.lease_until_ms }),
            Some(KeptOnce { at_ms, answer: Some(answer), .. }) => return Ok(Reply::Answered { at_ms, answer }),
            Some(kept) => kept.at_ms,
            None if self.once.len() >= MAX_KEYS && !self.drop_oldest_once()? => return Ok(Reply::Full),
            None => now_ms,
        };
        let kept = KeptOnce { fingerprint, at_ms, lease_until_ms: now_ms + LEASE_MS, answer: None };
        self.keep_once(key, kept)?;
        Ok(Reply::Begun { at_ms })
    }

    pub(super) fn finish_once(&mut self, key: String, end: End) -> Result<Reply, StoreError> {
        let Some(kept) = self.once.get(&key).cloned().filter(|kept| kept.answer.is_none()) else {
            return Ok(Reply::Done);
        };
        match end {
            End::Refused => self.drop_once(&key)?,
            End::Unknown => self.keep_once(key, KeptOnce { lease_until_ms: 0, ..kept })?,
            End::Answered(mut answer) => {
                answer.body = answer.body.filter(|body| body.len() <= MAX_BODY_BYTES);
                self.keep_once(key, KeptOnce { answer: Some(answer), ..kept })?;
                while self.once.values().map(KeptOnce::bytes).sum::<usize>() > MAX_ALL_BYTES {
                    if !self.drop_oldest_once()? {
                        break;
                    }
                }
            }
        }
        Ok(Reply::Done)
    }

    fn prune_once(&mut self, now_ms: u64) -> Result<(), StoreError> {
        let is_old = |kept: &KeptOnce| now_ms >= kept.at_ms.saturating_add(KEEP_MS) && !kept.is_running(now_ms);
        let old: Vec<_> = self.once.iter().filter(|(_, kept)| is_old(kept)).map(|(key, _)| key.clone()).collect();
        old.iter().try_for_each(|key| self.drop_once(key))
    }

    /// Forgets the oldest answer; `false` when there is none. What is not answered may be half done: its time is needed.
    fn drop_oldest_once(&mut self) -> Result<bool, StoreError> {
        let answered = self.once.iter().filter(|(_, kept)| kept.answer.is_some());
        let Some(key) = answered.min_by_key(|(_, kept)| kept.at_ms).map(|(key, _)| key.clone()) else {
            return Ok(false);
        };
        self.drop_once(&key)?;
        Ok(true)
    }

    fn keep_once(&mut self, key: String, kept: KeptOnce) -> Result<(), StoreError> {
        self.store.put(&Kept::Once(key.clone(), kept.clone()))?;
        self.once.insert(key, kept);
        Ok(())
    }

    fn drop_once(&mut self, key: &str) -> Result<(), StoreError> {
        match self.once.remove(key) {
            Some(kept) => self.store.delete(&Kept::Once(key.to_owned(), kept)),
            None => Ok(()),
        }
    }
}
