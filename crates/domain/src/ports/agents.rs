//! What is known of agents.

use std::future::Future;

use edgewise_protocol::{agent::AgentDefinition, api::AgentVersion, ids::AgentId};

use crate::{
    access::{Delete, Grant, Read, Write},
    agent::records::{Kept, Record},
    chat::send::StoreError,
};

/// Agents and their versions.
pub trait Agents: Clone + Send + Sync + 'static {
    /// A new one. The same again finds itself; `None`: there are as many as there may be.
    fn add(
        &self,
        grant: Grant<Write>,
        id: AgentId,
        definition: &AgentDefinition,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// The newest version, or the one that is asked for. Whoever asks shows it to `authorize`.
    fn find(
        &self,
        id: AgentId,
        version: Option<u32>,
    ) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// A page, newest first, with one more than the limit when there are more.
    fn list(
        &self,
        grant: Grant<Read>,
        after: Option<(u64, AgentId)>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// Another version on top of `base`. What is as it was makes none.
    fn write(
        &self,
        grant: Grant<Write>,
        base: &Record,
        definition: &AgentDefinition,
        now_ms: u64,
    ) -> impl Future<Output = Result<Kept, StoreError>> + Send;

    /// All that are kept, newest first.
    fn versions(
        &self,
        grant: Grant<Read>,
        id: AgentId,
    ) -> impl Future<Output = Result<Vec<AgentVersion>, StoreError>> + Send;

    /// With all its versions. Once more is nothing.
    fn remove(&self, grant: Grant<Delete>, id: AgentId) -> impl Future<Output = Result<(), StoreError>> + Send;
}
