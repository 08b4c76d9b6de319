//! What an endpoint keeps in its object's SQLite: its head, its events in their order, those given up, its attempts.

use edgewise_protocol::{
    api::{WebhookAttempt, WebhookEvent},
    calls::webhook::NewEvent,
    timestamp::Timestamp,
    webhook::{EventKind, EventState},
};

use super::{MAX_ATTEMPTS, endpoint::Head};
use crate::{
    chat::send::StoreError,
    ports::{Columns, Sql, Value},
};

/// Layout 1.
const TABLES: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS head (id INTEGER PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, \
     at_ms INTEGER NOT NULL, body TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS dead (seq INTEGER PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS attempts (number INTEGER PRIMARY KEY, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL, \
     duration_ms INTEGER NOT NULL, status INTEGER, error TEXT)",
];

/// An event as it rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub seq: u64,
    pub at_ms: u64,
    pub id: String,
    pub body: String,
}

#[derive(Debug, Clone)]
pub struct Store<Q> {
    sql: Q,
}

impl<Q: Sql> Store<Q> {
    pub const fn new(sql: Q) -> Self {
        Self { sql }
    }

    fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        self.sql.run(sql, values)
    }

    /// Asking about an endpoint that never was leaves nothing behind.
    pub(super) fn head(&self) -> Result<Option<Head>, StoreError> {
        if self.rows("SELECT 1 FROM sqlite_master WHERE name = 'head'", Vec::new())?.is_empty() {
            return Ok(None);
        }
        let rows = self.rows("SELECT value FROM head WHERE id = 1", Vec::new())?;
        let Some(text) = rows.into_iter().next().and_then(|row| row.into_iter().next()?.into_text()) else {
            return Ok(None);
        };
        let unreadable = |error: serde_json::Error| StoreError { operation: "read the head", cause: error.to_string() };
        serde_json::from_str(&text).map(Some).map_err(unreadable)
    }

    pub(super) fn begin(&self) -> Result<(), StoreError> {
        TABLES.into_iter().try_for_each(|table| self.rows(table, Vec::new()).map(|_| ()))
    }

    pub(super) fn set_head(&self, head: &Head) -> Result<(), StoreError> {
        let unwritable = |error: serde_json::Error| StoreError { operation: "write", cause: error.to_string() };
        let value = Value::Text(serde_json::to_string(head).map_err(unwritable)?);
        let sql = "INSERT INTO head (id, value) VALUES (1, ?1) ON CONFLICT DO UPDATE SET value = excluded.value";
        self.rows(sql, vec![value]).map(|_| ())
    }

    pub(super) fn seq_of(&self, id: &str) -> Result<Option<u64>, StoreError> {
        let rows = self.rows("SELECT seq FROM events WHERE id = ?1", vec![id.into()])?;
        Ok(rows.into_iter().next().and_then(|row| row.first()?.as_u64()))
    }

    pub(super) fn add(&self, seq: u64, at_ms: u64, event: NewEvent) -> Result<(), StoreError> {
        let values = vec![
            Value::int(seq),
            Value::Text(event.id),
            event.kind.name().into(),
            Value::int(at_ms),
            Value::Text(event.body),
        ];
        self.rows("INSERT INTO events (seq, id, kind, at_ms, body) VALUES (?1, ?2, ?3, ?4, ?5)", values).map(|_| ())
    }

    /// The first event after a number.
    pub(super) fn next(&self, after: u64) -> Result<Option<Kept>, StoreError> {
        let sql = "SELECT seq, at_ms, id, body FROM events WHERE seq > ?1 ORDER BY seq LIMIT 1";
        let read = |row: Columns| {
            let mut row = row.into_iter();
            Some(Kept {
                seq: row.next()?.as_u64()?,
                at_ms: row.next()?.as_u64()?,
                id: row.next()?.into_text()?,
                body: row.next()?.into_text()?,
            })
        };
        Ok(self.rows(sql, vec![Value::int(after)])?.into_iter().next().and_then(read))
    }

    /// The oldest event: its number, when it came, and the bytes of its body.
    pub(super) fn oldest(&self) -> Result<Option<(u64, u64, u64)>, StoreError> {
        let sql = "SELECT seq, at_ms, length(CAST(body AS BLOB)) AS size FROM events ORDER BY seq LIMIT 1";
        let read = |row: Columns| {
            let mut row = row.into_iter();
            Some((row.next()?.as_u64()?, row.next()?.as_u64()?, row.next()?.as_u64()?))
        };
        Ok(self.rows(sql, Vec::new())?.into_iter().next().and_then(read))
    }

    pub(super) fn forget(&self, seq: u64) -> Result<(), StoreError> {
        self.rows("DELETE FROM events WHERE seq = ?1", vec![Value::int(seq)])?;
        self.rows("DELETE FROM dead WHERE seq = ?1", vec![Value::int(seq)]).map(|_| ())
    }

    pub(super) fn give_up(&self, seq: u64) -> Result<(), StoreError> {
        self.rows("INSERT INTO dead (seq) VALUES (?1) ON CONFLICT DO NOTHING", vec![Value::int(seq)]).map(|_| ())
    }

    /// Nothing after a number is given up any more.
    pub(super) fn revive(&self, after: u64) -> Result<(), StoreError> {
        self.rows("DELETE FROM dead WHERE seq > ?1", vec![Value::int(after)]).map(|_| ())
    }

    pub(super) fn events(
        &self,
        cursor: u64,
        after: u64,
        limit: u32,
        dead: bool,
    ) -> Result<Vec<WebhookEvent>, StoreError> {
        let sql = "SELECT events.seq, id, kind, at_ms, dead.seq IS NOT NULL AS is_dead FROM events \
                   LEFT JOIN dead ON dead.seq = events.seq WHERE events.seq > ?1 AND (?2 = 0 OR dead.seq IS NOT NULL) \
                   ORDER BY events.seq LIMIT ?3";
        let read = |row: Columns| {
            let mut row = row.into_iter();
            let seq = row.next()?.as_u64()?;
            let (id, kind) = (row.next()?.into_text()?, EventKind::named(&row.next()?.into_text()?)?);
            let at = Timestamp(row.next()?.as_u64()?);
            let state = match row.next()?.as_u64()? {
                0 if seq > cursor => EventState::Waiting,
                0 => EventState::Delivered,
                _ => EventState::Dead,
            };
            Some(WebhookEvent { seq, id, kind, at, state })
        };
        let values = vec![Value::int(after), Value::int(dead.into()), Value::int(limit.into())];
        Ok(self.rows(sql, values)?.into_iter().filter_map(read).collect())
    }

    pub(super) fn add_attempt(&self, attempt: WebhookAttempt) -> Result<(), StoreError> {
        let values = vec![
            Value::int(attempt.number),
            Value::int(attempt.seq),
            Value::int(attempt.at.0),
            Value::int(attempt.duration_ms),
            attempt.status.map_or(Value::Null, |status| Value::int(status.into())),
            attempt.error.into(),
        ];
        let sql = "INSERT INTO attempts (number, seq, at_ms, duration_ms, status, error) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        self.rows(sql, values)?;
        let old = Value::int(attempt.number.saturating_sub(MAX_ATTEMPTS));
        self.rows("DELETE FROM attempts WHERE number <= ?1", vec![old]).map(|_| ())
    }

    pub(super) fn attempts(&self, before: u64, limit: u32) -> Result<Vec<WebhookAttempt>, StoreError> {
        let sql = "SELECT number, seq, at_ms, duration_ms, status, error FROM attempts WHERE number < ?1 \
                   ORDER BY number DESC LIMIT ?2";
        let read = |row: Columns| {
            let mut row = row.into_iter();
            Some(WebhookAttempt {
                number: row.next()?.as_u64()?,
                seq: row.next()?.as_u64()?,
                at: Timestamp(row.next()?.as_u64()?),
                duration_ms: row.next()?.as_u64()?,
                status: row.next()?.as_u64().and_then(|status| u16::try_from(status).ok()),
                error: row.next()?.into_text(),
            })
        };
        let rows = self.rows(sql, vec![Value::int(before), Value::int(limit.into())])?;
        Ok(rows.into_iter().filter_map(read).collect())
    }

    pub(super) fn clear(&self) -> Result<(), StoreError> {
        for sql in ["DELETE FROM head", "DELETE FROM events", "DELETE FROM dead", "DELETE FROM attempts"] {
            self.rows(sql, Vec::new())?;
        }
        Ok(())
    }
}
