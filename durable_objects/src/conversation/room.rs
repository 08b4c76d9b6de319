//! The room: the conversation held open, its readers, its timers, and what the domain's decisions make it do.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    time::Duration,
};

use edgewise_domain::{
    access::{Grant, Principal, Read},
    chat::{
        conversation::{Conversation, Effects},
        desk::{self, Outcome},
        send::{Fault, Refusal, StoreError},
        turn::{HEARTBEAT_MS, Limits},
    },
    config::Config,
    money::prices::Prices,
    ports::{Accounts, Clock},
};
use edgewise_platform::{
    alarms, clock::WorkerClock, log, object_sql::ObjectSql, objects::AccountObjects, queues, settings, timer::Timer,
};
use edgewise_protocol::{
    calls::{
        account::{self, AccountName},
        conversation::{Reply, Request},
    },
    event::Numbered,
    ids::{ConversationId, MessageId, UserId},
    jobs::ProjectConversation,
    organization::Membership,
};
use futures::{channel::oneshot, future};
use worker::{Delay, Env, State, WebSocketRequestResponsePair};

use super::{
    meter::{self, Holds},
    reuse,
    sockets::Sockets,
    store::Store,
    streams::Streams,
    tools,
    upstream::Upstream,
};

pub type Log = Conversation<Store<ObjectSql>>;

/// The queue's message is a wake-up and may be lost: until the catalogue confirms, it is sent again this often.
const OUTBOX_MS: u64 = 20_000;

/// What is known of the conversation.
#[expect(clippy::large_enum_variant, reason = "there is one in each object, and it is nearly always the large one")]
enum Held {
    /// Nothing: read the store.
    Unread,
    /// Read; `None` when there never was one.
    Read(Option<Log>),
}

pub struct Room {
    pub state: State,
    pub env: Env,
    store: Store<ObjectSql>,
    /// `None` when a setting is bad; the door says so before a request comes here.
    pub config: Option<Rc<Config>>,
    pub accounts: AccountObjects,
    held: RefCell<Held>,
    pub sockets: RefCell<Sockets>,
    pub streams: RefCell<Streams>,
    pub upstream: RefCell<Upstream>,
    /// What is held for the running turn.
    pub holds: RefCell<Holds>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    /// The catalogue is behind. After a start nobody knows; the alarm, which only debts keep set, tells.
    in_debt: Cell<bool>,
    alarm_is_set: Cell<bool>,
    /// Rings when the pending text is due.
    batch_timer: Timer,
    /// Rings when it is time to look whether the model has kept its deadlines.
    pub deadline_timer: Timer,
}

impl Room {
    pub fn new(state: State, env: Env) -> Rc<Self> {
        // Answered by the runtime, so that a client's keep-alive does not wake a sleeping object.
        if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        let config = settings::config(&env);
        if let Err(faults) = &config {
            log::error(format_args!("settings: {}", faults.join(" ")));
        }
        let store = Store::new(ObjectSql::new(&state.storage().sql()));
        let sockets = RefCell::new(Sockets::asleep(&state));
        let accounts = AccountObjects::new(env.clone());
        Rc::new_cyclic(|room: &Weak<Self>| Self {
            batch_timer: timer(&state, room, |room| room.batch_is_due()),
            deadline_timer: timer(&state, room, Upstream::look),
            state,
            env,
            store,
            config: config.ok(),
            accounts,
            held: RefCell::new(Held::Unread),
            sockets,
            streams: RefCell::default(),
            upstream: RefCell::default(),
            holds: RefCell::default(),
            waiting: RefCell::default(),
            in_debt: Cell::new(false),
            alarm_is_set: Cell::new(false),
        })
    }

    pub fn now_ms(&self) -> u64 {
        WorkerClock.now_ms()
    }

    fn limits(&self) -> Limits {
        self.config.as_ref().map_or_else(Limits::default, |config| config.limits)
    }

    /// Handles a call in one stretch.
    pub fn handle(self: &Rc<Self>, request: Request) -> Outcome {
        let holds = request.hold.is_some();
        let outcome = self
            .change(|held, room| desk::handle(held, &room.store, room.limits(), room.now_ms(), request))
            .unwrap_or(Outcome::Reply(Reply::Failed));
        if holds {
            meter::release_unused(self);
        }
        outcome
    }

    /// Does something to the conversation, then does what the domain decided. `None` when there is no
    /// conversation, or the store failed.
    pub fn with<T>(self: &Rc<Self>, act: impl FnOnce(&mut Log) -> Result<T, StoreError>) -> Option<T> {
        self.change(|held, _| match held {
            Some(log) => act(log).map(Some),
            None => Ok(None),
        })
        .flatten()
    }

    fn change<T>(self: &Rc<Self>, act: impl FnOnce(&mut Option<Log>, &Self) -> Result<T, StoreError>) -> Option<T> {
        let done = {
            let mut held = self.held.borrow_mut();
            self.open(&mut held).and_then(|log| {
                let value = act(log, self)?;
                let effects = log.as_mut().map(Conversation::take_effects).unwrap_or_default();
                Ok((value, effects, log.as_ref().is_some_and(Conversation::is_running)))
            })
        };
        match done {
            Ok((value, effects, running)) => {
                self.perform(effects, running);
                Some(value)
            }
            Err(error) => self.lost(&error),
        }
    }

    fn open<'a>(&self, held: &'a mut Held) -> Result<&'a mut Option<Log>, StoreError> {
        if let Held::Unread = held {
            *held = Held::Read(Conversation::open(self.store.clone(), self.limits(), self.now_ms())?);
        }
        match held {
            Held::Read(log) => Ok(log),
            Held::Unread => Err(StoreError { operation: "open", cause: "the log was not read".into() }),
        }
    }

    /// The store failed: what is in memory may be ahead of it, so it is dropped, and the turn with it. Whoever
    /// comes next reads the store and recovers.
    fn lost<T>(&self, error: &StoreError) -> Option<T> {
        log::error(format_args!("store: {error}"));
        self.held.replace(Held::Unread);
        self.batch_timer.clear();
        self.upstream.borrow_mut().abort();
        self.sockets.borrow_mut().close_all_to_resume();
        self.streams.borrow_mut().close_all();
        None
    }

    /// Looks at the conversation. `None` when there is none, when it cannot be read, or when `look` was refused.
    pub fn read<T>(self: &Rc<Self>, look: impl FnOnce(&Log) -> Result<T, Fault>) -> Option<T> {
        if matches!(*self.held.borrow(), Held::Unread) {
            self.with(|_| Ok(()));
        }
        match &*self.held.borrow() {
            Held::Read(Some(log)) => look(log).ok(),
            _ => None,
        }
    }

    /// A page of the log after number `after`, and the newest number; `None` when there is no conversation any more.
    pub fn page(self: &Rc<Self>, grant: Grant<Read>, after: u64) -> Option<(Vec<Numbered>, u64)> {
        self.read(|log| {
            if log.is_gone() {
                return Err(Refusal::Gone.into());
            }
            Ok((log.events_after(grant, after)?, log.last_seq()))
        })
    }

    /// Whether it is a project's, so that it takes more than an id to know who may.
    pub fn is_shared(self: &Rc<Self>) -> bool {
        self.read(|log| Ok(log.resource().place.is_some())).unwrap_or(false)
    }

    /// In which organizations `user` is, by their account; `None` when it does not answer.
    pub async fn memberships(&self, user: UserId) -> Option<Vec<Membership>> {
        match self.accounts.call(&AccountName::User(user), account::Call::Memberships).await {
            Ok(account::Reply::Memberships { memberships }) => Some(memberships),
            Ok(_) | Err(_) => None,
        }
    }

    /// Whether `chat` names a conversation, and not this one. Clients may use names of their own.
    pub fn is_another_conversation(self: &Rc<Self>, chat: &str) -> bool {
        let Ok(id) = chat.parse::<ConversationId>() else { return false };
        self.read(|log| Ok(log.id() != id)).unwrap_or(true)
    }

    fn perform(self: &Rc<Self>, effects: Effects, running: bool) {
        if !effects.events.is_empty() {
            self.tell(&effects.events);
        }
        if effects.abort {
            self.upstream.borrow_mut().abort();
        }
        if effects.gone {
            self.sockets.borrow_mut().close_all_gone();
            self.streams.borrow_mut().close_all();
        }
        if effects.project {
            self.in_debt.set(true);
        }
        if (running || self.in_debt.get()) && !self.alarm_is_set.get() {
            self.set_alarm(if running { HEARTBEAT_MS } else { OUTBOX_MS });
        }
        if let Some(ask) = effects.ask {
            Upstream::open(self, ask);
        }
        for run in effects.run {
            tools::run(self, run);
        }
        if let Some(keep) = effects.keep {
            reuse::keep(self, keep);
        }
        // A turn that has begun will end soon, and the row changes then: only a new conversation is told of twice.
        let is_new = effects.events.first().is_some_and(|first| first.seq == 1);
        if effects.project && (!running || is_new) {
            self.send_projection();
        }
        if running {
            self.watch_batch();
        } else {
            self.batch_timer.clear();
        }
    }

    /// Sends stored events to every reader.
    fn tell(self: &Rc<Self>, events: &[Numbered]) {
        let history = |user, turn| {
            self.read(|log| {
                let grant = log.authorize(&Principal { user, memberships: &[] })?;
                let id = log.turn_id(turn)?.ok_or(Refusal::NoSuchMessage)?;
                Ok((id, log.turn_events(grant, turn)?))
            })
        };
        self.sockets.borrow_mut().tell(events, history);
        self.streams.borrow_mut().tell(events);
        for waiting in self.waiting.take() {
            let _ = waiting.send(());
        }
    }

    /// Somebody sees the text as it comes.
    pub fn is_watched(&self) -> bool {
        self.sockets.borrow().is_watched() || self.streams.borrow().is_watched()
    }

    /// Stores and sends the pending text when it is due: at once, or by the timer.
    fn watch_batch(self: &Rc<Self>) {
        let watched = self.is_watched();
        match self.read(|log| Ok(log.batch_due_at_ms(watched))).flatten() {
            None => self.batch_timer.clear(),
            Some(due_at_ms) => {
                let now_ms = self.now_ms();
                if due_at_ms <= now_ms {
                    self.with(|log| log.flush(now_ms));
                } else {
                    self.batch_timer.set(due_at_ms, now_ms);
                }
            }
        }
    }

    /// The timer has rung.
    fn batch_is_due(self: &Rc<Self>) {
        self.batch_timer.clear();
        self.flush();
    }

    /// A reader came: what waits for nobody's eyes need not wait longer.
    pub fn reader_came(self: &Rc<Self>) {
        self.flush();
    }

    fn flush(self: &Rc<Self>) {
        let now_ms = self.now_ms();
        self.with(|log| log.flush(now_ms));
    }

    /// Ends when an event was told, or after `wait_ms`.
    pub async fn next_event(&self, wait_ms: u64) {
        let (sender, receiver) = oneshot::channel();
        {
            let mut waiting = self.waiting.borrow_mut();
            // Those whose time was over.
            waiting.retain(|waiting| !waiting.is_canceled());
            waiting.push(sender);
        }
        let delay = Delay::from(Duration::from_millis(wait_ms));
        future::select(receiver, Box::pin(delay)).await;
    }

    /// The alarm: the heartbeat of a running turn, and the outbox of the catalogue.
    pub fn woken(self: &Rc<Self>) {
        self.alarm_is_set.set(false);
        // Opening the log finds a turn whose process died and goes on with it.
        let opened = self.with(|log| Ok(log.is_running()));
        if opened.is_none() {
            return;
        }
        self.in_debt.set(true);
        if !self.alarm_is_set.get() {
            self.set_alarm(OUTBOX_MS);
        }
        self.send_projection();
    }

    /// The catalogue has the row of `version`: nothing is owed, unless more has happened.
    pub fn projected(self: &Rc<Self>, version: u64, ledgered: Option<u64>) {
        if let Some(until) = ledgered {
            self.with(|log| log.ledgered(until));
        }
        let settled = self
            .with(|log| {
                let is_known = !log.is_running() && log.summary()?.version <= version;
                Ok(is_known && log.owed(&self.prices())?.until.is_none())
            })
            .unwrap_or(false);
        if settled {
            self.in_debt.set(false);
            self.alarm_is_set.set(false);
            if let Err(error) = alarms::clear(&self.state) {
                log::error(format_args!("alarm: {error}"));
            }
        }
    }

    fn set_alarm(&self, after_ms: u64) {
        match alarms::set(&self.state, self.now_ms() + after_ms) {
            Ok(()) => self.alarm_is_set.set(true),
            Err(error) => log::error(format_args!("alarm: {error}")),
        }
    }

    fn send_projection(self: &Rc<Self>) {
        let Some((mut job, owed)) = self.read(|log| Ok((log.summary()?, log.owed(&self.prices())?))) else { return };
        (job.ledger, job.ledgered) = (owed.entries, owed.until);
        job.annotate = self.to_annotate();
        let (env, accounts) = (self.env.clone(), self.accounts.clone());
        self.spawn(async move {
            // Those who hold the money first: a line of the ledger says that its turn is settled.
            if meter::settle(&accounts, owed.settlements).await {
                send(&env, &job).await;
            }
        });
    }

    /// The answer of which a model is to make something, beside the turn.
    fn to_annotate(self: &Rc<Self>) -> Option<MessageId> {
        let wants = self.config.as_ref()?.annotations.wants;
        self.read(|log| Ok(log.to_annotate(self.now_ms(), wants)?)).flatten()
    }

    pub fn prices(&self) -> Prices {
        self.config.as_ref().map(|config| config.prices.clone()).unwrap_or_default()
    }

    pub fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.state.wait_until(work);
    }
}

/// A timer that does something to the room, while there is one.
fn timer(state: &State, room: &Weak<Room>, ring: fn(&Rc<Room>)) -> Timer {
    let room = Weak::clone(room);
    Timer::new(state, move || {
        if let Some(room) = room.upgrade() {
            ring(&room);
        }
    })
}

async fn send(env: &Env, job: &ProjectConversation) {
    if let Err(error) = queues::send_projection(env, job).await {
        log::warn(format_args!("projection: not sent, the alarm sends it again: {error}"));
    }
}
