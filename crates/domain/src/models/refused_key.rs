//! A provider refuses the deployment's key: one audit entry, and one letter to each administrator, for each key.

use edgewise_protocol::ids::LetterId;
use sha2::{Digest, Sha256};
use uuid::{Builder, Variant, Version};

use crate::{
    chat::send::StoreError,
    mail::Wording,
    ports::{Columns, Database, Statement, Value},
};

/// Administrators who get a letter.
const MAX_ADMINS: usize = 20;

/// Tells them, once for each key: another key that is refused is told of again.
///
/// # Errors
/// [`StoreError`]; the next refusal tells.
pub async fn tell(database: &impl Database, provider: &str, key: &str, now_ms: u64) -> Result<(), StoreError> {
    let id = id(provider, key);
    let known = Statement { sql: "SELECT 1 FROM audit_log WHERE id = ?1".into(), values: vec![id.as_str().into()] };
    let admins = Statement {
        sql: format!("SELECT email FROM users WHERE role = 'admin' AND banned = 0 ORDER BY id LIMIT {MAX_ADMINS}"),
        values: Vec::new(),
    };
    let mut found = database.batch(vec![known, admins]).await?;
    let admins = found.pop().unwrap_or_default();
    if found.pop().is_some_and(|rows| !rows.is_empty()) {
        return Ok(());
    }
    let address = |row: Columns| row.into_iter().next()?.into_text();
    let mut statements: Vec<_> =
        admins.into_iter().filter_map(address).map(|address| letter(&id, provider, &address, now_ms)).collect();
    // Last, in the same transaction: of two that tell at once, the second finds it and writes no letter.
    statements.push(Statement {
        sql: "INSERT INTO audit_log (id, at_ms, actor, action, target, detail) \
              VALUES (?1, ?2, 'system', 'provider.key-refused', ?3, '') ON CONFLICT DO NOTHING"
            .into(),
        values: vec![id.as_str().into(), Value::int(now_ms), provider.into()],
    });
    database.batch(statements).await.map(|_| ())
}

fn letter(audit: &str, provider: &str, address: &str, now_ms: u64) -> Statement {
    let digest = Sha256::new().chain_update(audit).chain_update(address).finalize();
    let id = LetterId::new(now_ms, digest.first_chunk().unwrap_or(&[0; 10]));
    let Wording { subject, text } = Wording::refused_key(provider);
    Statement {
        sql: "INSERT INTO letters (id, recipient, subject, body, created_at_ms) SELECT ?1, ?2, ?3, ?4, ?5 \
              WHERE NOT EXISTS (SELECT 1 FROM audit_log WHERE id = ?6) ON CONFLICT DO NOTHING"
            .into(),
        values: vec![
            Value::Text(id.to_string()),
            address.into(),
            subject.into(),
            Value::Text(text),
            Value::int(now_ms),
            audit.into(),
        ],
    }
}

/// The same for the same key, which it does not tell.
fn id(provider: &str, key: &str) -> String {
    let digest = Sha256::new().chain_update(provider).chain_update(b"\0").chain_update(key).finalize();
    let bytes = *digest.first_chunk().unwrap_or(&[0; 16]);
    Builder::from_bytes(bytes).with_variant(Variant::RFC4122).with_version(Version::Custom).into_uuid().to_string()
}
