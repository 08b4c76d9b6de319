//! An object's SQLite, as the `Sql` port.

use std::{cell::RefCell, collections::HashMap};

use edgewise_domain::{
    chat::send::StoreError,
    ports::{Columns, Sql, Value},
};
use js_sys::Array;
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use wasm_bindgen::prelude::*;
use worker::SqlStorage;

use crate::js;

#[wasm_bindgen]
extern "C" {
    /// The worker crate's own copies the statement and boxes every value.
    #[derive(Debug, Clone)]
    type Database;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &Database, statement: &JsValue, values: &[JsValue]) -> Result<Cursor, JsValue>;

    type Cursor;

    #[wasm_bindgen(method, catch)]
    fn raw(this: &Cursor) -> Result<Rows, JsValue>;

    type Rows;

    #[wasm_bindgen(method, catch, js_name = toArray)]
    fn to_array(this: &Rows) -> Result<Array, JsValue>;
}

thread_local! {
    /// Statements as JavaScript has them, by their address: they are never freed, so it names them.
    static STATEMENTS: RefCell<HashMap<*const u8, JsValue>> = RefCell::default();
}

fn statement_in_js(statement: &'static str) -> JsValue {
    STATEMENTS.with_borrow_mut(|known| {
        known.entry(statement.as_ptr()).or_insert_with(|| JsValue::from_str(statement)).clone()
    })
}

#[derive(Debug, Clone)]
pub struct ObjectSql(Database);

impl ObjectSql {
    pub fn new(sql: &SqlStorage) -> Self {
        let raw: &JsValue = sql.as_ref();
        Self(raw.clone().unchecked_into())
    }
}

impl Sql for ObjectSql {
    fn run(&self, statement: &'static str, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        let fault = |error: worker::Error| StoreError { operation: statement, cause: error.to_string() };
        let refused = |error: JsValue| fault(error.into());
        let values: Vec<JsValue> = values.into_iter().map(js::from_sql).collect();
        let cursor = self.0.exec(&statement_in_js(statement), &values).map_err(refused)?;
        if !statement.starts_with("SELECT") {
            return Ok(Vec::new());
        }
        // All rows in one crossing, as JSON: a crossing for each column costs more than the query.
        let rows = cursor.raw().and_then(|rows| rows.to_array()).map_err(refused)?;
        let json = js::stringify(&rows).map_err(fault)?;
        let rows: Vec<Vec<Cell>> = serde_json::from_str(&json)
            .map_err(|error| StoreError { operation: statement, cause: error.to_string() })?;
        Ok(rows.into_iter().map(|row| row.into_iter().map(|cell| cell.0).collect()).collect())
    }
}

/// A column's value in JSON. Blobs are selected as `hex(…)`.
struct Cell(Value);

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl Visitor<'_> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a number, a text or null")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Cell, E> {
        Ok(Cell(Value::Null))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Cell, E> {
        Ok(Cell(Value::int(number)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Cell, E> {
        Ok(Cell(Value::Int(number)))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Cell, E> {
        Ok(Cell(Value::Int(number as i64)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell(Value::Text(text.to_owned())))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Cell, E> {
        Ok(Cell(Value::Text(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_runtime_writes() {
        let rows: Vec<Vec<Cell>> =
            serde_json::from_str(r#"[[1,-2,1795251645403,null,"é\u0000\ud83d\ude42",1.0]]"#).unwrap();
        let values: Vec<Value> = rows.into_iter().flatten().map(|cell| cell.0).collect();
        assert_eq!(
            values,
            [
                Value::Int(1),
                Value::Int(-2),
                Value::Int(1_795_251_645_403),
                Value::Null,
                Value::Text("é\u{0}\u{1F642}".into()),
                Value::Int(1)
            ]
        );
    }
}
