//! The tool loop of a turn: what the model called, what came of it, and what is to happen next.
//!
//! Each thing that happens is a [`Note`]. The notes rest in the answer's rows beside its text, each under an event
//! number of its own, and everything else is computed from them: a process that finds the notes goes on where the one
//! before it died. A call is stored before it runs, and its result before anybody hears of it.

mod hearing;
mod note;
#[cfg(test)]
mod tests;

use edgewise_protocol::tool::{Approval, ToolPart, ToolState};
use serde_json::Value;

pub use self::{
    hearing::Hearing,
    note::{Note, Outcome},
};
use crate::{
    models::{self, ToolCall, ToolResult},
    tools::{Offered, Tool},
    untrusted::framed,
};

/// Rounds with tools in one turn; after these the model is asked to answer without.
pub const MAX_STEPS: u32 = 8;
/// Calls of one round that run; those beyond have a result that says so.
pub const MAX_CALLS: usize = 8;
/// Arguments of one call.
pub const MAX_ARGUMENT_BYTES: usize = 192 * 1024;
/// A result as the log keeps it and the model reads it: about 10,000 tokens.
pub const MAX_RESULT_BYTES: usize = 40 * 1024;
/// Everything that one turn notes. It rests as JSON in the answer's row, beside the text.
pub const MAX_NOTE_BYTES: usize = 512 * 1024;
/// What ends a call that was under way when its turn ended.
const ENDED: &str = "The answer ended before the tool did.";
const TOO_MUCH: &str = "The tools of this answer have said as much as one answer holds.";

/// A call that is to run now.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// Names the call for ever, whichever process runs it and however often.
    pub id: String,
    pub tool: Tool,
    pub input: Value,
}

/// What the model may call in this turn, and everything that it has.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    notes: Vec<Note>,
    /// How many of the notes are stored.
    stored: usize,
    bytes: usize,
    /// The calls that the model is making now.
    hearing: Hearing,
    offered: Offered,
}

/// A call, as its notes tell it.
#[derive(Debug, Clone, Copy)]
struct Call<'a> {
    id: &'a str,
    name: &'a str,
    input: &'a Value,
    step: u32,
    asked: bool,
    decided: Option<(bool, Option<&'a str>)>,
    end: Option<(&'a Outcome, u64)>,
}

impl Call<'_> {
    const fn waits(&self) -> bool {
        self.asked && self.decided.is_none() && self.end.is_none()
    }
}

/// What a decision comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    Now,
    /// The same was said before.
    Before,
    /// The other was.
    Otherwise,
    /// Nobody asked.
    Unasked,
}

impl Tools {
    /// As the store has them.
    pub fn found(notes: Vec<Note>) -> Self {
        let bytes = notes.iter().map(Note::bytes).sum();
        Self { stored: notes.len(), notes, bytes, ..Self::default() }
    }

    pub fn offer(&mut self, offered: Offered) {
        self.offered = offered;
    }

    /// The model is asked anew: what the attempt before had begun to call was never stored, and never was.
    pub fn forget_heard(&mut self) {
        self.hearing = Hearing::default();
    }

    pub const fn hearing(&mut self) -> &mut Hearing {
        &mut self.hearing
    }

    /// The model has called something that it was offered the chance to.
    pub fn has_calls(&self) -> bool {
        !self.hearing.is_empty() && !self.offered.is_empty() && self.steps_taken() < MAX_STEPS
    }

    pub fn steps_taken(&self) -> u32 {
        self.notes.iter().filter_map(Note::step).max().map_or(0, |step| step + 1)
    }

    /// The model has had its say: notes its calls, what is wrong with some, and what must be asked of a person.
    /// `said` and `thought` are how much it has said and thought by now; `question` is what it answers.
    pub fn end_step(&mut self, turn: u64, said: usize, thought: usize, used: (u32, u32), question: &str) {
        let step = self.steps_taken();
        let heard = std::mem::take(&mut self.hearing);
        let (by, signature) = (heard.by, heard.signature);
        let first = self.notes.iter().filter(|note| note.step().is_some()).count();
        let (mut faults, mut asks) = (Vec::new(), Vec::new());
        for (at, call) in heard.calls.into_iter().enumerate() {
            let id = call_id(turn, first + at);
            let (input, mut fault) = call.input();
            let tool = Tool::named(&call.name).filter(|tool| self.offered.has(*tool));
            fault = match (fault, tool) {
                _ if at >= MAX_CALLS => Some(format!("At most {MAX_CALLS} tools may be called at a time.")),
                (fault, None) => Some(fault.unwrap_or_else(|| format!("There is no tool {}.", call.name))),
                (None, Some(tool)) => tool.check(&input).err(),
                (fault, _) => fault,
            };
            let note = Note::Called {
                id: id.clone(),
                name: call.name,
                input,
                step,
                said,
                thought,
                by: by.clone(),
                signature: signature.clone().filter(|_| at == 0),
                call_signature: call.signature,
                used,
            };
            let note = if self.bytes + note.bytes() > MAX_NOTE_BYTES {
                fault = Some(TOO_MUCH.into());
                note.without_input()
            } else {
                note
            };
            if fault.is_none()
                && let (Some(tool), Note::Called { input, .. }) = (tool, &note)
                && self.offered.asks_first(tool, input, question)
            {
                asks.push(id.clone());
            }
            faults.extend(fault.map(|fault| (id, fault)));
            self.push(note);
        }
        for (id, fault) in faults {
            self.push(Note::Finished { id, outcome: Outcome::Error(fault), duration_ms: 0 });
        }
        for id in asks {
            self.push(Note::Asked { id });
        }
    }

    fn push(&mut self, note: Note) {
        self.bytes += note.bytes();
        self.notes.push(note);
    }

    /// A tool has ended. `false`: nobody waits for it any more.
    pub fn finish(&mut self, id: &str, outcome: Outcome, duration_ms: u64) -> bool {
        if !self.calls().iter().any(|call| call.id == id && call.end.is_none() && !call.waits()) {
            return false;
        }
        self.end(id, outcome, duration_ms);
        true
    }

    fn end(&mut self, id: &str, outcome: Outcome, duration_ms: u64) {
        let note = Note::Finished { id: id.to_owned(), outcome: outcome.bounded(), duration_ms };
        let fits = self.bytes + note.bytes() <= MAX_NOTE_BYTES;
        self.push(if fits { note } else { note.with(Outcome::Error(TOO_MUCH.into())) });
    }

    /// Somebody says whether a call may run.
    pub fn decide(&mut self, id: &str, approved: bool, reason: Option<String>) -> Decided {
        let calls = self.calls();
        let Some(call) = calls.iter().find(|call| call.id == id && call.asked) else { return Decided::Unasked };
        match call.decided {
            Some((before, _)) if before == approved => return Decided::Before,
            Some(_) => return Decided::Otherwise,
            // Its turn ended first.
            None if call.end.is_some() => return Decided::Otherwise,
            None => {}
        }
        self.push(Note::Decided { id: id.to_owned(), approved, reason: reason.clone() });
        if !approved {
            self.end(id, Outcome::Denied(reason), 0);
        }
        Decided::Now
    }

    /// The turn ends: what is under way is given up.
    pub fn close(&mut self) {
        let open: Vec<String> = self.open().map(|call| call.id.to_owned()).collect();
        for id in open {
            self.end(&id, Outcome::Error(ENDED.into()), 0);
        }
    }

    fn calls(&self) -> Vec<Call<'_>> {
        calls(&self.notes)
    }

    fn open(&self) -> impl Iterator<Item = Call<'_>> {
        self.calls().into_iter().filter(|call| call.end.is_none())
    }

    /// The model has called, and not all results are there.
    pub fn is_open(&self) -> bool {
        self.open().next().is_some()
    }

    /// There is nothing to do until somebody decides.
    pub fn waits(&self) -> bool {
        self.is_open() && self.open().all(|call| call.waits())
    }

    /// The calls that are to run.
    pub fn due(&self) -> Vec<Due> {
        let runs = self.open().filter(|call| !call.waits());
        runs.filter_map(|call| {
            Some(Due { id: call.id.to_owned(), tool: Tool::named(call.name)?, input: call.input.clone() })
        })
        .collect()
    }

    /// As [`Tools::due`], of one call.
    pub fn due_of(&self, id: &str) -> Option<Due> {
        self.due().into_iter().find(|due| due.id == id)
    }

    /// How much was said, and what had been used, when the newest step ended.
    pub fn newest_step(&self) -> Option<(usize, (u32, u32))> {
        self.notes.iter().rev().find_map(|note| match note {
            Note::Called { said, used, .. } => Some((*said, *used)),
            _ => None,
        })
    }

    /// The steps as a model reads them, and how much of what was said and thought they hold.
    pub fn steps(&self, said: &str, thought: &str) -> (Vec<models::Step>, usize) {
        let mut steps: Vec<models::Step> = Vec::new();
        let (mut from, mut thought_from, mut newest) = (0, 0, None);
        let calls = self.calls();
        for note in &self.notes {
            let Note::Called { id, name, input, step, said: until, thought: thought_until, by, signature, .. } = note
            else {
                continue;
            };
            if newest != Some(*step) {
                newest = Some(*step);
                steps.push(models::Step {
                    thought: thought.get(thought_from..*thought_until).unwrap_or_default().to_owned(),
                    signature: signature.clone(),
                    text: said.get(from..*until).unwrap_or_default().to_owned(),
                    by: by.clone(),
                    ..models::Step::default()
                });
                (from, thought_from) = (*until, *thought_until);
            }
            let end = calls.iter().find(|call| call.id == id).and_then(|call| call.end);
            if let Some(step) = steps.last_mut() {
                step.calls.push(ToolCall {
                    id: id.clone(),
                    name: name.clone(),
                    arguments: if input.is_object() { input.to_string() } else { "{}".to_owned() },
                    signature: note.call_signature(),
                });
                step.results.push(end.map_or_else(pending, |(outcome, _)| told(name, outcome)));
            }
        }
        (steps, from)
    }

    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The notes that are stored.
    pub fn stored_notes(&self) -> &[Note] {
        self.notes.get(..self.stored).unwrap_or_default()
    }

    pub fn pending(&self) -> &[Note] {
        self.notes.get(self.stored..).unwrap_or_default()
    }

    pub const fn all_stored(&mut self) {
        self.stored = self.notes.len();
    }
}

/// The steps of an earlier answer, without seals, as far as there is `room`, and how much of `said` they hold. The newest
/// keep their results longest; a step whose calls have no room is left out whole, and what it said with it is said
/// by the next. No call is without its result, and no result without its call. `turn` is the answer's row: calls that
/// were copied with it are named anew, as no two in a prompt may have one name.
pub fn history(turn: u64, notes: Vec<Note>, said: &str, room: &mut usize) -> (Vec<models::Step>, usize) {
    if notes.is_empty() {
        return (Vec::new(), 0);
    }
    let (mut steps, mut told) = Tools::found(notes).steps(said, "");
    for (at, call) in steps.iter_mut().flat_map(|step| &mut step.calls).enumerate() {
        call.id = call_id(turn, at);
    }
    // From the newest; what was said with one that is left out goes to the step after it, or to the answer's end.
    let mut kept: Vec<models::Step> = Vec::new();
    while let Some(step) = steps.pop() {
        let mut step = step.unsealed();
        if step.bytes() - step.text.len() > *room {
            step.forget_results();
        }
        let taken = step.bytes() - step.text.len();
        if taken <= *room {
            *room -= taken;
            kept.push(step);
            continue;
        }
        // All that are older go with it: a later one would be read as the first.
        let before: String = steps.drain(..).chain([step]).map(|step| step.text).collect();
        match kept.last_mut() {
            Some(next) => next.text.insert_str(0, &before),
            None => told = 0,
        }
    }
    kept.reverse();
    (kept, told)
}

/// What a model reads of a result.
fn told(name: &str, outcome: &Outcome) -> ToolResult {
    let written_by = Tool::named(name).and_then(Tool::source);
    match outcome {
        Outcome::Output(output) => {
            let json = output.to_string();
            let text = match written_by {
                Some(source) => framed(source, &json),
                None => json,
            };
            ToolResult { text, is_error: false }
        }
        Outcome::Error(error) => ToolResult { text: error.clone(), is_error: true },
        Outcome::Denied(reason) => {
            let why = reason.as_ref().map(|reason| format!(" They say: {reason}")).unwrap_or_default();
            ToolResult { text: format!("The user does not allow this call.{why}"), is_error: true }
        }
    }
}

/// Names a call of the turn whose answer rests in row `turn`.
fn call_id(turn: u64, at: usize) -> String {
    format!("call_{turn}_{at}")
}

fn pending() -> ToolResult {
    ToolResult { text: "It has not ended.".into(), is_error: true }
}

fn calls(notes: &[Note]) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    for note in notes {
        if let Note::Called { id, name, input, step, .. } = note {
            calls.push(Call { id, name, input, step: *step, asked: false, decided: None, end: None });
            continue;
        }
        let Some(call) = calls.iter_mut().find(|call| call.id == note.id()) else { continue };
        match note {
            Note::Asked { .. } => call.asked = true,
            Note::Decided { approved, reason, .. } => call.decided = Some((*approved, reason.as_deref())),
            Note::Finished { outcome, duration_ms, .. } => call.end = Some((outcome, *duration_ms)),
            Note::Called { .. } => {}
        }
    }
    calls
}

/// The calls that `notes` tell of, as parts of a message, each with the number of its step.
pub fn parts(notes: &[Note]) -> Vec<(u32, ToolPart)> {
    let part = |call: Call<'_>| {
        let (mut output, mut error_text) = (None, None);
        let state = match (call.end.map(|(outcome, _)| outcome), call.decided) {
            (Some(Outcome::Output(value)), _) => {
                output = Some(value.clone());
                ToolState::OutputAvailable
            }
            (Some(Outcome::Error(error)), _) => {
                error_text = Some(error.clone());
                ToolState::OutputError
            }
            (Some(Outcome::Denied(_)), _) => ToolState::OutputDenied,
            (None, Some(_)) => ToolState::ApprovalResponded,
            (None, None) if call.asked => ToolState::ApprovalRequested,
            (None, None) => ToolState::InputAvailable,
        };
        let approval = call.asked.then(|| Approval {
            id: call.id.to_owned(),
            approved: call.decided.map(|(approved, _)| approved),
            reason: call.decided.and_then(|(_, reason)| reason).map(ToOwned::to_owned),
        });
        let part = ToolPart {
            tool_call_id: call.id.to_owned(),
            tool_name: call.name.to_owned(),
            state,
            input: call.input.clone(),
            output,
            error_text,
            approval,
            duration_ms: call.end.map(|(_, duration_ms)| duration_ms),
        };
        (call.step, part)
    };
    calls(notes).into_iter().map(part).collect()
}

/// What was decided about a call of a turn that may have ended: `None` when nobody asked.
pub fn decision(notes: &[Note], id: &str) -> Option<Option<bool>> {
    let calls = calls(notes);
    let call = calls.iter().find(|call| call.id == id && call.asked)?;
    Some(call.decided.map(|(approved, _)| approved))
}
