//! The daily copy of the database: what is put back is what there was, however often it was interrupted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    backup::{INDEX, Manifest, round},
    ports::{Database, Files, Ports, Statement, Value},
};
use edgewise_testkit::{files::MemoryFiles, memory::Break, ports::FakePorts, sqlite::Sqlite};
use futures::executor::block_on;

const DAY_MS: u64 = 86_400_000;
const NOW_MS: u64 = 20_000 * DAY_MS + 5;
/// Of each table: more than three pages.
const ROWS: u64 = 700;

/// Text that SQL could take for its own.
const HOSTILE: &str = "it's; DROP TABLE users; --\n\"quoted\"\\ é 語 😀";

fn filled() -> Sqlite {
    let database = Sqlite::migrated();
    for n in 0..ROWS {
        database.script(&format!(
            "INSERT INTO models (name, body, updated_at_ms) VALUES ('m{n}', '{}', {n});
             INSERT INTO attachment_uses (conversation, attachment) VALUES ('c{}', 'a{n}');",
            HOSTILE.replace('\'', "''"),
            n % 7,
        ));
    }
    database.script(
        "INSERT INTO letters (id, recipient, subject, body, created_at_ms) VALUES ('l', 'a@b.c', 's', 'code', 1)",
    );
    database
}

fn select(database: &Sqlite, sql: &str) -> Vec<Vec<Value>> {
    block_on(database.batch(vec![Statement { sql: sql.into(), values: vec![] }])).unwrap().pop().unwrap()
}

fn files() -> MemoryFiles {
    FakePorts::default().files().clone()
}

fn read(files: &MemoryFiles, key: &str) -> String {
    String::from_utf8(block_on(files.read(key, 1 << 30)).unwrap().expect(key)).unwrap()
}

/// Rounds until a backup is whole; failed ones are repeated.
fn complete(database: &Sqlite, files: &MemoryFiles, now_ms: u64) -> Manifest {
    (0..100).find_map(|_| block_on(round(database, files, 3, now_ms)).ok().flatten()).expect("it ends")
}

fn restored(files: &MemoryFiles, manifest: &Manifest) -> Sqlite {
    let database = Sqlite::migrated();
    for number in 1..=manifest.parts {
        database.script(&read(files, &format!("backups/{}/{number:05}.sql", manifest.day)));
    }
    database
}

fn assert_same(one: &Sqlite, other: &Sqlite) {
    for table in ["models", "attachment_uses", "users"] {
        let sql = format!("SELECT * FROM {table} ORDER BY 1, 2");
        assert_eq!(select(one, &sql), select(other, &sql), "{table}");
    }
}

#[test]
fn what_is_put_back_is_what_there_was() {
    let (database, files) = (filled(), files());
    let manifest = complete(&database, &files, NOW_MS);
    assert_eq!((manifest.day.as_str(), manifest.rows["models"]), ("2024-10-04", ROWS));
    assert_same(&database, &restored(&files, &manifest));
    assert_eq!(serde_json::from_str::<Manifest>(&read(&files, "backups/2024-10-04/manifest.json")).unwrap(), manifest);
    assert_eq!(read(&files, INDEX), r#"["2024-10-04"]"#);
}

#[test]
fn letters_and_codes_are_left_out() {
    let (database, files) = (filled(), files());
    let manifest = complete(&database, &files, NOW_MS);
    assert!(!manifest.rows.contains_key("letters") && !manifest.rows.contains_key("one_time_codes"));
    assert!(select(&restored(&files, &manifest), "SELECT id FROM letters").is_empty());
}

#[test]
fn a_failure_at_any_call_loses_and_repeats_nothing() {
    for nth in 0..4 {
        for how in [Break::Before, Break::After] {
            let (database, files) = (filled(), files());
            files.break_call(nth, how);
            let manifest = complete(&database, &files, NOW_MS);
            assert_eq!(manifest.rows["models"], ROWS, "call {nth}");
            assert_same(&database, &restored(&files, &manifest));
        }
    }
}

#[test]
fn one_a_day_and_the_oldest_go() {
    let (database, files) = (filled(), files());
    for day in 0..5 {
        complete(&database, &files, NOW_MS + day * DAY_MS);
        assert_eq!(block_on(round(&database, &files, 3, NOW_MS + day * DAY_MS)).unwrap(), None, "not twice");
    }
    let days: Vec<String> = serde_json::from_str(&read(&files, INDEX)).unwrap();
    assert_eq!(days, ["2024-10-06", "2024-10-07", "2024-10-08"]);
    assert!(files.keys().iter().all(|key| key == INDEX || days.iter().any(|day| key.contains(day.as_str()))));
}

#[test]
fn none_is_made_where_none_is_wanted() {
    let (database, files) = (filled(), files());
    assert_eq!(block_on(round(&database, &files, 0, NOW_MS)).unwrap(), None);
    assert!(files.keys().is_empty());
}

#[test]
fn a_large_table_takes_several_rounds() {
    let (database, files) = (Sqlite::migrated(), files());
    database.script(
        "INSERT INTO models (name, body, updated_at_ms) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 21000) SELECT 'm' || i, '{}', i FROM n",
    );
    assert_eq!(block_on(round(&database, &files, 3, NOW_MS)).unwrap(), None);
    // A day later the first is still completed before another is begun.
    let manifest = complete(&database, &files, NOW_MS + DAY_MS);
    assert_eq!((manifest.day.as_str(), manifest.rows["models"]), ("2024-10-04", 21_000));
    assert_same(&database, &restored(&files, &manifest));
}
