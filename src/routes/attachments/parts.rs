//! Uploads in parts, which go on after a connection has broken: begun, each part put once or again, and completed.

use axum::{
    Json,
    extract::{Request, State},
    response::Response,
};
use edgewise_domain::{
    access::Write,
    files::records::Record,
    ports::{Attachments, Files},
};
use edgewise_protocol::api::{Attachment, BeginUpload};

use super::{begin as begin_row, found, made, may_write, room, shelf};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{Hole, JsonBody, body, caller::Writer},
};

/// A file with what of it is there.
pub(super) async fn view<P: AppPorts>(app: &App<P>, record: &Record) -> Answer<Attachment> {
    if record.is_ready || record.upload.is_none() {
        return Ok(record.view(None));
    }
    let parts = app.ports.attachments().parts(record.id).await?;
    Ok(record.view(Some(parts.into_iter().map(|(number, _)| number).collect())))
}

/// `POST /api/chat/attachments/uploads`
pub async fn begin<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    JsonBody(body): JsonBody<BeginUpload>,
) -> Answer<Response> {
    let most = app.config.max_file_bytes;
    if body.size == 0 {
        return Err(Failure::field("/size", "must be at least 1"));
    }
    if body.size > most {
        return Err(Failure::TooLarge { detail: format!("At most {most} bytes.") });
    }
    let grant = may_write(&app, &caller, body.project_id).await?;
    let media_type = body.media_type.unwrap_or_default();
    let mut record = begin_row(&app, grant, body.name, media_type, body.size, "/name").await?;
    let upload = app.ports.files().begin(&record.object).await?;
    app.ports.attachments().upload_begun(record.id, &upload).await?;
    record.upload = Some(upload);
    Ok(made(&record.view(Some(Vec::new()))))
}

/// `PUT /api/chat/attachments/{id}/parts/{number}`
pub async fn add<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole((id, number)): Hole<(String, String)>,
    request: Request,
) -> Answer<Json<Attachment>> {
    let (_, record) = found::<_, Write>(&app, &caller, &id).await?;
    let no_part = || Failure::NotFound { what: "Part" };
    let number: u32 = number.parse().map_err(|_| no_part())?;
    let length = record.part_bytes(number.into()).ok_or_else(no_part)?;
    let Some(upload) = record.upload.as_deref().filter(|_| !record.is_ready) else {
        return Err(Failure::Conflict { detail: "This file does not come in parts, or is whole.".into() });
    };
    let _held = room(&app)?;
    let bytes = body(request, usize::try_from(length).unwrap_or(usize::MAX)).await?;
    if bytes.len() as u64 != length {
        return Err(Failure::field("", format!("This part has {length} bytes, and not {}.", bytes.len())));
    }
    let etag = app.ports.files().part(&record.object, upload, number, bytes).await?;
    app.ports.attachments().part(record.id, number, &etag).await?;
    Ok(Json(view(&app, &record).await?))
}

/// `POST /api/chat/attachments/{id}/complete`: once more gives the same.
pub async fn complete<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
) -> Answer<Json<Attachment>> {
    let (_, record) = found::<_, Write>(&app, &caller, &id).await?;
    if record.is_ready {
        return Ok(Json(record.view(None)));
    }
    // Its text is read in memory.
    let _held = room(&app)?;
    Ok(Json(shelf(&app).complete(&record).await?.view(None)))
}
