//! Lets the pages of `ALLOWED_ORIGINS` read our answers, and answers their browsers' preflights.

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use edgewise_domain::origins::Page;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::{
    app::{App, AppPorts},
    extract::page,
};

const PREFLIGHT: [(HeaderName, HeaderValue); 4] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE")),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(
            "Accept, Authorization, Content-Type, Idempotency-Key, If-None-Match, If-Range, Last-Event-ID, Range, X-API-Key",
        ),
    ),
    // Ten minutes: a page that is taken off the list is soon off it everywhere.
    (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Accept-Ranges, Content-Disposition, Content-Range, ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-RateLimit-Limit, \
     X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id",
);

pub async fn allow<P: AppPorts>(State(app): State<App<P>>, request: Request, next: Next) -> Response {
    let page = page(request.headers(), request.uri(), &app.config);
    let origin = request.headers().get(header::ORIGIN).cloned();
    let preflight = is_preflight(&request);
    let (Some(origin), Some(page @ (Page::Own | Page::Listed | Page::Public))) = (origin, page) else {
        return next.run(request).await;
    };
    let mut response = if preflight {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().extend(PREFLIGHT);
        response
    } else {
        next.run(request).await
    };
    write(response.headers_mut(), origin, page);
    response
}

fn write(headers: &mut HeaderMap, origin: HeaderValue, page: Page) {
    let credentials = page.is_trusted();
    let shown = if credentials { origin } else { HeaderValue::from_static("*") };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, shown);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    if credentials {
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

/// A browser asks before it sends.
pub fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}
