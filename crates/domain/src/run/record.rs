//! What came of an attempt is written down, if anybody still waits for it.

use edgewise_protocol::run::{RunReason, RunStatus};

use super::{
    MAX_RETRIES, RETRY_MS,
    entry::{Entry, Spent},
    hearing::Heard,
    journal::Journal,
    machine::Run,
    step::{Came, Rules, Said},
};
use crate::chat::{
    send::StoreError,
    tools::{self, Note, Outcome, Tools},
};

impl<J: Journal> Run<J> {
    /// Writes down what came of an attempt. `false`: nobody waits for it any more, and nothing but its cost counts.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn record(
        &mut self,
        now_ms: u64,
        step: &str,
        attempt: u32,
        came: Came,
        rules: Rules<'_>,
    ) -> Result<bool, StoreError> {
        let is_due = self.is_claimed && self.claim.as_ref().is_some_and(|claim| *claim == (step.to_owned(), attempt));
        if !is_due || self.end.is_some() {
            self.note_late(now_ms, step, attempt, came)?;
            return Ok(false);
        }
        let step = step.to_owned();
        match came {
            Came::Done { outcome, duration_ms } => {
                self.write(now_ms, Entry::Finished { step, outcome: outcome.bounded(), duration_ms })?;
            }
            Came::Said(said) => self.answered(now_ms, step, attempt, said, rules)?,
            Came::Failed { error, reason, spent } => self.failed(now_ms, step, attempt, error, reason, spent)?,
        }
        Ok(true)
    }

    fn note_late(&mut self, now_ms: u64, step: &str, attempt: u32, came: Came) -> Result<(), StoreError> {
        let (Came::Said(Said { spent: Some(spent), .. }) | Came::Failed { spent: Some(spent), .. }) = came else {
            return Ok(());
        };
        if self.lines.iter().any(|line| line.step == step && line.attempt == attempt) {
            return Ok(());
        }
        self.write(now_ms, Entry::Late { step: step.to_owned(), attempt, spent })
    }

    /// The process that held the claim is dead.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn recover(&mut self, now_ms: u64) -> Result<(), StoreError> {
        let Some((step, attempt)) = self.claim.clone().filter(|_| self.is_claimed && self.end.is_none()) else {
            return Ok(());
        };
        let acts = self.chapter.tools.due_of(&step).map(|due| self.acts(&due));
        let approval = (acts == Some(true)).then(|| format!("{step}~{}", attempt + 1));
        let asks = approval.is_some();
        self.write(now_ms, Entry::Lost { step: step.clone(), attempt, approval })?;
        match acts {
            _ if asks || attempt <= MAX_RETRIES => Ok(()),
            Some(_) => {
                let outcome = Outcome::Error("The tool did not end, however often it was tried.".into());
                self.write(now_ms, Entry::Finished { step, outcome, duration_ms: 0 })
            }
            None => self.give_up(now_ms, "The process died in every attempt to ask the model."),
        }
    }

    fn answered(
        &mut self,
        now_ms: u64,
        step: String,
        attempt: u32,
        said: Said,
        rules: Rules<'_>,
    ) -> Result<(), StoreError> {
        let Said { deltas, by, spent } = said;
        let (phase, turn, task) = (self.phase(), self.done.len() as u64 + 1, self.head.input.clone());
        let before = self.chapter.tools.notes().to_vec();
        let (told, thought_told) = (self.chapter.said.len(), self.chapter.thought.len());
        let mut tools = Tools::found(before);
        tools.offer(self.offered(phase, rules));
        tools.hearing().spoken_by(by);
        let mut heard = Heard::default();
        deltas.into_iter().for_each(|delta| heard.take(delta, &mut tools));
        let has_calls = tools.has_calls();
        if let Some(error) = heard.fault(has_calls) {
            return self.failed(now_ms, step, attempt, error.into(), None, spent);
        }
        if has_calls {
            let used = spent.as_ref().map_or((0, 0), |spent| (spent.input_tokens, spent.output_tokens));
            tools.end_step(turn, told + heard.text.len(), thought_told + heard.thought.len(), used, &task);
        }
        let notes = tools.pending().to_vec();
        let Heard { text, thought, .. } = heard;
        // Seals are of no use without the calls that they stand before.
        let thought = if has_calls { thought } else { String::new() };
        let answer = Entry::Answered { step, attempt, phase: phase.name.into(), text, thought, notes, spent };
        self.write(now_ms, answer)?;
        self.tick(now_ms)
    }

    fn failed(
        &mut self,
        now_ms: u64,
        step: String,
        attempt: u32,
        error: String,
        reason: Option<RunReason>,
        spent: Option<Spent>,
    ) -> Result<(), StoreError> {
        let is_last = reason.is_some() || attempt > MAX_RETRIES;
        let pause_ms = RETRY_MS << attempt.saturating_sub(1).min(MAX_RETRIES);
        let again_at_ms = (!is_last).then(|| self.clock(now_ms).saturating_add(pause_ms));
        self.write(now_ms, Entry::Tripped { step, attempt, error: error.clone(), again_at_ms, spent })?;
        match (is_last, reason) {
            (false, _) => Ok(()),
            (true, Some(reason)) => self.close(now_ms, RunStatus::Failed, reason, Some(error)),
            (true, None) => self.give_up(now_ms, &error),
        }
    }

    fn give_up(&mut self, now_ms: u64, error: &str) -> Result<(), StoreError> {
        self.close(now_ms, RunStatus::Failed, RunReason::StepFailed, Some(error.to_owned()))
    }

    /// Whether a call does something that may not be done twice: those that a person was asked about. What makes
    /// artifacts is keyed by its call, and the others only look.
    fn acts(&self, due: &tools::Due) -> bool {
        let asked = |note: &Note| matches!(note, Note::Asked { id } if *id == due.id);
        self.chapter.tools.notes().iter().any(asked)
    }
}
