//! What an account knows of its user: changes touch what they name, and nothing that comes late undoes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{account::Account, limits::Rates};
use edgewise_protocol::{
    calls::account::{Call, Ends, NewSession, Overview, Profile, ProfileChange, Proof, Reply, Role, Typed},
    ids::{SessionId, UserId},
    limit::Class,
    plan::Plan,
    timestamp::Timestamp,
};
use edgewise_testkit::accounts::MemoryAccount;

const NOW: u64 = 1_795_248_132_000;

fn call(account: &mut Account<MemoryAccount>, call: Call) -> Reply {
    account.handle(&Rates::default(), NOW, call).unwrap()
}

/// What a row of this version says.
fn row(version: u64) -> Profile {
    Profile { version, ..Profile::new(UserId::new(NOW, &[1; 10]), false, Timestamp(NOW)) }
}

fn session(n: u8) -> NewSession {
    NewSession {
        id: SessionId::new(NOW, &[n; 10]),
        cookie_digest: format!("cookie {n}"),
        refresh_digest: format!("refresh {n}"),
        agent: String::new(),
        address: String::new(),
    }
}

fn open(profile: Profile, n: u8) -> Call {
    Call::Open { profile, session: session(n), ends: Ends::None, known: true }
}

fn admit(account: &mut Account<MemoryAccount>, n: u8) -> Option<Profile> {
    let proof = Proof::Cookie { digest: format!("cookie {n}") };
    match call(account, Call::Admit { proof, class: Class::General, watch: None }) {
        Reply::Admitted(admission) => admission.profile,
        _ => None,
    }
}

fn change(account: &mut Account<MemoryAccount>, change: ProfileChange) -> Option<Profile> {
    match call(account, Call::Change { change }) {
        Reply::Changed { profile } => Some(profile),
        Reply::Unknown => None,
        other => panic!("{other:?}"),
    }
}

fn none() -> ProfileChange {
    ProfileChange::default()
}

#[test]
fn a_change_touches_what_it_names() {
    let mut account = Account::open(MemoryAccount::default()).unwrap();
    assert_eq!(change(&mut account, ProfileChange { banned: Some(true), ..none() }), None, "there is nobody");
    call(&mut account, open(row(0), 1));
    let pro: Plan = "pro".parse().unwrap();
    let steps = [
        ProfileChange { role: Some(Role::Admin), ..none() },
        ProfileChange { plan: Some(pro.clone()), ..none() },
        ProfileChange { email_verified: Some(true), ..none() },
        // Somebody's own request, which was let in before the others came.
        ProfileChange { name: Some("Ann".into()), ..none() },
    ];
    for step in steps {
        change(&mut account, step).unwrap();
    }
    let known = Profile { role: Role::Admin, plan: pro, email_verified: true, name: Some("Ann".into()), ..row(0) };
    assert_eq!(admit(&mut account, 1), Some(known.clone()));
    let banned = change(&mut account, ProfileChange { banned: Some(true), ..none() });
    assert_eq!(banned, Some(Profile { banned: true, ..known }));
    change(&mut account, ProfileChange { name: Some("Eve".into()), ..none() });
    assert_eq!(admit(&mut account, 1), None, "a new name lifts no ban");
}

#[test]
fn what_a_row_said_before_changes_nothing() {
    let mut account = Account::open(MemoryAccount::default()).unwrap();
    call(&mut account, open(row(1), 1));
    let told = ProfileChange { version: 3, banned: Some(false), role: Some(Role::Admin), ..none() };
    change(&mut account, told);
    // The version before arrives after it, and a request that knows of no row.
    for late in [2, 0] {
        let late = ProfileChange { version: late, banned: Some(true), role: Some(Role::User), ..none() };
        let known = change(&mut account, late).unwrap();
        assert_eq!((known.banned, known.role, known.version), (false, Role::Admin, 3));
    }
    // So does a sign-in that had read the row before.
    assert!(matches!(call(&mut account, open(row(2), 2)), Reply::Done));
    assert_eq!(admit(&mut account, 2).map(|profile| profile.role), Some(Role::Admin));
}

#[test]
fn a_sign_in_that_was_under_way_lifts_no_ban() {
    for (before, banned) in [(1, 2), (0, 0)] {
        let mut account = Account::open(MemoryAccount::default()).unwrap();
        call(&mut account, open(row(before), 1));
        change(&mut account, ProfileChange { version: banned, banned: Some(true), ..none() });
        // Read before the ban, or of a guest who has just become somebody with a row.
        assert!(matches!(call(&mut account, open(row(1), 2)), Reply::Unknown));
        let code = Call::OpenSecond { code: Typed("1".into()), profile: row(1), session: session(3), ends: Ends::None };
        assert!(matches!(call(&mut account, code), Reply::Unknown));
        assert_eq!((admit(&mut account, 1), admit(&mut account, 2)), (None, None));
        change(&mut account, ProfileChange { version: 3, banned: Some(false), ..none() });
        assert!(matches!(call(&mut account, open(row(3), 4)), Reply::Done));
        assert!(admit(&mut account, 4).is_some());
    }
}

#[test]
fn an_overview_counts_what_is_good() {
    let mut account = Account::open(MemoryAccount::default()).unwrap();
    assert!(matches!(call(&mut account, Call::Overview), Reply::Unknown));
    call(&mut account, open(row(1), 1));
    call(&mut account, open(row(1), 2));
    let Reply::Overview { overview } = call(&mut account, Call::Overview) else { panic!() };
    assert_eq!(*overview, Overview { profile: row(1), sessions: 2, keys: 0, last_seen_at: Some(Timestamp(NOW)) });
}
