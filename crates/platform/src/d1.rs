//! D1, as the `Database` port.

use edgewise_domain::{
    chat::send::StoreError,
    ports::{Columns, Database, Statement},
};
use js_sys::{Array, Object, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::{Env, Error, Result, send::SendFuture};

use crate::{
    bindings, js,
    patience::{retried, within},
};

/// Our queries take milliseconds: one that takes so long is one that does not answer.
const MAX_MS: u64 = 5_000;

/// Of what D1 throws, that which another try may not meet, whether the first was applied or not
/// (<https://developers.cloudflare.com/d1/observability/debug-d1/#error-list>, "Retry the operation").
const PASSING: [&str; 5] = [
    "reset because its code was updated",
    // While starting up, and in general. A timeout is said to have "caused object to be reset" too, and is none of these.
    "D1 DB storage caused object to be reset",
    "Network connection lost",
    "Cannot resolve D1 DB due to transient issue",
    "client disconnected",
];

#[derive(Clone)]
pub struct D1(Env);

impl D1 {
    pub const fn new(env: Env) -> Self {
        Self(env)
    }

    async fn run(&self, statements: &[Statement]) -> Result<Vec<Vec<Columns>>> {
        let db = self.0.d1(bindings::DB)?;
        let db: &JsValue = db.as_ref();
        let prepared = Array::new();
        for statement in statements {
            let values: Vec<JsValue> = statement.values.iter().cloned().map(js::from_sql).collect();
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
            let failed = |cause: String| StoreError { operation: "D1 batch", cause };
            match within(MAX_MS, retried(async || self.run(&statements).await, passes)).await {
                Some(done) => done.map_err(|error| failed(error.to_string())),
                None => Err(failed(format!("no answer after {MAX_MS} ms"))),
            }
        })
    }
}

fn passes(error: &Error) -> bool {
    let text = error.to_string();
    PASSING.iter().any(|passing| text.contains(passing))
}

/// Rows come as objects whose keys are in the order of the query's columns.
fn rows(results: &JsValue) -> Vec<Columns> {
    let row = |row: JsValue| Object::values(&Object::from(row)).iter().map(js::to_sql).collect();
    Array::from(results).iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_stays() {
        let cases = [
            ("D1 DB reset because its code was updated.", true),
            ("Internal error while starting up D1 DB storage caused object to be reset.", true),
            ("Internal error in D1 DB storage caused object to be reset.", true),
            ("Network connection lost.", true),
            ("Cannot resolve D1 DB due to transient issue on remote node.", true),
            ("Can't read from request stream because client disconnected.", true),
            ("D1 DB is overloaded. Requests queued for too long.", false),
            ("D1 DB storage operation exceeded timeout which caused object to be reset.", false),
            ("D1 DB's isolate exceeded its memory limit and was reset.", false),
            ("UNIQUE constraint failed: conversations.id: SQLITE_CONSTRAINT", false),
        ];
        for (text, expected) in cases {
            assert_eq!(passes(&Error::JsError(format!("D1_ERROR: {text}"))), expected, "{text}");
        }
    }
}
