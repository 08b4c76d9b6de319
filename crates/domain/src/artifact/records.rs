//! What is known of artifacts, in D1. A version and the file that is its content come to be in one transaction, and what a
//! version was the last to hold is given up in the one that takes it away.

use edgewise_protocol::{
    api::{Artifact, ArtifactKind, ArtifactVersion, Author},
    ids::{ArtifactId, AttachmentId, ConversationId, MessageId, OrganizationId, UserId},
    organization::{Owner, Place},
    timestamp::Timestamp,
};

use super::{MAX_ARTIFACTS, MAX_VERSIONS};
use crate::{
    access::{self, Delete, Grant, Read, Write},
    chat::send::StoreError,
    files::records::{Whole, settle_statement},
    ports::{Artifacts, Columns, Database, Statement, Value},
};

/// An artifact that is to come.
#[derive(Debug, Clone)]
pub struct New {
    pub id: ArtifactId,
    pub conversation: Option<ConversationId>,
    pub title: String,
    pub kind: ArtifactKind,
    pub language: Option<String>,
}

/// A version that is to come.
#[derive(Debug, Clone)]
pub struct NewVersion {
    pub content: Content,
    pub size: u64,
    /// Only on top of this one; `None`: of whichever is the newest.
    pub base: Option<u32>,
    pub author: Author,
    pub message: Option<MessageId>,
    /// Of the model's call that makes it, together with its conversation.
    pub call: Option<String>,
    pub now_ms: u64,
}

/// The file that is a version's content.
#[derive(Debug, Clone)]
pub enum Content {
    /// Its row is there. `is_stored`: its own object is, too; else it must share another's.
    New { file: AttachmentId, whole: Whole, is_stored: bool },
    /// That of a version that is kept.
    Of(u32),
}

/// What came of adding a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// The artifact as it is now, and the version that was made, now or by the same call before.
    Made(Record, u32),
    /// The owner has as many artifacts as may be.
    Full,
    /// Another version is the newest.
    Newer(Record),
    /// The content is not there: the object that it was to share went, or the version is not kept any more.
    NoContent,
    /// It was deleted, or its conversation was.
    Gone,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub id: ArtifactId,
    pub owner: Owner,
    pub organization: Option<OrganizationId>,
    pub creator: UserId,
    pub conversation: Option<ConversationId>,
    pub message: Option<MessageId>,
    pub title: String,
    pub kind: ArtifactKind,
    pub language: Option<String>,
    pub version: u32,
    pub size: u64,
    pub created_at_ms: u64,
    pub updated_at_ms: u64,
}

/// Where a content is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub object: String,
    /// In hexadecimal digits.
    pub sha256: String,
    pub size: u64,
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

    pub fn view(&self) -> Artifact {
        Artifact {
            id: self.id,
            conversation_id: self.conversation,
            message_id: self.message,
            project_id: match self.owner {
                Owner::Project(project) => Some(project),
                Owner::User(_) => None,
            },
            title: self.title.clone(),
            kind: self.kind,
            language: self.language.clone(),
            version: self.version,
            size_bytes: self.size,
            created_at: Timestamp(self.created_at_ms),
            updated_at: Timestamp(self.updated_at_ms),
        }
    }
}

const COLUMNS: &str = "id, owner, organization, creator, conversation, message, title, kind, language, version, size, \
                       created_at_ms, updated_at_ms";

/// Statements for a conversation that was deleted: what was made in it goes with it.
pub fn deleted_statements(conversation: ConversationId, owner: Owner) -> Vec<Statement> {
    let values = vec![Value::Text(conversation.to_string()), Value::Text(owner.to_string())];
    removal("conversation = ?1 AND owner = ?2", &values)
}

/// Statements for an owner who has left; their files go by themselves.
pub fn left_statements(owner: &str) -> Vec<Statement> {
    removal("owner = ?1", &[owner.into()])
}

/// Deletes artifacts with their versions, and gives their files up.
fn removal(which: &str, values: &[Value]) -> Vec<Statement> {
    let versions = format!("artifact IN (SELECT id FROM artifacts WHERE {which})");
    [
        format!(
            "UPDATE attachments SET status = 'gone' WHERE id IN (SELECT file FROM artifact_versions WHERE {versions})"
        ),
        format!("DELETE FROM artifact_versions WHERE {versions}"),
        format!("DELETE FROM artifacts WHERE {which}"),
    ]
    .map(|sql| Statement { sql, values: values.to_vec() })
    .into()
}

/// The rows over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct ArtifactsOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Artifacts for ArtifactsOver<D> {
    async fn add(&self, grant: Grant<Write>, new: &New, version: &NewVersion) -> Result<Added, StoreError> {
        let Content::New { file, whole, is_stored } = &version.content else { return Ok(Added::NoContent) };
        let place = grant.of().place;
        let (id, owner) = (Value::Text(new.id.to_string()), Value::Text(grant.of().owner().to_string()));
        let (key, call) = (Value::Text(file.to_string()), Value::from(version.call.clone()));
        let conversation = Value::from(new.conversation.map(|id| id.to_string()));
        let message = Value::from(version.message.map(|id| id.to_string()));
        let artifact = Statement {
            sql: format!(
                "INSERT INTO artifacts ({COLUMNS}) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10, ?11, ?11 \
                 WHERE EXISTS (SELECT 1 FROM attachments WHERE id = ?12 AND status = 'ready') \
                 AND NOT EXISTS (SELECT 1 FROM artifact_versions WHERE call = ?13) \
                 AND NOT EXISTS (SELECT 1 FROM conversations WHERE id = ?5 AND deleted = 1) \
                 AND (SELECT count(*) FROM artifacts WHERE owner = ?2) < ?14 ON CONFLICT (id) DO NOTHING"
            ),
            values: vec![
                id.clone(),
                owner.clone(),
                place.map(|place| place.organization.to_string()).into(),
                Value::Text(grant.by().to_string()),
                conversation.clone(),
                message.clone(),
                Value::Text(new.title.clone()),
                new.kind.name().into(),
                new.language.clone().into(),
                Value::int(version.size),
                Value::int(version.now_ms),
                key.clone(),
                call.clone(),
                Value::int(MAX_ARTIFACTS),
            ],
        };
        let first = Statement {
            sql: "INSERT INTO artifact_versions (artifact, version, file, size, author, message, call, created_at_ms) \
                  SELECT id, 1, ?2, ?3, ?4, ?5, ?6, ?7 FROM artifacts WHERE id = ?1 AND version = 1 \
                  ON CONFLICT DO NOTHING"
                .into(),
            values: vec![
                id.clone(),
                key.clone(),
                Value::int(version.size),
                version.author.name().into(),
                message,
                call.clone(),
                Value::int(version.now_ms),
            ],
        };
        let count = Statement {
            sql: "SELECT count(*) AS artifacts, (SELECT count(*) FROM conversations WHERE id = ?2 AND deleted = 1) AS \
                  gone FROM artifacts WHERE owner = ?1"
                .into(),
            values: vec![owner, conversation],
        };
        let settle = settle_statement(*file, whole, *is_stored);
        let statements = vec![settle, artifact, first, spare(&key), made(&id, &key, &call), count];
        let mut results = self.0.batch(statements).await?;
        let counts = results.pop().unwrap_or_default().into_iter().next().unwrap_or_default();
        if let Some((record, version)) = results.pop().unwrap_or_default().into_iter().find_map(read_made) {
            return Ok(Added::Made(record, version));
        }
        let number = |at: usize| counts.get(at).and_then(Value::as_u64).unwrap_or(0);
        Ok(match (number(0), number(1)) {
            (artifacts, _) if artifacts >= MAX_ARTIFACTS => Added::Full,
            (_, 1..) => Added::Gone,
            _ => Added::NoContent,
        })
    }

    async fn write(&self, _grant: Grant<Write>, id: ArtifactId, version: &NewVersion) -> Result<Added, StoreError> {
        let (key, call) = (Value::Text(id.to_string()), Value::from(version.call.clone()));
        let (mut statements, file) = match &version.content {
            Content::New { file, whole, is_stored } => {
                (vec![settle_statement(*file, whole, *is_stored)], Value::Text(file.to_string()))
            }
            Content::Of(kept) => match self.file_of(id, *kept).await? {
                Some(file) => (Vec::new(), Value::Text(file)),
                None => return Ok(Added::NoContent),
            },
        };
        statements.push(Statement {
            sql: "INSERT INTO artifact_versions (artifact, version, file, size, author, message, call, created_at_ms) \
                  SELECT id, version + 1, ?2, ?3, ?4, ?5, ?6, ?7 FROM artifacts WHERE id = ?1 \
                  AND version = coalesce(?8, version) \
                  AND EXISTS (SELECT 1 FROM attachments WHERE id = ?2 AND status = 'ready') \
                  AND NOT EXISTS (SELECT 1 FROM artifact_versions WHERE call = ?6)"
                .into(),
            values: vec![
                key.clone(),
                file.clone(),
                Value::int(version.size),
                version.author.name().into(),
                version.message.map(|id| id.to_string()).into(),
                call.clone(),
                Value::int(version.now_ms),
                version.base.map_or(Value::Null, |base| Value::int(base.into())),
            ],
        });
        statements.push(Statement {
            sql: "UPDATE artifacts SET version = version + 1, size = ?2, updated_at_ms = ?3 WHERE id = ?1 AND EXISTS \
                  (SELECT 1 FROM artifact_versions AS made WHERE made.artifact = ?1 \
                  AND made.version = artifacts.version + 1)"
                .into(),
            values: vec![key.clone(), Value::int(version.size), Value::int(version.now_ms)],
        });
        statements.extend(trim(&key));
        statements.push(spare(&file));
        statements.push(made(&key, &file, &call));
        let sql = format!("SELECT {COLUMNS} FROM artifacts WHERE id = ?1");
        statements.push(Statement { sql, values: vec![key] });
        let mut results = self.0.batch(statements).await?;
        let now = results.pop().unwrap_or_default().into_iter().find_map(read);
        let made = results.pop().unwrap_or_default().into_iter().find_map(read_made);
        Ok(match (made, now) {
            (_, None) => Added::Gone,
            (Some((record, version)), _) => Added::Made(record, version),
            (None, Some(record)) if version.base.is_some_and(|base| base != record.version) => Added::Newer(record),
            (None, Some(_)) => Added::NoContent,
        })
    }

    async fn find(&self, id: ArtifactId) -> Result<Option<Record>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM artifacts WHERE id = ?1");
        Ok(self.run(sql, vec![Value::Text(id.to_string())]).await?.into_iter().find_map(read))
    }

    async fn made_by(&self, call: &str) -> Result<Option<(Record, u32)>, StoreError> {
        let statement = made(&Value::Null, &Value::Null, &call.into());
        Ok(self.0.batch(vec![statement]).await?.pop().unwrap_or_default().into_iter().find_map(read_made))
    }

    async fn list(
        &self,
        grant: Grant<Read>,
        conversation: Option<ConversationId>,
        after: Option<(u64, ArtifactId)>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let mut sql = format!("SELECT {COLUMNS} FROM artifacts WHERE owner = ?1");
        let mut values = vec![Value::Text(grant.of().owner().to_string())];
        match conversation {
            Some(conversation) => {
                values.push(Value::Text(conversation.to_string()));
                sql.push_str(" AND conversation = ?2");
            }
            // What is in no list has nothing in a list.
            None => sql.push_str(
                " AND NOT EXISTS (SELECT 1 FROM conversations WHERE conversations.id = artifacts.conversation \
                 AND details ->> '$.temporary' = 1)",
            ),
        }
        if let Some((updated_at_ms, id)) = after {
            sql.push_str(&format!(" AND (updated_at_ms, id) < (?{}, ?{})", values.len() + 1, values.len() + 2));
            values.extend([Value::int(updated_at_ms), Value::Text(id.to_string())]);
        }
        sql.push_str(&format!(" ORDER BY updated_at_ms DESC, id DESC LIMIT ?{}", values.len() + 1));
        values.push(Value::int(u64::from(limit) + 1));
        Ok(self.run(sql, values).await?.into_iter().filter_map(read).collect())
    }

    async fn change(
        &self,
        _grant: Grant<Write>,
        id: ArtifactId,
        title: Option<&str>,
        language: Option<&str>,
        now_ms: u64,
    ) -> Result<Option<Record>, StoreError> {
        let key = Value::Text(id.to_string());
        let update = Statement {
            sql: "UPDATE artifacts SET title = coalesce(?2, title), language = nullif(coalesce(?3, language), ''), \
                  updated_at_ms = ?4 WHERE id = ?1 AND (?2 IS NOT NULL OR ?3 IS NOT NULL)"
                .into(),
            values: vec![
                key.clone(),
                title.map(str::to_owned).into(),
                language.map(str::to_owned).into(),
                Value::int(now_ms),
            ],
        };
        let look = Statement { sql: format!("SELECT {COLUMNS} FROM artifacts WHERE id = ?1"), values: vec![key] };
        Ok(self.0.batch(vec![update, look]).await?.pop().unwrap_or_default().into_iter().find_map(read))
    }

    async fn remove(&self, _grant: Grant<Delete>, id: ArtifactId) -> Result<(), StoreError> {
        self.0.batch(removal("id = ?1", &[Value::Text(id.to_string())])).await.map(|_| ())
    }

    async fn versions(&self, _grant: Grant<Read>, id: ArtifactId) -> Result<Vec<ArtifactVersion>, StoreError> {
        let sql = "SELECT version, size, created_at_ms, author, message, call FROM artifact_versions \
                   WHERE artifact = ?1 ORDER BY version DESC";
        let rows = self.run(sql.into(), vec![Value::Text(id.to_string())]).await?;
        Ok(rows.into_iter().filter_map(read_version).collect())
    }

    async fn stored(&self, _grant: Grant<Read>, id: ArtifactId, version: u32) -> Result<Option<Stored>, StoreError> {
        let sql = "SELECT object, sha256, attachments.size FROM artifact_versions JOIN attachments ON attachments.id = file \
                   WHERE artifact = ?1 AND version = ?2 AND status = 'ready'";
        let values = vec![Value::Text(id.to_string()), Value::int(version.into())];
        let read = |row: Columns| {
            let mut row = row.into_iter();
            let (object, sha256) = (row.next()?.into_text()?, row.next()?.into_text()?);
            Some(Stored { object, sha256, size: row.next()?.as_u64()? })
        };
        Ok(self.run(sql.into(), values).await?.into_iter().find_map(read))
    }
}

impl<D: Database> ArtifactsOver<D> {
    async fn run(&self, sql: String, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        Ok(self.0.batch(vec![Statement { sql, values }]).await?.pop().unwrap_or_default())
    }

    async fn file_of(&self, id: ArtifactId, version: u32) -> Result<Option<String>, StoreError> {
        let sql = "SELECT file FROM artifact_versions WHERE artifact = ?1 AND version = ?2";
        let rows = self.run(sql.into(), vec![Value::Text(id.to_string()), Value::int(version.into())]).await?;
        Ok(rows.into_iter().next().and_then(|row| row.into_iter().next()?.into_text()))
    }
}

/// The artifact and the version that a call has made; without a call, the newest, if it has this file.
fn made(id: &Value, file: &Value, call: &Value) -> Statement {
    let columns = COLUMNS.split(", ").map(|column| format!("held.{column}")).collect::<Vec<_>>().join(", ");
    let (which, values) = match call {
        Value::Null => {
            ("made.artifact = ?1 AND made.file = ?2 AND made.version = held.version", vec![id.clone(), file.clone()])
        }
        call => ("made.call = ?1", vec![call.clone()]),
    };
    Statement {
        sql: format!(
            "SELECT {columns}, made.version AS made_version FROM artifact_versions AS made JOIN artifacts AS held \
             ON held.id = made.artifact WHERE {which}"
        ),
        values,
    }
}

/// The oldest versions go when there are too many, and their files with them.
fn trim(id: &Value) -> [Statement; 2] {
    let last = "(SELECT version FROM artifacts WHERE id = ?1) - ?2";
    [
        format!(
            "UPDATE attachments SET status = 'gone' WHERE id IN (SELECT file FROM artifact_versions \
             WHERE artifact = ?1 AND version <= {last}) AND id NOT IN (SELECT file FROM artifact_versions \
             WHERE artifact = ?1 AND version > {last})"
        ),
        format!("DELETE FROM artifact_versions WHERE artifact = ?1 AND version <= {last}"),
    ]
    .map(|sql| Statement { sql, values: vec![id.clone(), Value::int(MAX_VERSIONS.into())] })
}

/// A file that no version has come to hold is given up.
fn spare(file: &Value) -> Statement {
    Statement {
        sql: "UPDATE attachments SET status = 'gone' WHERE id = ?1 AND status = 'ready' \
              AND NOT EXISTS (SELECT 1 FROM artifact_versions WHERE file = ?1)"
            .into(),
        values: vec![file.clone()],
    }
}

fn read(row: Columns) -> Option<Record> {
    read_from(&mut row.into_iter())
}

fn read_made(row: Columns) -> Option<(Record, u32)> {
    let mut row = row.into_iter();
    Some((read_from(&mut row)?, u32::try_from(row.next()?.as_u64()?).ok()?))
}

fn read_from(row: &mut impl Iterator<Item = Value>) -> Option<Record> {
    Some(Record {
        id: row.next()?.into_text()?.parse().ok()?,
        owner: row.next()?.into_text()?.parse().ok()?,
        organization: row.next()?.into_text().and_then(|id| id.parse().ok()),
        creator: row.next()?.into_text()?.parse().ok()?,
        conversation: row.next()?.into_text().and_then(|id| id.parse().ok()),
        message: row.next()?.into_text().and_then(|id| id.parse().ok()),
        title: row.next()?.into_text()?,
        kind: ArtifactKind::named(&row.next()?.into_text()?)?,
        language: row.next()?.into_text(),
        version: u32::try_from(row.next()?.as_u64()?).ok()?,
        size: row.next()?.as_u64()?,
        created_at_ms: row.next()?.as_u64()?,
        updated_at_ms: row.next()?.as_u64()?,
    })
}

fn read_version(row: Columns) -> Option<ArtifactVersion> {
    let mut row = row.into_iter();
    Some(ArtifactVersion {
        version: u32::try_from(row.next()?.as_u64()?).ok()?,
        size_bytes: row.next()?.as_u64()?,
        created_at: Timestamp(row.next()?.as_u64()?),
        author: if row.next()?.into_text()? == Author::Model.name() { Author::Model } else { Author::User },
        message_id: row.next()?.into_text().and_then(|id| id.parse().ok()),
        // Its conversation is before it.
        call_id: row.next()?.into_text().and_then(|call| Some(call.split_once('/')?.1.to_owned())),
    })
}
