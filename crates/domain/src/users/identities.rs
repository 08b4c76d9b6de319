//! The statements of the identities table: whose account elsewhere is whose here.

use edgewise_protocol::ids::UserId;

use super::{UserRow, insert_values};
use crate::ports::{Columns, Statement, Value};

/// An account elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The address of who vouches for it.
    pub provider: String,
    pub subject: String,
}

impl Identity {
    fn values(&self) -> Vec<Value> {
        vec![Value::Text(self.provider.clone()), Value::Text(self.subject.clone())]
    }

    /// Whose it is.
    pub(super) fn owner(&self) -> Statement {
        let sql = "SELECT user FROM identities WHERE provider = ?1 AND subject = ?2";
        Statement { sql: sql.into(), values: self.values() }
    }

    /// Makes it the user's, unless it is somebody's; then says whose it is.
    pub(super) fn link(&self, user: UserId, now_ms: u64) -> Vec<Statement> {
        let sql = "INSERT INTO identities (provider, subject, user, created_at_ms) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT DO NOTHING";
        let values = [self.values(), vec![Value::Text(user.to_string()), Value::int(now_ms)]].concat();
        vec![Statement { sql: sql.into(), values }, self.owner()]
    }

    /// Makes a user with it, both or neither: nobody else may have the address or the identity. Then says whose it is.
    pub(super) fn add(&self, user: &UserRow, email_key: &str) -> Vec<Statement> {
        let mut values = insert_values(user, email_key);
        let id = Value::Text(user.id.to_string());
        let identity = Statement {
            sql: "INSERT INTO identities (provider, subject, user, created_at_ms) SELECT ?1, ?2, ?3, ?4 \
                  WHERE NOT EXISTS (SELECT 1 FROM users WHERE email_key = ?5 AND id <> ?3) ON CONFLICT DO NOTHING"
                .into(),
            values: [self.values(), vec![id, Value::int(user.created_at.0), email_key.into()]].concat(),
        };
        values.extend(self.values());
        let row = Statement {
            sql: "INSERT INTO users (id, email, email_key, password_hash, name, email_verified_at_ms, created_at_ms, \
                  updated_at_ms) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7 \
                  WHERE EXISTS (SELECT 1 FROM identities WHERE provider = ?8 AND subject = ?9 AND user = ?1) \
                  ON CONFLICT DO NOTHING"
                .into(),
            values,
        };
        vec![identity, row, self.owner()]
    }
}

/// Notes that an attempt came back, and forgets those that have expired. A row comes when it was the first time.
pub(super) fn spend(digest: &str, expires_at_ms: u64, now_ms: u64) -> Vec<Statement> {
    let forget = "DELETE FROM spent_attempts WHERE expires_at_ms <= ?1";
    let note = "INSERT INTO spent_attempts (digest, expires_at_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING RETURNING 1";
    vec![
        Statement { sql: forget.into(), values: vec![Value::int(now_ms)] },
        Statement { sql: note.into(), values: vec![digest.into(), Value::int(expires_at_ms)] },
    ]
}

/// The user in the only row of the last answer.
pub(super) fn user(found: Vec<Vec<Columns>>) -> Option<UserId> {
    found.into_iter().next_back()?.into_iter().next()?.into_iter().next()?.into_text()?.parse().ok()
}
