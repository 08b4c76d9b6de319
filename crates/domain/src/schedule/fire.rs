//! Schedules whose time has come begin their runs.
//!
//! The run's id follows from the schedule and the time that was due, so that two rounds at once, or one that died in its
//! middle, begin one run. The next time is the first after now: what was missed is one run.

use edgewise_protocol::{
    calls::run::{Call, NewRun, Reply},
    ids::{RunId, ScheduleId},
};

use super::{Times, records::Record};
use crate::{
    access::{Grant, Principal, Read, authorize},
    agent,
    chat::send::StoreError,
    identity::codes,
    ports::{Agents, Clock, ObjectError, Runs, Schedules},
};

/// Of one round: some subrequests each, of the thousand that an invocation may make.
pub const MAX_FIRED: u32 = 50;
const NO_AGENT: &str = "The agent, or this version of it, is not there any more.";
const NO_TIMES: &str = "The times of this schedule cannot be read any more.";

/// Why one did not fire. The next round tries again.
#[derive(Debug, thiserror::Error)]
pub enum FireError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error("the run's store failed")]
    Failed,
}

/// One round. Gives the faults.
///
/// # Errors
/// [`StoreError`] when nobody knows what is due.
pub async fn fire_due(
    schedules: &impl Schedules,
    agents: &impl Agents,
    runs: &impl Runs,
    clock: &impl Clock,
) -> Result<Vec<(ScheduleId, FireError)>, StoreError> {
    let mut faults = Vec::new();
    for record in schedules.due(clock.now_ms(), MAX_FIRED).await? {
        if let Err(fault) = fire(schedules, agents, runs, clock, &record).await {
            faults.push((record.id, fault));
        }
    }
    Ok(faults)
}

async fn fire(
    schedules: &impl Schedules,
    agents: &impl Agents,
    runs: &impl Runs,
    clock: &impl Clock,
    record: &Record,
) -> Result<(), FireError> {
    let Some(due_ms) = record.next_ms else { return Ok(()) };
    let Ok(times) = Times::of(&record.definition) else { return Ok(schedules.pause(record, NO_TIMES).await?) };
    let found = agents.find(record.agent, record.definition.version).await?;
    let Some(agent) = found.filter(|agent| may_read(record, agent)) else {
        return Ok(schedules.pause(record, NO_AGENT).await?);
    };
    let run = NewRun {
        id: run_id(record.id, due_ms),
        agent_id: agent.id,
        agent_version: agent.version,
        definition: agent.definition,
        input: record.definition.input.clone(),
        user: record.owner,
        key_id: None,
        rerun_of: None,
        carried: 0,
    };
    let (id, call) = (run.id, Call::Start { run: Box::new(run), carried: Vec::new() });
    match runs.call(id, Some(record.owner), call).await? {
        Reply::Run { .. } => {}
        _ => return Err(FireError::Failed),
    }
    Ok(schedules.fired(record, id, times.next(clock, clock.now_ms().max(due_ms))).await?)
}

/// With the rights of whoever made the schedule, in what is theirs alone.
fn may_read(record: &Record, agent: &agent::records::Record) -> bool {
    let principal = Principal { user: record.owner, memberships: &[] };
    let grant: Result<Grant<Read>, _> = authorize(&principal, agent.resource());
    grant.is_ok()
}

fn run_id(schedule: ScheduleId, due_ms: u64) -> RunId {
    let digest = codes::digest(&format!("schedule {schedule} {due_ms}"));
    RunId::new(due_ms, &digest.first_chunk().copied().unwrap_or_default())
}
