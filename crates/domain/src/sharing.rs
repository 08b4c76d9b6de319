//! Links by which anybody may read a conversation, in D1: a link is good for whoever has its token, until it is revoked,
//! its time is over, or what it shows is gone.

use edgewise_protocol::{
    api::{Share, ShareKind},
    ids::{ConversationId, ShareId, UserId},
    timestamp::Timestamp,
};

use crate::{
    chat::send::StoreError,
    ports::{Columns, Database, Shares, Statement, Value},
};

/// Links of one conversation.
pub const MAX_SHARES: u32 = 50;

/// A link to be.
#[derive(Debug, Clone)]
pub struct NewLink {
    pub share: Share,
    pub conversation: ConversationId,
    pub creator: UserId,
    /// Of its token.
    pub digest: String,
    /// The last message of what it shows.
    pub leaf: u64,
    pub title: String,
}

/// What a token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    pub id: ShareId,
    pub conversation: ConversationId,
    /// Of a snapshot: its last message, and the title that it had.
    pub snapshot: Option<(u64, String)>,
}

/// The links over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct SharesOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Shares for SharesOver<D> {
    async fn add(&self, link: &NewLink) -> Result<bool, StoreError> {
        let snapshot = link.share.kind == ShareKind::Snapshot;
        let insert = Statement {
            // By its id once, so that a second attempt finds the first one's row.
            sql: "INSERT INTO shares (id, digest, conversation, creator, leaf, title, created_at_ms, expires_at_ms) \
                  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE (SELECT count(*) FROM shares WHERE conversation = ?3) < ?9 \
                  ON CONFLICT DO NOTHING"
                .into(),
            values: vec![
                Value::Text(link.share.id.to_string()),
                Value::Text(link.digest.clone()),
                Value::Text(link.conversation.to_string()),
                Value::Text(link.creator.to_string()),
                if snapshot { Value::int(link.leaf) } else { Value::Null },
                Value::Text(if snapshot { link.title.clone() } else { String::new() }),
                Value::int(link.share.created_at.0),
                link.share.expires_at.map_or(Value::Null, |at| Value::int(at.0)),
                Value::int(MAX_SHARES.into()),
            ],
        };
        // Those whose time is over make room.
        let purge = Statement {
            sql: "DELETE FROM shares WHERE conversation = ?1 AND expires_at_ms <= ?2".into(),
            values: vec![Value::Text(link.conversation.to_string()), Value::int(link.share.created_at.0)],
        };
        let look = Statement {
            sql: "SELECT id FROM shares WHERE id = ?1".into(),
            values: vec![Value::Text(link.share.id.to_string())],
        };
        let found = self.0.batch(vec![purge, insert, look]).await?;
        Ok(found.into_iter().next_back().is_some_and(|rows| !rows.is_empty()))
    }

    async fn list(&self, conversation: ConversationId, now_ms: u64) -> Result<Vec<Share>, StoreError> {
        let sql = "SELECT id, leaf, created_at_ms, expires_at_ms FROM shares WHERE conversation = ?1 \
                   AND coalesce(expires_at_ms > ?2, 1) ORDER BY created_at_ms DESC, id DESC";
        let rows = self.rows(sql, vec![Value::Text(conversation.to_string()), Value::int(now_ms)]).await?;
        Ok(rows.into_iter().filter_map(share).collect())
    }

    async fn remove(&self, conversation: ConversationId, id: ShareId) -> Result<bool, StoreError> {
        let values = || vec![Value::Text(id.to_string()), Value::Text(conversation.to_string())];
        let look = "SELECT id FROM shares WHERE id = ?1 AND conversation = ?2";
        let remove = "DELETE FROM shares WHERE id = ?1 AND conversation = ?2";
        let statements = [look, remove].map(|sql| Statement { sql: sql.into(), values: values() });
        let found = self.0.batch(statements.into()).await?;
        Ok(found.into_iter().next().is_some_and(|rows| !rows.is_empty()))
    }

    async fn by_digest(&self, digest: &str, now_ms: u64) -> Result<Option<Shared>, StoreError> {
        let sql = "SELECT id, conversation, leaf, title FROM shares WHERE digest = ?1 \
                   AND coalesce(expires_at_ms > ?2, 1)";
        let rows = self.rows(sql, vec![digest.into(), Value::int(now_ms)]).await?;
        Ok(rows.into_iter().next().and_then(shared))
    }
}

impl<D: Database> SharesOver<D> {
    async fn rows(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        Ok(self.0.batch(vec![Statement { sql: sql.into(), values }]).await?.pop().unwrap_or_default())
    }
}

/// Ends the links of a conversation.
pub fn end_of_conversation(id: ConversationId) -> Statement {
    Statement { sql: "DELETE FROM shares WHERE conversation = ?1".into(), values: vec![Value::Text(id.to_string())] }
}

fn share(row: Columns) -> Option<Share> {
    let mut row = row.into_iter();
    Some(Share {
        id: row.next()?.into_text()?.parse().ok()?,
        kind: if row.next()? == Value::Null { ShareKind::Live } else { ShareKind::Snapshot },
        created_at: Timestamp(row.next()?.as_u64()?),
        expires_at: row.next()?.as_u64().map(Timestamp),
    })
}

fn shared(row: Columns) -> Option<Shared> {
    let mut row = row.into_iter();
    let (id, conversation) = (row.next()?.into_text()?.parse().ok()?, row.next()?.into_text()?.parse().ok()?);
    let (leaf, title) = (row.next()?.as_u64(), row.next()?.into_text()?);
    Some(Shared { id, conversation, snapshot: leaf.map(|leaf| (leaf, title)) })
}
