//! SQLite in memory, as an object's database and as D1 with the real migrations.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use edgewise_domain::{
    chat::send::StoreError,
    ports::{Columns, Database, Sql, Statement, Value},
};
use rusqlite::{Connection, ToSql, types::ValueRef};

/// One database; clones share it.
#[derive(Debug, Clone)]
pub struct Sqlite(Arc<Mutex<Connection>>);

impl Sqlite {
    /// An object's empty database.
    pub fn empty() -> Self {
        Self(Arc::new(Mutex::new(Connection::open_in_memory().unwrap())))
    }

    /// D1 with everything in `migrations/`.
    pub fn migrated() -> Self {
        let made = Self::empty();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            made.0.lock().unwrap().execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
        made
    }

    /// Runs a whole script.
    pub fn script(&self, sql: &str) {
        self.0.lock().unwrap().execute_batch(sql).unwrap();
    }

    fn query(connection: &Connection, sql: &str, values: &[Value]) -> Result<Vec<Columns>, rusqlite::Error> {
        let mut statement = connection.prepare(sql)?;
        let width = statement.column_count();
        let names: BTreeSet<_> = statement.column_names().into_iter().collect();
        // D1 gives rows by the names of their columns: of two that are alike, one would be lost.
        assert_eq!(names.len(), width, "two columns have the same name: {sql}");
        let values: Vec<Box<dyn ToSql>> = values.iter().map(bind).collect();
        let values: Vec<&dyn ToSql> = values.iter().map(Box::as_ref).collect();
        let mut rows = statement.query(values.as_slice())?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((0..width).map(|at| row.get_ref(at).map(read)).collect::<Result<_, _>>()?);
        }
        Ok(found)
    }
}

fn bind(value: &Value) -> Box<dyn ToSql> {
    match value {
        Value::Null => Box::new(rusqlite::types::Null),
        // As D1 and the objects bind the numbers of JavaScript: a statement that needs an integer casts.
        Value::Int(number) => Box::new(*number as f64),
        Value::Text(text) => Box::new(text.clone()),
        Value::Blob(bytes) => Box::new(bytes.clone()),
    }
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Int(number as i64),
        ValueRef::Text(text) => Value::Text(String::from_utf8(text.to_vec()).unwrap()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

impl Sql for Sqlite {
    fn run(&self, statement: &'static str, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        let connection = self.0.lock().unwrap();
        Self::query(&connection, statement, &values)
            .map_err(|error| StoreError { operation: statement, cause: error.to_string() })
    }
}

impl Database for Sqlite {
    fn batch(&self, statements: Vec<Statement>) -> impl Future<Output = Result<Vec<Vec<Columns>>, StoreError>> + Send {
        let mut connection = self.0.lock().unwrap();
        let run = || -> Result<_, rusqlite::Error> {
            let transaction = connection.transaction()?;
            let found = statements
                .iter()
                .map(|statement| Self::query(&transaction, &statement.sql, &statement.values))
                .collect::<Result<Vec<_>, _>>()?;
            transaction.commit()?;
            Ok(found)
        };
        let result = { run }().map_err(|error| StoreError { operation: "batch", cause: error.to_string() });
        std::future::ready(result)
    }
}
