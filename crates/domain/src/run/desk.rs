//! Calls to a run: whoever asks is shown to `authorize`, and the platform's own calls come from nobody.

use edgewise_protocol::{
    api::RunEventPage,
    calls::run::{Call, Reply, Request},
    ids::UserId,
    run::NumberedRunEvent,
    timestamp::Timestamp,
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    carry::Carry,
    entry::Entry,
    journal::{Journal, Kept},
    machine::Run,
    waiting::Sent,
};
use crate::{
    access::{Act, Denied, Grant, Own, Principal, Read, authorize},
    chat::{
        send::{MAX_REASON_CHARS, StoreError},
        tools::Decided,
    },
};

/// What a call comes to.
#[derive(Debug)]
pub enum Outcome {
    Reply(Reply),
    /// Nothing has happened yet: ask again when something has, or the time is over.
    Wait {
        request: Request,
        wait_ms: u64,
    },
    /// Take steps, then say so.
    Step,
}

/// Answers a call. What is held may be begun by it, or taken away.
///
/// # Errors
/// [`StoreError`]; what is held may be ahead of its journal then.
pub fn handle<J: Journal>(
    held: &mut Option<Run<J>>,
    journal: impl FnOnce() -> J,
    now_ms: u64,
    request: Request,
) -> Result<Outcome, StoreError> {
    let Some(user) = request.user else { return platform(held, &request.call) };
    if let (None, Call::Start { run, carried }) = (&*held, &request.call)
        && run.user == user
    {
        let carried = carried.iter().map(entry).collect::<Result<_, _>>()?;
        *held = Some(Run::create(journal(), run.as_ref().clone(), carried, now_ms)?);
    }
    let Some(run) = held else { return Ok(Outcome::Reply(Reply::NotFound)) };
    if let Call::Events { after, wait_ms, .. } = request.call
        && wait_ms > 0
        && after == run.seq()
        && !run.status().is_over()
        && grant::<_, Read>(run, user).is_ok()
    {
        return Ok(Outcome::Wait { request, wait_ms });
    }
    Ok(Outcome::Reply(answer(run, user, now_ms, request.call)?))
}

fn platform<J: Journal>(held: &mut Option<Run<J>>, call: &Call) -> Result<Outcome, StoreError> {
    match (call, held.take()) {
        (Call::Step, Some(run)) => {
            *held = Some(run);
            Ok(Outcome::Step)
        }
        (Call::Erase, run) => {
            run.map_or(Ok(()), Run::erase)?;
            Ok(Outcome::Reply(Reply::Done))
        }
        (_, run) => {
            *held = run;
            Ok(Outcome::Reply(Reply::NotFound))
        }
    }
}

fn grant<J: Journal, A: Act>(run: &Run<J>, user: UserId) -> Result<Grant<A, Own>, Denied> {
    authorize(&Principal { user, memberships: &[] }, Own(run.head().user))
}

fn answer<J: Journal>(run: &mut Run<J>, user: UserId, now_ms: u64, call: Call) -> Result<Reply, StoreError> {
    let (Ok(read), Ok(write)) = (grant(run, user), grant(run, user)) else { return Ok(Reply::NotFound) };
    match call {
        Call::Start { .. } | Call::Show => {}
        Call::Events { after, limit, .. } => {
            let events = run.after(read, after, limit)?.into_iter().map(numbered).collect();
            let page = RunEventPage { events, last_seq: run.seq(), is_over: run.status().is_over() };
            return Ok(Reply::Events { page });
        }
        Call::Carry { step } => {
            return Ok(match run.carry(read, step.as_deref())? {
                Carry::These(entries) => Reply::Carried { run: Box::new(run.head().clone()), carried: rows(&entries)? },
                Carry::NotOver => Reply::NotOver,
                Carry::NoStep => Reply::NoStep,
            });
        }
        Call::Cancel => {
            run.cancel(write, now_ms)?;
        }
        Call::Decide { reason: Some(reason), .. } if reason.chars().count() > MAX_REASON_CHARS => {
            return Ok(Reply::TooLong);
        }
        Call::Decide { tool_call_id, approved, reason } => {
            match run.decide(write, now_ms, &tool_call_id, approved, reason)? {
                Decided::Now | Decided::Before => {}
                Decided::Otherwise => return Ok(Reply::Conflict),
                Decided::Unasked => return Ok(Reply::NoCall),
            }
        }
        Call::Send { name, key, data } => match run.send(write, now_ms, name, key, data)? {
            Sent::Now | Sent::Before => {}
            Sent::Otherwise | Sent::Over => return Ok(Reply::Conflict),
            Sent::Full => return Ok(Reply::Full),
        },
        Call::Step | Call::Erase => return Ok(Reply::NotFound),
    }
    Ok(Reply::Run { run: Box::new(run.view(read)) })
}

fn rows(entries: &[Entry]) -> Result<Vec<Value>, StoreError> {
    entries.iter().map(|entry| serde_json::to_value(entry).map_err(unfit)).collect()
}

fn entry(row: &Value) -> Result<Entry, StoreError> {
    Entry::deserialize(row).map_err(unfit)
}

fn unfit(error: serde_json::Error) -> StoreError {
    StoreError { operation: "carry over", cause: error.to_string() }
}

fn numbered(kept: Kept) -> NumberedRunEvent {
    NumberedRunEvent { seq: kept.seq, at: Timestamp(kept.at_ms), event: kept.entry.event() }
}
