//! Where a journal rests: rows with numbers, and what the object must remember beside them.

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use crate::chat::send::StoreError;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Counted from 1 without a gap.
    pub seq: u64,
    /// Never before the row before it, whatever the clock says.
    pub at_ms: u64,
    pub entry: Entry,
}

/// What the world has heard: up to which entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// By the ledger.
    #[serde(default)]
    pub ledgered: u64,
    /// By the list of runs.
    #[serde(default)]
    pub listed: u64,
}

/// A store of one run.
pub trait Journal {
    /// Those after a number, oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    fn after(&self, seq: u64, limit: u32) -> Result<Vec<Kept>, StoreError>;

    /// # Errors
    /// [`StoreError`]; nothing was written.
    fn append(&mut self, kept: &Kept) -> Result<(), StoreError>;

    /// # Errors
    /// [`StoreError`]
    fn marks(&self) -> Result<Marks, StoreError>;

    /// # Errors
    /// [`StoreError`]; nothing was written.
    fn set_marks(&mut self, marks: Marks) -> Result<(), StoreError>;

    /// Nothing is left.
    ///
    /// # Errors
    /// [`StoreError`]
    fn clear(&mut self) -> Result<(), StoreError>;
}
