//! What is known of artifacts.

use std::future::Future;

use edgewise_protocol::{
    api::ArtifactVersion,
    ids::{ArtifactId, ConversationId},
};

use crate::{
    access::{Delete, Grant, Read, Write},
    artifact::records::{Added, New, NewVersion, Record, Stored},
    chat::send::StoreError,
};

/// What is known of artifacts. Contents are files.
pub trait Artifacts: Clone + Send + Sync + 'static {
    /// A new one with its first version. A call that has made one gives that one.
    fn add(
        &self,
        grant: Grant<Write>,
        new: &New,
        version: &NewVersion,
    ) -> impl Future<Output = Result<Added, StoreError>> + Send;

    /// Another version of one. A call that has made one makes no second.
    fn write(
        &self,
        grant: Grant<Write>,
        id: ArtifactId,
        version: &NewVersion,
    ) -> impl Future<Output = Result<Added, StoreError>> + Send;

    /// Whoever asks shows it to `authorize`.
    fn find(&self, id: ArtifactId) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// What a call has made, and the version.
    fn made_by(&self, call: &str) -> impl Future<Output = Result<Option<(Record, u32)>, StoreError>> + Send;

    /// A page, newest first, with one more than the limit when there are more.
    fn list(
        &self,
        grant: Grant<Read>,
        conversation: Option<ConversationId>,
        after: Option<(u64, ArtifactId)>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// What is absent stays; a language of `""` goes.
    fn change(
        &self,
        grant: Grant<Write>,
        id: ArtifactId,
        title: Option<&str>,
        language: Option<&str>,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// With all its versions. Once more is nothing.
    fn remove(&self, grant: Grant<Delete>, id: ArtifactId) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// All that are kept, newest first.
    fn versions(
        &self,
        grant: Grant<Read>,
        id: ArtifactId,
    ) -> impl Future<Output = Result<Vec<ArtifactVersion>, StoreError>> + Send;

    /// Where the content of a version is.
    fn stored(
        &self,
        grant: Grant<Read>,
        id: ArtifactId,
        version: u32,
    ) -> impl Future<Output = Result<Option<Stored>, StoreError>> + Send;
}
