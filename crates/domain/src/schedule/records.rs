//! What is known of schedules, in D1: a row for each.

use edgewise_protocol::{
    api::Schedule,
    ids::{AgentId, RunId, ScheduleId, UserId},
    schedule::ScheduleDefinition,
    timestamp::Timestamp,
};

use super::{MAX_SCHEDULES, SHOWN_TIMES, Times};
use crate::{
    access::{Delete, Grant, Own, Read, Write},
    chat::send::StoreError,
    ports::{Clock, Columns, Database, Schedules, Statement, Value},
};

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub id: ScheduleId,
    pub owner: UserId,
    pub agent: AgentId,
    pub definition: ScheduleDefinition,
    /// `None`: it is paused, or has no time left.
    pub next_ms: Option<u64>,
    pub last_ms: Option<u64>,
    pub last_run: Option<RunId>,
    pub error: Option<String>,
    pub created_at_ms: u64,
    pub updated_at_ms: u64,
}

/// A definition that was checked, and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub definition: ScheduleDefinition,
    pub next_ms: Option<u64>,
    pub at_ms: u64,
}

impl Change {
    pub fn new(definition: ScheduleDefinition, clock: &impl Clock, at_ms: u64) -> Self {
        let times = Times::of(&definition).ok().filter(|_| definition.enabled);
        Self { next_ms: times.and_then(|times| times.next(clock, at_ms)), definition, at_ms }
    }
}

impl Record {
    pub fn view(self, clock: &impl Clock) -> Schedule {
        let times = Times::of(&self.definition).ok();
        // The one that is due now is shown as long as it is.
        let after_ms = self.next_ms.map(|next_ms| next_ms.saturating_sub(1));
        let next = after_ms.zip(times).map(|(after_ms, times)| times.upcoming(clock, after_ms, SHOWN_TIMES));
        Schedule {
            id: self.id,
            agent_id: self.agent,
            definition: self.definition,
            next: next.unwrap_or_default().into_iter().map(Timestamp).collect(),
            last_run_id: self.last_run,
            last_at: self.last_ms.map(Timestamp),
            error: self.error,
            created_at: Timestamp(self.created_at_ms),
            updated_at: Timestamp(self.updated_at_ms),
        }
    }
}

/// Statements for a user who has left, or an agent that is gone.
pub fn left_statement(which: &str, value: &Value) -> Statement {
    Statement { sql: format!("DELETE FROM schedules WHERE {which} = ?1"), values: vec![value.clone()] }
}

const COLUMNS: &str = "id, owner, agent, definition, next_ms, last_ms, last_run, error, created_at_ms, updated_at_ms";

/// The rows over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct SchedulesOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Schedules for SchedulesOver<D> {
    async fn add(
        &self,
        grant: Grant<Write, Own>,
        id: ScheduleId,
        agent: AgentId,
        change: &Change,
    ) -> Result<Option<Record>, StoreError> {
        let owner = Value::Text(grant.of().0.to_string());
        let insert = Statement {
            sql: "INSERT INTO schedules (id, owner, agent, definition, next_ms, created_at_ms, updated_at_ms) \
                  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6 WHERE (SELECT count(*) FROM schedules WHERE owner = ?2) < ?7 \
                  ON CONFLICT DO NOTHING"
                .into(),
            values: [values(id, agent, &owner, change), vec![Value::int(MAX_SCHEDULES)]].concat(),
        };
        self.one(vec![insert, found(id, agent, owner)]).await
    }

    async fn list(&self, grant: Grant<Read, Own>, agent: AgentId) -> Result<Vec<Record>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM schedules WHERE owner = ?1 AND agent = ?2 ORDER BY created_at_ms, id");
        let values = vec![Value::Text(grant.of().0.to_string()), text(agent)];
        self.rows(vec![Statement { sql, values }]).await
    }

    async fn set(
        &self,
        grant: Grant<Write, Own>,
        agent: AgentId,
        id: ScheduleId,
        change: &Change,
    ) -> Result<Option<Record>, StoreError> {
        let owner = Value::Text(grant.of().0.to_string());
        let update = Statement {
            sql: "UPDATE schedules SET definition = ?4, next_ms = ?5, error = NULL, updated_at_ms = ?6 \
                  WHERE id = ?1 AND owner = ?2 AND agent = ?3"
                .into(),
            values: values(id, agent, &owner, change),
        };
        self.one(vec![update, found(id, agent, owner)]).await
    }

    async fn remove(&self, grant: Grant<Delete, Own>, agent: AgentId, id: ScheduleId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM schedules WHERE id = ?1 AND owner = ?2 AND agent = ?3 RETURNING id";
        let values = vec![text(id), Value::Text(grant.of().0.to_string()), text(agent)];
        Ok(!self.last(vec![Statement { sql: sql.into(), values }]).await?.is_empty())
    }

    async fn due(&self, now_ms: u64, limit: u32) -> Result<Vec<Record>, StoreError> {
        // At random: one that always fails holds nobody up.
        let sql = format!(
            "SELECT {COLUMNS} FROM schedules WHERE next_ms <= ?1 \
             AND NOT EXISTS (SELECT 1 FROM users WHERE users.id = schedules.owner AND banned = 1) \
             AND NOT EXISTS (SELECT 1 FROM erasures WHERE erasures.owner = schedules.owner) \
             ORDER BY random() LIMIT ?2"
        );
        self.rows(vec![Statement { sql, values: vec![Value::int(now_ms), Value::int(limit.into())] }]).await
    }

    async fn fired(&self, record: &Record, run: RunId, next_ms: Option<u64>) -> Result<(), StoreError> {
        let sql = "UPDATE schedules SET last_ms = next_ms, last_run = ?3, next_ms = ?4 WHERE id = ?1 AND next_ms = ?2";
        let values = vec![text(record.id), int(record.next_ms), text(run), int(next_ms)];
        self.last(vec![Statement { sql: sql.into(), values }]).await.map(|_| ())
    }

    async fn pause(&self, record: &Record, error: &str) -> Result<(), StoreError> {
        let sql = "UPDATE schedules SET next_ms = NULL, error = ?3 WHERE id = ?1 AND next_ms = ?2";
        let values = vec![text(record.id), int(record.next_ms), error.into()];
        self.last(vec![Statement { sql: sql.into(), values }]).await.map(|_| ())
    }
}

impl<D: Database> SchedulesOver<D> {
    /// What the last statement gives.
    async fn last(&self, statements: Vec<Statement>) -> Result<Vec<Columns>, StoreError> {
        Ok(self.0.batch(statements).await?.pop().unwrap_or_default())
    }

    async fn rows(&self, statements: Vec<Statement>) -> Result<Vec<Record>, StoreError> {
        Ok(self.last(statements).await?.into_iter().filter_map(read).collect())
    }

    async fn one(&self, statements: Vec<Statement>) -> Result<Option<Record>, StoreError> {
        Ok(self.rows(statements).await?.into_iter().next())
    }
}

/// Of a schedule that is written, in the order of both statements.
fn values(id: ScheduleId, agent: AgentId, owner: &Value, change: &Change) -> Vec<Value> {
    let (definition, next) = (json(&change.definition), int(change.next_ms));
    vec![text(id), owner.clone(), text(agent), definition, next, Value::int(change.at_ms)]
}

fn found(id: ScheduleId, agent: AgentId, owner: Value) -> Statement {
    let sql = format!("SELECT {COLUMNS} FROM schedules WHERE id = ?1 AND owner = ?2 AND agent = ?3");
    Statement { sql, values: vec![text(id), owner, text(agent)] }
}

fn text(id: impl ToString) -> Value {
    Value::Text(id.to_string())
}

fn json(definition: &ScheduleDefinition) -> Value {
    Value::Text(serde_json::to_string(definition).unwrap_or_default())
}

fn int(at_ms: Option<u64>) -> Value {
    at_ms.map_or(Value::Null, Value::int)
}

fn read(row: Columns) -> Option<Record> {
    let mut row = row.into_iter();
    Some(Record {
        id: row.next()?.into_text()?.parse().ok()?,
        owner: row.next()?.into_text()?.parse().ok()?,
        agent: row.next()?.into_text()?.parse().ok()?,
        definition: serde_json::from_str(&row.next()?.into_text()?).ok()?,
        next_ms: row.next()?.as_u64(),
        last_ms: row.next()?.as_u64(),
        last_run: row.next()?.into_text().and_then(|run| run.parse().ok()),
        error: row.next()?.into_text(),
        created_at_ms: row.next()?.as_u64()?,
        updated_at_ms: row.next()?.as_u64()?,
    })
}
