//! Collects what uploads, crashes and deletions leave behind, a bounded part of it in each round. Rows that are gone lose
//! their bytes first and themselves last; objects that no row knows go when they are a day old; rows whose object is not
//! there go too. Every step may be repeated.

use super::records::{Record, object_of, text_key};
use crate::{
    chat::send::StoreError,
    ports::{Attachments, Files},
};

/// An upload that takes longer has ended.
pub const KEEP_PENDING_MS: u64 = 24 * 3_600_000;
/// Rows of one round: three subrequests each, of the thousand that an invocation may make.
const MAX_GONE: u32 = 50;
/// Objects of one round; D1 takes so many values.
const MAX_LISTED: u32 = 90;
/// Whole files of one round: one subrequest each.
const MAX_LOOKED: u32 = 20;

const OBJECTS: &str = "objects";
const ROWS: &str = "attachments";

/// What a round has deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    pub rows: usize,
    pub objects: usize,
    /// Whole files whose bytes were not there.
    pub lost: usize,
}

/// One round.
///
/// # Errors
/// [`StoreError`]: the next round goes on.
pub async fn sweep(files: &impl Files, attachments: &impl Attachments, now_ms: u64) -> Result<Round, StoreError> {
    let before_ms = now_ms.saturating_sub(KEEP_PENDING_MS);
    let mut round = Round::default();
    for record in attachments.gone(before_ms, MAX_GONE).await? {
        bury(files, attachments, &record).await?;
        round.rows += 1;
    }
    round.objects = unknown_objects(files, attachments, before_ms).await?;
    round.lost = rows_without_objects(files, attachments).await?;
    Ok(round)
}

/// Deletes what a row that is gone was the last to hold, then the row.
///
/// No new file can come to share the object meanwhile: only the rows that are there lead to it.
async fn bury(files: &impl Files, attachments: &impl Attachments, record: &Record) -> Result<(), StoreError> {
    if let Some(upload) = &record.upload {
        files.abort(&record.own_key(), upload).await?;
    }
    if !attachments.is_held(&record.object).await? {
        files.delete(vec![record.object.clone(), text_key(&record.object)]).await?;
    }
    attachments.forget(record.id).await
}

async fn unknown_objects(
    files: &impl Files,
    attachments: &impl Attachments,
    before_ms: u64,
) -> Result<usize, StoreError> {
    let position = attachments.position(OBJECTS).await?;
    let listed = files.list(Some(position.as_str()).filter(|at| !at.is_empty()), MAX_LISTED).await?;
    let next = listed.last().filter(|_| listed.len() as u64 == u64::from(MAX_LISTED)).map(|last| last.key.clone());
    let old: Vec<_> =
        listed.into_iter().filter(|object| object.stored_at_ms < before_ms).map(|object| object.key).collect();
    let mut unknown = Vec::new();
    if !old.is_empty() {
        let mut objects: Vec<_> = old.iter().map(|key| object_of(key).to_owned()).collect();
        objects.dedup();
        let known = attachments.known(&objects).await?;
        unknown.extend(old.into_iter().filter(|key| !known.iter().any(|known| known == object_of(key))));
    }
    let count = unknown.len();
    if count > 0 {
        files.delete(unknown).await?;
    }
    // An empty bucket costs no write each minute.
    let next = next.unwrap_or_default();
    if next != position {
        attachments.set_position(OBJECTS, &next).await?;
    }
    Ok(count)
}

async fn rows_without_objects(files: &impl Files, attachments: &impl Attachments) -> Result<usize, StoreError> {
    let position = attachments.position(ROWS).await?;
    let rows = attachments.whole_after(&position, MAX_LOOKED).await?;
    let next = rows.last().filter(|_| rows.len() as u64 == u64::from(MAX_LOOKED)).map(|last| last.id.to_string());
    let mut lost = 0;
    for row in rows {
        if files.read(&row.object, 1).await?.is_none() {
            attachments.give_up(row.id).await?;
            lost += 1;
        }
    }
    let next = next.unwrap_or_default();
    if next != position {
        attachments.set_position(ROWS, &next).await?;
    }
    Ok(lost)
}
