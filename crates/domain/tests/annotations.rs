//! What a model makes of an answer beside the turn: a title and suggestions, by the conversation's log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    access::{Act, Grant, Principal},
    chat::{
        annotations::{Annotations, Wants},
        conversation::{Conversation, New},
        send::Send,
        turn::Limits,
    },
    models::{Delta, FinishReason},
};
use edgewise_protocol::{
    api::UpdateConversation,
    details::Details,
    event::Event,
    ids::{ConversationId, MessageId, UserId},
};
use edgewise_testkit::memory::MemoryLog;

const NOW_MS: u64 = 1_700_000_000_000;
const BOTH: Wants = Wants { title: true, suggestions: true };

fn owner() -> UserId {
    UserId::new(1, &[1; 10])
}

struct Chat {
    store: MemoryLog,
    log: Conversation<MemoryLog>,
    now_ms: u64,
}

impl Chat {
    fn new() -> Self {
        let store = MemoryLog::default();
        let new = New {
            id: ConversationId::new(NOW_MS, &[1; 10]),
            creator: owner(),
            place: None,
            title: None,
            system: None,
            model: "model".into(),
            details: Details::default(),
        };
        let log = Conversation::create(store.clone(), Limits::default(), NOW_MS, new).unwrap();
        Self { store, log, now_ms: NOW_MS }
    }

    fn grant<A: Act>(&self) -> Grant<A> {
        self.log.authorize(&Principal { user: owner(), memberships: &[] }).unwrap()
    }

    /// Sends a message, lets the model answer it, and gives the answer's id.
    fn talk(&mut self, text: &str) -> MessageId {
        let sent = self.send(text);
        let epoch = self.log.take_effects().ask.unwrap().epoch;
        let said = vec![Delta::Text(format!("On {text}")), Delta::Finish(FinishReason::Stop), Delta::Done];
        self.log.hear(epoch, self.now_ms, said).unwrap();
        self.log.turn_id(sent).unwrap().unwrap()
    }

    fn send(&mut self, text: &str) -> u64 {
        self.now_ms += 1;
        let send = Send { text: text.into(), ..Send::default() };
        self.log.send(self.grant(), self.now_ms, send).unwrap().turn
    }

    fn annotated(&mut self, id: MessageId, title: &str, suggestions: &[&str]) -> Vec<Event> {
        self.log.take_effects();
        let title = Some(title.to_owned()).filter(|title| !title.is_empty());
        let suggestions = suggestions.iter().map(|text| (*text).to_owned()).collect();
        self.log.annotated(self.now_ms, id, Annotations { title, suggestions }).unwrap();
        self.log.take_effects().events.into_iter().map(|numbered| numbered.event).collect()
    }

    fn suggestions(&self) -> Vec<Vec<String>> {
        let (messages, _) = self.log.messages_after(self.grant(), 0, 50).unwrap();
        messages.into_iter().map(|message| message.suggestions).collect()
    }

    fn reopened(&self) -> Conversation<MemoryLog> {
        Conversation::open(self.store.clone(), Limits::default(), self.now_ms).unwrap().unwrap()
    }
}

#[test]
fn the_first_answer_names_the_conversation_once() {
    let mut chat = Chat::new();
    let answer = chat.talk("trees");
    assert_eq!(chat.log.to_annotate(chat.now_ms, BOTH).unwrap(), Some(answer));
    let excerpt = chat.log.excerpt(answer).unwrap().unwrap();
    assert_eq!((excerpt.question.as_str(), excerpt.answer.as_str()), ("trees", "On trees"));
    assert!(excerpt.untitled && excerpt.newest);

    let told = chat.annotated(answer, "Trees of Europe", &["How old?", "How tall?"]);
    assert!(matches!(&told[0], Event::ConversationUpdated { title, .. } if title == "Trees of Europe"), "{told:?}");
    assert!(matches!(&told[1], Event::SuggestionsCreated { message_id, suggestions }
        if *message_id == answer && suggestions == &["How old?", "How tall?"]));
    assert!(chat.annotated(answer, "Another", &["Why?"]).is_empty(), "the same job again does nothing");
    assert_eq!(chat.log.excerpt(answer).unwrap(), None);
    assert_eq!(chat.log.to_annotate(chat.now_ms, BOTH).unwrap(), None);

    let reopened = chat.reopened();
    assert_eq!((reopened.title(), reopened.last_seq()), ("Trees of Europe".into(), chat.log.last_seq()));
    let events = |log: &Conversation<MemoryLog>| log.events_after(chat.grant(), 0).unwrap();
    assert_eq!(events(&reopened), events(&chat.log));
    assert_eq!(chat.suggestions()[1], ["How old?", "How tall?"]);
}

#[test]
fn a_title_that_a_person_gave_stays() {
    let mut chat = Chat::new();
    let answer = chat.talk("trees");
    // While the model was being asked.
    let title = Some("Mine".to_owned());
    chat.log.update(chat.grant(), chat.now_ms, UpdateConversation { title, ..Default::default() }).unwrap();
    assert!(chat.annotated(answer, "Trees of Europe", &[]).is_empty());
    assert_eq!(chat.log.title(), "Mine");
    let excerpt = chat.log.excerpt(answer).unwrap().unwrap();
    assert!(!excerpt.untitled && excerpt.newest);
    // A later answer is no reason for another title.
    let mut chat = Chat::new();
    chat.talk("trees");
    let second = chat.talk("more");
    assert!(!chat.log.excerpt(second).unwrap().unwrap().untitled);
    assert!(chat.annotated(second, "More", &[]).is_empty());
    assert_eq!(chat.log.title(), "trees");
}

#[test]
fn suggestions_are_of_the_newest_answer_alone() {
    let mut chat = Chat::new();
    let first = chat.talk("one");
    chat.annotated(first, "", &["Why?"]);
    chat.send("two");
    assert!(chat.suggestions().concat().is_empty(), "somebody has gone on");
    assert!(chat.annotated(first, "", &["How?"]).is_empty(), "what comes late is nothing");

    let mut chat = Chat::new();
    chat.talk("one");
    let second = chat.talk("two");
    chat.annotated(second, "", &["Why?", "Why?", " ", "a", "b", "c"]);
    assert_eq!(chat.suggestions()[3], ["Why?", "a", "b"], "at most three, each once");
    // Of what is deleted nothing is left, in row 1 either.
    chat.log.delete_message(chat.grant(), chat.now_ms, second).unwrap();
    assert!(chat.suggestions().concat().is_empty());
    assert!(!chat.store.snapshot()[&1].meta.clone().unwrap().contains("Why?"));
}

#[test]
fn nothing_is_made_of_what_is_wrong_old_or_gone() {
    let mut chat = Chat::new();
    let answer = chat.talk("trees");
    assert_eq!(chat.log.to_annotate(chat.now_ms, Wants { title: false, suggestions: false }).unwrap(), None);
    assert_eq!(chat.log.to_annotate(chat.now_ms + 3_600_000, BOTH).unwrap(), None);
    let question = MessageId::at(chat.log.id(), 2, NOW_MS + 1);
    let unknown = MessageId::at(chat.log.id(), 99, NOW_MS);
    for id in [question, unknown] {
        assert_eq!(chat.log.excerpt(id).unwrap(), None);
        assert!(chat.annotated(id, "T", &["a"]).is_empty());
    }
    // One that a person has stopped says nothing of how it would have ended.
    let mut stopped = Chat::new();
    stopped.send("trees");
    stopped.log.stop(stopped.grant(), stopped.now_ms, None).unwrap();
    assert_eq!(stopped.log.to_annotate(stopped.now_ms, BOTH).unwrap(), None);

    chat.log.remove(chat.grant(), chat.now_ms).unwrap();
    assert_eq!(chat.log.excerpt(answer).unwrap(), None);
    chat.log.annotated(chat.now_ms, answer, Annotations { title: Some("T".into()), suggestions: Vec::new() }).unwrap();
    assert_eq!(chat.log.title(), "New Conversation");
}
