//! In which organizations an account's user is: a projection of the members in D1, so that whoever asks the account
//! need ask nobody else.

use edgewise_protocol::{
    calls::account::Reply,
    ids::{ConversationId, OrganizationId, UserId},
    organization::{MemberRole, Membership},
};
use serde::{Deserialize, Serialize};

use super::{Account, AccountStore, Kept};
use crate::chat::send::StoreError;

/// What D1 has said of one organization. What ended stays for a while, so that an older word brings nothing back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMembership {
    pub organization: OrganizationId,
    pub role: Option<MemberRole>,
    /// D1's number of this change; only a greater one says something new.
    pub version: u64,
}

/// A conversation that must be told: it may hold something open for a user who may now do less in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    pub conversation: ConversationId,
    pub user: UserId,
    pub organization: OrganizationId,
}

/// Four times as many as one user may be in: the oldest that ended give way.
const MAX_KEPT: usize = 128;

impl<S: AccountStore> Account<S> {
    pub(super) fn set_membership(&mut self, told: KeptMembership) -> Result<Reply, StoreError> {
        if self.closed {
            return Ok(Reply::Done);
        }
        let known = self.memberships.iter().position(|known| known.organization == told.organization);
        let before = known.and_then(|at| self.memberships.get(at)).copied();
        if before.is_some_and(|before| before.version > told.version) {
            return Ok(Reply::Done);
        }
        if before != Some(told) {
            self.store.put(&Kept::Membership(told))?;
            if let Some(at) = known {
                self.memberships.swap_remove(at);
            } else {
                self.forget_an_ended_one()?;
            }
            self.memberships.push(told);
        }
        // The same word again: whoever said it did not hear that it had arrived, and nor may have the conversations.
        let again = before.is_some_and(|before| before.version == told.version);
        if again || before.is_some_and(|before| told.role < before.role) {
            self.tell_of(told.organization);
        }
        Ok(Reply::Done)
    }

    /// What whoever asks the account is told.
    pub(super) fn memberships(&self) -> Vec<Membership> {
        let shown = |kept: &KeptMembership| Some(Membership { organization: kept.organization, role: kept.role? });
        self.memberships.iter().filter_map(shown).collect()
    }

    /// The conversations to tell of a membership since the last call.
    pub fn take_changed(&mut self) -> Vec<Changed> {
        std::mem::take(&mut self.changed)
    }

    fn tell_of(&mut self, organization: OrganizationId) {
        let Some(user) = self.profile.as_ref().map(|profile| profile.user) else { return };
        let mut watching: Vec<_> = self.watches.iter().map(|(conversation, _)| *conversation).collect();
        watching.sort_unstable();
        watching.dedup();
        self.changed.extend(watching.into_iter().map(|conversation| Changed { conversation, user, organization }));
    }

    fn forget_an_ended_one(&mut self) -> Result<(), StoreError> {
        if self.memberships.len() < MAX_KEPT {
            return Ok(());
        }
        let ended = self.memberships.iter().filter(|kept| kept.role.is_none());
        let Some(oldest) = ended.min_by_key(|kept| kept.version).copied() else { return Ok(()) };
        self.store.delete(&Kept::Membership(oldest))?;
        self.memberships.retain(|kept| *kept != oldest);
        Ok(())
    }
}
