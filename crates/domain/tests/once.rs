//! Requests that are done once: however they end, and whatever is lost on the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    account::{Account, AccountStore, Kept},
    limits::Rates,
};
use edgewise_protocol::{
    calls::account::{Call, End, OnceAnswer, Profile, Reply},
    ids::UserId,
    timestamp::Timestamp,
};
use edgewise_testkit::{accounts::MemoryAccount, memory::Break};

const NOW: u64 = 1_795_248_132_000;
const DAY: u64 = 24 * 3_600_000;

struct Desk {
    store: MemoryAccount,
    account: Account<MemoryAccount>,
}

impl Desk {
    fn new() -> Self {
        let mut store = MemoryAccount::default();
        let profile = Profile::new(UserId::new(NOW, &[1; 10]), true, Timestamp(NOW));
        store.put(&Kept::Profile(profile)).unwrap();
        Self { account: Account::open(store.clone()).unwrap(), store }
    }

    fn restart(&mut self) {
        self.account = Account::open(self.store.clone()).unwrap();
    }

    fn begin(&mut self, now_ms: u64, key: &str) -> Reply {
        let call = Call::Begin { key: key.into(), fingerprint: "f".into() };
        self.account.handle(&Rates::default(), now_ms, call).unwrap()
    }

    fn finish(&mut self, key: &str, end: End) {
        let call = Call::Finish { key: key.into(), end };
        assert!(matches!(self.account.handle(&Rates::default(), NOW, call).unwrap(), Reply::Done));
    }

    fn keys(&self) -> usize {
        self.store.all().unwrap().iter().filter(|kept| kept.name().0 == "once").count()
    }
}

fn answer(bytes: usize) -> End {
    End::Answered(OnceAnswer { status: 201, location: None, body: Some("x".repeat(bytes)) })
}

#[test]
fn an_answer_outlives_the_object_and_not_the_day() {
    let mut desk = Desk::new();
    assert!(matches!(desk.begin(NOW, "k"), Reply::Begun { at_ms: NOW }));
    desk.restart();
    assert!(matches!(desk.begin(NOW + 59_999, "k"), Reply::Running { until_ms } if until_ms == NOW + 60_000));
    desk.finish("k", answer(5));
    desk.restart();
    assert!(matches!(desk.begin(NOW + DAY - 1, "k"), Reply::Answered { at_ms: NOW, answer } if answer.status == 201));
    assert!(matches!(desk.begin(NOW + DAY, "k"), Reply::Begun { at_ms } if at_ms == NOW + DAY));
}

#[test]
fn a_late_end_changes_nothing() {
    let mut desk = Desk::new();
    desk.begin(NOW, "k");
    desk.finish("k", answer(5));
    for end in [answer(9), End::Refused, End::Unknown] {
        desk.finish("k", end);
    }
    let Reply::Answered { answer, .. } = desk.begin(NOW, "k") else { panic!("it was answered") };
    assert_eq!(answer.body.unwrap().len(), 5);
    desk.finish("never begun", End::Refused);
    assert_eq!(desk.keys(), 1);
}

#[test]
fn there_is_a_bound_to_everything() {
    let mut desk = Desk::new();
    desk.begin(NOW, "long");
    desk.finish("long", answer(64 * 1024 + 1));
    let Reply::Answered { answer: long, .. } = desk.begin(NOW, "long") else { panic!("it was answered") };
    assert_eq!(long.body, None, "made again instead");
    for n in 0..200 {
        desk.begin(NOW + n, &format!("big {n}"));
        desk.finish(&format!("big {n}"), answer(64 * 1024));
    }
    assert_eq!(desk.keys(), 64, "4 MB");
    assert!(matches!(desk.begin(NOW + 200, "big 199"), Reply::Answered { .. }), "the newest stay");
    for n in 0..1_000 {
        let reply = desk.begin(NOW + 1_000 + n, &format!("running {n}"));
        assert!(matches!(reply, Reply::Begun { .. }), "{n}");
    }
    assert_eq!(desk.keys(), 1_000);
    assert!(matches!(desk.begin(NOW + 3_000, "one more"), Reply::Full));
    assert!(matches!(desk.begin(NOW + DAY + 63_000, "one more"), Reply::Begun { .. }));
    assert_eq!(desk.keys(), 1);
}

#[test]
fn a_write_that_fails_begins_nothing_or_is_found_again() {
    for how in [Break::Before, Break::After] {
        let mut desk = Desk::new();
        desk.store.break_write(how);
        let call = Call::Begin { key: "k".into(), fingerprint: "f".into() };
        assert!(desk.account.handle(&Rates::default(), NOW, call).is_err());
        desk.restart();
        let reply = desk.begin(NOW + 60_000, "k");
        let first = if how == Break::After { NOW } else { NOW + 60_000 };
        assert!(matches!(reply, Reply::Begun { at_ms } if at_ms == first), "{reply:?}");
    }
}
