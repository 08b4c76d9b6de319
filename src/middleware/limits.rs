//! Tells every caller whose request was counted where they stand, in the old headers and in the new ones.

use axum::{
    Extension,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use edgewise_domain::account::retry_after_s;
use edgewise_protocol::limit::{Class, Standing};
use http::{HeaderValue, StatusCode, header};

use crate::{
    app::{App, AppPorts},
    extract::note::Note,
};

pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    Extension(note): Extension<Note>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    if let Some(standing) = note.standing() {
        write(&mut response, &standing, app.now_ms());
    }
    response
}

/// `X-RateLimit-*` as the founding documents have them, `RateLimit` and `RateLimit-Policy` as the IETF's draft.
fn write(response: &mut Response, standing: &Standing, now_ms: u64) {
    let Standing { class, limit, window_ms, remaining, reset_at_ms } = *standing;
    let (name, window_s, wait_s) = (class.name(), window_ms / 1_000, retry_after_s(standing, now_ms));
    // The general window is counted in memory: after a crash it begins anew.
    let note = if class == Class::General { ";approximate" } else { "" };
    let mut values = vec![
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-remaining", remaining.to_string()),
        ("x-ratelimit-reset", reset_at_ms.to_string()),
        ("ratelimit-policy", format!("\"{name}\";q={limit};w={window_s}{note}")),
        ("ratelimit", format!("\"{name}\";r={remaining};t={wait_s}")),
    ];
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        values.push((header::RETRY_AFTER.as_str(), wait_s.max(1).to_string()));
    }
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
}
