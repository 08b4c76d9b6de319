//! Files that go with messages.

use edgewise_domain::files::{MAX_NAME_CHARS, kind::IMAGES};
use edgewise_protocol::api::{Attachment, BeginUpload};
use serde_json::json;

use super::{
    super::operation::{Operation, operation},
    FILES, id,
};

/// What a file is served as: images as they are, all else as bytes.
const SERVED: &[&str] = &["application/octet-stream", IMAGES[0], IMAGES[1], IMAGES[2], IMAGES[3]];

fn on(method: &'static str, path: &'static str, id_: &'static str, summary: &'static str) -> Operation {
    operation(method, path, id_, FILES, summary).hole("id", id(), "The file's.").fails(&[404])
}

pub fn operations() -> Vec<Operation> {
    let name = json!({"type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARS, "pattern": "\\S"});
    let number = json!({"type": "integer", "minimum": 1});
    let text = || json!({"type": "string"});
    let upload = operation("POST", "/api/chat/attachments", "uploadAttachment", FILES, "Takes a file, all at once.");
    let begin = operation("POST", "/api/chat/attachments/uploads", "beginUpload", FILES, "Begins a file in parts.");
    vec![
        upload
            .query("name", name, "The file's name; a form has its own.")
            .query("project", id(), "The project that it belongs to, and not its sender alone.")
            .takes_file(
                true,
                "At most `MAX_FILE_SIZE_MB`. Its `Content-Type` is the file's, or that of a form with one file.",
            )
            .json::<Attachment>(201, "It is whole.")
            .with(201, "Location")
            .fails(&[404, 409]),
        begin
            .takes::<BeginUpload>()
            .json::<Attachment>(201, "Its parts may come.")
            .with(201, "Location")
            .fails(&[404, 409]),
        on(
            "PUT",
            "/api/chat/attachments/{id}/parts/{number}",
            "addPart",
            "One part, in any order; once more replaces it.",
        )
        .hole("number", number, "Counted from 1.")
        .takes_file(false, "Exactly `partBytes` bytes, and of the last part what is left.")
        .json::<Attachment>(200, "With the parts that are there.")
        .fails(&[409]),
        on(
            "POST",
            "/api/chat/attachments/{id}/complete",
            "completeUpload",
            "Makes a file of its parts; once more gives the same.",
        )
        .json::<Attachment>(200, "It is whole.")
        .fails(&[409, 422]),
        on("GET", "/api/chat/attachments/{id}/info", "getAttachment", "What is known of a file.")
            .json::<Attachment>(200, "As it is now."),
        on("GET", "/api/chat/attachments/{id}", "downloadAttachment", "A file's bytes.")
            .header("Range", text(), "One range of bytes.")
            .header("If-Range", text(), "The `ETag` of which a range is wanted.")
            .file(200, "All of them.", SERVED)
            .file(206, "Those that were asked for.", SERVED)
            .with(200, "Content-Disposition")
            .with(200, "Accept-Ranges")
            .with(206, "Content-Range")
            .tagged()
            .fails(&[409, 416]),
        on("DELETE", "/api/chat/attachments/{id}", "deleteAttachment", "Deletes a file, or gives up its upload.")
            .empty(204, "It is gone. Messages that had it show its name alone."),
    ]
}
