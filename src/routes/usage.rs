//! `/api/usage` and `/api/admin/usage`: what the ledger comes to, as pages or as one table.

use std::fmt::Write;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    access::{Own, Read},
    money::ledger::{By, DEFAULT_USAGE_PAGE, MAX_USAGE_PAGE, UsageQuery, Whose, cursor, read_cursor},
    ports::Ledger,
};
use edgewise_protocol::{
    api::{Scope, UsageGroup, UsagePage},
    limit::Class,
    money::LedgerEntry,
    timestamp::Timestamp,
};
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;

use super::paging::{cut, limit_to};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Params,
        caller::{Admin, Asking},
    },
};

/// Longest cursor of ours: a time, a conversation and a number; or a model's name.
const MAX_CURSOR_BYTES: usize = 256;

#[derive(Debug, Deserialize)]
pub struct UsageParams {
    limit: Option<u32>,
    cursor: Option<String>,
    by: Option<String>,
    from: Option<String>,
    to: Option<String>,
    conversation: Option<String>,
}

/// `GET /api/usage`: one's own.
pub async fn mine<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    headers: HeaderMap,
    Params(params): Params<UsageParams>,
) -> Answer {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let grant = caller.may::<Read, _>("User", Own(caller.user()))?;
    show(&app, Whose::Theirs(grant), &headers, params).await
}

/// `GET /api/admin/usage`: everybody's.
pub async fn all<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(_): Admin,
    headers: HeaderMap,
    Params(params): Params<UsageParams>,
) -> Answer {
    show(&app, Whose::Everybodys, &headers, params).await
}

async fn show<P: AppPorts>(app: &App<P>, whose: Whose, headers: &HeaderMap, params: UsageParams) -> Answer {
    let limit = limit_to(params.limit.unwrap_or(DEFAULT_USAGE_PAGE), MAX_USAGE_PAGE)?;
    let by = match params.by.as_deref() {
        None | Some("" | "entry") => None,
        Some(text) => Some(By::parse(text).ok_or_else(|| {
            Failure::field("by", "must be entry, day, model, conversation, user, organization, project or key")
        })?),
    };
    let after = params.cursor.filter(|cursor| !cursor.is_empty());
    let is_ours = |cursor: &String| cursor.len() <= MAX_CURSOR_BYTES && (by.is_some() || read_cursor(cursor).is_some());
    if !after.as_ref().is_none_or(is_ours) {
        return Err(Failure::field("cursor", "is not one of ours"));
    }
    let conversation = params.conversation.filter(|id| !id.is_empty());
    let conversation = conversation.map(|id| id.parse().map_err(|_| Failure::field("conversation", "must be a UUID")));
    let query = UsageQuery {
        whose,
        from_ms: time("from", params.from)?.unwrap_or(0),
        to_ms: time("to", params.to)?.unwrap_or(u64::MAX),
        conversation: conversation.transpose()?,
        after,
        limit,
    };
    let page = match by {
        Some(by) => {
            let groups = app.ports.ledger().sums(by, query).await?;
            let (groups, next_cursor) = cut(groups, limit, |last| last.name.clone());
            UsagePage { groups, entries: Vec::new(), next_cursor }
        }
        None => {
            let (entries, next_cursor) = cut(app.ports.ledger().entries(query).await?, limit, cursor);
            UsagePage { groups: Vec::new(), entries, next_cursor }
        }
    };
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("text/csv") { Ok(table(&page, by.is_some())) } else { Ok(Json(page).into_response()) }
}

/// A day such as 2026-11-21, or a time as we write them.
fn time(name: &str, text: Option<String>) -> Answer<Option<u64>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let whole = if text.len() == 10 { format!("{text}T00:00:00.000Z") } else { text };
    let plain = whole.bytes().all(|byte| byte.is_ascii_digit() || b"-T:.Z".contains(&byte));
    let read = Timestamp::parse(&whole).filter(|_| plain);
    read.map(|at| Some(at.0)).ok_or_else(|| {
        Failure::field(name, "must be a day such as 2026-11-21, or a time such as 2026-11-21T12:00:00.000Z")
    })
}

/// The page as comma-separated values; the cursor goes into a `Link`, as a table has no place for it.
fn table(page: &UsagePage, summed: bool) -> Response {
    let mut out = String::new();
    if summed {
        out.push_str("name,entries,inputTokens,outputTokens,costMicroUsd,unpriced\r\n");
        for UsageGroup { name, entries, input_tokens, output_tokens, cost_micro_usd, unpriced } in &page.groups {
            let name = field(name);
            let _ = write!(out, "{name},{entries},{input_tokens},{output_tokens},{cost_micro_usd},{unpriced}\r\n");
        }
    } else {
        out.push_str("id,kind,at,userId,keyId,organizationId,projectId,conversationId,messageId,model,inputTokens,outputTokens,costMicroUsd,priced\r\n");
        page.entries.iter().for_each(|entry| line(entry, &mut out));
    }
    let mut response = out.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"usage.csv\""));
    if let Some(Ok(next)) = page.next_cursor.as_deref().map(HeaderValue::from_str) {
        headers.insert("x-next-cursor", next);
    }
    response
}

fn line(entry: &LedgerEntry, out: &mut String) {
    fn text(id: Option<impl ToString>) -> String {
        id.map(|id| id.to_string()).unwrap_or_default()
    }
    let _ = write!(
        out,
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
        field(&entry.id),
        entry.kind.name(),
        entry.at,
        entry.user_id,
        text(entry.key_id),
        text(entry.organization_id),
        text(entry.project_id),
        text(entry.conversation_id),
        text(entry.message_id),
        field(&entry.model),
        entry.input_tokens,
        entry.output_tokens,
        entry.cost_micro_usd,
        entry.priced,
    );
}

/// One value. A model's name is somebody's to choose: a spreadsheet must not take it for a formula.
fn field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if guard.is_empty() && !text.contains(['"', ',', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_a_formula_and_never_two() {
        for (text, told) in [
            ("gpt-x", "gpt-x"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("=1+1", "\"'=1+1\""),
            ("@x", "\"'@x\""),
            ("a\nb", "\"a\nb\""),
        ] {
            assert_eq!(field(text), told);
        }
    }
}
