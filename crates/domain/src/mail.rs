//! Letters by e-mail: written to the database first, sent after. What was not sent is tried again, ever more slowly.

mod outbox;
mod wording;

use std::fmt;

use edgewise_protocol::ids::LetterId;
use serde::Serialize;

pub use outbox::LettersOver;
pub use wording::Wording;

use crate::{
    chat::send::StoreError,
    ports::{Letters, Mail},
};

/// The delay doubles from a minute: the tenth attempt comes 2^9 - 1 = 511 minutes after the first.
pub const MAX_ATTEMPTS: u64 = 10;
/// Letters of one round. Each is one statement and one request after another: far below what one invocation may do.
pub const BATCH: u64 = 20;

/// A letter to one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The carrier takes each id once.
    pub id: LetterId,
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// Says nothing of the address or the text: they would end in a log.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A letter that is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub letter: Letter,
    /// This one, counted from 1.
    pub attempt: u64,
}

/// Why a carrier did not take a letter. Every fault is tried again: what looks like our letter's may be a setting's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailFault {
    #[error("the mail provider does not answer")]
    Unreachable,
    #[error("the mail provider answered with status {0}")]
    Status(u16),
}

/// What became of a round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    pub sent: usize,
    pub failed: Vec<(LetterId, MailFault)>,
    /// Those of the failed that are not tried again.
    pub given_up: Vec<LetterId>,
}

/// Sends what is due.
///
/// # Errors
/// [`StoreError`]. What was sent and could not be noted is sent again; the carrier knows it by its id.
pub async fn send_due(letters: &impl Letters, mail: &impl Mail, now_ms: u64) -> Result<Round, StoreError> {
    let mut round = Round::default();
    let mut noted = Ok(());
    for Due { letter, attempt } in letters.take_due(now_ms).await? {
        let result = match mail.send(&letter).await {
            Ok(()) => {
                round.sent += 1;
                letters.sent(letter.id, now_ms).await
            }
            Err(fault) => {
                let result = letters.failed(letter.id, &fault).await;
                if attempt >= MAX_ATTEMPTS {
                    round.given_up.push(letter.id);
                }
                round.failed.push((letter.id, fault));
                result
            }
        };
        // The others have counted their attempt: they get it all the same.
        noted = noted.and(result);
    }
    noted.map(|()| round)
}

/// The body that the provider's API takes.
pub fn provider_body(from: &str, letter: &Letter) -> String {
    #[derive(Serialize)]
    struct Body<'a> {
        from: &'a str,
        to: [&'a str; 1],
        subject: &'a str,
        text: &'a str,
    }
    let body = Body { from, to: [&letter.to], subject: &letter.subject, text: &letter.text };
    serde_json::to_string(&body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_format_unchanged() {
        let id = LetterId::new(0, &[1; 10]);
        let letter = Letter { id, to: "a@b.org".into(), subject: "S".into(), text: "line\n\"x\"".into() };
        assert_eq!(
            provider_body("Edgewise <no-reply@b.org>", &letter),
            r#"{"from":"Edgewise <no-reply@b.org>","to":["a@b.org"],"subject":"S","text":"line\n\"x\""}"#
        );
        assert!(!format!("{letter:?}").contains("line"));
    }
}
