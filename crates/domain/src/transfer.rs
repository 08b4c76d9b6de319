//! Conversations as files: what ours look like, and how the exports of others become conversations here.
//!
//! A file is read conversation by conversation, so that one that is broken is told of and the others are taken.

mod formats;
mod times;
mod tree;

use std::fmt;

use edgewise_protocol::{calls::conversation::Imported, timestamp::Timestamp};
use serde::{
    Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use formats::Any;

/// The name and the version of our own format.
pub const FORMAT: (&str, u32) = ("edgewise.conversation", 1);
/// Conversations of one file: each is a call to an object, of the thousand that a request may make.
pub const MAX_CONVERSATIONS: usize = 500;
/// Messages of one conversation.
pub const MAX_MESSAGES: usize = 10_000;
/// Text of one conversation: what it is sent in fits into a call to its object.
pub const MAX_TEXT_BYTES: usize = 8 * 1024 * 1024;

/// A conversation of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is from, and its id there: the same again is the same conversation.
    pub source: &'static str,
    pub source_id: String,
    pub title: Option<String>,
    pub system_prompt: Option<String>,
    /// That of answers without one.
    pub model: Option<String>,
    pub created_at: Option<Timestamp>,
    pub messages: Vec<Imported>,
    /// Messages that people never saw: instructions, calls of tools, thoughts.
    pub skipped: usize,
}

/// Why a conversation of a file was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// As far as it could be read.
    pub source_id: Option<String>,
    pub title: Option<String>,
    pub reason: String,
}

/// Why a file was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("This is a ZIP archive. Unpack it, and send the conversations.json that is in it.")]
    Zip,
    #[error("The file is not JSON: {0}.")]
    Json(String),
    #[error("The file is neither a conversation nor a list of them.")]
    Other,
    #[error("The file has more than {MAX_CONVERSATIONS} conversations. Split it.")]
    TooMany,
}

/// Reads a file of ChatGPT's, Claude's, LibreChat's, Open WebUI's or our own.
///
/// # Errors
/// [`Unreadable`] when none of it can be taken.
pub fn read(file: &[u8]) -> Result<Vec<Result<Found, Broken>>, Unreadable> {
    if file.starts_with(b"PK\x03\x04") {
        return Err(Unreadable::Zip);
    }
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let json = |error: serde_json::Error| Unreadable::Json(error.to_string());
    let mut reader = serde_json::Deserializer::from_slice(file);
    let conversations = match file.trim_ascii_start().first() {
        Some(b'[') => {
            let found = reader.deserialize_seq(Conversations).map_err(json)?;
            reader.end().map_err(json)?;
            found.ok_or(Unreadable::TooMany)?
        }
        Some(b'{') => vec![serde_json::from_slice::<&RawValue>(file).map_err(json)?],
        _ => {
            serde_json::from_slice::<&RawValue>(file).map_err(json)?;
            return Err(Unreadable::Other);
        }
    };
    Ok(conversations.into_iter().map(|raw| conversation(raw.get())).collect())
}

fn conversation(raw: &str) -> Result<Found, Broken> {
    let any: Any<'_> = serde_json::from_str(raw).map_err(|error| Broken {
        source_id: None,
        title: None,
        reason: format!("It cannot be read: {error}."),
    })?;
    let (source_id, title) = (any.source_id(), any.title());
    formats::read(any).map_err(|reason| Broken { source_id, title, reason })
}

/// A list of conversations, each as it stands; `None`: there are too many.
struct Conversations;

impl<'de> Visitor<'de> for Conversations {
    type Value = Option<Vec<&'de RawValue>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of conversations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        let mut count = 0_usize;
        while let Some(raw) = list.next_element::<&RawValue>()? {
            count += 1;
            if count <= MAX_CONVERSATIONS {
                found.push(raw);
            }
        }
        Ok((count <= MAX_CONVERSATIONS).then_some(found))
    }
}
