//! `/api/artifacts/{id}/content` and what is told of an artifact's versions. A content is never served as what it is: pages
//! and drawings that others have made would speak for us.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    access::Read,
    artifact::{
        diff,
        records::{Record, Stored},
    },
    ports::{Artifacts, Files},
};
use edgewise_protocol::{
    api::{Artifact, ArtifactDiff, ArtifactVersions, RestoreArtifact, Scope, WriteArtifact},
    limit::Class,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::{
    super::attachments::{disposition, insert},
    by_user, desk, failure, found,
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody, Params,
        caller::{Asking, Writer},
    },
};

const NO_VERSION: Failure = Failure::NotFound { what: "Version" };

#[derive(Debug, Deserialize)]
pub struct ContentParams {
    version: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub struct DiffParams {
    from: Option<u32>,
    to: Option<u32>,
}

/// `GET …/content`
pub async fn bytes<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
    Params(params): Params<ContentParams>,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let (grant, record) = found::<_, Read>(&app, &caller, &id).await?;
    let version = params.version.unwrap_or(record.version);
    let stored = app.ports.artifacts().stored(grant, record.id, version).await?.ok_or(NO_VERSION)?;
    let etag = format!("\"{}\"", stored.sha256);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if known.split(',').any(|each| each.trim().trim_start_matches("W/") == etag) {
        return Ok(described(StatusCode::NOT_MODIFIED.into_response(), &record, &stored));
    }
    let body = app.ports.files().open(&stored.object, None).await?.ok_or(NO_VERSION)?;
    Ok(described(body.into_response(), &record, &stored))
}

fn described(mut response: Response, record: &Record, stored: &Stored) -> Response {
    let headers = response.headers_mut();
    insert(headers, header::ETAG, &format!("\"{}\"", stored.sha256));
    insert(headers, header::CONTENT_DISPOSITION, &disposition(&format!("{}.txt", record.title.trim()), false));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// `PUT …/content`
pub async fn write<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
    JsonBody(body): JsonBody<WriteArtifact>,
) -> Answer<Json<Artifact>> {
    let (grant, record) = found(&app, &caller, &id).await?;
    let base = Some(body.base_version);
    let written = desk(&app).write(grant, record, &by_user(&app), base, &body.content).await;
    Ok(Json(written.map_err(failure)?.0.view()))
}

/// `GET …/versions`
pub async fn versions<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
) -> Answer<Json<ArtifactVersions>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let (grant, record) = found(&app, &caller, &id).await?;
    Ok(Json(ArtifactVersions { versions: app.ports.artifacts().versions(grant, record.id).await? }))
}

/// `POST …/restore`
pub async fn restore<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
    JsonBody(body): JsonBody<RestoreArtifact>,
) -> Answer<Json<Artifact>> {
    let (grant, record) = found(&app, &caller, &id).await?;
    let restored = desk(&app).restore(grant, record, &by_user(&app), body.version).await;
    Ok(Json(restored.map_err(failure)?.view()))
}

/// `GET …/diff`: of the newest version and the one before, unless others are named.
pub async fn compare<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
    Params(DiffParams { from, to }): Params<DiffParams>,
) -> Answer<Json<ArtifactDiff>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let (grant, record) = found(&app, &caller, &id).await?;
    let to = to.unwrap_or(record.version);
    let from = from.unwrap_or_else(|| to.saturating_sub(1).max(1));
    let desk = desk(&app);
    let (_, old) = desk.text(grant, record.id, from).await.map_err(failure)?;
    let (_, new) = desk.text(grant, record.id, to).await.map_err(failure)?;
    Ok(Json(ArtifactDiff { from, to, hunks: diff::hunks(&old, &new) }))
}
