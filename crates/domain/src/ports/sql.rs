//! SQL, as D1 and the objects speak it.

use std::{fmt, future::Future};

use crate::chat::send::StoreError;

/// A value that SQL takes and gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    pub fn int(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }

    pub const fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(value) if *value >= 0 => Some(*value as u64),
            _ => None,
        }
    }

    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes of a blob that was selected as `hex(…)`; `None` of an empty one.
    pub fn into_bytes_of_hex(self) -> Option<Vec<u8>> {
        let text = self.into_text().filter(|text| !text.is_empty())?;
        let digit = |character: u8| char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        text.as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
                _ => None,
            })
            .collect()
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// One row: its columns in the order of the query.
pub type Columns = Vec<Value>;

/// An object's own database: synchronous.
pub trait Sql {
    /// Runs one statement and gives all its rows. Select blobs as `hex(…)`: rows cross into wasm as JSON.
    ///
    /// # Errors
    /// When the database refuses; nothing was written.
    fn run(&self, statement: &'static str, values: Vec<Value>) -> Result<Vec<Columns>, StoreError>;
}

/// One statement with its values.
#[derive(Clone)]
pub struct Statement {
    pub sql: String,
    pub values: Vec<Value>,
}

/// Says nothing of the values: people's addresses and hashes of their passwords are among them.
impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement").field("sql", &self.sql).finish_non_exhaustive()
    }
}

/// The relational database.
pub trait Database {
    /// Runs all statements in one transaction and gives each one's rows. A connection that is lost may hide that they
    /// were carried out, and they are then run again: give only such as change nothing the second time.
    fn batch(&self, statements: Vec<Statement>) -> impl Future<Output = Result<Vec<Vec<Columns>>, StoreError>> + Send;
}
