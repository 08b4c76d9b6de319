//! The machine: what is to happen next in a run, and what may still be written into its journal.
//!
//! Every change is one entry, stored and then applied ([`Run::write`]); reading the journal again applies the same
//! entries to nothing, so that a process that finds it knows what the one before it knew.

use edgewise_protocol::{
    calls::run::NewRun,
    run::{RunReason, RunStatus, RunStep, RunUsage},
};

use super::{
    HEARTBEAT_MS, MAX_WAIT_MS,
    budget::budget_sentence,
    entry::{Entry, Spent},
    journal::{Journal, Kept, Marks},
    step::{Claim, Claimed, Rules, Work},
    waiting::{Inbox, Waiting},
    workflow::{Phase, phases},
};
use crate::{
    access::{Grant, Own, Read, Write},
    chat::{
        send::StoreError,
        tools::{self, Decided, Tools},
    },
};

/// What one read of the journal gives.
pub(super) const PAGE: u32 = 500;

/// A line of the ledger that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub seq: u64,
    pub at_ms: u64,
    pub step: String,
    pub attempt: u32,
    pub spent: Spent,
}

/// A phase as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Chapter {
    pub said: String,
    pub thought: String,
    pub tools: Tools,
}

#[derive(Debug)]
pub struct Run<J> {
    pub(super) journal: J,
    pub(super) marks: Marks,
    pub(super) head: NewRun,
    pub(super) created_at_ms: u64,
    pub(super) seq: u64,
    /// Of the newest entry.
    pub(super) at_ms: u64,
    /// The phases that are done.
    pub(super) done: Vec<Chapter>,
    /// The one that is under way; behind the last, an empty one.
    pub(super) chapter: Chapter,
    pub(super) steps: Vec<RunStep>,
    /// The newest claim, and whether its record is missing.
    pub(super) claim: Option<(String, u32)>,
    pub(super) is_claimed: bool,
    pub(super) again_at_ms: u64,
    /// The calls of which nobody knows whether they were made, and the names to decide under.
    pub(super) unsure: Vec<(String, String)>,
    /// What was decided about such calls.
    pub(super) settled: Vec<(String, bool)>,
    /// The calls that wait for a time or an event.
    pub(super) waiting: Vec<Waiting>,
    pub(super) inbox: Inbox,
    pub(super) waiting_since_ms: Option<u64>,
    pub(super) waited_ms: u64,
    pub(super) usage: RunUsage,
    pub(super) lines: Vec<Line>,
    pub(super) end: Option<(RunStatus, RunReason, Option<String>)>,
}

impl<J: Journal> Run<J> {
    /// A new one, which begins with what is carried over from another.
    ///
    /// # Errors
    /// [`StoreError`]; there is no run then.
    pub fn create(mut journal: J, mut head: NewRun, carried: Vec<Entry>, now_ms: u64) -> Result<Self, StoreError> {
        head.carried = carried.len() as u64;
        let entry = Entry::Created { run: Box::new(head.clone()) };
        journal.append(&Kept { seq: 1, at_ms: now_ms, entry })?;
        let mut this = Self::begun(journal, Marks::default(), head, now_ms);
        match carried.into_iter().try_for_each(|entry| this.write(now_ms, entry)) {
            Ok(()) => Ok(this),
            // Half of what is carried over is no run.
            Err(error) => this.erase().and(Err(error)),
        }
    }

    /// What the journal says; `None`: there is no run.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn open(journal: J) -> Result<Option<Self>, StoreError> {
        let mut rows = journal.after(0, PAGE)?.into_iter();
        let Some(Kept { at_ms, entry: Entry::Created { run }, .. }) = rows.next() else { return Ok(None) };
        let marks = journal.marks()?;
        let mut this = Self::begun(journal, marks, *run, at_ms);
        let mut page: Vec<Kept> = rows.collect();
        while !page.is_empty() {
            page.into_iter().for_each(|kept| this.apply(kept));
            page = this.journal.after(this.seq, PAGE)?;
        }
        Ok(Some(this))
    }

    fn begun(journal: J, marks: Marks, head: NewRun, now_ms: u64) -> Self {
        Self {
            journal,
            marks,
            head,
            created_at_ms: now_ms,
            seq: 1,
            at_ms: now_ms,
            done: Vec::new(),
            chapter: Chapter::default(),
            steps: Vec::new(),
            claim: None,
            is_claimed: false,
            again_at_ms: 0,
            unsure: Vec::new(),
            settled: Vec::new(),
            waiting: Vec::new(),
            inbox: Inbox::default(),
            waiting_since_ms: None,
            waited_ms: 0,
            usage: RunUsage::default(),
            lines: Vec::new(),
            end: None,
        }
    }

    /// Claims the next step, or says why there is none.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn claim(&mut self, now_ms: u64, rules: Rules<'_>) -> Result<Claim, StoreError> {
        self.tick(now_ms)?;
        if self.end.is_some() {
            return Ok(Claim::Over);
        }
        if self.is_claimed {
            return Ok(Claim::Busy);
        }
        self.begin_waiting(now_ms)?;
        self.end_waiting(now_ms)?;
        if self.waits() {
            return Ok(Claim::Waits);
        }
        if now_ms < self.again_at_ms {
            return Ok(Claim::Later(self.again_at_ms));
        }
        let due = self.chapter.tools.due().into_iter().find(|due| self.is_free(&due.id));
        let (step, work) = match due {
            Some(due) => (due.id.clone(), Work::Call(due)),
            None => match self.over_budget() {
                Some(reason) => {
                    self.close(now_ms, RunStatus::Failed, reason, Some(budget_sentence(reason).into()))?;
                    return Ok(Claim::Over);
                }
                None => (self.question_key(), Work::Ask(Box::new(self.question(rules)))),
            },
        };
        let attempt = self.attempts(&step) + 1;
        self.write(now_ms, Entry::Started { step: step.clone(), attempt })?;
        Ok(Claim::Do(Box::new(Claimed { step, attempt, work })))
    }

    /// Ends what has waited long enough. Ends the run where it is done, or has gone too far; where a budget was used up; where
    /// its time is over. Time that is waited, for a person or anything else, is not the run's.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn tick(&mut self, now_ms: u64) -> Result<(), StoreError> {
        if self.end.is_some() {
            return Ok(());
        }
        self.end_waiting(now_ms)?;
        if self.is_done() {
            return self.close(now_ms, RunStatus::Completed, RunReason::Done, None);
        }
        if self.has_called_too_much() {
            let sentence = budget_sentence(RunReason::OverToolCalls).to_owned();
            return self.close(now_ms, RunStatus::Failed, RunReason::OverToolCalls, Some(sentence));
        }
        match self.waiting_since_ms {
            Some(since_ms) if now_ms >= since_ms.saturating_add(MAX_WAIT_MS) => {
                let error = "Nobody has decided about a call for three months.".to_owned();
                self.close(now_ms, RunStatus::Failed, RunReason::NobodyDecided, Some(error))
            }
            None if now_ms >= self.deadline_ms() => {
                let sentence = budget_sentence(RunReason::Overtime).to_owned();
                self.close(now_ms, RunStatus::Failed, RunReason::Overtime, Some(sentence))
            }
            _ => Ok(()),
        }
    }

    /// Ends it. `false`: it has ended before.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn cancel(&mut self, _grant: Grant<Write, Own>, now_ms: u64) -> Result<bool, StoreError> {
        if self.end.is_some() {
            return Ok(false);
        }
        self.close(now_ms, RunStatus::Cancelled, RunReason::Cancelled, None)?;
        Ok(true)
    }

    /// Somebody says whether a call may be made, or be made again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn decide(
        &mut self,
        _grant: Grant<Write, Own>,
        now_ms: u64,
        name: &str,
        approved: bool,
        reason: Option<String>,
    ) -> Result<Decided, StoreError> {
        match self.decision(name) {
            Some(Some(before)) if before == approved => return Ok(Decided::Before),
            Some(Some(_)) => return Ok(Decided::Otherwise),
            None if self.unsure_step(name).is_none() => return Ok(Decided::Unasked),
            _ => {}
        }
        self.tick(now_ms)?;
        if self.end.is_some() {
            return Ok(Decided::Otherwise);
        }
        self.write(now_ms, Entry::Decided { approval: name.to_owned(), approved, reason })?;
        Ok(Decided::Now)
    }

    /// What was decided under a name before; `None`: nobody was asked by the model's own call.
    fn decision(&self, name: &str) -> Option<Option<bool>> {
        if let Some((_, before)) = self.settled.iter().find(|(known, _)| known == name) {
            return Some(Some(*before));
        }
        let mut chapters = self.done.iter().chain([&self.chapter]);
        chapters.find_map(|chapter| tools::decision(chapter.tools.notes(), name))
    }

    pub(super) fn close(
        &mut self,
        now_ms: u64,
        status: RunStatus,
        reason: RunReason,
        error: Option<String>,
    ) -> Result<(), StoreError> {
        self.write(now_ms, Entry::Closed { status, reason, error })
    }

    /// The one way into the journal.
    pub(super) fn write(&mut self, now_ms: u64, entry: Entry) -> Result<(), StoreError> {
        let kept = Kept { seq: self.seq + 1, at_ms: self.clock(now_ms), entry };
        self.journal.append(&kept)?;
        self.apply(kept);
        Ok(())
    }

    /// A clock that was set back moves nothing back.
    pub(super) fn clock(&self, now_ms: u64) -> u64 {
        now_ms.max(self.at_ms)
    }

    /// The phase that is under way; once all are done, the last.
    pub(super) fn phase(&self) -> Phase {
        let phases = phases(self.head.definition.workflow);
        let at = self.done.len().min(phases.len().saturating_sub(1));
        phases.get(at).copied().unwrap_or_default()
    }

    pub(super) fn is_done(&self) -> bool {
        self.done.len() >= phases(self.head.definition.workflow).len()
    }

    pub(super) fn attempts(&self, key: &str) -> u32 {
        self.steps.iter().find(|step| step.key == key).map_or(0, |step| step.attempts)
    }

    pub(super) fn question_key(&self) -> String {
        format!("{}-{}", self.phase().name, self.chapter.tools.steps_taken())
    }

    /// Nobody is asked about it, and it does not wait.
    fn is_free(&self, id: &str) -> bool {
        !self.unsure.iter().any(|(step, _)| step == id) && !self.is_waiting(id)
    }

    /// The call that somebody is asked about under `name`, because nobody knows what came of it.
    pub(super) fn unsure_step(&self, name: &str) -> Option<String> {
        self.unsure.iter().find(|(_, known)| known == name).map(|(step, _)| step.clone())
    }

    /// There is nothing to do until somebody decides, an event comes, or a time.
    pub fn waits(&self) -> bool {
        let tools = &self.chapter.tools;
        let is_idle = !self.is_claimed && self.end.is_none();
        is_idle && tools.is_open() && !tools.due().iter().any(|due| self.is_free(&due.id))
    }

    /// When its object is to look again; `None`: there is nothing that it would have to look for.
    pub fn look_again_at_ms(&self, now_ms: u64) -> Option<u64> {
        match (&self.end, self.waiting_since_ms) {
            (_, _) if self.owes() => Some(now_ms.saturating_add(HEARTBEAT_MS)),
            (Some(_), _) => None,
            (None, Some(since_ms)) => {
                let latest_ms = since_ms.saturating_add(MAX_WAIT_MS);
                Some(self.wakes_at_ms().map_or(latest_ms, |at_ms| at_ms.min(latest_ms)))
            }
            (None, None) => Some(now_ms.saturating_add(HEARTBEAT_MS)),
        }
    }

    pub fn status(&self) -> RunStatus {
        match &self.end {
            Some((status, ..)) => *status,
            None if self.waits() => RunStatus::Waiting,
            None if self.claim.is_some() => RunStatus::Running,
            None => RunStatus::Queued,
        }
    }

    pub const fn head(&self) -> &NewRun {
        &self.head
    }

    pub const fn seq(&self) -> u64 {
        self.seq
    }

    pub const fn is_claimed(&self) -> bool {
        self.is_claimed
    }

    /// The lines that the ledger has not confirmed.
    pub fn owed_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.seq > self.marks.ledgered)
    }

    /// Something is to be told to the ledger or the list.
    pub fn owes(&self) -> bool {
        self.marks.listed < self.seq || self.owed_lines().next().is_some()
    }

    /// The ledger and the list have heard of everything up to `seq`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn told(&mut self, seq: u64) -> Result<(), StoreError> {
        let marks = Marks { ledgered: self.marks.ledgered.max(seq), listed: self.marks.listed.max(seq) };
        if marks != self.marks {
            self.journal.set_marks(marks)?;
            self.marks = marks;
        }
        Ok(())
    }

    /// Some of the journal.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn after(&self, _grant: Grant<Read, Own>, seq: u64, limit: u32) -> Result<Vec<Kept>, StoreError> {
        self.journal.after(seq, limit)
    }

    /// Nothing of it is left.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn erase(mut self) -> Result<(), StoreError> {
        self.journal.clear()
    }
}

/// What a phase made: what was said after its last round of tools, or else all that was said.
pub(super) fn result(chapter: &Chapter) -> &str {
    let from = chapter.tools.newest_step().map_or(0, |(said, _)| said);
    chapter.said.get(from..).filter(|text| !text.trim().is_empty()).unwrap_or(&chapter.said)
}
