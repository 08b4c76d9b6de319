//! What D1 knows of webhooks: whose endpoints there are, and the outbox of what they are to hear.
//!
//! A row of the outbox is written in the transaction of the row that it is about, and only where its owner has an
//! endpoint: nobody else pays for it. A conversation of a project has no endpoint that hears of it.

use edgewise_protocol::{
    ids::{UserId, WebhookId},
    jobs::ProjectConversation,
    run::RunSummary,
};

use super::MAX_ENDPOINTS;
use crate::{
    access::{Grant, Own, Read, Write},
    chat::send::StoreError,
    ports::{Columns, Database, Statement, Value, WebhookList},
};

/// An endpoint, and since when it hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hearer {
    pub id: WebhookId,
    pub created_at_ms: u64,
}

/// A conversation or a run of which something is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    pub owner: UserId,
    pub is_run: bool,
    pub version: u64,
    pub through: u64,
    /// Of a conversation: its row of the catalogue.
    pub row: Option<Known>,
    pub hearers: Vec<Hearer>,
}

/// A conversation as the catalogue knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub title: String,
    pub model: String,
    pub created_at_ms: u64,
    pub deleted: bool,
}

/// How far everything is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// `None`: there is more of it.
    pub version: Option<u64>,
    pub through: u64,
    pub is_over: bool,
}

/// What goes with a row of the catalogue. The rows of the last statement say whether a message of the queue is wanted.
pub fn conversation_statements(job: &ProjectConversation) -> [Statement; 2] {
    let id = job.conversation_id.to_string();
    // Of what is meant to leave no trace nobody is told.
    let version = if job.details.temporary { 0 } else { job.version };
    statements("conversations", id, job.owner.to_string(), version, job.updated_at.0)
}

/// What goes with a row of the list of runs.
pub fn run_statements(owner: UserId, run: &RunSummary) -> [Statement; 2] {
    statements("runs", run.id.to_string(), owner.to_string(), run.last_seq, run.updated_at.0)
}

fn statements(table: &'static str, id: String, owner: String, version: u64, at_ms: u64) -> [Statement; 2] {
    // The row that this goes with knows whose it is, whatever a message says.
    let note = Statement {
        sql: format!(
            "INSERT INTO webhook_sources (id, owner, is_run, version, at_ms) SELECT ?1, ?2, ?3, ?4, ?5 \
             WHERE ?4 > 0 AND EXISTS (SELECT 1 FROM webhook_endpoints WHERE owner = ?2) \
             AND EXISTS (SELECT 1 FROM {table} WHERE id = ?1 AND owner = ?2) \
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, at_ms = excluded.at_ms \
             WHERE excluded.version > webhook_sources.version"
        ),
        values: vec![
            Value::Text(id.clone()),
            Value::Text(owner),
            Value::int((table == "runs").into()),
            Value::int(version),
            Value::int(at_ms),
        ],
    };
    let is_wanted = Statement {
        sql: "SELECT 1 FROM webhook_sources WHERE id = ?1 AND told < version".into(),
        values: vec![Value::Text(id)],
    };
    [note, is_wanted]
}

/// Statements for an owner who has left; their endpoints are objects, and go one by one.
pub fn left_statement(owner: &str) -> Statement {
    Statement { sql: "DELETE FROM webhook_sources WHERE owner = ?1".into(), values: vec![owner.into()] }
}

/// The list over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct WebhooksOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> WebhookList for WebhooksOver<D> {
    async fn add(&self, grant: Grant<Write, Own>, id: WebhookId, now_ms: u64) -> Result<bool, StoreError> {
        let add = Statement {
            sql: "INSERT INTO webhook_endpoints (id, owner, created_at_ms) SELECT ?1, ?2, ?3 \
                  WHERE (SELECT count(*) FROM webhook_endpoints WHERE owner = ?2) < ?4 ON CONFLICT (id) DO NOTHING"
                .into(),
            values: vec![
                Value::Text(id.to_string()),
                Value::Text(grant.of().0.to_string()),
                Value::int(now_ms),
                Value::int(MAX_ENDPOINTS),
            ],
        };
        let find = statement("SELECT id FROM webhook_endpoints WHERE id = ?1", vec![Value::Text(id.to_string())]);
        Ok(self.0.batch(vec![add, find]).await?.pop().is_some_and(|rows| !rows.is_empty()))
    }

    async fn list(&self, grant: Grant<Read, Own>) -> Result<Vec<Hearer>, StoreError> {
        let hearers = hearers(&Value::Text(grant.of().0.to_string()));
        Ok(self.0.batch(vec![hearers]).await?.pop().unwrap_or_default().into_iter().filter_map(hearer).collect())
    }

    async fn remove(&self, id: WebhookId) -> Result<(), StoreError> {
        let id = || vec![Value::Text(id.to_string())];
        let forget = "DELETE FROM webhook_sources WHERE owner = (SELECT owner FROM webhook_endpoints WHERE id = ?1) \
                      AND NOT EXISTS (SELECT 1 FROM webhook_endpoints WHERE owner = webhook_sources.owner AND id <> ?1)";
        let statements = vec![statement(forget, id()), statement("DELETE FROM webhook_endpoints WHERE id = ?1", id())];
        self.0.batch(statements).await.map(|_| ())
    }

    async fn left(&self, owner: &str, limit: u32) -> Result<Vec<WebhookId>, StoreError> {
        let sql = "SELECT id FROM webhook_endpoints WHERE owner = ?1 ORDER BY random() LIMIT ?2";
        let rows = self.0.batch(vec![statement(sql, vec![owner.into(), Value::int(limit.into())])]).await?;
        let first = |row: Columns| row.into_iter().next()?.into_text()?.parse().ok();
        Ok(rows.into_iter().flatten().filter_map(first).collect())
    }

    async fn untold(&self, source: &str) -> Result<Option<Untold>, StoreError> {
        let find = "SELECT webhook_sources.owner AS whose, is_run, webhook_sources.version AS newest, through, title, \
                    model, created_at_ms, deleted FROM webhook_sources \
                    LEFT JOIN conversations ON conversations.id = webhook_sources.id \
                    WHERE webhook_sources.id = ?1 AND told < webhook_sources.version";
        let hears = "SELECT id, created_at_ms FROM webhook_endpoints \
                     WHERE owner = (SELECT owner FROM webhook_sources WHERE id = ?1) ORDER BY created_at_ms, id";
        let statements = vec![statement(find, vec![source.into()]), statement(hears, vec![source.into()])];
        let mut rows = self.0.batch(statements).await?;
        let hearers: Vec<_> = rows.pop().unwrap_or_default().into_iter().filter_map(hearer).collect();
        let found = rows.pop().unwrap_or_default().into_iter().next();
        Ok(found.and_then(|row| untold(row, hearers)))
    }

    async fn told(&self, source: &str, told: Told) -> Result<(), StoreError> {
        let sql = "UPDATE webhook_sources SET told = max(told, ?2), through = max(through, ?3), \
                   is_over = max(is_over, ?4) WHERE id = ?1";
        let values = vec![
            source.into(),
            Value::int(told.version.unwrap_or(0)),
            Value::int(told.through),
            Value::int(told.is_over.into()),
        ];
        self.0.batch(vec![statement(sql, values)]).await.map(|_| ())
    }

    async fn late(&self, before_ms: u64, over_before_ms: u64, limit: u32) -> Result<Vec<String>, StoreError> {
        let forget = "DELETE FROM webhook_sources WHERE is_over = 1 AND told >= version AND at_ms < ?1";
        let late = "SELECT id FROM webhook_sources WHERE told < version AND at_ms < ?1 ORDER BY random() LIMIT ?2";
        let statements = vec![
            statement(forget, vec![Value::int(over_before_ms)]),
            statement(late, vec![Value::int(before_ms), Value::int(limit.into())]),
        ];
        let rows = self.0.batch(statements).await?.pop().unwrap_or_default();
        Ok(rows.into_iter().filter_map(|row| row.into_iter().next()?.into_text()).collect())
    }
}

fn statement(sql: &str, values: Vec<Value>) -> Statement {
    Statement { sql: sql.to_owned(), values }
}

fn hearers(owner: &Value) -> Statement {
    let sql = "SELECT id, created_at_ms FROM webhook_endpoints WHERE owner = ?1 ORDER BY created_at_ms, id";
    statement(sql, vec![owner.clone()])
}

fn hearer(row: Columns) -> Option<Hearer> {
    let mut row = row.into_iter();
    Some(Hearer { id: row.next()?.into_text()?.parse().ok()?, created_at_ms: row.next()?.as_u64()? })
}

fn untold(row: Columns, hearers: Vec<Hearer>) -> Option<Untold> {
    let mut row = row.into_iter();
    let owner = row.next()?.into_text()?.parse().ok()?;
    let (is_run, version, through) = (row.next()?.as_u64()? > 0, row.next()?.as_u64()?, row.next()?.as_u64()?);
    let title = row.next()?.into_text();
    let mut known = |title: String| {
        Some(Known {
            title,
            model: row.next()?.into_text()?,
            created_at_ms: row.next()?.as_u64()?,
            deleted: row.next()?.as_u64()? > 0,
        })
    };
    Some(Untold { owner, is_run, version, through, row: title.and_then(&mut known), hearers })
}
