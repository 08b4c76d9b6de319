//! Exports of other platforms become conversations here, whatever is in them; ours come back as they were.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    access::{Principal, Read, authorize},
    chat::{
        conversation::{Conversation, New},
        send::Fault,
        turn::Limits,
    },
    transfer::{Broken, Found, MAX_CONVERSATIONS, Unreadable, read},
};
use edgewise_protocol::{
    calls::conversation::Imported,
    ids::{ConversationId, UserId},
    jobs::ProjectConversation,
    message::{Message, Role, Status},
    timestamp::Timestamp,
};
use edgewise_testkit::memory::MemoryLog;
use proptest::prelude::*;

const NOW_MS: u64 = 1_795_000_000_000;
const CHATGPT: &str = include_str!("../../../tests/fixtures/imports/chatgpt.json");
const CLAUDE: &str = include_str!("../../../tests/fixtures/imports/claude.json");
const LIBRECHAT: &str = include_str!("../../../tests/fixtures/imports/librechat.json");
const OPEN_WEBUI: &str = include_str!("../../../tests/fixtures/imports/open-webui.json");

fn one(file: &str) -> Found {
    let mut found = read(file.as_bytes()).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0).unwrap()
}

fn broken(file: &str) -> Broken {
    read(file.as_bytes()).unwrap().remove(0).unwrap_err()
}

fn user() -> UserId {
    UserId::new(1, &[0; 10])
}

fn import(found: &Found) -> Result<Conversation<MemoryLog>, Fault> {
    let new = New {
        id: ConversationId::new(1, &[0; 10]),
        creator: user(),
        place: None,
        title: found.title.clone(),
        system: found.system_prompt.clone(),
        model: found.model.clone().unwrap_or_else(|| "usual".into()),
        details: Default::default(),
    };
    Conversation::import(MemoryLog::default(), Limits::default(), NOW_MS, new, found.created_at, found.messages.clone())
}

fn messages(conversation: &Conversation<MemoryLog>) -> Vec<Message> {
    let principal = Principal { user: user(), memberships: &[] };
    let grant = authorize::<Read, _>(&principal, conversation.resource()).unwrap();
    conversation.messages_after(grant, 0, 1_000_000).unwrap().0
}

/// `role@parent text (model)` of each, the parent by its place.
fn shown(conversation: &Conversation<MemoryLog>) -> Vec<String> {
    let all = messages(conversation);
    let place = |message: &Message| {
        let parent = message.parent_id?;
        all.iter().position(|each| each.id == parent)
    };
    let show = |message: &Message| {
        let who = if message.role == Role::User { "u" } else { "a" };
        let parent = place(message).map_or_else(|| "-".into(), |at| at.to_string());
        let model = message.model.as_ref().map(|model| format!(" ({model})")).unwrap_or_default();
        format!("{who}@{parent} {}{model}", message.content.replace('\n', "/"))
    };
    all.iter().map(show).collect()
}

#[test]
fn chat_gpts_tree_comes_with_its_models_and_times() {
    let found = one(CHATGPT);
    assert_eq!((found.source, found.source_id.as_str()), ("chatgpt", "655a1c00-0000-800a-b000-000000000001"));
    assert_eq!(found.title.as_deref(), Some("Sourdough starter"));
    assert_eq!(found.created_at, Some(Timestamp(1_700_000_000_123)));
    let conversation = import(&found).unwrap();
    assert_eq!(
        shown(&conversation),
        [
            "u@- [attachment]//How do I feed a sourdough starter?",
            "a@0 Feed it daily. (gpt-4)",
            "a@0 ```/print(1 + 1)/```//```/2/```//Twice a day: **flour** and water. 🍞 (gpt-4o)",
        ]
    );
    assert_eq!(messages(&conversation)[0].created_at, Timestamp(1_700_000_001_500));
    assert_eq!(found.skipped, 3);
    let summary = conversation.summary().unwrap();
    assert_eq!((summary.message_count, summary.created_at.0), (3, 1_700_000_000_123));
    assert!(summary.preview.contains("flour"), "the branch that was open is the current one: {}", summary.preview);
}

#[test]
fn claudes_line_comes_with_its_attachments() {
    let found = one(CLAUDE);
    assert_eq!((found.source, found.title.as_deref()), ("claude", Some("Garden plans")));
    assert_eq!(
        shown(&import(&found).unwrap()),
        [
            "u@- What grows in shade?//yard.txt//```/north wall/```",
            "a@0 Ferns and hostas.//Also ivy. (usual)",
            "u@1 Thanks",
            "a@2  (usual)",
        ]
    );
}

#[test]
fn libre_chats_nested_tree_and_open_web_uis_history_come() {
    let found = one(LIBRECHAT);
    assert_eq!((found.source, found.source_id.as_str()), ("librechat", "9a8b7c6d-0000-4000-8000-000000000001"));
    assert_eq!(
        shown(&import(&found).unwrap()),
        [
            "u@- My chain slips.",
            "a@0 Check for wear. (gpt-4o)",
            "a@0 Replace the cassette. (gpt-4o)",
            "u@2 Which one?",
            "a@3  (gpt-4o-mini)",
        ]
    );
    let flat = LIBRECHAT.replace("\"messages\"", "\"messagesTree\"");
    assert_eq!(one(&flat).messages, found.messages);

    let found = one(OPEN_WEBUI);
    assert_eq!(found.system_prompt.as_deref(), Some("Answer in one sentence."));
    assert_eq!(
        shown(&import(&found).unwrap()),
        [
            "u@- How hot for green tea?",
            "a@0 Not boiling. (mistral:7b)",
            "a@0 About 75 °C. (llama3.1:8b)",
            "u@2 And black?",
            "a@3 Boiling. (llama3.1:8b)",
        ]
    );
}

/// Our own file of a conversation, as the door writes it.
fn export(conversation: &Conversation<MemoryLog>) -> String {
    let summary = conversation.summary().unwrap();
    let about = serde_json::json!({
        "id": summary.conversation_id, "title": summary.title, "systemPrompt": summary.system_prompt,
        "model": summary.model, "preview": summary.preview, "messageCount": summary.message_count,
        "lastSeq": summary.version, "createdAt": summary.created_at, "updatedAt": summary.updated_at,
    });
    let file = serde_json::json!({
        "format": "edgewise.conversation", "version": 1, "conversation": about, "messages": messages(conversation),
    });
    file.to_string()
}

#[test]
fn ours_come_back_as_they_were() {
    for file in [CHATGPT, CLAUDE, LIBRECHAT, OPEN_WEBUI] {
        let first = import(&one(file)).unwrap();
        let again = import(&one(&export(&first))).unwrap();
        assert_eq!(messages(&first), messages(&again), "the same id gives the same ids");
        // When the last answer ended is not told.
        let whole = |conversation: &Conversation<MemoryLog>| ProjectConversation {
            updated_at: Timestamp(0),
            ..conversation.summary().unwrap()
        };
        assert_eq!(whole(&first), whole(&again));
    }
}

#[test]
fn how_an_answer_ended_comes_back_too() {
    let mut found = one(CLAUDE);
    found.messages[1].status = Status::Failed;
    found.messages[1].error = Some("It broke.".into());
    found.messages[1].usage =
        Some(edgewise_protocol::message::Usage { input_tokens: 3, output_tokens: 4, ..Default::default() });
    let first = import(&found).unwrap();
    let again = import(&one(&export(&first))).unwrap();
    let answer = &messages(&again)[1];
    assert_eq!((answer.status, answer.error.as_deref()), (Status::Failed, Some("It broke.")));
    assert_eq!(answer.usage.map(|usage| usage.output_tokens), Some(4));
    assert_eq!(messages(&first), messages(&again));
}

#[test]
fn an_imported_log_is_whole_and_goes_on() {
    let mut conversation = import(&one(OPEN_WEBUI)).unwrap();
    let principal = Principal { user: user(), memberships: &[] };
    let grant = authorize::<Read, _>(&principal, conversation.resource()).unwrap();
    let events = conversation.events_after(grant, 0).unwrap();
    let numbers: Vec<_> = events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=conversation.last_seq()).collect::<Vec<_>>(), "no number is missing");
    assert!(!conversation.is_running());
    let effects = conversation.take_effects();
    assert!(effects.project && effects.ask.is_none(), "the catalogue is told, and no model is asked");
    let grant = authorize(&principal, conversation.resource()).unwrap();
    let send = edgewise_domain::chat::send::Send { text: "and white?".into(), ..Default::default() };
    conversation.send(grant, NOW_MS, send).unwrap();
    assert_eq!(shown(&conversation)[5], "u@4 and white?", "it follows the branch that was open");
}

#[test]
fn files_that_are_none_are_refused_in_a_sentence() {
    assert_eq!(read(b"PK\x03\x04rest").unwrap_err(), Unreadable::Zip);
    for file in ["", "x", "{", "[{}", "[{}]]", "\u{0}", "{\"a\":"] {
        assert!(matches!(read(file.as_bytes()), Err(Unreadable::Json(_))), "{file}");
    }
    for file in ["1", "\"x\"", "null"] {
        assert_eq!(read(file.as_bytes()).unwrap_err(), Unreadable::Other, "{file}");
    }
    let many = format!("[{}]", vec!["{}"; MAX_CONVERSATIONS + 1].join(","));
    assert_eq!(read(many.as_bytes()).unwrap_err(), Unreadable::TooMany);
    assert_eq!(read(b"[]").unwrap().len(), 0);
    assert_eq!(read(b"\xef\xbb\xbf[]").unwrap().len(), 0, "a byte order mark");
}

#[test]
fn one_that_is_broken_stops_no_other() {
    let good = CLAUDE.trim().trim_start_matches('[').trim_end_matches(']');
    let surrogate = good.replace("Thanks", r"\ud800").replace("Garden plans", "Lone");
    let file = format!(
        "[{{}}, 7, null, [], {{\"mapping\": 1}}, {surrogate}, {good}, {{\"format\":\"edgewise.conversation\",\"version\":2}}]"
    );
    let found = read(file.as_bytes()).unwrap();
    let taken: Vec<_> = found.iter().map(Result::is_ok).collect();
    assert_eq!(taken, [false, false, false, false, false, false, true, false]);
    for each in found.iter().filter_map(|each| each.as_ref().err()) {
        assert!(each.reason.ends_with('.'), "{each:?}");
    }
    let named = broken(
        r#"{"uuid":"u","name":"N","chat_messages":[{"uuid":"a","sender":"human"},{"uuid":"a","sender":"human"}]}"#,
    );
    assert_eq!((named.source_id.as_deref(), named.title.as_deref()), (Some("u"), Some("N")));
}

#[test]
fn hostile_files_end_soon() {
    let deep = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n));
    // Brackets a million deep, alone and within a field that is passed over.
    let _ = read(deep("[", "]", 1_000_000).as_bytes());
    let _ = read(format!("[{{\"x\":{},\"chat_messages\":[],\"uuid\":\"u\"}}]", deep("[", "]", 100_000)).as_bytes());
    let _ = read(format!("[{{\"mapping\":{}}}]", deep("{\"a\":", "}", 100_000)).as_bytes());
    let nested = deep(r#"{"messageId":"a","children":["#, "]}", 5_000);
    broken(&format!(r#"{{"conversationId":"c","messages":[{nested}]}}"#));
    let nodes: Vec<_> = (0..200_000).map(|n| format!(r#""n{n}":{{"parent":"n{}"}}"#, n + 1)).collect();
    broken(&format!(r#"{{"id":"c","mapping":{{{}}}}}"#, nodes.join(",")));
    let circle = r#"{"id":"c","mapping":{"a":{"parent":"b"},"b":{"parent":"a"}}}"#;
    assert!(broken(circle).reason.contains("circle"));
    let long =
        format!(r#"{{"uuid":"u","chat_messages":[{{"uuid":"a","sender":"human","text":"{}"}}]}}"#, "x".repeat(300_000));
    assert!(import(&one(&long)).is_err(), "a message is as long here as one that is sent");
}

#[test]
fn what_a_call_brings_is_checked_again() {
    let message = |parent, role| Imported::new(parent, role, "t".into(), None);
    for messages in [
        vec![message(Some(0), Role::User)],
        vec![message(Some(5), Role::User)],
        vec![message(None, Role::Assistant)],
        vec![message(None, Role::User), message(Some(0), Role::Assistant), message(Some(1), Role::Assistant)],
    ] {
        let found = Found { messages, ..one(CLAUDE) };
        assert!(import(&found).is_err(), "{found:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// A fixture with bytes cut out, put in and changed: it is read or refused, and whatever is read can be written.
    #[test]
    fn no_file_breaks_anything(which in 0..4_usize, edits in prop::collection::vec((0..5_000_usize, 0..40_usize, "[\\[\\]{}\":,a0\\\\ -]{0,6}"), 1..6)) {
        let mut bytes = [CHATGPT, CLAUDE, LIBRECHAT, OPEN_WEBUI][which].as_bytes().to_vec();
        for (at, cut, put) in edits {
            let at = at % bytes.len().max(1);
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, put.into_bytes());
        }
        for found in read(&bytes).into_iter().flatten().flatten() {
            if let Ok(conversation) = import(&found) {
                let events = messages(&conversation);
                prop_assert!(events.len() >= found.messages.len());
            }
        }
    }

    /// Random trees of random roles: what people saw is there, and the log has no gap.
    #[test]
    fn every_tree_becomes_a_whole_log(parents in prop::collection::vec((0..20_usize, 0..3_usize), 1..20)) {
        let nodes: Vec<_> = parents.iter().enumerate().map(|(at, (parent, role))| {
            let role = ["user", "assistant", "system"][*role];
            let parent = if *parent < at { format!("\"n{parent}\"") } else { "null".into() };
            format!(r#""n{at}":{{"parentId":{parent},"role":"{role}","content":"text {at}."}}"#)
        }).collect();
        let file = format!(r#"{{"id":"c","chat":{{"history":{{"messages":{{{}}},"currentId":"n0"}}}}}}"#, nodes.join(","));
        let found = one(&file);
        let conversation = import(&found).unwrap();
        let principal = Principal { user: user(), memberships: &[] };
        let grant = authorize::<Read, _>(&principal, conversation.resource()).unwrap();
        let events = conversation.events_after(grant, 0).unwrap();
        prop_assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq));
        let all = messages(&conversation);
        for (at, (_, role)) in parents.iter().enumerate() {
            let is_there = all.iter().any(|message| message.content.contains(&format!("text {at}.")));
            prop_assert_eq!(is_there, *role != 2, "{}", at);
        }
    }
}
