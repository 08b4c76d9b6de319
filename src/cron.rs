//! Once a minute: what nobody's request does.

use edgewise_domain::{
    agent::records::AgentsOver,
    backup,
    catalogue::{CatalogueOver, purge_dead_letters_statement, purge_statement},
    chat::send::StoreError,
    erasure::{ErasuresOver, sweep, sweep_runs, sweep_temporary, sweep_webhooks},
    files::{records::AttachmentsOver, sweep::sweep as sweep_files},
    mail::{LettersOver, send_due},
    money::stripe::store::{BillingOver, apply_all, send_meter_events},
    organizations::{OrganizationFault, OrganizationsOver, tell},
    ports::{Billing, Clock, Database, Letters, Organizations, WebhookList},
    run::records::RunsOver,
    schedule::{fire::fire_due, records::SchedulesOver},
    users::{UsersOver, tell_all},
    webhook::records::WebhooksOver,
};
use edgewise_platform::{
    clock::WorkerClock,
    d1::D1,
    files::R2Files,
    log,
    mail::ProviderMail,
    objects::{AccountObjects, ConversationObjects, RunObjects, WebhookObjects},
    queues, settings,
    web::WorkerWeb,
};
use edgewise_protocol::jobs::TellWebhooks;
use worker::Env;

/// A queue keeps a message for 14 days at most; after that no late job can ask for a deleted row.
const KEEP_DELETED_MS: u64 = 15 * 24 * 3600 * 1000;

/// Long enough for people to look.
const KEEP_DEAD_LETTERS_MS: u64 = 30 * 24 * 3600 * 1000;

/// Memberships that accounts are told of in one round: as many as an organization has members. Each is a call, and what
/// the account calls is its own affair.
const MAX_UNTOLD: u32 = 500;

/// A message of queue `webhooks` that has not come after so long is lost.
const LATE_MS: u64 = 30_000;
/// Of one round.
const MAX_LATE: u32 = 100;

pub async fn every_minute(env: &Env) {
    let now_ms = WorkerClock.now_ms();
    let purges = vec![
        purge_statement(now_ms.saturating_sub(KEEP_DELETED_MS)),
        purge_dead_letters_statement(now_ms.saturating_sub(KEEP_DEAD_LETTERS_MS)),
    ];
    if let Err(error) = D1::new(env.clone()).batch(purges).await {
        log::error(format_args!("cron: {error}"));
    }
    // First: people wait for it to the minute.
    if let Err(error) = schedules(env).await {
        log::error(format_args!("cron: schedules: {error}"));
    }
    if let Err(error) = letters(env, now_ms).await {
        log::error(format_args!("cron: letters: {error}"));
    }
    if let Err(error) = memberships(env, now_ms).await {
        log::error(format_args!("cron: memberships: {error}"));
    }
    if let Err(error) = erasures(env, now_ms).await {
        log::error(format_args!("cron: erasures: {error}"));
    }
    if let Err(error) = temporary(env, now_ms).await {
        log::error(format_args!("cron: temporary conversations: {error}"));
    }
    if let Err(error) = files(env, now_ms).await {
        log::error(format_args!("cron: files: {error}"));
    }
    if let Err(error) = accounts(env).await {
        log::error(format_args!("cron: accounts: {error}"));
    }
    if let Err(error) = webhooks(env, now_ms).await {
        log::error(format_args!("cron: webhooks: {error}"));
    }
    if let Err(error) = billing(env, now_ms).await {
        log::error(format_args!("cron: billing: {error}"));
    }
    // Last: it may take longest.
    if let Err(error) = backup(env, now_ms).await {
        log::error(format_args!("cron: backup: {error}"));
    }
}

/// Begins the runs whose time has come.
async fn schedules(env: &Env) -> Result<(), StoreError> {
    let (schedules, agents) = (SchedulesOver(D1::new(env.clone())), AgentsOver(D1::new(env.clone())));
    for (id, fault) in fire_due(&schedules, &agents, &RunObjects::new(env.clone()), &WorkerClock).await? {
        log::warn(format_args!("cron: schedule {id} begins its run in the next round: {fault}"));
    }
    Ok(())
}

/// Tells accounts what they have not heard when it was changed.
async fn memberships(env: &Env, now_ms: u64) -> Result<(), OrganizationFault> {
    let organizations = OrganizationsOver(D1::new(env.clone()));
    let untold = organizations.untold(MAX_UNTOLD).await?;
    let deaf = tell(&organizations, &AccountObjects::new(env.clone()), &untold).await?;
    if deaf > 0 {
        log::warn(format_args!("cron: {deaf} accounts have not heard of a membership yet"));
    }
    organizations.purge(now_ms).await
}

/// Goes on with what people who have left leave behind.
async fn erasures(env: &Env, now_ms: u64) -> Result<(), StoreError> {
    let (erasures, catalogue) = (ErasuresOver(D1::new(env.clone())), CatalogueOver(D1::new(env.clone())));
    let (accounts, conversations) = (AccountObjects::new(env.clone()), ConversationObjects::new(env.clone()));
    let mut faults = sweep(&erasures, &accounts, &conversations, &catalogue, now_ms).await?;
    let (runs, list) = (RunObjects::new(env.clone()), RunsOver(D1::new(env.clone())));
    faults.extend(sweep_runs(&erasures, &runs, &list, now_ms).await?);
    let (webhooks, hearers) = (WebhookObjects::new(env.clone()), WebhooksOver(D1::new(env.clone())));
    faults.extend(sweep_webhooks(&erasures, &webhooks, &hearers, now_ms).await?);
    for fault in faults {
        log::warn(format_args!("cron: an erasure goes on in the next round: {fault}"));
    }
    Ok(())
}

/// Deletes temporary conversations whose time is over.
async fn temporary(env: &Env, now_ms: u64) -> Result<(), StoreError> {
    // A setting that is bad has been told by the door.
    let Ok(config) = settings::config(env) else { return Ok(()) };
    let (erasures, catalogue) = (ErasuresOver(D1::new(env.clone())), CatalogueOver(D1::new(env.clone())));
    let conversations = ConversationObjects::new(env.clone());
    let keep_ms = config.limits.keep_temporary_ms;
    for fault in sweep_temporary(&erasures, &conversations, &catalogue, now_ms, keep_ms).await? {
        log::warn(format_args!("cron: a temporary conversation goes in the next round: {fault}"));
    }
    Ok(())
}

/// Collects what files leave behind.
async fn files(env: &Env, now_ms: u64) -> Result<(), StoreError> {
    let round = sweep_files(&R2Files::new(env.clone()), &AttachmentsOver(D1::new(env.clone())), now_ms).await?;
    if round.lost > 0 {
        log::error(format_args!("cron: the bytes of {} files are not there any more", round.lost));
    }
    Ok(())
}

/// Tells accounts what their rows say, where that was lost.
async fn accounts(env: &Env) -> Result<(), StoreError> {
    let users = UsersOver(D1::new(env.clone()));
    for fault in tell_all(&users, &AccountObjects::new(env.clone())).await? {
        log::warn(format_args!("cron: an account has not heard of its row, and is told again: {fault}"));
    }
    Ok(())
}

/// Sends again what the queue of webhooks has lost.
async fn webhooks(env: &Env, now_ms: u64) -> Result<(), StoreError> {
    let list = WebhooksOver(D1::new(env.clone()));
    let (before_ms, over_before_ms) = (now_ms.saturating_sub(LATE_MS), now_ms.saturating_sub(KEEP_DELETED_MS));
    for source in list.late(before_ms, over_before_ms, MAX_LATE).await? {
        if let Err(error) = queues::send_telling(env, &TellWebhooks::new(source)).await {
            log::warn(format_args!("cron: webhooks are told of in the next round: {error}"));
            break;
        }
    }
    Ok(())
}

/// Applies what Stripe has told and was not applied, and tells its meter what was used.
async fn billing(env: &Env, now_ms: u64) -> Result<(), StoreError> {
    let config = settings::config(env).ok();
    let (billing, users) = (BillingOver(D1::new(env.clone())), UsersOver(D1::new(env.clone())));
    // Also where nothing is sold any more, or no meter is set.
    billing.forget_old(now_ms).await?;
    let Some(stripe) = config.as_ref().and_then(|config| config.stripe.as_ref()) else { return Ok(()) };
    for fault in apply_all(&billing, &users, &AccountObjects::new(env.clone()), stripe, now_ms).await? {
        log::warn(format_args!("cron: what Stripe told is applied in the next round: {fault}"));
    }
    for fault in send_meter_events(&billing, &WorkerWeb, stripe, now_ms).await? {
        log::warn(format_args!("cron: Stripe's meter hears of it later: {fault}"));
    }
    Ok(())
}

/// Goes on with today's copy of the database.
async fn backup(env: &Env, now_ms: u64) -> Result<(), StoreError> {
    // A setting that is bad has been told by the door.
    let Ok(config) = settings::config(env) else { return Ok(()) };
    let (database, files) = (D1::new(env.clone()), R2Files::new(env.clone()));
    backup::round(&database, &files, config.backup_keep_days, now_ms).await.map(|_| ())
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
