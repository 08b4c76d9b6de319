//! Refuses bodies that no route takes, before anything is done for them: other types than JSON, so that no form of
//! another site can post here; compressed ones, which could unpack to anything; and those that say they are too large.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::header;

use crate::{
    error::Failure,
    extract::{MAX_CHAT_BODY_BYTES, is_json},
};

pub async fn check(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let is_one_json = kinds.next().is_none_or(is_json) && kinds.next().is_none();
    let is_plain = headers.get(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    if !is_one_json || !is_plain {
        return Failure::UnsupportedMediaType.into_response();
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_CHAT_BODY_BYTES) {
        return Failure::TooLarge { detail: format!("At most {MAX_CHAT_BODY_BYTES} bytes.") }.into_response();
    }
    next.run(request).await
}
