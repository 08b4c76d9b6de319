//! Organizations in D1: who is in them, by which invitation, and their projects; and how accounts hear of it.
//!
//! Every statement may be run twice (see [`Database`]), so none counts on what it gave: what came of a change is read
//! back in the same transaction.

mod invitations;
mod members;
mod projects;
mod statements;
mod whole;

use edgewise_protocol::{
    api,
    calls::account::{AccountName, Call, Reply},
    ids::{InvitationId, OrganizationId, ProjectId, UserId},
    organization::{Jurisdiction, MemberRole, Place},
};
use futures::future::join_all;

pub use invitations::{INVITATION_MS, NewInvitation};

use crate::{
    access::{Delete, Grant, Invitations, Members, Organization, Own, Projects, Read, Write},
    chat::send::StoreError,
    flags::Change,
    ports::{Accounts, Columns, Database, Organizations, Statement},
};

/// Accounts that are told at a time.
const TELL_AT_ONCE: usize = 50;

/// Why a change of an organization was not made, or a look not granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrganizationFault {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such thing for whoever asks.
    #[error("not found")]
    Missing,
    #[error("the role does not allow it")]
    Role,
    /// Somebody must be left who may do everything.
    #[error("the last owner stays")]
    LastOwner,
    /// As much as there may be.
    #[error("{0}")]
    Full(&'static str),
    #[error("a member already")]
    IsMember,
    /// A code that is not known, spent, too old, withdrawn, or for another address.
    #[error("the code is worth nothing")]
    Worthless,
    #[error("there are conversations in the project")]
    NotEmpty,
}

type Answer<T> = Result<T, OrganizationFault>;

/// A membership as D1 has it, of which its account may not have heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Untold {
    pub organization: OrganizationId,
    pub user: UserId,
    pub role: Option<MemberRole>,
    pub version: u64,
}

/// Tells the accounts, and notes which have heard. Gives how many have not: the cron tells them again.
///
/// # Errors
/// [`OrganizationFault::Store`] when it could not be noted.
pub async fn tell(organizations: &impl Organizations, accounts: &impl Accounts, untold: &[Untold]) -> Answer<usize> {
    let mut deaf = 0;
    for some in untold.chunks(TELL_AT_ONCE) {
        let replies = join_all(some.iter().map(async |untold: &Untold| {
            let Untold { organization, user, role, version } = *untold;
            let call = Call::SetMembership { organization, role, version };
            let reply = accounts.call(&AccountName::User(user), call).await;
            matches!(reply, Ok(Reply::Done)).then_some(*untold)
        }));
        let told: Vec<_> = replies.await.into_iter().flatten().collect();
        deaf += some.len() - told.len();
        organizations.told(&told).await?;
    }
    Ok(deaf)
}

/// The organizations over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct OrganizationsOver<D>(pub D);

impl<D: Database> OrganizationsOver<D> {
    async fn run(&self, statements: Vec<Statement>) -> Answer<Rows> {
        Ok(Rows(self.0.batch(statements).await?))
    }
}

/// The rows of a batch, one list for each statement.
struct Rows(Vec<Vec<Columns>>);

impl Rows {
    /// Those of the last statement that were not taken yet.
    fn take(&mut self) -> Vec<Columns> {
        self.0.pop().unwrap_or_default()
    }

    fn take_first(&mut self) -> Option<Columns> {
        self.take().into_iter().next()
    }
}

impl<D: Database + Clone + Send + Sync + 'static> Organizations for OrganizationsOver<D> {
    async fn list(&self, grant: Grant<Read, Own>) -> Answer<Vec<api::Organization>> {
        Ok(whole::read_list(self.run(vec![whole::list(grant)]).await?))
    }

    async fn create(
        &self,
        grant: Grant<Write, Own>,
        id: OrganizationId,
        name: &str,
        change: &Change,
    ) -> Answer<Untold> {
        whole::read_created(grant, id, self.run(whole::create(grant, id, name, change)).await?)
    }

    async fn show(&self, grant: Grant<Read, Organization>) -> Answer<api::Organization> {
        whole::read_one(self.run(vec![whole::show(grant)]).await?)
    }

    async fn rename(&self, grant: Grant<Write, Organization>, name: &str, change: &Change) -> Answer<()> {
        self.run(whole::rename(grant, name, change)).await?.take_first().map(|_| ()).ok_or(OrganizationFault::Missing)
    }

    async fn delete(&self, grant: Grant<Delete, Organization>, change: &Change) -> Answer<Vec<Untold>> {
        whole::read_deleted(*grant.of(), self.run(whole::delete(grant, change)).await?)
    }

    async fn members(&self, grant: Grant<Read, Members>) -> Answer<Vec<api::Member>> {
        members::read_list(self.run(members::list(grant)).await?)
    }

    async fn set_role(&self, grant: Grant<Write, Members>, role: MemberRole, change: &Change) -> Answer<Untold> {
        let set = members::SetRole { of: *grant.of(), by: grant.by(), roles: grant.roles(), role: Some(role) };
        set.read(change, self.run(set.statements(change)).await?)
    }

    async fn remove(&self, grant: Grant<Delete, Members>, change: &Change) -> Answer<Untold> {
        let set = members::SetRole { of: *grant.of(), by: grant.by(), roles: grant.roles(), role: None };
        set.read(change, self.run(set.statements(change)).await?)
    }

    async fn leave_all(&self, grant: Grant<Delete, Own>, change: &Change) -> Answer<()> {
        let left = self.run(members::leave_all(grant, change)).await?.take_first();
        if left.is_some() { Err(OrganizationFault::LastOwner) } else { Ok(()) }
    }

    async fn invitations(&self, grant: Grant<Read, Invitations>, now_ms: u64) -> Answer<Vec<api::Invitation>> {
        invitations::read_list(self.run(invitations::list(grant, now_ms)).await?)
    }

    async fn invite(
        &self,
        grant: Grant<Write, Invitations>,
        invitation: &NewInvitation,
        change: &Change,
    ) -> Answer<api::Invitation> {
        invitations::read_invited(invitation, self.run(invitations::invite(grant, invitation, change)).await?)
    }

    async fn withdraw(&self, grant: Grant<Delete, Invitations>, id: InvitationId, change: &Change) -> Answer<()> {
        let rows = self.run(invitations::withdraw(grant, id, change)).await?.take_first();
        rows.map(|_| ()).ok_or(OrganizationFault::Missing)
    }

    async fn accept(
        &self,
        grant: Grant<Write, Own>,
        digest: &str,
        email_key: &str,
        change: &Change,
    ) -> Answer<(api::Organization, Untold)> {
        let user = grant.of().0;
        invitations::read_accepted(user, self.run(invitations::accept(user, digest, email_key, change)).await?)
    }

    async fn projects(&self, grant: Grant<Read, Projects>) -> Answer<Vec<api::Project>> {
        projects::read_list(self.run(projects::list(grant)).await?)
    }

    async fn project(&self, grant: Grant<Read, Projects>, id: ProjectId) -> Answer<api::Project> {
        projects::read_one(self.run(vec![projects::show(grant, id)]).await?)
    }

    async fn place(&self, grant: Grant<Read, Own>, id: ProjectId) -> Answer<(Place, Jurisdiction)> {
        let project = projects::read_one(self.run(vec![projects::place(grant, id)]).await?)?;
        Ok((Place { project: project.id, organization: project.organization_id }, project.jurisdiction))
    }

    async fn create_project(
        &self,
        grant: Grant<Write, Projects>,
        project: &api::Project,
        change: &Change,
    ) -> Answer<()> {
        projects::read_created(self.run(projects::create(grant, project, change)).await?)
    }

    async fn rename_project(
        &self,
        grant: Grant<Write, Projects>,
        id: ProjectId,
        name: &str,
        change: &Change,
    ) -> Answer<()> {
        let rows = self.run(projects::rename(grant, id, name, change)).await?.take_first();
        rows.map(|_| ()).ok_or(OrganizationFault::Missing)
    }

    async fn delete_project(&self, grant: Grant<Delete, Projects>, id: ProjectId, change: &Change) -> Answer<()> {
        projects::read_deleted(self.run(projects::delete(grant, id, change)).await?)
    }

    async fn untold(&self, limit: u32) -> Answer<Vec<Untold>> {
        Ok(members::read_untold(self.run(vec![members::untold(limit)]).await?))
    }

    async fn told(&self, told: &[Untold]) -> Answer<()> {
        if told.is_empty() {
            return Ok(());
        }
        self.run(told.iter().map(members::told).collect()).await.map(|_| ())
    }

    async fn purge(&self, now_ms: u64) -> Answer<()> {
        self.run(whole::purge(now_ms)).await.map(|_| ())
    }
}
