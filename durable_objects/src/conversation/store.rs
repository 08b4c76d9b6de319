//! A conversation's rows in its object's SQLite: one table, one partial index.
//!
//! An empty conversation is three pages (12 KB): the schema, the table, the index. Rows are found by their
//! number; only client message ids need an index, and only rows that have one are in it.

use std::{cell::Cell, rc::Rc};

use edgewise_domain::{
    chat::{
        conversation::LogStore,
        row::{Kind, Row},
        send::StoreError,
    },
    ports::{Columns, Sql, Value},
};

/// Layout 1. Later layouts are added here as steps, and `row::SCHEMA_VERSION` rises.
const SCHEMA: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, at INTEGER NOT NULL, \
     parent INTEGER, status INTEGER, count INTEGER, key BLOB, meta TEXT, marks BLOB, text TEXT)",
    "CREATE UNIQUE INDEX IF NOT EXISTS log_key ON log (key) WHERE key IS NOT NULL",
];

macro_rules! select {
    ($columns:literal, $rest:literal) => {
        concat!("SELECT ", $columns, " FROM log ", $rest)
    };
}

/// The log of one conversation over its database.
#[derive(Debug)]
pub struct Store<Q> {
    sql: Q,
    /// The table is there. It is made with the first row, so that asking for a conversation that never was
    /// leaves nothing behind.
    ready: Rc<Cell<bool>>,
}

impl<Q: Clone> Clone for Store<Q> {
    fn clone(&self) -> Self {
        Self { sql: self.sql.clone(), ready: Rc::clone(&self.ready) }
    }
}

impl<Q: Sql> Store<Q> {
    pub fn new(sql: Q) -> Self {
        Self { sql, ready: Rc::new(Cell::new(false)) }
    }

    fn is_ready(&self) -> Result<bool, StoreError> {
        if !self.ready.get() {
            let found =
                self.sql.run("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'log'", Vec::new())?;
            self.ready.set(!found.is_empty());
        }
        Ok(self.ready.get())
    }

    fn rows(&self, statement: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        if !self.is_ready()? {
            return Ok(Vec::new());
        }
        let rows = self.sql.run(statement, values)?;
        rows.into_iter().map(|columns| row(columns).ok_or_else(|| unreadable(statement))).collect()
    }
}

impl<Q: Sql> LogStore for Store<Q> {
    fn insert(&mut self, row: &Row) -> Result<(), StoreError> {
        if !self.is_ready()? {
            for statement in SCHEMA {
                self.sql.run(statement, Vec::new())?;
            }
            self.ready.set(true);
        }
        let values = vec![
            Value::int(row.seq),
            Value::int(u64::from(row.kind as u8)),
            Value::int(row.at_ms),
            row.parent.map_or(Value::Null, Value::int),
            row.status.map_or(Value::Null, |status| Value::int(u64::from(status))),
            row.count.map_or(Value::Null, |count| Value::int(u64::from(count))),
            row.key.clone().map_or(Value::Null, Value::Blob),
            row.meta.clone().into(),
            marks(row),
            Value::Text(row.text.clone()),
        ];
        self.sql.run(
            "INSERT INTO log (seq, kind, at, parent, status, count, key, meta, marks, text) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            values,
        )?;
        Ok(())
    }

    fn update(&mut self, row: &Row) -> Result<(), StoreError> {
        let values = vec![
            Value::int(row.seq),
            row.status.map_or(Value::Null, |status| Value::int(u64::from(status))),
            row.meta.clone().into(),
            marks(row),
            Value::Text(row.text.clone()),
        ];
        self.sql.run("UPDATE log SET status = ?2, meta = ?3, marks = ?4, text = ?5 WHERE seq = ?1", values)?;
        Ok(())
    }

    fn delete(&mut self, kind: Option<Kind>, from: u64) -> Result<(), StoreError> {
        match kind {
            Some(kind) => self.sql.run(
                "DELETE FROM log WHERE seq >= ?1 AND kind = ?2",
                vec![Value::int(from), Value::int(u64::from(kind as u8))],
            )?,
            None => self.sql.run("DELETE FROM log WHERE seq >= ?1", vec![Value::int(from)])?,
        };
        Ok(())
    }

    fn get(&self, seq: u64) -> Result<Option<Row>, StoreError> {
        let statement = select!("seq, kind, at, parent, status, count, key, meta, marks, text", "WHERE seq = ?1");
        Ok(self.rows(statement, vec![Value::int(seq)])?.pop())
    }

    fn by_key(&self, key: &[u8]) -> Result<Option<u64>, StoreError> {
        if !self.is_ready()? {
            return Ok(None);
        }
        let found = self.sql.run("SELECT seq FROM log WHERE key = ?1", vec![Value::Blob(key.to_vec())])?;
        Ok(found.first().and_then(|columns| columns.first()).and_then(Value::as_u64))
    }

    fn last(&self) -> Result<u64, StoreError> {
        if !self.is_ready()? {
            return Ok(0);
        }
        let found = self.sql.run("SELECT max(seq) FROM log", Vec::new())?;
        Ok(found.first().and_then(|columns| columns.first()).and_then(Value::as_u64).unwrap_or(0))
    }

    fn from(&self, from: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        let statement = select!(
            "seq, kind, at, parent, status, count, key, meta, marks, text",
            "WHERE seq >= ?1 ORDER BY seq LIMIT ?2"
        );
        self.rows(statement, vec![Value::int(from), Value::int(limit as u64)])
    }

    fn below(&self, kind: Kind, before: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        let statement = select!(
            "seq, kind, at, parent, status, count, key, meta, marks, ''",
            "WHERE kind = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
        );
        // 2^53: what a number may be on its way through JavaScript.
        let before = before.min(1 << 53);
        self.rows(statement, vec![Value::int(u64::from(kind as u8)), Value::int(before), Value::int(limit as u64)])
    }

    fn segments(&self, turn: u64) -> Result<Vec<Row>, StoreError> {
        let statement = select!(
            "seq, kind, at, parent, status, count, key, meta, marks, text",
            "WHERE seq > ?1 AND kind = 3 AND parent = ?1 ORDER BY seq"
        );
        self.rows(statement, vec![Value::int(turn)])
    }
}

fn marks(row: &Row) -> Value {
    if row.marks.is_empty() { Value::Null } else { Value::Blob(row.marks.clone()) }
}

fn row(columns: Columns) -> Option<Row> {
    let mut columns = columns.into_iter();
    Some(Row {
        seq: columns.next()?.as_u64()?,
        kind: Kind::stored(u8::try_from(columns.next()?.as_u64()?).ok()?)?,
        at_ms: columns.next()?.as_u64()?,
        parent: columns.next()?.as_u64(),
        status: columns.next()?.as_u64().and_then(|status| u8::try_from(status).ok()),
        count: columns.next()?.as_u64().and_then(|count| u32::try_from(count).ok()),
        key: columns.next()?.into_blob(),
        meta: columns.next()?.into_text(),
        marks: columns.next()?.into_blob().unwrap_or_default(),
        text: columns.next()?.into_text().unwrap_or_default(),
    })
}

fn unreadable(statement: &'static str) -> StoreError {
    StoreError { operation: "read a row", cause: format!("a row has a shape that is not known: {statement}") }
}
