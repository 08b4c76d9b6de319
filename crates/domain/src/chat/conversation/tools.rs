//! The tool loop over the log: a step ends, tools run, somebody decides, the model is asked again.

use edgewise_protocol::ids::MessageId;

use super::{Conversation, LogStore, Run};
use crate::{
    access::{Grant, Write},
    chat::{
        row::Kind,
        send::{Fault, MAX_REASON_CHARS, Refusal, StoreError},
        tools::{Decided, Outcome, decision},
    },
    tools::{Offered, Tool},
};

impl<S: LogStore> Conversation<S> {
    /// The tools that the asker of the turn of `epoch` named; `None`: none in particular, or nobody waits any more.
    pub fn wanted_tools(&self, epoch: u64) -> Option<Vec<String>> {
        let running = self.running.as_ref().filter(|running| running.turn.epoch == epoch)?;
        running.turn.wanted_tools.clone()
    }

    /// The tools that are off in this conversation.
    pub fn tools_off(&self) -> Vec<Tool> {
        let off = self.head.details.tools.iter().filter(|(_, is_on)| !**is_on);
        off.filter_map(|(name, _)| Tool::named(name)).collect()
    }

    /// What the model that serves `epoch` is offered.
    pub fn offer(&mut self, epoch: u64, offered: Offered) {
        if let Some(running) = self.running.as_mut().filter(|running| running.turn.epoch == epoch) {
            running.turn.tools.offer(offered);
        }
    }

    /// The model has called tools and waits. The calls are stored, then they run.
    pub(super) fn end_step(&mut self, now_ms: u64) -> Result<(), StoreError> {
        self.epoch += 1;
        let epoch = self.epoch;
        let Some(running) = &mut self.running else { return Ok(()) };
        running.turn.end_step();
        // Whatever the connection still says lands nowhere.
        running.turn.epoch = epoch;
        self.flush(now_ms)?;
        self.effects.abort = true;
        self.go_on(now_ms)?;
        self.run_due()
    }

    /// Asks the model with the results, when all are there.
    fn go_on(&mut self, now_ms: u64) -> Result<(), StoreError> {
        let Some(running) = &self.running else { return Ok(()) };
        if running.turn.tools.waits() {
            // It may take days: the catalogue is to know how it stands.
            self.effects.project = true;
        }
        if running.turn.tools.is_open() { Ok(()) } else { self.ask(now_ms, 0) }
    }

    /// Runs every call that is to run. A process that died may have run some: each has a name that stays.
    pub(super) fn run_due(&mut self) -> Result<(), StoreError> {
        let Some(running) = &self.running else { return Ok(()) };
        let due = running.turn.tools.due();
        let (turn, asker) = (running.turn.seq, self.asker());
        self.effects.run.extend(due.into_iter().map(|due| Run { turn, due, asker }));
        Ok(())
    }

    /// Who asked what is being answered.
    fn asker(&self) -> edgewise_protocol::ids::UserId {
        let paid = self.running.as_ref().and_then(|running| running.turn.paid.as_ref());
        paid.and_then(|paid| paid.user).unwrap_or(self.head.owner)
    }

    /// A tool has ended. Stored before anybody hears of it; what nobody waits for any more is dropped.
    ///
    /// # Errors
    /// [`StoreError`]; forget this value and open the store again.
    pub fn tool_finished(
        &mut self,
        turn: u64,
        call: &str,
        outcome: Outcome,
        duration_ms: u64,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let Some(running) = self.running.as_mut().filter(|running| running.turn.seq == turn) else { return Ok(()) };
        if !running.turn.tools.finish(call, outcome, duration_ms) {
            return Ok(());
        }
        self.flush(now_ms)?;
        self.go_on(now_ms)
    }

    /// Somebody says whether a call may run. Gives the turn's row.
    ///
    /// # Errors
    /// [`Refusal::NoSuchCall`], [`Refusal::Decided`] when the other was said before, or [`StoreError`].
    pub fn decide(
        &mut self,
        _grant: Grant<Write>,
        now_ms: u64,
        call: &str,
        approved: bool,
        reason: Option<String>,
    ) -> Result<u64, Fault> {
        self.refuse_if_gone()?;
        if reason.as_ref().is_some_and(|reason| reason.chars().count() > MAX_REASON_CHARS) {
            return Err(Refusal::TooLong { what: "reason", limit: MAX_REASON_CHARS, unit: "characters" }.into());
        }
        let seq = turn_of(call).ok_or(Refusal::NoSuchCall)?;
        let Some(running) = self.running.as_mut().filter(|running| running.turn.seq == seq) else {
            return self.decided_before(seq, call, approved);
        };
        match running.turn.tools.decide(call, approved, reason.filter(|reason| !reason.trim().is_empty())) {
            Decided::Unasked => Err(Refusal::NoSuchCall.into()),
            Decided::Otherwise => Err(Refusal::Decided.into()),
            Decided::Before => Ok(seq),
            Decided::Now => {
                let due = running.turn.tools.due_of(call);
                self.flush(now_ms)?;
                let asker = self.asker();
                self.effects.run.extend(due.map(|due| Run { turn: seq, due, asker }));
                self.go_on(now_ms)?;
                Ok(seq)
            }
        }
    }

    /// Of a turn that has ended.
    fn decided_before(&self, seq: u64, call: &str, approved: bool) -> Result<u64, Fault> {
        let row = self.store.get(seq)?.filter(|row| row.kind == Kind::Answer).ok_or(Refusal::NoSuchCall)?;
        match decision(&row.read_meta().notes, call) {
            None => Err(Refusal::NoSuchCall.into()),
            Some(decided) if decided == Some(approved) => Ok(seq),
            Some(_) => Err(Refusal::Decided.into()),
        }
    }

    /// The id of the turn that runs or waits.
    pub fn running_turn_id(&self) -> Option<MessageId> {
        let turn = &self.running.as_ref()?.turn;
        Some(self.view().message_id(turn.seq, turn.at_ms))
    }
}

/// The row of the turn that made a call, as its id says.
fn turn_of(call: &str) -> Option<u64> {
    call.strip_prefix("call_")?.split_once('_')?.0.parse().ok()
}
