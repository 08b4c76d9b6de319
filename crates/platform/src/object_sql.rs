//! An object's SQLite, as the `Sql` port.

use edgewise_domain::{
    chat::send::StoreError,
    ports::{Columns, Sql, Value},
};
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use wasm_bindgen::JsValue;
use worker::SqlStorage;

use crate::js;

#[derive(Debug, Clone)]
pub struct ObjectSql(pub SqlStorage);

impl Sql for ObjectSql {
    fn run(&self, statement: &'static str, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        let fault = |error: worker::Error| StoreError { operation: statement, cause: error.to_string() };
        let mut arguments = Vec::with_capacity(values.len() + 1);
        arguments.push(JsValue::from_str(statement));
        arguments.extend(values.into_iter().map(js::from_sql));
        let cursor = js::call(self.0.as_ref(), "exec", &arguments).map_err(fault)?;
        if !statement.starts_with("SELECT") {
            return Ok(Vec::new());
        }
        // All rows in one crossing, as JSON: a crossing for each column costs more than the query.
        let rows = js::call(&cursor, "raw", &[]).and_then(|rows| js::call(&rows, "toArray", &[])).map_err(fault)?;
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
