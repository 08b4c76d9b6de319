//! Gives every request an id, and every failure its problem document.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderValue, StatusCode};

use crate::{
    app::{App, AppPorts},
    error::{Failure, problem_response},
};

pub async fn describe<P: AppPorts>(State(app): State<App<P>>, request: Request, next: Next) -> Response {
    let request_id = app.new_request_id();
    let mut response = next.run(request).await;
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        return problem_response(&failure, &request_id);
    }
    // The router's own refusal has no body.
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allow = response.headers().get(http::header::ALLOW).cloned();
        let mut refused = problem_response(&Failure::MethodNotAllowed, &request_id);
        if let Some(allow) = allow {
            refused.headers_mut().insert(http::header::ALLOW, allow);
        }
        return refused;
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
