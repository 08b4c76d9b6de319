//! Turns the runtime's request into the router's: its parts alone, and none of what Cloudflare knows of the connection,
//! which the runtime would have to read for each request.

use http::Request;
use worker::{Body, Result, web_sys};

use crate::headers;

/// The router's request.
///
/// # Errors
/// When it is none that HTTP knows: an address or a header that cannot be.
pub fn from_runtime(request: &web_sys::Request) -> Result<Request<Body>> {
    let body = request.body().map_or_else(Body::empty, Body::new);
    let mut incoming = Request::builder().method(request.method().as_str()).uri(request.url()).body(body)?;
    *incoming.headers_mut() = headers::read(&request.headers())?;
    Ok(incoming)
}
