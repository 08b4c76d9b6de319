//! Gives every failure its problem document, or its page.

use axum::{
    Extension,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use edgewise_domain::rendering::basic::{self, Draft};
use edgewise_protocol::problem::Problem;
use http::StatusCode;

use super::requests::RequestId;
use crate::{
    app::{App, AppPorts},
    error::{Failure, as_document, problem_response},
    page::{Unsent, page, wants_page},
};

pub async fn describe<P: AppPorts>(
    State(app): State<App<P>>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    request: Request,
    next: Next,
) -> Response {
    let (environment, is_for_eyes) = (app.config.environment, wants_page(request.headers()));
    let mut response = next.run(request).await;
    let unsent = response.extensions_mut().remove::<Unsent>();
    let show = |problem: &Problem| if is_for_eyes { as_page(problem, unsent.as_ref()) } else { as_document(problem) };
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        return problem_response(&failure, &request_id, environment, show);
    }
    // The router's own refusal has no body.
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allow = response.headers().get(http::header::ALLOW).cloned();
        let mut refused = problem_response(&Failure::MethodNotAllowed, &request_id, environment, show);
        if let Some(allow) = allow {
            refused.headers_mut().insert(http::header::ALLOW, allow);
        }
        return refused;
    }
    response
}

fn as_page(problem: &Problem, unsent: Option<&Unsent>) -> Response {
    let unsent = unsent.map(|Unsent { action, key, text }| (action.as_str(), Draft { key, text }));
    page(basic::problem(problem, unsent))
}
