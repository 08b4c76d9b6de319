//! Refuses bodies that no route takes, before anything is done for them: other types than JSON, so that no form of
//! another site can post here; and compressed ones, which could unpack to anything. What is too large is for the route's
//! extractor, which reads it to its end: a sender that is answered before that may never see the answer.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::header;

use crate::{error::Failure, extract::is_json};

pub async fn check(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let is_one_json = kinds.next().is_none_or(is_json) && kinds.next().is_none();
    let is_plain = headers.get(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    if !is_one_json || !is_plain {
        return Failure::UnsupportedMediaType.into_response();
    }
    next.run(request).await
}
