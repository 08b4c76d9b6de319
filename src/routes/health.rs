//! `/health`, `/api/health`, `/api/ready`

use axum::{Json, extract::State, response::IntoResponse};
use edgewise_domain::ports::{Catalogue, Ports};
use edgewise_protocol::{ids::UserId, timestamp::Timestamp};
use http::StatusCode;
use serde_json::json;

use crate::app::{App, AppPorts};

/// Touches nothing.
pub async fn alive() -> impl IntoResponse {
    Json(json!({ "status": "ok" }))
}

/// Asks what the service stands on. 503 when something does not answer; never what or why.
pub async fn services<P: AppPorts>(State(app): State<App<P>>) -> impl IntoResponse {
    let database = Ports::catalogue(&app.ports).version(UserId::from_uuid(Default::default())).await.is_ok();
    let word = |up: bool| if up { "up" } else { "down" };
    let status = if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "status": if database { "ok" } else { "degraded" },
        "services": { "database": word(database) },
        "checks": { "database": database },
        "timestamp": Timestamp(app.now_ms()),
    });
    (status, Json(body))
}
