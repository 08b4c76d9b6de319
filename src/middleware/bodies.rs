//! Refuses bodies that no route takes, before anything is done for them: other types than JSON where none is a file or a
//! page's form, so that no form of another site can post here (where one is, `origin` refuses it); and compressed ones,
//! which could unpack to anything. What is too large is for the route's extractor, which reads it to its end: a sender
//! that is answered before that may never see the answer.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::header;

use crate::{
    error::Failure,
    extract::{form::is_form, is_json},
};

/// Where a body is a file.
const FILES: [&str; 2] = ["/api/chat/attachments", "/api/chat/attachments/{id}/parts/{number}"];

/// Where a body is a form.
const PAGES: &str = "/basic/";

pub async fn check(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let is_file = path.is_some_and(|path| FILES.contains(&path));
    let is_page = path.is_some_and(|path| path.starts_with(PAGES));
    let headers = request.headers();
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let is_of_one_kind =
        kinds.next().is_none_or(|kind| is_file || is_page && is_form(kind) || is_json(kind)) && kinds.next().is_none();
    let is_plain = headers.get(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    if !is_of_one_kind || !is_plain {
        return Failure::UnsupportedMediaType.into_response();
    }
    next.run(request).await
}
