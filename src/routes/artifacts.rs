//! `/api/artifacts`: texts that are made beside a conversation.

pub mod content;

use axum::{Json, extract::State};
use edgewise_domain::{
    access::{self, Act, Delete, Grant, Read, Write},
    artifact::{
        check_language, check_title,
        desk::{Desk, DeskFault, Origin},
        records::{New, Record},
    },
    catalogue::{cursor, read_cursor},
    ports::Artifacts,
};
use edgewise_protocol::{
    api::{Artifact, ArtifactPage, Author, CreateArtifact, Scope, UpdateArtifact},
    calls::conversation::{Call, Reply},
    ids::{ArtifactId, ConversationId},
    limit::Class,
};
use http::StatusCode;
use serde::Deserialize;

use super::{
    ask,
    conversations::place,
    paging::{after, cut, page_limit},
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure, refused},
    extract::{
        Hole, JsonBody, Params,
        caller::{Asking, Caller, Writer},
        once::{Made, Making, Once, created},
    },
};

pub const WHAT: &str = "Artifact";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListParams {
    conversation_id: Option<ConversationId>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET /api/artifacts`
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Params(params): Params<ListParams>,
) -> Answer<Json<ArtifactPage>> {
    let limit = page_limit(params.limit)?;
    let after = after(params.cursor.as_deref(), read_cursor)?;
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let grant = where_made(&app, &caller, params.conversation_id).await?;
    let records = app.ports.artifacts().list(grant, params.conversation_id, after, limit).await?;
    let (records, next_cursor) = cut(records, limit, |last| cursor(last.updated_at_ms, last.id));
    Ok(Json(ArtifactPage { artifacts: records.iter().map(Record::view).collect(), next_cursor }))
}

/// A grant for where a conversation is that the caller can see; without one for what is their own.
async fn where_made<P: AppPorts, A: Act>(
    app: &App<P>,
    caller: &Caller,
    conversation: Option<ConversationId>,
) -> Answer<Grant<A>> {
    let Some(id) = conversation else { return caller.may(WHAT, caller.own()) };
    let conversation = match ask(app, caller.asker(), id, Call::Get).await? {
        Reply::Conversation { conversation, .. } => conversation,
        other => return Err(refused(other)),
    };
    let place = match conversation.project_id {
        Some(project) => Some(place(app, caller, project).await?.0),
        None => None,
    };
    caller.may("Conversation", access::Conversation { place, ..caller.own() })
}

/// `POST /api/artifacts`
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    once: Once,
    JsonBody(body): JsonBody<CreateArtifact>,
) -> Answer {
    once.make(&app, caller.user(), body, |making, body| make(&app, &caller, making, body)).await
}

async fn make<P: AppPorts>(app: &App<P>, caller: &Caller, making: Making, body: CreateArtifact) -> Answer<Made> {
    let grant = where_made::<_, Write>(app, caller, body.conversation_id).await?;
    let new = New {
        id: ArtifactId::new(making.at_ms, &making.id_bytes()),
        conversation: body.conversation_id,
        title: body.title,
        kind: body.kind,
        language: body.language.filter(|language| !language.is_empty()),
    };
    let (record, _) = desk(app).create(grant, &new, &by_user(app), &body.content).await.map_err(failure)?;
    let artifact = record.view();
    Ok(created(format!("/api/artifacts/{}", artifact.id), &artifact))
}

/// `GET /api/artifacts/{id}`
pub async fn show<P: AppPorts>(State(app): State<App<P>>, asking: Asking, Hole(id): Hole) -> Answer<Json<Artifact>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let (_, record) = found::<_, Read>(&app, &caller, &id).await?;
    Ok(Json(record.view()))
}

/// `PATCH /api/artifacts/{id}`
pub async fn update<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
    JsonBody(body): JsonBody<UpdateArtifact>,
) -> Answer<Json<Artifact>> {
    let (grant, record) = found(&app, &caller, &id).await?;
    body.title.as_deref().map_or(Ok(()), check_title).map_err(|fault| failure(fault.into()))?;
    body.language.as_deref().map_or(Ok(()), check_language).map_err(|fault| failure(fault.into()))?;
    let (title, language, now_ms) = (body.title.as_deref(), body.language.as_deref(), app.now_ms());
    let changed = app.ports.artifacts().change(grant, record.id, title, language, now_ms).await?;
    changed.map(|record| Json(record.view())).ok_or(Failure::NotFound { what: WHAT })
}

/// `DELETE /api/artifacts/{id}`
pub async fn delete<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
) -> Answer<StatusCode> {
    let (grant, record) = found::<_, Delete>(&app, &caller, &id).await?;
    app.ports.artifacts().remove(grant, record.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An artifact that the caller may do this to.
async fn found<P: AppPorts, A: Act>(app: &App<P>, caller: &Caller, id: &str) -> Answer<(Grant<A>, Record)> {
    let missing = || Failure::NotFound { what: WHAT };
    let id = id.parse().map_err(|_| missing())?;
    let record = app.ports.artifacts().find(id).await?.ok_or_else(missing)?;
    Ok((caller.may(WHAT, record.resource())?, record))
}

fn desk<P: AppPorts>(app: &App<P>) -> Desk<'_, P::Files, P::Attachments, P::Artifacts> {
    Desk { files: app.ports.files(), attachments: app.ports.attachments(), artifacts: app.ports.artifacts() }
}

fn by_user<P: AppPorts>(app: &App<P>) -> Origin {
    let (now_ms, file) = (app.now_ms(), app.new_attachment_id());
    Origin { author: Author::User, message: None, call: None, now_ms, file }
}

fn failure(fault: DeskFault) -> Failure {
    match fault {
        DeskFault::Store(error) => error.into(),
        DeskFault::Bad(fault) => Failure::field(&format!("/{}", fault.field), fault.why),
        DeskFault::NoVersion => Failure::NotFound { what: "Version" },
        DeskFault::Gone => Failure::NotFound { what: WHAT },
        fault @ (DeskFault::BadEdit(_) | DeskFault::Full | DeskFault::Busy | DeskFault::Newer(_)) => {
            Failure::Conflict { detail: fault.to_string() }
        }
    }
}
