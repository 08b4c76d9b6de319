//! Who may do what: the one `authorize`, and the `Grant` without which storage cannot be reached.
//!
//! A page of the catalogue, for somebody who may read it:
//!
//! ```
//! use edgewise_domain::{access::{Grant, Read}, ports::{Catalogue, ListQuery}};
//! fn list<C: Catalogue>(catalogue: &C, grant: Grant<Read>, query: ListQuery) {
//!     drop(catalogue.list(grant, query));
//! }
//! ```
//!
//! A grant for something else does not compile:
//!
//! ```compile_fail,E0308
//! use edgewise_domain::{access::{Grant, Write}, ports::{Catalogue, ListQuery}};
//! fn list<C: Catalogue>(catalogue: &C, grant: Grant<Write>, query: ListQuery) {
//!     drop(catalogue.list(grant, query));
//! }
//! ```
//!
//! Nor does none at all, or one that nobody gave:
//!
//! ```compile_fail,E0061
//! use edgewise_domain::ports::{Catalogue, ListQuery};
//! fn list<C: Catalogue>(catalogue: &C, query: ListQuery) {
//!     drop(catalogue.list(query));
//! }
//! ```
//!
//! ```compile_fail,E0451
//! use edgewise_domain::access::{Grant, Read};
//! use edgewise_protocol::ids::UserId;
//! fn forge(mine: Grant<Read>, by: UserId) -> Grant<Read> {
//!     Grant { by, ..mine }
//! }
//! ```

#[cfg(test)]
mod tests;

use std::marker::PhantomData;

use edgewise_protocol::{
    ids::{OrganizationId, UserId},
    organization::{MemberRole, Membership, Owner, Place},
};

/// Who asks, and in which organizations their account says that they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal<'a> {
    pub user: UserId,
    pub memberships: &'a [Membership],
}

impl Principal<'_> {
    fn role_in(&self, organization: OrganizationId) -> Option<MemberRole> {
        self.memberships.iter().find(|known| known.organization == organization).map(|known| known.role)
    }
}

/// What is done to a resource, as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Read,
    Write,
    Delete,
}

/// What is done to a resource, as a type: a grant to read is no grant to write, and the compiler says so.
pub trait Act: Copy {
    const ACTION: Action;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Write;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delete;

impl Act for Read {
    const ACTION: Action = Action::Read;
}
impl Act for Write {
    const ACTION: Action = Action::Write;
}
impl Act for Delete {
    const ACTION: Action = Action::Delete;
}

/// What a resource is to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Conversation,
    Organization,
    Members,
    Invitations,
    Projects,
    Own,
}

/// The least role that may. Whoever is alone with something, such as a private conversation, is its owner; to be an
/// administrator of the deployment is no role here.
#[rustfmt::skip]
const fn least(kind: Kind, action: Action, is_own: bool) -> MemberRole {
    use MemberRole::{Admin, Editor, Owner, Viewer};
    let [read, write, delete, delete_own] = match kind {
        //                        read    write   delete  delete what is one's own
        Kind::Conversation   => [Viewer, Editor, Admin,  Editor],
        Kind::Projects       => [Viewer, Admin,  Admin,  Admin],
        // To delete a member is to leave, or to remove somebody. Who may touch owners is in `organizations::members`.
        Kind::Members        => [Viewer, Admin,  Admin,  Viewer],
        Kind::Invitations    => [Admin,  Admin,  Admin,  Admin],
        Kind::Organization   => [Viewer, Admin,  Owner,  Owner],
        Kind::Own            => [Owner,  Owner,  Owner,  Owner],
    };
    match action {
        Action::Read => read,
        Action::Write => write,
        Action::Delete if is_own => delete_own,
        Action::Delete => delete,
    }
}

/// What is asked for.
pub trait Resource: Copy + sealed::Sealed {
    /// The principal's role at it; `None`: for them it does not exist.
    fn role(&self, principal: &Principal<'_>) -> Option<MemberRole>;
    /// Whether they made it, or are it.
    fn is_own(&self, principal: &Principal<'_>) -> bool;
}

mod sealed {
    /// Resources are those of this file alone.
    pub trait Sealed {
        #[expect(private_interfaces, reason = "nobody outside can call it")]
        const KIND: super::Kind;
    }
}

/// A conversation, or all those that have the same owner. Without a place it is its creator's alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversation {
    pub creator: UserId,
    pub place: Option<Place>,
}

impl Conversation {
    pub const fn owner(&self) -> Owner {
        match self.place {
            Some(place) => Owner::Project(place.project),
            None => Owner::User(self.creator),
        }
    }
}

impl Resource for Conversation {
    fn role(&self, principal: &Principal<'_>) -> Option<MemberRole> {
        match self.place {
            Some(place) => principal.role_in(place.organization),
            None => (self.creator == principal.user).then_some(MemberRole::Owner),
        }
    }

    fn is_own(&self, principal: &Principal<'_>) -> bool {
        self.creator == principal.user
    }
}

/// An organization itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Organization(pub OrganizationId);

/// A member of an organization, who may be nobody yet; or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Members {
    pub organization: OrganizationId,
    pub user: Option<UserId>,
}

/// The invitations of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitations(pub OrganizationId);

/// The projects of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Projects(pub OrganizationId);

/// What a user has beside conversations: their memberships.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own(pub UserId);

macro_rules! of_organization {
    ($($kind:ident),*) => { $(
        impl Resource for $kind {
            fn role(&self, principal: &Principal<'_>) -> Option<MemberRole> {
                principal.role_in(self.0)
            }

            fn is_own(&self, _principal: &Principal<'_>) -> bool {
                false
            }
        }
    )* };
}
of_organization!(Organization, Invitations, Projects);

impl Resource for Members {
    fn role(&self, principal: &Principal<'_>) -> Option<MemberRole> {
        principal.role_in(self.organization)
    }

    fn is_own(&self, principal: &Principal<'_>) -> bool {
        self.user == Some(principal.user)
    }
}

impl Resource for Own {
    fn role(&self, principal: &Principal<'_>) -> Option<MemberRole> {
        (self.0 == principal.user).then_some(MemberRole::Owner)
    }

    fn is_own(&self, principal: &Principal<'_>) -> bool {
        self.0 == principal.user
    }
}

macro_rules! kinds {
    ($($kind:ident),*) => { $(
        impl sealed::Sealed for $kind {
            #[expect(private_interfaces, reason = "nobody outside can call it")]
            const KIND: Kind = Kind::$kind;
        }
    )* };
}
kinds!(Conversation, Organization, Members, Invitations, Projects, Own);

/// Not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// Answered like a thing that does not exist.
    Hidden,
    /// They know of it; their role does not allow this.
    Role,
}

/// A decision of [`authorize`] about one action and one resource. Only it can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant<A, R = Conversation> {
    of: R,
    by: UserId,
    least: MemberRole,
    action: PhantomData<A>,
}

impl<A: Act, R: Resource> Grant<A, R> {
    /// What it was given for.
    pub const fn of(&self) -> &R {
        &self.of
    }

    /// To whom it was given.
    pub const fn by(&self) -> UserId {
        self.by
    }

    /// The roles that it is given to, as SQL: the database, which knows best, asks again.
    pub fn roles(&self) -> String {
        let roles = MemberRole::ALL.into_iter().filter(|role| *role >= self.least);
        roles.map(|role| format!("'{}'", role.name())).collect::<Vec<_>>().join(", ")
    }
}

impl<R: Resource> Grant<Write, R> {
    /// Whoever may write may read.
    pub const fn reading(self) -> Grant<Read, R> {
        Grant { of: self.of, by: self.by, least: self.least, action: PhantomData }
    }
}

/// The one decision about access, for every path: HTTP, socket frame, queue job.
///
/// # Errors
/// [`Denied`] when the principal may not.
pub fn authorize<A: Act, R: Resource>(principal: &Principal<'_>, resource: R) -> Result<Grant<A, R>, Denied> {
    let role = resource.role(principal).ok_or(Denied::Hidden)?;
    let least = least(R::KIND, A::ACTION, resource.is_own(principal));
    if role < least {
        return Err(Denied::Role);
    }
    Ok(Grant { of: resource, by: principal.user, least, action: PhantomData })
}
