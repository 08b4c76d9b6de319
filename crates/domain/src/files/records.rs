//! What is known of files, in D1.

use edgewise_protocol::{
    api::{Attachment, AttachmentStatus, UploadProgress},
    attachment::Attached,
    ids::{AttachmentId, ConversationId, OrganizationId, UserId},
    organization::{Owner, Place},
    timestamp::Timestamp,
};

use super::{MAX_PENDING, PART_BYTES, inspect::Seen};
use crate::{
    access::{self, Delete, Grant, Write},
    chat::send::StoreError,
    ports::{Attachments, Columns, Database, Statement, Value},
};

/// All keys of objects begin so.
pub const PREFIX: &str = "files/";
/// Behind the key of an object is that of its text.
const TEXT: &str = ".text";

/// A file that is to come.
#[derive(Debug, Clone)]
pub struct New {
    pub id: AttachmentId,
    pub name: String,
    /// As it was declared.
    pub media_type: String,
    /// As it was declared; 0: nobody knows yet.
    pub size: u64,
    pub created_at_ms: u64,
}

/// What is known of a file that is whole.
#[derive(Debug, Clone)]
pub struct Whole {
    pub seen: Seen,
    pub text_bytes: u64,
    pub text_note: Option<String>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub id: AttachmentId,
    pub owner: Owner,
    pub organization: Option<OrganizationId>,
    pub creator: UserId,
    pub name: String,
    pub media_type: String,
    pub size: u64,
    pub is_ready: bool,
    pub object: String,
    pub upload: Option<String>,
    pub sha256: Option<String>,
    pub text_bytes: u64,
    pub text_note: Option<String>,
    pub created_at_ms: u64,
}

/// The key of an object's text.
pub fn text_key(object: &str) -> String {
    format!("{object}{TEXT}")
}

/// The object that a key belongs to: its own, or that of its text.
pub fn object_of(key: &str) -> &str {
    key.strip_suffix(TEXT).unwrap_or(key)
}

impl Record {
    /// A file that has no bytes yet, for whom `grant` was given.
    pub fn begun(grant: Grant<Write>, new: &New) -> Self {
        let resource = grant.of();
        let place = resource.place;
        Self {
            id: new.id,
            owner: resource.owner(),
            organization: place.map(|place| place.organization),
            creator: grant.by(),
            name: new.name.clone(),
            media_type: new.media_type.clone(),
            size: new.size,
            is_ready: false,
            object: format!("{PREFIX}{}/{}", tenant(grant), new.id),
            upload: None,
            sha256: None,
            text_bytes: 0,
            text_note: None,
            created_at_ms: new.created_at_ms,
        }
    }

    /// What it is to `authorize`: as a conversation in the same place.
    pub fn resource(&self) -> access::Conversation {
        let place = match (self.owner, self.organization) {
            (Owner::Project(project), Some(organization)) => Some(Place { project, organization }),
            _ => None,
        };
        access::Conversation { creator: self.creator, place }
    }

    /// The key under which its own bytes are, or would be if nobody had the same.
    pub fn own_key(&self) -> String {
        let folder = self.object.rsplit_once('/').map_or(PREFIX, |(folder, _)| folder);
        format!("{folder}/{}", self.id)
    }

    pub const fn part_count(&self) -> u64 {
        self.size.div_ceil(PART_BYTES)
    }

    /// The length of a part, counted from 1; `None`: there is none.
    pub fn part_bytes(&self, number: u64) -> Option<u64> {
        let from = number.checked_sub(1)?.checked_mul(PART_BYTES)?;
        self.size.checked_sub(from).filter(|left| *left > 0).map(|left| left.min(PART_BYTES))
    }

    /// As its owner sees it; `parts` are those that are there.
    pub fn view(&self, parts: Option<Vec<u32>>) -> Attachment {
        Attachment {
            id: self.id,
            name: self.name.clone(),
            media_type: self.media_type.clone(),
            size: self.size,
            status: if self.is_ready { AttachmentStatus::Ready } else { AttachmentStatus::Pending },
            sha256: self.sha256.clone(),
            text_bytes: Some(self.text_bytes).filter(|bytes| *bytes > 0),
            text_note: self.text_note.clone(),
            scanned: false,
            project_id: match self.owner {
                Owner::Project(project) => Some(project),
                Owner::User(_) => None,
            },
            upload: parts.filter(|_| !self.is_ready).map(|parts| UploadProgress {
                part_bytes: PART_BYTES,
                part_count: u32::try_from(self.part_count()).unwrap_or(u32::MAX),
                parts,
            }),
            created_at: Timestamp(self.created_at_ms),
        }
    }

    /// As a message holds it.
    pub fn attached(&self) -> Attached {
        Attached {
            id: self.id,
            name: self.name.clone(),
            media_type: self.media_type.clone(),
            size: self.size,
            object: self.object.clone(),
            text_bytes: self.text_bytes,
        }
    }
}

fn tenant(grant: Grant<Write>) -> String {
    grant.of().place.map_or_else(|| grant.by().to_string(), |place| place.organization.to_string())
}

const COLUMNS: &str = "id, owner, organization, creator, name, media_type, size, status, object, upload, sha256, \
                       text_bytes, text_note, created_at_ms";

/// Statements for a conversation that was deleted: what its owner has and no other conversation holds goes with it. Who
/// may see a file may send it in a conversation of their own, which takes nothing from others when it is deleted.
pub fn deleted_statements(conversation: ConversationId, owner: Owner) -> Vec<Statement> {
    unused_statements(conversation, owner, None)
}

/// The same of some of its files; without `ids` of all.
fn unused_statements(conversation: ConversationId, owner: Owner, ids: Option<&[AttachmentId]>) -> Vec<Statement> {
    let id = Value::Text(conversation.to_string());
    let chosen = if ids.is_some() { " AND attachment IN (SELECT value FROM json_each(?3))" } else { "" };
    let list = ids.map(|ids| Value::Text(serde_json::to_string(ids).unwrap_or_default()));
    let values = |second: Value| [id.clone(), second].into_iter().chain(list.clone()).collect();
    vec![
        Statement {
            sql: format!(
                "UPDATE attachments SET status = 'gone' WHERE owner = ?2 AND id IN (SELECT attachment FROM \
                 attachment_uses AS used WHERE conversation = ?1{chosen} AND NOT EXISTS (SELECT 1 FROM \
                 attachment_uses AS other WHERE other.attachment = used.attachment AND other.conversation <> ?1))"
            ),
            values: values(Value::Text(owner.to_string())),
        },
        Statement {
            sql: format!("DELETE FROM attachment_uses WHERE conversation = ?1 AND ?2 = 1{chosen}"),
            values: values(Value::int(1)),
        },
    ]
}

/// A statement for an owner who has left.
pub fn left_statement(owner: &str) -> Statement {
    Statement {
        sql: "UPDATE attachments SET status = 'gone' WHERE owner = ?1 AND status <> 'gone'".into(),
        values: vec![owner.into()],
    }
}

/// A file is whole. Where its tenant has the same content already, it shares that object; `is_stored`: its own is there.
pub fn settle_statement(id: AttachmentId, whole: &Whole, is_stored: bool) -> Statement {
    let same = "(SELECT same.object FROM attachments AS same WHERE same.tenant = attachments.tenant \
                AND same.sha256 = ?2 AND same.media_type = ?3 AND same.status = 'ready' LIMIT 1)";
    Statement {
        sql: format!(
            "UPDATE attachments SET object = coalesce({same}, object), status = 'ready', sha256 = ?2, \
             media_type = ?3, size = ?4, text_bytes = ?5, text_note = ?6, upload = NULL \
             WHERE id = ?1 AND status = 'pending' AND (?7 = 1 OR {same} IS NOT NULL)"
        ),
        values: vec![
            Value::Text(id.to_string()),
            Value::Text(whole.seen.sha256.clone()),
            Value::Text(whole.seen.media_type.clone()),
            Value::int(whole.seen.size),
            Value::int(whole.text_bytes),
            whole.text_note.clone().into(),
            Value::int(is_stored.into()),
        ],
    }
}

/// The rows over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct AttachmentsOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Attachments for AttachmentsOver<D> {
    async fn begin(&self, grant: Grant<Write>, new: &New) -> Result<bool, StoreError> {
        let record = Record::begun(grant, new);
        let id = Value::Text(record.id.to_string());
        let insert = Statement {
            sql: "INSERT INTO attachments (id, owner, organization, creator, tenant, name, media_type, size, status, \
                  object, created_at_ms) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'pending', ?9, ?10 WHERE \
                  (SELECT count(*) FROM attachments WHERE creator = ?4 AND status = 'pending') < ?11 \
                  ON CONFLICT (id) DO NOTHING"
                .into(),
            values: vec![
                id.clone(),
                Value::Text(record.owner.to_string()),
                record.organization.map(|organization| organization.to_string()).into(),
                Value::Text(record.creator.to_string()),
                Value::Text(tenant(grant)),
                Value::Text(record.name),
                Value::Text(record.media_type),
                Value::int(record.size),
                Value::Text(record.object),
                Value::int(record.created_at_ms),
                Value::int(MAX_PENDING),
            ],
        };
        let look = Statement { sql: "SELECT 1 AS there FROM attachments WHERE id = ?1".into(), values: vec![id] };
        Ok(self.0.batch(vec![insert, look]).await?.pop().is_some_and(|rows| !rows.is_empty()))
    }

    async fn find(&self, ids: &[AttachmentId]) -> Result<Vec<Record>, StoreError> {
        let holes = (1..=ids.len()).map(|at| format!("?{at}")).collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT {COLUMNS} FROM attachments WHERE id IN ({holes}) AND status <> 'gone'");
        self.records(sql, ids.iter().map(|id| Value::Text(id.to_string())).collect()).await
    }

    async fn upload_begun(&self, id: AttachmentId, upload: &str) -> Result<(), StoreError> {
        let sql = "UPDATE attachments SET upload = ?2 WHERE id = ?1";
        self.run(sql, vec![Value::Text(id.to_string()), upload.into()]).await.map(|_| ())
    }

    async fn part(&self, id: AttachmentId, number: u32, etag: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO attachment_parts (attachment, number, etag) SELECT ?1, ?2, ?3 WHERE EXISTS \
                   (SELECT 1 FROM attachments WHERE id = ?1 AND status = 'pending') \
                   ON CONFLICT (attachment, number) DO UPDATE SET etag = excluded.etag";
        let values = vec![Value::Text(id.to_string()), Value::int(number.into()), etag.into()];
        self.run(sql, values).await.map(|_| ())
    }

    async fn parts(&self, id: AttachmentId) -> Result<Vec<(u32, String)>, StoreError> {
        let sql = "SELECT number, etag FROM attachment_parts WHERE attachment = ?1 ORDER BY number";
        let read = |row: Columns| {
            let mut row = row.into_iter();
            Some((u32::try_from(row.next()?.as_u64()?).ok()?, row.next()?.into_text()?))
        };
        Ok(self.run(sql, vec![Value::Text(id.to_string())]).await?.into_iter().filter_map(read).collect())
    }

    async fn same(&self, record: &Record, seen: &Seen) -> Result<Option<Record>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM attachments WHERE tenant = (SELECT tenant FROM attachments WHERE id = ?1) \
             AND sha256 = ?2 AND media_type = ?3 AND status = 'ready' LIMIT 1"
        );
        let values = vec![
            Value::Text(record.id.to_string()),
            Value::Text(seen.sha256.clone()),
            Value::Text(seen.media_type.clone()),
        ];
        let found = self.records(sql, values).await?;
        Ok(found.into_iter().next())
    }

    async fn settle(&self, id: AttachmentId, whole: &Whole, is_stored: bool) -> Result<Option<Record>, StoreError> {
        let key = Value::Text(id.to_string());
        let update = settle_statement(id, whole, is_stored);
        let parts = Statement {
            sql: "DELETE FROM attachment_parts WHERE attachment = ?1 AND EXISTS \
                  (SELECT 1 FROM attachments WHERE id = ?1 AND status = 'ready')"
                .into(),
            values: vec![key.clone()],
        };
        let sql = format!("SELECT {COLUMNS} FROM attachments WHERE id = ?1 AND status = 'ready'");
        let look = Statement { sql, values: vec![key] };
        let rows = self.0.batch(vec![update, parts, look]).await?.pop().unwrap_or_default();
        Ok(rows.into_iter().find_map(read))
    }

    async fn remove(&self, _grant: Grant<Delete>, id: AttachmentId) -> Result<(), StoreError> {
        self.give_up(id).await
    }

    async fn give_up(&self, id: AttachmentId) -> Result<(), StoreError> {
        let sql = "UPDATE attachments SET status = 'gone' WHERE id = ?1";
        self.run(sql, vec![Value::Text(id.to_string())]).await.map(|_| ())
    }

    async fn used(&self, conversation: ConversationId, ids: &[AttachmentId]) -> Result<(), StoreError> {
        let statement = |id: &AttachmentId| Statement {
            sql: "INSERT INTO attachment_uses (conversation, attachment) VALUES (?1, ?2) ON CONFLICT DO NOTHING".into(),
            values: vec![Value::Text(conversation.to_string()), Value::Text(id.to_string())],
        };
        self.0.batch(ids.iter().map(statement).collect()).await.map(|_| ())
    }

    async fn gone(&self, pending_before_ms: u64, limit: u32) -> Result<Vec<Record>, StoreError> {
        let give_up = Statement {
            sql: "UPDATE attachments SET status = 'gone' WHERE status = 'pending' AND created_at_ms < ?1".into(),
            values: vec![Value::int(pending_before_ms)],
        };
        // In any order: one that fails each time must not keep the others waiting.
        let sql = format!("SELECT {COLUMNS} FROM attachments WHERE status = 'gone' ORDER BY random() LIMIT ?1");
        let look = Statement { sql, values: vec![Value::int(limit.into())] };
        let rows = self.0.batch(vec![give_up, look]).await?.pop().unwrap_or_default();
        Ok(rows.into_iter().filter_map(read).collect())
    }

    async fn is_held(&self, object: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 AS held FROM attachments WHERE object = ?1 AND status <> 'gone' LIMIT 1";
        Ok(!self.run(sql, vec![object.into()]).await?.is_empty())
    }

    async fn forget(&self, id: AttachmentId) -> Result<(), StoreError> {
        let statement = |sql: &str| Statement { sql: sql.into(), values: vec![Value::Text(id.to_string())] };
        let statements = vec![
            statement("DELETE FROM attachment_parts WHERE attachment = ?1"),
            statement("DELETE FROM attachment_uses WHERE attachment = ?1"),
            statement("DELETE FROM attachments WHERE id = ?1 AND status = 'gone'"),
        ];
        self.0.batch(statements).await.map(|_| ())
    }

    async fn unused(&self, conversation: ConversationId, owner: Owner, ids: &[AttachmentId]) -> Result<(), StoreError> {
        self.0.batch(unused_statements(conversation, owner, Some(ids))).await.map(|_| ())
    }

    async fn known(&self, objects: &[String]) -> Result<Vec<String>, StoreError> {
        let holes = (1..=objects.len()).map(|at| format!("?{at}")).collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT DISTINCT object FROM attachments WHERE object IN ({holes})");
        let rows = self.run(&sql, objects.iter().map(|object| Value::Text(object.clone())).collect()).await?;
        Ok(rows.into_iter().filter_map(|row| row.into_iter().next()?.into_text()).collect())
    }

    async fn whole_after(&self, after: &str, limit: u32) -> Result<Vec<Record>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM attachments WHERE id > ?1 AND status = 'ready' ORDER BY id LIMIT ?2");
        self.records(sql, vec![after.into(), Value::int(limit.into())]).await
    }

    async fn position(&self, name: &str) -> Result<String, StoreError> {
        let rows = self.run("SELECT position FROM sweeps WHERE name = ?1", vec![name.into()]).await?;
        Ok(rows.into_iter().next().and_then(|row| row.into_iter().next()?.into_text()).unwrap_or_default())
    }

    async fn set_position(&self, name: &str, position: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO sweeps (name, position) VALUES (?1, ?2) \
                   ON CONFLICT (name) DO UPDATE SET position = excluded.position";
        self.run(sql, vec![name.into(), position.into()]).await.map(|_| ())
    }
}

impl<D: Database> AttachmentsOver<D> {
    async fn run(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        Ok(self.0.batch(vec![Statement { sql: sql.into(), values }]).await?.pop().unwrap_or_default())
    }

    async fn records(&self, sql: String, values: Vec<Value>) -> Result<Vec<Record>, StoreError> {
        Ok(self.run(&sql, values).await?.into_iter().filter_map(read).collect())
    }
}

fn read(row: Columns) -> Option<Record> {
    let mut row = row.into_iter();
    Some(Record {
        id: row.next()?.into_text()?.parse().ok()?,
        owner: row.next()?.into_text()?.parse().ok()?,
        organization: row.next()?.into_text().and_then(|id| id.parse().ok()),
        creator: row.next()?.into_text()?.parse().ok()?,
        name: row.next()?.into_text()?,
        media_type: row.next()?.into_text()?,
        size: row.next()?.as_u64()?,
        is_ready: row.next()?.into_text()? == "ready",
        object: row.next()?.into_text()?,
        upload: row.next()?.into_text(),
        sha256: row.next()?.into_text(),
        text_bytes: row.next()?.as_u64()?,
        text_note: row.next()?.into_text(),
        created_at_ms: row.next()?.as_u64()?,
    })
}
