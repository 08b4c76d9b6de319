//! Budgets: whatever happens in whatever order, no more is spent than may be, and each turn is charged once.

use edgewise_protocol::ids::KeyId;
use proptest::prelude::*;

use super::*;

const NOW_MS: u64 = 1_795_262_400_000;
const NONE: SpendLimits = SpendLimits { day_micro_usd: None, month_micro_usd: None, total_micro_usd: None };

fn total(micro_usd: u64) -> SpendLimits {
    SpendLimits { total_micro_usd: Some(micro_usd), ..NONE }
}

fn held(reserved: Reserved) -> u64 {
    match reserved {
        Reserved::Held { held_micro_usd, .. } => held_micro_usd,
        Reserved::Unlimited => panic!("a limit applies"),
    }
}

#[test]
fn without_a_limit_nothing_is_held_and_nothing_is_kept() {
    let mut budget = Budget::default();
    assert_eq!(budget.reserve(NONE, NOW_MS, "a", None, 5), Reserved::Unlimited);
    assert!(budget.leases.is_empty());
    assert_eq!(budget.settle(NONE, NOW_MS, "a", 5), None);
    assert_eq!(budget.own, Purse::default());
}

#[test]
fn two_hundred_at_once_hold_no_more_than_there_is() {
    let mut budget = Budget::default();
    let plan = total(1_000_000);
    let all: u64 = (0..200).map(|n| held(budget.reserve(plan, NOW_MS, &n.to_string(), None, 7_000))).sum();
    assert_eq!(all, 1_000_000);
    // Each settles at what it held, and once more.
    for _ in 0..2 {
        for (name, held) in budget.leases.clone().iter().map(|(name, lease)| (name.clone(), lease.held_micro_usd)) {
            budget.settle(plan, NOW_MS, &name, held);
        }
    }
    assert_eq!(budget.own.spent(NOW_MS).total_micro_usd, 1_000_000);
    assert_eq!(held(budget.reserve(plan, NOW_MS, "late", None, 1)), 0);
}

#[test]
fn what_a_dead_stream_held_comes_back_and_its_cost_is_charged_all_the_same() {
    let (mut budget, plan) = (Budget::default(), total(100));
    assert_eq!(held(budget.reserve(plan, NOW_MS, "dead", None, 100)), 100);
    assert_eq!(held(budget.reserve(plan, NOW_MS, "b", None, 10)), 0);
    let later_ms = NOW_MS + LEASE_MS;
    assert_eq!(held(budget.reserve(plan, later_ms, "b", None, 10)), 10);
    budget.settle(plan, later_ms, "dead", 60).unwrap();
    assert_eq!(budget.own.spent(later_ms).total_micro_usd, 60);
    assert_eq!(budget.settle(plan, later_ms, "dead", 60), None, "once");
    assert_eq!(held(budget.reserve(plan, later_ms, "c", None, 100)), 30);
}

#[test]
fn a_key_has_a_limit_of_its_own() {
    let key = Part::Key(KeyId::new(1, &[7; 10]));
    let mut budget = Budget::default();
    budget.parts.entry(key).or_default().limits = total(10);
    assert_eq!(budget.reserve(NONE, NOW_MS, "by session", None, 50), Reserved::Unlimited);
    assert_eq!(held(budget.reserve(NONE, NOW_MS, "by key", Some(key), 50)), 10);
    assert_eq!(budget.settle(NONE, NOW_MS, "by key", 4), Some(Some(key)));
    assert_eq!(held(budget.reserve(NONE, NOW_MS, "again", Some(key), 50)), 6);
    assert_eq!(budget.spending(NOW_MS, Some(key)).held_micro_usd, 6);
    assert_eq!(held(budget.reserve(total(2), NOW_MS, "plan", None, 50)), 0, "what the key holds counts for the whole");
}

#[test]
fn a_lease_that_nobody_settles_is_forgotten_in_the_end() {
    let mut budget = Budget::default();
    budget.reserve(total(9), NOW_MS, "a", None, 1);
    assert!(budget.forgotten(NOW_MS + FORGET_MS).is_empty());
    assert_eq!(budget.forgotten(NOW_MS + FORGET_MS + LEASE_MS + 1), ["a"]);
}

#[derive(Debug, Clone)]
enum Step {
    Reserve {
        turn: usize,
        want: u64,
    },
    /// The turn has cost at most what it held when it last heard.
    Settle {
        turn: usize,
        percent: u64,
    },
    /// The answer to whatever comes next is lost, and the caller asks again.
    Again,
    Wait {
        ms: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..12_usize, 1..400_u64).prop_map(|(turn, want)| Step::Reserve { turn, want }),
        3 => (0..12_usize, 0..=100_u64).prop_map(|(turn, percent)| Step::Settle { turn, percent }),
        1 => Just(Step::Again),
        1 => (0..LEASE_MS * 2).prop_map(|ms| Step::Wait { ms }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Repeats, losses and crashes in any order: what honest turns spend stays under the limit, and each is charged once.
    #[test]
    fn no_more_is_spent_than_may_be(limit in 1..1_000_u64, steps in prop::collection::vec(step(), 1..120)) {
        let (mut budget, plan, mut now_ms) = (Budget::default(), total(limit), NOW_MS);
        // What each turn was told that it holds, until when, and whether it has ended.
        let mut turns = vec![(0_u64, 0_u64, false); 12];
        let (mut charged, mut twice) = (0, false);
        for step in steps {
            match step {
                Step::Again => { twice = true; continue }
                Step::Wait { ms } => now_ms += ms,
                Step::Reserve { turn, want } if !turns[turn].2 => {
                    for _ in 0..=u8::from(twice) {
                        if let Reserved::Held { held_micro_usd, lapses_at_ms } =
                            budget.reserve(plan, now_ms, &turn.to_string(), None, want)
                        {
                            turns[turn].0 = held_micro_usd;
                            turns[turn].1 = lapses_at_ms;
                        }
                    }
                }
                Step::Settle { turn, percent } if !turns[turn].2 => {
                    let (held, lapses_at_ms, _) = turns[turn];
                    // A stream that was dead for so long has not spent what others hold now.
                    let cost = if now_ms < lapses_at_ms { held * percent / 100 } else { 0 };
                    for _ in 0..=u8::from(twice) {
                        if budget.settle(plan, now_ms, &turn.to_string(), cost).is_some() {
                            charged += cost;
                        }
                    }
                    turns[turn].2 = true;
                }
                Step::Reserve { .. } | Step::Settle { .. } => {}
            }
            twice = false;
            let spending = budget.spending(now_ms, None);
            prop_assert_eq!(spending.spent.total_micro_usd, charged);
            prop_assert!(charged + spending.held_micro_usd <= limit, "{} and {} of {}", charged, spending.held_micro_usd, limit);
        }
    }
}

#[test]
fn leases_that_nobody_settles_do_not_lock_their_account() {
    let plan = SpendLimits { total_micro_usd: Some(u64::from(u32::MAX)), ..SpendLimits::default() };
    let mut budget = Budget::default();
    for at in 0..MAX_LEASES {
        budget.reserve(plan, at as u64, &format!("{at}"), None, 1);
    }
    let last_ms = MAX_LEASES as u64 + LEASE_MS;
    assert_eq!(budget.forgotten(last_ms).len(), 0, "each may be settled yet");
    let an_hour_later_ms = last_ms + FORGET_WHEN_CROWDED_MS;
    assert_eq!(budget.forgotten(an_hour_later_ms).len(), MAX_LEASES);
    budget.leases.remove("0");
    assert_eq!(budget.forgotten(an_hour_later_ms).len(), 0, "where there is room, they stay for a month");
}
