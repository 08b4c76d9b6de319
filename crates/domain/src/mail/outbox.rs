//! The letters table. Every statement that reads or changes it is one of these; what adds a letter adds its code in
//! the same transaction (`users::codes`).

use edgewise_protocol::{api::MailboxLetter, ids::LetterId, timestamp::Timestamp};

use super::{BATCH, Due, Letter, MAX_ATTEMPTS, MailFault};
use crate::{
    chat::send::StoreError,
    ports::{Columns, Database, Letters, Statement, Value},
};

const DAY_MS: u64 = 24 * 3_600_000;
/// Long enough to answer "did you ever write to me?"
const KEEP_SENT_MS: u64 = 30 * DAY_MS;
/// Nobody got them: long enough for an operator to see, and told when it ends.
const KEEP_UNSENT_MS: u64 = 90 * DAY_MS;
/// A code that is good no longer; a link that is pressed late is still known to be late and not forged.
const KEEP_CODES_MS: u64 = 7 * DAY_MS;
const FIRST_DELAY_MS: u64 = 60_000;

/// The letters over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct LettersOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Letters for LettersOver<D> {
    async fn take_due(&self, now_ms: u64) -> Result<Vec<Due>, StoreError> {
        // Taken and put off in one statement: of two rounds at once each letter is in one, and a round that dies has
        // had its attempt.
        let take = Statement {
            sql: format!(
                "UPDATE letters SET attempts = attempts + 1, next_attempt_at_ms = ?1 + ({FIRST_DELAY_MS} << attempts) \
                 WHERE id IN (SELECT id FROM letters WHERE sent_at_ms IS NULL AND next_attempt_at_ms <= ?1 \
                 AND attempts < {MAX_ATTEMPTS} ORDER BY next_attempt_at_ms LIMIT {BATCH}) \
                 RETURNING id, recipient, subject, body, attempts"
            ),
            values: vec![Value::int(now_ms)],
        };
        let rows = self.run(vec![take]).await?.pop().unwrap_or_default();
        Ok(rows.into_iter().filter_map(due).collect())
    }

    async fn sent(&self, id: LetterId, now_ms: u64) -> Result<(), StoreError> {
        let sql = "UPDATE letters SET sent_at_ms = ?2, body = '', fault = NULL WHERE id = ?1";
        self.run(vec![Statement { sql: sql.into(), values: vec![text(id), Value::int(now_ms)] }]).await.map(|_| ())
    }

    async fn failed(&self, id: LetterId, fault: &MailFault) -> Result<(), StoreError> {
        let sql = "UPDATE letters SET fault = ?2 WHERE id = ?1 AND sent_at_ms IS NULL";
        let values = vec![text(id), Value::Text(fault.to_string())];
        self.run(vec![Statement { sql: sql.into(), values }]).await.map(|_| ())
    }

    async fn newest(&self, limit: u32) -> Result<Vec<MailboxLetter>, StoreError> {
        // Ids begin with the time.
        let sql = "SELECT id, recipient, subject, body, attempts, created_at_ms, sent_at_ms FROM letters \
                   ORDER BY id DESC LIMIT ?1";
        let values = vec![Value::int(limit.into())];
        let rows = self.run(vec![Statement { sql: sql.into(), values }]).await?.pop().unwrap_or_default();
        Ok(rows.into_iter().filter_map(shown).collect())
    }

    async fn purge(&self, now_ms: u64) -> Result<Vec<LetterId>, StoreError> {
        let before = |sql: &str, keep_ms: u64| Statement {
            sql: sql.into(),
            values: vec![Value::int(now_ms.saturating_sub(keep_ms))],
        };
        let rows = self
            .run(vec![
                before("DELETE FROM letters WHERE sent_at_ms < ?1", KEEP_SENT_MS),
                before("DELETE FROM one_time_codes WHERE expires_at_ms < ?1", KEEP_CODES_MS),
                before(
                    "DELETE FROM letters WHERE sent_at_ms IS NULL AND created_at_ms < ?1 RETURNING id",
                    KEEP_UNSENT_MS,
                ),
            ])
            .await?
            .pop()
            .unwrap_or_default();
        Ok(rows.into_iter().filter_map(|row| row.into_iter().next()?.into_text()?.parse().ok()).collect())
    }
}

impl<D: Database> LettersOver<D> {
    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Columns>>, StoreError> {
        self.0.batch(statements).await
    }
}

fn text(id: LetterId) -> Value {
    Value::Text(id.to_string())
}

/// The letter and the attempt that a row begins with.
fn read(row: &mut impl Iterator<Item = Value>) -> Option<(Letter, u64)> {
    let letter = Letter {
        id: row.next()?.into_text()?.parse().ok()?,
        to: row.next()?.into_text()?,
        subject: row.next()?.into_text()?,
        text: row.next()?.into_text()?,
    };
    Some((letter, row.next()?.as_u64()?))
}

fn due(row: Columns) -> Option<Due> {
    let (letter, attempt) = read(&mut row.into_iter())?;
    Some(Due { letter, attempt })
}

fn shown(row: Columns) -> Option<MailboxLetter> {
    let mut row = row.into_iter();
    let (Letter { id, to, subject, text }, attempts) = read(&mut row)?;
    Some(MailboxLetter {
        id,
        to,
        subject,
        text,
        attempts,
        created_at: Timestamp(row.next()?.as_u64()?),
        sent_at: row.next()?.as_u64().map(Timestamp),
    })
}
