//! The endpoints, one file for each noun.

pub mod admin;
pub mod agents;
pub mod artifacts;
pub mod attachments;
pub mod auth;
pub mod basic;
pub mod chat;
pub mod conversations;
pub mod events;
pub mod exports;
pub mod flags;
pub mod forks;
pub mod health;
pub mod imports;
pub mod library;
pub mod mailbox;
pub mod messages;
pub mod models;
pub mod oauth;
pub mod organizations;
mod paging;
pub mod passkeys;
pub mod runs;
pub mod schedules;
pub mod search;
pub mod shares;
pub mod socket;
pub mod subscription;
pub mod tools;
mod transcript;
pub mod usage;
pub mod users;
pub mod web;
pub mod webhooks;

use axum::response::{IntoResponse, Response};
use edgewise_domain::ports::{Answer as ObjectAnswer, Catalogue, Conversations};
use edgewise_protocol::{
    calls::conversation::{Asker, Call, Reply},
    ids::ConversationId,
    jobs::ProjectConversation,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure, refused},
};

/// Calls the conversation's object for `asker` and expects a reply.
async fn ask<P: AppPorts>(app: &App<P>, asker: Asker, id: ConversationId, call: Call) -> Answer<Reply> {
    match app.ports.conversations().call(id, Some(asker), call).await? {
        ObjectAnswer::Reply(reply) => Ok(*reply),
        _ => Err(unasked()),
    }
}

/// A page of the conversation, in the API's words, and the number of its newest event.
async fn page<P: AppPorts>(
    app: &App<P>,
    asker: Asker,
    id: ConversationId,
    call: Call,
) -> Answer<(<P::Conversations as Conversations>::Stream, u64)> {
    match app.ports.conversations().call(id, Some(asker), call).await? {
        ObjectAnswer::Page { body, last_seq } => Ok((body, last_seq)),
        ObjectAnswer::Reply(other) => Err(refused(*other)),
        ObjectAnswer::Stream(_) => Err(unasked()),
    }
}

/// An object sent what was not asked for.
fn unasked() -> Failure {
    Failure::Internal { log: "an object's answer is not of the kind that was asked for".into() }
}

/// Writes the catalogue's row at once, so that the next list shows it. The object's outbox writes it anyway.
async fn project_now<P: AppPorts>(app: &App<P>, job: &ProjectConversation) {
    // A failure is not the caller's: the log has the change, and the catalogue catches up within a minute.
    let _ = app.ports.catalogue().project(job).await;
}

/// A stream of server-sent events, passed on.
fn stream(stream: impl IntoResponse, extra: &[(&'static str, &'static str)]) -> Response {
    let mut response = stream.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that gather a stream would take its point away.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    for (name, value) in extra {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    response
}

/// A body with an entity tag; 304 without it when the caller has it.
fn tagged(headers: &HeaderMap, tag: &str, body: impl IntoResponse) -> Response {
    let etag = format!("\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = known.split(',').any(|each| each.trim().trim_start_matches("W/") == etag);
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// Whether the caller named JSON and not a stream.
fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/event-stream")
}
