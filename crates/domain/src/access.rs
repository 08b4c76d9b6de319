//! Who may do what: the one `authorize`, and the `Grant` without which storage cannot be reached.

use edgewise_protocol::ids::UserId;
use serde::{Deserialize, Serialize};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    pub user: UserId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Read,
    Write,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    Conversation { owner: UserId },
}

/// Not allowed. Answered like a thing that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denied;

/// A decision of [`authorize`]. Only it can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    action: Action,
}

impl Grant {
    pub const fn may_write(self) -> bool {
        matches!(self.action, Action::Write)
    }
}

/// The one decision about access, for every path: HTTP, socket frame, queue job.
///
/// # Errors
/// [`Denied`] when the principal may not; the caller answers as if the resource did not exist.
pub fn authorize(principal: &Principal, action: Action, resource: &Resource) -> Result<Grant, Denied> {
    match resource {
        Resource::Conversation { owner } if *owner == principal.user => Ok(Grant { action }),
        Resource::Conversation { .. } => Err(Denied),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_its_owners_alone() {
        let user = |n| Principal { user: UserId::new(n, &[0; 10]) };
        let resource = Resource::Conversation { owner: user(1).user };
        for action in [Action::Read, Action::Write] {
            assert!(authorize(&user(1), action, &resource).is_ok());
            assert_eq!(authorize(&user(2), action, &resource), Err(Denied));
        }
    }
}
