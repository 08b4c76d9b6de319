//! Once a minute: what nobody's request does.

use edgewise_domain::{
    catalogue::{purge_dead_letters_statement, purge_statement},
    ports::{Clock, Database},
};
use edgewise_platform::{clock::WorkerClock, d1::D1, log};
use worker::Env;

/// A queue keeps a message for 14 days at most; after that no late job can ask for a deleted row.
const KEEP_DELETED_MS: u64 = 15 * 24 * 3600 * 1000;

/// Long enough for people to look.
const KEEP_DEAD_LETTERS_MS: u64 = 30 * 24 * 3600 * 1000;

pub async fn every_minute(env: &Env) {
    let now_ms = WorkerClock.now_ms();
    let purges = vec![
        purge_statement(now_ms.saturating_sub(KEEP_DELETED_MS)),
        purge_dead_letters_statement(now_ms.saturating_sub(KEEP_DEAD_LETTERS_MS)),
    ];
    if let Err(error) = D1::new(env.clone()).batch(purges).await {
        log::error(format_args!("cron: {error}"));
    }
}
