//! Logs every request in one line at its end, and at the level `debug` in one more at its beginning.
//!
//! The path is the route's pattern: what stands in its holes, and in the query, may be somebody's own. Of a stream the
//! line comes when it begins. The runtime's clock stands still while nothing is awaited: 0 ms may be a few.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use edgewise_domain::{
    config::Environment,
    logs::Level,
    ports::Log,
    redaction::{network, redact},
};
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use crate::{
    app::{App, AppPorts},
    error::Cause,
    extract::note::Note,
};

/// Longest `User-Agent` that is logged, in characters.
const MAX_AGENT_CHARS: usize = 200;
/// What no route answers has no pattern.
const NO_ROUTE: &str = "*";

/// The request's id, from the outermost layer inwards.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The field names are those of the founding document; `requestId` and what follows `userAgent` are ours.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(rename = "type")]
    kind: &'static str,
    level: Level,
    request_id: String,
    method: String,
    path: String,
    ip: String,
    user_agent: String,
    version: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    end: Option<End>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct End {
    status_code: u16,
    duration: String,
    duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

pub async fn log<P: AppPorts>(State(app): State<App<P>>, mut request: Request, next: Next) -> Response {
    let begun_ms = app.now_ms();
    let request_id = app.new_request_id();
    let note = Note::default();
    request.extensions_mut().insert(RequestId(request_id.clone()));
    request.extensions_mut().insert(note.clone());
    let begin = Line {
        kind: "request",
        level: Level::Debug,
        request_id,
        method: request.method().to_string(),
        path: request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned(),
        ip: ip(request.headers(), app.config.environment),
        user_agent: agent(request.headers()),
        version: app.config.version.clone(),
        end: None,
    };
    write(&app, &begin);
    let mut response = next.run(request).await;
    if let Ok(id) = HeaderValue::from_str(&begin.request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    let status = response.status();
    let duration_ms = app.now_ms().saturating_sub(begun_ms);
    let end = End {
        status_code: status.as_u16(),
        duration: format!("{duration_ms}ms"),
        duration_ms,
        user: note.user().map(|user| app.config.keys.pseudonym(user)),
        error_id: status.is_server_error().then(|| begin.request_id.clone()),
        cause: response.extensions().get::<Cause>().map(|cause| cause.0.clone()),
    };
    write(&app, &Line { kind: "response", level: Level::of_status(end.status_code), end: Some(end), ..begin });
    response
}

fn write<P: AppPorts>(app: &App<P>, line: &Line) {
    if line.level >= app.config.log_level
        && let Ok(text) = serde_json::to_string(line)
    {
        app.ports.log().write(line.level, &text);
    }
}

/// Cloudflare writes the header over whatever the client sent. Elsewhere anybody could write it.
fn ip(headers: &HeaderMap, environment: Environment) -> String {
    if environment.is_deployed() { network(text(headers, "cf-connecting-ip")) } else { "local".into() }
}

fn agent(headers: &HeaderMap) -> String {
    redact(&text(headers, header::USER_AGENT.as_str()).chars().take(MAX_AGENT_CHARS).collect::<String>())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
