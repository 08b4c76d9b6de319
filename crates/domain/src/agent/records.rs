//! What is known of agents, in D1: a row for each, and one for each version.

use edgewise_protocol::{
    agent::AgentDefinition,
    api::{Agent, AgentVersion},
    ids::{AgentId, OrganizationId, UserId},
    organization::{Owner, Place},
    timestamp::Timestamp,
};

use super::{MAX_AGENTS, MAX_VERSIONS};
use crate::{
    access::{self, Delete, Grant, Read, Write},
    chat::send::StoreError,
    ports::{Agents, Columns, Database, Statement, Value},
    schedule::records as schedule,
};

/// A row, with one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub id: AgentId,
    pub owner: Owner,
    pub organization: Option<OrganizationId>,
    pub creator: UserId,
    /// The newest.
    pub newest: u32,
    /// Whose definition it is.
    pub version: u32,
    pub definition: AgentDefinition,
    pub created_at_ms: u64,
    pub updated_at_ms: u64,
}

/// What became of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    Kept(Box<Record>),
    /// Somebody else has made another meanwhile.
    Newer,
    Gone,
}

impl Record {
    /// What it is to `authorize`: as a conversation in the same place.
    pub fn resource(&self) -> access::Conversation {
        let place = match (self.owner, self.organization) {
            (Owner::Project(project), Some(organization)) => Some(Place { project, organization }),
            _ => None,
        };
        access::Conversation { creator: self.creator, place }
    }

    pub fn view(self) -> Agent {
        Agent {
            id: self.id,
            project_id: match self.owner {
                Owner::Project(project) => Some(project),
                Owner::User(_) => None,
            },
            version: self.version,
            definition: self.definition,
            created_at: Timestamp(self.created_at_ms),
            updated_at: Timestamp(self.updated_at_ms),
        }
    }
}

/// Statements for an owner who has left.
pub fn left_statements(owner: &str) -> Vec<Statement> {
    let mut statements = removal("owner = ?1", &owner.into());
    statements.push(schedule::left_statement("owner", &owner.into()));
    statements
}

fn removal(which: &str, value: &Value) -> Vec<Statement> {
    [
        format!("DELETE FROM agent_versions WHERE agent IN (SELECT id FROM agents WHERE {which})"),
        format!("DELETE FROM agents WHERE {which}"),
    ]
    .map(|sql| Statement { sql, values: vec![value.clone()] })
    .into()
}

const COLUMNS: &str = "agents.id, owner, organization, creator, agents.version AS newest, made.version, made.definition, \
                       agents.created_at_ms, agents.updated_at_ms";
const JOINED: &str = "agents JOIN agent_versions AS made ON made.agent = agents.id";

/// The rows over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct AgentsOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Agents for AgentsOver<D> {
    async fn add(
        &self,
        grant: Grant<Write>,
        id: AgentId,
        definition: &AgentDefinition,
        now_ms: u64,
    ) -> Result<Option<Record>, StoreError> {
        let agent = Statement {
            sql: "INSERT INTO agents (id, owner, organization, creator, version, created_at_ms, updated_at_ms) \
                  SELECT ?1, ?2, ?3, ?4, 1, ?5, ?5 WHERE (SELECT count(*) FROM agents WHERE owner = ?2) < ?6 \
                  ON CONFLICT DO NOTHING"
                .into(),
            values: vec![
                text(id),
                Value::Text(grant.of().owner().to_string()),
                grant.of().place.map(|place| place.organization.to_string()).into(),
                Value::Text(grant.by().to_string()),
                Value::int(now_ms),
                Value::int(MAX_AGENTS),
            ],
        };
        let first = Statement {
            sql: "INSERT INTO agent_versions (agent, version, definition, created_at_ms) \
                  SELECT id, 1, ?2, ?3 FROM agents WHERE id = ?1 AND version = 1 ON CONFLICT DO NOTHING"
                .into(),
            values: vec![text(id), json(definition), Value::int(now_ms)],
        };
        Ok(self.last(vec![agent, first, newest(id)]).await?.into_iter().find_map(read))
    }

    async fn find(&self, id: AgentId, version: Option<u32>) -> Result<Option<Record>, StoreError> {
        let look = match version {
            None => newest(id),
            Some(version) => Statement {
                sql: format!("SELECT {COLUMNS} FROM {JOINED} WHERE agents.id = ?1 AND made.version = ?2"),
                values: vec![text(id), Value::int(version.into())],
            },
        };
        Ok(self.last(vec![look]).await?.into_iter().find_map(read))
    }

    async fn list(
        &self,
        grant: Grant<Read>,
        after: Option<(u64, AgentId)>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let mut values = vec![Value::Text(grant.of().owner().to_string()), Value::int(u64::from(limit) + 1)];
        let mut from = "";
        if let Some((updated_at_ms, id)) = after {
            from = "AND (agents.updated_at_ms, agents.id) < (?3, ?4)";
            values.extend([Value::int(updated_at_ms), text(id)]);
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM {JOINED} AND made.version = agents.version WHERE owner = ?1 {from} \
             ORDER BY agents.updated_at_ms DESC, agents.id DESC LIMIT ?2"
        );
        Ok(self.last(vec![Statement { sql, values }]).await?.into_iter().filter_map(read).collect())
    }

    async fn write(
        &self,
        _grant: Grant<Write>,
        base: &Record,
        definition: &AgentDefinition,
        now_ms: u64,
    ) -> Result<Kept, StoreError> {
        let next = u64::from(base.newest) + 1;
        let id = text(base.id);
        let insert = Statement {
            sql: "INSERT INTO agent_versions (agent, version, definition, created_at_ms) \
                  SELECT agent, ?2, ?3, ?4 FROM agent_versions WHERE agent = ?1 AND version = ?2 - 1 \
                  AND definition <> ?3 AND ?2 - 1 = (SELECT version FROM agents WHERE id = ?1) ON CONFLICT DO NOTHING"
                .into(),
            values: vec![id.clone(), Value::int(next), json(definition), Value::int(now_ms)],
        };
        let update = Statement {
            sql: "UPDATE agents SET version = ?2, updated_at_ms = ?3 WHERE id = ?1 AND version = ?2 - 1 \
                  AND EXISTS (SELECT 1 FROM agent_versions WHERE agent = ?1 AND version = ?2)"
                .into(),
            values: vec![id.clone(), Value::int(next), Value::int(now_ms)],
        };
        let trim = Statement {
            sql: "DELETE FROM agent_versions WHERE agent = ?1 \
                  AND version <= (SELECT version FROM agents WHERE id = ?1) - ?2"
                .into(),
            values: vec![id, Value::int(MAX_VERSIONS.into())],
        };
        let found = self.last(vec![insert, update, trim, newest(base.id)]).await?.into_iter().find_map(read);
        Ok(match found {
            None => Kept::Gone,
            Some(record) if record.definition == *definition => Kept::Kept(Box::new(record)),
            Some(_) => Kept::Newer,
        })
    }

    async fn versions(&self, _grant: Grant<Read>, id: AgentId) -> Result<Vec<AgentVersion>, StoreError> {
        let sql = "SELECT version, definition ->> '$.name', created_at_ms FROM agent_versions WHERE agent = ?1 \
                   ORDER BY version DESC";
        let rows = self.last(vec![Statement { sql: sql.into(), values: vec![text(id)] }]).await?;
        Ok(rows.into_iter().filter_map(read_version).collect())
    }

    async fn remove(&self, _grant: Grant<Delete>, id: AgentId) -> Result<(), StoreError> {
        let mut statements = removal("id = ?1", &text(id));
        statements.push(schedule::left_statement("agent", &text(id)));
        self.0.batch(statements).await.map(|_| ())
    }
}

impl<D: Database> AgentsOver<D> {
    /// What the last statement gives.
    async fn last(&self, statements: Vec<Statement>) -> Result<Vec<Columns>, StoreError> {
        Ok(self.0.batch(statements).await?.pop().unwrap_or_default())
    }
}

fn text(id: AgentId) -> Value {
    Value::Text(id.to_string())
}

fn json(definition: &AgentDefinition) -> Value {
    Value::Text(serde_json::to_string(definition).unwrap_or_default())
}

fn newest(id: AgentId) -> Statement {
    let sql = format!("SELECT {COLUMNS} FROM {JOINED} AND made.version = agents.version WHERE agents.id = ?1");
    Statement { sql, values: vec![text(id)] }
}

fn read(row: Columns) -> Option<Record> {
    let mut row = row.into_iter();
    Some(Record {
        id: row.next()?.into_text()?.parse().ok()?,
        owner: row.next()?.into_text()?.parse().ok()?,
        organization: row.next()?.into_text().and_then(|id| id.parse().ok()),
        creator: row.next()?.into_text()?.parse().ok()?,
        newest: u32::try_from(row.next()?.as_u64()?).ok()?,
        version: u32::try_from(row.next()?.as_u64()?).ok()?,
        definition: serde_json::from_str(&row.next()?.into_text()?).ok()?,
        created_at_ms: row.next()?.as_u64()?,
        updated_at_ms: row.next()?.as_u64()?,
    })
}

fn read_version(row: Columns) -> Option<AgentVersion> {
    let mut row = row.into_iter();
    Some(AgentVersion {
        version: u32::try_from(row.next()?.as_u64()?).ok()?,
        name: row.next()?.into_text()?,
        created_at: Timestamp(row.next()?.as_u64()?),
    })
}
