//! Once a minute: what nobody's request does.

use edgewise_domain::{
    catalogue::purge_statement,
    ports::{Clock, Database},
};
use edgewise_platform::{clock::WorkerClock, d1::D1};
use worker::{Env, console_error};

/// A queue keeps a message for 14 days at most; after that no late job can ask for a deleted row.
const KEEP_DELETED_MS: u64 = 15 * 24 * 3600 * 1000;

pub async fn every_minute(env: &Env) {
    let before_ms = WorkerClock.now_ms().saturating_sub(KEEP_DELETED_MS);
    if let Err(error) = D1::new(env.clone()).batch(vec![purge_statement(before_ms)]).await {
        console_error!("cron: {error}");
    }
}
