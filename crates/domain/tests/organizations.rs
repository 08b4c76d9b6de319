//! Organizations on SQLite with the real migrations: who may, who is left, what a code is worth, and who has heard.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use OrganizationFault::{Full, IsMember, LastOwner, Missing, NotEmpty, Role, Worthless};
use edgewise_domain::{
    access::{Act, Grant, Invitations, Members, Organization, Own, Principal, Projects, Resource, authorize},
    catalogue::CatalogueOver,
    flags::Change,
    mail::Wording,
    organizations::{NewInvitation, OrganizationFault, OrganizationsOver, Untold},
    ports::{Catalogue, Columns, Database, Organizations, Statement},
};
use edgewise_protocol::{
    api,
    ids::{ConversationId, InvitationId, LetterId, OrganizationId, ProjectId, UserId},
    jobs::ProjectConversation,
    organization::{Jurisdiction, MAX_INVITATIONS, MAX_ORGANIZATIONS, MemberRole, Membership, Owner},
    timestamp::Timestamp,
};
use edgewise_testkit::{catalogue::job, sqlite::Sqlite};
use futures::executor::block_on;

const NOW: u64 = 1_795_248_132_000;
const DAY: u64 = 24 * 3_600_000;

fn user(n: u64) -> UserId {
    UserId::new(n, &[0; 10])
}

fn organization(n: u64) -> OrganizationId {
    OrganizationId::new(n, &[0; 10])
}

/// Statements run twice, as they are when an answer was lost: nothing may come of it.
#[derive(Debug, Clone)]
struct Twice(Sqlite);

impl Database for Twice {
    async fn batch(
        &self,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<Columns>>, edgewise_domain::chat::send::StoreError> {
        self.0.batch(statements.clone()).await?;
        self.0.batch(statements).await
    }
}

/// Users 1 to 9 with addresses, and what they do; every statement runs twice. The time moves on with each change.
struct World {
    sqlite: Sqlite,
    over: OrganizationsOver<Twice>,
    at_ms: u64,
}

impl World {
    fn new() -> Self {
        let sqlite = Sqlite::migrated();
        for n in 1..10 {
            sqlite.script(&format!(
                "INSERT INTO users (id, email, email_key, created_at_ms, updated_at_ms) \
                 VALUES ('{}', 'U{n}@x.org', 'u{n}@x.org', 1, 1)",
                user(n)
            ));
        }
        Self { over: OrganizationsOver(Twice(sqlite.clone())), sqlite, at_ms: NOW }
    }

    /// Organization 1 with these members.
    fn with(members: &[(u64, MemberRole)]) -> Self {
        let mut world = Self::new();
        world.create(9, 1).unwrap();
        for (n, role) in members {
            world.join(1, *n, *role);
        }
        if members.iter().any(|(_, role)| *role == MemberRole::Owner) {
            world.remove(9, 1, 9).unwrap();
        }
        world
    }

    /// Behind everybody's back.
    fn join(&self, of: u64, n: u64, role: MemberRole) {
        self.sqlite.script(&format!(
            "INSERT INTO members (organization, user, role, version, joined_at_ms, updated_at_ms) \
             VALUES ('{}', '{}', '{}', 1, {n}, 1)",
            organization(of),
            user(n),
            role.name()
        ));
    }

    fn change(&mut self, by: u64) -> Change {
        self.at_ms += 1;
        Change { id: format!("change {}", self.at_ms), actor: user(by), at_ms: self.at_ms }
    }

    fn rows(&self, sql: &str) -> Vec<Columns> {
        let statement = Statement { sql: sql.into(), values: Vec::new() };
        block_on(self.sqlite.batch(vec![statement])).unwrap().remove(0)
    }

    fn number(&self, sql: &str) -> u64 {
        self.rows(sql)[0][0].as_u64().unwrap()
    }

    fn create(&mut self, by: u64, n: u64) -> Result<Untold, OrganizationFault> {
        let change = self.change(by);
        block_on(self.over.create(own(by), organization(n), "O", &change))
    }

    fn set_role(&mut self, by: u64, n: u64, role: MemberRole) -> Result<Untold, OrganizationFault> {
        let change = self.change(by);
        let members = Members { organization: organization(1), user: Some(user(n)) };
        block_on(self.over.set_role(granted(by, 1, members), role, &change))
    }

    fn remove(&mut self, by: u64, of: u64, n: u64) -> Result<Untold, OrganizationFault> {
        let change = self.change(by);
        let members = Members { organization: organization(of), user: Some(user(n)) };
        block_on(self.over.remove(granted(by, of, members), &change))
    }

    /// The invitation's code is its number.
    fn invite(&mut self, by: u64, n: u64, role: MemberRole, code: u64) -> Result<api::Invitation, OrganizationFault> {
        let change = self.change(by);
        let new = NewInvitation {
            id: InvitationId::new(code, &[0; 10]),
            email: format!("U{n}@x.org"),
            email_key: format!("u{n}@x.org"),
            role,
            digest: format!("digest {code}"),
            letter: LetterId::new(code, &[0; 10]),
            wording: Wording::invite("https://x", "code"),
        };
        block_on(self.over.invite(granted(by, 1, Invitations(organization(1))), &new, &change))
    }

    fn accept(&mut self, n: u64, code: u64) -> Result<(api::Organization, Untold), OrganizationFault> {
        let change = self.change(n);
        block_on(self.over.accept(own(n), &format!("digest {code}"), &format!("u{n}@x.org"), &change))
    }

    fn role(&self, n: u64) -> Option<String> {
        let sql =
            format!("SELECT role FROM members WHERE user = '{}' AND organization = '{}'", user(n), organization(1));
        self.rows(&sql).pop().and_then(|mut row| row.remove(0).into_text())
    }

    fn audited(&self, action: &str) -> u64 {
        self.number(&format!("SELECT count(*) FROM audit_log WHERE action = '{action}'"))
    }
}

fn own<A: Act>(n: u64) -> Grant<A, Own> {
    authorize(&Principal { user: user(n), memberships: &[] }, Own(user(n))).unwrap()
}

/// What an account grants that believes its user to be an owner: only the database knows better.
fn granted<A: Act, R: Resource>(n: u64, of: u64, resource: R) -> Grant<A, R> {
    let memberships = [Membership { organization: organization(of), role: MemberRole::Owner }];
    authorize(&Principal { user: user(n), memberships: &memberships }, resource).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, OrganizationFault>) -> OrganizationFault {
    result.unwrap_err()
}

#[test]
fn whoever_makes_one_owns_it_and_32_are_enough() {
    let mut world = World::new();
    for n in 1..=u64::from(MAX_ORGANIZATIONS) {
        let owner = world.create(1, n).unwrap();
        assert_eq!((owner.user, owner.role, owner.organization), (user(1), Some(MemberRole::Owner), organization(n)));
    }
    assert!(matches!(refused(world.create(1, 99)), Full(_)));
    assert_eq!(world.number("SELECT count(*) FROM organizations"), 32);
    assert_eq!(world.audited("organization.create"), 32, "each once, though every statement runs twice");
    assert_eq!(block_on(world.over.list(own(1))).unwrap().len(), 32);
    assert!(block_on(world.over.list(own(2))).unwrap().is_empty());
}

#[test]
fn who_may_give_whom_which_role() {
    use MemberRole::{Admin, Editor, Owner, Viewer};
    // Who asks, of whom, the new role (none: removed), and what comes of it. There is another owner beside.
    let cases = [
        (Owner, Viewer, Some(Owner), Ok(())),
        (Owner, Owner, Some(Viewer), Ok(())),
        (Owner, Owner, None, Ok(())),
        (Owner, Admin, None, Ok(())),
        (Admin, Viewer, Some(Admin), Ok(())),
        (Admin, Admin, Some(Viewer), Ok(())),
        (Admin, Editor, None, Ok(())),
        (Admin, Viewer, Some(Owner), Err(Role)),
        (Admin, Owner, Some(Viewer), Err(Role)),
        (Admin, Owner, None, Err(Role)),
        (Editor, Viewer, Some(Editor), Err(Role)),
        (Editor, Viewer, None, Err(Role)),
        (Viewer, Editor, None, Err(Role)),
    ];
    for (by, of, role, expected) in cases {
        let mut world = World::with(&[(1, by), (2, of), (3, Owner)]);
        let change = world.change(1);
        let members = Members { organization: organization(1), user: Some(user(2)) };
        // An account that believes its user to be an admin.
        let memberships = [Membership { organization: organization(1), role: Admin }];
        let principal = Principal { user: user(1), memberships: &memberships };
        let found = match role {
            Some(role) => block_on(world.over.set_role(authorize(&principal, members).unwrap(), role, &change)),
            None => block_on(world.over.remove(authorize(&principal, members).unwrap(), &change)),
        };
        let cell = format!("{by:?} of {of:?} to {role:?}");
        assert_eq!(found.map(|untold| assert_eq!(untold.role, role)), expected, "{cell}");
        let left = if expected.is_ok() { role } else { Some(of) };
        assert_eq!(world.role(2).as_deref(), left.map(MemberRole::name), "{cell}");
        let audited = world.number("SELECT count(*) FROM audit_log WHERE action LIKE 'member.%' AND detail <> 'x'");
        assert_eq!(audited, 1 + u64::from(expected.is_ok()), "{cell}");
    }
}

#[test]
fn an_owner_is_always_left() {
    let mut world = World::with(&[(1, MemberRole::Owner), (2, MemberRole::Admin)]);
    assert_eq!(refused(world.remove(1, 1, 1)), LastOwner);
    assert_eq!(refused(world.set_role(1, 1, MemberRole::Admin)), LastOwner);
    let change = world.change(1);
    assert_eq!(refused(block_on(world.over.leave_all(own(1), &change))), LastOwner);
    world.set_role(1, 2, MemberRole::Owner).unwrap();
    // Two owners at once: the second is the last.
    world.remove(1, 1, 1).unwrap();
    assert_eq!(refused(world.remove(2, 1, 2)), LastOwner);
    assert_eq!(refused(world.remove(1, 1, 2)), Missing, "who has left is nobody");
    assert_eq!((world.role(1), world.role(2).as_deref()), (None, Some("owner")));
}

#[test]
fn whoever_goes_for_good_leaves_everything_or_nothing() {
    let mut world = World::with(&[(1, MemberRole::Owner), (2, MemberRole::Owner)]);
    world.create(1, 2).unwrap();
    let change = world.change(1);
    assert_eq!(refused(block_on(world.over.leave_all(own(1), &change))), LastOwner);
    assert_eq!(world.role(1).as_deref(), Some("owner"));
    world.join(2, 3, MemberRole::Owner);
    block_on(world.over.leave_all(own(1), &change)).unwrap();
    assert_eq!(
        world.number(&format!("SELECT count(*) FROM members WHERE user = '{}' AND role IS NOT NULL", user(1))),
        0
    );
    assert_eq!(world.audited("member.leave-all"), 1);
}

#[test]
fn a_version_grows_with_each_change_and_with_the_clock() {
    let mut world = World::with(&[(1, MemberRole::Owner), (2, MemberRole::Viewer)]);
    let first = world.set_role(1, 2, MemberRole::Editor).unwrap().version;
    world.at_ms -= 10;
    let second = world.set_role(1, 2, MemberRole::Viewer).unwrap().version;
    assert!(second > first, "also when the clock was set back");
    assert_eq!(world.set_role(1, 2, MemberRole::Viewer).unwrap().version, second, "nothing changed");
    let gone = world.remove(1, 1, 2).unwrap();
    assert!(gone.version > second && gone.role.is_none());
    assert_eq!(refused(world.remove(1, 1, 2)), Missing);
    assert_eq!(refused(world.set_role(1, 2, MemberRole::Viewer)), Missing, "nobody is brought back by a role");
}

#[test]
fn a_code_is_good_once_for_its_address_and_for_seven_days() {
    let mut world = World::with(&[(1, MemberRole::Owner)]);
    world.invite(1, 2, MemberRole::Editor, 1).unwrap();
    assert_eq!(world.number("SELECT count(*) FROM letters"), 1, "one letter, though it was written twice");
    assert_eq!(refused(world.accept(3, 1)), Worthless, "another's address");
    let (joined, untold) = world.accept(2, 1).unwrap();
    assert_eq!((joined.id, joined.role, untold.role), (organization(1), MemberRole::Editor, Some(MemberRole::Editor)));
    assert_eq!(world.accept(2, 1).unwrap().1.version, untold.version, "a second time changes nothing");
    assert_eq!(world.audited("member.join"), 1);
    world.remove(1, 1, 2).unwrap();
    assert_eq!(refused(world.accept(2, 1)), Worthless, "nobody comes back by an old code");

    world.invite(1, 3, MemberRole::Viewer, 3).unwrap();
    world.at_ms += 7 * DAY;
    assert_eq!(refused(world.accept(3, 3)), Worthless, "too old");
    world.invite(1, 3, MemberRole::Viewer, 4).unwrap();
    world.invite(1, 3, MemberRole::Admin, 5).unwrap();
    assert_eq!(refused(world.accept(3, 4)), Worthless, "the later one counts");
    assert_eq!(world.accept(3, 5).unwrap().0.role, MemberRole::Admin);
    assert_eq!(refused(world.invite(1, 3, MemberRole::Viewer, 6)), IsMember);
}

#[test]
fn an_invitation_is_withdrawn_and_falls_with_whoever_sent_it() {
    let mut world = World::with(&[(1, MemberRole::Owner), (2, MemberRole::Admin)]);
    assert_eq!(refused(world.invite(2, 3, MemberRole::Owner, 1)), Role, "nobody gives more than they have");
    let sent = world.invite(2, 3, MemberRole::Admin, 2).unwrap();
    let change = world.change(1);
    let invitations = || Invitations(organization(1));
    let open = block_on(world.over.invitations(granted(1, 1, invitations()), world.at_ms)).unwrap();
    assert_eq!((open.len(), &open[0]), (1, &sent));
    world.set_role(1, 2, MemberRole::Editor).unwrap();
    assert_eq!(refused(world.accept(3, 2)), Worthless, "whoever sent it could not send it now");
    world.set_role(1, 2, MemberRole::Admin).unwrap();
    block_on(world.over.withdraw(granted(1, 1, invitations()), sent.id, &change)).unwrap();
    assert_eq!(refused(world.accept(3, 2)), Worthless, "withdrawn");
    let again = Change { at_ms: world.at_ms + 1, ..change };
    assert_eq!(refused(block_on(world.over.withdraw(granted(1, 1, invitations()), sent.id, &again))), Missing);
    assert_eq!(block_on(world.over.invitations(granted(1, 1, invitations()), world.at_ms)).unwrap(), []);
}

#[test]
fn strangers_get_no_more_than_100_letters_a_day() {
    let mut world = World::with(&[(1, MemberRole::Owner)]);
    for n in 0..u64::from(MAX_INVITATIONS) {
        world.invite(1, 100 + n, MemberRole::Viewer, 100 + n).unwrap();
    }
    assert!(matches!(refused(world.invite(1, 300, MemberRole::Viewer, 300)), Full(_)), "open");
    world.sqlite.script("UPDATE invitations SET expires_at_ms = 1");
    assert!(matches!(refused(world.invite(1, 300, MemberRole::Viewer, 300)), Full(_)), "today");
    world.at_ms += DAY;
    world.invite(1, 300, MemberRole::Viewer, 300).unwrap();
}

#[test]
fn a_full_organization_and_a_full_user_take_nobody_and_nothing_more() {
    let mut world = World::with(&[(1, MemberRole::Owner)]);
    world.invite(1, 2, MemberRole::Viewer, 1).unwrap();
    for n in 1_000..1_499 {
        world.join(1, n, MemberRole::Viewer);
    }
    assert!(matches!(refused(world.accept(2, 1)), Full(_)));
    world.sqlite.script(&format!("UPDATE members SET role = NULL WHERE user = '{}'", user(1_000)));
    for n in 2..=33 {
        world.join(n, 2, MemberRole::Viewer);
    }
    assert!(matches!(refused(world.accept(2, 1)), Full(_)));
    world.sqlite.script(&format!("DELETE FROM members WHERE organization = '{}'", organization(33)));
    world.accept(2, 1).unwrap();
}

#[test]
fn an_organization_ends_with_everything_in_it() {
    let mut world = World::with(&[(1, MemberRole::Owner), (2, MemberRole::Viewer)]);
    let project = world.project(1, 1, 5).unwrap();
    world.invite(1, 3, MemberRole::Viewer, 1).unwrap();
    let change = world.change(2);
    let whole = Organization(organization(1));
    assert_eq!(refused(block_on(world.over.delete(granted(2, 1, whole), &change))), Missing, "a viewer in truth");
    let ended = block_on(world.over.delete(granted(1, 1, whole), &change)).unwrap();
    let mut users: Vec<_> = ended.iter().map(|untold| (untold.user, untold.role)).collect();
    users.sort_unstable();
    assert_eq!(users, [(user(1), None), (user(2), None), (user(9), None)], "and who left was not told yet");
    assert_eq!(refused(world.accept(3, 1)), Worthless);
    assert_eq!(refused(block_on(world.over.show(granted(1, 1, whole)))), Missing);
    assert_eq!(refused(block_on(world.over.place(own(1), project.id))), Missing);
    assert_eq!(
        refused(block_on(world.over.members(granted(1, 1, Members { organization: organization(1), user: None })))),
        Missing
    );
    assert_eq!(world.audited("organization.delete"), 1);
    let erased = format!("SELECT count(*) FROM erasures WHERE owner = 'project:{}' AND account IS NULL", project.id);
    assert_eq!(world.number(&erased), 1, "its conversations go too");
}

impl World {
    fn project(&mut self, by: u64, of: u64, n: u64) -> Result<api::Project, OrganizationFault> {
        let change = self.change(by);
        let at = Timestamp(change.at_ms);
        let project = api::Project {
            id: ProjectId::new(n, &[0; 10]),
            organization_id: organization(of),
            name: "P".into(),
            jurisdiction: Jurisdiction::Eu,
            created_at: at,
            updated_at: at,
        };
        block_on(self.over.create_project(granted(by, of, Projects(organization(of))), &project, &change))?;
        Ok(project)
    }
}

#[test]
fn a_project_is_found_in_its_organization_alone() {
    let mut world = World::with(&[(1, MemberRole::Owner), (2, MemberRole::Editor)]);
    world.create(3, 2).unwrap();
    let project = world.project(1, 1, 5).unwrap();
    assert_eq!(refused(world.project(2, 1, 6)), Missing, "an editor in truth");
    let at = |of| Projects(organization(of));
    assert_eq!(block_on(world.over.project(granted(1, 1, at(1)), project.id)).unwrap(), project);
    assert_eq!(block_on(world.over.projects(granted(2, 1, at(1)))).unwrap().len(), 1);
    assert_eq!(refused(block_on(world.over.project(granted(3, 2, at(2)), project.id))), Missing);
    let change = world.change(3);
    assert_eq!(refused(block_on(world.over.rename_project(granted(3, 2, at(2)), project.id, "x", &change))), Missing);
    assert_eq!(refused(block_on(world.over.delete_project(granted(3, 2, at(2)), project.id, &change))), Missing);
    assert_eq!(block_on(world.over.place(own(2), project.id)).unwrap().1, Jurisdiction::Eu);
    assert_eq!(refused(block_on(world.over.place(own(3), project.id))), Missing);
    assert_eq!(world.audited("project.create"), 1);
}

#[test]
fn a_project_with_a_conversation_in_it_stays() {
    let mut world = World::with(&[(1, MemberRole::Owner)]);
    let project = world.project(1, 1, 5).unwrap();
    let id = ConversationId::new(1, &[1; 10]);
    let job = |version, deleted| ProjectConversation { version, deleted, ..job(id, Owner::Project(project.id)) };
    let catalogue = CatalogueOver(world.sqlite.clone());
    block_on(catalogue.project(&job(1, false))).unwrap();
    let change = world.change(1);
    let delete = |world: &World| {
        block_on(world.over.delete_project(granted(1, 1, Projects(organization(1))), project.id, &change))
    };
    assert_eq!(refused(delete(&world)), NotEmpty);
    block_on(catalogue.project(&job(2, true))).unwrap();
    delete(&world).unwrap();
    assert_eq!(refused(block_on(world.over.place(own(1), project.id))), Missing);
}

#[test]
fn who_has_not_heard_is_told_until_they_have() {
    let mut world = World::with(&[(1, MemberRole::Owner), (2, MemberRole::Viewer)]);
    let mut untold = block_on(world.over.untold(10)).unwrap();
    assert_eq!(untold.len(), 3);
    block_on(world.over.told(&untold)).unwrap();
    assert_eq!(block_on(world.over.untold(10)).unwrap(), []);
    let first = world.set_role(1, 2, MemberRole::Editor).unwrap();
    let second = world.set_role(1, 2, MemberRole::Admin).unwrap();
    block_on(world.over.told(&[first])).unwrap();
    untold = block_on(world.over.untold(10)).unwrap();
    assert_eq!(untold, [second], "an older word is not the newest");
    block_on(world.over.told(&[second, first])).unwrap();
    assert_eq!(block_on(world.over.untold(10)).unwrap(), []);
    world.remove(1, 1, 2).unwrap();
    world.invite(1, 5, MemberRole::Viewer, 1).unwrap();
    block_on(world.over.purge(world.at_ms + 60 * DAY)).unwrap();
    let left = world.number("SELECT count(*) FROM members WHERE role IS NULL");
    assert_eq!(left, 1, "who left and has heard is forgotten, who has not is not");
    assert_eq!(world.number("SELECT count(*) FROM invitations"), 0);
}
