//! The ports: what the product asks of the world, in its own words. `platform` and `testkit` implement them.

use std::future::Future;

use edgewise_protocol::{
    api::Conversation,
    calls::conversation::{Call, Reply},
    ids::{ConversationId, UserId},
    jobs::ProjectConversation,
};

use crate::chat::send::StoreError;

/// A value that SQL takes and gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    pub fn int(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }

    pub const fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(value) if *value >= 0 => Some(*value as u64),
            _ => None,
        }
    }

    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes of a blob that was selected as `hex(…)`; `None` of an empty one.
    pub fn into_bytes_of_hex(self) -> Option<Vec<u8>> {
        let text = self.into_text().filter(|text| !text.is_empty())?;
        let digit = |character: u8| char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        text.as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
                _ => None,
            })
            .collect()
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// One row: its columns in the order of the query.
pub type Columns = Vec<Value>;

/// An object's own database: synchronous.
pub trait Sql {
    /// Runs one statement and gives all its rows. Select blobs as `hex(…)`: rows cross into wasm as JSON.
    ///
    /// # Errors
    /// When the database refuses; nothing was written.
    fn run(&self, statement: &'static str, values: Vec<Value>) -> Result<Vec<Columns>, StoreError>;
}

/// One statement with its values.
#[derive(Debug, Clone)]
pub struct Statement {
    pub sql: String,
    pub values: Vec<Value>,
}

/// The relational database.
pub trait Database {
    /// Runs all statements in one transaction and gives each one's rows.
    fn batch(&self, statements: Vec<Statement>) -> impl Future<Output = Result<Vec<Vec<Columns>>, StoreError>> + Send;
}

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

    fn call(
        &self,
        id: ConversationId,
        user: Option<UserId>,
        call: Call,
    ) -> impl Future<Output = Result<Answer<Self::Stream>, ObjectError>> + Send;

    /// A WebSocket to the conversation.
    fn socket(
        &self,
        id: ConversationId,
        user: UserId,
    ) -> impl Future<Output = Result<Self::Stream, ObjectError>> + Send;
}

/// A page of the catalogue to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<(u64, ConversationId)>,
    /// Words that the title or the preview must contain.
    pub contains: Option<String>,
}

/// The catalogue of conversations.
pub trait Catalogue: Clone + Send + Sync + 'static {
    /// One more than `limit` when there are more. Also the owner's catalogue version: it grows with every change.
    fn list(
        &self,
        owner: UserId,
        query: ListQuery,
    ) -> impl Future<Output = Result<(u64, Vec<Conversation>), StoreError>> + Send;

    /// The owner's catalogue version alone.
    fn version(&self, owner: UserId) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Brings one row up to date. An older job than the row changes nothing.
    fn project(&self, job: &ProjectConversation) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What may be lost or late.
pub trait Cache: Clone + Send + Sync + 'static {
    /// A page of search results, by its versioned key.
    fn get(&self, key: &str) -> impl Future<Output = Option<String>> + Send;

    /// Failing is fine.
    fn put(&self, key: &str, value: &str, ttl_s: u32) -> impl Future<Output = ()> + Send;
}

/// Time.
pub trait Clock: Clone + Send + Sync + 'static {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;
}

/// Randomness fit for secrets.
pub trait Entropy: Clone + Send + Sync + 'static {
    fn fill(&self, bytes: &mut [u8]);
}

/// Everything the doors need of the world.
pub trait Ports: Clone + Send + Sync + 'static {
    type Conversations: Conversations;
    type Catalogue: Catalogue;
    type Cache: Cache;
    type Clock: Clock;
    type Entropy: Entropy;

    fn conversations(&self) -> &Self::Conversations;
    fn catalogue(&self) -> &Self::Catalogue;
    fn cache(&self) -> &Self::Cache;
    fn clock(&self) -> &Self::Clock;
    fn entropy(&self) -> &Self::Entropy;
}
