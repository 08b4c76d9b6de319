//! A run that waits for a time or for an event: nothing happens meanwhile but its object's alarm.

use edgewise_protocol::timestamp::Timestamp;
use serde_json::{Value, json};

use super::{entry::Entry, journal::Journal, machine::Run};
use crate::{
    access::{Grant, Own, Write},
    chat::{send::StoreError, tools::Outcome},
    identity::seals,
    tools::pause::Pause,
};

/// What one event says, as JSON. With its name it is the result of a call, which a log must be able to keep.
pub const MAX_EVENT_BYTES: usize = 32 * 1024;
/// That nobody waited for yet.
const MAX_KEPT: usize = 32;
/// In all.
const MAX_RECEIVED: usize = 200;

/// A call that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub step: String,
    pub since_ms: u64,
    pub pause: Pause,
}

/// What came from outside.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// Nobody waited for these yet, oldest first.
    pub kept: Vec<(String, Value)>,
    /// The keys of all, with what they were about.
    pub received: Vec<(String, String)>,
}

impl Inbox {
    pub fn receive(&mut self, name: String, key: String, data: Value) {
        self.received.push((key, fingerprint(&name, &data)));
        self.kept.push((name, data));
    }

    fn is_full(&self) -> bool {
        self.kept.len() >= MAX_KEPT || self.received.len() >= MAX_RECEIVED
    }

    fn has(&self, name: &str) -> Option<&Value> {
        self.kept.iter().find(|(known, _)| known == name).map(|(_, data)| data)
    }

    /// The oldest of a name was waited for.
    pub fn hand_out(&mut self, name: &str) {
        if let Some(at) = self.kept.iter().position(|(known, _)| known == name) {
            self.kept.remove(at);
        }
    }
}

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    Now,
    Before,
    /// Its key was another event's.
    Otherwise,
    Full,
    Over,
}

impl<J: Journal> Run<J> {
    /// An event from outside: whoever waits for it goes on, or it is kept for whoever will.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn send(
        &mut self,
        _grant: Grant<Write, Own>,
        now_ms: u64,
        name: String,
        key: String,
        data: Value,
    ) -> Result<Sent, StoreError> {
        if let Some((_, before)) = self.inbox.received.iter().find(|(known, _)| *known == key) {
            let is_same = *before == fingerprint(&name, &data);
            return Ok(if is_same { Sent::Before } else { Sent::Otherwise });
        }
        self.tick(now_ms)?;
        if self.end.is_some() {
            return Ok(Sent::Over);
        }
        if self.inbox.is_full() {
            return Ok(Sent::Full);
        }
        self.write(now_ms, Entry::Received { name, key, data })?;
        self.tick(now_ms)?;
        Ok(Sent::Now)
    }

    /// Notes until when the calls wait that are due and do nothing else.
    pub(super) fn begin_waiting(&mut self, now_ms: u64) -> Result<(), StoreError> {
        let now_ms = self.clock(now_ms);
        for due in self.chapter.tools.due() {
            if !self.is_waiting(&due.id)
                && let Some(Pause { until_ms, event }) = due.tool.pause(&due.input, now_ms)
            {
                self.write(now_ms, Entry::Waits { step: due.id, until_ms, event })?;
            }
        }
        Ok(())
    }

    /// What was waited for has come, or its time is over.
    pub(super) fn end_waiting(&mut self, now_ms: u64) -> Result<(), StoreError> {
        let now_ms = self.clock(now_ms);
        // What is claimed now is recorded first.
        while !self.is_claimed
            && let Some((step, since_ms, output)) = self.waiting.iter().find_map(|waiting| self.came(waiting, now_ms))
        {
            let duration_ms = now_ms.saturating_sub(since_ms);
            self.write(now_ms, Entry::Finished { step, outcome: Outcome::Output(output).bounded(), duration_ms })?;
        }
        Ok(())
    }

    fn came(&self, waiting: &Waiting, now_ms: u64) -> Option<(String, u64, Value)> {
        let is_late = now_ms >= waiting.pause.until_ms;
        let output = match &waiting.pause.event {
            None => is_late.then(|| json!({ "wokeAt": Timestamp(now_ms) })),
            Some(name) => match self.inbox.has(name) {
                Some(data) => Some(json!({ "event": name, "data": data })),
                None => is_late.then(|| json!({ "event": null, "timedOut": true })),
            },
        };
        Some((waiting.step.clone(), waiting.since_ms, output?))
    }

    pub(super) fn apply_waits(&mut self, at_ms: u64, step: String, pause: Pause) {
        if let Some(known) = self.steps.iter_mut().find(|known| known.key == step) {
            known.started_at.get_or_insert(Timestamp(at_ms));
            (known.waits_until, known.waits_for) = (Some(Timestamp(pause.until_ms)), pause.event.clone());
        }
        self.waiting.push(Waiting { step, since_ms: at_ms, pause });
    }

    /// Something that waited has its result. `false`: it did not wait.
    pub(super) fn apply_waited(&mut self, step: &str) -> bool {
        let Some(at) = self.waiting.iter().position(|waiting| waiting.step == step) else { return false };
        if let Some(name) = self.waiting.remove(at).pause.event {
            self.inbox.hand_out(&name);
        }
        if let Some(known) = self.steps.iter_mut().find(|known| known.key == step) {
            (known.waits_until, known.waits_for) = (None, None);
        }
        true
    }

    pub(super) fn is_waiting(&self, id: &str) -> bool {
        self.waiting.iter().any(|waiting| waiting.step == id)
    }

    /// When the first of them has waited long enough.
    pub(super) fn wakes_at_ms(&self) -> Option<u64> {
        self.waiting.iter().map(|waiting| waiting.pause.until_ms).min()
    }
}

fn fingerprint(name: &str, data: &Value) -> String {
    seals::digest(&format!("{name}\n{data}"))
}
