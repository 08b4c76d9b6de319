//! A run's journal in its object's SQLite: one table of entries, and one row of marks.

use edgewise_domain::{
    chat::send::StoreError,
    ports::{Columns, Sql, Value},
    run::{Journal, Kept, Marks},
};

/// Layout 1.
const TABLES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, entry TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS marks (id INTEGER PRIMARY KEY, value TEXT NOT NULL)",
];

#[derive(Debug, Clone)]
pub struct Store<Q> {
    sql: Q,
}

impl<Q: Sql> Store<Q> {
    pub const fn new(sql: Q) -> Self {
        Self { sql }
    }

    /// Asking about a run that never was leaves nothing behind.
    fn is_new(&self) -> Result<bool, StoreError> {
        Ok(self.sql.run("SELECT 1 FROM sqlite_master WHERE name = 'journal'", Vec::new())?.is_empty())
    }
}

impl<Q: Sql> Journal for Store<Q> {
    fn after(&self, seq: u64, limit: u32) -> Result<Vec<Kept>, StoreError> {
        if self.is_new()? {
            return Ok(Vec::new());
        }
        let sql = "SELECT seq, at_ms, entry FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let rows = self.sql.run(sql, vec![Value::int(seq), Value::int(limit.into())])?;
        let unreadable = || StoreError { operation: "read an entry", cause: "its shape is not known".into() };
        rows.into_iter().map(|row| read(row).ok_or_else(unreadable)).collect()
    }

    fn append(&mut self, kept: &Kept) -> Result<(), StoreError> {
        if kept.seq == 1 {
            for table in TABLES {
                self.sql.run(table, Vec::new())?;
            }
        }
        let unwritable = |error: serde_json::Error| StoreError { operation: "write", cause: error.to_string() };
        let entry = serde_json::to_string(&kept.entry).map_err(unwritable)?;
        let values = vec![Value::int(kept.seq), Value::int(kept.at_ms), Value::Text(entry)];
        self.sql.run("INSERT INTO journal (seq, at_ms, entry) VALUES (?1, ?2, ?3)", values).map(|_| ())
    }

    fn marks(&self) -> Result<Marks, StoreError> {
        let rows = self.sql.run("SELECT value FROM marks WHERE id = 1", Vec::new())?;
        let text = rows.into_iter().next().and_then(|row| row.into_iter().next()?.into_text());
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    fn set_marks(&mut self, marks: Marks) -> Result<(), StoreError> {
        let value = Value::Text(serde_json::to_string(&marks).unwrap_or_default());
        let sql = "INSERT INTO marks (id, value) VALUES (1, ?1) ON CONFLICT DO UPDATE SET value = excluded.value";
        self.sql.run(sql, vec![value]).map(|_| ())
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.sql.run("DELETE FROM journal", Vec::new())?;
        self.sql.run("DELETE FROM marks", Vec::new()).map(|_| ())
    }
}

fn read(row: Columns) -> Option<Kept> {
    let mut row = row.into_iter();
    let (seq, at_ms) = (row.next()?.as_u64()?, row.next()?.as_u64()?);
    Some(Kept { seq, at_ms, entry: serde_json::from_str(&row.next()?.into_text()?).ok()? })
}

#[cfg(test)]
mod tests {
    use edgewise_domain::run::entry::Entry;
    use edgewise_testkit::sqlite::Sqlite;

    use super::*;

    #[test]
    fn gives_back_what_it_was_given() {
        let sql = Sqlite::empty();
        let mut store = Store::new(sql.clone());
        assert_eq!(store.after(0, 10).unwrap(), []);
        assert!(sql.run("SELECT name FROM sqlite_master", Vec::new()).unwrap().is_empty(), "asking leaves nothing");
        let kept = |seq: u64| Kept { seq, at_ms: seq * 2, entry: Entry::Started { step: "a-0".into(), attempt: 1 } };
        for seq in 1..=3 {
            store.append(&kept(seq)).unwrap();
        }
        assert!(store.append(&kept(3)).is_err(), "nothing is written over");
        assert_eq!(store.after(1, 1).unwrap(), [kept(2)]);
        assert_eq!(store.marks().unwrap(), Marks::default());
        let marks = Marks { ledgered: 2, listed: 3 };
        store.set_marks(marks).unwrap();
        assert_eq!(Store::new(sql.clone()).marks().unwrap(), marks);
        store.clear().unwrap();
        assert_eq!((store.after(0, 10).unwrap(), store.marks().unwrap()), (Vec::new(), Marks::default()));
    }
}
