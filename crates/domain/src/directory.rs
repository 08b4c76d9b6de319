//! The users as administrators see and change them.

use edgewise_protocol::{
    api::{AuditEntry, ChangeUser},
    calls::account::Role,
    ids::{OrganizationId, UserId},
};

use crate::{
    audit::{self, AuditQuery, Entry},
    catalogue::like_pattern,
    chat::send::StoreError,
    ports::{Columns, Database, Directory, Statement, Value},
    users::{COLUMNS, UserRow, read},
};

/// A page of the users, newest first.
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    pub limit: u32,
    /// Where the page before ended: ids grow with time.
    pub after: Option<UserId>,
    /// Words that the address or the name must contain.
    pub contains: Option<String>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// The row is as it was wished, now or before.
    Row(UserRow),
    /// Nobody has a row by that id.
    Missing,
    /// The actor is no administrator any more.
    NotAdmin,
    /// It would leave nobody who is.
    LastAdmin,
}

/// The directory over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct DirectoryOver<D>(pub D);

/// Whether a change makes any difference.
const DIFFERS: &str = "(role IS NOT COALESCE(?2, role) OR banned IS NOT COALESCE(?3, banned) \
    OR plan IS NOT COALESCE(?4, plan) OR name IS NOT COALESCE(?5, name))";

/// Whether it may be made: by an administrator, and so that one is left. In the statement itself, so that of two who
/// take the role from one another one does.
const MAY: &str = "EXISTS (SELECT 1 FROM users AS actor WHERE actor.id = ?7 AND actor.role = 'admin' \
    AND actor.banned = 0) AND (role <> 'admin' OR banned <> 0 \
    OR (COALESCE(?2, role) = 'admin' AND COALESCE(?3, banned) = 0) \
    OR EXISTS (SELECT 1 FROM users AS other WHERE other.id <> ?1 AND other.role = 'admin' AND other.banned = 0))";

impl<D: Database + Clone + Send + Sync + 'static> Directory for DirectoryOver<D> {
    async fn list(&self, query: UserQuery) -> Result<Vec<UserRow>, StoreError> {
        let mut found = self.0.batch(vec![list_statement(&query)]).await?;
        Ok(found.pop().unwrap_or_default().into_iter().filter_map(read).collect())
    }

    async fn change(&self, id: UserId, wish: &ChangeUser, entry: &Entry) -> Result<Changed, StoreError> {
        let mut found = self.0.batch(change_statements(id, wish, entry)).await?;
        let is_admin = found.pop().is_some_and(|rows| !rows.is_empty());
        let row = found.pop().and_then(|rows: Vec<Columns>| rows.into_iter().next()).and_then(read);
        Ok(match row {
            None => Changed::Missing,
            Some(row) if is_as_wished(&row, wish) => Changed::Row(row),
            Some(_) if is_admin => Changed::LastAdmin,
            Some(_) => Changed::NotAdmin,
        })
    }

    async fn has(&self, organization: OrganizationId) -> Result<bool, StoreError> {
        let values = vec![Value::Text(organization.to_string())];
        let sql = "SELECT 1 FROM organizations WHERE id = ?1".into();
        let mut found = self.0.batch(vec![Statement { sql, values }]).await?;
        Ok(found.pop().is_some_and(|rows| !rows.is_empty()))
    }

    async fn note(&self, entry: &Entry) -> Result<(), StoreError> {
        self.0.batch(vec![entry.statement()]).await.map(|_| ())
    }

    async fn audit(&self, query: AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        let mut found = self.0.batch(vec![query.statement()]).await?;
        Ok(found.pop().unwrap_or_default().into_iter().filter_map(audit::read).collect())
    }
}

/// The entry, the change, the row as it is then, and whether the actor is an administrator. The very same again changes
/// nothing.
fn change_statements(id: UserId, wish: &ChangeUser, entry: &Entry) -> Vec<Statement> {
    let (id, actor) = (Value::Text(id.to_string()), Value::Text(entry.actor.to_string()));
    let values = vec![
        id.clone(),
        wish.role.map(|role| role_name(role).to_owned()).into(),
        wish.banned.map_or(Value::Null, |banned| Value::int(banned.into())),
        wish.plan.as_ref().map(ToString::to_string).into(),
        wish.name.clone().into(),
        Value::int(entry.at_ms),
        actor.clone(),
    ];
    let told = [entry.id.as_str().into(), entry.action.into(), entry.detail.as_str().into()];
    vec![
        Statement {
            sql: format!(
                "INSERT INTO audit_log (id, at_ms, actor, action, target, detail) SELECT ?8, ?6, ?7, ?9, id, ?10 \
                 FROM users WHERE id = ?1 AND {DIFFERS} AND {MAY} ON CONFLICT DO NOTHING"
            ),
            values: values.iter().cloned().chain(told).collect(),
        },
        Statement {
            sql: format!(
                "UPDATE users SET role = COALESCE(?2, role), banned = COALESCE(?3, banned), \
                 plan = COALESCE(?4, plan), name = COALESCE(?5, name), version = version + 1, updated_at_ms = ?6 \
                 WHERE id = ?1 AND {DIFFERS} AND {MAY}"
            ),
            values,
        },
        Statement { sql: format!("SELECT {COLUMNS} FROM users WHERE id = ?1"), values: vec![id] },
        Statement {
            sql: "SELECT 1 FROM users WHERE id = ?1 AND role = 'admin' AND banned = 0".into(),
            values: vec![actor],
        },
    ]
}

fn is_as_wished(row: &UserRow, wish: &ChangeUser) -> bool {
    wish.role.is_none_or(|role| row.role == role)
        && wish.banned.is_none_or(|banned| row.banned == banned)
        && wish.plan.as_ref().is_none_or(|plan| row.plan == *plan)
        && wish.name.as_ref().is_none_or(|name| row.name.as_ref() == Some(name))
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Admin => "admin",
    }
}

/// Gives one row more than the limit when there are more.
fn list_statement(query: &UserQuery) -> Statement {
    let mut sql = format!("SELECT {COLUMNS} FROM users WHERE 1 = 1");
    let mut values = Vec::new();
    if let Some(after) = query.after {
        values.push(Value::Text(after.to_string()));
        sql.push_str(" AND id < ?1");
    }
    if let Some(words) = &query.contains {
        let at = values.len() + 1;
        sql.push_str(&format!(" AND (email_key LIKE ?{at} ESCAPE '\\' OR name LIKE ?{at} ESCAPE '\\')"));
        values.push(Value::Text(like_pattern(words)));
    }
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ?{}", values.len() + 1));
    values.push(Value::int(u64::from(query.limit) + 1));
    Statement { sql, values }
}
