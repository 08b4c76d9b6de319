//! The second factor in the account: a code and the session that it opens are one, over a store that fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    account::{Account, AccountStore, recovery_digests},
    identity::{encoding::base64url, recovery, totp},
    limits::Rates,
};
use edgewise_protocol::{
    calls::account::{Call, Ends, NewSession, Profile, Proof, Reply, Typed},
    ids::{SessionId, UserId},
    limit::Class,
    timestamp::Timestamp,
};
use edgewise_testkit::{accounts::MemoryAccount, memory::Break};

const NOW: u64 = 1_795_248_120_000;
const STEP: u64 = 30_000;
const SECRET: [u8; totp::SECRET_BYTES] = [7; totp::SECRET_BYTES];

/// An account with a second factor, opened anew for every call: nothing counts but what was stored.
struct Desk(MemoryAccount);

impl Desk {
    fn new() -> Self {
        let desk = Self(MemoryAccount::default());
        assert!(matches!(desk.call(NOW, open(1, true)), Ok(Reply::Done)));
        assert!(matches!(desk.call(NOW, Call::BeginTotp { secret: Typed(base64url(&SECRET)) }), Ok(Reply::Done)));
        let confirm = Call::ConfirmTotp { code: code(NOW), recovery: recovery_digests(&recovery_codes()) };
        assert!(matches!(desk.call(NOW, confirm), Ok(Reply::Done)));
        desk
    }

    fn call(&self, now_ms: u64, call: Call) -> Result<Reply, String> {
        let mut account = Account::open(self.0.clone()).unwrap();
        account.handle(&Rates::default(), now_ms, call).map_err(|error| error.to_string())
    }

    /// Whether session `n` is let in, and what its profile says of the second factor.
    fn inside(&self, n: u8) -> Option<bool> {
        let proof = Proof::Cookie { digest: format!("cookie {n}") };
        match self.call(NOW, Call::Admit { proof, class: Class::General, watch: None }).unwrap() {
            Reply::Admitted(admission) => Some(admission.profile.unwrap().two_factor),
            _ => None,
        }
    }
}

fn code(now_ms: u64) -> Typed {
    Typed(totp::code(&SECRET, totp::step_at(now_ms)).unwrap())
}

fn recovery_codes() -> Vec<String> {
    recovery::codes(&std::array::from_fn(|at| [u8::try_from(at).unwrap(); recovery::CODE_BYTES]))
}

fn profile() -> Profile {
    Profile::new(UserId::new(NOW, &[1; 10]), false, Timestamp(NOW))
}

fn session(n: u8) -> NewSession {
    NewSession {
        id: SessionId::new(NOW, &[n; 10]),
        cookie_digest: format!("cookie {n}"),
        refresh_digest: format!("refresh {n}"),
        agent: "a".into(),
        address: "b".into(),
    }
}

fn open(n: u8, known: bool) -> Call {
    Call::Open { profile: profile(), session: session(n), ends: Ends::None, known }
}

fn open_second(n: u8, code: Typed) -> Call {
    Call::OpenSecond { code, profile: profile(), session: session(n), ends: Ends::None }
}

#[test]
fn the_password_alone_opens_nothing() {
    let desk = Desk::new();
    assert!(matches!(desk.call(NOW, open(2, false)), Ok(Reply::SecondNeeded)));
    assert_eq!((desk.inside(1), desk.inside(2)), (Some(true), None));
    assert!(matches!(desk.call(NOW + STEP, open_second(2, code(NOW + STEP))), Ok(Reply::Done)));
    assert_eq!(desk.inside(2), Some(true), "a profile that does not say so changes nothing");
    assert!(matches!(desk.call(NOW, open(3, true)), Ok(Reply::Done)));
    // Whoever proved the password may end sessions, with or without the code.
    let reset = Call::Open { profile: profile(), session: session(4), ends: Ends::All, known: false };
    assert!(matches!(desk.call(NOW, reset), Ok(Reply::SecondNeeded)));
    assert_eq!([1, 2, 3, 4].map(|n| desk.inside(n)), [None; 4]);
}

#[test]
fn a_code_opens_one_session_whatever_fails() {
    for how in [Break::Before, Break::After] {
        for typed in [code(NOW + STEP), Typed(recovery_codes()[3].clone())] {
            // The writes of a sign-in: the window, the factor, the window again, the session.
            for nth in 0..4 {
                let desk = Desk::new();
                desk.0.break_nth_write(nth, how);
                assert!(desk.call(NOW + STEP, open_second(2, typed.clone())).is_err(), "{nth} {how:?}");
                let again = desk.call(NOW + STEP, open_second(3, typed.clone())).unwrap();
                let came_in = [2, 3].into_iter().filter(|n| desk.inside(*n).is_some()).count();
                let spent = nth > 1 || (nth == 1 && how == Break::After);
                assert_eq!(matches!(again, Reply::Wrong), spent, "{nth} {how:?} {again:?}");
                assert!(came_in <= 1, "{nth} {how:?}");
            }
        }
    }
}

#[test]
fn setting_up_is_whole_or_not_at_all() {
    for (how, active) in [(Break::Before, false), (Break::After, true)] {
        let desk = Desk(MemoryAccount::default());
        desk.call(NOW, open(1, true)).unwrap();
        desk.call(NOW, Call::BeginTotp { secret: Typed(base64url(&SECRET)) }).unwrap();
        desk.0.break_nth_write(1, how);
        let confirm = Call::ConfirmTotp { code: code(NOW), recovery: recovery_digests(&recovery_codes()) };
        assert!(desk.call(NOW, confirm).is_err());
        assert_eq!(desk.inside(1), Some(active));
        let spare = desk.call(NOW, open_second(2, Typed(recovery_codes()[0].clone()))).unwrap();
        assert_eq!(matches!(spare, Reply::Done), active, "with its recovery codes");
    }
}

#[test]
fn nothing_of_it_outlives_the_account() {
    let desk = Desk::new();
    let secret = base64url(&SECRET);
    let rows = |desk: &Desk| desk.0.all().unwrap().iter().map(|kept| kept.value()).collect::<String>();
    assert!(rows(&desk).contains(&secret));
    assert!(!rows(&desk).contains(&recovery_codes()[0]), "digests alone");
    desk.call(NOW, Call::Close).unwrap();
    assert!(!rows(&desk).contains(&secret));
    assert!(matches!(desk.call(NOW, Call::BeginTotp { secret: Typed(secret) }), Ok(Reply::Unknown)));
    assert!(matches!(desk.call(NOW + STEP, open_second(2, code(NOW + STEP))), Ok(Reply::Unknown)));
    assert!(!format!("{:?}", Call::ConfirmTotp { code: code(NOW), recovery: vec![] }).contains(&code(NOW).0));
}
