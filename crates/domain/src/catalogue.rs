//! The catalogue's SQL and cursors: the list of a user's or a project's conversations, a projection of their logs.

use std::{fmt::Display, str::FromStr};

use edgewise_protocol::{
    api::Conversation, ids::ProjectId, jobs::ProjectConversation, organization::Owner, timestamp::Timestamp,
};

use crate::{
    access::{Grant, Read},
    artifact,
    chat::send::StoreError,
    files::records::deleted_statements,
    money::ledger,
    ports::{Catalogue, Columns, Database, ListQuery, Statement, Value},
    sharing::end_of_conversation,
    webhook,
};

pub const MAX_PAGE: u32 = 100;
pub const DEFAULT_PAGE: u32 = 20;
/// Longest search; `%`, `_` and `\` count twice.
pub const MAX_SEARCH_BYTES: usize = 48;

/// The catalogue over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct CatalogueOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Catalogue for CatalogueOver<D> {
    async fn list(&self, grant: Grant<Read>, query: ListQuery) -> Result<(u64, Vec<Conversation>), StoreError> {
        // One round trip: both in one transaction, so that the version is the list's.
        let mut results = self.0.batch(vec![version_statement(grant), list_statement(grant, &query)]).await?;
        let list = results.pop().unwrap_or_default();
        Ok((read_version(results.pop().unwrap_or_default()), read_list(grant, list)))
    }

    async fn version(&self, grant: Grant<Read>) -> Result<u64, StoreError> {
        let mut results = self.0.batch(vec![version_statement(grant)]).await?;
        Ok(read_version(results.pop().unwrap_or_default()))
    }

    async fn project(&self, job: &ProjectConversation) -> Result<bool, StoreError> {
        let mut statements = project_statements(job);
        statements.extend(ledger::add_statements(&job.ledger));
        if job.deleted {
            statements.extend(deleted_statements(job.conversation_id, job.owner));
            statements.extend(artifact::records::deleted_statements(job.conversation_id, job.owner));
        }
        statements.extend(webhook::records::conversation_statements(job));
        Ok(self.0.batch(statements).await?.pop().is_some_and(|wanted| !wanted.is_empty()))
    }
}

/// A page cursor: the time and the id of the row with which the page before ended.
pub fn cursor(at_ms: u64, id: impl Display) -> String {
    format!("{at_ms}_{id}")
}

/// Reads what [`cursor`] wrote.
pub fn read_cursor<I: FromStr>(text: &str) -> Option<(u64, I)> {
    let (updated, id) = text.split_once('_')?;
    Some((updated.parse().ok()?, id.parse().ok()?))
}

/// Reads the owner's catalogue version.
fn version_statement(grant: Grant<Read>) -> Statement {
    Statement {
        sql: "SELECT version FROM catalogue_versions WHERE owner = ?1".into(),
        values: vec![Value::Text(grant.of().owner().to_string())],
    }
}

fn read_version(rows: Vec<Columns>) -> u64 {
    rows.into_iter().next().and_then(|row| row.first().and_then(Value::as_u64)).unwrap_or(0)
}

/// Lists a page, newest activity first, with one row more than the limit when there are more.
fn list_statement(grant: Grant<Read>, query: &ListQuery) -> Statement {
    let mut sql = String::from(
        "SELECT id, title, system_prompt, model, preview, message_count, version, created_at_ms, updated_at_ms, \
         details \
         FROM conversations WHERE owner = ?1 AND deleted = 0",
    );
    let mut values = vec![Value::Text(grant.of().owner().to_string())];
    if let Some((updated, id)) = query.after {
        sql.push_str(" AND (updated_at_ms, id) < (?2, ?3)");
        values.extend([Value::int(updated), Value::Text(id.to_string())]);
    }
    if let Some(words) = &query.contains {
        let at = values.len() + 1;
        sql.push_str(&format!(" AND (title LIKE ?{at} ESCAPE '\\' OR preview LIKE ?{at} ESCAPE '\\')"));
        values.push(Value::Text(like_pattern(words)));
    }
    sql.push_str(" AND details ->> '$.temporary' IS NULL");
    // As the indexes have it: of what is usual nothing is stored.
    sql.push_str(if query.archived {
        " AND details ->> '$.archived' = 1"
    } else {
        " AND details ->> '$.archived' IS NULL"
    });
    match query.pinned {
        Some(true) => sql.push_str(" AND details ->> '$.pinned' = 1"),
        Some(false) => sql.push_str(" AND details ->> '$.pinned' IS NULL"),
        None => {}
    }
    if let Some(folder) = &query.folder {
        values.push(Value::Text(folder.clone()));
        sql.push_str(&format!(" AND details ->> '$.folder' = ?{}", values.len()));
    }
    if let Some(tag) = &query.tag {
        values.push(Value::Text(tag.clone()));
        sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM json_each(details, '$.tags') WHERE value = ?{})",
            values.len()
        ));
    }
    sql.push_str(&format!(" ORDER BY updated_at_ms DESC, id DESC LIMIT ?{}", values.len() + 1));
    values.push(Value::int(u64::from(query.limit) + 1));
    Statement { sql, values }
}

fn read_list(grant: Grant<Read>, rows: Vec<Columns>) -> Vec<Conversation> {
    let project = match grant.of().owner() {
        Owner::Project(id) => Some(id),
        Owner::User(_) => None,
    };
    rows.into_iter().filter_map(|row| read_row(project, row)).collect()
}

fn read_row(project_id: Option<ProjectId>, row: Columns) -> Option<Conversation> {
    let mut row = row.into_iter();
    Some(Conversation {
        id: row.next()?.into_text()?.parse().ok()?,
        project_id,
        title: row.next()?.into_text()?,
        system_prompt: row.next()?.into_text(),
        model: row.next()?.into_text()?,
        preview: row.next()?.into_text()?,
        message_count: u32::try_from(row.next()?.as_u64()?).ok()?,
        last_seq: row.next()?.as_u64()?,
        created_at: Timestamp(row.next()?.as_u64()?),
        updated_at: Timestamp(row.next()?.as_u64()?),
        details: serde_json::from_str(&row.next()?.into_text()?).unwrap_or_default(),
    })
}

/// Writes the row of one conversation unless a newer one is there, and moves the owner's version when it did.
///
/// Deleting leaves a row that says so, so that a late job of an older version brings nothing back.
pub fn project_statements(job: &ProjectConversation) -> Vec<Statement> {
    // Of a temporary one the row is there to be swept by; what was said in it is not written down here.
    let shown = |text: &str| Value::Text(if job.details.temporary { String::new() } else { text.to_owned() });
    let id = Value::Text(job.conversation_id.to_string());
    let owner = Value::Text(job.owner.to_string());
    let version = Value::int(job.version);
    let newer = "NOT EXISTS (SELECT 1 FROM conversations WHERE id = ?2 AND version >= ?3)";
    let mut statements = vec![
        // Its owner has left, and it was not known of then: the erasure looks again.
        Statement {
            sql: "UPDATE erasures SET due_at_ms = 0 WHERE owner = ?1 AND due_at_ms > 0 AND ?2 = 0".into(),
            values: vec![owner.clone(), Value::int(u64::from(job.deleted))],
        },
        Statement {
            sql: format!(
                "INSERT INTO catalogue_versions (owner, version) SELECT ?1, 1 WHERE {newer} \
                 ON CONFLICT (owner) DO UPDATE SET version = version + 1"
            ),
            values: vec![owner.clone(), id.clone(), version.clone()],
        },
        Statement {
            sql: "INSERT INTO conversations (id, owner, version, title, system_prompt, model, preview, message_count, \
                  created_at_ms, updated_at_ms, deleted, details) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
                  ON CONFLICT (id) DO UPDATE SET version = excluded.version, title = excluded.title, \
                  system_prompt = excluded.system_prompt, model = excluded.model, preview = excluded.preview, \
                  message_count = excluded.message_count, updated_at_ms = excluded.updated_at_ms, \
                  deleted = excluded.deleted, details = excluded.details WHERE excluded.version > conversations.version"
                .into(),
            values: vec![
                id,
                owner,
                version,
                shown(&job.title),
                job.system_prompt.clone().filter(|_| !job.details.temporary).into(),
                Value::Text(job.model.clone()),
                shown(&job.preview),
                Value::int(u64::from(job.message_count)),
                Value::int(job.created_at.0),
                Value::int(job.updated_at.0),
                Value::int(u64::from(job.deleted)),
                Value::Text(serde_json::to_string(&job.details).unwrap_or_default()),
            ],
        },
    ];
    // Links to it lead nowhere from now on; that they are gone is tidiness.
    statements.extend(job.deleted.then(|| end_of_conversation(job.conversation_id)));
    statements
}

/// Rows of conversations deleted before this time are forgotten: no queue keeps a message so long.
pub fn purge_statement(deleted_before_ms: u64) -> Statement {
    Statement {
        sql: "DELETE FROM conversations WHERE deleted = 1 AND updated_at_ms < ?1".into(),
        values: vec![Value::int(deleted_before_ms)],
    }
}

/// Dead letters from before this time are forgotten.
pub fn purge_dead_letters_statement(before_ms: u64) -> Statement {
    Statement { sql: "DELETE FROM dead_letters WHERE at_ms < ?1".into(), values: vec![Value::int(before_ms)] }
}

pub(crate) fn like_pattern(words: &str) -> String {
    let mut pattern = String::from("%");
    for character in words.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Whether a search can be asked: D1 bounds the pattern.
pub fn search_fits(words: &str) -> bool {
    like_pattern(words).len() <= MAX_SEARCH_BYTES + 2
}
