//! A conversation under random use: sends, stops, model faults, crashes and failing writes, in any order.
//!
//! Every sequence is checked against the oracle in `World`. A failing one is shrunk and printed, with the seed that
//! makes the run again: `SEED=7 cargo test -p edgewise-domain --test conversation`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use edgewise_domain::{
    access::{Grant, Principal, Read, Write},
    chat::{
        conversation::{Ask, Conversation, New},
        send::{Fault, Refusal, Send},
        turn::{Limits, MAX_FRUITLESS_RECOVERIES, Trouble},
    },
    models::{Delta, FinishReason, failure::FailureKind},
};
use edgewise_protocol::{
    api::{ModelRoute, UpdateConversation},
    event::{Event, Numbered},
    ids::{ConversationId, MessageId, UserId},
    message::{Message, Part, Role, Status},
    vote::{Vote, VoteValue},
};
use edgewise_testkit::{
    memory::{Break, MemoryLog},
    script::{check, next_token, token},
};
use proptest::{prelude::*, test_runner::RngSeed};

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    Send {
        key: u8,
        branch: bool,
    },
    Regenerate,
    StopAll,
    StopNewest,
    Rename,
    /// A message is deleted, with what follows it.
    Delete(u8),
    Vote(u8),
    /// The newest answer goes on, if it was cut.
    Continue,
    /// The model says so many tokens.
    Say(u8),
    /// It thinks so many words.
    Think(u8),
    /// The turn learns its chain, of which these fail.
    Route(u8),
    /// The model says the rest and ends well.
    Finish,
    /// The model's connection ends without a word.
    HangUp,
    Trouble(u8),
    /// What an old connection still says.
    Echo,
    Flush,
    /// The process dies; what was stored stays.
    Crash,
    /// The next step happens, and the process dies before it is durable.
    CrashInside,
    /// A write of the next step fails.
    BreakWrite {
        nth: u8,
        after: bool,
    },
    Time(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u8..12, prop::bool::weighted(0.15)).prop_map(|(key, branch)| Step::Send { key, branch }),
        1 => Just(Step::Regenerate),
        1 => Just(Step::StopAll),
        1 => Just(Step::StopNewest),
        1 => Just(Step::Rename),
        1 => any::<u8>().prop_map(Step::Delete),
        1 => any::<u8>().prop_map(Step::Vote),
        1 => Just(Step::Continue),
        6 => (1_u8..6).prop_map(Step::Say),
        // Enough for segments.
        2 => Just(Step::Say(90)),
        2 => (1_u8..60).prop_map(Step::Think),
        2 => (0_u8..8).prop_map(Step::Route),
        3 => Just(Step::Finish),
        1 => Just(Step::HangUp),
        2 => (0_u8..4).prop_map(Step::Trouble),
        1 => Just(Step::Echo),
        4 => Just(Step::Flush),
        2 => Just(Step::Crash),
        1 => Just(Step::CrashInside),
        1 => (0_u8..3, any::<bool>()).prop_map(|(nth, after)| Step::BreakWrite { nth, after }),
        2 => (1_u16..3_000).prop_map(Step::Time),
    ]
}

fn owner() -> UserId {
    UserId::new(1, &[1; 10])
}

fn id() -> ConversationId {
    ConversationId::new(1_700_000_000_000, &[3; 10])
}

fn new() -> New {
    New {
        id: id(),
        creator: owner(),
        place: None,
        title: None,
        system: None,
        model: "model".into(),
        details: Default::default(),
    }
}

struct World {
    store: MemoryLog,
    log: Option<Conversation<MemoryLog>>,
    now_ms: u64,
    /// The open connection to the model.
    ask: Option<Ask>,
    said: usize,
    old_epoch: Option<u64>,
    /// Everything that any reader was told.
    seen: BTreeMap<u64, Event>,
    /// What was acknowledged: key, message, turn.
    acknowledged: BTreeMap<String, (u64, u64)>,
}

impl World {
    fn new() -> Self {
        let store = MemoryLog::default();
        let mut world = Self {
            log: Some(Conversation::create(store.clone(), Limits::default(), 1_700_000_000_000, new()).unwrap()),
            store,
            now_ms: 1_700_000_000_000,
            ask: None,
            said: 0,
            old_epoch: None,
            seen: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
        };
        world.take();
        world
    }

    fn log(&mut self) -> &mut Conversation<MemoryLog> {
        if self.log.is_none() {
            self.ask = None;
            let open = || Conversation::open(self.store.clone(), Limits::default(), self.now_ms);
            // A write that fails while the log is opened: whoever comes next opens it again.
            let opened = open().or_else(|_| open());
            self.log = Some(opened.expect("readable").expect("there"));
            self.take();
        }
        self.log.as_mut().unwrap()
    }

    fn grant(&mut self) -> Grant<Write> {
        self.log().authorize(&Principal { user: owner(), memberships: &[] }).unwrap()
    }

    /// Does what the shell does: tells readers, closes and opens connections.
    fn take(&mut self) {
        let effects = self.log.as_mut().unwrap().take_effects();
        for Numbered { seq, event } in effects.events {
            let last = self.seen.keys().next_back().copied().unwrap_or(0);
            if let Some(known) = self.seen.get(&seq) {
                assert_eq!(known, &event, "number {seq} was told twice, differently");
            } else {
                // After a crash readers resume; here they read what they lack just as `events_after` gives it.
                if seq != last + 1 {
                    self.catch_up(seq - 1);
                }
                self.seen.insert(seq, event);
            }
        }
        if effects.abort {
            self.old_epoch = self.ask.take().map(|ask| ask.epoch).or(self.old_epoch);
        }
        if let Some(ask) = effects.ask {
            self.said = next_token(&ask.prompt).1;
            self.ask = Some(ask);
        }
    }

    /// A reader fetches what it lacks.
    fn catch_up(&mut self, until: u64) {
        let grant =
            self.log.as_ref().unwrap().authorize::<Read>(&Principal { user: owner(), memberships: &[] }).unwrap();
        let mut last = self.seen.keys().next_back().copied().unwrap_or(0);
        while last < until {
            let page = self.log.as_ref().unwrap().events_after(grant, last).unwrap();
            assert!(!page.is_empty(), "nothing after {last}, but {until} was told");
            for Numbered { seq, event } in page {
                assert_eq!(seq, last + 1, "a gap");
                last = seq;
                if seq <= until {
                    self.seen.insert(seq, event);
                }
            }
        }
    }

    fn act(&mut self, step: &Step) {
        self.now_ms += 7;
        let now_ms = self.now_ms;
        let grant = self.grant();
        let epoch = self.ask.as_ref().map(|ask| ask.epoch);
        let result: Result<(), Fault> = match step {
            Step::Send { key, branch } => {
                let key = format!("k{key}");
                let parent = branch.then(|| self.some_message()).flatten();
                let send = Send { text: key.clone(), client_message_id: Some(key.clone()), parent, ..Send::default() };
                self.log().send(grant, now_ms, send).map(|sent| {
                    if let Some(before) = self.acknowledged.insert(key, (sent.message, sent.turn)) {
                        assert_eq!(before, (sent.message, sent.turn), "one message, one turn");
                        assert!(sent.repeat);
                    }
                })
            }
            Step::Regenerate => self.log().regenerate(grant, now_ms, None, None, None).map(|_| ()),
            Step::StopAll => self.log().stop(grant, now_ms, None),
            Step::StopNewest => {
                let newest = self.seen.values().rev().find_map(|event| match event {
                    Event::TurnCreated { turn } => Some(turn.id),
                    _ => None,
                });
                self.log().stop(grant, now_ms, newest)
            }
            Step::Rename => {
                let title = Some("A title".to_owned());
                self.log().update(grant, now_ms, UpdateConversation { title, ..Default::default() })
            }
            Step::Delete(which) => self.delete(*which),
            Step::Vote(which) => {
                let value = if which & 1 == 1 { VoteValue::Up } else { VoteValue::Down };
                let newest = self.turns().last().map(ToString::to_string).unwrap_or_default();
                self.log().vote(grant, now_ms, &newest, Some(Vote { value, reason: None })).map(|_| ())
            }
            Step::Continue => {
                let newest = self.turns().last().map(ToString::to_string).unwrap_or_default();
                self.log().continue_answer(grant, now_ms, &newest, None).map(|_| ())
            }
            Step::Say(count) => {
                let deltas = self.tokens(usize::from(*count));
                self.hear(deltas)
            }
            Step::Think(count) => {
                self.hear((0..*count).map(|at| Delta::Reasoning(format!("thought {at} é"))).collect())
            }
            Step::Route(failing) => {
                let route = |at: u8| ModelRoute { provider: at.to_string(), model: "m".into(), price: None };
                let chain: Vec<ModelRoute> = (0..3).map(route).collect();
                let is_open = |route: &ModelRoute| failing >> route.provider.parse::<u8>().unwrap() & 1 == 1;
                epoch.map_or(Ok(()), |epoch| Ok(self.log().route(epoch, now_ms, &chain, is_open).map(|_| ())?))
            }
            Step::Finish => {
                let mut deltas = self.tokens(2);
                deltas.extend([Delta::Finish(FinishReason::Stop), Delta::Done]);
                self.hear(deltas)
            }
            Step::HangUp => epoch.map_or(Ok(()), |epoch| Ok(self.log().hung_up(epoch, now_ms)?)),
            Step::Trouble(kind) => {
                let trouble = match kind {
                    0 => Trouble::Cut,
                    1 => Trouble::Silent,
                    2 => Trouble::Overtime,
                    _ => {
                        Trouble::Refused { kind: FailureKind::Overloaded, retry_after_ms: None, sentence: "No.".into() }
                    }
                };
                epoch.map_or(Ok(()), |epoch| Ok(self.log().trouble(epoch, now_ms, trouble)?))
            }
            Step::Echo => match self.old_epoch {
                Some(old) => {
                    self.log().hear(old, now_ms, vec![Delta::Text("late".into()), Delta::Done]).unwrap();
                    Ok(())
                }
                None => Ok(()),
            },
            Step::Flush => Ok(()),
            Step::Time(ms) => {
                self.now_ms += u64::from(*ms);
                Ok(())
            }
            Step::Crash | Step::CrashInside | Step::BreakWrite { .. } => Ok(()),
        };
        let result = result.and_then(|()| match step {
            Step::Flush | Step::Time(_) => Ok(self.log().flush(now_ms)?),
            _ => Ok(()),
        });
        match result {
            Ok(()) | Err(Fault::Refused(_)) => self.take(),
            // What the shell does when the store fails: forget, and read again.
            Err(Fault::Store(_)) => self.log = None,
        }
    }

    fn turns(&self) -> Vec<MessageId> {
        let turns = self.seen.values().filter_map(|event| match event {
            Event::TurnCreated { turn } => Some(turn.id),
            _ => None,
        });
        turns.collect()
    }

    /// As whoever deletes: they ask again until it is done.
    fn delete(&mut self, which: u8) -> Result<(), Fault> {
        let ids = self.seen.values().filter_map(|event| match event {
            Event::MessageCreated { message } => Some(message.id),
            Event::TurnCreated { turn } => Some(turn.id),
            _ => None,
        });
        let ids: Vec<MessageId> = ids.collect();
        let Some(id) = ids.get(usize::from(which) % ids.len().max(1)).copied() else { return Ok(()) };
        loop {
            let now_ms = self.now_ms;
            let grant = self.log().authorize(&Principal { user: owner(), memberships: &[] }).unwrap();
            match self.log().delete_message(grant, now_ms, id) {
                Err(Fault::Store(_)) => self.log = None,
                done => return done.map(|_| ()),
            }
        }
    }

    fn hear(&mut self, deltas: Vec<Delta>) -> Result<(), Fault> {
        let now_ms = self.now_ms;
        match self.ask.as_ref().map(|ask| ask.epoch) {
            Some(epoch) => Ok(self.log().hear(epoch, now_ms, deltas)?),
            None => Ok(()),
        }
    }

    fn tokens(&mut self, count: usize) -> Vec<Delta> {
        let Some(ask) = &self.ask else { return Vec::new() };
        let (turn, _) = next_token(&ask.prompt);
        let from = self.said;
        self.said += count;
        (from..self.said).map(|k| Delta::Text(token(&turn, k))).collect()
    }

    fn some_message(&self) -> Option<MessageId> {
        self.seen.values().rev().skip(3).find_map(|event| match event {
            Event::MessageCreated { message } => Some(message.id),
            _ => None,
        })
    }

    fn run(&mut self, steps: &[Step]) {
        let mut inside = false;
        for step in steps {
            match step {
                Step::Crash => {
                    // The connections of a dead process are dead.
                    (self.log, self.old_epoch) = (None, None);
                    continue;
                }
                Step::CrashInside => {
                    inside = true;
                    continue;
                }
                Step::BreakWrite { nth, after } => {
                    let how = if *after { Break::After } else { Break::Before };
                    self.log();
                    self.store.break_write(u64::from(*nth), how);
                    continue;
                }
                _ => {}
            }
            if std::mem::take(&mut inside) {
                self.log();
                let (rows, seen, acknowledged) = (self.store.snapshot(), self.seen.clone(), self.acknowledged.clone());
                self.act(step);
                // Nothing of it was durable, so the output gate let nothing of it out.
                self.store.restore(rows);
                (self.seen, self.acknowledged, self.log, self.old_epoch) = (seen, acknowledged, None, None);
                self.store.mend();
                continue;
            }
            self.act(step);
            self.store.mend();
        }
    }

    /// Lets every turn end, however often the process must be found again.
    fn settle(&mut self) {
        for _ in 0..200 {
            if !self.log().is_running() {
                return;
            }
            self.act(&Step::Finish);
        }
        panic!("turns do not end");
    }

    fn audit(&mut self) {
        let grant = self.grant();
        let log = self.log.as_ref().unwrap();
        let whole = whole_log(log, grant.reading());
        let gone = deleted(&whole);
        for (seq, event) in &self.seen {
            let stored = &whole[usize::try_from(*seq).unwrap() - 1].event;
            let shown = if gone.contains(&message_of(event)) { without_words(event) } else { event.clone() };
            assert_eq!(stored, &shown, "shown but not stored: {seq}");
        }
        // Resuming after any number gives exactly the rest.
        for after in 0..=whole.len() {
            let page = log.events_after(grant.reading(), after as u64).unwrap();
            assert_eq!(page[..], whole[after..after + page.len()], "resume after {after}");
            assert!(after == whole.len() || !page.is_empty());
        }
        let mut ended = BTreeMap::new();
        for Numbered { event, .. } in &whole {
            if let Event::TurnEnded { turn_id, status, .. } = event {
                assert!(status.is_terminal());
                assert!(ended.insert(*turn_id, *status).is_none(), "a turn ended twice");
            }
        }
        for Numbered { event, .. } in &whole {
            if let Event::TurnCreated { turn } = event {
                assert!(ended.contains_key(&turn.id), "a turn never ended");
            }
        }
        self.audit_messages(grant.reading(), &whole, &ended);
    }

    fn audit_messages(&self, grant: Grant<Read>, whole: &[Numbered], ended: &BTreeMap<MessageId, Status>) {
        let log = self.log.as_ref().unwrap();
        let messages = all_messages(log, grant);
        let by_id: BTreeMap<MessageId, &Message> = messages.iter().map(|message| (message.id, message)).collect();
        assert_eq!(by_id.len(), messages.len());
        assert_eq!(log.summary().unwrap().message_count as usize, messages.len());
        let gone = deleted(whole);
        let is_gone = |seq: u64| gone.iter().flatten().any(|id| id.seq() == seq);
        for (key, (message, turn)) in &self.acknowledged {
            if is_gone(*message) {
                continue;
            }
            let found = messages.iter().find(|found| found.seq == *message).expect("acknowledged, and lost");
            assert_eq!(found.client_message_id.as_ref(), Some(key));
            assert!(is_gone(*turn) || messages.iter().any(|found| found.seq == *turn && found.role == Role::Assistant));
        }
        let mut said: BTreeMap<MessageId, String> = BTreeMap::new();
        for Numbered { event, .. } in whole {
            if let Event::MessageDelta { message_id, text } = event {
                said.entry(*message_id).or_default().push_str(text);
            }
        }
        let mut thought: BTreeMap<MessageId, String> = BTreeMap::new();
        for Numbered { event, .. } in whole {
            match event {
                Event::MessageReasoning { message_id, text } => thought.entry(*message_id).or_default().push_str(text),
                Event::TurnRerouted { turn_id, at, .. } if !gone.contains(&Some(*turn_id)) => {
                    let answer = &by_id[turn_id].content;
                    assert!(*at <= answer.len() as u64, "a seam beyond the answer");
                }
                _ => {}
            }
        }
        for message in messages.iter().filter(|message| message.role == Role::Assistant) {
            assert_eq!(ended[&message.id], message.status);
            assert_eq!(said.get(&message.id).map_or("", String::as_str), message.content);
            let shown = message.parts.iter().find_map(|part| match part {
                Part::Reasoning { text } => Some(text),
                Part::Text { .. } | Part::File { .. } | Part::StepStart | Part::Tool(_) => None,
            });
            assert_eq!(shown, thought.get(&message.id), "what it thought");
            let question = by_id[&message.parent_id.unwrap()];
            check(&question.content, &message.content);
        }
    }
}

/// The message that an event is about.
fn message_of(event: &Event) -> Option<MessageId> {
    match event {
        Event::MessageCreated { message } => Some(message.id),
        Event::TurnCreated { turn } => Some(turn.id),
        Event::TurnStarted { turn_id } | Event::TurnRerouted { turn_id, .. } | Event::TurnEnded { turn_id, .. } => {
            Some(*turn_id)
        }
        Event::MessageDelta { message_id, .. } | Event::MessageReasoning { message_id, .. } => Some(*message_id),
        _ => None,
    }
}

/// The messages that a log says are deleted: those named, and all that follow them.
fn deleted(whole: &[Numbered]) -> BTreeSet<Option<MessageId>> {
    let mut gone = BTreeSet::new();
    for Numbered { event, .. } in whole {
        if let Event::MessageDeleted { message_id } = event {
            gone.insert(Some(*message_id));
        }
    }
    for Numbered { event, .. } in whole {
        let (id, parent) = match event {
            Event::MessageCreated { message } => (message.id, message.parent_id),
            Event::TurnCreated { turn } => (turn.id, Some(turn.parent_id)),
            _ => continue,
        };
        if parent.is_some() && gone.contains(&parent) {
            gone.insert(Some(id));
        }
    }
    gone
}

/// What is left of an event when its message was deleted.
fn without_words(event: &Event) -> Event {
    let mut event = event.clone();
    match &mut event {
        Event::MessageCreated { message } => {
            message.content.clear();
            message.parts.clear();
        }
        Event::MessageDelta { text, .. } | Event::MessageReasoning { text, .. } => text.clear(),
        Event::TurnEnded { error, .. } => *error = None,
        _ => {}
    }
    event
}

fn whole_log(log: &Conversation<MemoryLog>, grant: Grant<Read>) -> Vec<Numbered> {
    let mut whole: Vec<Numbered> = Vec::new();
    loop {
        let page = log.events_after(grant, whole.len() as u64).unwrap();
        if page.is_empty() {
            assert_eq!(whole.len() as u64, log.last_seq());
            return whole;
        }
        for numbered in page {
            assert_eq!(numbered.seq, whole.len() as u64 + 1, "a gap in the log");
            whole.push(numbered);
        }
    }
}

fn all_messages(log: &Conversation<MemoryLog>, grant: Grant<Read>) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    loop {
        let after = all.last().map_or(0, |message| message.seq);
        let (page, more) = log.messages_after(grant, after, 3).unwrap();
        all.extend(page);
        if !more {
            return all;
        }
    }
}

/// The number of sequences; the issue asks for 100,000, and they take seconds.
const SEQUENCES: u32 = 100_000;

fn config() -> ProptestConfig {
    let given = std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a number"));
    let seed = given.unwrap_or_else(|| u64::from(std::process::id()).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    // Shown when the test fails.
    #[expect(clippy::print_stdout)]
    {
        println!("SEED={seed}");
    }
    let rng_seed = RngSeed::Fixed(seed);
    ProptestConfig { cases: SEQUENCES, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_acknowledged_is_lost_nothing_shown_is_taken_back(steps in prop::collection::vec(step(), 1..25)) {
        let mut world = World::new();
        world.run(&steps);
        world.settle();
        world.audit();
    }
}

fn scripted(steps: &[Step]) -> World {
    let mut world = World::new();
    world.run(steps);
    world
}

#[test]
fn a_turn_of_any_length_that_nobody_watches_writes_three_rows() {
    let mut world = World::new();
    let before = world.store.writes();
    world.run(&[Step::Send { key: 1, branch: false }, Step::Say(5), Step::Say(5), Step::Finish]);
    // The message, and the answer; the third is the index entry of the client's id, which the fake does not count.
    assert_eq!(world.store.writes() - before, 2);
}

#[test]
fn each_batch_is_one_row_however_long_the_answer() {
    let mut world = scripted(&[Step::Send { key: 1, branch: false }]);
    let before = world.store.writes();
    for _ in 0..1_000 {
        world.act(&Step::Say(5));
        world.act(&Step::Flush);
    }
    assert_eq!(world.store.writes() - before, 1_000);
    world.settle();
    world.audit();
    assert_eq!(world.store.writes() - before, 1_002, "the fold is one row, and one deletion of the segments");
}

#[test]
fn an_unwatched_answer_is_one_row_in_two_seconds_and_no_segment() {
    let mut world = scripted(&[Step::Send { key: 1, branch: false }]);
    let before = world.store.writes();
    for _ in 0..10 {
        world.act(&Step::Say(250));
        world.act(&Step::Time(2_000));
    }
    world.act(&Step::Finish);
    assert_eq!(world.store.writes() - before, 11);
    world.audit();
}

#[test]
fn a_second_message_waits_and_says_so() {
    let mut world = scripted(&[Step::Send { key: 1, branch: false }, Step::Send { key: 2, branch: false }]);
    let grant = world.grant();
    let (messages, _) = world.log().messages_after(grant.reading(), 0, 10).unwrap();
    let statuses: Vec<Status> = messages.iter().map(|message| message.status).collect();
    assert_eq!(statuses, [Status::Completed, Status::Running, Status::Completed, Status::Queued]);
    world.settle();
    world.audit();
}

#[test]
fn a_full_queue_refuses_and_stays_whole() {
    let mut world = World::new();
    let mut refused = 0;
    for n in 0..40 {
        let grant = world.grant();
        let send = Send { text: format!("m{n}"), ..Send::default() };
        match world.log().send(grant, 1_700_000_000_001 + n, send) {
            Ok(_) => world.take(),
            Err(fault) => {
                assert_eq!(fault, Fault::Refused(Refusal::QueueFull));
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 40 - 17);
    world.settle();
    world.audit();
}

#[test]
fn a_stop_outlives_a_crash() {
    let mut world =
        scripted(&[Step::Send { key: 1, branch: false }, Step::Say(3), Step::Flush, Step::StopAll, Step::Crash]);
    assert!(!world.log().is_running());
    world.audit();
}

#[test]
fn a_process_that_dies_again_and_again_without_a_word_gives_up() {
    let mut world = scripted(&[Step::Send { key: 1, branch: false }]);
    for _ in 0..=MAX_FRUITLESS_RECOVERIES {
        world.log = None;
        world.log();
    }
    assert!(!world.log().is_running());
    let grant = world.grant();
    let (messages, _) = world.log().messages_after(grant.reading(), 0, 10).unwrap();
    assert_eq!(messages[1].status, Status::Failed);
    world.audit();
}

#[test]
fn what_was_deleted_stays_deleted() {
    let mut world = scripted(&[Step::Send { key: 1, branch: false }, Step::Say(3), Step::Flush]);
    let grant = world.grant();
    let deleting = world.log().authorize(&Principal { user: owner(), memberships: &[] }).unwrap();
    world.log().remove(deleting, 1_700_000_000_009).unwrap();
    let effects = world.log().take_effects();
    assert!(effects.gone && effects.abort && effects.events.is_empty());
    world.log = None;
    let log = Conversation::open(world.store.clone(), Limits::default(), 1_700_000_000_010).unwrap().unwrap();
    assert!(log.is_gone() && !log.is_running());
    assert!(log.authorize::<Read>(&Principal { user: owner(), memberships: &[] }).is_err());
    assert_eq!(world.store.snapshot().len(), 1);
    let mut log = log;
    assert_eq!(log.send(grant, 1, Send { text: "x".into(), ..Send::default() }), Err(Refusal::Gone.into()));
}

#[test]
fn resuming_ahead_of_the_log_is_refused() {
    let mut world = World::new();
    let grant = world.grant();
    assert_eq!(world.log().events_after(grant.reading(), 2), Err(Refusal::AheadOfLog { last_seq: 1 }.into()));
}

#[test]
fn an_edit_is_another_branch_and_happens_once() {
    let mut world =
        scripted(&[Step::Send { key: 1, branch: false }, Step::Finish, Step::Send { key: 2, branch: false }]);
    let grant = world.grant();
    let edit = |id: &str| Send {
        text: "better".into(),
        client_message_id: Some(id.into()),
        edit_of: Some(id.into()),
        ..Send::default()
    };
    let first = world.log().send(grant, 1_700_000_000_500, edit("k1")).unwrap();
    world.take();
    let again = world.log().send(grant, 1_700_000_000_600, edit("k1")).unwrap();
    assert_eq!((again.message, again.repeat), (first.message, true));
    let (messages, _) = world.log().messages_after(grant.reading(), 0, 10).unwrap();
    assert_eq!(messages[3].status, Status::Superseded, "what ran is superseded");
    assert_eq!(
        (messages[4].content.as_str(), messages[4].parent_id),
        ("better", None),
        "it follows what the first followed"
    );
    // Back and forth: each is an edit of its own, and the newest is what the next message follows.
    let mut texts = Vec::new();
    for text in ["other", "better"] {
        let sent = world.log().send(grant, 1_700_000_000_650, Send { text: text.into(), ..edit("k1") }).unwrap();
        world.take();
        texts.push((sent.repeat, sent.message));
    }
    assert!(!texts[0].0 && !texts[1].0 && texts[1].1 > texts[0].1 && texts[0].1 > first.message, "{texts:?}");
    // An id that nobody knows edits nothing: the message is new.
    let new = world.log().send(grant, 1_700_000_000_700, edit("k9")).unwrap();
    assert!(!new.repeat && new.message > first.message);
    world.take();
    world.settle();
    world.audit();
}

#[test]
fn an_answer_is_made_anew_by_any_id_of_its_question() {
    let mut world = scripted(&[Step::Send { key: 1, branch: false }, Step::Finish]);
    let grant = world.grant();
    let (messages, _) = world.log().messages_after(grant.reading(), 0, 10).unwrap();
    for id in ["k1".to_owned(), messages[0].id.to_string(), messages[1].id.to_string()] {
        let sent = world.log().regenerate(grant, 1_700_000_000_500, Some(&id), None, None).unwrap();
        assert_eq!(sent.message, messages[0].seq);
        world.take();
    }
    assert_eq!(world.log().regenerate(grant, 1, Some("nobody"), None, None), Err(Refusal::NoSuchMessage.into()));
    world.settle();
    world.audit();
}

#[test]
fn whoever_follows_a_running_answer_is_told_its_own_model() {
    let mut world = scripted(&[Step::Send { key: 1, branch: false }, Step::Finish]);
    let grant = world.grant();
    let sent = world.log().regenerate(grant, 1_700_000_000_500, None, Some("other".into()), None).unwrap();
    world.take();
    let events = world.log().turn_events(grant.reading(), sent.turn).unwrap();
    let Event::TurnCreated { turn } = &events[0].event else { panic!("{events:?}") };
    assert_eq!(turn.model, "other");
}
