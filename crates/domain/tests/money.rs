//! A conversation's turns and the ledger: each turn is owed once, whatever dies in between, until the ledger confirms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use edgewise_domain::{
    access::{Delete, Principal, Write},
    catalogue::CatalogueOver,
    chat::{
        conversation::{Conversation, LogStore, New, Payer, costs::Owed},
        send::Send,
        turn::{Limits, Trouble},
    },
    models::{Delta, FinishReason, failure::FailureKind},
    money::{
        ledger::{By, LedgerOver, UsageQuery, Whose},
        prices::Prices,
        stripe::store::BillingOver,
    },
    ports::{Billing, Catalogue, Database, Ledger, Statement, Value},
};
use edgewise_protocol::{
    calls::account::AccountName,
    ids::{ConversationId, OrganizationId, ProjectId, UserId},
    message::Usage,
    money::Hold,
    organization::Place,
    price::Price,
};
use edgewise_testkit::{memory::MemoryLog, sqlite::Sqlite};
use futures::executor::block_on;
use proptest::prelude::*;

const START_MS: u64 = 1_795_262_400_000;
/// A micro-USD for each token of input, ten for each of output.
const PRICE: Price = Price { input_micro_usd: 1_000_000, cached_input_micro_usd: None, output_micro_usd: 10_000_000 };

fn owner() -> UserId {
    UserId::new(1, &[1; 10])
}

fn prices() -> Prices {
    Prices(BTreeMap::from([("model".to_owned(), PRICE)]))
}

fn new(place: Option<Place>) -> New {
    New {
        id: ConversationId::new(START_MS, &[3; 10]),
        creator: owner(),
        place,
        title: None,
        system: None,
        model: "model".into(),
        details: Default::default(),
    }
}

struct World {
    store: MemoryLog,
    log: Conversation<MemoryLog>,
    now_ms: u64,
    epoch: Option<u64>,
    /// At which models are asked.
    price: Option<Price>,
    /// What the vendor has counted of attempts that ended well.
    counted: Vec<Usage>,
}

impl World {
    fn new(place: Option<Place>) -> Self {
        let store = MemoryLog::default();
        let log = Conversation::create(store.clone(), Limits::default(), START_MS, new(place)).unwrap();
        Self { store, log, now_ms: START_MS, epoch: None, price: Some(PRICE), counted: Vec::new() }
    }

    fn send(&mut self, key: &str, hold: Option<Hold>) {
        let grant = self.log.authorize::<Write>(&Principal { user: owner(), memberships: &[] }).unwrap();
        self.log.paid_by(Payer { user: owner(), key: None, hold, own_keys: false });
        let send = Send { text: key.into(), client_message_id: Some(key.into()), ..Send::default() };
        self.log.send(grant, self.now_ms, send).unwrap();
        self.shell();
    }

    /// What the shell does.
    fn shell(&mut self) {
        let effects = self.log.take_effects();
        if effects.abort {
            self.epoch = None;
        }
        if let Some(ask) = effects.ask {
            self.log.priced(ask.epoch, self.price, &ask.prompt);
            self.epoch = Some(ask.epoch);
        }
    }

    fn hear(&mut self, deltas: Vec<Delta>) {
        self.now_ms += 3;
        if let Some(epoch) = self.epoch {
            self.log.hear(epoch, self.now_ms, deltas).unwrap();
            self.shell();
        }
    }

    fn finish(&mut self, input_tokens: u32, output_tokens: u32) {
        if self.epoch.is_some() {
            let usage = Usage { input_tokens, output_tokens, ..Usage::default() };
            self.counted.push(usage);
            self.hear(vec![
                Delta::Text("ab".into()),
                Delta::Finish(FinishReason::Stop),
                Delta::Usage(usage),
                Delta::Done,
            ]);
        }
    }

    fn stop(&mut self) {
        let grant = self.log.authorize::<Write>(&Principal { user: owner(), memberships: &[] }).unwrap();
        self.log.stop(grant, self.now_ms, None).unwrap();
        self.shell();
    }

    fn crash(&mut self) {
        self.log = Conversation::open(self.store.clone(), Limits::default(), self.now_ms).unwrap().unwrap();
        self.epoch = None;
        self.shell();
    }

    fn owed(&self) -> Owed {
        self.log.owed(&prices()).unwrap()
    }
}

fn hold(held_micro_usd: u64) -> Hold {
    Hold { lease: "7".into(), held_micro_usd, lapses_at_ms: START_MS + 100_000 }
}

#[test]
fn a_turn_is_owed_until_it_is_confirmed_and_its_message_tells_its_cost() {
    let mut world = World::new(None);
    world.send("a", Some(hold(9)));
    let wish = world.log.wish(world.epoch.unwrap()).unwrap();
    assert_eq!((wish.payers.len(), wish.first), (1, Some(hold(9))));
    assert_eq!(wish.payers[0].0, AccountName::User(owner()));
    world.finish(100, 7);
    let owed = world.owed();
    assert_eq!(owed.entries.len(), 1);
    let entry = &owed.entries[0];
    assert_eq!((entry.input_tokens, entry.output_tokens, entry.cost_micro_usd, entry.priced), (100, 7, 170, true));
    assert_eq!(owed.settlements[0].1.cost_micro_usd, 170);
    world.crash();
    assert_eq!(world.owed(), owed, "what was not confirmed is owed after a start");
    let grant = world.log.authorize(&Principal { user: owner(), memberships: &[] }).unwrap();
    let (messages, _) = world.log.messages_after(grant, 0, 9).unwrap();
    assert_eq!(messages[1].usage.unwrap().cost_micro_usd, Some(170));
    world.log.ledgered(owed.until.unwrap()).unwrap();
    assert_eq!(world.owed(), Owed::default());
}

#[test]
fn what_a_dead_process_used_is_charged_with_what_came_after() {
    let mut world = World::new(None);
    world.send("question", None);
    world.hear(vec![Delta::Text("x".repeat(40))]);
    world.log.flush(world.now_ms).unwrap();
    world.crash();
    world.finish(60, 5);
    let entry = world.owed().entries.remove(0);
    // Eight bytes asked and forty heard, as far as the store knows; then what the vendor counted.
    assert_eq!((entry.input_tokens, entry.output_tokens), (2 + 60, 10 + 5));
    assert_eq!(entry.cost_micro_usd, 62 + 150);
}

#[test]
fn what_a_dead_process_used_is_charged_at_its_own_price() {
    let mut world = World::new(None);
    world.send("question", None);
    world.hear(vec![Delta::Text("x".repeat(40))]);
    world.log.flush(world.now_ms).unwrap();
    // Whoever goes on costs ten times as much, and dies as well; whoever comes then has no price.
    world.price = Some(Price { input_micro_usd: 10_000_000, output_micro_usd: 100_000_000, ..PRICE });
    world.crash();
    world.hear(vec![Delta::Text("y".repeat(8))]);
    world.log.flush(world.now_ms).unwrap();
    world.price = None;
    world.crash();
    world.finish(60, 5);
    let entry = world.owed().entries.remove(0);
    assert_eq!((entry.input_tokens, entry.output_tokens), (2 + 12 + 60, 10 + 2 + 5));
    assert_eq!(entry.cost_micro_usd, (2 + 10 * 10) + 10 * (12 + 2 * 10));
}

#[test]
fn what_a_dead_process_knew_of_its_attempts_is_charged_as_the_vendor_counted_it() {
    let mut world = World::new(None);
    world.send("question", None);
    let counted = Usage { input_tokens: 9, output_tokens: 4, ..Usage::default() };
    world.hear(vec![Delta::Text("x".repeat(400)), Delta::Usage(counted)]);
    world.log.trouble(world.epoch.unwrap(), world.now_ms, Trouble::Cut).unwrap();
    world.shell();
    world.crash();
    world.finish(60, 5);
    let entry = world.owed().entries.remove(0);
    assert_eq!((entry.input_tokens, entry.output_tokens), (9 + 60, 4 + 5));
}

#[test]
fn a_count_that_came_without_words_outlives_its_process() {
    let mut world = World::new(None);
    world.send("question", None);
    let counted = Usage { input_tokens: 9, output_tokens: 4, ..Usage::default() };
    world.hear(vec![Delta::Usage(counted)]);
    world.log.trouble(world.epoch.unwrap(), world.now_ms, Trouble::Cut).unwrap();
    world.shell();
    world.crash();
    world.finish(60, 5);
    let entry = world.owed().entries.remove(0);
    assert_eq!((entry.input_tokens, entry.output_tokens), (9 + 60, 4 + 5));
}

#[test]
fn an_answer_without_a_price_counts_those_who_were_left_as_well() {
    let mut world = World::new(None);
    world.price = None;
    world.send("question", None);
    world.hear(vec![Delta::Text("x".repeat(40))]);
    world.log.trouble(world.epoch.unwrap(), world.now_ms, Trouble::Cut).unwrap();
    world.shell();
    world.finish(60, 5);
    let entry = world.owed().entries.remove(0);
    assert_eq!((entry.input_tokens, entry.output_tokens), (2 + 60, 10 + 5));
    world.send("another", None);
    world.hear(vec![Delta::Text("x".repeat(40))]);
    world.stop();
    assert_eq!(world.owed().entries.len(), 1, "nobody counted, and there is no price: nothing is supposed");
}

#[test]
fn what_two_dead_processes_used_is_charged() {
    let mut world = World::new(None);
    world.send("question", None);
    for _ in 0..2 {
        world.hear(vec![Delta::Text("x".repeat(40))]);
        world.log.flush(world.now_ms).unwrap();
        world.crash();
    }
    world.finish(60, 5);
    let entry = world.owed().entries.remove(0);
    // The second one asked with what the first had heard.
    assert_eq!((entry.input_tokens, entry.output_tokens), (2 + 12 + 60, 10 + 10 + 5));
}

#[test]
fn thoughts_are_charged_although_nobody_counted_them() {
    let mut world = World::new(None);
    world.send("question", None);
    world.hear(vec![Delta::Reasoning("x".repeat(40))]);
    world.stop();
    let entry = world.owed().entries.remove(0);
    assert_eq!((entry.input_tokens, entry.output_tokens), (2, 10));
}

#[test]
fn a_conversation_whose_head_says_nothing_of_the_ledger_loses_no_line() {
    let mut old = World::new(None);
    old.send("a", None);
    old.finish(1, 1);
    let mut head = old.store.get(1).unwrap().unwrap();
    let mut meta: serde_json::Value = serde_json::from_str(head.meta.as_deref().unwrap()).unwrap();
    assert!(meta.as_object_mut().unwrap().remove("ledgered").is_some());
    head.meta = Some(meta.to_string());
    old.store.update(&head).unwrap();
    old.crash();

    let mut imported = World { store: MemoryLog::default(), ..World::new(None) };
    let store = imported.store.clone();
    imported.log = Conversation::import(store, Limits::default(), START_MS, new(None), None, Vec::new()).unwrap();

    for mut world in [old, imported] {
        assert_eq!(world.owed().entries, [], "what was before is not owed");
        world.send("b", None);
        world.finish(10, 1);
        world.crash();
        assert_eq!(world.owed().entries.len(), 1);
    }
}

#[test]
fn a_limit_ends_the_answer_and_what_was_said_is_kept() {
    let mut world = World::new(None);
    world.send("a", Some(hold(1)));
    world.hear(vec![Delta::Text("half an ".into())]);
    let trouble = Trouble::Refused {
        kind: FailureKind::OverBudget,
        retry_after_ms: None,
        sentence: edgewise_domain::money::LIMIT_REACHED.into(),
    };
    world.log.trouble(world.epoch.unwrap(), world.now_ms, trouble).unwrap();
    world.shell();
    let grant = world.log.authorize(&Principal { user: owner(), memberships: &[] }).unwrap();
    let (messages, _) = world.log.messages_after(grant, 0, 9).unwrap();
    assert_eq!(messages[1].content, "half an ");
    assert!(messages[1].error.as_ref().unwrap().starts_with("The spending limit was reached"));
    assert_eq!(world.owed().settlements.len(), 1, "and what was held comes back");
}

#[test]
fn an_organization_pays_for_its_projects() {
    let place = Place { project: ProjectId::new(1, &[8; 10]), organization: OrganizationId::new(1, &[9; 10]) };
    let mut world = World::new(Some(place));
    let editor = UserId::new(1, &[2; 10]);
    let memberships = [edgewise_protocol::organization::Membership {
        organization: place.organization,
        role: edgewise_protocol::organization::MemberRole::Editor,
    }];
    let grant = world.log.authorize::<Write>(&Principal { user: editor, memberships: &memberships }).unwrap();
    world.log.paid_by(Payer { user: editor, key: None, hold: Some(hold(9)), own_keys: false });
    world.log.send(grant, world.now_ms, Send { text: "a".into(), ..Send::default() }).unwrap();
    world.shell();
    let wish = world.log.wish(world.epoch.unwrap()).unwrap();
    let names: Vec<_> = wish.payers.iter().map(|(name, ..)| name.clone()).collect();
    assert_eq!(names, [AccountName::User(editor), AccountName::Organization(place.organization)]);
    world.finish(1, 1);
    let owed = world.owed();
    assert_eq!((owed.entries[0].user_id, owed.entries[0].project_id), (editor, Some(place.project)));
    assert_eq!(owed.settlements.len(), 2);
    world.log.ledgered(owed.until.unwrap()).unwrap();
    let grant = world.log.authorize::<Write>(&Principal { user: editor, memberships: &memberships }).unwrap();
    world.log.send(grant, world.now_ms, Send { text: "b".into(), ..Send::default() }).unwrap();
    world.shell();
    let grant = world.log.authorize::<Write>(&Principal { user: editor, memberships: &memberships }).unwrap();
    world.log.stop(grant, world.now_ms, None).unwrap();
    let owed = world.owed();
    assert_eq!((owed.entries.len(), owed.settlements.len()), (0, 1), "what was held for nothing comes back");
}

#[test]
fn a_message_that_is_known_gives_back_what_was_held_for_it() {
    let mut world = World::new(None);
    world.send("a", None);
    assert_eq!(world.log.take_unused_hold(), None);
    world.send("a", Some(hold(9)));
    let (name, settlement) = world.log.take_unused_hold().unwrap();
    assert_eq!((name, settlement.cost_micro_usd), (AccountName::User(owner()), 0));
}

#[test]
fn a_message_that_is_known_keeps_what_its_own_turn_uses() {
    let mut world = World::new(None);
    world.send("a", Some(hold(9)));
    world.send("a", Some(hold(9)));
    assert_eq!(world.log.take_unused_hold(), None);
}

#[test]
fn deleting_a_conversation_deletes_no_debt() {
    let mut world = World::new(None);
    world.send("a", None);
    world.finish(10, 1);
    world.send("b", Some(hold(9)));
    world.hear(vec![Delta::Text("x".repeat(8))]);
    let grant = world.log.authorize::<Delete>(&Principal { user: owner(), memberships: &[] }).unwrap();
    world.log.remove(grant, world.now_ms).unwrap();
    assert_eq!(world.owed().entries.len(), 2);
    assert_eq!(world.owed().settlements.len(), 1);
    world.crash();
    let owed = world.owed();
    assert_eq!(owed.entries.len(), 2, "row 1 keeps it");
    assert_eq!(owed.settlements.len(), 1, "and what is held for it");
    assert_eq!(owed.settlements[0].0, AccountName::User(owner()));
    world.log.ledgered(owed.until.unwrap()).unwrap();
    assert_eq!(world.owed(), Owed::default());
}

#[test]
fn what_the_meter_would_take_no_more_is_forgotten() {
    let sqlite = Sqlite::migrated();
    let billing = BillingOver(sqlite.clone());
    let day_ms = 24 * 3_600_000;
    let run = |sql: &str, values: Vec<Value>| {
        block_on(sqlite.batch(vec![Statement { sql: sql.to_owned(), values }])).unwrap().pop().unwrap()
    };
    for (id, age_days, sent) in [("old", 36, None), ("old, sent", 40, Some(START_MS)), ("new", 34, None)] {
        let at_ms = START_MS - age_days * day_ms;
        let sql = "INSERT INTO meter_events (id, customer, micro_usd, at_ms, next_attempt_at_ms, sent_at_ms) \
                   VALUES (?1, 'c', 1, ?2, ?2, ?3)";
        run(sql, vec![id.into(), Value::int(at_ms), sent.map_or(Value::Null, Value::int)]);
    }
    block_on(billing.forget_old(START_MS)).unwrap();
    let left = run("SELECT id FROM meter_events", Vec::new());
    assert_eq!(left, [vec![Value::from("new")]]);
}

#[test]
fn the_ledger_sums_and_lists_what_it_was_told_once() {
    let sqlite = Sqlite::migrated();
    let (catalogue, ledger) = (CatalogueOver(sqlite.clone()), LedgerOver(sqlite));
    let mut world = World::new(None);
    for (at, key) in ["a", "b", "c"].into_iter().enumerate() {
        world.send(key, None);
        world.finish(10, at as u32 + 1);
    }
    let owed = world.owed();
    let mut job = world.log.summary().unwrap();
    (job.ledger, job.ledgered) = (owed.entries, owed.until);
    for _ in 0..3 {
        block_on(catalogue.project(&job)).unwrap();
    }
    let query = |limit, after: Option<String>| UsageQuery {
        whose: Whose::Everybodys,
        from_ms: 0,
        to_ms: u64::MAX,
        conversation: None,
        after,
        limit,
    };
    let days = block_on(ledger.sums(By::Day, query(9, None))).unwrap();
    assert_eq!((days[0].name.as_str(), days[0].entries), ("2026-11-21", 3));
    assert_eq!((days[0].input_tokens, days[0].output_tokens, days[0].cost_micro_usd), (30, 6, 90));
    for by in [By::Model, By::Conversation, By::User] {
        assert_eq!(block_on(ledger.sums(by, query(9, None))).unwrap()[0].cost_micro_usd, 90, "{by:?}");
    }
    assert!(block_on(ledger.sums(By::Project, query(9, None))).unwrap().is_empty());
    let page = block_on(ledger.entries(query(2, None))).unwrap();
    assert_eq!(page.len(), 3, "one more than the page");
    let rest = block_on(ledger.entries(query(2, Some(edgewise_domain::money::ledger::cursor(&page[1]))))).unwrap();
    assert_eq!(rest, page[2..]);
    let spent = block_on(ledger.spent(edgewise_domain::money::ledger::PayerColumn::User(owner()), START_MS)).unwrap();
    assert_eq!((spent.day_micro_usd, spent.month_micro_usd, spent.total_micro_usd), (90, 90, 90));
}

#[derive(Debug, Clone)]
enum Step {
    Send(u8),
    Say(u8),
    Finish(u8),
    Cut,
    Stop,
    Crash,
    /// The job reaches the ledger, and the conversation hears of it, or not.
    Project {
        told: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..40_u8).prop_map(Step::Send),
        3 => (1..30_u8).prop_map(Step::Say),
        4 => (1..50_u8).prop_map(Step::Finish),
        1 => Just(Step::Cut),
        1 => Just(Step::Stop),
        2 => Just(Step::Crash),
        2 => any::<bool>().prop_map(|told| Step::Project { told }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Any order of messages, cuts, stops, crashes and lost confirmations: each turn that used something is in the
    /// ledger once, with at least what the vendor counted of it.
    #[test]
    fn each_turn_is_in_the_ledger_once(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::new(None);
        let mut ledger = BTreeMap::new();
        let mut project = |world: &mut World, told: bool| {
            let owed = world.owed();
            for entry in owed.entries {
                let known = ledger.entry(entry.id.clone()).or_insert_with(|| entry.clone());
                assert_eq!(*known, entry, "a line never changes");
            }
            if let Some(until) = owed.until.filter(|_| told) {
                world.log.ledgered(until).unwrap();
                assert_eq!(world.owed().until, None);
            }
        };
        for step in steps {
            world.now_ms += 11;
            match step {
                Step::Send(key) => {
                    let grant = world.log.authorize::<Write>(&Principal { user: owner(), memberships: &[] }).unwrap();
                    let send = Send { text: "q".into(), client_message_id: Some(format!("k{key}")), ..Send::default() };
                    let _ = world.log.send(grant, world.now_ms, send);
                    world.shell();
                }
                Step::Say(bytes) => {
                    world.hear(vec![Delta::Text("x".repeat(usize::from(bytes)))]);
                    world.log.flush(world.now_ms).unwrap();
                    world.shell();
                }
                Step::Finish(output) => world.finish(5, u32::from(output)),
                Step::Cut => if let Some(epoch) = world.epoch {
                    world.log.trouble(epoch, world.now_ms, Trouble::Cut).unwrap();
                    world.shell();
                },
                Step::Stop => world.stop(),
                Step::Crash => world.crash(),
                Step::Project { told } => project(&mut world, told),
            }
        }
        world.crash();
        project(&mut world, true);
        let counted: u64 = world.counted.iter().map(|usage| u64::from(usage.output_tokens)).sum();
        let billed: u64 = ledger.values().map(|entry| u64::from(entry.output_tokens)).sum();
        prop_assert!(billed >= counted, "{} of {}", billed, counted);
        prop_assert!(ledger.values().all(|entry| entry.priced && entry.cost_micro_usd > 0));
    }
}
