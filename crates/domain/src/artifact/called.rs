//! The tools of a model that make, change and read artifacts. A call makes one version, however often it runs.

use edgewise_protocol::{
    api::{ArtifactKind, Author},
    ids::{ArtifactId, AttachmentId, ConversationId, MessageId},
};
use serde_json::{Value, json};

use super::{
    desk::{Desk, DeskFault, Origin},
    edits::Edit,
    records::{New, Record},
};
use crate::{
    access::{Act, Grant, Principal, Write, authorize},
    ports::{Artifacts, Attachments, Files},
    tools::{Tool, fitting},
};

/// What a call knows of the turn that it is of.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// Who asked: it runs with their rights alone.
    pub principal: Principal<'a>,
    /// For where the conversation is.
    pub grant: Grant<Write>,
    /// Where one that is made goes.
    pub conversation: Option<ConversationId>,
    pub message: Option<MessageId>,
    /// Names the call among all calls: an id of where it was made, a slash, and its name there.
    pub call: &'a str,
    pub now_ms: u64,
    /// For what is made.
    pub artifact: ArtifactId,
    pub file: AttachmentId,
}

/// Runs one.
///
/// # Errors
/// A sentence for the model.
pub async fn run<F: Files, A: Attachments, R: Artifacts>(
    desk: &Desk<'_, F, A, R>,
    context: &Context<'_>,
    tool: Tool,
    input: &Value,
) -> Result<Value, String> {
    let origin = Origin {
        author: Author::Model,
        message: context.message,
        call: Some(context.call.to_owned()),
        now_ms: context.now_ms,
        file: context.file,
    };
    let text = |field: &str| input.get(field).and_then(Value::as_str);
    match tool {
        Tool::ArtifactCreate => {
            let kind = text("kind").and_then(ArtifactKind::named).ok_or("kind is none that there is.")?;
            let new = New {
                id: context.artifact,
                conversation: context.conversation,
                title: text("title").unwrap_or_default().to_owned(),
                kind,
                language: text("language").filter(|language| !language.is_empty()).map(str::to_owned),
            };
            let content = text("content").unwrap_or_default();
            told(desk.create(context.grant, &new, &origin, content).await)
        }
        Tool::ArtifactUpdate => {
            let (grant, record) = found::<Write, _, _, _>(desk, context, text("artifactId")).await?;
            let base = input.get("baseVersion").and_then(Value::as_u64).and_then(|base| u32::try_from(base).ok());
            match (text("content"), input.get("edits")) {
                (Some(content), None) => told(desk.write(grant, record, &origin, base, content).await),
                (None, Some(edits)) => {
                    let edits: Vec<Edit> =
                        serde_json::from_value(edits.clone()).map_err(|_| "edits cannot be read.".to_owned())?;
                    told(desk.edit(grant, record, &origin, &edits).await)
                }
                _ => Err("Give either content or edits.".into()),
            }
        }
        _ => {
            let (grant, record) = found(desk, context, text("artifactId")).await?;
            let version = input.get("version").and_then(Value::as_u64);
            let version = version.map_or(record.version, |version| u32::try_from(version).unwrap_or(u32::MAX));
            let (_, content) = desk.text(grant, record.id, version).await.map_err(said)?;
            let (content, truncated) = fitting(&content);
            Ok(json!({
                "artifactId": record.id, "title": record.title, "kind": record.kind, "language": record.language,
                "version": version, "newestVersion": record.version, "content": content, "truncated": truncated,
            }))
        }
    }
}

/// An artifact of the same owner as the conversation: what is read in a project's conversation is read by its members.
async fn found<T: Act, F: Files, A: Attachments, R: Artifacts>(
    desk: &Desk<'_, F, A, R>,
    context: &Context<'_>,
    id: Option<&str>,
) -> Result<(Grant<T>, Record), String> {
    const MISSING: &str = "There is no artifact with that id here.";
    let id = id.and_then(|id| id.parse().ok()).ok_or(MISSING)?;
    let record = desk.artifacts.find(id).await.map_err(|error| said(error.into()))?.ok_or(MISSING)?;
    if record.owner != context.grant.of().owner() {
        return Err(MISSING.into());
    }
    let grant = authorize(&context.principal, record.resource()).map_err(|_| MISSING)?;
    Ok((grant, record))
}

fn told(done: Result<(Record, u32), DeskFault>) -> Result<Value, String> {
    let (record, version) = done.map_err(said)?;
    Ok(json!({ "artifactId": record.id, "version": version }))
}

fn said(fault: DeskFault) -> String {
    match fault {
        // What the store says is for the log alone.
        DeskFault::Store(_) => "The artifacts cannot be reached now.".into(),
        other => other.to_string(),
    }
}
