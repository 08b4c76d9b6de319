//! The index of an owner's messages, over a real SQLite and the real conversations.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    ports::{Accounts, Answer, Conversations, Ports},
    search::{Fed, Index, MAX_HITS, feed, index_of},
};
use edgewise_protocol::{
    api::SearchHit,
    calls::{
        account::{self, Profile},
        conversation::{Asker, Call, Create, Reply},
        search::{self, Batch, Said},
    },
    ids::{ConversationId, MessageId, UserId},
    jobs::ProjectConversation,
    message::Role,
    timestamp::Timestamp,
};
use edgewise_testkit::{memory::Break, ports::FakePorts, sqlite::Sqlite};
use futures::executor::block_on;

const DAY_MS: u64 = 24 * 3_600_000;
const NOW_MS: u64 = 1_000 * DAY_MS;

struct World(Index<Sqlite>);

impl World {
    fn new() -> Self {
        Self(Index::new(Sqlite::empty()))
    }

    fn call(&self, call: search::Call) -> search::Reply {
        self.0.handle(NOW_MS, call).unwrap()
    }

    fn index(&self, chat: u64, version: u64, texts: &[(u64, u64, &str)]) {
        let said = texts.iter().map(|(seq, age_days, text)| Said {
            seq: *seq,
            id: MessageId::at(id(chat), *seq, 1),
            role: Role::User,
            at: Timestamp(NOW_MS - age_days * DAY_MS),
            text: (*text).to_owned(),
        });
        let batch = Batch {
            read_at: 0,
            conversation: id(chat),
            title: format!("Chat {chat}"),
            version: Some(version),
            through: texts.last().map_or(0, |(seq, ..)| *seq),
            said: said.collect(),
        };
        self.call(search::Call::Index { batch });
    }

    fn page(&self, words: &str, limit: u32, skip: u32) -> (Vec<SearchHit>, bool) {
        match self.call(search::Call::Find { words: words.into(), limit, skip }) {
            search::Reply::Found { hits, more } => (hits, more),
            other => panic!("{other:?}"),
        }
    }

    /// The pieces found, with the hits in brackets.
    fn find(&self, words: &str) -> Vec<String> {
        self.page(words, 50, 0).0.iter().map(shown).collect()
    }
}

fn id(n: u64) -> ConversationId {
    ConversationId::new(n, &[0; 10])
}

fn shown(hit: &SearchHit) -> String {
    hit.snippet.iter().map(|part| if part.hit { format!("[{}]", part.text) } else { part.text.clone() }).collect()
}

#[test]
fn finds_what_was_said_in_any_script() {
    let world = World::new();
    assert_eq!(world.find("hello"), Vec::<String>::new(), "an index that was never fed");
    let texts = [
        "Hello wide world",
        "crème brûlée",
        "日本語のテスト",
        "한국어 문장입니다",
        "東京tower",
        "ภาษาไทยง่าย",
        "ПРИВЕТ",
    ];
    let rows: Vec<_> = texts.iter().zip(2..).map(|(text, seq)| (seq, 0, *text)).collect();
    world.index(1, 9, &rows);
    for (words, found) in [
        ("hello", "[Hello] wide world"),
        ("HELLO world", "[Hello] wide [world]"),
        ("wor*", "Hello wide [world]"),
        ("\"wide world\"", "Hello [wide world]"),
        ("creme", "[crème] brûlée"),
        ("本語", "日[本語]のテスト"),
        ("テスト", "日本語の[テスト]"),
        ("문장", "한국어 [문장]입니다"),
        ("tower", "東京[tower]"),
        ("京tow*", "東[京tower]"),
        ("ไทย", "ภาษา[ไทย]ง่าย"),
        ("привет", "[ПРИВЕТ]"),
    ] {
        assert_eq!(world.find(words), [found], "{words}");
    }
    for words in ["wor", "\"world wide\"", "本日", "hello nobody", "text:hello", "title", "NOT hello"] {
        assert_eq!(world.find(words), Vec::<String>::new(), "{words}");
    }
}

#[test]
fn no_words_break_the_query() {
    let world = World::new();
    world.index(1, 9, &[(2, 0, "plain")]);
    for words in [
        "\"",
        "''",
        "a\"b",
        "* *",
        "(",
        "a AND",
        "NEAR(",
        "x:y",
        "^a",
        "a\0b",
        "\u{1}\u{2}",
        "-",
        "\\",
        "{a b}:c",
        "+a",
        "é*\"*",
    ] {
        world.find(words);
    }
}

#[test]
fn the_same_again_changes_nothing_and_other_text_takes_its_place() {
    let world = World::new();
    for _ in 0..3 {
        world.index(1, 9, &[(2, 0, "first words")]);
    }
    assert_eq!(world.find("first").len(), 1);
    world.index(1, 10, &[(2, 0, "second words")]);
    assert_eq!((world.find("first").len(), world.find("second").len()), (0, 1));
    world.index(1, 8, &[]);
    let known = world.call(search::Call::Known { conversation: id(1) });
    assert!(matches!(known, search::Reply::Known { version: 10, through: 2 }), "{known:?}");
}

#[test]
fn what_was_deleted_is_not_found_and_does_not_come_back() {
    let world = World::new();
    world.index(1, 9, &[(2, 0, "secret one")]);
    world.index(2, 9, &[(2, 0, "secret two")]);
    world.call(search::Call::Forget { conversation: id(1), version: 12 });
    assert_eq!(world.find("secret"), ["[secret] two"]);
    world.index(1, 11, &[(2, 0, "secret one")]);
    assert_eq!(world.find("secret"), ["[secret] two"]);
    world.0.clear().unwrap();
    assert_eq!(world.find("secret"), Vec::<String>::new());
    world.index(3, 1, &[(2, 0, "secret three")]);
    assert_eq!(world.find("secret"), ["[secret] three"]);
}

#[test]
fn the_new_comes_before_the_old_and_pages_follow_one_another() {
    let world = World::new();
    world.index(1, 9, &[(2, 900, "same words"), (3, 0, "same words"), (4, 30, "same words")]);
    let ages: Vec<_> = world.page("same", 50, 0).0.iter().map(|hit| (NOW_MS - hit.created_at.0) / DAY_MS).collect();
    assert_eq!(ages, [0, 30, 900]);
    let rows: Vec<_> = (2..800).map(|seq| (seq, 0, "many many words")).collect();
    world.index(2, 9, &rows);
    let mut found = Vec::new();
    loop {
        let (hits, more) = world.page("many", 50, found.len() as u32);
        found.extend(hits.into_iter().map(|hit| hit.message_id));
        if !more {
            break;
        }
    }
    assert_eq!(found.len(), MAX_HITS as usize);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), MAX_HITS as usize, "no page repeats another");
}

struct Feeding {
    ports: FakePorts,
    user: UserId,
}

impl Feeding {
    async fn new() -> Self {
        let feeding = Self { ports: FakePorts::default(), user: UserId::new(1, &[0; 10]) };
        let session = account::NewSession {
            id: "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse().unwrap(),
            cookie_digest: "c".into(),
            refresh_digest: "r".into(),
            agent: String::new(),
            address: String::new(),
        };
        let profile = Profile::new(feeding.user, true, Timestamp(1));
        feeding.account(account::Call::Open { profile, session, ends: account::Ends::None, known: true }).await;
        feeding
    }

    async fn account(&self, call: account::Call) -> account::Reply {
        let name = index_of(edgewise_protocol::organization::Owner::User(self.user));
        self.ports.accounts().call(&name, call).await.unwrap()
    }

    async fn ask(&self, call: Call) -> Reply {
        match self.ports.conversations().call(id(1), Some(Asker::user(self.user)), call).await.unwrap() {
            Answer::Reply(reply) => *reply,
            other => panic!("{other:?}"),
        }
    }

    async fn create(&self) -> ProjectConversation {
        let create = Create {
            id: id(1),
            title: None,
            system_prompt: None,
            model: "m".into(),
            place: None,
            details: Default::default(),
        };
        self.ask(Call::Create(create)).await;
        self.job().await
    }

    async fn send(&self, text: &str) {
        let send = Call::Send {
            tools: None,
            reuse: false,
            text: text.into(),
            client_message_id: None,
            parent_id: None,
            edit_of: None,
            model: None,
            create: None,
            follow: None,
            attachments: Vec::new(),
        };
        assert!(matches!(self.ask(send).await, Reply::Accepted(_)));
    }

    async fn job(&self) -> ProjectConversation {
        match self.ask(Call::Get).await {
            Reply::Conversation { project, .. } => project,
            other => panic!("{other:?}"),
        }
    }

    async fn feed(&self, job: &ProjectConversation) -> Fed {
        feed(self.ports.conversations(), self.ports.accounts(), job).await.unwrap()
    }

    async fn found(&self, words: &str) -> usize {
        let call = search::Call::Find { words: words.into(), limit: 50, skip: 0 };
        match self.account(account::Call::Search { call }).await {
            account::Reply::Search { reply: search::Reply::Found { hits, .. } } => {
                // The scripted model says its question again.
                hits.iter().filter(|hit| hit.role == Role::User).count()
            }
            account::Reply::Unknown => usize::MAX,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_job_brings_the_index_up_to_date_once() {
    block_on(async {
        let feeding = Feeding::new().await;
        let empty = feeding.create().await;
        feeding.ports.take_hops();
        assert_eq!(feeding.feed(&empty).await, Fed::Whole);
        assert!(feeding.ports.take_hops().is_empty(), "there is nothing to index");
        feeding.send("where are the apples").await;
        let job = feeding.job().await;
        // The answer of every call is lost once, before and after it was carried out; the job comes again.
        for nth in 0..2 {
            for how in [Break::Before, Break::After] {
                feeding.ports.accounts().break_call(nth, how);
                feed(feeding.ports.conversations(), feeding.ports.accounts(), &job).await.unwrap_err();
            }
        }
        assert_eq!(feeding.feed(&job).await, Fed::Whole);
        assert_eq!(feeding.found("apples").await, 1);
        feeding.ports.take_hops();
        assert_eq!(feeding.feed(&job).await, Fed::Whole);
        assert_eq!(feeding.ports.take_hops().len(), 1, "a job that comes twice costs one call");
        feeding.send("and the apples of before").await;
        feeding.feed(&feeding.job().await).await;
        assert_eq!(feeding.found("apples").await, 2);
    });
}

#[test]
fn a_long_conversation_takes_several_jobs() {
    block_on(async {
        let feeding = Feeding::new().await;
        feeding.create().await;
        for n in 0..450 {
            feeding.send(&format!("apple number{n}")).await;
        }
        let job = feeding.job().await;
        assert_eq!(feeding.feed(&job).await, Fed::More);
        assert_eq!(feeding.found("number0").await, 1);
        assert_eq!(feeding.found("number449").await, 0);
        assert_eq!(feeding.feed(&job).await, Fed::Whole);
        assert_eq!(feeding.found("number449").await, 1);
    });
}

#[test]
fn a_message_that_was_deleted_is_found_no_more_and_no_late_job_brings_it_back() {
    block_on(async {
        let feeding = Feeding::new().await;
        feeding.create().await;
        feeding.send("green apples").await;
        feeding.send("red apples").await;
        let before = feeding.job().await;
        feeding.feed(&before).await;
        let Reply::Messages { messages, .. } = feeding.ask(Call::Read { after: 0, limit: 9 }).await else { panic!() };
        let call = Call::DeleteMessage { message_id: messages[2].id.to_string() };
        let Reply::MessageDeleted { project, .. } = feeding.ask(call).await else { panic!() };
        for nth in 0..2 {
            feeding.ports.accounts().break_call(nth, Break::After);
            feed(feeding.ports.conversations(), feeding.ports.accounts(), &project).await.unwrap_err();
        }
        assert_eq!(feeding.feed(&project).await, Fed::Whole);
        assert_eq!(feeding.found("apples").await, 1);
        feeding.feed(&before).await;
        let said = messages.iter().map(|message| search::Said {
            seq: message.seq,
            id: message.id,
            role: message.role,
            at: message.created_at,
            text: message.content.clone(),
        });
        // Pages that were read before it was deleted, and come after it.
        let batch = Batch {
            conversation: id(1),
            title: String::new(),
            version: None,
            read_at: before.version,
            through: 9,
            said: said.collect(),
        };
        feeding.account(account::Call::Search { call: search::Call::Index { batch } }).await;
        assert_eq!(feeding.found("apples").await, 1);
        feeding.send("yellow apples").await;
        feeding.feed(&feeding.job().await).await;
        assert_eq!(feeding.found("apples").await, 2);
    });
}

#[test]
fn deleting_forgets_and_whoever_has_left_is_not_indexed() {
    block_on(async {
        let feeding = Feeding::new().await;
        feeding.create().await;
        feeding.send("apples").await;
        let before = feeding.job().await;
        feeding.feed(&before).await;
        let Reply::Deleted { project } = feeding.ask(Call::Delete).await else { panic!() };
        assert_eq!(feeding.feed(&project).await, Fed::Whole);
        assert_eq!(feeding.feed(&before).await, Fed::Whole, "a late job");
        assert_eq!(feeding.found("apples").await, 0);

        let feeding = Feeding::new().await;
        feeding.create().await;
        feeding.send("apples").await;
        feeding.account(account::Call::Close).await;
        assert_eq!(feeding.feed(&feeding.job().await).await, Fed::Whole);
        assert_eq!(feeding.found("apples").await, usize::MAX);
    });
}
