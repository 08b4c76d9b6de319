//! D1, as the `Database` port.

use edgewise_domain::{
    chat::send::StoreError,
    ports::{Columns, Database, Statement},
};
use js_sys::{Array, Object, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::{Env, Error, Result, send::SendFuture};

use crate::{bindings, js};

#[derive(Clone)]
pub struct D1(Env);

impl D1 {
    pub const fn new(env: Env) -> Self {
        Self(env)
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Columns>>> {
        let db = self.0.d1(bindings::DB)?;
        let db: &JsValue = db.as_ref();
        let prepared = Array::new();
        for statement in statements {
            let values: Vec<JsValue> = statement.values.into_iter().map(js::from_sql).collect();
            let bare = js::call(db, "prepare", &[JsValue::from_str(&statement.sql)])?;
            prepared.push(&js::call(&bare, "bind", &values)?);
        }
        let promise: Promise = js::call(db, "batch", &[prepared.into()])?.dyn_into().map_err(Error::from)?;
        let results = Array::from(&JsFuture::from(promise).await.map_err(Error::from)?);
        results.iter().map(|result| Ok(rows(&js::get(&result, "results")?))).collect()
    }
}

impl Database for D1 {
    fn batch(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = std::result::Result<Vec<Vec<Columns>>, StoreError>> + Send {
        SendFuture::new(async move {
            self.run(statements).await.map_err(|error| StoreError { operation: "D1 batch", cause: error.to_string() })
        })
    }
}

/// Rows come as objects whose keys are in the order of the query's columns.
fn rows(results: &JsValue) -> Vec<Columns> {
    let row = |row: JsValue| Object::values(&Object::from(row)).iter().map(js::to_sql).collect();
    Array::from(results).iter().map(row).collect()
}
