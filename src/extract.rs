//! Extractors: they do the rejecting, so that a route that runs has what it asked for.

pub mod caller;

use axum::{
    RequestPartsExt,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
};
use edgewise_domain::config::Config;
use edgewise_protocol::ids::ConversationId;
use futures::StreamExt;
use http::{Uri, header, request::Parts};
use serde::de::DeserializeOwned;

use crate::error::Failure;

/// Largest JSON body: the longest message with every character escaped. What is kept counts against the 128 MB
/// that all requests of an isolate share.
const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;
/// Stock clients post their whole conversation with each message.
const MAX_CHAT_BODY_BYTES: usize = 10 * 1024 * 1024;
/// The platform itself takes no larger body.
const MAX_DISCARDED_BYTES: usize = 100 * 1024 * 1024;
pub fn is_secure(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}

/// Whether a page of `origin` is one of ours: the request's own origin, or the configured one. Exactly.
pub fn is_our_origin(origin: &str, uri: &Uri, config: &Config) -> bool {
    let own = match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
        _ => String::new(),
    };
    !origin.is_empty() && (origin == own || config.app_origin.as_deref() == Some(origin))
}

/// The conversation that the path names. What is no id names nothing.
#[derive(Debug, Clone, Copy)]
pub struct ConversationPath(pub ConversationId);

impl<S: Send + Sync> FromRequestParts<S> for ConversationPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let Path(id) = parts.extract::<Path<String>>().await.map_err(|_| Failure::no_conversation())?;
        id.parse().map(Self).map_err(|_| Failure::no_conversation())
    }
}

/// The query, as a type.
#[derive(Debug, Clone)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let Query(query) = Query::try_from_uri(&parts.uri)
            .map_err(|error| Failure::Invalid { detail: error.body_text(), errors: Vec::new() })?;
        Ok(Self(query))
    }
}

/// A JSON body, as a type.
#[derive(Debug, Clone)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        json(request, MAX_BODY_BYTES).await.map(Self)
    }
}

/// The JSON body of a chat client.
#[derive(Debug, Clone)]
pub struct ChatBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ChatBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        json(request, MAX_CHAT_BODY_BYTES).await.map(Self)
    }
}
/// A JSON body, or nothing, which stands for an empty object.
#[derive(Debug, Clone)]
pub struct OptionalJsonBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let bytes = body(request, MAX_BODY_BYTES).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) { Ok(Self(T::default())) } else { parse(&bytes).map(Self) }
    }
}

async fn json<T: DeserializeOwned>(request: Request, most: usize) -> Result<T, Failure> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !is_json(kind) {
        return Err(Failure::UnsupportedMediaType);
    }
    parse(&body(request, most).await?)
}

/// The whole body. One that is too large is read to its end all the same, and thrown away: a connection that is
/// answered in the middle of an upload is cut, and the sender never sees the answer.
async fn body(request: Request, most: usize) -> Result<Vec<u8>, Failure> {
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let mut keep = declared.is_none_or(|length: usize| length <= most);
    let mut stream = request.into_body().into_data_stream();
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Failure::Malformed { detail: "The body ended early.".into() })?;
        length += chunk.len();
        keep &= length <= most;
        if keep {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
        if length > MAX_DISCARDED_BYTES {
            break;
        }
    }
    if keep { Ok(bytes) } else { Err(Failure::TooLarge { detail: format!("At most {most} bytes.") }) }
}

fn is_json(kind: &str) -> bool {
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let detail = error.inner().to_string();
        if error.inner().is_data() {
            let path = error.path().to_string();
            let pointer = if path == "." {
                String::new()
            } else {
                format!("/{}", path.replace(['.', '['], "/").replace(']', ""))
            };
            Failure::field(&pointer, detail)
        } else {
            Failure::Malformed { detail: format!("The body is not JSON: {detail}.") }
        }
    })?;
    deserializer.end().map_err(|error| Failure::Malformed { detail: format!("The body is not JSON: {error}.") })?;
    Ok(value)
}
