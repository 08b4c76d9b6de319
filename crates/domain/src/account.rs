//! One identity's account: its sessions, API keys and rate windows, and whether a request may pass.
//!
//! Everything that a request must be asked about rests here, so that one hop answers it: is the session alive, who
//! is it, is there room in the window. Sessions and keys are known by digests alone.

mod kept;
mod once;
mod passkeys;
mod second;

use std::collections::BTreeMap;

use edgewise_protocol::{
    api::{Scope, SessionView},
    calls::account::{
        Admission, Answered, Call, Credential, Ends, KeptPasskey, NewSession, Profile, Proof, Reply, Role,
    },
    ids::{ConversationId, SessionId},
    limit::{Class, Standing},
    timestamp::Timestamp,
};

pub use kept::{AccountStore, Kept};
use kept::{KeptKey, KeptSession, WindowKey};
use once::KeptOnce;
pub use second::{SecondFactor, recovery_digests};

use crate::{
    chat::send::StoreError,
    limits::{Rates, Verdict, Window, is_kept},
};

/// More devices than anybody has; the one that was not seen for longest gives way.
const MAX_SESSIONS: usize = 50;
const MAX_KEYS: usize = 50;
/// Conversations that hold something open for one account. Older ones are no longer told of a sign-out.
const MAX_WATCHES: usize = 1_024;
const DAY_MS: u64 = 24 * 3_600_000;
/// A guest has no password to come back with.
const GUEST_IDLE_MS: u64 = 90 * DAY_MS;
const GUEST_LIFE_MS: u64 = 365 * DAY_MS;
const IDLE_MS: u64 = 14 * DAY_MS;
const LIFE_MS: u64 = 90 * DAY_MS;
/// How exact "last seen" is: writing it with each request would be a row for each request.
const SEEN_MS: u64 = 60_000;
/// A refresh whose answer was lost is asked again within this time. Later, somebody else has the token.
const REFRESH_LEEWAY_MS: u64 = 10_000;
const MAX_SPENT: usize = 8;

/// A conversation that must be told: it holds sockets or streams open for credentials that are good no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    pub conversation: ConversationId,
    pub credential: Credential,
}

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
    answered: Vec<Answered>,
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
            answered: Vec::new(),
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
                Kept::Answered(answered) => account.answered.push(answered),
                Kept::Once(key, kept) => {
                    account.once.insert(key, kept);
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
            Call::Open { .. } | Call::OpenSecond { .. } | Call::BeginTotp { .. } | Call::Profile { .. }
                if self.closed =>
            {
                Reply::Unknown
            }
            Call::Open { profile, session, ends, known } => {
                self.end(ends)?;
                self.set_profile(profile)?;
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
            Call::Profile { profile } => {
                self.set_profile(profile)?;
                Reply::Done
            }
            Call::AddKey { .. } | Call::Begin { .. } if self.profile.is_none() => Reply::Unknown,
            // Asked again after a crash: it is there.
            Call::AddKey { key, digest }
                if self.keys.iter().any(|kept| kept.key.id == key.id && kept.digest == digest) =>
            {
                Reply::Done
            }
            Call::AddKey { .. } if self.keys.len() >= MAX_KEYS => Reply::Full,
            Call::AddKey { key, digest } => {
                let kept = KeptKey { key, digest };
                self.store.put(&Kept::Key(kept.clone()))?;
                self.keys.push(kept);
                Reply::Done
            }
            Call::Keys => Reply::Keys { keys: self.keys.iter().map(|kept| kept.key.clone()).collect() },
            Call::RemoveKey { id } => match self.keys.iter().position(|kept| kept.key.id == id) {
                Some(at) => {
                    self.store.delete(&Kept::Key(self.keys.swap_remove(at)))?;
                    self.revoke(Credential::Key(id))?;
                    Reply::Done
                }
                None => Reply::Unknown,
            },
            Call::AddPasskey { kept, answered } => self.add_passkey(now_ms, kept, answered)?,
            Call::Passkeys => {
                Reply::Passkeys { passkeys: self.passkeys.iter().map(|kept| kept.passkey.clone()).collect() }
            }
            Call::RemovePasskey { id } => self.remove_passkey(&id)?,
            Call::SignInWithPasskey { sign_in } => self.sign_in_with_passkey(now_ms, *sign_in)?,
            Call::Unwatch { conversation } => {
                self.unwatch(|(watched, _)| *watched == conversation)?;
                Reply::Done
            }
            Call::Begin { key, fingerprint } => self.begin_once(now_ms, key, fingerprint)?,
            Call::Finish { key, end } => self.finish_once(key, end)?,
            Call::Close => {
                self.end(Ends::All)?;
                while let Some(kept) = self.keys.pop() {
                    self.revoke(Credential::Key(kept.key.id))?;
                }
                self.revoke(Credential::External)?;
                self.store.clear()?;
                self.store.put(&Kept::Closed)?;
                (self.profile, self.closed) = (None, true);
                self.second = SecondFactor::default();
                self.windows.clear();
                self.passkeys.clear();
                self.answered.clear();
                self.once.clear();
                Reply::Done
            }
        })
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
        let scopes = self.seen(now_ms, credential)?;
        if let (Some(conversation), Some(credential)) = (watch, credential) {
            self.watch(conversation, credential)?;
        }
        let profile = credential.and_then(|_| self.shown_profile());
        Ok(Reply::Admitted(Box::new(Admission { profile, credential, scopes, standing })))
    }

    /// Whom another issuer vouches for becomes somebody here when they first come. Later, what a token says of its user
    /// counts, and what it does not say stays: not every token of one issuer says the same.
    fn meet(&mut self, shown: &Profile) -> Result<(), StoreError> {
        if self.closed {
            return Ok(());
        }
        let profile = match &self.profile {
            None => shown.clone(),
            Some(known) if known.banned || known.user != shown.user => return Ok(()),
            Some(known) => Profile {
                email: shown.email.clone().or_else(|| known.email.clone()),
                name: shown.name.clone().or_else(|| known.name.clone()),
                ..known.clone()
            },
        };
        self.set_profile(profile)
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
        let verdict = self.windows.entry(key).or_default().take(class, rates.of(class), now_ms);
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

    fn begin(&mut self, now_ms: u64, new: NewSession) -> Result<(), StoreError> {
        if self.sessions.len() >= MAX_SESSIONS
            && let Some(oldest) =
                self.sessions.iter().min_by_key(|session| session.seen_at_ms).map(|session| session.id)
        {
            self.end(Ends::One(oldest))?;
        }
        let session = KeptSession::new(new, now_ms);
        self.store.put(&Kept::Session(session.clone()))?;
        self.sessions.push(session);
        Ok(())
    }

    fn refresh(&mut self, now_ms: u64, digest: &str, refresh_digest: String) -> Result<Reply, StoreError> {
        let Some(profile) = self.shown_profile().filter(|profile| !profile.banned) else { return Ok(Reply::Unknown) };
        let holds =
            |session: &&mut KeptSession| session.refresh == digest || session.spent.iter().any(|old| old == digest);
        let Some(session) = self.sessions.iter_mut().find(holds) else { return Ok(Reply::Unknown) };
        let id = session.id;
        if now_ms >= expires_at_ms(&profile, session) {
            return Ok(Reply::Unknown);
        }
        if session.refresh != digest && now_ms >= session.refreshed_at_ms + REFRESH_LEEWAY_MS {
            // A token that was changed for another comes again: one of the two who have it is a thief.
            self.end(Ends::One(id))?;
            return Ok(Reply::Unknown);
        }
        let spent = std::mem::replace(&mut session.refresh, refresh_digest);
        session.spent.push(spent);
        let most = session.spent.len().saturating_sub(MAX_SPENT);
        session.spent.drain(..most);
        (session.refreshed_at_ms, session.seen_at_ms) = (now_ms, now_ms);
        self.store.put(&Kept::Session(session.clone()))?;
        Ok(Reply::Refreshed { profile, session: id })
    }

    fn end(&mut self, ends: Ends) -> Result<(), StoreError> {
        let ended = |id: SessionId| match ends {
            Ends::None => false,
            Ends::One(one) => id == one,
            Ends::Others(kept) => id != kept,
            Ends::All => true,
        };
        let (gone, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.sessions).into_iter().partition(|session| ended(session.id));
        self.sessions = left;
        for session in gone {
            let credential = Credential::Session(session.id);
            self.store.delete(&Kept::Session(session))?;
            self.revoke(credential)?;
        }
        Ok(())
    }

    fn session_views(&self, now_ms: u64) -> Vec<SessionView> {
        let Some(profile) = &self.profile else { return Vec::new() };
        let mut views: Vec<_> = self
            .sessions
            .iter()
            .map(|session| (session, expires_at_ms(profile, session)))
            .filter(|(_, expires_at_ms)| now_ms < *expires_at_ms)
            .map(|(session, expires_at_ms)| session.view(expires_at_ms))
            .collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.seen_at));
        views
    }

    /// The profile with what only the account knows.
    fn shown_profile(&self) -> Option<Profile> {
        let profile = self.profile.clone()?;
        Some(Profile { two_factor: self.second.is_active(), ..profile })
    }

    /// Writes the profile. Whoever is banned is out; a change of role makes every open connection ask anew.
    fn set_profile(&mut self, profile: Profile) -> Result<(), StoreError> {
        let profile = Profile { two_factor: false, ..profile };
        if self.profile.as_ref() == Some(&profile) {
            return Ok(());
        }
        let role = |of: &Option<Profile>| of.as_ref().map_or(Role::default(), |profile| profile.role);
        let (before, banned) = (role(&self.profile), profile.banned);
        self.store.put(&Kept::Profile(profile.clone()))?;
        self.profile = Some(profile);
        if banned {
            self.end(Ends::All)?;
        }
        if banned || role(&self.profile) != before {
            let watches: Vec<_> = self.watches.iter().map(|(_, credential)| *credential).collect();
            for credential in watches {
                self.revoke(credential)?;
            }
        }
        Ok(())
    }

    fn watch(&mut self, conversation: ConversationId, credential: Credential) -> Result<(), StoreError> {
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

    fn revoke(&mut self, credential: Credential) -> Result<(), StoreError> {
        for (conversation, _) in self.watches.iter().filter(|(_, held)| *held == credential) {
            self.revoked.push(Revoked { conversation: *conversation, credential });
        }
        self.unwatch(|(_, held)| *held == credential)
    }

    fn unwatch(&mut self, which: impl Fn(&(ConversationId, Credential)) -> bool) -> Result<(), StoreError> {
        let (gone, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.watches).into_iter().partition(&which);
        self.watches = left;
        gone.into_iter()
            .try_for_each(|(conversation, credential)| self.store.delete(&Kept::Watch(conversation, credential)))
    }
}

fn expires_at_ms(profile: &Profile, session: &KeptSession) -> u64 {
    let (idle_ms, life_ms) = if profile.guest { (GUEST_IDLE_MS, GUEST_LIFE_MS) } else { (IDLE_MS, LIFE_MS) };
    (session.seen_at_ms + idle_ms).min(session.created_at_ms + life_ms)
}

/// When a refused caller may try again, seconds, rounded up.
pub const fn retry_after_s(standing: &Standing, now_ms: u64) -> u64 {
    standing.reset_at_ms.saturating_sub(now_ms).div_ceil(1_000)
}
