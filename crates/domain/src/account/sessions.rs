//! An account's sessions: how they begin, are refreshed and end.

use edgewise_protocol::{
    api::SessionView,
    calls::account::{Credential, Ends, NewSession, Profile, Reply},
    ids::SessionId,
};

use super::{Account, AccountStore, Kept, kept::KeptSession};
use crate::chat::send::StoreError;

/// More devices than anybody has; the one that was not seen for longest gives way.
const MAX_SESSIONS: usize = 50;
const DAY_MS: u64 = 24 * 3_600_000;
/// A guest has no password to come back with.
const GUEST_IDLE_MS: u64 = 90 * DAY_MS;
const GUEST_LIFE_MS: u64 = 365 * DAY_MS;
const IDLE_MS: u64 = 14 * DAY_MS;
const LIFE_MS: u64 = 90 * DAY_MS;
/// A refresh whose answer was lost is asked again within this time. Later, somebody else has the token.
const REFRESH_LEEWAY_MS: u64 = 10_000;
const MAX_SPENT: usize = 8;

impl<S: AccountStore> Account<S> {
    pub(super) fn begin(&mut self, now_ms: u64, new: NewSession) -> Result<(), StoreError> {
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

    pub(super) fn refresh(&mut self, now_ms: u64, digest: &str, refresh_digest: String) -> Result<Reply, StoreError> {
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

    pub(super) fn end(&mut self, ends: Ends) -> Result<(), StoreError> {
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

    pub(super) fn session_views(&self, now_ms: u64) -> Vec<SessionView> {
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
}

pub(super) fn expires_at_ms(profile: &Profile, session: &KeptSession) -> u64 {
    let (idle_ms, life_ms) = if profile.guest { (GUEST_IDLE_MS, GUEST_LIFE_MS) } else { (IDLE_MS, LIFE_MS) };
    (session.seen_at_ms + idle_ms).min(session.created_at_ms + life_ms)
}
