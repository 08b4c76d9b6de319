//! A run that goes on from another: what it is given of the other's journal.

use std::collections::HashSet;

use super::{
    entry::Entry,
    journal::Journal,
    machine::{PAGE, Run},
};
use crate::{
    access::{Grant, Own, Read},
    chat::send::StoreError,
};

/// What is carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carry {
    These(Vec<Entry>),
    /// The run goes on by itself.
    NotOver,
    /// Nobody began such a step; without a name, none is missing.
    NoStep,
}

impl<J: Journal> Run<J> {
    /// What was recorded before `step`, or, without one, before the step that it ended in.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn carry(&self, _grant: Grant<Read, Own>, step: Option<&str>) -> Result<Carry, StoreError> {
        if self.end.is_none() {
            return Ok(Carry::NotOver);
        }
        if step.is_none() && self.is_done() {
            return Ok(Carry::NoStep);
        }
        let mut entries = Vec::new();
        for seq in (1..self.seq).step_by(PAGE as usize) {
            entries.extend(self.journal.after(seq, PAGE)?.into_iter().map(|kept| kept.entry));
        }
        Ok(carried(entries, step).map_or(Carry::NoStep, Carry::These))
    }
}

/// The entries up to where `step` was first begun, but for those of steps without a result: these are begun anew, and
/// whoever allowed such a call is asked again. `None`: it was never begun.
fn carried(mut entries: Vec<Entry>, step: Option<&str>) -> Option<Vec<Entry>> {
    if let Some(step) = step {
        entries.truncate(entries.iter().position(|entry| entry.begins() == Some(step))?);
    }
    let done: HashSet<String> = entries.iter().filter_map(Entry::ends).map(str::to_owned).collect();
    entries.retain(|entry| match entry.of() {
        Some(step) => done.contains(step),
        None => matches!(entry, Entry::Received { .. }),
    });
    Some(entries.into_iter().map(Entry::unpaid).collect())
}

impl Entry {
    /// The step that is begun with it.
    fn begins(&self) -> Option<&str> {
        match self {
            Self::Started { step, .. } | Self::Waits { step, .. } => Some(step),
            _ => None,
        }
    }

    /// The step that it is part of, where that step may count in another run.
    fn of(&self) -> Option<&str> {
        match self {
            Self::Started { step, .. }
            | Self::Answered { step, .. }
            | Self::Finished { step, .. }
            | Self::Tripped { step, .. }
            | Self::Lost { step, .. }
            | Self::Waits { step, .. } => Some(step),
            Self::Decided { approval, .. } => approval.split('~').next(),
            Self::Created { .. } | Self::Received { .. } | Self::Late { .. } | Self::Closed { .. } => None,
        }
    }

    /// The step whose result it is.
    fn ends(&self) -> Option<&str> {
        match self {
            Self::Answered { step, .. } | Self::Finished { step, .. } => Some(step),
            Self::Decided { approved: false, .. } => self.of(),
            _ => None,
        }
    }

    /// Paid for where it was made.
    fn unpaid(mut self) -> Self {
        if let Self::Answered { spent, .. } | Self::Tripped { spent, .. } = &mut self {
            *spent = None;
        }
        self
    }
}
