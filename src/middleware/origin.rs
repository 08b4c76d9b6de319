//! Refuses what a page of another site would have a browser do. A browser always tells a page's origin when it
//! posts across sites; programs send none.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use edgewise_domain::origins::Page;
use http::Method;

use super::cors::is_preflight;
use crate::{
    app::{App, AppPorts},
    error::Failure,
    extract::{credential::cookie, page},
};

pub async fn check<P: AppPorts>(State(app): State<App<P>>, request: Request, next: Next) -> Response {
    let (headers, uri) = (request.headers(), request.uri());
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let has_cookie = cookie(headers, uri).is_some();
    let is_foreign = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    let refused = match page(headers, uri, &app.config) {
        Some(Page::Unknown) => changes || is_preflight(&request),
        // Its own hands hold no cookie: the browser added it.
        Some(Page::Public) => changes && has_cookie,
        Some(Page::Own | Page::Listed) | None => changes && has_cookie && is_foreign,
    };
    if refused { Failure::Forbidden.into_response() } else { next.run(request).await }
}
