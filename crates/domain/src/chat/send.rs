//! What may be sent to a conversation, and the refusals.

use edgewise_protocol::{attachment::Attached, ids::MessageId};

use crate::{access::Denied, files::MAX_FILES, tools::Tool};

/// One message of 256 KiB is about 60,000 tokens: more than most models read, and far under a row's 2 MB.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Turns that may wait behind the running one.
pub const MAX_QUEUED_TURNS: usize = 16;
pub const MAX_TITLE_CHARS: usize = 200;
pub const MAX_TAGS: usize = 20;
pub const MAX_TAG_CHARS: usize = 50;
pub const MAX_FOLDER_CHARS: usize = 100;
/// Of why somebody votes so.
pub const MAX_REASON_CHARS: usize = 1_000;
pub const MAX_SYSTEM_PROMPT_BYTES: usize = 32 * 1024;
pub const MAX_MODEL_CHARS: usize = 128;
/// Longest idempotency key or client message id, characters.
pub const MAX_KEY_CHARS: usize = 128;

/// A message to send.
#[derive(Debug, Clone, Default)]
pub struct Send {
    pub text: String,
    /// Client message id: the same one again gives the first one's ids.
    pub client_message_id: Option<String>,
    /// The message to follow; without one, the newest.
    pub parent: Option<MessageId>,
    /// The user message that this one replaces, by our id or its client's. An id that is not known is none.
    pub edit_of: Option<String>,
    pub model: Option<String>,
    /// Files that go with it.
    pub attachments: Vec<Attached>,
    /// The tools that the answer may use; `None`: those of the settings.
    pub tools: Option<Vec<String>>,
    /// An answer that was given to the same request before may be given.
    pub reuse: bool,
}

/// Why an operation was refused: the caller's doing, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Write something: there is nothing but white space.")]
    Empty,
    #[error("{what} is too long: at most {limit} {unit}.")]
    TooLong { what: &'static str, limit: usize, unit: &'static str },
    #[error("{what} may hold only printable ASCII characters, at least one.")]
    NotPrintable { what: &'static str },
    #[error("{MAX_QUEUED_TURNS} messages wait for an answer already. Wait for one, or stop.")]
    QueueFull,
    #[error("There is no message with that id in this conversation.")]
    NoSuchMessage,
    #[error("A message has {MAX_FILES} files at most.")]
    TooManyFiles,
    #[error("A file is sent by its address at POST /api/chat/attachments first, and then with a message over HTTP.")]
    NoAttachments,
    #[error("There is no tool {0}.")]
    NoSuchTool(String),
    #[error("No call with that id waits for an approval.")]
    NoSuchCall,
    #[error("It was decided otherwise, or the answer has ended.")]
    Decided,
    #[error("The answer has not ended yet. Wait for its end, or stop it.")]
    NotEnded,
    #[error("{field} {why}.")]
    Bad { field: &'static str, why: &'static str },
    #[error("Only an answer can be voted on.")]
    NotAnAnswer,
    #[error("The answer has come to its end: there is nothing to go on with.")]
    AtItsEnd,
    #[error("A temporary conversation is shared with nobody. Fork it, and share the fork.")]
    Temporary,
    #[error("There is no message to answer.")]
    NothingToAnswer,
    #[error("The conversation's newest event is number {last_seq}.")]
    AheadOfLog { last_seq: u64 },
    #[error("Your role in this organization does not allow that.")]
    Role,
    #[error("Conversation not found")]
    Gone,
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Hidden => Self::Gone,
            Denied::Role => Self::Role,
        }
    }
}

/// The store failed. The object forgets what it holds in memory and reads the store anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {cause}")]
pub struct StoreError {
    pub operation: &'static str,
    pub cause: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Denied> for Fault {
    fn from(denied: Denied) -> Self {
        Self::Refused(denied.into())
    }
}

impl Send {
    /// Checks everything that can be checked without the log.
    ///
    /// # Errors
    /// The first [`Refusal`] found.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.text.trim().is_empty() && self.attachments.is_empty() {
            return Err(Refusal::Empty);
        }
        if self.attachments.len() > MAX_FILES {
            return Err(Refusal::TooManyFiles);
        }
        if self.text.len() > MAX_MESSAGE_BYTES {
            return Err(Refusal::TooLong { what: "The message", limit: MAX_MESSAGE_BYTES, unit: "bytes" });
        }
        if let Some(key) = &self.client_message_id {
            check_key("clientMessageId", key)?;
        }
        if let Some(model) = &self.model {
            check_model(model)?;
        }
        check_tools(self.tools.as_deref().unwrap_or_default())
    }
}

/// # Errors
/// [`Refusal`] when `key` cannot be an idempotency key.
pub fn check_key(what: &'static str, key: &str) -> Result<(), Refusal> {
    if key.len() > MAX_KEY_CHARS {
        return Err(Refusal::TooLong { what, limit: MAX_KEY_CHARS, unit: "characters" });
    }
    if key.is_empty() || !key.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Err(Refusal::NotPrintable { what });
    }
    Ok(())
}

/// # Errors
/// [`Refusal`] when `model` cannot be a model's name.
pub fn check_model(model: &str) -> Result<(), Refusal> {
    if model.len() > MAX_MODEL_CHARS {
        return Err(Refusal::TooLong { what: "model", limit: MAX_MODEL_CHARS, unit: "characters" });
    }
    if model.is_empty() || !model.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal::NotPrintable { what: "model" });
    }
    Ok(())
}

/// # Errors
/// [`Refusal`] when one of `names` is no tool.
pub fn check_tools(names: &[String]) -> Result<(), Refusal> {
    match names.iter().find(|name| Tool::of_answers(name).is_none()) {
        Some(name) => Err(Refusal::NoSuchTool(shown(name))),
        None => Ok(()),
    }
}

/// As much of a name as a sentence bears.
fn shown(name: &str) -> String {
    name.chars().take(MAX_KEY_CHARS).collect()
}

/// # Errors
/// [`Refusal`] when `title` is empty or too long.
pub fn check_title(title: &str) -> Result<(), Refusal> {
    if title.trim().is_empty() {
        return Err(Refusal::Empty);
    }
    if title.chars().count() > MAX_TITLE_CHARS {
        return Err(Refusal::TooLong { what: "title", limit: MAX_TITLE_CHARS, unit: "characters" });
    }
    Ok(())
}
