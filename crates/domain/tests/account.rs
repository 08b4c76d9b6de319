//! The account: who is let in, exactly how often, and who is told when a session ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    account::{Account, AccountStore, Changed, Kept, MAX_WATCHES, Revoked},
    identity::{
        encoding::base64url,
        passkeys::{RelyingParty, UserVerification, verify_registration},
    },
    limits::{Rate, Rates},
};
use edgewise_protocol::{
    api::{ApiKey, Passkey, Scope},
    calls::account::{
        Admission, Answered, Call, Credential, Ends, KeptPasskey, NewSession, PasskeySignIn, Profile, ProfileChange,
        Proof, Reply, Role,
    },
    ids::{ConversationId, KeyId, OrganizationId, SessionId, UserId},
    limit::Class,
    organization::{MemberRole, Membership},
    timestamp::Timestamp,
};
use edgewise_testkit::{accounts::MemoryAccount, authenticator::Authenticator, memory::Break};
use serde_json::json;

const NOW: u64 = 1_795_248_132_000;
const ORIGIN: &str = "https://chat.example";
const DAY: u64 = 24 * 3_600_000;

/// An account over its store, which can be opened anew at any time.
struct Desk {
    store: MemoryAccount,
    account: Account<MemoryAccount>,
    rates: Rates,
}

impl Desk {
    fn new() -> Self {
        let store = MemoryAccount::default();
        Self { account: Account::open(store.clone()).unwrap(), store, rates: Rates::default() }
    }

    fn restart(&mut self) {
        self.account = Account::open(self.store.clone()).unwrap();
    }

    fn call(&mut self, now_ms: u64, call: Call) -> Reply {
        self.account.handle(&self.rates, now_ms, call).unwrap()
    }

    fn admit(&mut self, now_ms: u64, proof: Proof, class: Class) -> Reply {
        self.call(now_ms, Call::Admit { proof, class, watch: None })
    }

    fn open(&mut self, now_ms: u64, n: u8, ends: Ends) -> Proof {
        let (profile, session) = (profile(false), new_session(n));
        let reply = self.call(now_ms, Call::Open { profile, session, ends, known: false });
        assert!(matches!(reply, Reply::Done), "{reply:?}");
        Proof::Cookie { digest: format!("cookie {n}") }
    }
}

fn profile(guest: bool) -> Profile {
    Profile::new(UserId::new(NOW, &[1; 10]), guest, Timestamp(NOW))
}

fn session(n: u8) -> SessionId {
    SessionId::new(NOW, &[n; 10])
}

fn new_session(n: u8) -> NewSession {
    NewSession {
        id: session(n),
        cookie_digest: format!("cookie {n}"),
        refresh_digest: format!("refresh {n}"),
        agent: "a".into(),
        address: "b".into(),
    }
}

fn conversation(n: u8) -> ConversationId {
    ConversationId::new(NOW, &[n; 10])
}

fn key(n: u8) -> ApiKey {
    let (id, created_at) = (KeyId::new(NOW, &[n; 10]), Timestamp(NOW));
    ApiKey { id, name: "k".into(), scopes: vec![Scope::ChatRead], created_at, last_used_at: None }
}

#[track_caller]
fn admitted(reply: Reply) -> Admission {
    match reply {
        Reply::Admitted(admission) => *admission,
        other => panic!("not admitted: {other:?}"),
    }
}

#[test]
fn a_session_is_good_until_it_ends() {
    let mut desk = Desk::new();
    let cookie = desk.open(NOW, 1, Ends::None);
    let access = Proof::Access { session: session(1) };
    for proof in [cookie.clone(), access.clone()] {
        let admission = admitted(desk.admit(NOW, proof, Class::General));
        assert_eq!(admission.credential, Some(Credential::Session(session(1))));
        assert_eq!(admission.profile, Some(profile(false)));
    }
    desk.restart();
    admitted(desk.admit(NOW, cookie.clone(), Class::General));
    for stranger in
        [Proof::Cookie { digest: "x".into() }, Proof::Access { session: session(2) }, Proof::Key { digest: "x".into() }]
    {
        assert!(matches!(desk.admit(NOW, stranger, Class::General), Reply::Unknown));
    }
    desk.call(NOW, Call::End { ends: Ends::One(session(1)) });
    desk.restart();
    for proof in [cookie, access] {
        assert!(matches!(desk.admit(NOW, proof, Class::General), Reply::Unknown));
    }
}

#[test]
fn sessions_expire_when_unseen_and_when_old() {
    let mut desk = Desk::new();
    let cookie = desk.open(NOW, 1, Ends::None);
    admitted(desk.admit(NOW + 13 * DAY, cookie.clone(), Class::General));
    admitted(desk.admit(NOW + 26 * DAY, cookie.clone(), Class::General));
    assert!(matches!(desk.admit(NOW + 40 * DAY, cookie.clone(), Class::General), Reply::Unknown), "14 days unseen");
    let old = desk.open(NOW + 40 * DAY, 2, Ends::None);
    for day in (50..130).step_by(10) {
        admitted(desk.admit(NOW + day * DAY, old.clone(), Class::General));
    }
    assert!(matches!(desk.admit(NOW + 130 * DAY, old, Class::General), Reply::Unknown), "90 days old");
}

#[test]
fn the_51st_device_takes_the_place_of_the_one_unseen_for_longest() {
    let mut desk = Desk::new();
    for n in 0..50 {
        desk.open(NOW + u64::from(n), n, Ends::None);
    }
    admitted(desk.admit(NOW + DAY, Proof::Access { session: session(0) }, Class::General));
    desk.open(NOW + DAY, 50, Ends::None);
    let Reply::Sessions { sessions } = desk.call(NOW + DAY, Call::Sessions) else { panic!() };
    assert_eq!(sessions.len(), 50);
    assert!(sessions.iter().all(|view| view.id != session(1)));
}

#[test]
fn a_refresh_token_works_once_and_a_stolen_one_ends_the_session() {
    let mut desk = Desk::new();
    desk.open(NOW, 1, Ends::None);
    let mut refresh = |now_ms, from: &str, to: &str| {
        desk.call(now_ms, Call::Refresh { digest: from.into(), refresh_digest: to.into() })
    };
    assert!(matches!(refresh(NOW, "refresh 1", "second"), Reply::Refreshed { .. }));
    assert!(matches!(refresh(NOW + 9_000, "refresh 1", "third"), Reply::Refreshed { .. }), "its answer was lost");
    assert!(matches!(refresh(NOW + 60_000, "third", "fourth"), Reply::Refreshed { .. }));
    assert!(matches!(refresh(NOW + 90_000, "never was", "x"), Reply::Unknown));
    assert!(matches!(refresh(NOW + 90_000, "third", "thief"), Reply::Unknown));
    assert!(matches!(refresh(NOW + 90_000, "fourth", "fifth"), Reply::Unknown), "the whole session ended");
    assert!(matches!(desk.admit(NOW + 90_000, Proof::Access { session: session(1) }, Class::General), Reply::Unknown));
}

#[test]
fn whoever_holds_something_open_is_told_once() {
    let mut desk = Desk::new();
    let cookie = desk.open(NOW, 1, Ends::None);
    let other = desk.open(NOW, 2, Ends::None);
    for (proof, at) in [(&cookie, 1), (&cookie, 2), (&other, 2), (&cookie, 1)] {
        let watch = Some(conversation(at));
        admitted(desk.call(NOW, Call::Admit { proof: proof.clone(), class: Class::General, watch }));
    }
    desk.restart();
    desk.call(NOW, Call::End { ends: Ends::Others(session(2)) });
    let credential = Credential::Session(session(1));
    let told = |n| Revoked { conversation: conversation(n), credential, again: false };
    assert_eq!(desk.account.take_revoked(), [told(1), told(2)].map(|each| each).to_vec());
    desk.call(NOW, Call::End { ends: Ends::One(session(1)) });
    assert_eq!(desk.account.take_revoked(), []);
}

#[test]
fn what_gives_way_to_the_1025th_is_told_to_come_back() {
    let mut desk = Desk::new();
    let cookie = desk.open(NOW, 1, Ends::None);
    let credential = Credential::Session(session(1));
    let at = |n: usize| ConversationId::new(NOW + n as u64, &[0; 10]);
    let watch = |desk: &mut Desk, n: usize| {
        desk.rates.enabled = false;
        let watch = Some(at(n));
        admitted(desk.call(NOW, Call::Admit { proof: cookie.clone(), class: Class::General, watch }));
        desk.account.take_revoked()
    };
    for n in (0..MAX_WATCHES).chain([0]) {
        assert_eq!(watch(&mut desk, n), []);
    }
    // 0 was opened again, so that 1 is the oldest.
    let again = Revoked { conversation: at(1), credential, again: true };
    assert_eq!(watch(&mut desk, MAX_WATCHES), [again]);
    assert_eq!(watch(&mut desk, 1), [Revoked { conversation: at(2), credential, again: true }], "it came back");
    desk.restart();
    desk.call(NOW, Call::End { ends: Ends::All });
    let mut told: Vec<_> = desk.account.take_revoked();
    assert!(told.iter().all(|revoked| !revoked.again));
    told.sort_by_key(|revoked| revoked.conversation);
    let open: Vec<_> = (0..=MAX_WATCHES).filter(|n| *n != 2).map(at).collect();
    assert_eq!(told.iter().map(|revoked| revoked.conversation).collect::<Vec<_>>(), open, "nobody is forgotten");
}

#[test]
fn a_ban_ends_everything_and_a_new_role_makes_everyone_ask_again() {
    let mut desk = Desk::new();
    let cookie = desk.open(NOW, 1, Ends::None);
    let watch = || Call::Admit {
        proof: Proof::Access { session: session(1) },
        class: Class::General,
        watch: Some(conversation(1)),
    };
    admitted(desk.call(NOW, watch()));
    let change = |change| Call::Change { change };
    desk.call(NOW, change(ProfileChange { role: Some(Role::Admin), ..ProfileChange::default() }));
    assert_eq!(desk.account.take_revoked().len(), 1);
    assert_eq!(admitted(desk.call(NOW, watch())).profile.unwrap().role, Role::Admin, "the session goes on");
    desk.call(NOW, change(ProfileChange { banned: Some(true), ..ProfileChange::default() }));
    assert_eq!(desk.account.take_revoked().len(), 1);
    assert!(matches!(desk.admit(NOW, cookie, Class::General), Reply::Unknown));
}

#[test]
fn keys_have_scopes_and_windows_of_their_own() {
    let mut desk = Desk::new();
    desk.rates.chat = Rate { requests: 1, window_ms: 1_000 };
    let cookie = desk.open(NOW, 1, Ends::None);
    desk.call(NOW, Call::AddKey { key: key(1), digest: "k1".into() });
    desk.call(NOW, Call::AddKey { key: key(2), digest: "k2".into() });
    desk.restart();
    for proof in [cookie, Proof::Key { digest: "k1".into() }, Proof::Key { digest: "k2".into() }] {
        admitted(desk.admit(NOW, proof.clone(), Class::Chat));
        assert!(matches!(desk.admit(NOW, proof, Class::Chat), Reply::Limited { .. }));
    }
    let admission = admitted(desk.admit(NOW + 2_000, Proof::Key { digest: "k1".into() }, Class::General));
    assert_eq!(admission.scopes, Some(vec![Scope::ChatRead]));
    let Reply::Keys { keys } = desk.call(NOW, Call::Keys) else { panic!() };
    assert!(keys.iter().all(|key| key.last_used_at.is_some()));
    assert!(matches!(desk.call(NOW, Call::RemoveKey { id: key(1).id }), Reply::Done));
    assert!(matches!(desk.call(NOW, Call::RemoveKey { id: key(1).id }), Reply::Unknown));
    assert!(matches!(desk.admit(NOW, Proof::Key { digest: "k1".into() }, Class::General), Reply::Unknown));
}

#[test]
fn exactly_so_many_pass_whatever_crashes() {
    let mut desk = Desk::new();
    let cookie = desk.open(NOW, 1, Ends::None);
    let mut passed = Vec::new();
    for at in 0..600 {
        let now_ms = NOW + at * 250;
        if at % 7 == 0 {
            desk.restart();
        }
        if matches!(desk.admit(now_ms, cookie.clone(), Class::Chat), Reply::Admitted(_)) {
            passed.push(now_ms);
        }
    }
    for start in (NOW..NOW + 90_000).step_by(125) {
        let inside = passed.iter().filter(|at_ms| (start..start + 60_000).contains(*at_ms)).count();
        assert_eq!(inside, 20, "in the minute from {}", start - NOW);
    }
}

#[test]
fn a_write_that_fails_lets_nobody_pass_for_nothing() {
    for how in [Break::Before, Break::After] {
        let mut desk = Desk::new();
        desk.rates.chat = Rate { requests: 2, window_ms: 60_000 };
        let cookie = desk.open(NOW, 1, Ends::None);
        let admit = Call::Admit { proof: cookie.clone(), class: Class::Chat, watch: None };
        desk.store.break_write(how);
        desk.account.handle(&desk.rates, NOW, admit).unwrap_err();
        desk.restart();
        let passed =
            (0..5).filter(|_| matches!(desk.admit(NOW, cookie.clone(), Class::Chat), Reply::Admitted(_))).count();
        assert!(passed <= 2, "{how:?}: {passed}");
    }
}

#[test]
fn an_account_that_was_closed_stays_closed() {
    let mut desk = Desk::new();
    let cookie = desk.open(NOW, 1, Ends::None);
    desk.call(NOW, Call::AddKey { key: key(1), digest: "k1".into() });
    desk.call(NOW, Call::Close);
    desk.restart();
    for proof in [cookie, Proof::Key { digest: "k1".into() }] {
        assert!(matches!(desk.admit(NOW, proof, Class::General), Reply::Unknown));
    }
    let new = NewSession {
        id: session(9),
        cookie_digest: "c".into(),
        refresh_digest: "r".into(),
        agent: String::new(),
        address: String::new(),
    };
    assert!(matches!(
        desk.call(NOW, Call::Open { profile: profile(false), session: new, ends: Ends::None, known: false }),
        Reply::Unknown
    ));
}

#[test]
fn whom_another_issuer_names_has_an_account_until_it_is_banned_or_closed() {
    let external = |profile: Profile| Proof::External { profile: Box::new(profile) };
    let named = |name: &str| Profile { name: Some(name.into()), created_at: Timestamp(NOW + DAY), ..profile(false) };
    let mut desk = Desk::new();
    assert!(matches!(desk.admit(NOW, Proof::KnownExternal, Class::General), Reply::Unknown), "nobody yet");
    let first = admitted(desk.admit(NOW, external(profile(false)), Class::General));
    assert_eq!(
        (first.credential, first.profile, first.scopes),
        (Some(Credential::External), Some(profile(false)), None)
    );
    desk.restart();
    let renamed = admitted(desk.admit(NOW, external(named("Ann")), Class::General)).profile.unwrap();
    assert_eq!((renamed.name.as_deref(), renamed.created_at), (Some("Ann"), Timestamp(NOW)));
    let change = ProfileChange { role: Some(Role::Admin), ..ProfileChange::default() };
    desk.call(NOW, Call::Change { change });
    let quiet = admitted(desk.admit(NOW, external(profile(false)), Class::General)).profile.unwrap();
    assert_eq!((quiet.name.as_deref(), quiet.role), (Some("Ann"), Role::Admin), "what is not said stays");
    let other = Profile { user: UserId::new(NOW, &[9; 10]), ..profile(false) };
    assert!(matches!(desk.admit(NOW, external(other), Class::General), Reply::Unknown), "another's account");

    let watch = Some(conversation(1));
    admitted(desk.call(NOW, Call::Admit { proof: external(named("Ann")), class: Class::Chat, watch }));
    desk.restart();
    admitted(desk.admit(NOW, Proof::KnownExternal, Class::Chat));
    let change = ProfileChange { banned: Some(true), ..ProfileChange::default() };
    desk.call(NOW, Call::Change { change });
    assert_eq!(
        desk.account.take_revoked(),
        [Revoked { conversation: conversation(1), credential: Credential::External, again: false }]
    );
    for proof in [external(named("Bob")), Proof::KnownExternal] {
        assert!(matches!(desk.admit(NOW, proof, Class::Chat), Reply::Unknown));
    }
    desk.call(NOW, Call::Close);
    desk.restart();
    for proof in [external(named("Ann")), Proof::KnownExternal] {
        assert!(matches!(desk.admit(NOW, proof, Class::Chat), Reply::Unknown), "gone for good");
    }
}

#[test]
fn closing_an_account_tells_whoever_is_there_by_another_issuers_word() {
    let mut desk = Desk::new();
    let proof = Proof::External { profile: Box::new(profile(false)) };
    admitted(desk.call(NOW, Call::Admit { proof, class: Class::Chat, watch: Some(conversation(1)) }));
    desk.call(NOW, Call::Close);
    assert_eq!(desk.account.take_revoked().len(), 1);
}

#[test]
fn a_passkeys_counter_and_its_answered_challenges_outlive_a_restart() {
    let party = RelyingParty { id: "chat.example".into(), name: String::new(), origins: vec![ORIGIN.into()] };
    let handle = base64url(profile(false).user.uuid().as_bytes());
    let mut authenticator = Authenticator::new(1, ORIGIN);
    let options = json!({ "rp": { "id": party.id }, "user": { "id": handle }, "challenge": base64url(&[1; 32]) });
    let registration = serde_json::from_value(authenticator.create(&options)).unwrap();
    let required = UserVerification::Required;
    let made = verify_registration(&party, &[1; 32], &registration, b"", required).unwrap();
    let passkey = Passkey { id: base64url(&made.id), name: "k".into(), created_at: Timestamp(NOW), last_used_at: None };
    let kept = KeptPasskey { passkey, public_key: base64url(&made.public_key), counter: made.counter };
    let answered = |n: u8| Answered { digest: format!("challenge {n}"), expires_at_ms: NOW + 300_000 };

    let mut desk = Desk::new();
    let add = |n| Call::AddPasskey { kept: kept.clone(), answered: answered(n) };
    assert!(matches!(desk.call(NOW, add(1)), Reply::Unknown), "nobody's account");
    desk.open(NOW, 1, Ends::None);
    assert!(matches!(desk.call(NOW, add(1)), Reply::Done));
    desk.restart();
    assert!(matches!(desk.call(NOW, add(9)), Reply::Unknown), "it is there");
    let mut sign_in = |desk: &mut Desk, now_ms, n: u8, counter| {
        authenticator.counter = counter;
        let asked = json!({ "rpId": party.id, "challenge": base64url(&[n; 32]) });
        let sign_in = PasskeySignIn {
            assertion: authenticator.get(&asked).to_string(),
            challenge: [n; 32],
            answered: answered(n),
            party: party.id.clone(),
            origin: ORIGIN.into(),
            session: new_session(n),
        };
        desk.call(now_ms, Call::SignInWithPasskey { sign_in: Box::new(sign_in) })
    };
    assert!(matches!(sign_in(&mut desk, NOW, 2, 5), Reply::SignedIn { .. }));
    admitted(desk.admit(NOW, Proof::Access { session: session(2) }, Class::General));
    desk.restart();
    assert!(matches!(sign_in(&mut desk, NOW, 2, 6), Reply::Unknown), "the challenge was answered");
    assert!(matches!(sign_in(&mut desk, NOW, 3, 5), Reply::Unknown), "the counter stood still");
    assert!(matches!(sign_in(&mut desk, NOW, 3, 6), Reply::SignedIn { .. }), "what was refused is not used up");
    // The door refuses a challenge that is older; the account need not remember it.
    assert!(matches!(sign_in(&mut desk, NOW + 300_001, 4, 7), Reply::SignedIn { .. }));
    let rows = desk.store.all().unwrap();
    assert_eq!(rows.iter().filter(|row| matches!(row, Kept::Answered(_))).count(), 1);
    desk.call(NOW, Call::Close);
    assert!(matches!(sign_in(&mut desk, NOW, 5, 8), Reply::Unknown));
}

fn organization(n: u8) -> OrganizationId {
    OrganizationId::new(NOW, &[n; 10])
}

fn told(n: u8, role: Option<MemberRole>, version: u64) -> Call {
    Call::SetMembership { organization: organization(n), role, version }
}

#[test]
fn memberships_follow_the_newest_word_in_whatever_order_it_comes() {
    let words = [
        (Some(MemberRole::Editor), 5),
        (None, 9),
        (Some(MemberRole::Viewer), 7),
        (None, 9),
        (Some(MemberRole::Owner), 2),
    ];
    for first in 0..words.len() {
        let mut desk = Desk::new();
        let cookie = desk.open(NOW, 1, Ends::None);
        for at in 0..words.len() {
            let (role, version) = words[(first + at) % words.len()];
            assert!(matches!(desk.call(NOW, told(1, role, version)), Reply::Done));
            desk.restart();
        }
        desk.call(NOW, told(2, Some(MemberRole::Admin), 1));
        let other = [Membership { organization: organization(2), role: MemberRole::Admin }];
        assert_eq!(admitted(desk.admit(NOW, cookie, Class::General)).memberships, other, "from word {first}");
        desk.restart();
        let Reply::Memberships { memberships } = desk.call(NOW, Call::Memberships) else { panic!() };
        assert_eq!(memberships, other);
        desk.call(NOW, told(1, Some(MemberRole::Viewer), 10));
        let Reply::Memberships { memberships } = desk.call(NOW, Call::Memberships) else { panic!() };
        assert_eq!(memberships.len(), 2, "they were asked in again");
    }
}

#[test]
fn whatever_is_open_is_told_of_a_lesser_role_and_told_again_when_it_is_said_again() {
    let mut desk = Desk::new();
    let cookie = desk.open(NOW, 1, Ends::None);
    let second = desk.open(NOW, 2, Ends::None);
    for (proof, at) in [(&cookie, 1), (&cookie, 2), (&second, 2)] {
        let watch = Some(conversation(at));
        admitted(desk.call(NOW, Call::Admit { proof: proof.clone(), class: Class::General, watch }));
    }
    let changed =
        |n| Changed { conversation: conversation(n), user: profile(false).user, organization: organization(1) };
    let mut say = |role, version| {
        desk.call(NOW, told(1, role, version));
        desk.account.take_changed()
    };
    assert_eq!(say(Some(MemberRole::Viewer), 1), [], "whoever comes in has nothing to lose");
    assert_eq!(say(Some(MemberRole::Admin), 2), [], "nor has whoever may do more");
    assert_eq!(say(Some(MemberRole::Editor), 3), [changed(1), changed(2)], "each once");
    assert_eq!(say(Some(MemberRole::Admin), 1), [], "an old word");
    assert_eq!(say(Some(MemberRole::Editor), 3), [changed(1), changed(2)], "whoever says it may not know");
    assert_eq!(say(None, 4), [changed(1), changed(2)]);
}

#[test]
fn a_membership_whose_write_failed_is_told_again() {
    for how in [Break::Before, Break::After] {
        let mut desk = Desk::new();
        let cookie = desk.open(NOW, 1, Ends::None);
        desk.call(NOW, told(1, Some(MemberRole::Editor), 1));
        admitted(desk.call(NOW, Call::Admit { proof: cookie, class: Class::General, watch: Some(conversation(1)) }));
        desk.store.break_write(how);
        desk.account.handle(&desk.rates, NOW, told(1, None, 2)).unwrap_err();
        desk.restart();
        desk.call(NOW, told(1, None, 2));
        assert_eq!(desk.account.take_changed().len(), 1, "{how:?}");
        let Reply::Memberships { memberships } = desk.call(NOW, Call::Memberships) else { panic!() };
        assert_eq!(memberships, [], "{how:?}");
    }
}

#[test]
fn memberships_that_ended_are_forgotten_in_the_end_and_a_closed_account_has_none() {
    let mut desk = Desk::new();
    desk.open(NOW, 1, Ends::None);
    for n in 0..200 {
        desk.call(NOW, told(n, None, u64::from(n)));
    }
    desk.call(NOW, told(201, Some(MemberRole::Viewer), 1));
    let kept = desk.store.all().unwrap().into_iter().filter(|kept| matches!(kept, Kept::Membership(_))).count();
    assert_eq!(kept, 128);
    desk.call(NOW, Call::Close);
    desk.call(NOW, told(1, Some(MemberRole::Owner), 1_000));
    desk.restart();
    let Reply::Memberships { memberships } = desk.call(NOW, Call::Memberships) else { panic!() };
    assert_eq!(memberships, []);
}
