//! Answers that are given again: kept once they are whole, found by the very same request, and free.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    access::{Principal, Write},
    chat::{
        conversation::{Conversation, New},
        reuse::{Kept, find, keep},
        send::Send,
        turn::{Limits, Trouble},
    },
    models::{Delta, FinishReason, Prompt},
    money::prices::Prices,
    ports::Ports,
};
use edgewise_protocol::{
    api::ModelRoute,
    ids::{ConversationId, UserId},
    message::{Message, Status},
    price::Price,
};
use edgewise_testkit::{
    memory::{Break, MemoryLog},
    ports::FakePorts,
};
use futures::executor::block_on;

const NOW_MS: u64 = 1_795_262_400_000;
const PRICE: Price = Price { input_micro_usd: 1_000_000, cached_input_micro_usd: None, output_micro_usd: 10_000_000 };

fn user(n: u8) -> UserId {
    UserId::new(1, &[n; 10])
}

/// Whoever asks, and what they share with others.
struct Asker<'a> {
    ports: &'a FakePorts,
    owner: UserId,
    store: MemoryLog,
    log: Conversation<MemoryLog>,
    /// Attempts that reached a model.
    asked: u32,
    /// What is being asked.
    ask: Option<(u64, Prompt)>,
}

impl<'a> Asker<'a> {
    fn new(ports: &'a FakePorts, owner: UserId) -> Self {
        let new = New {
            id: ConversationId::new(NOW_MS, &[3; 10]),
            creator: owner,
            place: None,
            title: None,
            system: None,
            model: "m".into(),
            details: Default::default(),
        };
        let store = MemoryLog::default();
        let log = Conversation::create(store.clone(), Limits::default(), NOW_MS, new).unwrap();
        Self { ports, owner, store, log, asked: 0, ask: None }
    }

    fn send(&mut self, text: &str, reuse: bool) {
        let grant = self.log.authorize::<Write>(&Principal { user: self.owner, memberships: &[] }).unwrap();
        self.log.send(grant, NOW_MS, Send { text: text.into(), reuse, ..Send::default() }).unwrap();
        self.shell();
    }

    /// What the shell does: looks for an answer that was given, else asks a model.
    fn shell(&mut self) {
        let effects = self.log.take_effects();
        if let Some(kept) = effects.keep {
            block_on(keep(self.ports.cache(), self.ports.files(), &kept.key, kept.answer));
        }
        let Some(ask) = effects.ask else { return };
        self.ask = Some((ask.epoch, ask.prompt.clone()));
        let Some(words) = self.find() else {
            self.asked += 1;
            return self.log.priced(ask.epoch, Some(PRICE), &ask.prompt);
        };
        self.log.hear(ask.epoch, NOW_MS, words).unwrap();
        self.shell();
    }

    fn find(&mut self) -> Option<Vec<Delta>> {
        let (epoch, prompt) = self.ask.clone().unwrap();
        let route = ModelRoute { provider: "p".into(), model: "m".into(), price: None };
        let key = self.log.reusable(epoch, &route, &prompt)?;
        let kept = block_on(find(self.ports.cache(), self.ports.files(), &key))?;
        self.log.reused(epoch, &kept)
    }

    fn hear(&mut self, deltas: Vec<Delta>) {
        let (epoch, _) = self.ask.clone().unwrap();
        self.log.hear(epoch, NOW_MS, deltas).unwrap();
        self.shell();
    }

    fn finish(&mut self, text: &str) {
        self.hear(vec![Delta::Text(text.into()), Delta::Finish(FinishReason::Stop), Delta::Done]);
    }

    fn reopen(&mut self) {
        self.log = Conversation::open(self.store.clone(), Limits::default(), NOW_MS).unwrap().unwrap();
        self.shell();
    }

    fn answer(&self) -> Message {
        let grant = self.log.authorize(&Principal { user: self.owner, memberships: &[] }).unwrap();
        self.log.messages_after(grant, 0, 99).unwrap().0.pop().unwrap()
    }

    /// Lines that the ledger is owed.
    fn owed(&self) -> usize {
        self.log.owed(&Prices::default()).unwrap().entries.len()
    }
}

/// The answer to `question` is kept for user 1.
fn kept(ports: &FakePorts, question: &str, answer: &str) {
    let mut first = Asker::new(ports, user(1));
    first.send(question, true);
    first.hear(vec![Delta::Reasoning("Hm. ".into())]);
    first.finish(answer);
    assert_eq!((first.asked, first.answer().reused, first.owed()), (1, false, 1));
}

#[test]
fn the_same_request_is_answered_with_the_same_words_for_nothing() {
    let ports = FakePorts::default();
    kept(&ports, "Why?", "Because.");
    let mut second = Asker::new(&ports, user(1));
    second.send("Why?", true);
    let answer = second.answer();
    assert_eq!((answer.content.as_str(), answer.status, answer.reused), ("Because.", Status::Completed, true));
    assert_eq!(answer.parts.len(), 2, "its thoughts as well");
    assert_eq!((second.asked, second.owed(), answer.usage), (0, 0, None));
    second.reopen();
    assert!(second.answer().reused, "it stays marked");
}

#[test]
fn who_does_not_wish_for_it_asks_another_thing_or_is_another_tenant_asks_the_model() {
    let ports = FakePorts::default();
    kept(&ports, "Why?", "Because.");
    for (owner, text, reuse) in [(1, "Why?", false), (2, "Why?", true), (1, "Why not?", true)] {
        let mut other = Asker::new(&ports, user(owner));
        other.send(text, reuse);
        assert_eq!(other.asked, 1, "{owner} {text} {reuse}");
        other.finish("Else.");
        assert_eq!((other.answer().content.as_str(), other.answer().reused), ("Else.", false));
    }
    let mut edited = Asker::new(&ports, user(1));
    edited.send("Why?", true);
    assert_eq!(edited.asked, 0);
    edited.send("Why?", true);
    assert_eq!(edited.asked, 1, "what came before is part of the request");
}

#[test]
fn a_large_answer_rests_among_the_files_and_what_fails_is_a_miss() {
    let ports = FakePorts::default();
    let long = "word ".repeat(20_000);
    kept(&ports, "Write.", &long);
    let objects = ports.files().keys();
    assert!(objects.len() == 1 && objects[0].starts_with("files/answers/"), "{objects:?}");
    let mut again = Asker::new(&ports, user(1));
    again.send("Write.", true);
    assert_eq!((again.asked, again.answer().content == long), (0, true));

    ports.files().break_call(0, Break::Before);
    let mut failing = Asker::new(&ports, user(1));
    failing.send("Write.", true);
    assert_eq!(failing.asked, 1);
    ports.files().lose(&objects[0]);
    let mut lost = Asker::new(&ports, user(1));
    lost.send("Write.", true);
    assert_eq!(lost.asked, 1);
    ports.files().break_call(0, Break::Before);
    lost.finish(&long);
    assert_eq!((lost.answer().status, ports.files().keys().len()), (Status::Completed, 0), "nobody waits for that");
}

#[test]
fn what_was_cut_failed_or_is_half_an_answer_is_not_kept() {
    let ports = FakePorts::default();
    let mut cut = Asker::new(&ports, user(1));
    cut.send("Why?", true);
    cut.hear(vec![Delta::Text("Be".into()), Delta::Finish(FinishReason::Length), Delta::Done]);
    let mut mended = Asker::new(&ports, user(1));
    mended.send("Why?", true);
    mended.hear(vec![Delta::Text("Be".into())]);
    let (epoch, _) = mended.ask.clone().unwrap();
    mended.log.trouble(epoch, NOW_MS, Trouble::Cut).unwrap();
    mended.shell();
    mended.finish("cause.");
    let mut third = Asker::new(&ports, user(1));
    third.send("Why?", true);
    assert_eq!(third.asked, 1, "two providers may have said that");
}

#[test]
fn killed_in_the_middle_it_goes_on_with_the_same_words() {
    let ports = FakePorts::default();
    kept(&ports, "Why?", "Because.");
    let mut killed = Asker::new(&ports, user(1));
    let route = ModelRoute { provider: "p".into(), model: "m".into(), price: None };
    let grant = killed.log.authorize::<Write>(&Principal { user: user(1), memberships: &[] }).unwrap();
    killed.log.send(grant, NOW_MS, Send { text: "Why?".into(), reuse: true, ..Send::default() }).unwrap();
    let ask = killed.log.take_effects().ask.unwrap();
    killed.log.reusable(ask.epoch, &route, &ask.prompt).unwrap();
    let words = killed.log.reused(ask.epoch, &Kept { thought: "Hm. ".into(), text: "Because.".into() }).unwrap();
    killed.log.hear(ask.epoch, NOW_MS, vec![words[0].clone(), Delta::Text("Bec".into())]).unwrap();
    killed.log.flush(NOW_MS).unwrap();
    killed.reopen();
    assert_eq!((killed.asked, killed.owed()), (0, 0));
    assert_eq!((killed.answer().content.as_str(), killed.answer().reused), ("Because.", true));

    // Gone in between: a model goes on, and is paid.
    let mut later = Asker::new(&ports, user(1));
    let grant = later.log.authorize::<Write>(&Principal { user: user(1), memberships: &[] }).unwrap();
    later.log.send(grant, NOW_MS, Send { text: "Why?".into(), reuse: true, ..Send::default() }).unwrap();
    let ask = later.log.take_effects().ask.unwrap();
    later.log.reusable(ask.epoch, &route, &ask.prompt).unwrap();
    later.log.reused(ask.epoch, &Kept { thought: String::new(), text: "Because.".into() }).unwrap();
    later.log.hear(ask.epoch, NOW_MS, vec![Delta::Text("Bec".into())]).unwrap();
    later.log.flush(NOW_MS).unwrap();
    ports.cache().clear();
    later.reopen();
    assert_eq!(later.asked, 1);
    later.finish("ause so.");
    assert_eq!((later.answer().content.as_str(), later.answer().reused, later.owed()), ("Because so.", false, 1));
}
