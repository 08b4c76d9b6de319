//! A run's journal in memory, through its text, as a store would give it back; clones share it.

use std::sync::{Arc, Mutex};

use edgewise_domain::{
    chat::send::StoreError,
    run::{Journal, Kept, Marks, entry::Entry},
};

#[derive(Debug, Default)]
struct Disk {
    rows: Vec<(u64, u64, String)>,
    marks: Marks,
}

#[derive(Debug, Clone, Default)]
pub struct MemoryJournal(Arc<Mutex<Disk>>);

impl Journal for MemoryJournal {
    fn after(&self, seq: u64, limit: u32) -> Result<Vec<Kept>, StoreError> {
        let disk = self.0.lock().unwrap();
        let rows = disk.rows.iter().filter(|row| row.0 > seq).take(limit as usize);
        let read = |entry: &str| serde_json::from_str::<Entry>(entry).unwrap();
        Ok(rows.map(|(seq, at_ms, entry)| Kept { seq: *seq, at_ms: *at_ms, entry: read(entry) }).collect())
    }

    fn append(&mut self, kept: &Kept) -> Result<(), StoreError> {
        let mut disk = self.0.lock().unwrap();
        assert_eq!(kept.seq, disk.rows.len() as u64 + 1, "a gap, or an entry over another");
        disk.rows.push((kept.seq, kept.at_ms, serde_json::to_string(&kept.entry).unwrap()));
        Ok(())
    }

    fn marks(&self) -> Result<Marks, StoreError> {
        Ok(self.0.lock().unwrap().marks)
    }

    fn set_marks(&mut self, marks: Marks) -> Result<(), StoreError> {
        self.0.lock().unwrap().marks = marks;
        Ok(())
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        *self.0.lock().unwrap() = Disk::default();
        Ok(())
    }
}
