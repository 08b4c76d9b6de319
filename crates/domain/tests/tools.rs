//! Turns with tools under deaths of the process: no call is lost, none has two results, and numbers have no gap.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use edgewise_domain::{
    access::{Grant, Principal, Write},
    chat::{
        conversation::{Ask, Conversation, New, Run},
        send::{Fault, Refusal, Send},
        tools::{MAX_STEPS, Outcome},
        turn::{Limits, Trouble},
    },
    models::{Delta, FinishReason},
    tools::{Offered, Tool},
};
use edgewise_protocol::{
    event::{Event, Numbered},
    ids::{ConversationId, UserId},
    message::{Message, Part, Status, Usage},
    tool::ToolState,
};
use edgewise_testkit::memory::MemoryLog;
use proptest::prelude::*;
use serde_json::json;

const NOW_MS: u64 = 1_700_000_000_000;

fn owner() -> UserId {
    UserId::new(1, &[1; 10])
}

struct World {
    store: MemoryLog,
    log: Option<Conversation<MemoryLog>>,
    ask: Option<Ask>,
    runs: Vec<Run>,
    seen: BTreeMap<u64, Event>,
    aborts: u32,
}

impl World {
    fn new(question: &str) -> Self {
        let store = MemoryLog::default();
        let id = ConversationId::new(NOW_MS, &[3; 10]);
        let new = New {
            id,
            creator: owner(),
            place: None,
            title: None,
            system: None,
            model: "model".into(),
            details: Default::default(),
        };
        let log = Conversation::create(store.clone(), Limits::default(), NOW_MS, new).unwrap();
        let (ask, runs, seen) = (None, Vec::new(), BTreeMap::new());
        let mut world = Self { store, log: Some(log), ask, runs, seen, aborts: 0 };
        world.take();
        world.ask(question);
        world
    }

    /// The open log, opened by a new process where there is none.
    fn log(&mut self) -> &mut Conversation<MemoryLog> {
        if self.log.is_none() {
            let opened = Conversation::open(self.store.clone(), Limits::default(), NOW_MS + 1).unwrap().unwrap();
            self.log = Some(opened);
            self.take();
        }
        self.log.as_mut().unwrap()
    }

    fn grant(&mut self) -> Grant<Write> {
        self.log().authorize(&Principal { user: owner(), memberships: &[] }).unwrap()
    }

    fn take(&mut self) {
        let effects = self.log.as_mut().unwrap().take_effects();
        for Numbered { seq, event } in effects.events {
            assert!(self.seen.insert(seq, event).is_none(), "{seq} was told twice");
        }
        if effects.abort {
            self.aborts += 1;
            self.ask = None;
        }
        if let Some(ask) = effects.ask {
            let offered = Offered::new(None, &Tool::ALL, &[], &[]);
            self.log.as_mut().unwrap().offer(ask.epoch, offered);
            self.ask = Some(ask);
        }
        self.runs.extend(effects.run);
    }

    fn crash(&mut self) {
        (self.log, self.ask) = (None, None);
        self.runs.clear();
        self.log();
    }

    fn hear(&mut self, deltas: Vec<Delta>) {
        let Some(epoch) = self.ask.as_ref().map(|ask| ask.epoch) else { return };
        self.log().hear(epoch, NOW_MS, deltas).unwrap();
        self.take();
    }

    /// The model says something, calls these, and waits.
    fn call(&mut self, words: &str, calls: &[(&str, &str)]) {
        let mut deltas = vec![Delta::Text(words.into())];
        for (index, (name, arguments)) in (0..).zip(calls) {
            deltas.push(Delta::ToolCall { index, id: "call_0".into(), name: (*name).into(), signature: None });
            let pieces = arguments.as_bytes().chunks(4).map(|piece| String::from_utf8(piece.to_vec()).unwrap());
            deltas.extend(pieces.map(|json| Delta::ToolArguments { index, json }));
        }
        let usage = Usage { input_tokens: 10, output_tokens: 2, ..Usage::default() };
        deltas.extend([Delta::Finish(FinishReason::ToolCalls), Delta::Usage(usage), Delta::Done]);
        self.hear(deltas);
    }

    fn answer(&mut self, words: &str) {
        self.hear(vec![Delta::Text(words.into()), Delta::Finish(FinishReason::Stop), Delta::Done]);
    }

    fn finish(&mut self, run: &Run) {
        let outcome = Outcome::Output(json!({ "of": run.due.id }));
        self.log().tool_finished(run.turn, &run.due.id, outcome, 4, NOW_MS).unwrap();
        self.take();
    }

    /// Another question, which the newest answer leads to.
    fn ask(&mut self, question: &str) {
        let grant = self.grant();
        let send = Send { text: question.into(), ..Send::default() };
        self.log().send(grant, NOW_MS, send).unwrap();
        self.take();
    }

    fn finish_all(&mut self) {
        while let Some(run) = self.runs.pop() {
            self.finish(&run);
        }
    }

    fn decide(&mut self, call: &str, approved: bool) -> Result<u64, Fault> {
        let grant = self.grant();
        let decided = self.log().decide(grant, NOW_MS, call, approved, None);
        self.take();
        decided
    }

    fn stop(&mut self) {
        let grant = self.grant();
        self.log().stop(grant, NOW_MS, None).unwrap();
        self.take();
    }

    fn message(&mut self) -> Message {
        let grant = self.grant().reading();
        self.log().messages_after(grant, 0, 10).unwrap().0.pop().unwrap()
    }

    /// What readers were told is the log, without a gap, and the message is what the log says.
    fn check(&mut self) {
        let grant = self.grant().reading();
        let log = self.log().events_after(grant, 0).unwrap();
        for (at, numbered) in log.iter().enumerate() {
            assert_eq!(numbered.seq, at as u64 + 1);
        }
        for (seq, event) in &self.seen {
            assert_eq!(&log[*seq as usize - 1].event, event, "{seq}");
        }
        let count = |wanted: fn(&Event) -> bool| log.iter().filter(|numbered| wanted(&numbered.event)).count();
        let called = count(|event| matches!(event, Event::ToolCalled { .. }));
        let finished = count(|event| matches!(event, Event::ToolFinished { .. }));
        let message = self.message();
        let parts: Vec<_> = message
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Tool(part) => Some(part),
                _ => None,
            })
            .collect();
        assert_eq!(parts.len(), called);
        assert!(finished <= called);
        let ended = parts
            .iter()
            .filter(|part| part.output.is_some() || part.error_text.is_some() || part.state == ToolState::OutputDenied);
        assert_eq!(ended.count(), finished);
        if message.status.is_terminal() {
            assert_eq!(called, finished, "an answer that has ended leaves no call open");
        }
        let text: String = message
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Text { text } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(text, message.content);
    }

    fn kinds(&mut self) -> Vec<String> {
        let message = self.message();
        message
            .parts
            .iter()
            .map(|part| {
                let json = serde_json::to_value(part).unwrap();
                format!("{} {}", json["type"].as_str().unwrap(), json["state"].as_str().unwrap_or_default())
                    .trim()
                    .to_owned()
            })
            .collect()
    }
}

const SUM: (&str, &str) = ("calculator", r#"{"expression":"1+1"}"#);
const PAGE: (&str, &str) = ("web_fetch", r#"{"url":"https://a.example/"}"#);

#[test]
fn a_turn_calls_and_goes_on_with_the_results() {
    let mut world = World::new("What is it?");
    world.call("Let me see. ", &[SUM, ("clock", "{}")]);
    assert_eq!(world.runs.len(), 2);
    assert_eq!(world.aborts, 1, "the connection is over");
    assert!(world.ask.is_none(), "nobody is asked before the results are there");
    world.check();
    let run = world.runs.remove(0);
    world.finish(&run);
    world.finish(&run);
    assert!(world.ask.is_none());
    world.finish_all();
    let prompt = world.ask.as_ref().unwrap().prompt.clone();
    assert_eq!(prompt.options.steps[0].text, "Let me see. ");
    assert_eq!(prompt.options.steps[0].results.len(), 2);
    assert_eq!((prompt.messages.len(), prompt.options.partial.as_str()), (1, ""));
    world.answer("Two.");
    world.check();
    assert_eq!(
        world.kinds(),
        ["text", "dynamic-tool output-available", "dynamic-tool output-available", "step-start", "text"]
    );
    let message = world.message();
    assert_eq!((message.status, message.content.as_str()), (Status::Completed, "Let me see. Two."));
    assert_eq!(message.usage.unwrap().input_tokens, 10, "what the steps counted");
}

#[test]
fn a_cut_after_a_step_goes_on_from_what_was_said_since() {
    let mut world = World::new("What is it?");
    world.call("Look. ", &[SUM]);
    world.finish_all();
    world.hear(vec![Delta::Text("It is".into())]);
    let epoch = world.ask.as_ref().unwrap().epoch;
    world.log().trouble(epoch, NOW_MS, Trouble::Cut).unwrap();
    world.take();
    let options = world.ask.as_ref().unwrap().prompt.options.clone();
    assert_eq!((options.steps.len(), options.partial.as_str()), (1, "It is"));
    world.crash();
    assert_eq!(world.ask.as_ref().unwrap().prompt.options.partial, "It is");
    world.answer(" two.");
    world.check();
    assert_eq!(world.message().content, "Look. It is two.");
}

#[test]
fn calls_that_a_cut_connection_had_begun_never_were() {
    let mut world = World::new("What is it?");
    world.hear(vec![Delta::ToolCall { index: 0, id: "a".into(), name: "clock".into(), signature: None }]);
    let epoch = world.ask.as_ref().unwrap().epoch;
    world.log().trouble(epoch, NOW_MS, Trouble::Cut).unwrap();
    world.take();
    world.answer("No tools.");
    world.check();
    assert_eq!(world.kinds(), ["text"]);
}

#[test]
fn a_decision_is_waited_for_through_any_number_of_deaths() {
    let mut world = World::new("What is new?");
    world.call("", &[PAGE]);
    assert!(world.runs.is_empty() && world.ask.is_none());
    let writes = world.store.writes();
    for _ in 0..50 {
        world.crash();
        assert!(!world.log().is_running(), "nothing keeps the object awake");
    }
    assert_eq!(world.store.writes(), writes, "waiting writes nothing");
    assert_eq!(world.kinds(), ["dynamic-tool approval-requested"]);
    let call = "call_3_0";
    assert_eq!(world.decide("call_3_1", true), Err(Refusal::NoSuchCall.into()));
    assert_eq!(world.decide("call_99_0", true), Err(Refusal::NoSuchCall.into()));
    assert_eq!(world.decide("x", true), Err(Refusal::NoSuchCall.into()));
    assert_eq!(world.decide(call, true), Ok(3));
    assert_eq!(world.runs.len(), 1);
    assert_eq!(world.decide(call, true), Ok(3));
    assert_eq!(world.runs.len(), 1, "it runs once");
    assert_eq!(world.decide(call, false), Err(Refusal::Decided.into()));
    world.crash();
    assert_eq!(world.runs.len(), 1, "whoever comes next runs it again, by the same name");
    world.finish_all();
    world.answer("News.");
    world.check();
    assert_eq!(world.decide(call, true), Ok(3), "the same after the end");
    assert_eq!(world.decide(call, false), Err(Refusal::Decided.into()));
}

#[test]
fn a_denial_is_a_result() {
    let mut world = World::new("What is new?");
    world.call("", &[PAGE]);
    world.decide("call_3_0", false).unwrap();
    assert!(world.runs.is_empty());
    let result = world.ask.as_ref().unwrap().prompt.options.steps[0].results[0].clone();
    assert!(result.is_error && result.text.contains("not allow"));
    world.answer("Then not.");
    world.check();
    assert_eq!(world.kinds(), ["dynamic-tool output-denied", "step-start", "text"]);
}

#[test]
fn a_stop_ends_what_runs_and_what_waits() {
    let mut world = World::new("What is new?");
    world.call("", &[SUM, PAGE]);
    world.stop();
    world.check();
    assert_eq!(world.message().status, Status::Stopped);
    assert_eq!(world.kinds(), ["dynamic-tool output-error", "dynamic-tool output-error"]);
    // What still comes lands nowhere.
    world.finish_all();
    world.check();
    assert_eq!(world.decide("call_3_1", true), Err(Refusal::Decided.into()));
}

#[test]
fn a_model_that_calls_for_ever_is_asked_to_answer() {
    let mut world = World::new("What is it?");
    for step in 1..=MAX_STEPS {
        world.call("", &[SUM]);
        world.finish_all();
        assert_eq!(world.ask.as_ref().unwrap().prompt.options.tools_closed, step == MAX_STEPS);
    }
    world.call("Enough.", &[SUM]);
    world.check();
    assert_eq!(world.message().status, Status::Completed);
    assert_eq!(world.kinds().iter().filter(|kind| kind.starts_with("dynamic")).count(), MAX_STEPS as usize);
}

#[test]
fn later_turns_read_what_tools_said() {
    let mut world = World::new("What is it?");
    world.call("Let me see. ", &[SUM, ("nothing", "{}")]);
    world.finish_all();
    world.answer("Two.");
    world.ask("And now?");
    world.call("", &[PAGE]);
    world.stop();
    world.ask("Once more?");
    let prompt = world.ask.as_ref().unwrap().prompt.clone();
    let texts: Vec<_> = prompt.messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["What is it?", "Two.", "And now?", "", "Once more?"]);
    let [first] = prompt.messages[1].steps.as_slice() else { panic!("one step") };
    assert_eq!(first.text, "Let me see. ");
    assert!(first.results[0].text.contains("call_3_0") && first.results[1].is_error);
    let [stopped] = prompt.messages[3].steps.as_slice() else { panic!("one step") };
    assert_eq!(
        (stopped.calls.len(), stopped.results[0].is_error),
        (1, true),
        "a call that was given up has its result"
    );
    assert!(prompt.options.steps.is_empty());
    world.crash();
    assert_eq!(world.ask.as_ref().unwrap().prompt.messages, prompt.messages);
}

#[test]
fn of_a_deleted_answer_no_call_and_no_result_is_left() {
    let mut world = World::new("What is it?");
    world.call("", &[("calculator", r#"{"expression":"40+2"}"#), PAGE]);
    world.finish_all();
    let grant = world.grant();
    world.log().decide(grant, NOW_MS, "call_3_1", false, Some("not that page".into())).unwrap();
    world.take();
    world.answer("Done.");
    let id = world.message().id;
    let grant = world.log().authorize(&Principal { user: owner(), memberships: &[] }).unwrap();
    world.log().delete_message(grant, NOW_MS, id).unwrap();
    world.take();
    let rows = format!("{:?}", world.store.snapshot());
    for said in ["40+2", "a.example", "not that page", r#"\"of\""#, "Done."] {
        assert!(!rows.contains(said), "{said} in {rows}");
    }
    let grant = world.grant().reading();
    let log = world.log().events_after(grant, 0).unwrap();
    assert!(log.iter().zip(1..).all(|(numbered, seq)| numbered.seq == seq), "the numbers stay");
}

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    Say(u8),
    Call(Vec<u8>),
    /// A tool ends, one of those that run.
    Finish(u8),
    Decide(u8, bool),
    Answer,
    Cut,
    Flush,
    Crash,
    Stop,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_u8..200).prop_map(Step::Say),
        5 => prop::collection::vec(0_u8..5, 1..10).prop_map(Step::Call),
        6 => any::<u8>().prop_map(Step::Finish),
        3 => (any::<u8>(), any::<bool>()).prop_map(|(at, yes)| Step::Decide(at, yes)),
        1 => Just(Step::Answer),
        1 => Just(Step::Cut),
        2 => Just(Step::Flush),
        4 => Just(Step::Crash),
        1 => Just(Step::Stop),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_or_done_twice(steps in prop::collection::vec(step(), 1..40)) {
        let mut world = World::new("Go");
        for step in steps {
            match step {
                Step::Say(count) => world.hear(vec![Delta::Text("word é ".repeat(count.into()))]),
                Step::Call(which) => {
                    let calls: Vec<_> = which.into_iter().map(|at| {
                        [SUM, PAGE, ("clock", "{}"), ("nothing", "{}"), ("clock", "{")][usize::from(at)]
                    }).collect();
                    world.call("", &calls);
                }
                Step::Finish(at) if !world.runs.is_empty() => {
                    let run = world.runs.remove(usize::from(at) % world.runs.len());
                    world.finish(&run);
                }
                Step::Finish(_) => {}
                Step::Decide(at, yes) => drop(world.decide(&format!("call_3_{}", at % 24), yes)),
                Step::Answer => world.answer("Done."),
                Step::Cut => if let Some(epoch) = world.ask.as_ref().map(|ask| ask.epoch) {
                    world.log().trouble(epoch, NOW_MS, Trouble::Cut).unwrap();
                    world.take();
                },
                Step::Flush => {
                    world.log().flush(NOW_MS).unwrap();
                    world.take();
                }
                Step::Crash => world.crash(),
                Step::Stop => world.stop(),
            }
            world.check();
            // Something always moves it: a question, a tool, or a person.
            let status = world.message().status;
            let waits = world.kinds().iter().any(|kind| kind.ends_with("approval-requested"));
            prop_assert!(status.is_terminal() || world.ask.is_some() || !world.runs.is_empty() || waits);
        }
    }
}
