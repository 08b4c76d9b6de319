//! Schedules of agents: tasks that are given again and again.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{AgentId, RunId, ScheduleId},
    schedule::ScheduleDefinition,
    timestamp::Timestamp,
};

/// `POST /api/agents/{id}/schedules`, and `PUT` of one: all of its definition.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetSchedule {
    /// The task of each run.
    pub input: String,
    /// Of the agent; without it, the newest at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Minute, hour, day of the month, month, day of the week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// Instead: a recurrence rule of RFC 5545, DAILY, WEEKLY, MONTHLY or YEARLY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rrule: Option<String>,
    /// Of a rule: the local time that it counts from, like `2026-03-01T09:00`; without it, this minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// A name of the IANA's list, like `Europe/Berlin`; without it, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Without it, yes.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    pub id: ScheduleId,
    pub agent_id: AgentId,
    pub definition: ScheduleDefinition,
    /// The next five times; none while it is paused, or when none is left.
    pub next: Vec<Timestamp>,
    /// The newest run that it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run_id: Option<RunId>,
    /// The time for which that run was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// Why it was paused, where nobody did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// All of an agent, the oldest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScheduleList {
    pub schedules: Vec<Schedule>,
}
