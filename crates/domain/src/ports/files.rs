//! Files: their bytes, and what is known of them.

use std::future::Future;

use edgewise_protocol::{
    ids::{AttachmentId, ConversationId},
    organization::Owner,
};

use crate::{
    access::{Delete, Grant, Write},
    chat::send::StoreError,
    files::{
        inspect::{Inspector, Seen},
        records::{New, Record, Whole},
    },
};

/// An object as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub key: String,
    pub stored_at_ms: u64,
}

/// Where the bytes of files rest.
pub trait Files: Clone + Send + Sync + 'static {
    /// Bytes, as the door hands them to the client.
    type Body: Send + 'static;

    fn put(&self, key: &str, bytes: Vec<u8>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Begins an object that comes in parts, and gives its name for them.
    fn begin(&self, key: &str) -> impl Future<Output = Result<String, StoreError>> + Send;

    /// One part, counted from 1. All but the last are of the same size. Gives its tag.
    fn part(
        &self,
        key: &str,
        upload: &str,
        number: u32,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<String, StoreError>> + Send;

    /// Makes one object of the parts.
    fn complete(
        &self,
        key: &str,
        upload: &str,
        parts: Vec<(u32, String)>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Forgets the parts. Once more is nothing.
    fn abort(&self, key: &str, upload: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The bytes, or those from `range.0` on, `range.1` of them. `None`: there is no such object.
    fn open(
        &self,
        key: &str,
        range: Option<(u64, u64)>,
    ) -> impl Future<Output = Result<Option<Self::Body>, StoreError>> + Send;

    /// The first bytes, `most` of them.
    fn read(&self, key: &str, most: u64) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// Shows all bytes to `inspector`, a few at a time.
    fn inspect(
        &self,
        key: &str,
        inspector: Inspector,
    ) -> impl Future<Output = Result<Option<Inspector>, StoreError>> + Send;

    /// Once more is nothing.
    fn delete(&self, keys: Vec<String>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Objects after `after`, by their keys.
    fn list(&self, after: Option<&str>, limit: u32) -> impl Future<Output = Result<Vec<Listed>, StoreError>> + Send;
}

/// What is known of files.
pub trait Attachments: Clone + Send + Sync + 'static {
    /// A row without bytes. `false`: its creator has as many as may be.
    fn begin(&self, grant: Grant<Write>, new: &New) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// What there is of these; what is gone is not there. Whoever asks shows each to `authorize`.
    fn find(&self, ids: &[AttachmentId]) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// Its bytes come in parts under this name.
    fn upload_begun(&self, id: AttachmentId, upload: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A part is there; one of the same number is replaced.
    fn part(&self, id: AttachmentId, number: u32, etag: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The parts that are there, in order.
    fn parts(&self, id: AttachmentId) -> impl Future<Output = Result<Vec<(u32, String)>, StoreError>> + Send;

    /// Another file of the same tenant with the same content, which was read as the same type.
    fn same(&self, record: &Record, seen: &Seen) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// It is whole. Where its tenant has the same content already, it shares that object. `is_stored`: its own object is
    /// there; else it must share one. Gives the row when it is ready.
    fn settle(
        &self,
        id: AttachmentId,
        whole: &Whole,
        is_stored: bool,
    ) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// Somebody deletes it.
    fn remove(&self, grant: Grant<Delete>, id: AttachmentId) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Its upload has failed.
    fn give_up(&self, id: AttachmentId) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A conversation holds these.
    fn used(
        &self,
        conversation: ConversationId,
        ids: &[AttachmentId],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A conversation of `owner` holds these no more. What nobody else holds goes.
    fn unused(
        &self,
        conversation: ConversationId,
        owner: Owner,
        ids: &[AttachmentId],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Gives up uploads that began before, and gives some of the rows that are gone.
    fn gone(&self, pending_before_ms: u64, limit: u32) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// Whether a file that is there has this object.
    fn is_held(&self, object: &str) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Forgets a row that is gone.
    fn forget(&self, id: AttachmentId) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Which of these objects a row knows.
    fn known(&self, objects: &[String]) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// Some whole files after `after`, by their ids.
    fn whole_after(&self, after: &str, limit: u32) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// How far a sweep has come, and from where it goes on.
    fn position(&self, name: &str) -> impl Future<Output = Result<String, StoreError>> + Send;
    fn set_position(&self, name: &str, position: &str) -> impl Future<Output = Result<(), StoreError>> + Send;
}
