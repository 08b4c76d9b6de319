//! Texts that are made beside a conversation.

use edgewise_domain::catalogue::{DEFAULT_PAGE, MAX_PAGE};
use edgewise_protocol::api::{
    Artifact, ArtifactDiff, ArtifactPage, ArtifactVersions, CreateArtifact, RestoreArtifact, UpdateArtifact,
    WriteArtifact,
};
use serde_json::{Value, json};

use super::{
    super::operation::{Operation, operation},
    ARTIFACTS, id, page,
};

fn on(method: &'static str, path: &'static str, id_: &'static str, summary: &'static str) -> Operation {
    operation(method, path, id_, ARTIFACTS, summary).hole("id", id(), "The artifact's.").fails(&[404])
}

fn version() -> Value {
    json!({"type": "integer", "format": "uint32", "minimum": 0})
}

pub fn operations() -> Vec<Operation> {
    let list = operation("GET", "/api/artifacts", "listArtifacts", ARTIFACTS, "One's own, the newest first.");
    let create = operation("POST", "/api/artifacts", "createArtifact", ARTIFACTS, "Makes one, with its first version.");
    vec![
        page(list, MAX_PAGE, DEFAULT_PAGE)
            .query("conversationId", id(), "Those of this conversation, whoever made them.")
            .json::<ArtifactPage>(200, "A page.")
            .fails(&[404]),
        create
            .once()
            .takes::<CreateArtifact>()
            .json::<Artifact>(201, "It is made.")
            .with(201, "Location")
            .fails(&[404, 409]),
        on("GET", "/api/artifacts/{id}", "getArtifact", "What is known of one.").json::<Artifact>(200, "As it is now."),
        on("PATCH", "/api/artifacts/{id}", "updateArtifact", "Changes what is named; no version is made.")
            .takes::<UpdateArtifact>()
            .json::<Artifact>(200, "As it is now."),
        on("DELETE", "/api/artifacts/{id}", "deleteArtifact", "Deletes it with all its versions.")
            .empty(204, "It is gone."),
        on("GET", "/api/artifacts/{id}/content", "getArtifactContent", "A version's content, as plain text.")
            .query("version", version(), "Without it, the newest.")
            .text(200, "All of it.", "text/plain")
            .with(200, "Content-Disposition")
            .tagged()
            .fails(&[422]),
        on("PUT", "/api/artifacts/{id}/content", "writeArtifact", "A new version, on top of the newest.")
            .takes::<WriteArtifact>()
            .json::<Artifact>(200, "As it is now. What is as it was makes no version.")
            .fails(&[409]),
        on("GET", "/api/artifacts/{id}/versions", "listArtifactVersions", "The versions that are kept, newest first.")
            .json::<ArtifactVersions>(200, "The newest 1,000."),
        on("POST", "/api/artifacts/{id}/restore", "restoreArtifact", "An older version's content as a new version.")
            .takes::<RestoreArtifact>()
            .json::<Artifact>(200, "As it is now.")
            .fails(&[409]),
        on("GET", "/api/artifacts/{id}/diff", "compareArtifact", "What turns one version into another, line by line.")
            .query("from", version(), "The older version; without it, the one before `to`.")
            .query("to", version(), "The newer one; without it, the newest.")
            .json::<ArtifactDiff>(200, "Nothing where they are the same.")
            .fails(&[422]),
    ]
}
