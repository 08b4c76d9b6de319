//! Who there is: accounts, users, organizations, and what people leave behind.

use std::future::Future;

use edgewise_protocol::{
    api::{self, AuditEntry, ChangeUser},
    calls::account::{self, AccountName},
    ids::{ConversationId, InvitationId, OrganizationId, ProjectId, UserId},
    organization::{Jurisdiction, MemberRole, Place},
};

use super::ObjectError;
use crate::{
    access::{Delete, Grant, Invitations, Members, Organization, Own, Projects, Read, Write},
    audit::{AuditQuery, Entry},
    chat::send::StoreError,
    directory::{Changed, UserQuery},
    erasure::Erasure,
    flags::Change,
    organizations::{NewInvitation, OrganizationFault, Untold},
    users::{CodePurpose, Identity, Mailing, UserRow},
};

/// The account objects.
pub trait Accounts: Clone + Send + Sync + 'static {
    fn call(
        &self,
        name: &AccountName,
        call: account::Call,
    ) -> impl Future<Output = Result<account::Reply, ObjectError>> + Send;
}

/// Users with a name. `email_key` is the address as it is compared.
pub trait Users: Clone + Send + Sync + 'static {
    /// Adds a user, with the letter that welcomes them. `false`: the address is taken, and nothing was written.
    fn add(
        &self,
        user: &UserRow,
        email_key: &str,
        welcome: &Mailing,
        now_ms: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    fn by_email(&self, email_key: &str) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    fn by_id(&self, id: UserId) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    fn set_password(&self, id: UserId, hash: &str, now_ms: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The row as it is then; `None`: there is none.
    fn set_name(
        &self,
        id: UserId,
        name: &str,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    /// The row of an administrator: there was none, or they were it already. `None`: somebody else is.
    fn make_first_admin(
        &self,
        id: UserId,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    /// Some of those whose account has not heard of their row.
    fn untold(&self, limit: u32) -> impl Future<Output = Result<Vec<UserRow>, StoreError>> + Send;

    /// Notes that the account has heard of this version.
    fn told(&self, id: UserId, version: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes the row, if there is one, and whatever leads to it. In the same transaction, the erasure of what else is
    /// the user's is asked for.
    fn remove(&self, id: UserId, now_ms: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Whose an account elsewhere is.
    fn by_identity(&self, identity: &Identity) -> impl Future<Output = Result<Option<UserId>, StoreError>> + Send;

    /// Adds a user who signs in with an account elsewhere. `false`: the address or the account is somebody else's, and
    /// nothing was added.
    fn add_with_identity(
        &self,
        user: &UserRow,
        email_key: &str,
        identity: &Identity,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Lets a user sign in with an account elsewhere. `false`: it is somebody else's.
    fn link(
        &self,
        id: UserId,
        identity: &Identity,
        now_ms: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Notes that an attempt to sign in came back. `false`: it did before.
    fn spend_attempt(
        &self,
        digest: &str,
        expires_at_ms: u64,
        now_ms: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Writes a code and its letter for whoever has the address and, if told, is `user`. For nobody it does nothing.
    fn mail(
        &self,
        email_key: &str,
        user: Option<UserId>,
        mailing: &Mailing,
        now_ms: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Whoever a code is for; it stays good. `None` when it is not known, spent or too old.
    fn by_code(
        &self,
        digest: &str,
        purpose: CodePurpose,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    /// Spends a code: its address is proven. `None` when it is not known, spent or too old.
    fn verify_email(
        &self,
        digest: &str,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    /// Spends a code: its user has a new password. `None` when it is not known, spent or too old.
    fn reset_password(
        &self,
        digest: &str,
        hash: &str,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;
}

/// The organizations. A grant says which one, and who asks; the database asks once more whether they may, because an
/// account may be behind. `change` is noted in the audit log.
pub trait Organizations: Clone + Send + Sync + 'static {
    /// Those that a user is in, by name.
    fn list(
        &self,
        grant: Grant<Read, Own>,
    ) -> impl Future<Output = Result<Vec<api::Organization>, OrganizationFault>> + Send;

    /// Makes one, with whoever asks as its owner.
    fn create(
        &self,
        grant: Grant<Write, Own>,
        id: OrganizationId,
        name: &str,
        change: &Change,
    ) -> impl Future<Output = Result<Untold, OrganizationFault>> + Send;

    fn show(
        &self,
        grant: Grant<Read, Organization>,
    ) -> impl Future<Output = Result<api::Organization, OrganizationFault>> + Send;

    fn rename(
        &self,
        grant: Grant<Write, Organization>,
        name: &str,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Ends it, with its projects, its invitations and everybody's membership.
    fn delete(
        &self,
        grant: Grant<Delete, Organization>,
        change: &Change,
    ) -> impl Future<Output = Result<Vec<Untold>, OrganizationFault>> + Send;

    fn members(
        &self,
        grant: Grant<Read, Members>,
    ) -> impl Future<Output = Result<Vec<api::Member>, OrganizationFault>> + Send;

    fn set_role(
        &self,
        grant: Grant<Write, Members>,
        role: MemberRole,
        change: &Change,
    ) -> impl Future<Output = Result<Untold, OrganizationFault>> + Send;

    fn remove(
        &self,
        grant: Grant<Delete, Members>,
        change: &Change,
    ) -> impl Future<Output = Result<Untold, OrganizationFault>> + Send;

    /// Ends every membership of somebody who goes for good.
    fn leave_all(
        &self,
        grant: Grant<Delete, Own>,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Those that are open.
    fn invitations(
        &self,
        grant: Grant<Read, Invitations>,
        now_ms: u64,
    ) -> impl Future<Output = Result<Vec<api::Invitation>, OrganizationFault>> + Send;

    /// Writes an invitation with its letter. Those before it for the same address are good no longer.
    fn invite(
        &self,
        grant: Grant<Write, Invitations>,
        invitation: &NewInvitation,
        change: &Change,
    ) -> impl Future<Output = Result<api::Invitation, OrganizationFault>> + Send;

    fn withdraw(
        &self,
        grant: Grant<Delete, Invitations>,
        id: InvitationId,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Spends the code that was sent to this address: whoever asks is a member.
    fn accept(
        &self,
        grant: Grant<Write, Own>,
        digest: &str,
        email_key: &str,
        change: &Change,
    ) -> impl Future<Output = Result<(api::Organization, Untold), OrganizationFault>> + Send;

    fn projects(
        &self,
        grant: Grant<Read, Projects>,
    ) -> impl Future<Output = Result<Vec<api::Project>, OrganizationFault>> + Send;

    fn project(
        &self,
        grant: Grant<Read, Projects>,
        id: ProjectId,
    ) -> impl Future<Output = Result<api::Project, OrganizationFault>> + Send;

    /// Where a project is that the user can see.
    fn place(
        &self,
        grant: Grant<Read, Own>,
        id: ProjectId,
    ) -> impl Future<Output = Result<(Place, Jurisdiction), OrganizationFault>> + Send;

    fn create_project(
        &self,
        grant: Grant<Write, Projects>,
        project: &api::Project,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    fn rename_project(
        &self,
        grant: Grant<Write, Projects>,
        id: ProjectId,
        name: &str,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Only of one in which there is no conversation.
    fn delete_project(
        &self,
        grant: Grant<Delete, Projects>,
        id: ProjectId,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Some memberships of which their accounts have not heard.
    fn untold(&self, limit: u32) -> impl Future<Output = Result<Vec<Untold>, OrganizationFault>> + Send;

    /// The account has heard of it.
    fn told(&self, told: &[Untold]) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Forgets what is old.
    fn purge(&self, now_ms: u64) -> impl Future<Output = Result<(), OrganizationFault>> + Send;
}

/// The users as administrators see them, and the log of what administrators did.
pub trait Directory: Clone + Send + Sync + 'static {
    /// One more than `limit` when there are more.
    fn list(&self, query: UserQuery) -> impl Future<Output = Result<Vec<UserRow>, StoreError>> + Send;

    /// Writes the entry and the change together; neither when nothing changes.
    fn change(
        &self,
        id: UserId,
        wish: &ChangeUser,
        entry: &Entry,
    ) -> impl Future<Output = Result<Changed, StoreError>> + Send;

    /// Whether there is such an organization.
    fn has(&self, organization: OrganizationId) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Writes an entry for what rests elsewhere.
    fn note(&self, entry: &Entry) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// One more than `limit` when there are more.
    fn audit(&self, query: AuditQuery) -> impl Future<Output = Result<Vec<AuditEntry>, StoreError>> + Send;
}

/// What people who have left leave behind.
pub trait Erasures: Clone + Send + Sync + 'static {
    /// Some of those that are to be looked at now.
    fn due(&self, now_ms: u64) -> impl Future<Output = Result<Vec<Erasure>, StoreError>> + Send;

    /// Nobody makes anything for this owner any more.
    fn closed(&self, owner: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Some of the owner's conversations that are not deleted.
    fn left(&self, owner: &str, limit: u32) -> impl Future<Output = Result<Vec<ConversationId>, StoreError>> + Send;

    /// Some temporary conversations in which nothing was said since.
    fn temporary(
        &self,
        said_before_ms: u64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<ConversationId>, StoreError>> + Send;

    /// Deletes the row of a conversation that has no object.
    fn forget(&self, id: ConversationId, now_ms: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Nothing is left: looks again at `due_at_ms`, or never.
    fn nothing_left(&self, owner: &str, due_at_ms: Option<u64>) -> impl Future<Output = Result<(), StoreError>> + Send;
}
