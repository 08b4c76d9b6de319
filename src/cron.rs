//! Once a minute: what nobody's request does.

use edgewise_domain::{
    catalogue::{purge_dead_letters_statement, purge_statement},
    chat::send::StoreError,
    mail::{LettersOver, send_due},
    ports::{Clock, Database, Letters},
};
use edgewise_platform::{clock::WorkerClock, d1::D1, log, mail::ProviderMail, settings};
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
    if let Err(error) = letters(env, now_ms).await {
        log::error(format_args!("cron: letters: {error}"));
    }
}

/// Sends what is due and forgets what is old. The log has ids and reasons; the addresses are in the table.
async fn letters(env: &Env, now_ms: u64) -> Result<(), StoreError> {
    let letters = LettersOver(D1::new(env.clone()));
    // A setting that is bad has been told by the door.
    let provider = settings::config(env).ok().and_then(|config| config.mail.clone());
    if let Some(provider) = provider {
        let round = send_due(&letters, &ProviderMail::new(provider), now_ms).await?;
        for (id, fault) in round.failed {
            log::warn(format_args!("mail: letter {id} was not sent: {fault}"));
        }
        for id in round.given_up {
            log::error(format_args!("mail: letter {id} is given up; its row stays for 90 days"));
        }
    }
    for id in letters.purge(now_ms).await? {
        log::error(format_args!("mail: letter {id} is forgotten after 90 days; nobody got it"));
    }
    Ok(())
}
