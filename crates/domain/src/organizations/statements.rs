//! What the statements of an organization have in common: they ask once more whether whoever asks may.

use edgewise_protocol::ids::{OrganizationId, UserId};

use crate::{
    access::{Act, Grant, Resource},
    flags::Change,
    ports::{Statement, Value},
};

/// The organization (`?1`), who asks (`?2`) and the roles that may.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub organization: OrganizationId,
    pub by: UserId,
    pub roles: String,
}

impl Asked {
    pub fn new<A: Act, R: Resource>(organization: OrganizationId, grant: &Grant<A, R>) -> Self {
        Self { organization, by: grant.by(), roles: grant.roles() }
    }

    /// Whether they may, as SQL.
    pub fn may(&self) -> String {
        format!(
            "EXISTS (SELECT 1 FROM members AS actor WHERE actor.organization = ?1 AND actor.user = ?2 \
             AND actor.role IN ({}))",
            self.roles
        )
    }

    /// A statement that begins with these two values; `more` are `?3` and so on. It must use the last of them.
    pub fn statement(&self, sql: impl Into<String>, more: impl IntoIterator<Item = Value>) -> Statement {
        let mut values = vec![text(self.organization), text(self.by)];
        values.extend(more);
        Statement { sql: sql.into(), values }
    }

    /// A row if they may.
    pub fn asks(&self) -> Statement {
        self.statement(format!("SELECT 1 WHERE {}", self.may()), [])
    }

    /// Notes a change if `holds`, which may use `?3`, when it was made, and `?8` and so on.
    pub fn audit(
        &self,
        change: &Change,
        action: &str,
        (target, detail): (String, String),
        holds: &str,
        more: impl IntoIterator<Item = Value>,
    ) -> Statement {
        let values = [
            Value::int(change.at_ms),
            change.id.as_str().into(),
            action.into(),
            Value::Text(target),
            Value::Text(detail),
        ];
        self.statement(
            format!(
                "INSERT INTO audit_log (id, at_ms, actor, action, target, detail) SELECT ?4, ?3, ?2, ?5, ?6, ?7 \
                 WHERE {holds} ON CONFLICT DO NOTHING"
            ),
            values.into_iter().chain(more),
        )
    }
}

pub(super) fn text(value: impl ToString) -> Value {
    Value::Text(value.to_string())
}
