//! The conversation objects, and the catalogue of them.

use std::future::Future;

use edgewise_protocol::{
    api::Conversation,
    calls::conversation::{Asker, Call, Reply},
    ids::ConversationId,
    jobs::ProjectConversation,
};

use crate::{
    access::{Grant, Read},
    chat::send::StoreError,
};

/// An object could not be reached, or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    #[error("the object is overloaded")]
    Overloaded,
    #[error("the object failed: {0}")]
    Failed(String),
}

/// What an object answers: a reply, or a body that the door passes on.
#[derive(Debug)]
pub enum Answer<S> {
    Reply(Box<Reply>),
    Stream(S),
    /// JSON, and the number of the newest event.
    Page {
        body: S,
        last_seq: u64,
    },
}

/// The conversation objects.
pub trait Conversations: Clone + Send + Sync + 'static {
    /// A streaming response, as the door hands it to the client.
    type Stream: Send + 'static;

    /// Calls the object; without an asker it is the platform itself that calls.
    fn call(
        &self,
        id: ConversationId,
        asker: Option<Asker>,
        call: Call,
    ) -> impl Future<Output = Result<Answer<Self::Stream>, ObjectError>> + Send;

    /// A WebSocket to the conversation.
    fn socket(
        &self,
        id: ConversationId,
        asker: Asker,
    ) -> impl Future<Output = Result<Self::Stream, ObjectError>> + Send;
}

/// A page of the catalogue to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<(u64, ConversationId)>,
    /// Words that the title or the preview must contain.
    pub contains: Option<String>,
    /// The archive, and not what is outside of it.
    pub archived: bool,
    pub pinned: Option<bool>,
    pub tag: Option<String>,
    pub folder: Option<String>,
}

/// The catalogue of conversations.
pub trait Catalogue: Clone + Send + Sync + 'static {
    /// One more than `limit` when there are more. Also the owner's catalogue version: it grows with every change.
    fn list(
        &self,
        grant: Grant<Read>,
        query: ListQuery,
    ) -> impl Future<Output = Result<(u64, Vec<Conversation>), StoreError>> + Send;

    /// The owner's catalogue version alone.
    fn version(&self, grant: Grant<Read>) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Brings one row up to date. An older job than the row changes nothing. `true`: webhooks are to tell of it.
    fn project(&self, job: &ProjectConversation) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
