//! A refused key is told to every administrator, once for each key.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    mail::LettersOver,
    models::refused_key::tell,
    ports::{Database, Letters, Statement},
};
use edgewise_testkit::sqlite::Sqlite;
use futures::executor::block_on;

const NOW: u64 = 1_795_248_132_000;

fn world() -> Sqlite {
    let sql = Sqlite::migrated();
    for (id, role, banned) in [("ann", "admin", 0), ("bob", "user", 0), ("cem", "admin", 1), ("dee", "admin", 0)] {
        sql.script(&format!(
            "INSERT INTO users (id, email, email_key, role, banned, created_at_ms, updated_at_ms) \
             VALUES ('{id}', '{id}@example.org', '{id}@example.org', '{role}', {banned}, 1, 1)"
        ));
    }
    sql
}

fn receivers(sql: &Sqlite) -> Vec<String> {
    let mut to: Vec<_> =
        block_on(LettersOver(sql.clone()).newest(100)).unwrap().into_iter().map(|letter| letter.to).collect();
    to.sort();
    to
}

#[test]
fn each_administrator_gets_one_letter_for_each_key() {
    let sql = world();
    let say = |provider: &str, key: &str, at_ms: u64| block_on(tell(&sql, provider, key, NOW + at_ms)).unwrap();
    say("anthropic", "sk-secret-1", 0);
    say("anthropic", "sk-secret-1", 5);
    assert_eq!(receivers(&sql), ["ann@example.org", "dee@example.org"]);
    say("anthropic", "sk-secret-2", 10);
    say("gemini", "sk-secret-2", 11);
    assert_eq!(receivers(&sql).len(), 6, "another key, and another provider");
    let letters = block_on(LettersOver(sql.clone()).newest(100)).unwrap();
    assert!(letters.iter().all(|letter| !letter.text.contains("sk-secret")));
    let entries = "SELECT actor, action, target, detail FROM audit_log ORDER BY at_ms".into();
    let rows = block_on(sql.batch(vec![Statement { sql: entries, values: Vec::new() }])).unwrap().remove(0);
    let told: Vec<Vec<String>> =
        rows.into_iter().map(|row| row.into_iter().filter_map(|value| value.into_text()).collect()).collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[0], ["system", "provider.key-refused", "anthropic", ""]);
}
