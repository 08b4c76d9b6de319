//! Dead letters: messages that no consumer could handle are kept in D1 for people to look at.
//!
//! Effect: one row by the message's id, so that a second delivery changes nothing.

use edgewise_domain::ports::{Clock, Database, Statement, Value};
use edgewise_platform::{clock::WorkerClock, d1::D1};
use worker::Env;

use super::Done;

pub async fn keep(env: &Env, id: &str, queue: &str, body: &str) -> Done {
    let statement = Statement {
        sql: "INSERT INTO dead_letters (id, queue, body, at_ms) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING"
            .into(),
        values: vec![id.into(), queue.into(), body.into(), Value::int(WorkerClock.now_ms())],
    };
    match D1::new(env.clone()).batch(vec![statement]).await {
        Ok(_) => Done::Ack,
        Err(error) => Done::Retry(error.to_string()),
    }
}
