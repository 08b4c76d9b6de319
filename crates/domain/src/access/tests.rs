//! Every role against every action on every resource.

use edgewise_protocol::ids::ProjectId;

use super::*;

fn user(n: u64) -> UserId {
    UserId::new(n, &[0; 10])
}

fn organization(n: u64) -> OrganizationId {
    OrganizationId::new(n, &[0; 10])
}

/// A name, the user, and their role in an organization.
type Who = (&'static str, u64, Option<(u64, MemberRole)>);

/// Who asks about something of organization 1, which user 9 made.
const PRINCIPALS: [Who; 9] = [
    ("a stranger", 1, None),
    ("the owner of another organization", 1, Some((2, MemberRole::Owner))),
    ("its viewer", 1, Some((1, MemberRole::Viewer))),
    ("its editor", 1, Some((1, MemberRole::Editor))),
    ("its admin", 1, Some((1, MemberRole::Admin))),
    ("its owner", 1, Some((1, MemberRole::Owner))),
    ("who made it and has left", 9, None),
    ("who made it and is a viewer", 9, Some((1, MemberRole::Viewer))),
    ("who made it and is an editor", 9, Some((1, MemberRole::Editor))),
];

/// `-` hidden, `x` refused, `+` granted; for read, write and delete.
fn answers<R: Resource>(resource: R) -> Vec<String> {
    let sign = |denied: Option<Denied>| match denied {
        None => '+',
        Some(Denied::Role) => 'x',
        Some(Denied::Hidden) => '-',
    };
    let ask = |(_, n, member): Who| {
        let memberships: Vec<_> =
            member.iter().map(|(at, role)| Membership { organization: organization(*at), role: *role }).collect();
        let principal = Principal { user: user(n), memberships: &memberships };
        [
            sign(authorize::<Read, R>(&principal, resource).err()),
            sign(authorize::<Write, R>(&principal, resource).err()),
            sign(authorize::<Delete, R>(&principal, resource).err()),
        ]
        .iter()
        .collect()
    };
    PRINCIPALS.map(ask).to_vec()
}

#[test]
fn the_table_holds_for_every_role_action_and_resource() {
    let place = Place { project: ProjectId::new(5, &[0; 10]), organization: organization(1) };
    let cases = [
        (
            "a private conversation",
            answers(Conversation { creator: user(9), place: None }),
            ["---", "---", "---", "---", "---", "---", "+++", "+++", "+++"],
        ),
        (
            "a project's conversation",
            answers(Conversation { creator: user(9), place: Some(place) }),
            ["---", "---", "+xx", "++x", "+++", "+++", "---", "+xx", "+++"],
        ),
        (
            "the projects",
            answers(Projects(organization(1))),
            ["---", "---", "+xx", "+xx", "+++", "+++", "---", "+xx", "+xx"],
        ),
        (
            "another member",
            answers(Members { organization: organization(1), user: Some(user(7)) }),
            ["---", "---", "+xx", "+xx", "+++", "+++", "---", "+xx", "+xx"],
        ),
        (
            "member 9, who may leave",
            answers(Members { organization: organization(1), user: Some(user(9)) }),
            ["---", "---", "+xx", "+xx", "+++", "+++", "---", "+x+", "+x+"],
        ),
        (
            "the invitations",
            answers(Invitations(organization(1))),
            ["---", "---", "xxx", "xxx", "+++", "+++", "---", "xxx", "xxx"],
        ),
        (
            "the organization",
            answers(Organization(organization(1))),
            ["---", "---", "+xx", "+xx", "++x", "+++", "---", "+xx", "+xx"],
        ),
        ("what is user 9's", answers(Own(user(9))), ["---", "---", "---", "---", "---", "---", "+++", "+++", "+++"]),
    ];
    for (resource, found, expected) in cases {
        for (at, (who, ..)) in PRINCIPALS.iter().enumerate() {
            assert_eq!(found[at], expected[at], "{resource}: {who}");
        }
    }
}

#[test]
fn a_grant_says_for_what_and_to_whom_it_was_given() {
    let memberships = [Membership { organization: organization(1), role: MemberRole::Admin }];
    let principal = Principal { user: user(1), memberships: &memberships };
    let grant = authorize::<Write, _>(&principal, Projects(organization(1))).unwrap();
    assert_eq!((*grant.of(), grant.by()), (Projects(organization(1)), user(1)));
    assert_eq!(grant.roles(), "'admin', 'owner'");
    let private = Conversation { creator: user(1), place: None };
    assert_eq!(authorize::<Write, _>(&principal, private).unwrap().reading().of().owner(), Owner::User(user(1)));
}
