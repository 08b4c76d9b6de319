//! The body of a page's form.

use axum::extract::{FromRequest, Request};
use http::{HeaderValue, header};
use serde::de::DeserializeOwned;

use super::body;
use crate::{bounds::MAX_BODY_BYTES, error::Failure};

/// A form, as a type.
#[derive(Debug, Clone)]
pub struct FormBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for FormBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        if !request.headers().get(header::CONTENT_TYPE).is_some_and(is_form) {
            return Err(Failure::UnsupportedMediaType);
        }
        let bytes = body(request, MAX_BODY_BYTES).await?;
        let form = serde_urlencoded::from_bytes(&bytes);
        form.map(Self).map_err(|error| Failure::field("", error.to_string()))
    }
}

/// What browsers send where a form does not ask for another type.
pub fn is_form(kind: &HeaderValue) -> bool {
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
