//! One identity's account: its sessions, API keys and rate windows, and whether a request may pass.
//!
//! Everything that a request must be asked about rests here, so that one hop answers it: is the session alive, who
//! is it, is there room in the window. Sessions and keys are known by digests alone.

mod kept;
mod keys;
mod memberships;
mod money;
mod once;
mod passkeys;
mod profile;
mod provider_keys;
mod second;
mod sessions;
mod watches;

use std::collections::BTreeMap;

use edgewise_protocol::{
    api::Scope,
    calls::account::{Admission, Answered, Call, Credential, Ends, KeptPasskey, Profile, Proof, Reply, SealedKey},
    ids::ConversationId,
    limit::{Class, Standing},
    money::Hold,
    timestamp::Timestamp,
};

pub use kept::{AccountStore, Kept};
use kept::{KeptKey, KeptSession, WindowKey};
pub use memberships::Changed;
use memberships::KeptMembership;
use money::FirstHold;
use once::KeptOnce;
pub use second::{SecondFactor, recovery_digests};
use sessions::expires_at_ms;
pub use watches::{MAX_WATCHES, Revoked};

use crate::{
    chat::send::StoreError,
    limits::{Rates, Verdict, Window, is_kept},
    models::circuit::{Gate, Pass},
    money::budget::Budget,
};

/// How exact "last seen" is: writing it with each request would be a row for each request.
const SEEN_MS: u64 = 60_000;
#[derive(Debug)]
pub struct Account<S> {
    store: S,
    profile: Option<Profile>,
    /// Deleted: nobody comes in again.
    closed: bool,
    sessions: Vec<KeptSession>,
    keys: Vec<KeptKey>,
    second: SecondFactor,
    windows: BTreeMap<WindowKey, Window>,
    watches: Vec<(ConversationId, Credential)>,
    once: BTreeMap<String, KeptOnce>,
    revoked: Vec<Revoked>,
    passkeys: Vec<KeptPasskey>,
    provider_keys: Vec<SealedKey>,
    answered: Vec<Answered>,
    memberships: Vec<KeptMembership>,
    changed: Vec<Changed>,
    budget: Budget,
    last_lease: u64,
    gate: Gate,
}

impl<S: AccountStore> Account<S> {
    /// Reads what is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(store: S) -> Result<Self, StoreError> {
        let mut account = Self {
            profile: None,
            closed: false,
            sessions: Vec::new(),
            keys: Vec::new(),
            second: SecondFactor::default(),
            windows: BTreeMap::new(),
            watches: Vec::new(),
            once: BTreeMap::new(),
            revoked: Vec::new(),
            passkeys: Vec::new(),
            provider_keys: Vec::new(),
            answered: Vec::new(),
            memberships: Vec::new(),
            changed: Vec::new(),
            budget: Budget::default(),
            last_lease: 0,
            gate: Gate::default(),
            store,
        };
        for kept in account.store.all()? {
            match kept {
                Kept::Profile(profile) => account.profile = Some(profile),
                Kept::Closed => account.closed = true,
                Kept::Session(session) => account.sessions.push(session),
                Kept::Key(key) => account.keys.push(key),
                Kept::Second(second) => account.second = second,
                Kept::Window(key, text) => {
                    account.windows.insert(key, Window::read(&text));
                }
                Kept::Passkey(passkey) => account.passkeys.push(passkey),
                Kept::ProviderKey(key) => account.provider_keys.push(key),
                Kept::Answered(answered) => account.answered.push(answered),
                Kept::Membership(kept) => account.memberships.push(kept),
                Kept::Once(key, kept) => {
                    account.once.insert(key, kept);
                }
                Kept::Purse(None, purse) => account.budget.own = purse,
                Kept::Purse(Some(part), purse) => {
                    account.budget.parts.insert(part, purse);
                }
                Kept::Lease(name, lease) => {
                    account.last_lease = account.last_lease.max(name.parse().unwrap_or(0));
                    account.budget.leases.insert(name, lease);
                }
                Kept::Watch(conversation, credential) => account.watches.push((conversation, credential)),
            }
        }
        Ok(account)
    }

    /// Answers a call.
    ///
    /// # Errors
    /// [`StoreError`]: answer [`Reply::Failed`], forget this account and open the store again.
    pub fn handle(&mut self, rates: &Rates, now_ms: u64, call: Call) -> Result<Reply, StoreError> {
        Ok(match call {
            Call::Admit { proof, class, watch } => self.admit(rates, now_ms, &proof, class, watch)?,
            Call::Forgive { class } => {
                self.forgive(class)?;
                Reply::Done
            }
            Call::Open { .. } | Call::OpenSecond { .. } | Call::BeginTotp { .. } if self.closed => Reply::Unknown,
            Call::Open { profile, session, ends, known } => {
                if !self.learn(profile)? {
                    return Ok(Reply::Unknown);
                }
                self.end(ends)?;
                if self.second.is_active() && !known {
                    return Ok(Reply::SecondNeeded);
                }
                self.begin(now_ms, session)?;
                Reply::Done
            }
            Call::OpenSecond { code, profile, session, ends } => {
                self.open_second(rates, now_ms, &code.0, profile, session, ends)?
            }
            Call::BeginTotp { secret } => self.begin_totp(now_ms, secret.0)?,
            Call::ConfirmTotp { code, recovery } => self.confirm_totp(rates, now_ms, &code.0, recovery)?,
            Call::RemoveTotp { code } => self.remove_totp(rates, now_ms, &code.0)?,
            Call::Refresh { digest, refresh_digest } => self.refresh(now_ms, &digest, refresh_digest)?,
            Call::End { ends } => {
                self.end(ends)?;
                Reply::Done
            }
            Call::Sessions => Reply::Sessions { sessions: self.session_views(now_ms) },
            Call::Change { change } => self.change(change)?,
            Call::Overview => self.overview(now_ms),
            Call::AddKey { .. } | Call::Begin { .. } if self.profile.is_none() => Reply::Unknown,
            Call::AddKey { key, digest } => self.add_key(key, digest)?,
            Call::Keys => Reply::Keys { keys: self.keys.iter().map(|kept| kept.key.clone()).collect() },
            Call::RemoveKey { id } => self.remove_key(id)?,
            Call::RemoveKeys => {
                self.remove_keys()?;
                Reply::Done
            }
            Call::AddPasskey { kept, answered } => self.add_passkey(now_ms, kept, answered)?,
            Call::Passkeys => {
                Reply::Passkeys { passkeys: self.passkeys.iter().map(|kept| kept.passkey.clone()).collect() }
            }
            Call::RemovePasskey { id } => self.remove_passkey(&id)?,
            Call::SetProviderKey { key } => self.set_provider_key(*key)?,
            Call::ProviderKeys => Reply::ProviderKeys { keys: self.provider_key_views() },
            Call::RemoveProviderKey { provider } => self.remove_provider_key(&provider)?,
            Call::UseProviderKey { provider } => self.use_provider_key(now_ms, &provider)?,
            Call::NoteProviderKey { provider, created_at, refused, sealed } => {
                self.note_provider_key(now_ms, &provider, created_at, refused, sealed)?
            }
            Call::SignInWithPasskey { sign_in } => self.sign_in_with_passkey(now_ms, *sign_in)?,
            Call::Begin { key, fingerprint } => self.begin_once(now_ms, key, fingerprint)?,
            Call::Finish { key, end } => self.finish_once(key, end)?,
            Call::SetMembership { organization, role, version } => {
                self.set_membership(KeptMembership { organization, role, version })?
            }
            // About the index, which is no part of the account.
            Call::Search { .. } => Reply::Unknown,
            Call::Memberships => Reply::Memberships { memberships: self.memberships() },
            Call::Reserve { lease, want_micro_usd, part } => self.hold(rates, now_ms, lease, part, want_micro_usd)?,
            Call::Settle { settlements } => self.settle(rates, now_ms, &settlements)?,
            Call::Spending { part } => Reply::Spending { spending: self.budget.spending(now_ms, part) },
            Call::SetLimits { part, limits, spent } => self.set_limits(now_ms, part, limits, spent)?,
            Call::GrantCredits { key, micro_usd } => self.grant(now_ms, &key, micro_usd)?,
            Call::PassRoute => match self.gate.pass(now_ms) {
                Pass::Granted => Reply::Pass { granted: true, until_ms: None },
                Pass::Closed => Reply::Pass { granted: false, until_ms: None },
                Pass::Until { ms } => Reply::Pass { granted: false, until_ms: Some(ms) },
            },
            Call::NoteRoute { open_until_ms: Some(until_ms) } => {
                self.gate.opened(until_ms);
                Reply::Done
            }
            Call::NoteRoute { open_until_ms: None } => {
                self.gate.closed();
                Reply::Done
            }
            Call::Close => {
                self.end(Ends::All)?;
                self.remove_keys()?;
                self.revoke(Credential::External)?;
                self.store.clear()?;
                self.store.put(&Kept::Closed)?;
                (self.profile, self.closed) = (None, true);
                self.second = SecondFactor::default();
                self.windows.clear();
                self.passkeys.clear();
                self.provider_keys.clear();
                self.answered.clear();
                self.memberships.clear();
                self.once.clear();
                self.budget = Budget::default();
                Reply::Done
            }
        })
    }

    /// Whether its user has left.
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// The conversations to tell since the last call.
    pub fn take_revoked(&mut self) -> Vec<Revoked> {
        std::mem::take(&mut self.revoked)
    }

    fn admit(
        &mut self,
        rates: &Rates,
        now_ms: u64,
        proof: &Proof,
        class: Class,
        watch: Option<ConversationId>,
    ) -> Result<Reply, StoreError> {
        if let Proof::External { profile } = proof {
            self.meet(profile)?;
        }
        let credential = match proof {
            Proof::Nothing => None,
            proof => match self.credential(now_ms, proof) {
                Some(credential) => Some(credential),
                None => return Ok(Reply::Unknown),
            },
        };
        let standing = match self.count(rates, now_ms, class, credential)? {
            Some(Verdict::Refused(standing)) => return Ok(Reply::Limited { standing }),
            Some(Verdict::Taken(standing)) => Some(standing),
            None => None,
        };
        let hold = match class {
            Class::Chat => match self.first_hold(rates, now_ms, credential)? {
                // Whoever pays a provider themselves may go on: any other is asked for nothing, as nothing is held.
                FirstHold::Nothing { lease } if credential.is_some() && self.has_provider_keys() => {
                    Some(Hold { lease, held_micro_usd: 0, lapses_at_ms: now_ms })
                }
                FirstHold::Nothing { .. } => return Ok(Reply::OverBudget),
                FirstHold::Held(hold) => Some(hold),
                FirstHold::Unlimited => None,
            },
            _ => None,
        };
        let scopes = self.seen(now_ms, credential)?;
        if let (Some(conversation), Some(credential)) = (watch, credential) {
            self.watch(conversation, credential)?;
        }
        let profile = credential.and_then(|_| self.shown_profile());
        let memberships = credential.map(|_| self.memberships()).unwrap_or_default();
        let own_keys = credential.is_some() && self.has_provider_keys();
        Ok(Reply::Admitted(Box::new(Admission { profile, credential, scopes, standing, memberships, hold, own_keys })))
    }

    /// Whose proof it is, if it is good.
    fn credential(&self, now_ms: u64, proof: &Proof) -> Option<Credential> {
        let profile = self.profile.as_ref().filter(|profile| !profile.banned)?;
        let session = |is: &dyn Fn(&KeptSession) -> bool| {
            let found = self.sessions.iter().find(|session| is(session))?;
            (now_ms < expires_at_ms(profile, found)).then_some(Credential::Session(found.id))
        };
        match proof {
            Proof::Nothing => None,
            Proof::Cookie { digest } => session(&|session| session.cookie == *digest),
            Proof::Access { session: id } => session(&|session| session.id == *id),
            Proof::Key { digest } => {
                let found = self.keys.iter().find(|kept| kept.digest == *digest)?;
                Some(Credential::Key(found.key.id))
            }
            // A user's id is made of issuer and subject: an account that has it is of no other.
            Proof::External { profile: shown } => (shown.user == profile.user).then_some(Credential::External),
            Proof::KnownExternal => Some(Credential::External),
            Proof::KnownKey { id } => self.keys.iter().any(|kept| kept.key.id == *id).then_some(Credential::Key(*id)),
        }
    }

    /// Counts the request. `None`: limits are off.
    fn count(
        &mut self,
        rates: &Rates,
        now_ms: u64,
        class: Class,
        credential: Option<Credential>,
    ) -> Result<Option<Verdict>, StoreError> {
        if !rates.enabled {
            return Ok(None);
        }
        let key = match credential {
            Some(Credential::Key(id)) => WindowKey { class, key: Some(id) },
            _ => WindowKey { class, key: None },
        };
        let rate = rates.of(self.profile.as_ref().map(|profile| &profile.plan), class);
        let verdict = self.windows.entry(key).or_default().take(class, rate, now_ms);
        if let Verdict::Taken(_) = verdict {
            self.keep_window(&key)?;
        }
        Ok(Some(verdict))
    }

    /// Takes the newest request of a class back.
    fn forgive(&mut self, class: Class) -> Result<(), StoreError> {
        let key = WindowKey { class, key: None };
        if let Some(window) = self.windows.get_mut(&key) {
            window.forgive();
            self.keep_window(&key)?;
        }
        Ok(())
    }

    fn keep_window(&mut self, key: &WindowKey) -> Result<(), StoreError> {
        match self.windows.get(key) {
            Some(window) if is_kept(key.class) => self.store.put(&Kept::Window(*key, window.text())),
            _ => Ok(()),
        }
    }

    /// Notes the use, and gives the scopes of a key.
    fn seen(&mut self, now_ms: u64, credential: Option<Credential>) -> Result<Option<Vec<Scope>>, StoreError> {
        match credential {
            Some(Credential::Session(id)) => {
                if let Some(session) = self.sessions.iter_mut().find(|session| session.id == id)
                    && now_ms >= session.seen_at_ms + SEEN_MS
                {
                    session.seen_at_ms = now_ms;
                    self.store.put(&Kept::Session(session.clone()))?;
                }
                Ok(None)
            }
            Some(Credential::Key(id)) => {
                let Some(kept) = self.keys.iter_mut().find(|kept| kept.key.id == id) else { return Ok(None) };
                if kept.key.last_used_at.is_none_or(|used| now_ms >= used.0 + SEEN_MS) {
                    kept.key.last_used_at = Some(Timestamp(now_ms));
                    self.store.put(&Kept::Key(kept.clone()))?;
                }
                Ok(Some(kept.key.scopes.clone()))
            }
            Some(Credential::External) | None => Ok(None),
        }
    }
}

/// When a refused caller may try again, seconds, rounded up.
pub const fn retry_after_s(standing: &Standing, now_ms: u64) -> u64 {
    standing.reset_at_ms.saturating_sub(now_ms).div_ceil(1_000)
}
