//! `/api/chat/attachments`: files that people send, and their bytes.

pub mod incoming;
pub mod parts;
pub mod room;

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    access::{self, Act, Delete, Grant, Read, Write},
    artifact::desk::MEDIA_TYPE,
    chat::send::MAX_KEY_CHARS,
    files::{
        MAX_FILES, MAX_MEDIA_TYPE_CHARS, MAX_NAME_CHARS, clean_name,
        intake::Shelf,
        kind::{IMAGES, essence},
        range::{Wanted, wanted},
        records::{New, Record},
    },
    ports::{Attachments, Files, Ports},
};
use edgewise_protocol::{
    api::{Attachment, AttachmentStatus, Scope},
    attachment::Attached,
    ids::{AttachmentId, ConversationId, ProjectId},
    limit::Class,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::conversations::place;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, Params,
        caller::{Asking, Caller, Writer},
    },
};
use incoming::Incoming;
use room::Place;

pub const WHAT: &str = "Attachment";

#[derive(Debug, Deserialize)]
pub struct UploadParams {
    name: Option<String>,
    project: Option<ProjectId>,
}

/// `POST /api/chat/attachments`: a file as the whole body, or in a form.
pub async fn upload<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Params(params): Params<UploadParams>,
    request: Request,
) -> Answer {
    let _held = room(&app)?;
    let grant = may_write(&app, &caller, params.project).await?;
    let mut incoming = Incoming::read(request, params.name)?;
    let head = incoming.head().await?;
    let record = begin(&app, grant, head.name, head.media_type, 0, "name").await?;
    let most = app.config.max_file_bytes;
    let taken = shelf(&app).take(&record, most, incoming.chunks()).await;
    let taken = taken.map_err(|fault| too_large(fault.into(), most))?;
    Ok(made(&taken.view(None)))
}

fn too_large(failure: Failure, most: u64) -> Failure {
    match failure {
        Failure::TooLarge { .. } => Failure::TooLarge { detail: format!("At most {most} bytes.") },
        other => other,
    }
}

/// A place among the uploads that may hold memory.
fn room<P: AppPorts>(app: &App<P>) -> Answer<Place> {
    let full = || Failure::Busy { detail: "As many uploads as may be are under way. Try again in a moment.".into() };
    app.uploads.enter(app.now_ms()).ok_or_else(full)
}

fn shelf<P: AppPorts>(app: &App<P>) -> Shelf<'_, P::Files, P::Attachments, <P as Ports>::Standards> {
    Shelf { files: app.ports.files(), attachments: app.ports.attachments(), standards: app.ports.standards() }
}

fn made(attachment: &Attachment) -> Response {
    let location = format!("/api/chat/attachments/{}", attachment.id);
    (StatusCode::CREATED, [(header::LOCATION, location)], Json(attachment)).into_response()
}

async fn may_write<P: AppPorts>(app: &App<P>, caller: &Caller, project: Option<ProjectId>) -> Answer<Grant<Write>> {
    let place = match project {
        Some(project) => Some(place(app, caller, project).await?.0),
        None => None,
    };
    caller.may("Project", access::Conversation { place, ..caller.own() })
}

/// Its row, before its bytes.
async fn begin<P: AppPorts>(
    app: &App<P>,
    grant: Grant<Write>,
    name: String,
    media_type: String,
    size: u64,
    pointer: &str,
) -> Answer<Record> {
    let name = clean_name(&name);
    if name.is_empty() {
        return Err(Failure::field(pointer, "Give the file a name."));
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(Failure::field(pointer, format!("is too long: at most {MAX_NAME_CHARS} characters")));
    }
    if media_type.len() > MAX_MEDIA_TYPE_CHARS {
        return Err(Failure::Unreadable { detail: format!("A type has {MAX_MEDIA_TYPE_CHARS} characters at most.") });
    }
    let new = New { id: app.new_attachment_id(), name, media_type, size, created_at_ms: app.now_ms() };
    if !app.ports.attachments().begin(grant, &new).await? {
        return Err(Failure::Conflict { detail: "Too many uploads are unfinished. Complete or delete some.".into() });
    }
    Ok(Record::begun(grant, &new))
}

/// A file that the caller may do this to. What an artifact holds is none: it goes with its version.
async fn found<P: AppPorts, A: Act>(app: &App<P>, caller: &Caller, id: &str) -> Answer<(Grant<A>, Record)> {
    let missing = || Failure::NotFound { what: WHAT };
    let id: AttachmentId = id.parse().map_err(|_| missing())?;
    let found = app.ports.attachments().find(&[id]).await?.pop();
    let record = found.filter(|record| record.media_type != MEDIA_TYPE).ok_or_else(missing)?;
    Ok((caller.may(WHAT, record.resource())?, record))
}

/// The files of a message, each of which the caller may read and is whole; in the order of `ids`.
pub(super) async fn attached<P: AppPorts>(
    app: &App<P>,
    caller: &Caller,
    conversation: ConversationId,
    ids: &[String],
    pointer: &str,
) -> Answer<Vec<Attached>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if ids.len() > MAX_FILES {
        return Err(Failure::field(pointer, format!("A message has {MAX_FILES} files at most.")));
    }
    let missing = |at: usize| Failure::field(&format!("{pointer}/{at}"), "is no attachment of yours that is whole");
    let mut known: Vec<AttachmentId> = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        let id = Some(id)
            .filter(|id| id.len() <= MAX_KEY_CHARS)
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| missing(at))?;
        if known.contains(&id) {
            return Err(Failure::field(&format!("{pointer}/{at}"), "is there twice"));
        }
        known.push(id);
    }
    let records = app.ports.attachments().find(&known).await?;
    let mut files = Vec::new();
    for (at, id) in known.iter().enumerate() {
        let record = records.iter().find(|record| record.id == *id && record.is_ready).ok_or_else(|| missing(at))?;
        caller.may::<Read, _>(WHAT, record.resource()).map_err(|_| missing(at))?;
        files.push(record.attached());
    }
    // Before the message: a file that a conversation holds and no row says so would stay for ever.
    app.ports.attachments().used(conversation, &known).await?;
    Ok(files)
}

/// `GET /api/chat/attachments/{id}/info`
pub async fn info<P: AppPorts>(State(app): State<App<P>>, asking: Asking, Hole(id): Hole) -> Answer<Json<Attachment>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let (_, record) = found::<_, Read>(&app, &caller, &id).await?;
    let view = parts::view(&app, &record).await?;
    Ok(Json(view))
}

/// `DELETE /api/chat/attachments/{id}`: also of an upload that is under way.
pub async fn delete<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
) -> Answer<StatusCode> {
    let (grant, record) = found::<_, Delete>(&app, &caller, &id).await?;
    app.ports.attachments().remove(grant, record.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/chat/attachments/{id}`
pub async fn bytes<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
    headers: HeaderMap,
) -> Answer<Response> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let (_, record) = found::<_, Read>(&app, &caller, &id).await?;
    if record.view(None).status != AttachmentStatus::Ready {
        return Err(Failure::Conflict { detail: "The file is not whole yet.".into() });
    }
    let etag = format!("\"{}\"", record.sha256.as_deref().unwrap_or_default());
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let known = text(header::IF_NONE_MATCH).unwrap_or_default();
    if known.split(',').any(|each| each.trim().trim_start_matches("W/") == etag) {
        return Ok(described(StatusCode::NOT_MODIFIED.into_response(), &record, &etag));
    }
    let range = wanted(text(header::RANGE), text(header::IF_RANGE), &etag, record.size);
    let part = match range {
        Wanted::Nothing => return Err(Failure::NoSuchRange { size: record.size }),
        Wanted::Whole => None,
        Wanted::Part { from, length } => Some((from, length)),
    };
    let missing = || Failure::NotFound { what: WHAT };
    let body = app.ports.files().open(&record.object, part).await?.ok_or_else(missing)?;
    let mut response = described(body.into_response(), &record, &etag);
    if let Some((from, length)) = part {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let told = format!("bytes {from}-{}/{}", from + length - 1, record.size);
        insert(response.headers_mut(), header::CONTENT_RANGE, &told);
    }
    Ok(response)
}

/// The headers of a file. Only images are shown where they are; everything else is for a person to keep, whatever a
/// browser would make of it.
fn described(mut response: Response, record: &Record, etag: &str) -> Response {
    let kind = essence(&record.media_type);
    let is_image = IMAGES.contains(&kind.as_str());
    let headers = response.headers_mut();
    insert(headers, header::CONTENT_TYPE, if is_image { &kind } else { "application/octet-stream" });
    insert(headers, header::CONTENT_DISPOSITION, &disposition(&record.name, is_image));
    insert(headers, header::ETAG, etag);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

pub(super) fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// RFC 6266: a name for everybody, and the real one in UTF-8.
pub(super) fn disposition(name: &str, is_inline: bool) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    let how = if is_inline { "inline" } else { "attachment" };
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_header() {
        assert_eq!(disposition("a b.png", true), "inline; filename=\"a b.png\"; filename*=UTF-8''a%20b.png");
        assert_eq!(disposition("ü\".x", false), "attachment; filename=\"__.x\"; filename*=UTF-8''%C3%BC%22.x");
    }
}
