//! What an account knows of its user, and how that changes.

use edgewise_protocol::calls::account::{Ends, Profile, Role};

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
