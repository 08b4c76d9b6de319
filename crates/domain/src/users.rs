//! The users table: who has an account with a name, and how they prove it. Every statement is one of these.

use edgewise_protocol::{
    calls::account::{Profile, Role},
    ids::UserId,
    timestamp::Timestamp,
};

use crate::{
    chat::send::StoreError,
    ports::{Columns, Database, Statement, Users, Value},
};

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    pub id: UserId,
    pub email: String,
    pub password_hash: Option<String>,
    pub name: Option<String>,
    pub role: Role,
    pub banned: bool,
    pub email_verified: bool,
    pub created_at: Timestamp,
}

impl UserRow {
    /// What the user's account keeps of it.
    pub fn profile(&self) -> Profile {
        Profile {
            user: self.id,
            guest: false,
            role: self.role,
            email: Some(self.email.clone()),
            email_verified: self.email_verified,
            name: self.name.clone(),
            banned: self.banned,
            created_at: self.created_at,
        }
    }
}

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

/// The users over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct UsersOver<D>(pub D);

const COLUMNS: &str = "id, email, password_hash, name, role, banned, email_verified_at_ms, created_at_ms";

impl<D: Database + Clone + Send + Sync + 'static> Users for UsersOver<D> {
    async fn add(&self, user: &UserRow, email_key: &str) -> Result<bool, StoreError> {
        // Both in one transaction: whoever reads the row back with their own id has made it.
        let found = self.run(vec![insert(user, email_key), owner_of(email_key)]).await?;
        let owner =
            found.into_iter().nth(1).and_then(|rows| rows.into_iter().next()).and_then(|row| row.into_iter().next());
        Ok(owner.and_then(Value::into_text).is_some_and(|owner| owner == user.id.to_string()))
    }

    async fn by_email(&self, email_key: &str) -> Result<Option<UserRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM users WHERE email_key = ?1");
        self.one(sql, vec![email_key.into()]).await
    }

    async fn by_id(&self, id: UserId) -> Result<Option<UserRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?1");
        self.one(sql, vec![text(id)]).await
    }

    async fn set_password(&self, id: UserId, hash: &str, now_ms: u64) -> Result<(), StoreError> {
        let sql = "UPDATE users SET password_hash = ?2, updated_at_ms = ?3 WHERE id = ?1";
        self.change(sql, vec![text(id), hash.into(), Value::int(now_ms)]).await
    }

    async fn set_name(&self, id: UserId, name: &str, now_ms: u64) -> Result<(), StoreError> {
        let sql = "UPDATE users SET name = ?2, updated_at_ms = ?3 WHERE id = ?1";
        self.change(sql, vec![text(id), name.into(), Value::int(now_ms)]).await
    }

    async fn set_verified(&self, id: UserId, now_ms: u64) -> Result<(), StoreError> {
        let sql = "UPDATE users SET email_verified_at_ms = ?2, updated_at_ms = ?2 WHERE id = ?1";
        self.change(sql, vec![text(id), Value::int(now_ms)]).await
    }

    async fn make_first_admin(&self, id: UserId, now_ms: u64) -> Result<bool, StoreError> {
        // One statement decides: of two who ask at once, one finds no administrator.
        let make = Statement {
            sql: "UPDATE users SET role = 'admin', updated_at_ms = ?2 WHERE id = ?1 \
                  AND NOT EXISTS (SELECT 1 FROM users WHERE role = 'admin')"
                .into(),
            values: vec![text(id), Value::int(now_ms)],
        };
        let read =
            Statement { sql: "SELECT 1 FROM users WHERE id = ?1 AND role = 'admin'".into(), values: vec![text(id)] };
        Ok(self.run(vec![make, read]).await?.pop().is_some_and(|rows| !rows.is_empty()))
    }

    async fn remove(&self, id: UserId) -> Result<(), StoreError> {
        let statements = ["DELETE FROM one_time_codes WHERE user = ?1", "DELETE FROM users WHERE id = ?1"];
        let each = |sql: &str| Statement { sql: sql.into(), values: vec![text(id)] };
        self.run(statements.map(each).into()).await.map(|_| ())
    }

    async fn add_code(
        &self,
        digest: &str,
        purpose: CodePurpose,
        user: UserId,
        email_key: &str,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        // A new link makes those before it worthless.
        let forget = Statement {
            sql: "DELETE FROM one_time_codes WHERE user = ?1 AND purpose = ?2".into(),
            values: vec![text(user), purpose.name().into()],
        };
        let add = Statement {
            sql: "INSERT INTO one_time_codes (digest, purpose, user, email_key, expires_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)"
                .into(),
            values: vec![
                digest.into(),
                purpose.name().into(),
                text(user),
                email_key.into(),
                Value::int(now_ms + purpose.lifetime_ms()),
            ],
        };
        self.run(vec![forget, add]).await.map(|_| ())
    }

    async fn take_code(&self, digest: &str, purpose: CodePurpose, now_ms: u64) -> Result<Option<UserRow>, StoreError> {
        // Spent in the same statement that looks at it: a link works once, however often it is pressed at a time.
        let take = Statement {
            sql: "UPDATE one_time_codes SET used_at_ms = ?3 WHERE digest = ?1 AND purpose = ?2 AND used_at_ms IS NULL \
                  AND expires_at_ms > ?3 RETURNING user, email_key"
                .into(),
            values: vec![digest.into(), purpose.name().into(), Value::int(now_ms)],
        };
        let mut found = self.run(vec![take]).await?;
        let Some(row) = found.pop().and_then(|rows| rows.into_iter().next()) else { return Ok(None) };
        // The address may have become somebody else's since.
        let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?1 AND email_key = ?2");
        self.one(sql, row).await
    }
}

impl<D: Database> UsersOver<D> {
    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Columns>>, StoreError> {
        self.0.batch(statements).await
    }

    async fn one(&self, sql: String, values: Vec<Value>) -> Result<Option<UserRow>, StoreError> {
        let rows = self.run(vec![Statement { sql, values }]).await?.pop().unwrap_or_default();
        Ok(rows.into_iter().next().and_then(read))
    }

    async fn change(&self, sql: &str, values: Vec<Value>) -> Result<(), StoreError> {
        self.run(vec![Statement { sql: sql.into(), values }]).await.map(|_| ())
    }
}

fn insert(user: &UserRow, email_key: &str) -> Statement {
    Statement {
        sql: "INSERT INTO users (id, email, email_key, password_hash, name, email_verified_at_ms, created_at_ms, updated_at_ms) \
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT DO NOTHING"
            .into(),
        values: vec![
            text(user.id),
            Value::Text(user.email.clone()),
            email_key.into(),
            user.password_hash.clone().into(),
            user.name.clone().into(),
            if user.email_verified { Value::int(user.created_at.0) } else { Value::Null },
            Value::int(user.created_at.0),
        ],
    }
}

fn owner_of(email_key: &str) -> Statement {
    Statement { sql: "SELECT id FROM users WHERE email_key = ?1".into(), values: vec![email_key.into()] }
}

fn text(id: UserId) -> Value {
    Value::Text(id.to_string())
}

fn read(row: Columns) -> Option<UserRow> {
    let mut row = row.into_iter();
    Some(UserRow {
        id: row.next()?.into_text()?.parse().ok()?,
        email: row.next()?.into_text()?,
        password_hash: row.next()?.into_text(),
        name: row.next()?.into_text(),
        role: if row.next()?.into_text()? == "admin" { Role::Admin } else { Role::User },
        banned: row.next()?.as_u64()? != 0,
        email_verified: row.next()?.as_u64().is_some(),
        created_at: Timestamp(row.next()?.as_u64()?),
    })
}
