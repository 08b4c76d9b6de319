//! What each entry of the journal means: the only place where a run changes.

use edgewise_protocol::{
    run::{RunStep, StepKind, StepStatus},
    timestamp::Timestamp,
};

use super::{
    entry::Entry,
    journal::{Journal, Kept},
    machine::{Line, Run},
};
use crate::{
    chat::tools::{Note, Outcome, Tools},
    tools::pause::Pause,
};

/// What a model reads of a call that nobody allows to be made again.
const UNKNOWN: &str = "Nobody knows whether the call was carried out, and it is not to be made again.";

impl<J: Journal> Run<J> {
    pub(super) fn apply(&mut self, kept: Kept) {
        let Kept { seq, at_ms, entry } = kept;
        (self.seq, self.at_ms) = (seq, at_ms);
        if let Some((step, attempt, spent)) = entry.spent() {
            let (step, spent) = (step.to_owned(), spent.clone());
            self.usage.input_tokens = self.usage.input_tokens.saturating_add(spent.input_tokens.into());
            self.usage.output_tokens = self.usage.output_tokens.saturating_add(spent.output_tokens.into());
            let cost = spent.cost_micro_usd.unwrap_or(0);
            self.usage.cost_micro_usd = self.usage.cost_micro_usd.saturating_add(cost);
            self.lines.push(Line { seq, at_ms, step, attempt, spent });
        }
        match entry {
            Entry::Created { .. } | Entry::Late { .. } => {}
            Entry::Started { step, attempt } => self.apply_started(at_ms, step, attempt),
            Entry::Answered { step, text, thought, notes, .. } => {
                self.apply_answered(at_ms, &step, text, &thought, notes)
            }
            Entry::Waits { step, until_ms, event } => {
                self.mark(&step, StepStatus::Waiting, None);
                self.apply_waits(at_ms, step, Pause { until_ms, event });
            }
            Entry::Received { name, key, data } => self.inbox.receive(name, key, data),
            Entry::Finished { step, outcome, duration_ms } => {
                // What waits was never claimed.
                self.is_claimed &= self.apply_waited(&step);
                self.mark(&step, StepStatus::Completed, Some(at_ms));
                self.unsure.retain(|(known, _)| *known != step);
                _ = self.chapter.tools.finish(&step, outcome, duration_ms);
                self.chapter.tools.all_stored();
            }
            Entry::Tripped { step, again_at_ms, .. } => {
                self.is_claimed = false;
                self.again_at_ms = again_at_ms.unwrap_or(0);
                let status = if again_at_ms.is_some() { StepStatus::Queued } else { StepStatus::Failed };
                self.mark(&step, status, again_at_ms.is_none().then_some(at_ms));
            }
            Entry::Lost { step, approval, .. } => {
                self.is_claimed = false;
                let status = if approval.is_some() { StepStatus::Waiting } else { StepStatus::Queued };
                self.mark(&step, status, None);
                self.unsure.extend(approval.map(|name| (step, name)));
            }
            Entry::Decided { approval, approved, reason } => self.apply_decided(at_ms, &approval, approved, reason),
            Entry::Closed { status, reason, error } => {
                self.is_claimed = false;
                for step in self.steps.iter_mut().filter(|step| step.ended_at.is_none()) {
                    (step.status, step.ended_at) = (StepStatus::Failed, Some(Timestamp(at_ms)));
                }
                self.chapter.tools.close();
                self.waiting.clear();
                self.inbox.kept.clear();
                self.end = Some((status, reason, error));
            }
        }
        match (self.waiting_since_ms, self.waits()) {
            (None, true) => self.waiting_since_ms = Some(at_ms),
            (Some(since_ms), false) => {
                self.waited_ms = self.waited_ms.saturating_add(at_ms.saturating_sub(since_ms));
                self.waiting_since_ms = None;
            }
            _ => {}
        }
    }

    fn apply_started(&mut self, at_ms: u64, step: String, attempt: u32) {
        if self.steps.iter().all(|known| known.key != step) {
            let phase = self.phase().name;
            self.steps.push(queued(&step, StepKind::Model, phase));
            self.usage.steps += u32::from(!self.is_carried());
        }
        if let Some(known) = self.steps.iter_mut().find(|known| known.key == step) {
            (known.status, known.attempts) = (StepStatus::Running, attempt);
            known.started_at.get_or_insert(Timestamp(at_ms));
        }
        (self.claim, self.is_claimed, self.again_at_ms) = (Some((step, attempt)), true, 0);
    }

    fn apply_answered(&mut self, at_ms: u64, step: &str, text: String, thought: &str, notes: Vec<Note>) {
        self.is_claimed = false;
        let phase = self.phase().name;
        self.mark(step, StepStatus::Completed, Some(at_ms));
        if let Some(known) = self.steps.iter_mut().find(|known| known.key == step) {
            known.text = Some(text.clone());
        }
        for note in &notes {
            match note {
                Note::Called { id, .. } => {
                    self.usage.tool_calls += u32::from(!self.is_carried());
                    self.steps.push(queued(id, StepKind::Tool, phase));
                }
                Note::Asked { id } => self.mark(id, StepStatus::Waiting, None),
                Note::Finished { id, .. } => self.mark(id, StepStatus::Completed, Some(at_ms)),
                Note::Decided { .. } => {}
            }
        }
        self.chapter.said.push_str(&text);
        self.chapter.thought.push_str(thought);
        if notes.is_empty() {
            self.done.push(std::mem::take(&mut self.chapter));
        } else {
            let all = self.chapter.tools.notes().iter().cloned().chain(notes).collect();
            self.chapter.tools = Tools::found(all);
        }
    }

    /// What is being applied was done in another run.
    const fn is_carried(&self) -> bool {
        self.seq <= self.head.carried + 1
    }

    fn apply_decided(&mut self, at_ms: u64, approval: &str, approved: bool, reason: Option<String>) {
        if let Some(step) = self.unsure_step(approval) {
            self.settled.push((approval.to_owned(), approved));
            self.unsure.retain(|(_, name)| name != approval);
            if approved {
                return self.mark(&step, StepStatus::Queued, None);
            }
            _ = self.chapter.tools.finish(&step, Outcome::Error(UNKNOWN.into()), 0);
            self.chapter.tools.all_stored();
            return self.mark(&step, StepStatus::Completed, Some(at_ms));
        }
        _ = self.chapter.tools.decide(approval, approved, reason);
        self.chapter.tools.all_stored();
        let status = if approved { StepStatus::Queued } else { StepStatus::Completed };
        self.mark(approval, status, (!approved).then_some(at_ms));
    }

    fn mark(&mut self, key: &str, status: StepStatus, ended_at_ms: Option<u64>) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.key == key) {
            (step.status, step.ended_at) = (status, ended_at_ms.map(Timestamp));
        }
    }
}

fn queued(key: &str, kind: StepKind, phase: &str) -> RunStep {
    RunStep {
        key: key.to_owned(),
        kind,
        phase: phase.to_owned(),
        status: StepStatus::Queued,
        attempts: 0,
        text: None,
        call: None,
        waits_until: None,
        waits_for: None,
        started_at: None,
        ended_at: None,
    }
}
