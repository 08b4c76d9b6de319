//! Account objects in memory, over the real domain; their store crashes and fails on demand.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use edgewise_domain::{
    account::{Account, AccountStore, Changed, Kept, Revoked},
    chat::send::StoreError,
    limits::Rates,
    ports::{Accounts, Clock, ObjectError},
    search::{self, Index},
};
use edgewise_protocol::calls::account::{AccountName, Call, Reply};

use crate::{
    memory::{Break, Fails},
    ports::{Down, Hop, Hops, TestClock},
    sqlite::Sqlite,
};

#[derive(Debug, Default)]
struct Disk {
    rows: BTreeMap<(&'static str, String), Kept>,
    fails: Fails,
}

/// One account's rows; clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryAccount(Arc<Mutex<Disk>>);

impl MemoryAccount {
    /// The next write fails.
    pub fn break_write(&self, how: Break) {
        self.break_nth_write(0, how);
    }

    /// The `nth` write from now (0 is the next) fails.
    pub fn break_nth_write(&self, nth: u32, how: Break) {
        self.0.lock().unwrap().fails.plan(nth, how);
    }

    fn write(&self, act: impl FnOnce(&mut BTreeMap<(&'static str, String), Kept>)) -> Result<(), StoreError> {
        let mut disk = self.0.lock().unwrap();
        let failed = Err(StoreError { operation: "write", cause: "told to".into() });
        match disk.fails.next() {
            Some(Break::Before) => failed,
            Some(Break::After) => {
                act(&mut disk.rows);
                failed
            }
            None => {
                act(&mut disk.rows);
                Ok(())
            }
        }
    }
}

impl AccountStore for MemoryAccount {
    fn all(&self) -> Result<Vec<Kept>, StoreError> {
        let disk = self.0.lock().unwrap();
        // Through its text, as a real store would give it back.
        let read = |kept: &Kept| Kept::read(kept.name().0, &kept.name().1, kept.value());
        Ok(disk.rows.values().map(|kept| read(kept).unwrap()).collect())
    }

    fn put(&mut self, kept: &Kept) -> Result<(), StoreError> {
        self.write(|rows| drop(rows.insert(kept.name(), kept.clone())))
    }

    fn delete(&mut self, kept: &Kept) -> Result<(), StoreError> {
        self.write(|rows| drop(rows.remove(&kept.name())))
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.write(BTreeMap::clear)
    }
}

/// An account, and the index that rests with it.
type Object = (Account<MemoryAccount>, Index<Sqlite>);

/// All accounts.
#[derive(Debug, Clone)]
pub struct FakeAccounts {
    pub(crate) hops: Hops,
    pub(crate) down: Arc<Mutex<Down>>,
    pub(crate) clock: TestClock,
    rates: Arc<Mutex<Rates>>,
    fails: Fails,
    all: Arc<Mutex<HashMap<AccountName, Object>>>,
    revoked: Arc<Mutex<Vec<Revoked>>>,
    changed: Arc<Mutex<Vec<Changed>>>,
    loses_finish: Arc<AtomicBool>,
}

impl FakeAccounts {
    pub(crate) fn new(hops: Hops, down: Arc<Mutex<Down>>, clock: TestClock) -> Self {
        // Tests send more than a person may; those of the limits set their own.
        let rates = Rates { enabled: false, ..Rates::default() };
        Self {
            hops,
            down,
            clock,
            rates: Arc::new(Mutex::new(rates)),
            fails: Fails::default(),
            all: Arc::default(),
            revoked: Arc::default(),
            changed: Arc::default(),
            loses_finish: Arc::default(),
        }
    }

    pub fn set_rates(&self, rates: Rates) {
        *self.rates.lock().unwrap() = rates;
    }

    /// The `nth` call from now (0 is the next) fails.
    pub fn break_call(&self, nth: u32, how: Break) {
        self.fails.plan(nth, how);
    }

    /// The next end of a request that is done once is not heard of: its process died first.
    pub fn lose_next_finish(&self) {
        self.loses_finish.store(true, Ordering::Relaxed);
    }

    /// What conversations were told since the last call.
    pub fn take_revoked(&self) -> Vec<Revoked> {
        std::mem::take(&mut self.revoked.lock().unwrap())
    }

    /// What conversations were told of memberships since the last call.
    pub fn take_changed(&self) -> Vec<Changed> {
        std::mem::take(&mut self.changed.lock().unwrap())
    }
}

impl Accounts for FakeAccounts {
    async fn call(&self, name: &AccountName, call: Call) -> Result<Reply, ObjectError> {
        self.hops.lock().unwrap().push(Hop::Account);
        if *self.down.lock().unwrap() == Down::Objects {
            return Err(ObjectError::Overloaded);
        }
        let fails = self.fails.next();
        let lost = matches!(call, Call::Finish { .. }) && self.loses_finish.swap(false, Ordering::Relaxed);
        if fails == Some(Break::Before) || lost {
            return Err(ObjectError::Failed("told to".into()));
        }
        let mut all = self.all.lock().unwrap();
        let (account, index) = all
            .entry(name.clone())
            .or_insert_with(|| (Account::open(MemoryAccount::default()).unwrap(), Index::new(Sqlite::empty())));
        let rates = self.rates.lock().unwrap().clone();
        let reply = search::answer(account, index, &rates, self.clock.now_ms(), call)
            .map_err(|error| ObjectError::Failed(error.to_string()))?;
        self.revoked.lock().unwrap().extend(account.take_revoked());
        self.changed.lock().unwrap().extend(account.take_changed());
        if fails == Some(Break::After) {
            return Err(ObjectError::Failed("told to".into()));
        }
        Ok(reply)
    }
}
