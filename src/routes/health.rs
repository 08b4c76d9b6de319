//! `/health`, `/api/health`, `/api/ready`: never what is wrong with a part, or why. Anybody may ask.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    health::{Check, FRESH_MS, Part, Report},
    ports::Pulse,
};
use edgewise_protocol::timestamp::Timestamp;
use futures::future::join_all;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    app::{App, AppPorts},
    extract::Params,
};

#[derive(Debug, Deserialize)]
pub struct HealthParams {
    compat: Option<String>,
}

/// `GET /health`: touches nothing.
pub async fn alive<P: AppPorts>(State(app): State<App<P>>) -> impl IntoResponse {
    Json(json!({ "status": "ok", "timestamp": Timestamp(app.now_ms()) }))
}

/// `GET /api/health`: every part. 503 when one does not answer; 500 for those who were made for the chatbot of the
/// founding document.
pub async fn services<P: AppPorts>(State(app): State<App<P>>, Params(params): Params<HealthParams>) -> Response {
    let report = report(&app).await;
    if report.is_healthy() {
        return (StatusCode::OK, Json(body(&report, "ok"))).into_response();
    }
    if params.compat.as_deref() == Some("chatbot") {
        let mut body = body(&report, "error");
        body.insert("error".into(), "A service does not answer".into());
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(body(&report, "degraded"))).into_response()
}

/// `GET /api/ready`: the parts without which nobody can be served.
pub async fn ready<P: AppPorts>(State(app): State<App<P>>) -> impl IntoResponse {
    let report = report(&app).await;
    let (status, word) =
        if report.is_ready() { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "unavailable") };
    (status, Json(json!({ "status": word, "timestamp": Timestamp(report.at_ms) })))
}

/// The last report, or a new one when that is old. Whoever comes while the parts are asked gets the old one: a request
/// cannot wait for another's answers.
async fn report<P: AppPorts>(app: &App<P>) -> Report {
    let now_ms = app.now_ms();
    if let Ok(mut kept) = app.health.lock()
        && let Some(last) = kept.as_mut()
    {
        let is_fresh = now_ms < last.at_ms + FRESH_MS;
        let found = last.clone();
        if is_fresh {
            return found;
        }
        last.at_ms = now_ms;
    }
    let checks = join_all(Part::ALL.map(async |part| {
        let begun_ms = app.now_ms();
        let ok = app.ports.pulse().beats(part).await;
        Check { part, ok, ms: app.now_ms().saturating_sub(begun_ms) }
    }));
    let report = Report { checks: checks.await, at_ms: now_ms };
    if let Ok(mut kept) = app.health.lock() {
        *kept = Some(report.clone());
    }
    report
}

fn body(report: &Report, status: &str) -> Map<String, Value> {
    let word = |ok: bool| if ok { "healthy" } else { "unhealthy" };
    let (mut services, mut checks) = (Map::new(), Map::new());
    for Check { part, ok, ms } in &report.checks {
        services.insert(part.name().into(), word(*ok).into());
        if *part == Part::Cache {
            // The founding document's name for the same.
            services.insert("redis".into(), word(*ok).into());
        }
        checks.insert(part.name().into(), json!({ "ok": ok, "ms": ms }));
    }
    let mut body = Map::new();
    body.insert("status".into(), status.into());
    body.insert("services".into(), services.into());
    body.insert("checks".into(), checks.into());
    body.insert("timestamp".into(), json!(Timestamp(report.at_ms)));
    body
}
