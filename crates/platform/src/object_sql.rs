//! An object's SQLite, as the `Sql` port.

use edgewise_domain::{
    chat::send::StoreError,
    ports::{Columns, Sql, Value},
};
use js_sys::Array;
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
        let rows = js::call(&cursor, "raw", &[]).and_then(|rows| js::call(&rows, "toArray", &[])).map_err(fault)?;
        Ok(Array::from(&rows).iter().map(|row| Array::from(&row).iter().map(js::to_sql).collect()).collect())
    }
}
