//! Runs of agents: scripted, and over random sequences of deliveries, crashes, decisions and clocks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashMap;

use edgewise_domain::{
    access::{Act, Grant, Own, Principal, authorize},
    chat::tools::{Decided, Outcome},
    models::{Delta, FinishReason, Options},
    run::{
        CHAIN_MS, Came, Carry, Claim, Claimed, HEARTBEAT_MS, Journal, Kept, MAX_RETRIES, MAX_WAIT_MS, Rules, Run, Said,
        Sent, Work,
        entry::{Entry, Spent},
    },
    tools::Tool,
};
use edgewise_protocol::{
    agent::{AgentBudget, AgentDefinition, Workflow},
    calls::run::NewRun,
    ids::{AgentId, RunId, UserId},
    run::{RunReason, RunStatus, StepStatus},
};
use edgewise_testkit::journal::MemoryJournal;
use proptest::{prelude::*, test_runner::RngSeed};
use serde_json::json;

const NOW_MS: u64 = 1_700_000_000_000;
const RULES: Rules<'_> = Rules { enabled: &Tool::ALL, ask_first: &[] };

fn new(workflow: Workflow, budget: AgentBudget) -> NewRun {
    NewRun {
        id: RunId::new(1, &[1; 10]),
        agent_id: AgentId::new(1, &[2; 10]),
        agent_version: 1,
        definition: AgentDefinition {
            name: "Scout".into(),
            instructions: "Be thorough.".into(),
            tools: ["calculator", "artifact_create", "web_fetch", "sleep", "wait_for_event"].map(str::to_owned).into(),
            workflow,
            budget,
            ..AgentDefinition::default()
        },
        input: "The task.".into(),
        user: UserId::new(1, &[3; 10]),
        key_id: None,
        rerun_of: None,
        carried: 0,
    }
}

fn spent() -> Option<Spent> {
    Some(Spent { model: "m".into(), input_tokens: 10, output_tokens: 5, cost_micro_usd: Some(7) })
}

fn says(text: &str) -> Came {
    let deltas = vec![Delta::Text(text.into()), Delta::Finish(FinishReason::Stop), Delta::Done];
    Came::Said(Said { deltas, by: "p m".into(), spent: spent() })
}

fn calls(tools: &[(&str, serde_json::Value)]) -> Came {
    let mut deltas = Vec::new();
    for (index, (name, input)) in (0..).zip(tools) {
        deltas.push(Delta::ToolCall { index, id: String::new(), name: (*name).into(), signature: None });
        deltas.push(Delta::ToolArguments { index, json: input.to_string() });
    }
    deltas.extend([Delta::Finish(FinishReason::ToolCalls), Delta::Done]);
    Came::Said(Said { deltas, by: "p m".into(), spent: spent() })
}

fn done(output: &str) -> Came {
    Came::Done { outcome: Outcome::Output(json!(output)), duration_ms: 3 }
}

fn fails() -> Came {
    Came::Failed { error: "The model did not answer.".into(), reason: None, spent: None }
}

/// The calls that a test makes.
fn fetch() -> (&'static str, serde_json::Value) {
    ("web_fetch", json!({ "url": "https://a.example/" }))
}

fn grant<A: Act>() -> Grant<A, Own> {
    let user = UserId::new(1, &[3; 10]);
    authorize(&Principal { user, memberships: &[] }, Own(user)).unwrap()
}

/// A run and its one executor.
struct Scene {
    journal: MemoryJournal,
    run: Run<MemoryJournal>,
    now_ms: u64,
}

impl Scene {
    fn new(workflow: Workflow, budget: AgentBudget) -> Self {
        let journal = MemoryJournal::default();
        let run = Run::create(journal.clone(), new(workflow, budget), Vec::new(), NOW_MS).unwrap();
        Self { journal, run, now_ms: NOW_MS }
    }

    fn claim(&mut self) -> Claim {
        self.now_ms += 1;
        self.run.claim(self.now_ms, RULES).unwrap()
    }

    fn due(&mut self) -> Claimed {
        match self.claim() {
            Claim::Do(claimed) => *claimed,
            other => panic!("{other:?}"),
        }
    }

    fn record(&mut self, claimed: &Claimed, came: Came) -> bool {
        self.run.record(self.now_ms, &claimed.step, claimed.attempt, came, RULES).unwrap()
    }

    fn take(&mut self, came: Came) -> Claimed {
        let claimed = self.due();
        assert!(self.record(&claimed, came));
        claimed
    }

    fn decide(&mut self, name: &str, approved: bool) -> Decided {
        self.run.decide(grant(), self.now_ms, name, approved, None).unwrap()
    }

    fn die(&mut self) {
        self.run = Run::open(self.journal.clone()).unwrap().unwrap();
        self.run.recover(self.now_ms).unwrap();
    }

    fn ended(&self) -> (RunStatus, Option<RunReason>) {
        let summary = self.run.summary();
        (summary.status, summary.reason)
    }
}

fn text_of(claimed: &Claimed) -> String {
    let prompt = claimed.prompt("p", "m", Options::default()).unwrap();
    format!("{}\n{}", prompt.system.unwrap_or_default(), prompt.messages[0].text)
}

#[test]
fn the_five_steps_each_read_what_the_one_before_has_made() {
    let mut scene = Scene::new(Workflow::Research, AgentBudget::default());
    assert_eq!(scene.run.status(), RunStatus::Queued);
    let mut keys = Vec::new();
    for (n, name) in ["initialize", "research", "analyze", "execute", "summarize"].iter().enumerate() {
        let claimed = scene.take(says(&format!("result of {name}")));
        let text = text_of(&claimed);
        assert!(text.contains("Be thorough.") && text.contains("The task."), "{text}");
        assert_eq!(text.contains("result of"), n > 0, "{text}");
        if let Some(before) = n.checked_sub(1).and_then(|before| keys.get(before)) {
            let before: &String = before;
            assert!(text.contains(&format!("result of {}", before.trim_end_matches("-0"))), "{text}");
        }
        let Work::Ask(question) = claimed.work else { panic!("no question") };
        assert_eq!(!question.tools.is_empty(), ["research", "execute"].contains(name));
        keys.push(claimed.step);
    }
    assert_eq!(keys, ["initialize-0", "research-0", "analyze-0", "execute-0", "summarize-0"]);
    assert_eq!(scene.claim(), Claim::Over);
    let view = scene.run.view(grant());
    assert_eq!(view.output.as_deref(), Some("result of summarize"));
    assert_eq!((view.usage.steps, view.usage.input_tokens, view.usage.cost_micro_usd), (5, 50, 35));
    assert!(view.steps.iter().all(|step| step.status == StepStatus::Completed && step.attempts == 1));
    assert_eq!(scene.ended(), (RunStatus::Completed, Some(RunReason::Done)));
}

#[test]
fn a_step_is_claimed_by_one_and_a_result_counts_once() {
    let mut scene = Scene::new(Workflow::Loop, AgentBudget::default());
    let claimed = scene.due();
    assert_eq!(scene.claim(), Claim::Busy, "a message that comes twice");
    assert!(scene.record(&claimed, calls(&[("calculator", json!({ "expression": "1+1" }))])));
    assert!(!scene.record(&claimed, says("late")), "a record that comes twice");
    let call = scene.due();
    let Work::Call(due) = &call.work else { panic!("no call") };
    assert_eq!((call.step.as_str(), due.tool), ("call_1_0", Tool::Calculator));
    assert!(scene.record(&call, done("2")));
    assert!(!scene.record(&call, done("3")));
    let question = scene.take(says("It is 2."));
    let Work::Ask(question) = question.work else { panic!("no question") };
    assert_eq!(question.steps[0].results[0].text, "\"2\"");
    assert_eq!(scene.run.view(grant()).output.as_deref(), Some("It is 2."));
    assert_eq!(scene.run.owed_lines().count(), 2);
}

#[test]
fn a_call_that_acts_waits_for_a_person_and_what_they_say_counts_once() {
    let mut scene = Scene::new(Workflow::Loop, AgentBudget { seconds: Some(60), ..AgentBudget::default() });
    scene.take(calls(&[fetch()]));
    assert_eq!((scene.claim(), scene.run.status()), (Claim::Waits, RunStatus::Waiting));
    assert_eq!(scene.run.view(grant()).approvals, ["call_1_0"]);
    scene.run.told(scene.run.seq()).unwrap();
    let since_ms = scene.run.look_again_at_ms(scene.now_ms).unwrap() - MAX_WAIT_MS;
    assert!(since_ms <= scene.now_ms, "nothing rings while it waits");
    // Two months, and several deaths.
    scene.now_ms += 60 * 24 * 3_600_000;
    scene.die();
    assert_eq!(scene.decide("call_9_9", true), Decided::Unasked);
    assert_eq!(scene.decide("call_1_0", true), Decided::Now);
    assert_eq!(scene.decide("call_1_0", true), Decided::Before);
    assert_eq!(scene.decide("call_1_0", false), Decided::Otherwise);
    scene.take(done("page"));
    scene.take(says("Read."));
    assert_eq!(scene.ended().0, RunStatus::Completed, "the time of people is not the run's");
}

#[test]
fn a_call_that_is_not_allowed_is_told_to_the_model_and_nobody_waits_for_ever() {
    let mut scene = Scene::new(Workflow::Loop, AgentBudget::default());
    scene.take(calls(&[fetch()]));
    assert_eq!(scene.decide("call_1_0", false), Decided::Now);
    let question = scene.take(calls(&[fetch()]));
    let Work::Ask(question) = question.work else { panic!("no question") };
    assert!(question.steps[0].results[0].text.contains("does not allow"));
    scene.now_ms += MAX_WAIT_MS;
    assert_eq!(scene.claim(), Claim::Over);
    assert_eq!(scene.ended(), (RunStatus::Failed, Some(RunReason::NobodyDecided)));
    assert_eq!(scene.decide("call_1_1", true), Decided::Otherwise);
}

#[test]
fn an_acting_call_of_unknown_outcome_is_never_made_again_unasked() {
    let mut scene = Scene::new(Workflow::Loop, AgentBudget::default());
    scene.take(calls(&[fetch()]));
    scene.decide("call_1_0", true);
    scene.due();
    scene.die();
    assert_eq!(scene.claim(), Claim::Waits);
    assert_eq!(scene.run.view(grant()).approvals, ["call_1_0~2"]);
    assert_eq!(scene.decide("call_1_0", true), Decided::Before, "the first word is about the first time");
    assert_eq!(scene.claim(), Claim::Waits);
    assert_eq!(scene.decide("call_1_0~2", true), Decided::Now);
    assert_eq!(scene.due().attempt, 2);
    scene.die();
    assert_eq!(scene.decide("call_1_0~2", true), Decided::Before);
    assert_eq!(scene.decide("call_1_0~3", false), Decided::Now);
    let Work::Ask(question) = scene.take(says("I do not know.")).work else { panic!("no question") };
    assert!(question.steps[0].results[0].is_error);
}

#[test]
fn what_may_be_repeated_is_as_often_as_it_is_tried() {
    let mut scene = Scene::new(Workflow::Loop, AgentBudget::default());
    for attempt in 1..=MAX_RETRIES + 1 {
        assert_eq!(scene.due().attempt, attempt);
        scene.die();
    }
    assert_eq!(scene.ended(), (RunStatus::Failed, Some(RunReason::StepFailed)));

    let mut scene = Scene::new(Workflow::Loop, AgentBudget::default());
    scene.take(calls(&[("artifact_create", json!({ "title": "T", "kind": "text", "content": "c" }))]));
    for attempt in 1..=MAX_RETRIES + 1 {
        let claimed = scene.due();
        assert_eq!((claimed.step.as_str(), claimed.attempt), ("call_1_0", attempt), "one key for all attempts");
        scene.die();
    }
    scene.take(says("It did not work."));
    assert_eq!(scene.ended().0, RunStatus::Completed);
}

#[test]
fn a_failed_question_is_asked_again_after_a_pause_that_grows() {
    let mut scene = Scene::new(Workflow::Loop, AgentBudget::default());
    let mut pauses = Vec::new();
    for _ in 0..MAX_RETRIES {
        let claimed = scene.take(fails());
        assert_eq!(claimed.step, "answer-0");
        let Claim::Later(at_ms) = scene.claim() else { panic!("at once") };
        pauses.push((at_ms - scene.now_ms).div_ceil(1_000));
        scene.now_ms = at_ms;
    }
    assert_eq!(pauses, [2, 4, 8]);
    assert!(pauses.iter().sum::<u64>() * 1_000 < CHAIN_MS);
    scene.take(fails());
    assert_eq!(scene.ended(), (RunStatus::Failed, Some(RunReason::StepFailed)));

    let mut scene = Scene::new(Workflow::Loop, AgentBudget::default());
    let refused = Came::Failed { error: "Too long.".into(), reason: Some(RunReason::ModelRefused), spent: spent() };
    scene.take(refused);
    assert_eq!(scene.ended(), (RunStatus::Failed, Some(RunReason::ModelRefused)));
    assert_eq!((scene.run.view(grant()).error.as_deref(), scene.run.owed_lines().count()), (Some("Too long."), 1));
}

#[test]
fn a_budget_ends_a_run_once_with_its_reason() {
    let calculate = || calls(&[("calculator", json!({ "expression": "1" }))]);
    for (budget, reason, asked) in [
        (AgentBudget { steps: Some(2), ..AgentBudget::default() }, RunReason::OverSteps, 2),
        (AgentBudget { tool_calls: Some(1), ..AgentBudget::default() }, RunReason::OverToolCalls, 2),
        (AgentBudget { tokens: Some(31), ..AgentBudget::default() }, RunReason::OverTokens, 3),
        (AgentBudget { cost_micro_usd: Some(7), ..AgentBudget::default() }, RunReason::OverCost, 1),
    ] {
        let mut scene = Scene::new(Workflow::Loop, budget);
        for _ in 0..20 {
            match scene.claim() {
                Claim::Do(claimed) => {
                    let came = if matches!(claimed.work, Work::Ask(_)) { calculate() } else { done("1") };
                    scene.record(&claimed, came);
                }
                Claim::Over => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(scene.ended(), (RunStatus::Failed, Some(reason)));
        assert_eq!(scene.run.view(grant()).usage.steps, asked, "{reason:?}");
    }
    let mut scene = Scene::new(Workflow::Loop, AgentBudget { seconds: Some(9), ..AgentBudget::default() });
    let claimed = scene.due();
    scene.now_ms += 9_000;
    scene.run.tick(scene.now_ms).unwrap();
    assert_eq!(scene.ended(), (RunStatus::Failed, Some(RunReason::Overtime)));
    assert!(!scene.record(&claimed, says("Too late.")));
    assert_eq!(scene.run.owed_lines().count(), 1, "what was said too late is paid for");
    assert_eq!(scene.run.look_again_at_ms(scene.now_ms), Some(scene.now_ms + HEARTBEAT_MS));
    scene.run.told(scene.run.seq()).unwrap();
    assert_eq!((scene.run.look_again_at_ms(scene.now_ms), scene.run.owes()), (None, false));
}

#[test]
fn a_cancelled_run_takes_no_step_and_nothing_that_comes_late() {
    let mut scene = Scene::new(Workflow::Research, AgentBudget::default());
    let claimed = scene.due();
    assert!(scene.run.cancel(grant(), scene.now_ms).unwrap());
    assert!(!scene.run.cancel(grant(), scene.now_ms).unwrap());
    assert!(!scene.record(&claimed, says("x")));
    assert!(!scene.record(&claimed, says("x")));
    assert_eq!((scene.claim(), scene.run.owed_lines().count()), (Claim::Over, 1));
    assert_eq!(scene.ended(), (RunStatus::Cancelled, Some(RunReason::Cancelled)));
}

/// The run that goes on from `from`, from a step or from where it ended.
fn carried(from: &Run<MemoryJournal>, step: Option<&str>) -> Vec<Entry> {
    match from.carry(grant(), step).unwrap() {
        Carry::These(entries) => entries,
        other => panic!("{other:?}"),
    }
}

impl Scene {
    fn rerun(self, step: Option<&str>) -> Self {
        let carried = carried(&self.run, step);
        let journal = MemoryJournal::default();
        let run = Run::create(journal.clone(), self.run.head().clone(), carried, self.now_ms).unwrap();
        Self { journal, run, now_ms: self.now_ms }
    }
}

#[test]
fn a_failed_run_goes_on_from_the_step_that_failed_and_pays_for_nothing_twice() {
    let mut scene = Scene::new(Workflow::Research, AgentBudget { steps: Some(3), ..AgentBudget::default() });
    assert_eq!(scene.run.carry(grant(), None).unwrap(), Carry::NotOver);
    for name in ["initialize", "research"] {
        scene.take(says(&format!("result of {name}")));
    }
    scene.take(Came::Failed { error: "No.".into(), reason: Some(RunReason::ModelRefused), spent: spent() });
    assert_eq!(scene.ended(), (RunStatus::Failed, Some(RunReason::ModelRefused)));

    let mut again = scene.rerun(None);
    assert_eq!((again.run.owed_lines().count(), again.run.view(grant()).usage.steps), (0, 0));
    let claimed = again.take(says("result of analyze"));
    assert_eq!((claimed.step.as_str(), claimed.attempt), ("analyze-0", 1));
    assert!(text_of(&claimed).contains("result of research"));
    again.die();
    again.take(says("result of execute"));
    again.take(says("result of summarize"));
    assert_eq!(again.claim(), Claim::Over);
    assert_eq!(again.ended(), (RunStatus::Completed, Some(RunReason::Done)));
    let view = again.run.view(grant());
    assert_eq!((view.steps.len(), view.usage.steps, again.run.owed_lines().count()), (5, 3, 3));
    assert_eq!(again.run.carry(grant(), None).unwrap(), Carry::NoStep, "all are done");
    assert_eq!(again.run.carry(grant(), Some("execute-1")).unwrap(), Carry::NoStep);

    let mut third = again.rerun(Some("execute-0"));
    assert_eq!(third.take(says("better")).step, "execute-0");
    assert_eq!(third.run.view(grant()).steps.len(), 4);
}

#[test]
fn a_call_that_somebody_allowed_in_one_run_is_asked_about_again_in_another() {
    let mut scene = Scene::new(Workflow::Loop, AgentBudget::default());
    scene.take(calls(&[fetch(), fetch()]));
    scene.decide("call_1_0", true);
    scene.take(done("page"));
    scene.decide("call_1_1", true);
    scene.due();
    scene.run.cancel(grant(), scene.now_ms).unwrap();
    let mut again = scene.rerun(None);
    assert_eq!(again.claim(), Claim::Waits);
    assert_eq!(again.run.view(grant()).approvals, ["call_1_1"], "nobody knows what came of it");
    assert_eq!(again.decide("call_1_0", true), Decided::Before, "what has a result is not made again");
    again.run.cancel(grant(), again.now_ms).unwrap();
    let first = again.rerun(Some("call_1_0"));
    assert_eq!(first.run.view(grant()).approvals, ["call_1_0", "call_1_1"]);
}

impl Scene {
    fn send(&mut self, name: &str, key: &str, data: i32) -> Sent {
        self.run.send(grant(), self.now_ms, name.into(), key.into(), json!(data)).unwrap()
    }

    /// What the model reads of the newest call.
    fn told(&mut self) -> String {
        let claimed = self.due();
        let Work::Ask(question) = &claimed.work else { panic!("no question") };
        let text = question.steps.last().unwrap().results[0].text.clone();
        self.record(&claimed, says("Go on."));
        text
    }
}

#[test]
fn a_pause_outlives_its_process_and_its_time_is_not_the_runs() {
    let mut scene = Scene::new(Workflow::Loop, AgentBudget { seconds: Some(9), ..AgentBudget::default() });
    scene.take(calls(&[("sleep", json!({ "seconds": 86_400 })), fetch()]));
    scene.decide("call_1_1", true);
    scene.take(done("page"));
    assert_eq!((scene.claim(), scene.run.status()), (Claim::Waits, RunStatus::Waiting));
    scene.run.told(scene.run.seq()).unwrap();
    let wakes_at_ms = scene.run.look_again_at_ms(scene.now_ms).unwrap();
    assert!((86_390_000..=86_400_000).contains(&(wakes_at_ms - scene.now_ms)), "its end is the only thing that rings");
    scene.now_ms = wakes_at_ms - 2;
    scene.die();
    assert_eq!(scene.claim(), Claim::Waits, "not before");
    let shown = scene.run.view(grant()).steps;
    let waits = shown.iter().find(|step| step.key == "call_1_0").unwrap();
    assert_eq!((waits.status, waits.waits_until.map(|until| until.0)), (StepStatus::Waiting, Some(wakes_at_ms)));
    scene.now_ms = wakes_at_ms + 5_000;
    scene.die();
    assert!(scene.told().contains("wokeAt"));
    assert_eq!(scene.ended().0, RunStatus::Completed);
}

#[test]
fn an_event_ends_one_wait_also_when_it_came_before() {
    let mut scene = Scene::new(Workflow::Loop, AgentBudget::default());
    let wait = || calls(&[("wait_for_event", json!({ "name": "paid", "timeout_seconds": 60 }))]);
    scene.take(wait());
    assert_eq!(scene.claim(), Claim::Waits);
    assert_eq!(scene.send("other", "a", 0), Sent::Now);
    assert_eq!((scene.claim(), scene.run.status()), (Claim::Waits, RunStatus::Waiting));
    assert_eq!(scene.send("paid", "b", 1), Sent::Now);
    assert_eq!(scene.send("paid", "b", 1), Sent::Before);
    assert_eq!(scene.send("paid", "b", 2), Sent::Otherwise);
    assert_eq!(scene.send("paid", "c", 3), Sent::Now);
    scene.die();
    let first = scene.take(wait());
    let Work::Ask(question) = first.work else { panic!("no question") };
    let text = &question.steps[0].results[0].text;
    assert!(text.contains(r#"{"data":1,"event":"paid"}"#) && text.contains("from outside"), "{text}");
    let second = scene.take(wait());
    let Work::Ask(question) = second.work else { panic!("no question") };
    assert!(question.steps[1].results[0].text.contains(r#""data":3"#), "kept until it was waited for");
    assert_eq!(scene.claim(), Claim::Waits);
    scene.now_ms += 60_000;
    assert!(scene.told().contains("timedOut"));
    assert_eq!(scene.send("paid", "d", 4), Sent::Over);
    assert_eq!(scene.send("paid", "c", 3), Sent::Before);
}

#[test]
fn events_that_nobody_waits_for_are_bounded() {
    let mut scene = Scene::new(Workflow::Loop, AgentBudget::default());
    let sent: Vec<Sent> = (0..40).map(|n| scene.send("x", &format!("k{n}"), n)).collect();
    assert_eq!(sent.iter().filter(|sent| **sent == Sent::Now).count(), 32);
    assert_eq!(sent.last(), Some(&Sent::Full));
}

/// What happens to a run in a random sequence.
#[derive(Debug, Clone)]
enum Event {
    /// A message of the queue, perhaps one that came before.
    Deliver,
    /// The effect of the step that is being taken.
    Effect,
    /// What came of it is written down.
    Record(u8),
    /// Of an attempt whose process is dead.
    RecordOfTheDead,
    Crash,
    Decide {
        approved: bool,
        old: bool,
    },
    Cancel,
    /// An event from outside; each number is one.
    Send(u8),
    /// Seconds; a clock may also be set back.
    Time(i32),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => Just(Event::Deliver),
        6 => Just(Event::Effect),
        8 => any::<u8>().prop_map(Event::Record),
        2 => Just(Event::RecordOfTheDead),
        3 => Just(Event::Crash),
        3 => (any::<bool>(), any::<bool>()).prop_map(|(approved, old)| Event::Decide { approved, old }),
        1 => prop::bool::weighted(0.2).prop_map(|cancel| if cancel { Event::Cancel } else { Event::Deliver }),
        2 => (0..12_u8).prop_map(Event::Send),
        2 => (-20..60).prop_map(Event::Time),
    ]
}

/// A run, whoever works on it, and what has happened outside.
struct World {
    journal: MemoryJournal,
    run: Option<Run<MemoryJournal>>,
    now_ms: u64,
    working: Option<(Claimed, bool)>,
    dead: Vec<Claimed>,
    /// How often each call was carried out that acts.
    acts: HashMap<String, u32>,
    /// How often somebody has allowed it.
    allowed: HashMap<String, u32>,
    names: Vec<String>,
}

impl World {
    fn new() -> Self {
        Self::with(Vec::new(), NOW_MS)
    }

    fn with(carried: Vec<Entry>, now_ms: u64) -> Self {
        let journal = MemoryJournal::default();
        let budget = AgentBudget { steps: Some(12), tool_calls: Some(9), ..AgentBudget::default() };
        let run = Run::create(journal.clone(), new(Workflow::Research, budget), carried, now_ms).unwrap();
        let (acts, allowed) = (HashMap::new(), HashMap::new());
        Self { journal, run: Some(run), now_ms, working: None, dead: Vec::new(), acts, allowed, names: Vec::new() }
    }

    fn run(&mut self) -> &mut Run<MemoryJournal> {
        let (journal, now_ms) = (&self.journal, self.now_ms);
        self.run.get_or_insert_with(|| {
            let mut run = Run::open(journal.clone()).unwrap().unwrap();
            run.recover(now_ms).unwrap();
            run
        })
    }

    fn act(&mut self, event: &Event) {
        let now_ms = self.now_ms;
        match event {
            Event::Deliver => {
                let is_busy = self.working.is_some() && self.run.is_some();
                match self.run().claim(now_ms, RULES).unwrap() {
                    Claim::Do(claimed) => {
                        assert!(!is_busy, "two at a time");
                        assert!(claimed.attempt <= MAX_RETRIES + 1 || claimed.step.starts_with("call"));
                        self.working = Some((*claimed, false));
                    }
                    Claim::Busy => assert!(is_busy),
                    _ => {}
                }
            }
            Event::Effect => {
                if let Some((claimed, is_done)) = &mut self.working
                    && !*is_done
                {
                    *is_done = true;
                    if let Work::Call(due) = &claimed.work
                        && due.tool == Tool::WebFetch
                    {
                        *self.acts.entry(due.id.clone()).or_default() += 1;
                    }
                }
            }
            Event::Record(kind) => {
                if let Some((claimed, _)) = self.working.take_if(|(_, is_done)| *is_done) {
                    let came = came(&claimed, *kind);
                    self.run().record(now_ms, &claimed.step, claimed.attempt, came, RULES).unwrap();
                }
            }
            Event::RecordOfTheDead => {
                if let Some(claimed) = self.dead.pop() {
                    let came = came(&claimed, 0);
                    assert!(!self.run().record(now_ms, &claimed.step, claimed.attempt, came, RULES).unwrap());
                }
            }
            Event::Crash => {
                self.run = None;
                self.dead.extend(self.working.take().map(|(claimed, _)| claimed));
                self.run();
            }
            Event::Decide { approved, old } => {
                let open = self.run().view(grant()).approvals;
                let name = if *old { self.names.last().cloned() } else { open.first().cloned() };
                let Some(name) = name else { return };
                if self.run().decide(grant(), now_ms, &name, *approved, None).unwrap() == Decided::Now && *approved {
                    let call = name.split('~').next().unwrap_or_default().to_owned();
                    *self.allowed.entry(call).or_default() += 1;
                }
                self.names.push(name);
            }
            Event::Send(n) => {
                let name = if n % 2 == 0 { "even" } else { "odd" };
                self.run().send(grant(), now_ms, name.into(), format!("k{n}"), json!(n)).unwrap();
            }
            Event::Cancel => drop(self.run().cancel(grant(), now_ms).unwrap()),
            Event::Time(seconds) => self.now_ms = self.now_ms.saturating_add_signed(i64::from(*seconds) * 1_000),
        }
    }

    /// Lets it come to its end, whatever it needs.
    fn settle(&mut self) {
        for _ in 0..900 {
            for event in [Event::Deliver, Event::Effect, Event::Record(0), Event::Decide { approved: true, old: false }]
            {
                self.act(&event);
            }
            if self.run().summary().status.is_over() {
                return;
            }
            self.now_ms += 1_000;
        }
        panic!("it does not end: {:?}", self.run().view(grant()));
    }

    /// Another run goes on from a step of this one, or from where it ended.
    fn rerun(&mut self, pick: Option<usize>) -> Option<Self> {
        let steps = self.run().view(grant()).steps;
        let step = pick.and_then(|pick| steps.get(pick % steps.len().max(1))).map(|step| step.key.clone());
        let now_ms = self.now_ms;
        let Carry::These(carried) = self.run().carry(grant(), step.as_deref()).unwrap() else { return None };
        let results = carried.iter().filter_map(|entry| match entry {
            Entry::Answered { step, .. } | Entry::Finished { step, .. } => Some(step.clone()),
            _ => None,
        });
        let results: Vec<String> = results.collect();
        assert!(results.iter().all(|result| Some(result) != step.as_ref()), "the step is taken anew");
        let rows = carried.len();
        let mut other = Self::with(carried, now_ms);
        other.settle();
        let started = other.journal.after(rows as u64 + 1, u32::MAX).unwrap();
        for kept in started {
            if let Entry::Started { step, .. } | Entry::Waits { step, .. } = &kept.entry {
                assert!(!results.contains(step), "{step} has a result");
            }
        }
        Some(other)
    }

    fn audit(&mut self) {
        for (call, times) in &self.acts {
            let allowed = self.allowed.get(call).copied().unwrap_or(0);
            assert!(*times <= allowed, "{call} was made {times} times and allowed {allowed} times");
        }
        let rows = self.journal.after(0, u32::MAX).unwrap();
        assert!(rows.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq && pair[0].at_ms <= pair[1].at_ms));
        let end = rows.iter().position(|kept| matches!(kept.entry, Entry::Closed { .. })).expect("it has ended");
        assert!(rows[end + 1..].iter().all(|kept| matches!(kept.entry, Entry::Late { .. })), "closed once, for ever");
        self.audit_events(&rows);
        let mut claims = HashMap::new();
        for kept in &rows {
            if let Entry::Started { step, attempt } = &kept.entry {
                assert_eq!(claims.insert(step.clone(), *attempt).unwrap_or(0) + 1, *attempt, "each attempt once");
            }
        }
        let view = self.run().view(grant());
        assert!(view.usage.steps <= 12, "{:?}", view.usage);
        assert_eq!(
            Run::open(self.journal.clone()).unwrap().unwrap().view(grant()),
            view,
            "another process knows the same"
        );
        let lines: Vec<_> = self.run().owed_lines().map(|line| (line.step.clone(), line.attempt)).collect();
        let mut once = lines.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), lines.len(), "an attempt is paid for once");
    }
}

impl World {
    /// Each event was received once, and ends one wait at most, after it came.
    fn audit_events(&self, rows: &[Kept]) {
        let (mut received, mut handed_out) = (Vec::new(), Vec::new());
        for kept in rows {
            match &kept.entry {
                Entry::Received { data, .. } => {
                    assert!(!received.contains(data), "{data} twice");
                    received.push(data.clone());
                }
                Entry::Finished { outcome: Outcome::Output(output), .. } if output.get("data").is_some() => {
                    let data = output["data"].clone();
                    assert!(received.contains(&data) && !handed_out.contains(&data), "{data}");
                    handed_out.push(data);
                }
                _ => {}
            }
        }
    }
}

/// What comes of an attempt, by chance.
fn came(claimed: &Claimed, kind: u8) -> Came {
    if matches!(claimed.work, Work::Call(_)) {
        return if kind % 5 == 1 {
            Came::Done { outcome: Outcome::Error("It failed.".into()), duration_ms: 1 }
        } else {
            done("done")
        };
    }
    match kind % 10 {
        1 => calls(&[fetch()]),
        2 => calls(&[("calculator", json!({ "expression": "1" })), fetch()]),
        3 => calls(&[("artifact_create", json!({ "title": "T", "kind": "text", "content": "c" })), fetch(), fetch()]),
        4 => calls(&[("unknown", json!({}))]),
        5 => fails(),
        6 => Came::Said(Said { deltas: vec![Delta::Text("half".into())], by: "p m".into(), spent: spent() }),
        7 => calls(&[("sleep", json!({ "seconds": 5 })), fetch()]),
        8 => {
            let wait = |name: &str| ("wait_for_event", json!({ "name": name, "timeout_seconds": 9 }));
            calls(&[wait("odd"), wait("even"), ("calculator", json!({ "expression": "1" }))])
        }
        _ => says("An answer."),
    }
}

/// The number of sequences; the issue asks for 100,000.
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
    fn every_run_ends_once_and_no_act_is_done_that_nobody_allowed(events in prop::collection::vec(event(), 1..40), pick: Option<u8>) {
        let mut world = World::new();
        for event in &events {
            world.act(event);
        }
        world.settle();
        world.audit();
        if let Some(mut other) = world.rerun(pick.map(usize::from)) {
            other.audit();
        }
    }
}
