//! `/api/admin/audit`: what administrators did.

use axum::{Json, extract::State};
use edgewise_domain::{
    audit::{AuditQuery, cursor, read_cursor},
    ports::Directory,
};
use edgewise_protocol::api::AuditPage;
use serde::Deserialize;

use crate::{
    app::{App, AppPorts},
    bounds::MAX_AUDIT_WORD_BYTES,
    error::{Answer, Failure},
    extract::{Params, caller::Admin},
    routes::paging::{after, cut, page_limit},
};

#[derive(Debug, Deserialize)]
pub struct AuditParams {
    limit: Option<u32>,
    cursor: Option<String>,
    actor: Option<String>,
    target: Option<String>,
}

/// `GET /api/admin/audit`
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(_): Admin,
    Params(params): Params<AuditParams>,
) -> Answer<Json<AuditPage>> {
    let limit = page_limit(params.limit)?;
    let after = after(params.cursor.as_deref(), read_cursor)?;
    let query =
        AuditQuery { limit, after, actor: word("actor", params.actor)?, target: word("target", params.target)? };
    let (entries, next_cursor) = cut(app.ports.directory().audit(query).await?, limit, cursor);
    Ok(Json(AuditPage { entries, next_cursor }))
}

fn word(name: &str, text: Option<String>) -> Answer<Option<String>> {
    let text = text.filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.len() > MAX_AUDIT_WORD_BYTES) {
        return Err(Failure::field(name, format!("must have at most {MAX_AUDIT_WORD_BYTES} bytes")));
    }
    Ok(text)
}
