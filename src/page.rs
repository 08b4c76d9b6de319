//! Pages that are rendered here, for people who look at them in a browser.

use axum::response::{Html, IntoResponse, Response};
use edgewise_domain::rendering::basic;
use http::{HeaderMap, HeaderValue, header};

/// A page with the policy of its kind.
pub fn page(html: String) -> Response {
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&basic::content_security_policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // Without a referrer a browser calls the origin of our own forms unknown, and we refuse them.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Whether it is a browser that goes to an address, and not a program or a script.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| kind.trim_start().starts_with("text/html"))
}

/// A message that a form sent and that was not taken: the page that says so gives it back.
#[derive(Debug, Clone)]
pub struct Unsent {
    /// Where its form sends to.
    pub action: String,
    pub key: String,
    pub text: String,
}
