//! The objects that hold runs, and the list of them.

use std::future::Future;

use edgewise_protocol::{
    calls::run::{Call, Reply},
    ids::{AgentId, RunId, UserId},
    run::{RunStatus, RunSummary},
};

use super::ObjectError;
use crate::{
    access::{Grant, Own, Read},
    chat::send::StoreError,
};

/// A page of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunQuery {
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<(u64, RunId)>,
    pub agent: Option<AgentId>,
    pub status: Option<RunStatus>,
}

/// Runs.
pub trait Runs: Clone + Send + Sync + 'static {
    /// Calls the object; without a user it is the platform itself that calls.
    fn call(
        &self,
        id: RunId,
        user: Option<UserId>,
        call: Call,
    ) -> impl Future<Output = Result<Reply, ObjectError>> + Send;
}

/// The list of runs.
pub trait RunList: Clone + Send + Sync + 'static {
    /// Newest first, with one more than the limit when there are more.
    fn list(
        &self,
        grant: Grant<Read, Own>,
        query: RunQuery,
    ) -> impl Future<Output = Result<Vec<RunSummary>, StoreError>> + Send;

    /// Some that this owner has left behind.
    fn left(&self, owner: &str, limit: u32) -> impl Future<Output = Result<Vec<RunId>, StoreError>> + Send;

    /// It is erased.
    fn forget(&self, id: RunId) -> impl Future<Output = Result<(), StoreError>> + Send;
}
