//! Body of `GET /api/dev/mailbox`: the letters that a developer would otherwise wait for.

use serde::Serialize;

use crate::{ids::LetterId, timestamp::Timestamp};

#[derive(Clone, Serialize)]
pub struct Mailbox {
    pub letters: Vec<MailboxLetter>,
}

/// A letter and what became of it. Not `Debug`: its text may hold a code.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MailboxLetter {
    pub id: LetterId,
    pub to: String,
    pub subject: String,
    /// Empty once it was sent.
    pub text: String,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub attempts: u64,
}
