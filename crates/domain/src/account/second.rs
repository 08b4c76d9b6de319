//! The second factor of an account: the secret of an authenticator app, and recovery codes for when the app is gone.
//!
//! One row holds all of it, so that a code is spent, or a factor set up, whole or not at all.

use std::fmt;

use edgewise_protocol::{
    calls::account::{Ends, NewSession, Profile, Reply},
    limit::Class,
};
use serde::{Deserialize, Serialize};

use super::{Account, AccountStore, Kept};
use crate::{
    chat::send::StoreError,
    identity::{encoding::fixed_base64url, recovery, seals, totp},
    limits::{Rates, Verdict},
};

/// Long enough to find the app; a secret that was shown and never used is then worth nothing.
const PENDING_MS: u64 = 15 * 60_000;

/// What is kept of a second factor.
///
/// The secrets are kept as they are: a code is computed from the secret itself, and no digest would do. They never
/// leave the object, and whoever reads its disk reads the conversations too. Recovery codes are digests.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    #[serde(default)]
    pending: Option<Pending>,
    #[serde(default)]
    active: Option<Active>,
}

/// Shown to its user, who has not proved yet that their app has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pending {
    secret: String,
    since_ms: u64,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Active {
    secret: String,
    /// The newest half minute whose code was taken.
    last_step: u64,
    /// Digests of the recovery codes that are left.
    recovery: Vec<String>,
}

/// Says nothing of the secrets: they would end in a log.
impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondFactor").field("active", &self.is_active()).finish_non_exhaustive()
    }
}

impl SecondFactor {
    pub const fn is_active(&self) -> bool {
        self.active.is_some()
    }

    /// With a new secret to prove, in the place of one that was not.
    fn begun(&self, secret: String, now_ms: u64) -> Self {
        Self { pending: Some(Pending { secret, since_ms: now_ms }), active: self.active.clone() }
    }

    /// Active, if `typed` is a code of the pending secret.
    fn confirmed(&self, typed: &str, recovery: Vec<String>, now_ms: u64) -> Option<Self> {
        let Pending { secret, since_ms } = self.pending.clone()?;
        if now_ms >= since_ms + PENDING_MS {
            return None;
        }
        let last_step = step(&secret, typed, now_ms, None)?;
        Some(Self { pending: None, active: Some(Active { secret, last_step, recovery }) })
    }

    /// As it is after `typed`, a code of the app or a recovery code, was spent.
    fn spent(&self, typed: &str, now_ms: u64) -> Option<Self> {
        let mut active = self.active.clone()?;
        match step(&active.secret, typed, now_ms, Some(active.last_step)) {
            Some(step) => active.last_step = step,
            None => {
                let digest = hex(&recovery::digest(typed)?);
                let at = active.recovery.iter().position(|kept| seals::same(kept, &digest))?;
                active.recovery.remove(at);
            }
        }
        Some(Self { pending: self.pending.clone(), active: Some(active) })
    }
}

fn step(secret: &str, typed: &str, now_ms: u64, last_step: Option<u64>) -> Option<u64> {
    totp::verify(&fixed_base64url(secret)?, typed, now_ms, last_step)
}

/// What an account keeps of a recovery code.
fn hex(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digests of recovery codes, as [`edgewise_protocol::calls::account::Call::ConfirmTotp`] takes them.
pub fn recovery_digests(codes: &[String]) -> Vec<String> {
    codes.iter().filter_map(|code| recovery::digest(code)).map(|digest| hex(&digest)).collect()
}

impl<S: AccountStore> Account<S> {
    pub(super) fn begin_totp(&mut self, now_ms: u64, secret: String) -> Result<Reply, StoreError> {
        if self.second.is_active() {
            return Ok(Reply::Full);
        }
        self.keep_second(self.second.begun(secret, now_ms))?;
        Ok(Reply::Done)
    }

    pub(super) fn confirm_totp(
        &mut self,
        rates: &Rates,
        now_ms: u64,
        typed: &str,
        recovery: Vec<String>,
    ) -> Result<Reply, StoreError> {
        if self.second.is_active() {
            return Ok(Reply::Full);
        }
        if let Some(limited) = self.count_guess(rates, now_ms)? {
            return Ok(limited);
        }
        let Some(confirmed) = self.second.confirmed(typed, recovery, now_ms) else { return Ok(Reply::Wrong) };
        self.keep_second(confirmed)?;
        self.forgive(Class::Login)?;
        Ok(Reply::Done)
    }

    pub(super) fn remove_totp(&mut self, rates: &Rates, now_ms: u64, typed: &str) -> Result<Reply, StoreError> {
        if !self.second.is_active() {
            return Ok(Reply::Unknown);
        }
        if let Some(limited) = self.count_guess(rates, now_ms)? {
            return Ok(limited);
        }
        if self.second.spent(typed, now_ms).is_none() {
            return Ok(Reply::Wrong);
        }
        self.store.delete(&Kept::Second(SecondFactor::default()))?;
        self.second = SecondFactor::default();
        self.forgive(Class::Login)?;
        Ok(Reply::Done)
    }

    /// Checks the code, spends it and opens the session, all in this stretch: of two who send the same code at once,
    /// one comes in.
    pub(super) fn open_second(
        &mut self,
        rates: &Rates,
        now_ms: u64,
        typed: &str,
        profile: Profile,
        session: NewSession,
        ends: Ends,
    ) -> Result<Reply, StoreError> {
        if !self.second.is_active() {
            return Ok(Reply::Unknown);
        }
        if let Some(limited) = self.count_guess(rates, now_ms)? {
            return Ok(limited);
        }
        let Some(spent) = self.second.spent(typed, now_ms) else { return Ok(Reply::Wrong) };
        // First: a code that opened nothing because the store failed is better than one that opens twice.
        self.keep_second(spent)?;
        self.forgive(Class::Login)?;
        if !self.learn(profile)? {
            return Ok(Reply::Unknown);
        }
        self.end(ends)?;
        self.begin(now_ms, session)?;
        Ok(Reply::Done)
    }

    /// Six digits are soon guessed: each attempt counts before it is looked at.
    fn count_guess(&mut self, rates: &Rates, now_ms: u64) -> Result<Option<Reply>, StoreError> {
        Ok(match self.count(rates, now_ms, Class::Login, None)? {
            Some(Verdict::Refused(standing)) => Some(Reply::Limited { standing }),
            _ => None,
        })
    }

    fn keep_second(&mut self, second: SecondFactor) -> Result<(), StoreError> {
        self.store.put(&Kept::Second(second.clone()))?;
        self.second = second;
        Ok(())
    }
}
