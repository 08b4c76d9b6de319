//! Every port of the doors, in memory: the real domain behind the object port, the real SQL behind the catalogue,
//! and a list of the hops that a request took.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    agent::records::AgentsOver,
    artifact::records::ArtifactsOver,
    catalogue::CatalogueOver,
    chat::{
        conversation::Conversation,
        desk::{Outcome, handle},
        readers::{TurnReader, log_sse},
        send::StoreError,
        turn::Limits,
    },
    directory::DirectoryOver,
    files::{records::AttachmentsOver, shown::Wanted},
    flags::FlagsOver,
    health::Part,
    library::LibraryOver,
    logs::Level,
    mail::LettersOver,
    models::{Delta, FinishReason, list::ModelsOver},
    money::{ledger::LedgerOver, stripe::store::BillingOver},
    organizations::OrganizationsOver,
    ports::{
        Answer, Cache, Clock, Columns, Conversations, Database, Entropy, Log, ObjectError, Ports, Pulse, Statement,
    },
    run::records::RunsOver,
    schedule::records::SchedulesOver,
    sharing::SharesOver,
    users::UsersOver,
    webhook::records::WebhooksOver,
};
use edgewise_protocol::{
    api::ModelRoute,
    calls::conversation::{Asker, Call, Request},
    ids::ConversationId,
};

use crate::{
    accounts::FakeAccounts,
    files::MemoryFiles,
    memory::{Break, Fails, MemoryLog},
    runs::FakeRuns,
    script::{next_token, token},
    sqlite::Sqlite,
    standards::Standards,
    web::FakeWeb,
    webhooks::FakeWebhooks,
};

/// A way out of the Worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hop {
    Account,
    Object,
    Database,
    Cache,
    Web,
    Files,
}

pub(crate) type Hops = Arc<Mutex<Vec<Hop>>>;

/// What fails until told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Down {
    Nothing,
    Database,
    Objects,
}

#[derive(Debug, Clone)]
pub struct FakePorts {
    hops: Hops,
    down: Arc<Mutex<Down>>,
    conversations: FakeConversations,
    catalogue: CatalogueOver<FakeDatabase>,
    accounts: FakeAccounts,
    users: UsersOver<FakeDatabase>,
    directory: DirectoryOver<FakeDatabase>,
    letters: LettersOver<FakeDatabase>,
    cache: MemoryCache,
    web: FakeWeb,
    standards: Standards,
    clock: TestClock,
    entropy: CountingEntropy,
    log: MemoryLines,
    pulse: FakePulse,
    flags: FlagsOver<FakeDatabase>,
    organizations: OrganizationsOver<FakeDatabase>,
    models: ModelsOver<FakeDatabase>,
    shares: SharesOver<FakeDatabase>,
    ledger: LedgerOver<FakeDatabase>,
    billing: BillingOver<FakeDatabase>,
    files: MemoryFiles,
    attachments: AttachmentsOver<FakeDatabase>,
    library: LibraryOver<FakeDatabase>,
    artifacts: ArtifactsOver<FakeDatabase>,
    agents: AgentsOver<FakeDatabase>,
    runs: FakeRuns,
    run_list: RunsOver<FakeDatabase>,
    webhooks: FakeWebhooks,
    webhook_list: WebhooksOver<FakeDatabase>,
    schedules: SchedulesOver<FakeDatabase>,
}

impl Default for FakePorts {
    fn default() -> Self {
        let hops = Hops::default();
        let down = Arc::new(Mutex::new(Down::Nothing));
        let clock = TestClock::default();
        let database = FakeDatabase {
            sqlite: Sqlite::migrated(),
            hops: hops.clone(),
            down: down.clone(),
            fails: Fails::default(),
        };
        Self {
            accounts: FakeAccounts::new(hops.clone(), down.clone(), clock.clone()),
            users: UsersOver(database.clone()),
            directory: DirectoryOver(database.clone()),
            letters: LettersOver(database.clone()),
            flags: FlagsOver(database.clone()),
            organizations: OrganizationsOver(database.clone()),
            models: ModelsOver(database.clone()),
            shares: SharesOver(database.clone()),
            ledger: LedgerOver(database.clone()),
            billing: BillingOver(database.clone()),
            files: MemoryFiles::new(hops.clone(), clock.clone()),
            attachments: AttachmentsOver(database.clone()),
            library: LibraryOver(database.clone()),
            artifacts: ArtifactsOver(database.clone()),
            agents: AgentsOver(database.clone()),
            runs: FakeRuns {
                hops: hops.clone(),
                down: down.clone(),
                clock: clock.clone(),
                database: database.clone(),
                all: Arc::default(),
            },
            run_list: RunsOver(database.clone()),
            webhooks: FakeWebhooks {
                hops: hops.clone(),
                down: down.clone(),
                clock: clock.clone(),
                all: Arc::default(),
            },
            webhook_list: WebhooksOver(database.clone()),
            schedules: SchedulesOver(database.clone()),
            conversations: FakeConversations {
                hops: hops.clone(),
                down: down.clone(),
                clock: clock.clone(),
                fails: Fails::default(),
                all: Arc::default(),
                files_asked: Arc::default(),
                keys_asked: Arc::default(),
            },
            catalogue: CatalogueOver(database),
            cache: MemoryCache { hops: hops.clone(), entries: Arc::default() },
            web: FakeWeb::new(hops.clone()),
            standards: Standards,
            clock,
            entropy: CountingEntropy::default(),
            log: MemoryLines::default(),
            pulse: FakePulse { down: down.clone(), asked: Arc::default(), stopped: Arc::default() },
            hops,
            down,
        }
    }
}

impl FakePorts {
    /// The hops since the last call.
    pub fn take_hops(&self) -> Vec<Hop> {
        std::mem::take(&mut self.hops.lock().unwrap())
    }

    /// D1 itself, for what no route shows.
    pub fn database(&self) -> &FakeDatabase {
        &self.users.0
    }

    /// Changes the database behind everybody's back.
    pub fn script(&self, sql: &str) {
        self.users.0.sqlite.script(sql);
    }

    /// The audit log: action, target and detail, oldest first.
    pub async fn audit(&self) -> Vec<(String, String, String)> {
        let sql = "SELECT action, target, detail FROM audit_log ORDER BY at_ms, id".into();
        let rows = self.users.0.batch(vec![Statement { sql, values: Vec::new() }]).await.unwrap().pop().unwrap();
        let text = |row: Columns| row.into_iter().map(|value| value.into_text().unwrap()).collect::<Vec<_>>();
        rows.into_iter().map(text).map(|row| (row[0].clone(), row[1].clone(), row[2].clone())).collect()
    }

    pub fn break_down(&self, down: Down) {
        *self.down.lock().unwrap() = down;
    }
}

impl Ports for FakePorts {
    type Conversations = FakeConversations;
    type Catalogue = CatalogueOver<FakeDatabase>;
    type Accounts = FakeAccounts;
    type Users = UsersOver<FakeDatabase>;
    type Directory = DirectoryOver<FakeDatabase>;
    type Letters = LettersOver<FakeDatabase>;
    type Cache = MemoryCache;
    type Web = FakeWeb;
    type Standards = Standards;
    type Clock = TestClock;
    type Entropy = CountingEntropy;
    type Log = MemoryLines;
    type Pulse = FakePulse;
    type Flags = FlagsOver<FakeDatabase>;
    type Models = ModelsOver<FakeDatabase>;
    type Organizations = OrganizationsOver<FakeDatabase>;
    type Shares = SharesOver<FakeDatabase>;
    type Ledger = LedgerOver<FakeDatabase>;
    type Billing = BillingOver<FakeDatabase>;
    type Files = MemoryFiles;
    type Attachments = AttachmentsOver<FakeDatabase>;
    type Library = LibraryOver<FakeDatabase>;
    type Artifacts = ArtifactsOver<FakeDatabase>;
    type Agents = AgentsOver<FakeDatabase>;
    type Runs = FakeRuns;
    type RunList = RunsOver<FakeDatabase>;
    type Webhooks = FakeWebhooks;
    type WebhookList = WebhooksOver<FakeDatabase>;
    type Schedules = SchedulesOver<FakeDatabase>;

    fn conversations(&self) -> &FakeConversations {
        &self.conversations
    }

    fn catalogue(&self) -> &CatalogueOver<FakeDatabase> {
        &self.catalogue
    }

    fn accounts(&self) -> &FakeAccounts {
        &self.accounts
    }

    fn users(&self) -> &UsersOver<FakeDatabase> {
        &self.users
    }

    fn directory(&self) -> &DirectoryOver<FakeDatabase> {
        &self.directory
    }

    fn letters(&self) -> &LettersOver<FakeDatabase> {
        &self.letters
    }

    fn cache(&self) -> &MemoryCache {
        &self.cache
    }

    fn web(&self) -> &FakeWeb {
        &self.web
    }

    fn standards(&self) -> &Standards {
        &self.standards
    }

    fn clock(&self) -> &TestClock {
        &self.clock
    }

    fn entropy(&self) -> &CountingEntropy {
        &self.entropy
    }

    fn log(&self) -> &MemoryLines {
        &self.log
    }

    fn pulse(&self) -> &FakePulse {
        &self.pulse
    }

    fn models(&self) -> &ModelsOver<FakeDatabase> {
        &self.models
    }

    fn flags(&self) -> &FlagsOver<FakeDatabase> {
        &self.flags
    }

    fn organizations(&self) -> &OrganizationsOver<FakeDatabase> {
        &self.organizations
    }

    fn shares(&self) -> &SharesOver<FakeDatabase> {
        &self.shares
    }

    fn ledger(&self) -> &LedgerOver<FakeDatabase> {
        &self.ledger
    }

    fn billing(&self) -> &BillingOver<FakeDatabase> {
        &self.billing
    }

    fn files(&self) -> &MemoryFiles {
        &self.files
    }

    fn attachments(&self) -> &AttachmentsOver<FakeDatabase> {
        &self.attachments
    }

    fn library(&self) -> &LibraryOver<FakeDatabase> {
        &self.library
    }

    fn artifacts(&self) -> &ArtifactsOver<FakeDatabase> {
        &self.artifacts
    }

    fn agents(&self) -> &AgentsOver<FakeDatabase> {
        &self.agents
    }

    fn runs(&self) -> &FakeRuns {
        &self.runs
    }

    fn run_list(&self) -> &RunsOver<FakeDatabase> {
        &self.run_list
    }

    fn webhooks(&self) -> &FakeWebhooks {
        &self.webhooks
    }

    fn webhook_list(&self) -> &WebhooksOver<FakeDatabase> {
        &self.webhook_list
    }

    fn schedules(&self) -> &SchedulesOver<FakeDatabase> {
        &self.schedules
    }
}

/// Conversation objects over the real domain. The model is the numbered one and answers with five tokens at once.
#[derive(Debug, Clone)]
pub struct FakeConversations {
    hops: Hops,
    down: Arc<Mutex<Down>>,
    clock: TestClock,
    fails: Fails,
    all: Arc<Mutex<HashMap<ConversationId, Option<Conversation<MemoryLog>>>>>,
    files_asked: Arc<Mutex<Vec<Wanted>>>,
    keys_asked: Arc<Mutex<Vec<String>>>,
}

/// The body of a stream that has ended.
#[derive(Debug)]
pub struct Ended(pub String);

impl IntoResponse for Ended {
    fn into_response(self) -> Response {
        ([("content-type", "text/event-stream; charset=utf-8")], Body::from(self.0)).into_response()
    }
}

impl FakeConversations {
    /// The `nth` call from now (0 is the next) fails.
    pub fn break_call(&self, nth: u32, how: Break) {
        self.fails.plan(nth, how);
    }

    /// The files that prompts wanted since the last call.
    pub fn take_files_asked(&self) -> Vec<Wanted> {
        std::mem::take(&mut self.files_asked.lock().unwrap())
    }

    /// Under which answers that were given before were looked for since the last call. None is found.
    pub fn take_keys_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.keys_asked.lock().unwrap())
    }

    fn answer(&self, id: ConversationId, asker: Option<Asker>, call: Call) -> Result<Answer<Ended>, ObjectError> {
        self.hops.lock().unwrap().push(Hop::Object);
        if *self.down.lock().unwrap() == Down::Objects {
            return Err(ObjectError::Overloaded);
        }
        let mut all = self.all.lock().unwrap();
        let held = all.entry(id).or_default();
        let request = Request::new(asker, call);
        let now_ms = self.clock.now_ms();
        let outcome = handle(held, &MemoryLog::default(), Limits::default(), now_ms, request)
            .map_err(|error| ObjectError::Failed(error.to_string()))?;
        if let Some(log) = held {
            while let Some(ask) = log.take_effects().ask {
                self.files_asked.lock().unwrap().extend(ask.files);
                let route = ModelRoute { provider: "fake".into(), model: ask.prompt.model.clone(), price: None };
                self.keys_asked.lock().unwrap().extend(log.reusable(ask.epoch, &route, &ask.prompt));
                let (turn, next) = next_token(&ask.prompt);
                let mut deltas: Vec<Delta> = (next..5).map(|k| Delta::Text(token(&turn, k))).collect();
                deltas.extend([Delta::Finish(FinishReason::Stop), Delta::Done]);
                log.hear(ask.epoch, now_ms, deltas).unwrap();
            }
        }
        Ok(match (outcome, held) {
            (Outcome::Reply(reply), _) => Answer::Reply(Box::new(reply)),
            (Outcome::Page { body, last_seq }, _) => {
                Answer::Page { body: Ended(serde_json::to_string(&body).unwrap()), last_seq }
            }
            (Outcome::FollowTurn { grant, turn, id, form }, Some(log)) => {
                let mut reader = TurnReader::new(id, form, None);
                let mut out = Vec::new();
                reader.read(&log.turn_events(grant, turn).unwrap(), &mut out);
                Answer::Stream(Ended(out.concat()))
            }
            (Outcome::FollowLog { grant, after }, Some(log)) => {
                let events = log.events_after(grant, after).unwrap();
                Answer::Stream(Ended(events.iter().map(log_sse).collect()))
            }
            (other, _) => return Err(ObjectError::Failed(format!("{other:?}"))),
        })
    }
}

impl Conversations for FakeConversations {
    type Stream = Ended;

    async fn call(&self, id: ConversationId, asker: Option<Asker>, call: Call) -> Result<Answer<Ended>, ObjectError> {
        let failed = Err(ObjectError::Failed("told to".into()));
        match self.fails.next() {
            Some(Break::Before) => failed,
            Some(Break::After) => self.answer(id, asker, call).and(failed),
            None => self.answer(id, asker, call),
        }
    }

    async fn socket(&self, _id: ConversationId, asker: Asker) -> Result<Ended, ObjectError> {
        self.hops.lock().unwrap().push(Hop::Object);
        Ok(Ended(format!("a socket for {}", asker.user)))
    }
}

/// D1 with the real migrations.
#[derive(Debug, Clone)]
pub struct FakeDatabase {
    sqlite: Sqlite,
    hops: Hops,
    down: Arc<Mutex<Down>>,
    fails: Fails,
}

impl FakeDatabase {
    /// The `nth` batch from now (0 is the next) fails.
    pub fn break_batch(&self, nth: u32, how: Break) {
        self.fails.plan(nth, how);
    }
}

impl Database for FakeDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Columns>>, StoreError> {
        self.hops.lock().unwrap().push(Hop::Database);
        if *self.down.lock().unwrap() == Down::Database {
            return Err(StoreError { operation: "batch", cause: "the database is down".into() });
        }
        let failed = || Err(StoreError { operation: "batch", cause: "told to".into() });
        match self.fails.next() {
            Some(Break::Before) => failed(),
            Some(Break::After) => {
                self.sqlite.batch(statements).await?;
                failed()
            }
            None => self.sqlite.batch(statements).await,
        }
    }
}

#[derive(Debug, Clone)]
pub struct MemoryCache {
    hops: Hops,
    entries: Arc<Mutex<HashMap<String, String>>>,
}

impl MemoryCache {
    /// Everything in it is lost.
    pub fn clear(&self) {
        self.entries.lock().unwrap().clear();
    }
}

impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Option<String> {
        self.hops.lock().unwrap().push(Hop::Cache);
        self.entries.lock().unwrap().get(key).cloned()
    }

    async fn put(&self, key: &str, value: &str, _ttl_s: u32) {
        self.hops.lock().unwrap().push(Hop::Cache);
        self.entries.lock().unwrap().insert(key.into(), value.into());
    }
}

/// Parts that answer unless they were stopped.
#[derive(Debug, Clone)]
pub struct FakePulse {
    down: Arc<Mutex<Down>>,
    asked: Arc<AtomicU64>,
    stopped: Arc<Mutex<Vec<Part>>>,
}

impl FakePulse {
    pub fn stop(&self, part: Part) {
        self.stopped.lock().unwrap().push(part);
    }

    /// How often a part was asked.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Pulse for FakePulse {
    async fn beats(&self, part: Part) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let is_down = match *self.down.lock().unwrap() {
            Down::Nothing => false,
            Down::Database => part == Part::Database,
            Down::Objects => part == Part::Objects,
        };
        !is_down && !self.stopped.lock().unwrap().contains(&part)
    }
}

/// The log's lines.
#[derive(Debug, Clone, Default)]
pub struct MemoryLines(Arc<Mutex<Vec<(Level, String)>>>);

impl MemoryLines {
    /// The lines since the last call.
    pub fn take(&self) -> Vec<(Level, String)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Log for MemoryLines {
    fn write(&self, level: Level, line: &str) {
        self.0.lock().unwrap().push((level, line.to_owned()));
    }
}

/// A clock that moves a millisecond each time that it is asked, and whenever it is told to.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicU64>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(1_795_248_132_000)))
    }
}

impl TestClock {
    pub fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    fn ahead_ms(&self, zone: &str, at_ms: u64) -> Option<i64> {
        crate::zones::ahead_ms(zone, at_ms)
    }
}

/// Never gives the same bytes twice.
#[derive(Debug, Clone, Default)]
pub struct CountingEntropy(Arc<AtomicU64>);

impl Entropy for CountingEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        bytes.iter_mut().zip(count).for_each(|(byte, value)| *byte = value);
    }
}
