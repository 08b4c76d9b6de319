//! Calls about the index of an owner's messages, which rests in the object `Account` that is named after the owner.

use serde::{Deserialize, Serialize};

use crate::{
    api::SearchHit,
    ids::{ConversationId, MessageId},
    message::Role,
    timestamp::Timestamp,
};

/// A message as the index takes it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub seq: u64,
    pub id: MessageId,
    pub role: Role,
    pub at: Timestamp,
    pub text: String,
}

/// What the index is to know of one conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    pub conversation: ConversationId,
    pub title: String,
    /// The conversation's version that is indexed with this batch; `None`: more batches follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The conversation's version that the messages were read at; 0: unknown.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub read_at: u64,
    /// Up to this message everything has ended and was indexed.
    pub through: u64,
    pub said: Vec<Said>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Call {
    /// How far is the conversation indexed?
    Known { conversation: ConversationId },
    /// Takes messages in. Those that it has already change nothing.
    Index { batch: Batch },
    /// These messages were deleted.
    Remove { conversation: ConversationId, seqs: Vec<u64> },
    /// The conversation was deleted.
    Forget { conversation: ConversationId, version: u64 },
    /// Up to `limit` messages, best first, after the best `skip`. `words` are as somebody typed them.
    Find { words: String, limit: u32, skip: u32 },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Reply {
    Known { version: u64, through: u64 },
    Done,
    Found { hits: Vec<SearchHit>, more: bool },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_unchanged() {
        let id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        for text in [
            r#"{"type":"known","conversation":"ID"}"#,
            r#"{"type":"index","batch":{"conversation":"ID","title":"T","version":9,"through":3,"said":[{"seq":3,"id":"ID","role":"user","at":"1970-01-01T00:00:00.001Z","text":"t"}]}}"#,
            r#"{"type":"index","batch":{"conversation":"ID","title":"T","through":3,"said":[]}}"#,
            r#"{"type":"remove","conversation":"ID","seqs":[3]}"#,
            r#"{"type":"forget","conversation":"ID","version":9}"#,
            r#"{"type":"find","words":"w","limit":20,"skip":0}"#,
        ] {
            let text = text.replace("ID", id);
            let call: Call = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&call).unwrap(), text);
        }
        let text = r#"{"type":"known","version":9,"through":3}"#;
        let reply: Reply = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&reply).unwrap(), text);
    }
}
