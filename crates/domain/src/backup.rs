//! The daily copy of the relational database: each table as statements that put its rows back, in files of a few
//! megabytes, then a manifest. A bounded part of it in each round; what a round has stored is not read again.
//!
//! Rows are copied in the order of their keys while others write. A row that changes meanwhile is in it as it was or as
//! it is, and rows of two tables may differ by minutes: the sweeps and projections that mend crashes mend that too.

use std::collections::BTreeMap;

use edgewise_protocol::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chat::send::StoreError,
    ports::{Columns, Database, Files, Statement, Value},
};

/// What backups are called in the bucket: `backups/{day}/00001.sql`, `backups/{day}/manifest.json`, and [`INDEX`].
const FOLDER: &str = "backups";
/// The days there are, oldest first.
pub const INDEX: &str = "backups/index.json";
/// Letters and codes can open an account while they live, and are of no use an hour later.
const LEFT_OUT: [&str; 2] = ["letters", "one_time_codes"];

/// Rows of a query; the longest are a few kilobytes.
const PAGE_ROWS: usize = 200;
/// Queries of a round: each is a subrequest, of the thousand that an invocation may make.
const MAX_PAGES: u32 = 100;
const PART_BYTES: usize = 4 * 1024 * 1024;
/// Of the manifest and the index: a line for each table, or for each day.
const MAX_TEXT_BYTES: u64 = 256 * 1024;
/// Keys that the bucket deletes at once.
const MAX_DELETED: usize = 1_000;

/// What a backup holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// `2026-11-21`, in UTC.
    pub day: String,
    pub begun_at: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ended_at: String,
    /// Files, numbered from 1.
    pub parts: u32,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
}

/// How far it has come. Rests in the database, so that a crash repeats one part.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Position {
    manifest: Manifest,
    /// The table that is read.
    table: String,
    /// Key of the last row that is stored, as SQL writes it.
    after: String,
    done: bool,
}

#[derive(Debug)]
struct Table {
    name: String,
    columns: Vec<String>,
    key: Vec<String>,
}

/// One round; gives the backup that it has completed.
///
/// # Errors
/// [`StoreError`]: the next round goes on from what is stored.
pub async fn round(
    database: &impl Database,
    files: &impl Files,
    keep_days: u32,
    now_ms: u64,
) -> Result<Option<Manifest>, StoreError> {
    let now = Timestamp(now_ms).to_string();
    let today = now.get(..10).unwrap_or_default();
    let mut position = read_position(database).await?;
    if position.done || position.manifest.day.is_empty() {
        if keep_days == 0 || position.manifest.day.as_str() >= today {
            return Ok(None);
        }
        let manifest = Manifest { day: today.into(), begun_at: now.clone(), ..Manifest::default() };
        position = Position { manifest, ..Position::default() };
    }
    if !copy(database, files, &mut position).await? {
        return Ok(None);
    }
    position.manifest.ended_at = now;
    let text = json(&position.manifest)?;
    files.put(&format!("{FOLDER}/{}/manifest.json", position.manifest.day), text.into_bytes()).await?;
    index(files, &position.manifest.day, keep_days).await?;
    position.done = true;
    write_position(database, &position).await?;
    Ok(Some(position.manifest))
}

/// Goes on with the copy; `true`: it is whole.
async fn copy(database: &impl Database, files: &impl Files, position: &mut Position) -> Result<bool, StoreError> {
    let mut pages = 0;
    let mut part = String::new();
    for table in tables(database).await? {
        if table.name < position.table {
            continue;
        }
        if table.name > position.table {
            position.table.clone_from(&table.name);
            position.after.clear();
        }
        loop {
            if pages == MAX_PAGES {
                store(database, files, position, &mut part).await?;
                return Ok(false);
            }
            pages += 1;
            let rows = run(database, table.page(&position.after), Vec::new()).await?;
            let count = rows.len();
            for row in rows {
                let [line, key] = <[Value; 2]>::try_from(row).map_err(|_| unreadable(&table.name))?;
                part.push_str(&line.into_text().ok_or_else(|| unreadable(&table.name))?);
                part.push('\n');
                position.after = key.into_text().ok_or_else(|| unreadable(&table.name))?;
            }
            *position.manifest.rows.entry(table.name.clone()).or_default() += count as u64;
            if part.len() >= PART_BYTES {
                store(database, files, position, &mut part).await?;
            }
            if count < PAGE_ROWS {
                break;
            }
        }
    }
    store(database, files, position, &mut part).await?;
    Ok(true)
}

/// Stores the part, then says so.
async fn store(
    database: &impl Database,
    files: &impl Files,
    position: &mut Position,
    part: &mut String,
) -> Result<(), StoreError> {
    if !part.is_empty() {
        position.manifest.parts += 1;
        let key = part_key(&position.manifest.day, position.manifest.parts);
        files.put(&key, std::mem::take(part).into_bytes()).await?;
    }
    write_position(database, position).await
}

/// Adds the day to the index, and forgets the oldest beyond `keep_days`.
async fn index(files: &impl Files, day: &str, keep_days: u32) -> Result<(), StoreError> {
    let mut days: Vec<String> = read_json(files, INDEX).await?.unwrap_or_default();
    days.retain(|known| known != day);
    days.push(day.into());
    let keep = usize::try_from(keep_days.max(1)).unwrap_or(usize::MAX);
    let old: Vec<_> = days.drain(..days.len().saturating_sub(keep)).collect();
    files.put(INDEX, json(&days)?.into_bytes()).await?;
    for day in old {
        let manifest_key = format!("{FOLDER}/{day}/manifest.json");
        let Some(manifest) = read_json::<Manifest>(files, &manifest_key).await? else { continue };
        let keys: Vec<_> = (1..=manifest.parts).map(|number| part_key(&day, number)).collect();
        for some in keys.chunks(MAX_DELETED) {
            files.delete(some.to_vec()).await?;
        }
        files.delete(vec![manifest_key]).await?;
    }
    Ok(())
}

fn part_key(day: &str, number: u32) -> String {
    format!("{FOLDER}/{day}/{number:05}.sql")
}

/// Every table of ours, by name.
async fn tables(database: &impl Database) -> Result<Vec<Table>, StoreError> {
    // The migrations' own table is filled by them, before rows are put back.
    let sql = "SELECT m.name AS table_name, '\"' || p.name || '\"' AS column_name, p.pk AS key_place \
               FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS p \
               WHERE m.type = 'table' AND m.name NOT GLOB 'sqlite_*' AND m.name NOT GLOB '_cf_*' \
               AND m.name NOT IN ('d1_migrations', 'sweeps') ORDER BY m.name, p.cid";
    let mut tables: Vec<(Table, BTreeMap<u64, String>)> = Vec::new();
    for row in run(database, sql.into(), Vec::new()).await? {
        let [Value::Text(table), Value::Text(column), place] =
            <[Value; 3]>::try_from(row).map_err(|_| unreadable("sqlite_master"))?
        else {
            return Err(unreadable("sqlite_master"));
        };
        if LEFT_OUT.contains(&table.as_str()) {
            continue;
        }
        if tables.last().is_none_or(|(last, _)| last.name != table) {
            tables.push((Table { name: table, columns: Vec::new(), key: Vec::new() }, BTreeMap::new()));
        }
        let Some((last, key)) = tables.last_mut() else { continue };
        if let Some(place @ 1..) = place.as_u64() {
            key.insert(place, column.clone());
        }
        last.columns.push(column);
    }
    // Not one of ours is without a key.
    let with_key = |(table, key): (Table, BTreeMap<_, _>)| Table { key: key.into_values().collect(), ..table };
    Ok(tables.into_iter().map(with_key).collect())
}

impl Table {
    /// The rows after a key, each as the statement that puts it back, and its key.
    fn page(&self, after: &str) -> String {
        let Self { name, columns, key } = self;
        let quoted = |names: &[String]| names.iter().map(|name| format!("quote({name})")).collect::<Vec<_>>();
        let values = quoted(columns).join(" || ', ' || ");
        let keys = quoted(key).join(" || ', ' || ");
        let (columns, key) = (columns.join(", "), key.join(", "));
        let from = if after.is_empty() { String::new() } else { format!("WHERE ({key}) > ({after}) ") };
        format!(
            "SELECT 'INSERT OR REPLACE INTO {name} ({columns}) VALUES (' || {values} || ');' AS line, {keys} AS after_key \
             FROM {name} {from}ORDER BY {key} LIMIT {PAGE_ROWS}"
        )
    }
}

async fn run(database: &impl Database, sql: String, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
    Ok(database.batch(vec![Statement { sql, values }]).await?.pop().unwrap_or_default())
}

async fn read_position(database: &impl Database) -> Result<Position, StoreError> {
    let rows = run(database, "SELECT position FROM sweeps WHERE name = 'backup'".into(), Vec::new()).await?;
    let text = rows.into_iter().next().and_then(|row| row.into_iter().next()?.into_text());
    // What cannot be read is begun anew.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

async fn write_position(database: &impl Database, position: &Position) -> Result<(), StoreError> {
    let sql = "INSERT INTO sweeps (name, position) VALUES ('backup', ?1) \
               ON CONFLICT (name) DO UPDATE SET position = excluded.position";
    run(database, sql.into(), vec![Value::Text(json(position)?)]).await.map(|_| ())
}

async fn read_json<T: for<'a> Deserialize<'a>>(files: &impl Files, key: &str) -> Result<Option<T>, StoreError> {
    let bytes = files.read(key, MAX_TEXT_BYTES).await?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError { operation: "backup", cause: error.to_string() })
}

fn unreadable(table: &str) -> StoreError {
    StoreError { operation: "backup", cause: format!("{table} has rows that cannot be read") }
}
