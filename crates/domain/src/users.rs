//! The users table: who has an account with a name, and how they prove it. Every statement is one of these or, where a
//! code is written or spent with it, of `codes`.

mod codes;
mod identities;
mod telling;

use std::fmt;

use edgewise_protocol::{
    calls::account::{Profile, ProfileChange, Role},
    ids::UserId,
    plan::Plan,
    timestamp::Timestamp,
};

pub use codes::{CodePurpose, Mailing};
pub use identities::Identity;
pub use telling::{TellError, tell, tell_all};

use crate::{
    chat::send::StoreError,
    ports::{Columns, Database, Statement, Users, Value},
};

/// What is kept of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

/// Says nothing: whoever has a hash tries passwords on it at home.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    pub id: UserId,
    pub email: String,
    pub password_hash: Option<PasswordHash>,
    pub name: Option<String>,
    pub role: Role,
    pub banned: bool,
    pub email_verified: bool,
    pub created_at: Timestamp,
    pub plan: Plan,
    /// Grows with every change that the account must hear of.
    pub version: u64,
}

impl UserRow {
    /// Of a row that was just added, as the table has it.
    pub const FIRST_VERSION: u64 = 1;

    /// The address as it is compared.
    pub fn email_key(&self) -> String {
        self.email.to_ascii_lowercase()
    }

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
            plan: self.plan.clone(),
            version: self.version,
            two_factor: false,
            created_at: self.created_at,
        }
    }

    /// All that the account must hear of.
    fn change(&self) -> ProfileChange {
        ProfileChange {
            version: self.version,
            name: self.name.clone(),
            role: Some(self.role),
            banned: Some(self.banned),
            plan: Some(self.plan.clone()),
            email_verified: Some(self.email_verified),
        }
    }
}

/// The users over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct UsersOver<D>(pub D);

pub(crate) const COLUMNS: &str =
    "id, email, password_hash, name, role, banned, email_verified_at_ms, created_at_ms, plan, version";

impl<D: Database + Clone + Send + Sync + 'static> Users for UsersOver<D> {
    async fn add(&self, user: &UserRow, email_key: &str, welcome: &Mailing, now_ms: u64) -> Result<bool, StoreError> {
        // All in one transaction: whoever reads the row back with their own id has made it.
        let mut statements = vec![insert(user, email_key)];
        statements.extend(codes::write(welcome, email_key, Some(user.id), now_ms));
        statements.push(owner_of(email_key));
        let owner = self
            .run(statements)
            .await?
            .pop()
            .and_then(|rows| rows.into_iter().next())
            .and_then(|row| row.into_iter().next());
        Ok(owner.and_then(Value::into_text).is_some_and(|owner| owner == user.id.to_string()))
    }

    async fn by_email(&self, email_key: &str) -> Result<Option<UserRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM users WHERE email_key = ?1");
        self.one(sql, vec![email_key.into()]).await
    }

    async fn by_id(&self, id: UserId) -> Result<Option<UserRow>, StoreError> {
        self.first(vec![by_id(id)]).await
    }

    async fn set_password(&self, id: UserId, hash: &str, now_ms: u64) -> Result<(), StoreError> {
        let sql = "UPDATE users SET password_hash = ?2, updated_at_ms = ?3 WHERE id = ?1";
        self.change(sql, vec![text(id), hash.into(), Value::int(now_ms)]).await
    }

    async fn set_name(&self, id: UserId, name: &str, now_ms: u64) -> Result<Option<UserRow>, StoreError> {
        let sql = "UPDATE users SET name = ?2, version = version + 1, updated_at_ms = ?3 \
                   WHERE id = ?1 AND name IS NOT ?2";
        let set = Statement { sql: sql.into(), values: vec![text(id), name.into(), Value::int(now_ms)] };
        self.last(vec![set, by_id(id)]).await
    }

    async fn make_first_admin(&self, id: UserId, now_ms: u64) -> Result<Option<UserRow>, StoreError> {
        // One statement decides: of two who ask at once, one finds no administrator.
        let make = Statement {
            sql: "UPDATE users SET role = 'admin', version = version + 1, updated_at_ms = ?2 WHERE id = ?1 \
                  AND NOT EXISTS (SELECT 1 FROM users WHERE role = 'admin')"
                .into(),
            values: vec![text(id), Value::int(now_ms)],
        };
        Ok(self.last(vec![make, by_id(id)]).await?.filter(|row| row.role == Role::Admin))
    }

    async fn untold(&self, limit: u32) -> Result<Vec<UserRow>, StoreError> {
        // In any order: one whom nobody can tell must not keep the others waiting.
        let sql = format!("SELECT {COLUMNS} FROM users WHERE told < version ORDER BY random() LIMIT ?1");
        let rows = self.run(vec![Statement { sql, values: vec![Value::int(limit.into())] }]).await?.pop();
        Ok(rows.unwrap_or_default().into_iter().filter_map(read).collect())
    }

    async fn told(&self, id: UserId, version: u64) -> Result<(), StoreError> {
        let sql = "UPDATE users SET told = ?2 WHERE id = ?1 AND told < ?2";
        self.change(sql, vec![text(id), Value::int(version)]).await
    }

    async fn remove(&self, id: UserId, now_ms: u64) -> Result<(), StoreError> {
        let statements = [
            "DELETE FROM letters WHERE recipient IN (SELECT email FROM users WHERE id = ?1)",
            "DELETE FROM one_time_codes WHERE user = ?1",
            "DELETE FROM identities WHERE user = ?1",
            "DELETE FROM shares WHERE creator = ?1",
            "DELETE FROM library WHERE owner = ?1",
            "DELETE FROM users WHERE id = ?1",
        ];
        let each = |sql: &str| Statement { sql: sql.into(), values: vec![text(id)] };
        let erase = Statement {
            sql: "INSERT INTO erasures (owner, account, asked_at_ms, due_at_ms) VALUES (?1, ?1, ?2, ?2) \
                  ON CONFLICT DO NOTHING"
                .into(),
            values: vec![text(id), Value::int(now_ms)],
        };
        let all = std::iter::once(erase).chain(statements.map(each)).collect();
        self.run(all).await.map(|_| ())
    }

    async fn by_identity(&self, identity: &Identity) -> Result<Option<UserId>, StoreError> {
        Ok(identities::user(self.run(vec![identity.owner()]).await?))
    }

    async fn add_with_identity(
        &self,
        user: &UserRow,
        email_key: &str,
        identity: &Identity,
    ) -> Result<bool, StoreError> {
        Ok(identities::user(self.run(identity.add(user, email_key)).await?) == Some(user.id))
    }

    async fn link(&self, id: UserId, identity: &Identity, now_ms: u64) -> Result<bool, StoreError> {
        Ok(identities::user(self.run(identity.link(id, now_ms)).await?) == Some(id))
    }

    async fn spend_attempt(&self, digest: &str, expires_at_ms: u64, now_ms: u64) -> Result<bool, StoreError> {
        let found = self.run(identities::spend(digest, expires_at_ms, now_ms)).await?;
        Ok(found.into_iter().next_back().is_some_and(|rows| !rows.is_empty()))
    }

    async fn mail(
        &self,
        email_key: &str,
        user: Option<UserId>,
        mailing: &Mailing,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        self.run(codes::write(mailing, email_key, user, now_ms).into()).await.map(|_| ())
    }

    async fn by_code(&self, digest: &str, purpose: CodePurpose, now_ms: u64) -> Result<Option<UserRow>, StoreError> {
        self.first(vec![codes::look(digest, purpose, now_ms)]).await
    }

    async fn verify_email(&self, digest: &str, now_ms: u64) -> Result<Option<UserRow>, StoreError> {
        self.first(codes::spend(digest, CodePurpose::VerifyEmail, None, now_ms).into()).await
    }

    async fn reset_password(&self, digest: &str, hash: &str, now_ms: u64) -> Result<Option<UserRow>, StoreError> {
        self.first(codes::spend(digest, CodePurpose::ResetPassword, Some(hash), now_ms).into()).await
    }
}

impl<D: Database> UsersOver<D> {
    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Columns>>, StoreError> {
        self.0.batch(statements).await
    }

    /// The user that the first of the statements gives.
    async fn first(&self, statements: Vec<Statement>) -> Result<Option<UserRow>, StoreError> {
        let rows = self.run(statements).await?.into_iter().next().unwrap_or_default();
        Ok(rows.into_iter().next().and_then(read))
    }

    /// The user that the last of the statements gives.
    async fn last(&self, statements: Vec<Statement>) -> Result<Option<UserRow>, StoreError> {
        Ok(self.run(statements).await?.pop().unwrap_or_default().into_iter().next().and_then(read))
    }

    async fn one(&self, sql: String, values: Vec<Value>) -> Result<Option<UserRow>, StoreError> {
        self.first(vec![Statement { sql, values }]).await
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
        values: insert_values(user, email_key),
    }
}

fn insert_values(user: &UserRow, email_key: &str) -> Vec<Value> {
    vec![
        text(user.id),
        Value::Text(user.email.clone()),
        email_key.into(),
        user.password_hash.as_ref().map(|hash| hash.0.clone()).into(),
        user.name.clone().into(),
        if user.email_verified { Value::int(user.created_at.0) } else { Value::Null },
        Value::int(user.created_at.0),
    ]
}

fn by_id(id: UserId) -> Statement {
    Statement { sql: format!("SELECT {COLUMNS} FROM users WHERE id = ?1"), values: vec![text(id)] }
}

fn owner_of(email_key: &str) -> Statement {
    Statement { sql: "SELECT id FROM users WHERE email_key = ?1".into(), values: vec![email_key.into()] }
}

fn text(id: UserId) -> Value {
    Value::Text(id.to_string())
}

/// A row of [`COLUMNS`].
pub(crate) fn read(row: Columns) -> Option<UserRow> {
    let mut row = row.into_iter();
    Some(UserRow {
        id: row.next()?.into_text()?.parse().ok()?,
        email: row.next()?.into_text()?,
        password_hash: row.next()?.into_text().map(PasswordHash),
        name: row.next()?.into_text(),
        role: if row.next()?.into_text()? == "admin" { Role::Admin } else { Role::User },
        banned: row.next()?.as_u64()? != 0,
        email_verified: row.next()?.as_u64().is_some(),
        created_at: Timestamp(row.next()?.as_u64()?),
        // A name that nobody can mean has what everybody begins with.
        plan: row.next()?.into_text()?.parse().unwrap_or_default(),
        version: row.next()?.as_u64()?,
    })
}
