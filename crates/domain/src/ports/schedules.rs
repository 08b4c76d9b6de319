//! What is known of schedules.

use std::future::Future;

use edgewise_protocol::ids::{AgentId, RunId, ScheduleId};

use crate::{
    access::{Delete, Grant, Own, Read, Write},
    chat::send::StoreError,
    schedule::records::{Change, Record},
};

/// Schedules of agents.
pub trait Schedules: Clone + Send + Sync + 'static {
    /// A new one. The same again finds itself; `None`: there are as many as there may be.
    fn add(
        &self,
        grant: Grant<Write, Own>,
        id: ScheduleId,
        agent: AgentId,
        change: &Change,
    ) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// One's own of an agent, oldest first.
    fn list(
        &self,
        grant: Grant<Read, Own>,
        agent: AgentId,
    ) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// Another definition. `None`: there is none such of theirs.
    fn set(
        &self,
        grant: Grant<Write, Own>,
        agent: AgentId,
        id: ScheduleId,
        change: &Change,
    ) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// `false`: there was none such of theirs.
    fn remove(
        &self,
        grant: Grant<Delete, Own>,
        agent: AgentId,
        id: ScheduleId,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Some whose time has come, of people who may do something.
    fn due(&self, now_ms: u64, limit: u32) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// The run of the time that was due has begun; `next_ms` is the next. A schedule that was changed meanwhile stays so.
    fn fired(
        &self,
        record: &Record,
        run: RunId,
        next_ms: Option<u64>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// It cannot begin a run any more: it is paused, and says why.
    fn pause(&self, record: &Record, error: &str) -> impl Future<Output = Result<(), StoreError>> + Send;
}
