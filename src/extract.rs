//! Extractors: they do the rejecting, so that a route that runs has what it asked for.

pub mod caller;
pub mod credential;
pub mod form;
pub mod note;
pub mod once;
pub mod visitor;

use std::{convert::Infallible, error::Error};

use axum::{
    RequestPartsExt,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::QueryRejection},
};
use edgewise_domain::{
    config::Config,
    nesting::{MAX_DEPTH, is_too_deep},
    origins::Page,
};
use edgewise_protocol::ids::ConversationId;
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, Uri, header, request::Parts};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::{
    bounds::{MAX_BODY_BYTES, MAX_CHAT_BODY_BYTES},
    error::Failure,
};

/// The platform itself takes no larger body.
const MAX_DISCARDED_BYTES: usize = 100 * 1024 * 1024;
pub fn is_secure(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}

/// The request's own origin.
fn own_origin(uri: &Uri) -> String {
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
        _ => String::new(),
    }
}

/// Where our pages are: links in letters lead there.
pub fn page_origin(uri: &Uri, config: &Config) -> String {
    config.app_origin.clone().unwrap_or_else(|| own_origin(uri))
}

/// What the page that a browser speaks for may do; `None` when it names none, as programs do.
pub fn page(headers: &HeaderMap, uri: &Uri, config: &Config) -> Option<Page> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin = origins.next()?.to_str().unwrap_or_default();
    if origins.next().is_some() {
        return Some(Page::Unknown);
    }
    Some(config.allowed_origins.judge(origin, &own_origin(uri), config.app_origin.as_deref()))
}

/// What stands in the hole of the path, or in its holes as a tuple. What is no UTF-8 names nothing, as the empty text
/// does: a route that asks for either finds nothing, in its own words.
#[derive(Debug, Clone)]
pub struct Hole<T = String>(pub T);

impl<T: DeserializeOwned + Default + Send + 'static, S: Send + Sync> FromRequestParts<S> for Hole<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extract::<Path<T>>().await.map_or_else(|_| T::default(), |Path(found)| found)))
    }
}

/// The conversation that the path names. What is no id names nothing.
#[derive(Debug, Clone, Copy)]
pub struct ConversationPath(pub ConversationId);

impl<S: Send + Sync> FromRequestParts<S> for ConversationPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let Ok(Hole(id)) = parts.extract::<Hole>().await;
        id.parse().map(Self).map_err(|_| Failure::no_conversation())
    }
}

/// A conversation and a call of a tool in it.
#[derive(Debug, Clone)]
pub struct CallPath(pub ConversationId, pub String);

impl<S: Send + Sync> FromRequestParts<S> for CallPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let Ok(Hole((id, call))) = parts.extract::<Hole<(String, String)>>().await;
        id.parse().map(|id| Self(id, call)).map_err(|_| Failure::no_conversation())
    }
}

/// The message that the path names, and its conversation. What is no id of a message is known to the conversation alone.
#[derive(Debug, Clone)]
pub struct MessagePath(pub ConversationId, pub String);

impl<S: Send + Sync> FromRequestParts<S> for MessagePath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let Ok(Hole((id, message))) = parts.extract::<Hole<(String, String)>>().await;
        id.parse().map(|id| Self(id, message)).map_err(|_| Failure::no_conversation())
    }
}

/// The query, as a type.
#[derive(Debug, Clone)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let Query(query) = Query::try_from_uri(&parts.uri).map_err(|error| bad_query(&error, &parts.uri))?;
        Ok(Self(query))
    }
}

/// Names the parameter: the one that does not read, else the one that is there twice.
fn bad_query(error: &QueryRejection, uri: &Uri) -> Failure {
    type Unread = serde_path_to_error::Error<serde::de::value::Error>;
    let cause = error.source().and_then(|wrapped| wrapped.source());
    let unread = cause.and_then(|cause| cause.downcast_ref::<Unread>());
    let (path, detail) = unread.map_or_else(
        || (String::new(), error.body_text()),
        |unread| (unread.path().to_string(), unread.inner().to_string()),
    );
    let names: Vec<_> =
        uri.query().unwrap_or_default().split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect();
    let is_twice = |name: &&&str| names.iter().filter(|each| each == name).count() > 1;
    match names.iter().find(is_twice) {
        Some(name) if path == "." => Failure::field(name, detail),
        _ => Failure::field(path.trim_start_matches('.'), detail),
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

/// A file of JSON, which is read conversation by conversation: as a whole it would take its size many times over.
#[derive(Debug, Clone)]
pub struct FileBody(pub Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for FileBody {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        if !request.headers().get(header::CONTENT_TYPE).is_some_and(is_json) {
            return Err(Failure::UnsupportedMediaType);
        }
        body(request, MAX_CHAT_BODY_BYTES).await.map(Self)
    }
}

/// A JSON body, or nothing, which stands for an empty object.
#[derive(Debug, Clone)]
pub struct OptionalJsonBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE).is_some_and(is_json);
        let bytes = body(request, MAX_BODY_BYTES).await?;
        match bytes.iter().all(u8::is_ascii_whitespace) {
            true => Ok(Self(T::default())),
            false if kind => parse(&bytes).map(Self),
            false => Err(Failure::UnsupportedMediaType),
        }
    }
}

async fn json<T: DeserializeOwned>(request: Request, most: usize) -> Result<T, Failure> {
    if !request.headers().get(header::CONTENT_TYPE).is_some_and(is_json) {
        return Err(Failure::UnsupportedMediaType);
    }
    parse(&body(request, most).await?)
}

/// The whole body. One that is too large is read to its end all the same, and thrown away: a connection that is
/// answered in the middle of an upload is cut, and the sender never sees the answer.
pub async fn body(request: Request, most: usize) -> Result<Vec<u8>, Failure> {
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

/// `application/json`, in the one charset that JSON has.
pub fn is_json(kind: &HeaderValue) -> bool {
    let mut parts = kind.to_str().unwrap_or_default().split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let fits = |part: &str| match part.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    is_json && parts.all(fits)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    if is_too_deep(bytes) {
        let detail = format!("The body nests too deep: at most {MAX_DEPTH} brackets inside one another.");
        return Err(Failure::Malformed { detail });
    }
    let malformed = |error| Failure::Malformed { detail: format!("The body is not JSON: {error}.") };
    if bytes.trim_ascii_start().starts_with(b"[") {
        // Serde would take a list for an object's fields in their order.
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(malformed)?;
        return Err(Failure::field("", "must be an object, not a list"));
    }
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
            malformed(error.into_inner())
        }
    })?;
    deserializer.end().map_err(malformed)?;
    Ok(value)
}
