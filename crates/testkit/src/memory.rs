//! A log store in memory that crashes and fails on demand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use edgewise_domain::chat::{
    conversation::{Bounds, Branched, LogStore},
    row::{Kind, Meta, Row},
    send::StoreError,
    tools::Note,
};

/// How a write fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Nothing is written.
    Before,
    /// It is written all the same.
    After,
}

/// When something fails next; clones share the plan.
#[derive(Debug, Clone, Default)]
pub struct Fails(Arc<Mutex<Option<(u32, Break)>>>);

impl Fails {
    /// The `nth` time from now (0 is the next).
    pub fn plan(&self, nth: u32, how: Break) {
        *self.0.lock().unwrap() = Some((nth, how));
    }

    /// Whether and how this time fails.
    pub fn next(&self) -> Option<Break> {
        let mut plan = self.0.lock().unwrap();
        match plan.take() {
            Some((0, how)) => Some(how),
            later => {
                *plan = later.map(|(nth, how)| (nth - 1, how));
                None
            }
        }
    }
}

#[derive(Debug, Default)]
struct Disk {
    rows: BTreeMap<u64, Row>,
    writes: u64,
    plan: Option<(u64, Break)>,
}

/// The store; clones share the disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryLog {
    disk: Arc<Mutex<Disk>>,
}

impl MemoryLog {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap()
    }

    /// What is on the disk, to go back to: the writes of a stretch that crashed before it was durable.
    pub fn snapshot(&self) -> BTreeMap<u64, Row> {
        self.disk().rows.clone()
    }

    pub fn restore(&self, rows: BTreeMap<u64, Row>) {
        self.disk().rows = rows;
    }

    /// The `nth` write from now (0 is the next) fails.
    pub fn break_write(&self, nth: u64, how: Break) {
        let mut disk = self.disk();
        disk.plan = Some((disk.writes + nth, how));
    }

    pub fn mend(&self) {
        self.disk().plan = None;
    }

    /// Statements that wrote.
    pub fn writes(&self) -> u64 {
        self.disk().writes
    }

    fn write(&self, act: impl FnOnce(&mut BTreeMap<u64, Row>)) -> Result<(), StoreError> {
        let mut disk = self.disk();
        let number = disk.writes;
        disk.writes += 1;
        let fault = disk.plan.filter(|(at, _)| *at == number).map(|(_, how)| how);
        if fault != Some(Break::Before) {
            act(&mut disk.rows);
        }
        match fault {
            Some(how) => Err(StoreError { operation: "write", cause: format!("broken {how:?}") }),
            None => Ok(()),
        }
    }
}

impl LogStore for MemoryLog {
    fn insert(&mut self, row: &Row) -> Result<(), StoreError> {
        let taken = self.disk().rows.contains_key(&row.seq);
        let key_taken = row.key.is_some() && self.disk().rows.values().any(|other| other.key == row.key);
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
        Ok(self.disk().rows.get(&seq).cloned())
    }

    fn by_key(&self, key: &[u8]) -> Result<Option<u64>, StoreError> {
        Ok(self.disk().rows.values().find(|row| row.key.as_deref() == Some(key)).map(|row| row.seq))
    }

    fn last(&self) -> Result<u64, StoreError> {
        Ok(self.disk().rows.keys().next_back().copied().unwrap_or(0))
    }

    fn from(&self, from: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        Ok(self.disk().rows.range(from..).take(limit).map(|(_, row)| row.clone()).collect())
    }

    fn below(&self, kind: Kind, before: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        let disk = self.disk();
        let found = disk.rows.range(..before).rev().filter(|(_, row)| row.kind == kind).take(limit);
        Ok(found.map(|(_, row)| Row { text: String::new(), ..row.clone() }).collect())
    }

    fn branch(&self, leaf: u64, bounds: Bounds) -> Result<Vec<Branched>, StoreError> {
        let disk = self.disk();
        let (mut next, mut read, mut noted, mut branch) = (Some(leaf), 0, 0, Vec::new());
        let fits = |rows: usize, read: usize| rows < bounds.rows && read < bounds.bytes;
        while let Some(row) = next.and_then(|seq| disk.rows.get(&seq)).filter(|_| fits(branch.len(), read)) {
            read += row.text.len();
            let Meta { attachments: files, notes, .. } = row.read_meta();
            let notes = if noted < bounds.note_bytes { notes } else { Vec::new() };
            noted += notes.iter().map(Note::bytes).sum::<usize>();
            branch.push(Branched { seq: row.seq, kind: row.kind, text: row.text.clone(), files, notes });
            next = if row.kind == Kind::User { row.parent } else { Some(row.answers()) };
        }
        Ok(branch)
    }

    fn segments(&self, turn: u64) -> Result<Vec<Row>, StoreError> {
        let disk = self.disk();
        let found =
            disk.rows.range(turn + 1..).filter(|(_, row)| row.kind == Kind::Segment && row.parent == Some(turn));
        Ok(found.map(|(_, row)| row.clone()).collect())
    }
}
