//! The passkeys of an account: kept, used to sign in, and every challenge answered once.

use edgewise_protocol::{
    calls::account::{Answered, KeptPasskey, PasskeySignIn, Reply},
    timestamp::Timestamp,
};

use super::{Account, AccountStore, Kept};
use crate::{
    chat::send::StoreError,
    identity::{
        encoding::from_base64url,
        passkeys::{Assertion, Passkey, RelyingParty, UserVerification, verify_assertion},
    },
};

/// More authenticators than anybody has.
pub(super) const MAX_PASSKEYS: usize = 20;

impl<S: AccountStore> Account<S> {
    pub(super) fn add_passkey(
        &mut self,
        now_ms: u64,
        kept: KeptPasskey,
        answered: Answered,
    ) -> Result<Reply, StoreError> {
        if self.passkeys.len() >= MAX_PASSKEYS {
            return Ok(Reply::Full);
        }
        let known = self.passkeys.iter().any(|other| other.passkey.id == kept.passkey.id);
        if known || self.profile.is_none() || !self.answer(now_ms, answered)? {
            return Ok(Reply::Unknown);
        }
        self.store.put(&Kept::Passkey(kept.clone()))?;
        self.passkeys.push(kept);
        Ok(Reply::Done)
    }

    pub(super) fn remove_passkey(&mut self, id: &str) -> Result<Reply, StoreError> {
        let Some(at) = self.passkeys.iter().position(|kept| kept.passkey.id == id) else { return Ok(Reply::Unknown) };
        self.store.delete(&Kept::Passkey(self.passkeys.remove(at)))?;
        Ok(Reply::Done)
    }

    /// Begins a session, when one of the passkeys signed what was asked. Here and not at the door: of two answers with
    /// the same counter, one is a copy's.
    pub(super) fn sign_in_with_passkey(&mut self, now_ms: u64, sign_in: PasskeySignIn) -> Result<Reply, StoreError> {
        let Some(profile) = self.profile.clone().filter(|profile| !profile.banned) else { return Ok(Reply::Unknown) };
        let PasskeySignIn { assertion, challenge, answered, party, origin, session } = sign_in;
        let Ok(assertion) = serde_json::from_str::<Assertion>(&assertion) else { return Ok(Reply::Unknown) };
        let party = RelyingParty { id: party, name: String::new(), origins: vec![origin] };
        let verified = self.passkeys.iter().enumerate().find_map(|(at, kept)| {
            let passkey = Passkey {
                id: from_base64url(&kept.passkey.id)?,
                public_key: from_base64url(&kept.public_key)?,
                counter: kept.counter,
                user_handle: profile.user.uuid().as_bytes().to_vec(),
            };
            let counter = verify_assertion(&party, &challenge, &assertion, &passkey, UserVerification::Required);
            counter.ok().map(|counter| (at, counter))
        });
        let Some((at, counter)) = verified else { return Ok(Reply::Unknown) };
        if !self.answer(now_ms, answered)? {
            return Ok(Reply::Unknown);
        }
        if let Some(kept) = self.passkeys.get_mut(at) {
            (kept.counter, kept.passkey.last_used_at) = (counter, Some(Timestamp(now_ms)));
            self.store.put(&Kept::Passkey(kept.clone()))?;
        }
        self.begin(now_ms, session)?;
        Ok(Reply::SignedIn { profile })
    }

    /// Notes that a challenge was answered, and forgets those that cannot come again. `false`: it was before.
    fn answer(&mut self, now_ms: u64, answered: Answered) -> Result<bool, StoreError> {
        let (old, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.answered).into_iter().partition(|answered| answered.expires_at_ms < now_ms);
        self.answered = left;
        for answered in old {
            self.store.delete(&Kept::Answered(answered))?;
        }
        if self.answered.iter().any(|known| known.digest == answered.digest) {
            return Ok(false);
        }
        self.store.put(&Kept::Answered(answered.clone()))?;
        self.answered.push(answered);
        Ok(true)
    }
}
