//! What people do with a conversation's messages: fork, delete, vote, answer anew and go on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    access::{Act, Grant, Principal},
    chat::{
        compaction::Compaction,
        conversation::{Conversation, New, Sent, Summary},
        send::{Fault, Refusal, Send},
        turn::Limits,
    },
    models::{Delta, FinishReason, Options, Prompt, prompt_bytes, tokens::Family},
    money::prices::Prices,
};
use edgewise_protocol::{
    api::{ModelRoute, UpdateConversation},
    attachment::Attached,
    details::{Details, ForkedFrom},
    event::{Event, Numbered},
    ids::{AttachmentId, ConversationId, MessageId, UserId},
    message::{Message, Part, Status, Usage},
    price::Price,
    vote::{Vote, VoteValue},
};
use edgewise_testkit::memory::MemoryLog;

const NOW_MS: u64 = 1_700_000_000_000;

fn owner() -> UserId {
    UserId::new(1, &[1; 10])
}

fn new(n: u8) -> New {
    New {
        id: ConversationId::new(NOW_MS, &[n; 10]),
        creator: owner(),
        place: None,
        title: None,
        system: Some("Be brief.".into()),
        model: "model".into(),
        details: Details::default(),
    }
}

/// A conversation and the model that it asks.
struct Chat {
    store: MemoryLog,
    log: Conversation<MemoryLog>,
    now_ms: u64,
    epoch: u64,
    prompt: Option<Prompt>,
    told: Vec<Numbered>,
}

impl Chat {
    fn new() -> Self {
        let store = MemoryLog::default();
        let log = Conversation::create(store.clone(), Limits::default(), NOW_MS, new(1)).unwrap();
        let mut chat = Self { store, log, now_ms: NOW_MS, epoch: 0, prompt: None, told: Vec::new() };
        chat.take();
        chat
    }

    fn grant<A: Act>(&self) -> Grant<A> {
        self.log.authorize(&Principal { user: owner(), memberships: &[] }).unwrap()
    }

    fn take(&mut self) {
        let effects = self.log.take_effects();
        self.told.extend(effects.events);
        if let Some(ask) = effects.ask {
            (self.epoch, self.prompt) = (ask.epoch, Some(ask.prompt));
        }
    }

    fn send(&mut self, send: Send) -> Sent {
        self.now_ms += 1;
        let sent = self.log.send(self.grant(), self.now_ms, send).unwrap();
        self.take();
        sent
    }

    fn ask(&mut self, text: &str) -> Sent {
        self.send(Send { text: text.into(), ..Send::default() })
    }

    fn hear(&mut self, deltas: Vec<Delta>) {
        self.now_ms += 1;
        self.log.hear(self.epoch, self.now_ms, deltas).unwrap();
        self.take();
    }

    fn say(&mut self, text: &str) {
        self.hear(vec![Delta::Text(text.into())]);
        self.log.flush(self.now_ms).unwrap();
        self.take();
    }

    fn end(&mut self, reason: FinishReason) {
        self.hear(vec![Delta::Finish(reason), Delta::Done]);
    }

    fn exchange(&mut self, question: &str, answer: &str) -> Sent {
        let sent = self.ask(question);
        self.say(answer);
        self.end(FinishReason::Stop);
        sent
    }

    fn messages(&self) -> Vec<Message> {
        self.log.messages_after(self.grant(), 0, 200).unwrap().0
    }

    fn id(&self, seq: u64) -> MessageId {
        self.log.turn_id(seq).unwrap().unwrap()
    }

    /// What the log tells from its beginning, without a gap.
    fn events(&self) -> Vec<Numbered> {
        let events = self.log.events_after(self.grant(), 0).unwrap();
        assert!(events.iter().zip(1..).all(|(numbered, seq)| numbered.seq == seq), "a gap");
        assert_eq!(events.len() as u64, self.log.last_seq());
        events
    }

    /// The process dies.
    fn reopen(&mut self) {
        self.log = Conversation::open(self.store.clone(), Limits::default(), self.now_ms).unwrap().unwrap();
        self.take();
    }
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.content.as_str()).collect()
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Fault>) -> Refusal {
    match result {
        Err(Fault::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn attached(n: u8) -> Attached {
    Attached {
        id: AttachmentId::new(1, &[n; 10]),
        name: "a.txt".into(),
        media_type: "text/plain".into(),
        size: 3,
        object: "files/t/x".into(),
        text_bytes: 3,
    }
}

#[test]
fn a_fork_has_the_branch_with_its_thoughts_and_files_and_nothing_else() {
    let mut chat = Chat::new();
    chat.send(Send { text: "one".into(), attachments: vec![attached(1)], ..Send::default() });
    chat.hear(vec![Delta::Reasoning("Hm.".into())]);
    chat.say("first");
    chat.end(FinishReason::Stop);
    let kept = chat.exchange("two", "second");
    chat.exchange("three", "third");
    let first = chat.id(3);
    chat.send(Send { text: "another two".into(), parent: Some(first), ..Send::default() });
    chat.say("else");
    chat.end(FinishReason::Stop);

    let branch = chat.log.branch(chat.grant(), Some(chat.id(kept.turn))).unwrap();
    let from = ForkedFrom { conversation_id: chat.log.id(), message_id: branch.message_id };
    let details = Details { forked_from: Some(from), ..branch.details };
    let new = New { system: branch.system_prompt, model: branch.model, details, ..new(2) };
    let fork =
        Conversation::import(MemoryLog::default(), Limits::default(), chat.now_ms + 9, new, None, branch.messages);
    let fork = fork.unwrap();
    let messages = fork.messages_after(fork.authorize(&Principal { user: owner(), memberships: &[] }).unwrap(), 0, 50);
    let messages = messages.unwrap().0;
    assert_eq!(texts(&messages), ["one", "first", "two", "second"]);
    assert_eq!(messages[0].attachments, [attached(1).id.to_string()]);
    assert_eq!(messages[1].parts[0], Part::Reasoning { text: "Hm.".into() });
    assert_eq!(messages[3].status, Status::Completed);
    let summary = fork.summary().unwrap();
    assert_eq!(summary.system_prompt.as_deref(), Some("Be brief."));
    assert_eq!(summary.details.forked_from, Some(from));
    assert_eq!(summary.title, "one", "named as its source is");

    // Without a message it is the branch that is shown.
    let newest = chat.log.branch(chat.grant(), None).unwrap();
    let said: Vec<_> = newest.messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(said, ["one", "first", "another two", "else"]);
}

#[test]
fn what_has_not_ended_is_not_forked() {
    let mut chat = Chat::new();
    assert_eq!(refusal(chat.log.branch(chat.grant(), None)), Refusal::NothingToAnswer);
    let sent = chat.ask("one");
    assert_eq!(refusal(chat.log.branch(chat.grant(), Some(chat.id(sent.turn)))), Refusal::NotEnded);
    let queued = chat.ask("two");
    assert_eq!(refusal(chat.log.branch(chat.grant(), Some(chat.id(queued.message)))), Refusal::NotEnded);
    let stranger = MessageId::at(chat.log.id(), 99, NOW_MS);
    assert_eq!(refusal(chat.log.branch(chat.grant(), Some(stranger))), Refusal::NoSuchMessage);
    // The question alone can be: its fork holds no answer to it.
    let branch = chat.log.branch(chat.grant(), None).unwrap();
    assert_eq!(branch.messages.len(), 1);
}

#[test]
fn a_message_that_is_deleted_takes_what_follows_it_and_leaves_no_word() {
    let mut chat = Chat::new();
    chat.exchange("one", "first");
    let doomed = chat.send(Send { text: "secret two".into(), attachments: vec![attached(1)], ..Send::default() });
    chat.hear(vec![Delta::Reasoning("secret thought".into())]);
    chat.say("secret second");
    chat.end(FinishReason::Stop);
    chat.exchange("secret three", "secret third");
    let before = chat.events();

    let id = chat.id(doomed.message);
    let unheld = chat.log.delete_message(chat.grant(), chat.now_ms, id).unwrap();
    chat.take();
    assert_eq!(unheld, [attached(1).id]);
    assert_eq!(texts(&chat.messages()), ["one", "first"]);
    assert_eq!(chat.told.last().unwrap().event, Event::MessageDeleted { message_id: id });
    let after = chat.events();
    assert_eq!(after.len(), before.len() + 1);
    assert!(!format!("{after:?} {:?}", chat.store.snapshot()).contains("secret"), "of what was said nothing is left");
    let summary = chat.log.summary().unwrap();
    assert_eq!((summary.message_count, summary.pruned), (2, Some(summary.version)));
    assert_eq!(summary.preview, "first");

    // Once more is nothing, and another process knows the same.
    let last = chat.log.last_seq();
    assert_eq!(chat.log.delete_message(chat.grant(), chat.now_ms, id).unwrap(), [attached(1).id]);
    assert_eq!(chat.log.last_seq(), last);
    chat.reopen();
    assert_eq!((chat.log.summary().unwrap(), chat.events()), (summary, after));
    let next = chat.exchange("two", "second");
    assert_eq!(chat.messages()[2].parent_id, Some(chat.id(3)), "it follows the newest that is left");
    assert_eq!(chat.prompt.as_ref().unwrap().messages.len(), 3);
    assert_eq!(chat.log.pruned().unwrap().len(), 4);

    // What is gone is followed, answered and forked by nobody.
    let follow = Send { text: "x".into(), parent: Some(id), ..Send::default() };
    assert_eq!(refusal(chat.log.send(chat.grant(), chat.now_ms, follow)), Refusal::NoSuchMessage);
    let gone = id.to_string();
    assert_eq!(
        refusal(chat.log.regenerate(chat.grant(), chat.now_ms, Some(&gone), None, None)),
        Refusal::NoSuchMessage
    );
    assert_eq!(refusal(chat.log.branch(chat.grant(), Some(id))), Refusal::NoSuchMessage);
    assert_eq!(chat.messages().last().unwrap().id, chat.id(next.turn));
}

#[test]
fn what_is_under_way_ends_before_it_is_deleted() {
    let mut chat = Chat::new();
    chat.exchange("one", "first");
    let running = chat.ask("two");
    chat.say("half");
    chat.ask("three");
    let epoch = chat.epoch;
    chat.log.delete_message(chat.grant(), chat.now_ms, chat.id(running.turn)).unwrap();
    let effects = chat.log.take_effects();
    assert!(effects.abort && effects.ask.is_none());
    assert!(!chat.log.is_running());
    chat.log.hear(epoch, chat.now_ms, vec![Delta::Text("late".into())]).unwrap();
    assert_eq!(texts(&chat.messages()), ["one", "first", "two"]);
    // A question without an answer is followed and answered as any other.
    chat.reopen();
    let again = chat.log.regenerate(chat.grant(), chat.now_ms, None, None, None).unwrap();
    assert_eq!(again.message, running.message);
}

#[test]
fn a_conversation_whose_first_message_is_deleted_is_named_by_the_next() {
    let mut chat = Chat::new();
    let first = chat.exchange("secret name", "first");
    chat.log.delete_message(chat.grant(), chat.now_ms, chat.id(first.message)).unwrap();
    assert_eq!(chat.log.title(), "New Conversation");
    let summary = chat.log.summary().unwrap();
    assert_eq!((summary.message_count, summary.preview.as_str()), (0, ""));
    chat.exchange("another", "answer");
    assert_eq!(chat.log.title(), "another");
    chat.reopen();
    assert_eq!(chat.log.title(), "another");
}

#[test]
fn the_ledger_gets_what_a_deleted_answer_has_cost() {
    let mut chat = Chat::new();
    let sent = chat.ask("one");
    let usage = Usage { input_tokens: 3, output_tokens: 4, ..Usage::default() };
    chat.hear(vec![Delta::Text("first".into()), Delta::Usage(usage)]);
    chat.end(FinishReason::Stop);
    let owed = chat.log.owed(&Prices::default()).unwrap();
    chat.log.delete_message(chat.grant(), chat.now_ms, chat.id(sent.message)).unwrap();
    assert_eq!(chat.log.owed(&Prices::default()).unwrap(), owed);
    assert_eq!(owed.entries[0].output_tokens, 4);
}

#[test]
fn the_last_vote_on_an_answer_stands_and_is_told() {
    let mut chat = Chat::new();
    let sent = chat.exchange("one", "first");
    let answer = chat.id(sent.turn).to_string();
    let up = Vote { value: VoteValue::Up, reason: Some("clear".into()) };
    let shown = chat.log.vote(chat.grant(), chat.now_ms, &answer, Some(up.clone())).unwrap();
    assert_eq!((shown.vote.as_ref(), shown.content.as_str()), (Some(&up), "first"));
    chat.take();
    let event = Event::MessageVoted { message_id: shown.id, vote: Some(up.clone()) };
    assert_eq!(chat.told.last().unwrap().event, event);
    let last = chat.log.last_seq();
    chat.log.vote(chat.grant(), chat.now_ms, &answer, Some(up)).unwrap();
    assert_eq!(chat.log.last_seq(), last, "the same again is nothing");
    chat.reopen();
    assert_eq!(chat.messages()[1], shown);
    assert_eq!(chat.events().last().unwrap().event, event);
    let none = chat.log.vote(chat.grant(), chat.now_ms, &answer, None).unwrap();
    assert_eq!((none.vote, chat.log.last_seq()), (None, last + 1));

    let question = chat.id(sent.message).to_string();
    assert_eq!(refusal(chat.log.vote(chat.grant(), 1, &question, None)), Refusal::NotAnAnswer);
    let long = Vote { value: VoteValue::Down, reason: Some("x".repeat(1_001)) };
    assert!(matches!(refusal(chat.log.vote(chat.grant(), 1, &answer, Some(long))), Refusal::TooLong { .. }));
    let running = chat.ask("two");
    let running = chat.id(running.turn).to_string();
    assert_eq!(refusal(chat.log.vote(chat.grant(), 1, &running, None)), Refusal::NotEnded);
    assert_eq!(refusal(chat.log.vote(chat.grant(), 1, "nobody", None)), Refusal::NoSuchMessage);
}

#[test]
fn an_answer_that_was_cut_goes_on_from_what_it_had_said() {
    let mut chat = Chat::new();
    let sent = chat.ask("one");
    chat.say("half an ");
    chat.log.stop(chat.grant(), chat.now_ms, None).unwrap();
    chat.take();
    let cut = chat.id(sent.turn);
    let on = chat.log.continue_answer(chat.grant(), chat.now_ms, &cut.to_string(), Some("k")).unwrap();
    chat.take();
    let prompt = chat.prompt.clone().unwrap();
    assert_eq!(prompt.messages.last().unwrap().text, "half an ", "the model is shown what was said");
    let again = chat.log.continue_answer(chat.grant(), chat.now_ms, &cut.to_string(), Some("k")).unwrap();
    assert_eq!((again.message, again.turn, again.repeat), (on.message, on.turn, true));
    chat.say("answer");
    // The process dies, and what came before is nobody's to pay again.
    chat.reopen();
    assert_eq!(chat.prompt.as_ref().unwrap().messages.last().unwrap().text, "half an answer");
    chat.say(".");
    chat.end(FinishReason::Stop);
    let messages = chat.messages();
    assert_eq!(texts(&messages), ["one", "half an ", "half an answer."]);
    assert_eq!((messages[1].status, messages[2].status), (Status::Stopped, Status::Completed));
    assert_eq!((messages[2].continues, messages[2].parent_id), (Some(cut), Some(messages[0].id)));
    let events = chat.events();
    let said: String = events
        .iter()
        .filter_map(|numbered| match &numbered.event {
            Event::MessageDelta { message_id, text } if *message_id == messages[2].id => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(said, "half an answer.");
    let created = events.iter().find_map(|numbered| match &numbered.event {
        Event::TurnCreated { turn } if turn.id == messages[2].id => Some(turn.continues),
        _ => None,
    });
    assert_eq!(created, Some(Some(cut)));
    let whole = messages[2].id.to_string();
    assert_eq!(refusal(chat.log.continue_answer(chat.grant(), 1, &whole, None)), Refusal::AtItsEnd);
    let question = messages[0].id.to_string();
    assert_eq!(refusal(chat.log.continue_answer(chat.grant(), 1, &question, None)), Refusal::AtItsEnd);
}

#[test]
fn an_answer_that_was_too_long_goes_on_and_one_without_a_word_begins() {
    let mut chat = Chat::new();
    let sent = chat.ask("one");
    chat.say("long");
    chat.end(FinishReason::Length);
    let id = chat.id(sent.turn).to_string();
    chat.log.continue_answer(chat.grant(), chat.now_ms, &id, None).unwrap();
    chat.take();
    chat.log.stop(chat.grant(), chat.now_ms, None).unwrap();
    chat.take();
    assert_eq!(texts(&chat.messages()), ["one", "long", "long"]);
    let sent = chat.ask("two");
    chat.log.stop(chat.grant(), chat.now_ms, None).unwrap();
    chat.take();
    let id = chat.id(sent.turn).to_string();
    chat.log.continue_answer(chat.grant(), chat.now_ms, &id, None).unwrap();
    chat.take();
    chat.say("now");
    chat.end(FinishReason::Stop);
    let last = chat.messages().pop().unwrap();
    assert_eq!((last.content.as_str(), last.continues.map(|id| id.to_string())), ("now", Some(id)));
}

#[test]
fn an_answer_is_made_anew_once_for_each_key() {
    let mut chat = Chat::new();
    let sent = chat.exchange("one", "first");
    let id = chat.id(sent.turn).to_string();
    let again = |chat: &mut Chat, model: &str, key: &str| {
        let made = chat.log.regenerate(chat.grant(), chat.now_ms, Some(&id), Some(model.into()), Some(key)).unwrap();
        chat.take();
        made
    };
    let first = again(&mut chat, "other", "k");
    assert_eq!(chat.prompt.as_ref().unwrap().model, "other");
    chat.say("second");
    chat.end(FinishReason::Stop);
    let repeat = again(&mut chat, "other", "k");
    assert_eq!((repeat.message, repeat.turn, repeat.repeat), (first.message, first.turn, true));
    again(&mut chat, "other", "l");
    assert_eq!(chat.messages().len(), 4);
    let bad = chat.log.regenerate(chat.grant(), 1, Some(&id), None, Some("é"));
    assert_eq!(refusal(bad), Refusal::NotPrintable { what: "Idempotency-Key" });
}

#[test]
fn what_is_changed_is_told_kept_and_asked_of_the_model() {
    let mut chat = Chat::new();
    chat.exchange("one", "first");
    let updated = chat.log.summary().unwrap().updated_at;
    let changes = |json: &str| serde_json::from_str::<UpdateConversation>(json).unwrap();
    let update = |chat: &mut Chat, json: &str| {
        chat.log.update(chat.grant(), chat.now_ms + 1_000, changes(json)).unwrap();
        chat.take();
    };
    update(
        &mut chat,
        r#"{"pinned":true,"tags":["a","b"],"folder":"Work","parameters":{"temperature":0.2,"maxTokens":50}}"#,
    );
    let last = chat.log.last_seq();
    update(&mut chat, r#"{"pinned":true,"folder":"Work"}"#);
    assert_eq!(chat.log.last_seq(), last, "as it was already");
    update(&mut chat, r#"{"systemPrompt":"","model":"other","archived":true,"pinned":false,"folder":""}"#);
    let summary = chat.log.summary().unwrap();
    assert_eq!(summary.updated_at, updated, "where it is found is no activity");
    assert_eq!((summary.system_prompt.as_deref(), summary.model.as_str()), (None, "other"));
    let details = summary.details.clone();
    assert!(details.archived && !details.pinned && details.folder.is_none() && details.tags == ["a", "b"]);
    let event = Event::ConversationUpdated {
        title: "New Conversation".into(),
        model: Some("other".into()),
        details: Some(Box::new(details)),
    };
    assert_eq!(chat.told.last().unwrap().event, event);
    chat.reopen();
    assert_eq!((chat.log.summary().unwrap(), &chat.events().last().unwrap().event), (summary, &event));
    chat.ask("two");
    let wishes = chat.prompt.as_ref().unwrap().options.wishes;
    assert_eq!((wishes.temperature.map(f64::from), wishes.max_tokens), (Some(0.2), Some(50)));

    for (json, field) in [
        (r#"{"tags":["a","a"]}"#, "tags"),
        (r#"{"tags":[" "]}"#, "tags"),
        (r#"{"folder":" "}"#, "folder"),
        (r#"{"parameters":{"maxTokens":0}}"#, "parameters/maxTokens"),
    ] {
        match refusal(chat.log.update(chat.grant(), 1, changes(json))) {
            Refusal::Bad { field: found, .. } => assert_eq!(found, field, "{json}"),
            other => panic!("{other:?}"),
        }
    }
    let many = format!(r#"{{"tags":{:?}}}"#, (0..21).map(|n| n.to_string()).collect::<Vec<_>>());
    assert!(matches!(refusal(chat.log.update(chat.grant(), 1, changes(&many))), Refusal::Bad { .. }));
}

/// Six long exchanges and a question, which a model of 4,000 tokens is asked.
fn grown() -> (Chat, Compaction) {
    let mut chat = Chat::new();
    for at in 0..6 {
        chat.exchange(&format!("q{at} {}", "word ".repeat(200)), &format!("a{at} {}", "word ".repeat(200)));
    }
    chat.ask("The question");
    let compaction = due(&mut chat).unwrap();
    (chat, compaction)
}

fn due(chat: &mut Chat) -> Option<Compaction> {
    let mut prompt = chat.prompt.clone().unwrap();
    let options = Options { context_tokens: Some(4_000), ..Options::default() };
    prompt.put_to("p", "m", options);
    chat.log.compaction(chat.epoch, &prompt, Family::OpenAi, 50)
}

fn whole(text: &str) -> Summary {
    let usage = Usage { input_tokens: 1_500, output_tokens: 20, ..Usage::default() };
    Summary { text: text.into(), is_whole: true, said_bytes: text.len(), usage: Some(usage) }
}

fn store(chat: &mut Chat, compaction: &Compaction, summary: &Summary) {
    chat.log.compacted(chat.epoch, chat.now_ms, compaction, Family::OpenAi, summary).unwrap();
    chat.take();
}

fn summaries(chat: &Chat) -> Vec<(u64, String)> {
    let told = |numbered: Numbered| match numbered.event {
        Event::ContextCompacted { message_id, summary, tokens_before, tokens_after } => {
            assert!(tokens_after < tokens_before);
            Some((message_id.seq(), summary))
        }
        _ => None,
    };
    chat.events().into_iter().filter_map(told).collect()
}

#[test]
fn a_summary_is_stored_once_and_stands_for_what_it_covers() {
    let (mut chat, compaction) = grown();
    assert!(due(&mut chat).is_none(), "once in a turn");
    // Killed while the model writes it: nothing is stored, and whoever comes next asks again.
    chat.reopen();
    assert_eq!(summaries(&chat), []);
    let again = due(&mut chat).unwrap();
    assert_eq!((again.covers, &again.prompt), (compaction.covers, &compaction.prompt));
    let stale = chat.epoch - 1;
    chat.log.compacted(stale, chat.now_ms, &again, Family::OpenAi, &whole("Late.")).unwrap();
    assert_eq!(summaries(&chat), [], "nobody waits for it any more");
    store(&mut chat, &again, &whole(" They like tea. "));
    assert_eq!(summaries(&chat), [(compaction.covers, "They like tea.".to_owned())]);
    let prompt = chat.prompt.clone().unwrap();
    assert_eq!(prompt.summary.as_deref(), Some("They like tea."));
    let first = prompt.messages.first().unwrap();
    assert!(first.row.unwrap() > compaction.covers && prompt.messages.last().unwrap().text == "The question");
    assert!(prompt.messages.iter().all(|message| !message.text.contains("q0 ")));
    // Killed after it: it is there, and is not asked for again.
    chat.reopen();
    assert_eq!(chat.prompt.as_ref().unwrap().messages, prompt.messages);
    assert!(due(&mut chat).is_none(), "what is left fits");
    chat.say("An answer.");
    chat.end(FinishReason::Stop);
    chat.ask("And now?");
    let mut next = chat.prompt.clone().unwrap();
    assert_eq!(next.summary.as_deref(), Some("They like tea."));
    next.recall();
    assert!(next.messages[0].text.contains("\nThey like tea.\n========\n\nq"), "{}", next.messages[0].text);
    assert_eq!(summaries(&chat).len(), 1);
    assert_eq!(chat.told.iter().filter(|told| matches!(told.event, Event::ContextCompacted { .. })).count(), 1);
}

#[test]
fn a_summary_that_cannot_be_had_costs_its_tokens_and_the_prompt_is_cut() {
    let (mut chat, compaction) = grown();
    let route = ModelRoute { provider: "p".into(), model: "m".into(), price: None };
    chat.log.route(chat.epoch, chat.now_ms, std::slice::from_ref(&route), |_| false).unwrap();
    let epoch = chat.epoch;
    store(&mut chat, &compaction, &Summary { is_whole: false, ..whole("They li") });
    store(&mut chat, &compaction, &whole("  "));
    assert_eq!((summaries(&chat), chat.epoch), (vec![], epoch), "the same attempt goes on");
    let usage = Usage { input_tokens: 70, output_tokens: 3, ..Usage::default() };
    chat.say("An answer.");
    chat.hear(vec![Delta::Usage(usage), Delta::Finish(FinishReason::Stop), Delta::Done]);
    let counted = chat.messages().pop().unwrap().usage.unwrap();
    assert_eq!((counted.input_tokens, counted.output_tokens), (3_070, 43), "every attempt is the turn's");
}

/// Tokens and cost of the newest line that the ledger is owed.
fn owed(chat: &Chat) -> (u32, u32, u64) {
    let entry = chat.log.owed(&Prices::default()).unwrap().entries.pop().unwrap();
    (entry.input_tokens, entry.output_tokens, entry.cost_micro_usd)
}

#[test]
fn what_a_summary_took_is_charged_although_its_process_died() {
    let price = |input_micro_usd, output_micro_usd| Price { input_micro_usd, output_micro_usd, ..Price::default() };
    let finish = |chat: &mut Chat| {
        let prompt = chat.prompt.clone().unwrap();
        chat.log.priced(chat.epoch, Some(price(1_000_000, 10_000_000)), &prompt);
        let usage = Usage { input_tokens: 70, output_tokens: 3, ..Usage::default() };
        chat.hear(vec![Delta::Text("An answer.".into()), Delta::Usage(usage), Delta::Finish(FinishReason::Stop)]);
        chat.hear(vec![Delta::Done]);
        owed(chat)
    };
    let begun = || {
        let (mut chat, compaction) = grown();
        chat.log.priced(chat.epoch, Some(price(2_000_000, 20_000_000)), &compaction.prompt);
        chat.log.compacting(chat.epoch, chat.now_ms).unwrap();
        chat.take();
        let asked = u32::try_from(prompt_bytes(&compaction.prompt).div_ceil(4)).unwrap();
        (chat, compaction, asked)
    };
    let (mut chat, _, asked) = begun();
    chat.reopen();
    let killed_in_it = finish(&mut chat);
    assert_eq!(killed_in_it, (asked + 70, 3, u64::from(2 * asked) + 70 + 30), "its prompt, at its own price");

    let (mut chat, compaction, _) = begun();
    store(&mut chat, &compaction, &whole("They like tea."));
    chat.reopen();
    assert_eq!(finish(&mut chat), (1_500 + 70, 20 + 3, 3_000 + 400 + 70 + 30), "as it was counted");
}

#[test]
fn what_is_deleted_or_replaced_is_in_no_summary() {
    let (mut chat, compaction) = grown();
    store(&mut chat, &compaction, &whole("They like tea."));
    chat.say("An answer.");
    chat.end(FinishReason::Stop);
    // An older message is asked anew: the branch that the summary is of goes on elsewhere.
    let first = chat.messages()[0].id;
    chat.send(Send { text: "Another way".into(), edit_of: Some(first.to_string()), ..Send::default() });
    assert_eq!(chat.prompt.as_ref().unwrap().summary, None);
    chat.end(FinishReason::Stop);
    let covered = chat.messages()[2].id;
    chat.log.delete_message(chat.grant(), chat.now_ms, covered).unwrap();
    chat.take();
    assert_eq!(summaries(&chat), [(compaction.covers, String::new())], "its number stays, and not a word");
    assert!(!format!("{:?}", chat.store.snapshot()).contains("They like tea."));
    chat.reopen();
    assert_eq!(summaries(&chat).len(), 1);
}
