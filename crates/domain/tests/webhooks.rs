//! Webhooks: one endpoint's order, ladder and ends, alone and over random sequences.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    access::{Act, Grant, Own, Principal, authorize},
    webhook::{
        KEEP_MS, MAX_FAILING_MS, OVERLAP_MS,
        endpoint::{Came, Due, Endpoint, Next},
        store::Store,
    },
};
use edgewise_protocol::{
    api::ChangeWebhook,
    calls::webhook::{NewEndpoint, NewEvent},
    ids::{UserId, WebhookId},
    timestamp::Timestamp,
    webhook::{EventKind, EventState, StopReason},
};
use edgewise_testkit::sqlite::Sqlite;
use proptest::{prelude::*, test_runner::RngSeed};

const NOW_MS: u64 = 1_795_262_400_000;
const DAY_MS: u64 = 24 * 3_600_000;

fn user(n: u8) -> UserId {
    UserId::new(1, &[n; 10])
}

fn new(n: u8) -> NewEndpoint {
    NewEndpoint {
        id: WebhookId::new(1, &[n; 10]),
        user: user(1),
        url: "https://hooks.example.org/".into(),
        description: String::new(),
        events: Vec::new(),
        include_content: false,
        sealed: "first".into(),
        created_at: Timestamp(NOW_MS),
    }
}

fn grant<A: Act>() -> Grant<A, Own> {
    authorize(&Principal { user: user(1), memberships: &[] }, Own(user(1))).unwrap()
}

fn event(n: usize) -> NewEvent {
    NewEvent { id: format!("event-{n}"), kind: EventKind::RunStarted, body: format!("{{\"n\":{n}}}"), whole: None }
}

fn endpoint(events: usize) -> (Sqlite, Endpoint<Sqlite>) {
    let sql = Sqlite::empty();
    let mut made = Endpoint::begin(Store::new(sql.clone()), new(1)).unwrap();
    made.append(NOW_MS, (0..events).map(event).collect()).unwrap();
    (sql, made)
}

#[track_caller]
fn due(endpoint: &mut Endpoint<Sqlite>, now_ms: u64) -> Due {
    match endpoint.claim(now_ms).unwrap() {
        Next::Send(due) => *due,
        other => panic!("{other:?}"),
    }
}

fn says(endpoint: &mut Endpoint<Sqlite>, now_ms: u64, status: u16) -> Due {
    let due = due(endpoint, now_ms);
    endpoint.record(now_ms, &due, Came { status: Some(status), began_ms: now_ms, ..Came::default() }).unwrap();
    due
}

#[test]
fn events_go_one_after_the_other_and_each_once_by_its_id() {
    let (sql, mut endpoint) = endpoint(3);
    endpoint.append(NOW_MS, vec![event(1), event(3), event(0)]).unwrap();
    let mut got = vec![says(&mut endpoint, NOW_MS, 200).id];
    // Another process reads what this one has stored.
    let mut endpoint = Endpoint::open(Store::new(sql)).unwrap().unwrap();
    got.extend((0..3).map(|_| says(&mut endpoint, NOW_MS, 204).id));
    assert_eq!(got, ["event-0", "event-1", "event-2", "event-3"]);
    assert_eq!(endpoint.claim(NOW_MS).unwrap(), Next::Nothing);
    assert_eq!(endpoint.look_again_at_ms(NOW_MS).unwrap(), None);
    let view = endpoint.view(grant(), NOW_MS);
    assert_eq!((view.cursor, view.last_seq, view.attempts), (4, 4, 0));
}

#[test]
fn a_receiver_that_fails_is_climbed_to_and_then_the_next_event_has_its_turn() {
    let (_, mut endpoint) = endpoint(2);
    let mut now_ms = NOW_MS;
    let mut waits = Vec::new();
    for _ in 0..9 {
        assert_eq!(says(&mut endpoint, now_ms, 500).id, "event-0");
        let Next::Later(at_ms) = endpoint.claim(now_ms).unwrap() else { panic!("it is tried too soon") };
        waits.push(at_ms - now_ms);
        assert_eq!(endpoint.look_again_at_ms(now_ms).unwrap(), Some(at_ms));
        now_ms = at_ms;
    }
    assert_eq!(waits[..3], [5_000, 300_000, 1_800_000]);
    says(&mut endpoint, now_ms, 500);
    let dead = endpoint.events(grant(), 0, 10, true).unwrap().events;
    assert_eq!(dead.iter().map(|event| (event.seq, event.state)).collect::<Vec<_>>(), [(1, EventState::Dead)]);
    assert_eq!(says(&mut endpoint, now_ms, 200).id, "event-1", "at once");
    let attempts = endpoint.attempts(grant(), u64::MAX, 3).unwrap().attempts;
    assert_eq!(
        attempts.iter().map(|one| (one.number, one.seq, one.status)).collect::<Vec<_>>(),
        [(11, 2, Some(200)), (10, 1, Some(500)), (9, 1, Some(500))]
    );
    assert_eq!(
        (attempts[0].error.as_deref(), attempts[1].error.as_deref()),
        (None, Some("The receiver answered 500."))
    );
    assert_eq!(endpoint.attempts(grant(), 9, 100).unwrap().attempts.len(), 8);
}

#[test]
fn a_receiver_may_ask_for_more_time_and_not_for_all_of_it() {
    for (asked_ms, waits_ms) in [(60_000, 60_000), (0, 5_000), (u64::MAX, DAY_MS)] {
        let (_, mut endpoint) = endpoint(1);
        let due = due(&mut endpoint, NOW_MS);
        let came = Came { status: Some(503), retry_after_ms: asked_ms, began_ms: NOW_MS, error: None };
        endpoint.record(NOW_MS, &due, came).unwrap();
        assert_eq!(endpoint.look_again_at_ms(NOW_MS).unwrap(), Some(NOW_MS + waits_ms), "{asked_ms}");
    }
}

#[test]
fn gone_ends_it_and_so_do_days_of_failure() {
    let (_, mut endpoint) = endpoint(2);
    says(&mut endpoint, NOW_MS, 410);
    let view = endpoint.view(grant(), NOW_MS);
    assert_eq!((view.enabled, view.stopped, view.cursor), (false, Some(StopReason::Gone), 0));
    assert_eq!(endpoint.claim(NOW_MS * 2).unwrap(), Next::Nothing);
    assert_eq!(endpoint.look_again_at_ms(NOW_MS).unwrap(), None, "nothing wakes it");
    endpoint.append(NOW_MS, vec![event(7)]).unwrap();

    let enable = ChangeWebhook { enabled: Some(true), ..ChangeWebhook::default() };
    endpoint.change(grant(), NOW_MS, enable.clone()).unwrap();
    let mut now_ms = NOW_MS;
    while endpoint.view(grant(), now_ms).enabled {
        match endpoint.claim(now_ms).unwrap() {
            Next::Send(due) => endpoint
                .record(now_ms, &due, Came { error: Some("x".into()), began_ms: now_ms, ..Came::default() })
                .unwrap(),
            Next::Later(at_ms) => now_ms = at_ms,
            Next::Nothing => panic!("there is something to send"),
        }
        assert!(now_ms < NOW_MS + 2 * MAX_FAILING_MS);
    }
    assert_eq!(endpoint.view(grant(), now_ms).stopped, Some(StopReason::Failing));
    assert!(now_ms >= NOW_MS + MAX_FAILING_MS);
    endpoint.change(grant(), now_ms, enable).unwrap();
    assert_eq!(says(&mut endpoint, now_ms, 200).seq, 2, "the first was given up");
    assert_eq!(says(&mut endpoint, now_ms, 200).id, "event-7", "what came meanwhile has waited");
    endpoint.replay_from(grant(), "event-0").unwrap();
    assert_eq!(endpoint.events(grant(), 0, 10, true).unwrap().events, []);
    let got: Vec<_> = (0..3).map(|_| says(&mut endpoint, now_ms, 200).id).collect();
    assert_eq!(got, ["event-0", "event-1", "event-7"]);
    assert!(!endpoint.replay_from(grant(), "event-9").unwrap());
}

#[test]
fn what_an_older_try_says_moves_nothing() {
    let (_, mut endpoint) = endpoint(2);
    let old = due(&mut endpoint, NOW_MS);
    let moved = ChangeWebhook { url: Some("https://other.example.org/".into()), ..ChangeWebhook::default() };
    endpoint.change(grant(), NOW_MS, moved).unwrap();
    endpoint.record(NOW_MS, &old, Came { status: Some(200), ..Came::default() }).unwrap();
    let again = due(&mut endpoint, NOW_MS);
    assert_eq!((again.id.as_str(), again.url.as_str()), ("event-0", "https://other.example.org/"));
    // A process that died in the middle has used up a try, and no more.
    assert_eq!(endpoint.claim(NOW_MS).unwrap(), Next::Later(NOW_MS + 5_000));
    assert_eq!(due(&mut endpoint, NOW_MS + 5_000).attempt, 2);
    endpoint.record(NOW_MS, &again, Came { status: Some(410), ..Came::default() }).unwrap();
    assert!(endpoint.view(grant(), NOW_MS).enabled);
}

#[test]
fn both_secrets_sign_for_a_day() {
    let (_, mut endpoint) = endpoint(3);
    endpoint.rotate(grant(), NOW_MS, "second".into()).unwrap();
    assert_eq!(says(&mut endpoint, NOW_MS + OVERLAP_MS - 1, 200).sealed, ["second", "first"]);
    assert_eq!(says(&mut endpoint, NOW_MS + OVERLAP_MS, 200).sealed, ["second"]);
    endpoint.rotate(grant(), NOW_MS, "third".into()).unwrap();
    assert_eq!(says(&mut endpoint, NOW_MS, 200).sealed, ["third", "second"]);
}

#[test]
fn what_it_keeps_has_an_end() {
    let (_, mut endpoint) = endpoint(2);
    says(&mut endpoint, NOW_MS, 200);
    endpoint.append(NOW_MS + KEEP_MS + 1, vec![event(5)]).unwrap();
    let view = endpoint.view(grant(), NOW_MS);
    assert_eq!((view.cursor, view.dropped), (2, 1), "one of the two that are forgotten had waited");
    assert_eq!(says(&mut endpoint, NOW_MS + KEEP_MS + 1, 200).id, "event-5");
    let big = |n: usize| NewEvent { body: "x".repeat(1024 * 1024), ..event(n) };
    endpoint.append(NOW_MS + KEEP_MS + 2, (100..170).map(big).collect()).unwrap();
    let kept = endpoint.events(grant(), 0, 100, false).unwrap().events;
    assert_eq!(kept.len(), 64, "64 MiB");
}

#[test]
fn it_hears_of_what_it_wants_and_of_words_when_it_wants_them() {
    let wants = |events: Vec<EventKind>, include_content| NewEndpoint { events, include_content, ..new(1) };
    let whole = NewEvent { whole: Some("whole".into()), ..event(1) };
    for (endpoint, bodies) in [
        (wants(vec![], false), vec!["{\"n\":1}"]),
        (wants(vec![EventKind::RunStarted], true), vec!["whole"]),
        (wants(vec![EventKind::RunFailed], true), vec![]),
    ] {
        let mut endpoint = Endpoint::begin(Store::new(Sqlite::empty()), endpoint).unwrap();
        endpoint.append(NOW_MS, vec![whole.clone()]).unwrap();
        let mut got = Vec::new();
        while let Next::Send(due) = endpoint.claim(NOW_MS).unwrap() {
            endpoint.record(NOW_MS, &due, Came { status: Some(200), ..Came::default() }).unwrap();
            got.push(due.body);
        }
        assert_eq!(got, bodies);
    }
}

/// What happens to an endpoint.
#[derive(Debug, Clone)]
enum Step {
    Append(u8),
    Answer(u16),
    /// The process dies after it has sent, before it has noted anything; the receiver took it or not.
    Die(bool),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..4_u8).prop_map(Step::Append),
        5 => prop_oneof![4 => Just(200_u16), 1 => Just(500), 1 => Just(429)].prop_map(Step::Answer),
        2 => any::<bool>().prop_map(Step::Die),
        3 => prop_oneof![Just(1_000_u64), Just(5_000), Just(400_000)].prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(0x2026_1122), cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_receiver_gets_everything_in_order(steps in steps()) {
        let (sql, mut endpoint) = endpoint(0);
        let (mut now_ms, mut made) = (NOW_MS, 0);
        let mut got: Vec<String> = Vec::new();
        let take = |got: &mut Vec<String>, id: &str| if !got.iter().any(|known| known == id) { got.push(id.to_owned()) };
        for step in steps {
            match step {
                Step::Append(count) => {
                    let events: Vec<_> = (made..made + usize::from(count)).map(event).collect();
                    made += events.len();
                    endpoint.append(now_ms, events.clone()).unwrap();
                    endpoint.append(now_ms, events).unwrap();
                }
                Step::Answer(status) => if let Next::Send(due) = endpoint.claim(now_ms).unwrap() {
                    if status == 200 { take(&mut got, &due.id) }
                    endpoint.record(now_ms, &due, Came { status: Some(status), began_ms: now_ms, ..Came::default() }).unwrap();
                },
                Step::Die(arrived) => {
                    if let Next::Send(due) = endpoint.claim(now_ms).unwrap() && arrived { take(&mut got, &due.id) }
                    endpoint = Endpoint::open(Store::new(sql.clone())).unwrap().unwrap();
                }
                Step::Wait(ms) => now_ms += ms,
            }
        }
        for _ in 0..1_000 {
            match endpoint.claim(now_ms).unwrap() {
                Next::Send(due) => {
                    take(&mut got, &due.id);
                    endpoint.record(now_ms, &due, Came { status: Some(200), began_ms: now_ms, ..Came::default() }).unwrap();
                }
                Next::Later(at_ms) => now_ms = at_ms,
                Next::Nothing => break,
            }
        }
        let dead: Vec<_> = endpoint.events(grant(), 0, 100, true).unwrap().events.into_iter().map(|event| event.id).collect();
        let wanted: Vec<_> = (0..made).map(|n| event(n).id).filter(|id| got.contains(id) || !dead.contains(id)).collect();
        prop_assert_eq!(got, wanted);
    }
}
