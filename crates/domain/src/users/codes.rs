//! One-time codes. Each is written in one transaction with the letter that carries it, and spent in one with what it
//! is for: a link works once, however often it is pressed at a time, and not at all without its effect.

use edgewise_protocol::ids::{LetterId, UserId};

use super::COLUMNS;
use crate::{
    mail::Wording,
    ports::{Statement, Value},
};

/// What a one-time code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    VerifyEmail,
    ResetPassword,
}

impl CodePurpose {
    const fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify-email",
            Self::ResetPassword => "reset-password",
        }
    }

    /// How long a link is good, milliseconds.
    pub const fn lifetime_ms(self) -> u64 {
        match self {
            Self::VerifyEmail => 24 * 3_600_000,
            Self::ResetPassword => 3_600_000,
        }
    }
}

/// A code, by its digest, and its letter, before it is known whether anybody gets them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailing {
    pub purpose: CodePurpose,
    pub digest: String,
    pub letter: LetterId,
    pub wording: Wording,
}

/// The code and the letter for whoever has the address and, if told, is `user`. For nobody the same statements run and
/// write nothing: what an unknown address costs is what a known one costs, but for the rows.
pub(super) fn write(mailing: &Mailing, email_key: &str, user: Option<UserId>, now_ms: u64) -> [Statement; 3] {
    let Mailing { purpose, digest, letter, wording } = mailing;
    let user = Value::from(user.map(|user| user.to_string()));
    let receiver = "FROM users WHERE email_key = ?1 AND (?2 IS NULL OR id = ?2) AND banned = 0";
    let statement = |sql: String, values: Vec<Value>| Statement {
        sql,
        values: [email_key.into(), user.clone()].into_iter().chain(values).collect(),
    };
    [
        // A new link makes those before it worthless.
        statement(
            format!("DELETE FROM one_time_codes WHERE user IN (SELECT id {receiver}) AND purpose = ?3"),
            vec![purpose.name().into()],
        ),
        statement(
            format!(
                "INSERT INTO one_time_codes (digest, purpose, user, email_key, expires_at_ms) \
                 SELECT ?3, ?4, id, email_key, ?5 {receiver}"
            ),
            vec![digest.as_str().into(), purpose.name().into(), Value::int(now_ms + purpose.lifetime_ms())],
        ),
        statement(
            format!(
                "INSERT INTO letters (id, recipient, subject, body, created_at_ms) SELECT ?3, email, ?4, ?5, ?6 {receiver}"
            ),
            vec![
                Value::Text(letter.to_string()),
                wording.subject.into(),
                wording.text.as_str().into(),
                Value::int(now_ms),
            ],
        ),
    ]
}

/// Whoever a code that is still good is for. The address may have become somebody else's since it was written to.
fn holder() -> &'static str {
    "WHERE (id, email_key) IN (SELECT user, email_key FROM one_time_codes \
     WHERE digest = ?1 AND purpose = ?2 AND used_at_ms IS NULL AND expires_at_ms > ?3) AND banned = 0"
}

fn values(digest: &str, purpose: CodePurpose, now_ms: u64) -> Vec<Value> {
    vec![digest.into(), purpose.name().into(), Value::int(now_ms)]
}

/// Looks at a code without spending it.
pub(super) fn look(digest: &str, purpose: CodePurpose, now_ms: u64) -> Statement {
    let sql = format!("SELECT {COLUMNS} FROM users {}", holder());
    Statement { sql, values: values(digest, purpose, now_ms) }
}

/// Spends a code for its effect, whose row the first statement gives: the address is proven, by either letter, and
/// there may be a new password. The very same statements again give the same: the database repeats what was cut off, and
/// nobody else has this hash.
pub(super) fn spend(digest: &str, purpose: CodePurpose, password_hash: Option<&str>, now_ms: u64) -> [Statement; 2] {
    let mut effect = values(digest, purpose, now_ms);
    effect.push(password_hash.map(str::to_owned).into());
    [
        Statement {
            sql: format!(
                "UPDATE users SET email_verified_at_ms = COALESCE(email_verified_at_ms, ?3), \
                 version = version + (email_verified_at_ms IS NULL), \
                 password_hash = COALESCE(?4, password_hash), updated_at_ms = ?3 \
                 WHERE banned = 0 AND EXISTS (SELECT 1 FROM one_time_codes AS code WHERE code.digest = ?1 \
                 AND code.purpose = ?2 AND code.user = users.id AND code.email_key = users.email_key \
                 AND code.expires_at_ms > ?3 AND (code.used_at_ms IS NULL \
                 OR code.used_at_ms = ?3 AND (?4 IS NULL OR users.password_hash = ?4))) RETURNING {COLUMNS}"
            ),
            values: effect,
        },
        Statement {
            sql: "UPDATE one_time_codes SET used_at_ms = ?3 WHERE digest = ?1 AND purpose = ?2 AND used_at_ms IS NULL"
                .into(),
            values: values(digest, purpose, now_ms),
        },
    ]
}
