//! The room: the run held open, its alarm, and whoever waits for its next entry.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use edgewise_domain::{
    chat::send::StoreError,
    config::Config,
    money::{ledger, paying},
    ports::{Clock, Database},
    run::{
        self, Rules, Run,
        debts::Debts,
        desk::{self, Outcome},
        records::project_statement,
    },
    webhook,
};
use edgewise_platform::{
    alarms, clock::WorkerClock, d1::D1, log, object_sql::ObjectSql, objects::AccountObjects, queues, settings,
};
use edgewise_protocol::{
    calls::run::{Reply, Request},
    ids::RunId,
    jobs::{StepRun, TellWebhooks},
    run::RunStatus,
};
use futures::{channel::oneshot, future};
use worker::{Delay, Env, State};

use super::store::Store;

pub type Held = Run<Store<ObjectSql>>;

/// What is known of the run.
enum Known {
    /// Nothing: read the store.
    Unread,
    /// Read; `None` when there never was one.
    Read(Option<Box<Held>>),
}

pub struct Room {
    state: State,
    pub env: Env,
    /// `None` when a setting is bad; the door says so before a request comes here.
    pub config: Option<Rc<Config>>,
    pub accounts: AccountObjects,
    store: Store<ObjectSql>,
    known: RefCell<Known>,
    /// Steps are being taken.
    pub is_working: Cell<bool>,
    /// Ends the attempt that is under way.
    pub stop: RefCell<Option<oneshot::Sender<()>>>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    is_paying: Cell<bool>,
    /// Zero: none that we know of.
    alarm_at_ms: Cell<u64>,
}

impl Room {
    pub fn new(state: State, env: Env) -> Rc<Self> {
        let store = Store::new(ObjectSql::new(&state.storage().sql()));
        let (config, accounts) = (settings::config(&env).ok(), AccountObjects::new(env.clone()));
        Rc::new(Self {
            state,
            env,
            config,
            accounts,
            store,
            known: RefCell::new(Known::Unread),
            is_working: Cell::new(false),
            stop: RefCell::default(),
            waiting: RefCell::default(),
            is_paying: Cell::new(false),
            alarm_at_ms: Cell::new(0),
        })
    }

    pub fn now_ms(&self) -> u64 {
        WorkerClock.now_ms()
    }

    pub fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.state.wait_until(work);
    }

    pub fn rules(&self) -> Rules<'_> {
        let tools = self.config.as_ref().map(|config| &config.tools);
        Rules {
            enabled: tools.map_or(&[], |tools| &tools.enabled),
            ask_first: tools.map_or(&[], |tools| &tools.ask_first),
        }
    }

    /// Answers a call in one stretch.
    pub fn handle(&self, request: Request) -> Outcome {
        let (store, now_ms) = (self.store.clone(), self.now_ms());
        self.change(|held| {
            let mut run = held.take().map(|run| *run);
            let outcome = desk::handle(&mut run, || store, now_ms, request);
            *held = run.map(Box::new);
            outcome
        })
        .unwrap_or(Outcome::Reply(Reply::Failed))
    }

    /// Does something to the run. `None`: there is none, or the store failed.
    pub fn with<T>(&self, act: impl FnOnce(&mut Held) -> Result<T, StoreError>) -> Option<T> {
        self.change(|held| held.as_mut().map(|run| act(run)).transpose()).flatten()
    }

    fn change<T>(&self, act: impl FnOnce(&mut Option<Box<Held>>) -> Result<T, StoreError>) -> Option<T> {
        let (done, status) = {
            let mut known = self.known.borrow_mut();
            let done = self.open(&mut known).and_then(|before| match &mut *known {
                Known::Read(held) => act(held).map(|done| (before, done)),
                Known::Unread => Err(StoreError { operation: "open", cause: "it was not read".into() }),
            });
            if let Err(error) = &done {
                log::error(format_args!("run: {error}"));
                // What is in memory may be ahead of a store that failed.
                *known = Known::Unread;
            }
            (done, self.look_again(&known))
        };
        if status.is_none_or(RunStatus::is_over) {
            // Whatever is still said is of no use.
            self.stop.take();
        }
        let (before, done) = done.ok()?;
        if self.seq() != before {
            for waiting in self.waiting.take() {
                _ = waiting.send(());
            }
        }
        Some(done)
    }

    /// Reads what the store has. A claim that it finds there is of a process that died. Gives the newest number.
    fn open(&self, known: &mut Known) -> Result<u64, StoreError> {
        if let Known::Unread = known {
            let mut held = Run::open(self.store.clone())?;
            if let Some(run) = held.as_mut().filter(|_| !self.is_working.get()) {
                run.recover(self.now_ms())?;
            }
            *known = Known::Read(held.map(Box::new));
        }
        Ok(match known {
            Known::Read(Some(run)) => run.seq(),
            _ => 0,
        })
    }

    fn seq(&self) -> u64 {
        match &*self.known.borrow() {
            Known::Read(Some(run)) => run.seq(),
            _ => 0,
        }
    }

    /// Sets the alarm as the run needs it.
    fn look_again(&self, known: &Known) -> Option<RunStatus> {
        let Known::Read(held) = known else { return Some(RunStatus::Running) };
        let now_ms = self.now_ms();
        let wanted_ms = held.as_ref().and_then(|run| run.look_again_at_ms(now_ms));
        let set_ms = self.alarm_at_ms.get();
        let done = match wanted_ms {
            // One that rings earlier will find out for itself.
            Some(at_ms) if set_ms == 0 || at_ms < set_ms => {
                self.alarm_at_ms.set(at_ms);
                alarms::set(&self.state, at_ms)
            }
            None if set_ms != 0 => {
                self.alarm_at_ms.set(0);
                alarms::clear(&self.state)
            }
            _ => Ok(()),
        };
        if let Err(error) = done {
            log::error(format_args!("run: the alarm: {error}"));
        }
        held.as_ref().map(|run| run.status())
    }

    /// Waits until something is written, or the time is over.
    pub async fn next_entry(&self, wait_ms: u64) {
        let (sender, receiver) = oneshot::channel();
        {
            let mut waiting = self.waiting.borrow_mut();
            waiting.retain(|waiting| !waiting.is_canceled());
            waiting.push(sender);
        }
        future::select(receiver, Box::pin(Delay::from(Duration::from_millis(wait_ms)))).await;
    }

    /// The alarm: what ends by the clock ends, what is owed is paid, and what a queue has lost is sent again.
    pub async fn woken(&self) {
        self.alarm_at_ms.set(0);
        let now_ms = self.now_ms();
        if self.with(|run| run.tick(now_ms)).is_some() {
            self.pay().await;
            self.wake().await;
        }
    }

    /// Sends the queue's message, where there is something to do and nobody does it.
    pub async fn wake(&self) {
        let due = self.with(|run| Ok((run.head().id, matches!(run.status(), RunStatus::Queued | RunStatus::Running))));
        let Some((run_id, true)) = due else { return };
        if !self.is_working.get() {
            self.send(run_id).await;
        }
    }

    async fn send(&self, run_id: RunId) {
        let job = StepRun { v: StepRun::VERSION, run_id };
        if let Err(error) = queues::send_step(&self.env, &job).await {
            log::warn(format_args!("run: the alarm sends the message that the queue refused: {error}"));
        }
    }

    /// Pays what is owed, one at a time. What fails is owed still, and the alarm is set.
    pub async fn pay(&self) {
        if self.is_paying.replace(true) {
            return;
        }
        while let Some((user, debts)) = self.with(|run| Ok(run.debts().map(|debts| (run.head().user, debts)))).flatten()
        {
            let seq = debts.seq;
            if let Err(why) = self.settle(user, debts).await {
                log::warn(format_args!("run: what is owed is paid later: {why}"));
                break;
            }
            if self.with(|run| run.told(seq)).is_none() {
                break;
            }
        }
        self.is_paying.set(false);
    }

    async fn settle(&self, user: edgewise_protocol::ids::UserId, debts: Debts) -> Result<(), String> {
        let Debts { payers, settlements, lines, summary, .. } = debts;
        paying::settle(&self.accounts, &payers, &settlements).await?;
        let mut statements = ledger::add_statements(&lines);
        statements.push(project_statement(user, &summary));
        statements.extend(webhook::records::run_statements(user, &summary));
        let wanted = D1::new(self.env.clone()).batch(statements).await.map_err(|error| error.to_string())?.pop();
        if wanted.is_some_and(|rows| !rows.is_empty()) {
            let job = TellWebhooks::new(summary.id.to_string());
            // Lost, it is sent by the cron: the outbox has a row.
            _ = queues::send_telling(&self.env, &job).await;
        }
        Ok(())
    }
}

/// How long one attempt of a step may take.
pub fn patience() -> Delay {
    Delay::from(Duration::from_millis(run::STEP_TIMEOUT_MS))
}
