//! An account's rows in its object's SQLite: one table without an index, made with the first row.

use edgewise_domain::{
    account::{AccountStore, Kept},
    chat::send::StoreError,
    ports::{Columns, Sql, Value},
};

/// Layout 1: a kind, a key, a JSON value.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS kept (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, \
    PRIMARY KEY (kind, key)) WITHOUT ROWID";

#[derive(Debug)]
pub struct Store<Q> {
    sql: Q,
    /// Asking about an identity that was never seen leaves nothing behind.
    has_table: bool,
}

impl<Q: Sql> Store<Q> {
    pub const fn new(sql: Q) -> Self {
        Self { sql, has_table: false }
    }

    fn write(&mut self, statement: &'static str, values: Vec<Value>) -> Result<(), StoreError> {
        if !self.has_table {
            self.sql.run(TABLE, Vec::new())?;
            self.has_table = true;
        }
        self.sql.run(statement, values).map(|_| ())
    }
}

impl<Q: Sql> AccountStore for Store<Q> {
    fn all(&self) -> Result<Vec<Kept>, StoreError> {
        if self.sql.run("SELECT 1 FROM sqlite_master WHERE name = 'kept'", Vec::new())?.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.sql.run("SELECT kind, key, value FROM kept", Vec::new())?;
        let unreadable = || StoreError { operation: "read a row", cause: "a row has a shape that is not known".into() };
        rows.into_iter().map(|row| read(row).ok_or_else(unreadable)).collect()
    }

    fn put(&mut self, kept: &Kept) -> Result<(), StoreError> {
        let (kind, key) = kept.name();
        let values = vec![kind.into(), Value::Text(key), Value::Text(kept.value())];
        self.write(
            "INSERT INTO kept (kind, key, value) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value",
            values,
        )
    }

    fn delete(&mut self, kept: &Kept) -> Result<(), StoreError> {
        let (kind, key) = kept.name();
        self.write("DELETE FROM kept WHERE kind = ?1 AND key = ?2", vec![kind.into(), Value::Text(key)])
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.write("DELETE FROM kept", Vec::new())
    }
}

fn read(row: Columns) -> Option<Kept> {
    let mut row = row.into_iter();
    let (kind, key, value) = (row.next()?.into_text()?, row.next()?.into_text()?, row.next()?.into_text()?);
    Kept::read(&kind, &key, value)
}

#[cfg(test)]
mod tests {
    use edgewise_protocol::limit::Class;
    use edgewise_testkit::sqlite::Sqlite;

    use super::*;

    #[test]
    fn gives_back_what_it_was_given() {
        let sql = Sqlite::empty();
        let mut store = Store::new(sql.clone());
        assert_eq!(store.all().unwrap(), []);
        assert!(sql.run("SELECT name FROM sqlite_master", Vec::new()).unwrap().is_empty(), "asking leaves nothing");
        let window = |text: &str| Kept::read("window", Class::Chat.name(), text.into()).unwrap();
        store.put(&window("1 2")).unwrap();
        store.put(&window("1 2 3")).unwrap();
        store.put(&Kept::Closed).unwrap();
        assert_eq!(Store::new(sql.clone()).all().unwrap(), [Kept::Closed, window("1 2 3")]);
        store.delete(&Kept::Closed).unwrap();
        assert_eq!(store.all().unwrap(), [window("1 2 3")]);
        store.clear().unwrap();
        assert_eq!(store.all().unwrap(), []);
    }
}
