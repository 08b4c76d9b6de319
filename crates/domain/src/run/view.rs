//! A run as readers see it.

use edgewise_protocol::{
    api,
    run::{RunStatus, RunStep, RunSummary},
    timestamp::Timestamp,
};

use super::{
    journal::Journal,
    machine::{Run, result},
};
use crate::{
    access::{Grant, Own, Read},
    chat::{conversation::shorten, tools::parts},
};

/// As much of a task as lists show.
const MAX_TASK_CHARS: usize = 200;

impl<J: Journal> Run<J> {
    pub fn summary(&self) -> RunSummary {
        RunSummary {
            id: self.head.id,
            agent_id: self.head.agent_id,
            agent_version: self.head.agent_version,
            agent_name: self.head.definition.name.clone(),
            task: shorten(&self.head.input, MAX_TASK_CHARS),
            status: self.status(),
            reason: self.end.as_ref().map(|(_, reason, _)| *reason),
            last_seq: self.seq,
            created_at: Timestamp(self.created_at_ms),
            updated_at: Timestamp(self.at_ms),
        }
    }

    pub fn view(&self, _grant: Grant<Read, Own>) -> api::Run {
        let is_done = self.status() == RunStatus::Completed;
        let last = self.done.last();
        api::Run {
            summary: self.summary(),
            definition: self.head.definition.clone(),
            input: self.head.input.clone(),
            rerun_of: self.head.rerun_of.clone(),
            output: last.filter(|_| is_done).map(|chapter| result(chapter).to_owned()),
            error: self.end.as_ref().and_then(|(_, _, error)| error.clone()),
            approvals: self.approvals(),
            steps: self.shown_steps(),
            usage: self.usage,
        }
    }

    /// What somebody is to decide about.
    fn approvals(&self) -> Vec<String> {
        if self.end.is_some() {
            return Vec::new();
        }
        let asked = self.done.iter().chain([&self.chapter]).flat_map(|chapter| parts(chapter.tools.notes()));
        let open = asked.filter(|(_, part)| {
            part.approval.as_ref().is_some_and(|approval| approval.approved.is_none()) && part.duration_ms.is_none()
        });
        let unsure = self.unsure.iter().map(|(_, name)| name.clone());
        open.map(|(_, part)| part.tool_call_id).chain(unsure).collect()
    }

    fn shown_steps(&self) -> Vec<RunStep> {
        let mut steps = self.steps.clone();
        for (_, part) in self.done.iter().chain([&self.chapter]).flat_map(|chapter| parts(chapter.tools.notes())) {
            if let Some(step) = steps.iter_mut().find(|step| step.key == part.tool_call_id) {
                step.call = Some(part);
            }
        }
        steps
    }
}
