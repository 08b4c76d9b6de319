//! The audit log: who did what to whom. An entry is written before what it tells of, or with it.

use edgewise_protocol::{api::AuditEntry, ids::UserId, timestamp::Timestamp};

use crate::{
    flags::Change,
    ports::{Columns, Statement, Value},
};

/// What somebody is about to do.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key: the same one again adds nothing.
    pub id: String,
    pub at_ms: u64,
    pub actor: UserId,
    /// `user.change`, and the like.
    pub action: &'static str,
    pub target: UserId,
    /// In words, without what people wrote.
    pub detail: String,
}

/// Notes a change of the row `name` of `table`, if there is such a row.
pub fn note_named(table: &'static str, change: &Change, action: &str, name: &str, detail: &str) -> Statement {
    Statement {
        sql: format!(
            "INSERT INTO audit_log (id, at_ms, actor, action, target, detail) SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
             WHERE EXISTS (SELECT 1 FROM {table} WHERE name = ?5)"
        ),
        values: vec![
            change.id.as_str().into(),
            Value::int(change.at_ms),
            Value::Text(change.actor.to_string()),
            action.into(),
            name.into(),
            detail.into(),
        ],
    }
}

impl Entry {
    /// Writes it.
    pub(crate) fn statement(&self) -> Statement {
        let sql = "INSERT INTO audit_log (id, at_ms, actor, action, target, detail) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        let values = vec![
            self.id.as_str().into(),
            Value::int(self.at_ms),
            Value::Text(self.actor.to_string()),
            self.action.into(),
            Value::Text(self.target.to_string()),
            self.detail.as_str().into(),
        ];
        Statement { sql: sql.into(), values }
    }
}

/// A page of the log, newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<(u64, String)>,
    pub actor: Option<String>,
    pub target: Option<String>,
}

impl AuditQuery {
    /// Gives one row more than the limit when there are more.
    pub(crate) fn statement(&self) -> Statement {
        let mut sql = String::from("SELECT id, at_ms, actor, action, target, detail FROM audit_log WHERE 1 = 1");
        let mut values = Vec::new();
        for (column, wanted) in [("actor", &self.actor), ("target", &self.target)] {
            if let Some(wanted) = wanted {
                values.push(wanted.as_str().into());
                sql.push_str(&format!(" AND {column} = ?{}", values.len()));
            }
        }
        if let Some((at_ms, id)) = &self.after {
            sql.push_str(&format!(" AND (at_ms, id) < (?{}, ?{})", values.len() + 1, values.len() + 2));
            values.extend([Value::int(*at_ms), id.as_str().into()]);
        }
        sql.push_str(&format!(" ORDER BY at_ms DESC, id DESC LIMIT ?{}", values.len() + 1));
        values.push(Value::int(u64::from(self.limit) + 1));
        Statement { sql, values }
    }
}

/// A page cursor: where the page before ended.
pub fn cursor(last: &AuditEntry) -> String {
    format!("{}_{}", last.at.0, last.id)
}

/// Reads what [`cursor`] wrote.
pub fn read_cursor(text: &str) -> Option<(u64, String)> {
    let (at_ms, id) = text.split_once('_')?;
    Some((at_ms.parse().ok()?, id.to_owned()))
}

pub(crate) fn read(row: Columns) -> Option<AuditEntry> {
    let mut row = row.into_iter();
    Some(AuditEntry {
        id: row.next()?.into_text()?,
        at: Timestamp(row.next()?.as_u64()?),
        actor: row.next()?.into_text()?,
        action: row.next()?.into_text()?,
        target: row.next()?.into_text()?,
        detail: row.next()?.into_text()?,
    })
}
