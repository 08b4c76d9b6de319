//! What people who have left leave behind, carried out in rounds. A row says what is to go before anything goes. Then
//! the account is closed, so that nothing is made any more; each conversation is deleted by its own object, and the
//! catalogue's row says so; and when nothing is left, it is looked at again, ever more seldom, until no queue can still
//! bring a conversation of which the catalogue had not heard. Every step may be repeated, so that a round that ends
//! anywhere is followed by one that goes on.

use edgewise_protocol::{
    calls::{
        account::{self, AccountName},
        conversation::{Call, Reply},
        run, webhook as webhook_call,
    },
    ids::{ConversationId, RunId, UserId},
};
use futures::future::join_all;

use crate::{
    agent, artifact,
    chat::send::StoreError,
    files::records::left_statement,
    ports::{
        Accounts, Answer, Catalogue, Columns, Conversations, Database, Erasures, ObjectError, RunList, Runs, Statement,
        Value, WebhookList, Webhooks,
    },
    webhook,
};

/// Owners of one round.
const MAX_OWNERS: u64 = 10;
/// Conversations of one round: two subrequests each, of the thousand that an invocation may make.
pub const MAX_CONVERSATIONS: u32 = 200;
/// Objects that are woken at a time.
const AT_A_TIME: usize = 10;
/// Before it is looked at again, at least.
const PAUSE_MS: u64 = 60_000;
/// A queue keeps a message for 14 days at most.
const KEEP_MS: u64 = 15 * 24 * 3_600_000;

/// What is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// As in the catalogue.
    pub owner: String,
    /// Whose account is closed first; `None`: it is closed, or there is none.
    pub account: Option<UserId>,
    pub asked_at_ms: u64,
}

/// Why a round did not end one. The next one goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EraseError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error("an object's store failed")]
    Failed,
}

/// One round. Gives the faults.
///
/// # Errors
/// [`StoreError`] when nobody can say what is due.
pub async fn sweep(
    erasures: &impl Erasures,
    accounts: &impl Accounts,
    conversations: &impl Conversations,
    catalogue: &impl Catalogue,
    now_ms: u64,
) -> Result<Vec<EraseError>, StoreError> {
    let (mut faults, mut room) = (Vec::new(), MAX_CONVERSATIONS);
    for erasure in erasures.due(now_ms).await? {
        let left = match close(erasures, accounts, &erasure).await {
            Ok(()) => erasures.left(&erasure.owner, room).await.map_err(EraseError::from),
            Err(error) => Err(error),
        };
        match left {
            Ok(left) if left.is_empty() => {
                faults
                    .extend(erasures.nothing_left(&erasure.owner, next(&erasure, now_ms)).await.err().map(Into::into));
            }
            Ok(left) => {
                room = room.saturating_sub(u32::try_from(left.len()).unwrap_or(u32::MAX));
                for some in left.chunks(AT_A_TIME) {
                    let each =
                        some.iter().map(|id| delete(erasures, conversations, catalogue, Call::Delete, *id, now_ms));
                    faults.extend(join_all(each).await.into_iter().filter_map(Result::err));
                }
            }
            Err(error) => faults.push(error),
        }
        if room == 0 {
            break;
        }
    }
    Ok(faults)
}

/// Erases the runs of those who are being erased. Gives the faults.
///
/// # Errors
/// [`StoreError`] when nobody can say what is due.
pub async fn sweep_runs(
    erasures: &impl Erasures,
    runs: &impl Runs,
    list: &impl RunList,
    now_ms: u64,
) -> Result<Vec<EraseError>, StoreError> {
    let mut faults = Vec::new();
    for erasure in erasures.due(now_ms).await? {
        let left = list.left(&erasure.owner, MAX_CONVERSATIONS).await?;
        for some in left.chunks(AT_A_TIME) {
            let each = some.iter().map(|id| erase(runs, list, *id));
            faults.extend(join_all(each).await.into_iter().filter_map(Result::err));
        }
    }
    Ok(faults)
}

/// Erases the endpoints of webhooks of those who are being erased. Gives the faults.
///
/// # Errors
/// [`StoreError`] when nobody can say what is due.
pub async fn sweep_webhooks(
    erasures: &impl Erasures,
    webhooks: &impl Webhooks,
    list: &impl WebhookList,
    now_ms: u64,
) -> Result<Vec<EraseError>, StoreError> {
    let mut faults = Vec::new();
    for erasure in erasures.due(now_ms).await? {
        for id in list.left(&erasure.owner, MAX_CONVERSATIONS).await? {
            let erased = match webhooks.call(id, None, webhook_call::Call::Erase).await {
                Ok(webhook_call::Reply::Done) => list.remove(id).await.map_err(EraseError::from),
                Ok(_) => Err(EraseError::Failed),
                Err(error) => Err(error.into()),
            };
            faults.extend(erased.err());
        }
    }
    Ok(faults)
}

async fn erase(runs: &impl Runs, list: &impl RunList, id: RunId) -> Result<(), EraseError> {
    match runs.call(id, None, run::Call::Erase).await? {
        run::Reply::Done => Ok(list.forget(id).await?),
        _ => Err(EraseError::Failed),
    }
}

/// Deletes temporary conversations whose last message was before `said_before_ms`. Each object decides for itself: the
/// catalogue may be behind. Gives the faults.
///
/// # Errors
/// [`StoreError`] when nobody can say what is due.
pub async fn sweep_temporary(
    erasures: &impl Erasures,
    conversations: &impl Conversations,
    catalogue: &impl Catalogue,
    now_ms: u64,
    keep_ms: u64,
) -> Result<Vec<EraseError>, StoreError> {
    let (mut faults, due) = (Vec::new(), erasures.temporary(now_ms.saturating_sub(keep_ms), MAX_CONVERSATIONS).await?);
    for some in due.chunks(AT_A_TIME) {
        let each = some.iter().map(|id| delete(erasures, conversations, catalogue, Call::Expire, *id, now_ms));
        faults.extend(join_all(each).await.into_iter().filter_map(Result::err));
    }
    Ok(faults)
}

/// When to look again, once nothing was found: at twice the age, and the last time when nothing can come any more.
fn next(erasure: &Erasure, now_ms: u64) -> Option<u64> {
    let age_ms = now_ms.saturating_sub(erasure.asked_at_ms);
    let last_ms = erasure.asked_at_ms + KEEP_MS;
    (now_ms < last_ms).then(|| (now_ms + age_ms.max(PAUSE_MS)).min(last_ms))
}

async fn close(erasures: &impl Erasures, accounts: &impl Accounts, erasure: &Erasure) -> Result<(), EraseError> {
    let Some(user) = erasure.account else { return Ok(()) };
    match accounts.call(&AccountName::User(user), account::Call::Close).await? {
        account::Reply::Done => Ok(erasures.closed(&erasure.owner).await?),
        _ => Err(EraseError::Failed),
    }
}

async fn delete<C: Conversations>(
    erasures: &impl Erasures,
    conversations: &C,
    catalogue: &impl Catalogue,
    call: Call,
    id: ConversationId,
    now_ms: u64,
) -> Result<(), EraseError> {
    let Answer::Reply(reply) = conversations.call(id, None, call).await? else {
        return Err(EraseError::Failed);
    };
    match *reply {
        Reply::Deleted { project } | Reply::Conversation { project, .. } => {
            catalogue.project(&project).await?;
            Ok(())
        }
        Reply::NotFound => Ok(erasures.forget(id, now_ms).await?),
        _ => Err(EraseError::Failed),
    }
}

/// The erasures over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct ErasuresOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Erasures for ErasuresOver<D> {
    async fn due(&self, now_ms: u64) -> Result<Vec<Erasure>, StoreError> {
        // In any order: one that fails each time must not keep the others waiting.
        let sql = "SELECT owner, account, asked_at_ms FROM erasures WHERE due_at_ms <= ?1 ORDER BY random() LIMIT ?2";
        let rows = self.rows(sql, vec![Value::int(now_ms), Value::int(MAX_OWNERS)]).await?;
        Ok(rows.into_iter().filter_map(read).collect())
    }

    async fn closed(&self, owner: &str) -> Result<(), StoreError> {
        self.rows("UPDATE erasures SET account = NULL WHERE owner = ?1", vec![owner.into()]).await.map(|_| ())
    }

    async fn left(&self, owner: &str, limit: u32) -> Result<Vec<ConversationId>, StoreError> {
        let sql = "SELECT id FROM conversations WHERE owner = ?1 AND deleted = 0 ORDER BY random() LIMIT ?2";
        let rows = self.rows(sql, vec![owner.into(), Value::int(limit.into())]).await?;
        Ok(rows.into_iter().filter_map(first_id).collect())
    }

    async fn temporary(&self, said_before_ms: u64, limit: u32) -> Result<Vec<ConversationId>, StoreError> {
        let sql = "SELECT id FROM conversations WHERE deleted = 0 AND details ->> '$.temporary' = 1 \
                   AND updated_at_ms <= ?1 ORDER BY random() LIMIT ?2";
        let rows = self.rows(sql, vec![Value::int(said_before_ms), Value::int(limit.into())]).await?;
        Ok(rows.into_iter().filter_map(first_id).collect())
    }

    async fn forget(&self, id: ConversationId, now_ms: u64) -> Result<(), StoreError> {
        let sql = "UPDATE conversations SET deleted = 1, title = '', system_prompt = NULL, preview = '', \
                   details = '{}', updated_at_ms = ?2 WHERE id = ?1 AND deleted = 0";
        self.rows(sql, vec![Value::Text(id.to_string()), Value::int(now_ms)]).await.map(|_| ())
    }

    async fn nothing_left(&self, owner: &str, due_at_ms: Option<u64>) -> Result<(), StoreError> {
        // In the statement itself: a row that came meanwhile is something.
        let unless = "NOT EXISTS (SELECT 1 FROM conversations WHERE owner = ?1 AND deleted = 0) \
                      AND NOT EXISTS (SELECT 1 FROM runs WHERE owner = ?1) \
                      AND NOT EXISTS (SELECT 1 FROM webhook_endpoints WHERE owner = ?1)";
        let mut statements = match due_at_ms {
            Some(due_at_ms) => vec![Statement {
                sql: format!("UPDATE erasures SET due_at_ms = ?2 WHERE owner = ?1 AND {unless}"),
                values: vec![owner.into(), Value::int(due_at_ms)],
            }],
            None => ["catalogue_versions", "erasures"]
                .map(|table| Statement {
                    sql: format!("DELETE FROM {table} WHERE owner = ?1 AND {unless}"),
                    values: vec![owner.into()],
                })
                .into(),
        };
        // Files that no conversation holds go with their owner too.
        statements.insert(0, left_statement(owner));
        statements.extend(artifact::records::left_statements(owner));
        statements.extend(agent::records::left_statements(owner));
        statements.push(webhook::records::left_statement(owner));
        self.0.batch(statements).await.map(|_| ())
    }
}

impl<D: Database> ErasuresOver<D> {
    async fn rows(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Columns>, StoreError> {
        Ok(self.0.batch(vec![Statement { sql: sql.into(), values }]).await?.pop().unwrap_or_default())
    }
}

fn first_id(row: Columns) -> Option<ConversationId> {
    row.into_iter().next()?.into_text()?.parse().ok()
}

fn read(row: Columns) -> Option<Erasure> {
    let mut row = row.into_iter();
    Some(Erasure {
        owner: row.next()?.into_text()?,
        account: row.next()?.into_text().and_then(|user| user.parse().ok()),
        asked_at_ms: row.next()?.as_u64()?,
    })
}
