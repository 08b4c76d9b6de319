//! Events in every order: the end is the same.

use serde_json::{Value, json};

use super::*;

const USER: &str = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

fn plans() -> BTreeMap<String, Plan> {
    BTreeMap::from([("price_pro".to_owned(), "pro".parse().unwrap())])
}

fn event(id: &str, kind: &str, created: u64, object: Value, previous: Value) -> Vec<u8> {
    let event = json!({"id": id, "object": "event", "type": kind, "created": created, "api_version": "2026-10-28.endive",
        "livemode": false, "pending_webhooks": 1, "data": {"object": object, "previous_attributes": previous}});
    serde_json::to_vec(&event).unwrap()
}

fn subscription(status: &str, more: Value) -> Value {
    let mut object = json!({"id": "sub_1", "object": "subscription", "customer": "cus_1", "status": status,
        "created": 100, "cancel_at_period_end": false, "metadata": {"user": USER},
        "items": {"object": "list", "data": [{"id": "si_1", "price": {"id": "price_pro"}, "current_period_end": 5_000}]}});
    for (key, value) in more.as_object().unwrap() {
        object[key] = value.clone();
    }
    object
}

/// A customer buys, cannot pay once, pays, and leaves at the end of the period. Two of the events share a second.
fn trace() -> Vec<Vec<u8>> {
    let session = json!({"id": "cs_1", "object": "checkout.session", "customer": "cus_1", "subscription": "sub_1",
        "mode": "subscription", "metadata": {"user": USER}});
    let none = || json!({});
    vec![
        event("evt_1", "customer.subscription.created", 100, subscription("incomplete", none()), Value::Null),
        event("evt_2", "checkout.session.completed", 101, session, Value::Null),
        event(
            "evt_0",
            "customer.subscription.updated",
            101,
            subscription("active", none()),
            json!({"status": "incomplete"}),
        ),
        event("evt_4", "invoice.payment_failed", 200, json!({"id": "in_1", "customer": "cus_1"}), Value::Null),
        event(
            "evt_9",
            "customer.subscription.updated",
            201,
            subscription("past_due", none()),
            json!({"status": "active"}),
        ),
        event(
            "evt_6",
            "customer.subscription.updated",
            201,
            subscription("active", none()),
            json!({"status": "past_due"}),
        ),
        event("evt_7", "customer.subscription.deleted", 300, subscription("canceled", none()), Value::Null),
    ]
}

fn fold<'a>(events: impl Iterator<Item = &'a Vec<u8>>) -> Option<State> {
    let facts: Vec<_> = events
        .filter_map(|body| match Fact::read(body) {
            Read::Fact(fact) => Some(*fact),
            Read::Other => None,
            Read::Unreadable => panic!("an event cannot be read"),
        })
        .collect();
    state(&facts, &plans())
}

fn permutations(items: Vec<usize>) -> Vec<Vec<usize>> {
    if items.len() <= 1 {
        return vec![items];
    }
    let mut all = Vec::new();
    for at in 0..items.len() {
        let mut rest = items.clone();
        let first = rest.remove(at);
        all.extend(permutations(rest).into_iter().map(|mut tail| {
            tail.insert(0, first);
            tail
        }));
    }
    all
}

#[test]
fn every_order_of_every_beginning_of_the_trace_ends_the_same() {
    let trace = trace();
    // Who is known to have what after the first so many events.
    let expected = [
        (SubscriptionStatus::Incomplete, false),
        (SubscriptionStatus::Incomplete, false),
        (SubscriptionStatus::Active, true),
        (SubscriptionStatus::Active, true),
        (SubscriptionStatus::PastDue, true),
        (SubscriptionStatus::Active, true),
        (SubscriptionStatus::Canceled, false),
    ];
    for (length, (status, entitled)) in (1..=trace.len()).zip(expected) {
        let orders = permutations((0..length).collect());
        assert_eq!(orders.len(), (1..=length).product::<usize>());
        for order in orders {
            let end = fold(order.iter().map(|at| &trace[*at])).unwrap();
            assert_eq!((end.status, end.plan.is_some()), (status, entitled), "{order:?}");
        }
    }
}

#[test]
fn what_comes_twice_counts_once() {
    let trace = trace();
    let twice = fold(trace[..6].iter().chain(trace[..6].iter().rev()));
    assert_eq!(twice, fold(trace[..6].iter()));
    let active = twice.unwrap();
    assert_eq!((active.plan.unwrap().to_string(), active.period_ends_s), ("pro".to_owned(), Some(5_000)));
}

#[test]
fn each_status_gives_what_it_gives() {
    for (status, entitled) in [
        ("active", true),
        ("trialing", true),
        ("past_due", true),
        ("canceled", false),
        ("unpaid", false),
        ("incomplete", false),
        ("incomplete_expired", false),
        ("paused", false),
        ("of_the_future", false),
    ] {
        let event = event("evt", "customer.subscription.updated", 1, subscription(status, json!({})), Value::Null);
        let end = fold([event].iter()).unwrap();
        assert_eq!(end.plan.is_some(), entitled, "{status}");
    }
    let other = json!({"items": {"data": [{"price": {"id": "price_unknown"}}]}});
    let event = event("evt", "customer.subscription.updated", 1, subscription("active", other), Value::Null);
    assert_eq!(fold([event].iter()).unwrap().plan, None, "a price that buys nothing here");
}

#[test]
fn a_customer_stays_whose_they_were_and_another_subscription_may_take_over() {
    let other = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c";
    let second = json!({"id": "sub_2", "created": 900, "metadata": {"user": other}});
    let mut events = trace();
    events.push(event("evt_x", "customer.subscription.created", 900, subscription("active", second), Value::Null));
    let end = fold(events.iter()).unwrap();
    assert_eq!((end.user.to_string().as_str(), end.status), (USER, SubscriptionStatus::Active));
    events.push(event("evt_y", "customer.deleted", 901, json!({"id": "cus_1", "object": "customer"}), Value::Null));
    assert_eq!(fold(events.iter()).unwrap().plan, None);
}

#[test]
fn without_our_word_nobody_has_anything() {
    let nobody =
        event("e", "customer.subscription.created", 1, subscription("active", json!({"metadata": {}})), Value::Null);
    assert_eq!(fold([nobody].iter()), None);
    for bad in [&b"{}"[..], b"", b"[]", b"{\"id\":\"\",\"type\":\"t\",\"created\":1,\"data\":{\"object\":{}}}"] {
        assert_eq!(Fact::read(bad), Read::Unreadable);
    }
}
