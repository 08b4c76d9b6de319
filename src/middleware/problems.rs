//! Gives every failure its problem document.

use axum::{
    Extension,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::StatusCode;

use super::requests::RequestId;
use crate::{
    app::{App, AppPorts},
    error::{Failure, problem_response},
};

pub async fn describe<P: AppPorts>(
    State(app): State<App<P>>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    request: Request,
    next: Next,
) -> Response {
    let environment = app.config.environment;
    let mut response = next.run(request).await;
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        return problem_response(&failure, &request_id, environment);
    }
    // The router's own refusal has no body.
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allow = response.headers().get(http::header::ALLOW).cloned();
        let mut refused = problem_response(&Failure::MethodNotAllowed, &request_id, environment);
        if let Some(allow) = allow {
            refused.headers_mut().insert(http::header::ALLOW, allow);
        }
        return refused;
    }
    response
}
