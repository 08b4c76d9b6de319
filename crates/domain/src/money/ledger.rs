//! The ledger's SQL: lines are added under their key, summed and listed, and never changed.

use edgewise_protocol::{
    api::UsageGroup,
    ids::{ConversationId, OrganizationId, UserId},
    money::{EntryKind, LedgerEntry, Spent},
    timestamp::Timestamp,
};

use super::purse::beginnings_ms;
use crate::{
    access::{Grant, Own, Read},
    chat::send::StoreError,
    ports::{Columns, Database, Ledger, Statement, Value},
};

pub const MAX_USAGE_PAGE: u32 = 1_000;
pub const DEFAULT_USAGE_PAGE: u32 = 100;

/// What lines are summed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Day,
    Model,
    Conversation,
    User,
    Organization,
    Project,
    Key,
}

impl By {
    const fn column(self) -> &'static str {
        match self {
            Self::Day => "strftime('%Y-%m-%d', at_ms / 1000, 'unixepoch')",
            Self::Model => "model",
            Self::Conversation => "conversation",
            Self::User => "user",
            Self::Organization => "organization",
            Self::Project => "project",
            Self::Key => "api_key",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "day" => Self::Day,
            "model" => Self::Model,
            "conversation" => Self::Conversation,
            "user" => Self::User,
            "organization" => Self::Organization,
            "project" => Self::Project,
            "key" => Self::Key,
            _ => return None,
        })
    }
}

/// Whose lines.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    Theirs(Grant<Read, Own>),
    /// For administrators.
    Everybodys,
}

/// Which lines, and a page of what they come to.
#[derive(Debug, Clone)]
pub struct UsageQuery {
    pub whose: Whose,
    pub from_ms: u64,
    /// Before this time.
    pub to_ms: u64,
    pub conversation: Option<ConversationId>,
    /// Where the page before ended.
    pub after: Option<String>,
    pub limit: u32,
}

/// Whose budget begins with what the ledger knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayerColumn {
    User(UserId),
    Organization(OrganizationId),
    Key(edgewise_protocol::ids::KeyId),
    Project(edgewise_protocol::ids::ProjectId),
}

/// The ledger over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct LedgerOver<D>(pub D);

impl<D: Database + Clone + Send + Sync + 'static> Ledger for LedgerOver<D> {
    async fn sums(&self, by: By, query: UsageQuery) -> Result<Vec<UsageGroup>, StoreError> {
        let mut found = self.0.batch(vec![sums_statement(by, &query)]).await?;
        Ok(found.pop().unwrap_or_default().into_iter().filter_map(group).collect())
    }

    async fn entries(&self, query: UsageQuery) -> Result<Vec<LedgerEntry>, StoreError> {
        let mut found = self.0.batch(vec![entries_statement(&query)]).await?;
        Ok(found.pop().unwrap_or_default().into_iter().filter_map(entry).collect())
    }

    async fn spent(&self, payer: PayerColumn, now_ms: u64) -> Result<Spent, StoreError> {
        let (day_ms, month_ms) = beginnings_ms(now_ms);
        let (column, id) = match payer {
            PayerColumn::User(id) => ("user", id.to_string()),
            PayerColumn::Organization(id) => ("organization", id.to_string()),
            PayerColumn::Key(id) => ("api_key", id.to_string()),
            PayerColumn::Project(id) => ("project", id.to_string()),
        };
        let sql = format!(
            "SELECT sum(CASE WHEN at_ms >= ?2 THEN cost_micro_usd ELSE 0 END), \
             sum(CASE WHEN at_ms >= ?3 THEN cost_micro_usd ELSE 0 END), sum(cost_micro_usd) \
             FROM ledger WHERE {column} = ?1"
        );
        let values = vec![Value::Text(id), Value::int(day_ms), Value::int(month_ms)];
        let rows = self.0.batch(vec![Statement { sql, values }]).await?.pop().unwrap_or_default();
        let mut row = rows.into_iter().next().unwrap_or_default().into_iter();
        let mut sum = || row.next().and_then(|value| value.as_u64()).unwrap_or(0);
        Ok(Spent { day_micro_usd: sum(), month_micro_usd: sum(), total_micro_usd: sum() })
    }
}

const COLUMNS: &str = "id, kind, at_ms, user, api_key, organization, project, conversation, message, model, \
    input_tokens, output_tokens, cost_micro_usd, priced, own_key";

/// Adds lines that are not there yet, and what Stripe is to hear of them. One statement for all: a job may bring many
/// that were written before.
pub fn add_statements(entries: &[LedgerEntry]) -> Vec<Statement> {
    if entries.is_empty() {
        return Vec::new();
    }
    let lines: Vec<_> = entries
        .iter()
        .map(|entry| {
            serde_json::json!([
                entry.id,
                entry.kind.name(),
                entry.at.0,
                entry.user_id,
                entry.key_id,
                entry.organization_id,
                entry.project_id,
                entry.conversation_id,
                entry.message_id,
                entry.model,
                entry.input_tokens,
                entry.output_tokens,
                entry.cost_micro_usd,
                u8::from(entry.priced),
                u8::from(entry.own_key),
            ])
        })
        .collect();
    let lines = Value::Text(serde_json::Value::Array(lines).to_string());
    let each: Vec<_> = (0..15).map(|at| format!("json_extract(line.value, '$[{at}]')")).collect();
    vec![
        // First: only a line that is new is told.
        Statement {
            sql: "INSERT INTO meter_events (id, customer, micro_usd, at_ms, next_attempt_at_ms) \
                  SELECT json_extract(line.value, '$[0]'), known.customer, json_extract(line.value, '$[12]'), \
                  json_extract(line.value, '$[2]'), json_extract(line.value, '$[2]') \
                  FROM json_each(?1) AS line JOIN (SELECT user, max(customer) AS customer FROM subscriptions \
                  WHERE plan IS NOT NULL GROUP BY user) AS known ON known.user = json_extract(line.value, '$[3]') \
                  WHERE json_extract(line.value, '$[12]') > 0 AND NOT EXISTS \
                  (SELECT 1 FROM ledger WHERE ledger.id = json_extract(line.value, '$[0]')) ON CONFLICT DO NOTHING"
                .into(),
            values: vec![lines.clone()],
        },
        Statement {
            sql: format!(
                "INSERT INTO ledger ({COLUMNS}) SELECT {} FROM json_each(?1) AS line WHERE true ON CONFLICT DO NOTHING",
                each.join(", ")
            ),
            values: vec![lines],
        },
    ]
}

/// The condition of a query and its values.
fn condition(query: &UsageQuery) -> (String, Vec<Value>) {
    let mut sql = String::from("at_ms >= ?1 AND at_ms < ?2");
    let mut values = vec![Value::int(query.from_ms), Value::int(query.to_ms)];
    if let Whose::Theirs(grant) = query.whose {
        values.push(Value::Text(grant.of().0.to_string()));
        sql.push_str(&format!(" AND user = ?{}", values.len()));
    }
    if let Some(conversation) = query.conversation {
        values.push(Value::Text(conversation.to_string()));
        sql.push_str(&format!(" AND conversation = ?{}", values.len()));
    }
    (sql, values)
}

/// Gives one row more than the limit when there are more.
fn sums_statement(by: By, query: &UsageQuery) -> Statement {
    let (mut condition, mut values) = condition(query);
    let column = by.column();
    if let Some(after) = &query.after {
        values.push(after.as_str().into());
        condition.push_str(&format!(" AND {column} < ?{}", values.len()));
    }
    values.push(Value::int(u64::from(query.limit) + 1));
    let sql = format!(
        "SELECT {column} AS name, count(*), sum(input_tokens), sum(output_tokens), sum(cost_micro_usd), \
         sum(1 - priced) FROM ledger WHERE {condition} AND {column} IS NOT NULL GROUP BY name ORDER BY name DESC \
         LIMIT ?{}",
        values.len()
    );
    Statement { sql, values }
}

fn group(row: Columns) -> Option<UsageGroup> {
    let mut row = row.into_iter();
    Some(UsageGroup {
        name: row.next()?.into_text()?,
        entries: row.next()?.as_u64()?,
        input_tokens: row.next()?.as_u64()?,
        output_tokens: row.next()?.as_u64()?,
        cost_micro_usd: row.next()?.as_u64()?,
        unpriced: row.next()?.as_u64()?,
    })
}

/// The newest first; one row more than the limit when there are more.
fn entries_statement(query: &UsageQuery) -> Statement {
    let (mut condition, mut values) = condition(query);
    if let Some((at_ms, id)) = query.after.as_deref().and_then(read_cursor) {
        values.extend([Value::int(at_ms), id.into()]);
        condition.push_str(&format!(" AND (at_ms, id) < (?{}, ?{})", values.len() - 1, values.len()));
    }
    values.push(Value::int(u64::from(query.limit) + 1));
    let sql =
        format!("SELECT {COLUMNS} FROM ledger WHERE {condition} ORDER BY at_ms DESC, id DESC LIMIT ?{}", values.len());
    Statement { sql, values }
}

/// A page cursor: where the page before ended.
pub fn cursor(last: &LedgerEntry) -> String {
    format!("{}_{}", last.at.0, last.id)
}

/// Reads what [`cursor`] wrote.
pub fn read_cursor(text: &str) -> Option<(u64, &str)> {
    let (at_ms, id) = text.split_once('_')?;
    Some((at_ms.parse().ok()?, id))
}

fn entry(row: Columns) -> Option<LedgerEntry> {
    fn id<T: std::str::FromStr>(value: Option<Value>) -> Option<T> {
        value?.into_text()?.parse().ok()
    }
    let mut row = row.into_iter();
    let count = |value: Option<Value>| u32::try_from(value?.as_u64()?).ok();
    Some(LedgerEntry {
        id: row.next()?.into_text()?,
        kind: match row.next()?.into_text()?.as_str() {
            "image" => EntryKind::Image,
            "annotation" => EntryKind::Annotation,
            "run" => EntryKind::Run,
            _ => EntryKind::Turn,
        },
        at: Timestamp(row.next()?.as_u64()?),
        user_id: id(row.next())?,
        key_id: id(row.next()),
        organization_id: id(row.next()),
        project_id: id(row.next()),
        conversation_id: id(row.next()),
        message_id: id(row.next()),
        model: row.next()?.into_text()?,
        input_tokens: count(row.next())?,
        output_tokens: count(row.next())?,
        cost_micro_usd: row.next()?.as_u64()?,
        priced: row.next()?.as_u64()? != 0,
        own_key: row.next()?.as_u64()? != 0,
    })
}
