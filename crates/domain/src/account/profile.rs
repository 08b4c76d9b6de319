//! What an account knows of its user, and how that changes.

use edgewise_protocol::{
    calls::account::{Ends, Overview, Profile, ProfileChange, Reply, Role},
    timestamp::Timestamp,
};

use super::{Account, AccountStore, Kept};
use crate::chat::send::StoreError;

impl<S: AccountStore> Account<S> {
    /// Whom another issuer vouches for becomes somebody here when they first come. Later, what a token says of its user
    /// counts, and what it does not say stays: not every token of one issuer says the same.
    pub(super) fn meet(&mut self, shown: &Profile) -> Result<(), StoreError> {
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

    /// Takes what a users row says of whoever comes in. A row that was read before what is known changes nothing, and
    /// a ban of somebody who had no row is lifted by a change alone: a sign-in that was under way is not one. `false`:
    /// they are banned.
    pub(super) fn learn(&mut self, profile: Profile) -> Result<bool, StoreError> {
        let is_old = |known: &Profile| profile.version < known.version || known.banned && known.version == 0;
        if !self.profile.as_ref().is_some_and(is_old) {
            self.set_profile(profile)?;
        }
        Ok(self.profile.as_ref().is_some_and(|profile| !profile.banned))
    }

    /// Changes the fields that are named, unless more is known already.
    pub(super) fn change(&mut self, change: ProfileChange) -> Result<Reply, StoreError> {
        let Some(known) = self.profile.clone() else { return Ok(Reply::Unknown) };
        if change.version >= known.version {
            self.set_profile(Profile {
                version: change.version,
                name: change.name.or(known.name),
                role: change.role.unwrap_or(known.role),
                banned: change.banned.unwrap_or(known.banned),
                plan: change.plan.unwrap_or(known.plan),
                email_verified: change.email_verified.unwrap_or(known.email_verified),
                ..known
            })?;
        }
        Ok(self.shown_profile().map_or(Reply::Unknown, |profile| Reply::Changed { profile }))
    }

    /// What an administrator may know of the account.
    pub(super) fn overview(&self, now_ms: u64) -> Reply {
        let Some(profile) = self.shown_profile() else { return Reply::Unknown };
        let sessions = self.session_views(now_ms);
        let used = self.keys.iter().filter_map(|kept| kept.key.last_used_at);
        let last_seen_at = sessions.iter().map(|session| session.seen_at).chain(used).max_by_key(|at: &Timestamp| at.0);
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let (sessions, keys) = (count(sessions.len()), count(self.keys.len()));
        Reply::Overview { overview: Box::new(Overview { profile, sessions, keys, last_seen_at }) }
    }

    /// The profile with what only the account knows.
    pub(super) fn shown_profile(&self) -> Option<Profile> {
        let profile = self.profile.clone()?;
        Some(Profile { two_factor: self.second.is_active(), ..profile })
    }

    /// Writes the profile. Whoever is banned is out; a change of role makes every open connection ask anew.
    pub(super) fn set_profile(&mut self, profile: Profile) -> Result<(), StoreError> {
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
}
