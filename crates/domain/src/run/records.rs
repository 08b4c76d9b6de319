//! The list of runs, in D1: a row for each, brought up to date by version.

use edgewise_protocol::{
    ids::{RunId, UserId},
    run::{RunStatus, RunSummary},
    timestamp::Timestamp,
};

use crate::{
    access::{Grant, Own, Read},
    chat::send::StoreError,
    ports::{Columns, Database, RunList, RunQuery, Statement, Value},
};

const COLUMNS: &str =
    "id, agent, agent_version, agent_name, task, status, reason, version, created_at_ms, updated_at_ms";

/// Brings the row of one run up to date. An older summary than the row changes nothing.
pub fn project_statement(owner: UserId, run: &RunSummary) -> Statement {
    let reason = run.reason.and_then(|reason| serde_json::to_string(&reason).ok());
    Statement {
        sql: format!(
            "INSERT INTO runs (owner, {COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
             ON CONFLICT (id) DO UPDATE SET status = excluded.status, reason = excluded.reason, \
             version = excluded.version, updated_at_ms = excluded.updated_at_ms \
             WHERE excluded.version > runs.version AND excluded.owner = runs.owner"
        ),
        values: vec![
            Value::Text(owner.to_string()),
            Value::Text(run.id.to_string()),
            Value::Text(run.agent_id.to_string()),
            Value::int(run.agent_version.into()),
            Value::Text(run.agent_name.clone()),
            Value::Text(run.task.clone()),
            run.status.name().into(),
            reason.into(),
            Value::int(run.last_seq),
            Value::int(run.created_at.0),
            Value::int(run.updated_at.0),
        ],
    }
}

/// The list over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct RunsOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> RunList for RunsOver<D> {
    async fn list(&self, grant: Grant<Read, Own>, query: RunQuery) -> Result<Vec<RunSummary>, StoreError> {
        let mut sql = format!("SELECT {COLUMNS} FROM runs WHERE owner = ?1");
        let mut values = vec![Value::Text(grant.of().0.to_string())];
        if let Some((created_at_ms, id)) = query.after {
            sql.push_str(&format!(" AND (created_at_ms, id) < (?{}, ?{})", values.len() + 1, values.len() + 2));
            values.extend([Value::int(created_at_ms), Value::Text(id.to_string())]);
        }
        let agent = query.agent.map(|agent| ("agent", agent.to_string()));
        let status = query.status.map(|status| ("status", status.name().to_owned()));
        for (column, value) in agent.into_iter().chain(status) {
            values.push(Value::Text(value));
            sql.push_str(&format!(" AND {column} = ?{}", values.len()));
        }
        values.push(Value::int(u64::from(query.limit) + 1));
        sql.push_str(&format!(" ORDER BY created_at_ms DESC, id DESC LIMIT ?{}", values.len()));
        Ok(self.rows(sql, values).await?.into_iter().filter_map(read).collect())
    }

    async fn left(&self, owner: &str, limit: u32) -> Result<Vec<RunId>, StoreError> {
        let sql = "SELECT id FROM runs WHERE owner = ?1 ORDER BY random() LIMIT ?2".to_owned();
        let rows = self.rows(sql, vec![owner.into(), Value::int(limit.into())]).await?;
        Ok(rows.into_iter().filter_map(|row| row.into_iter().next()?.into_text()?.parse().ok()).collect())
    }

    async fn forget(&self, id: RunId) -> Result<(), StoreError> {
        self.rows("DELETE FROM runs WHERE id = ?1".into(), vec![Value::Text(id.to_string())]).await.map(|_| ())
    }
}

impl<D: Database> RunsOver<D> {
    async fn rows(&self, sql: String, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        Ok(self.0.batch(vec![Statement { sql, values }]).await?.pop().unwrap_or_default())
    }
}

fn read(row: Columns) -> Option<RunSummary> {
    let mut row = row.into_iter();
    Some(RunSummary {
        id: row.next()?.into_text()?.parse().ok()?,
        agent_id: row.next()?.into_text()?.parse().ok()?,
        agent_version: u32::try_from(row.next()?.as_u64()?).ok()?,
        agent_name: row.next()?.into_text()?,
        task: row.next()?.into_text()?,
        status: RunStatus::named(&row.next()?.into_text()?)?,
        reason: row.next()?.into_text().and_then(|reason| serde_json::from_str(&reason).ok()),
        last_seq: row.next()?.as_u64()?,
        created_at: Timestamp(row.next()?.as_u64()?),
        updated_at: Timestamp(row.next()?.as_u64()?),
    })
}
