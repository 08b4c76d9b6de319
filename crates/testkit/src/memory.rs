//! A log store in memory that crashes and fails on demand.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use edgewise_domain::chat::{
    conversation::LogStore,
    row::{Kind, Row},
    send::StoreError,
};

/// How a write fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Nothing is written.
    Before,
    /// It is written all the same.
    After,
}

#[derive(Debug, Default)]
struct Disk {
    rows: RefCell<BTreeMap<u64, Row>>,
    writes: Cell<u64>,
    plan: Cell<Option<(u64, Break)>>,
}

/// The store; clones share the disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryLog {
    disk: Rc<Disk>,
}

impl MemoryLog {
    /// What is on the disk, to go back to: the writes of a stretch that crashed before it was durable.
    pub fn snapshot(&self) -> BTreeMap<u64, Row> {
        self.disk.rows.borrow().clone()
    }

    pub fn restore(&self, rows: BTreeMap<u64, Row>) {
        *self.disk.rows.borrow_mut() = rows;
    }

    /// The `nth` write from now (0 is the next) fails.
    pub fn break_write(&self, nth: u64, how: Break) {
        self.disk.plan.set(Some((self.disk.writes.get() + nth, how)));
    }

    pub fn mend(&self) {
        self.disk.plan.set(None);
    }

    /// Rows written, deleted ones included.
    pub fn writes(&self) -> u64 {
        self.disk.writes.get()
    }

    fn write(&self, act: impl FnOnce(&mut BTreeMap<u64, Row>)) -> Result<(), StoreError> {
        let number = self.disk.writes.get();
        self.disk.writes.set(number + 1);
        let fault = self.disk.plan.get().filter(|(at, _)| *at == number).map(|(_, how)| how);
        if fault != Some(Break::Before) {
            act(&mut self.disk.rows.borrow_mut());
        }
        match fault {
            Some(how) => Err(StoreError { operation: "write", cause: format!("broken {how:?}") }),
            None => Ok(()),
        }
    }
}

impl LogStore for MemoryLog {
    fn insert(&mut self, row: &Row) -> Result<(), StoreError> {
        let taken = self.disk.rows.borrow().contains_key(&row.seq);
        let key_taken = row.key.is_some() && self.disk.rows.borrow().values().any(|other| other.key == row.key);
        assert!(!taken && !key_taken, "the database would refuse a second row {row:?}");
        let row = row.clone();
        self.write(|rows| {
            rows.insert(row.seq, row);
        })
    }

    fn update(&mut self, row: &Row) -> Result<(), StoreError> {
        let new = row.clone();
        self.write(|rows| {
            let old = rows.get_mut(&new.seq).expect("a row to update");
            (old.status, old.meta, old.marks, old.text) = (new.status, new.meta, new.marks, new.text);
        })
    }

    fn delete(&mut self, kind: Option<Kind>, from: u64) -> Result<(), StoreError> {
        self.write(|rows| rows.retain(|seq, row| *seq < from || kind.is_some_and(|kind| kind != row.kind)))
    }

    fn get(&self, seq: u64) -> Result<Option<Row>, StoreError> {
        Ok(self.disk.rows.borrow().get(&seq).cloned())
    }

    fn by_key(&self, key: &[u8]) -> Result<Option<u64>, StoreError> {
        Ok(self.disk.rows.borrow().values().find(|row| row.key.as_deref() == Some(key)).map(|row| row.seq))
    }

    fn last(&self) -> Result<u64, StoreError> {
        Ok(self.disk.rows.borrow().keys().next_back().copied().unwrap_or(0))
    }

    fn from(&self, from: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        Ok(self.disk.rows.borrow().range(from..).take(limit).map(|(_, row)| row.clone()).collect())
    }

    fn below(&self, kind: Kind, before: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        let rows = self.disk.rows.borrow();
        let found = rows.range(..before).rev().filter(|(_, row)| row.kind == kind).take(limit);
        Ok(found.map(|(_, row)| Row { text: String::new(), ..row.clone() }).collect())
    }

    fn segments(&self, turn: u64) -> Result<Vec<Row>, StoreError> {
        let rows = self.disk.rows.borrow();
        let found = rows.range(turn + 1..).filter(|(_, row)| row.kind == Kind::Segment && row.parent == Some(turn));
        Ok(found.map(|(_, row)| row.clone()).collect())
    }
}
