//! The room: the endpoint held open, its alarm, and the sending.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use edgewise_domain::{
    chat::send::StoreError,
    config::Config,
    ports::Clock,
    webhook::{
        delivery::deliver,
        desk,
        endpoint::{Due, Endpoint, Next},
        store::Store,
    },
};
use edgewise_platform::{alarms, clock::WorkerClock, log, object_sql::ObjectSql, ports::WorkerPorts, settings};
use edgewise_protocol::{
    calls::webhook::{Reply, Request},
    ids::{UserId, WebhookId},
};
use worker::{Env, State};

/// How long one alarm sends; what is left is for the next, which rings at once.
const ROUND_MS: u64 = 60_000;
/// Before another alarm, when a store has failed.
const PAUSE_MS: u64 = 20_000;

type Held = Endpoint<ObjectSql>;

/// What is known of the endpoint.
enum Known {
    /// Nothing: read the store.
    Unread,
    /// Read; `None` when there never was one.
    Read(Option<Box<Held>>),
}

pub struct Room {
    state: State,
    env: Env,
    /// `None` when a setting is bad; the door says so before a request comes here.
    config: Option<Rc<Config>>,
    store: Store<ObjectSql>,
    known: RefCell<Known>,
    is_sending: Cell<bool>,
}

impl Room {
    pub fn new(state: State, env: Env) -> Self {
        let store = Store::new(ObjectSql::new(&state.storage().sql()));
        let config = settings::config(&env).ok();
        Self { state, env, config, store, known: RefCell::new(Known::Unread), is_sending: Cell::new(false) }
    }

    /// Answers a call in one stretch.
    pub fn handle(&self, request: Request) -> Reply {
        let (store, now_ms) = (self.store.clone(), WorkerClock.now_ms());
        self.change(|held| {
            let mut endpoint = held.take().map(|endpoint| *endpoint);
            let reply = desk::handle(&mut endpoint, || store, now_ms, request);
            *held = endpoint.map(Box::new);
            reply
        })
        .unwrap_or(Reply::Failed)
    }

    /// Does something to the endpoint. `None`: there is none, or the store failed.
    fn with<T>(&self, act: impl FnOnce(&mut Held) -> Result<T, StoreError>) -> Option<T> {
        self.change(|held| held.as_mut().map(|endpoint| act(endpoint)).transpose()).flatten()
    }

    fn change<T>(&self, act: impl FnOnce(&mut Option<Box<Held>>) -> Result<T, StoreError>) -> Option<T> {
        let mut known = self.known.borrow_mut();
        let done = self.open(&mut known).and_then(|held| {
            let done = act(held)?;
            // While something is sent, whoever sends looks again afterwards.
            if !self.is_sending.get() {
                self.look_again(held.as_deref())?;
            }
            Ok(done)
        });
        if let Err(error) = &done {
            log::error(format_args!("webhook: {error}"));
            // What is in memory may be ahead of a store that failed.
            *known = Known::Unread;
        }
        done.ok()
    }

    fn open<'a>(&self, known: &'a mut Known) -> Result<&'a mut Option<Box<Held>>, StoreError> {
        if let Known::Unread = known {
            *known = Known::Read(Endpoint::open(self.store.clone())?.map(Box::new));
        }
        match known {
            Known::Read(held) => Ok(held),
            Known::Unread => Err(StoreError { operation: "open", cause: "it was not read".into() }),
        }
    }

    /// Sets the alarm as the endpoint needs it, in the same transaction as what was written.
    fn look_again(&self, held: Option<&Held>) -> Result<(), StoreError> {
        let wanted_ms = held.map(|endpoint| endpoint.look_again_at_ms(WorkerClock.now_ms())).transpose()?.flatten();
        let done = match wanted_ms {
            Some(at_ms) => alarms::set(&self.state, at_ms),
            None => alarms::clear(&self.state),
        };
        done.map_err(|error| StoreError { operation: "set the alarm", cause: error.to_string() })
    }

    /// The alarm: sends what is due, one after the other. It never fails: what goes wrong is tried again by another.
    pub async fn woken(&self) {
        if self.is_sending.replace(true) {
            return;
        }
        // Should this process die, another alarm rings.
        let until_ms = WorkerClock.now_ms() + ROUND_MS;
        while WorkerClock.now_ms() < until_ms {
            let Some((Next::Send(due), user, id)) = self.claim() else { break };
            self.send(user, id, &due).await;
        }
        self.is_sending.set(false);
        if self.change(|_| Ok(())).is_none()
            && let Err(error) = alarms::set(&self.state, WorkerClock.now_ms() + PAUSE_MS)
        {
            log::error(format_args!("webhook: the alarm: {error}"));
        }
    }

    /// Claims the next try; the alarm is set for the one after it, should this process die.
    fn claim(&self) -> Option<(Next, UserId, WebhookId)> {
        let now_ms = WorkerClock.now_ms();
        self.with(|endpoint| {
            let next = endpoint.claim(now_ms)?;
            self.look_again(Some(endpoint))?;
            Ok((next, endpoint.owner().0, endpoint.id()))
        })
    }

    async fn send(&self, user: UserId, id: WebhookId, due: &Due) {
        let Some(config) = &self.config else { return };
        let ports = WorkerPorts::new(&self.env, None);
        let refused = |why: &str| log::warn(format_args!("webhook: {id}: the wall: {why}"));
        let came = deliver(&ports, config, user, id, due, refused).await;
        let now_ms = WorkerClock.now_ms();
        self.with(|endpoint| endpoint.record(now_ms, due, came));
    }
}
