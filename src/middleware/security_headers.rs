//! Headers that every answer of the API carries.

use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderName, HeaderValue, header};

const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::VARY, HeaderValue::from_static("Origin, Cookie, Authorization, Accept")),
];

pub async fn add(request: Request, next: Next) -> Response {
    protected(next.run(request).await)
}

/// The response with the headers.
pub fn protected(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        // A page of ours says itself what it may do, and whom it tells where it is.
        let is_its_own = name == header::CONTENT_SECURITY_POLICY || name == header::REFERRER_POLICY;
        if !is_its_own || !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
