//! `/api/import`: conversations that were held elsewhere.

use axum::{Json, extract::State};
use edgewise_domain::{
    chat::{names::conversation_named, send::MAX_SYSTEM_PROMPT_BYTES, send::MAX_TITLE_CHARS, send::check_model},
    ports::{Answer as ObjectAnswer, Conversations},
    transfer::{Broken, Found, read},
};
use edgewise_protocol::{
    api::{ImportOutcome, ImportReport, ImportedConversation},
    calls::conversation::{Call, Create, Reply},
    details::Details,
    ids::ConversationId,
};
use futures::{StreamExt, stream};

use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        FileBody,
        caller::{Caller, Writer},
    },
};

/// Objects that are called at a time.
const AT_A_TIME: usize = 8;

/// `POST /api/import`: each conversation by a call of its own, so that what one is refused for stops no other. The same
/// file again changes nothing.
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    FileBody(file): FileBody,
) -> Answer<Json<ImportReport>> {
    let found = read(&file).map_err(|unreadable| Failure::field("", unreadable.to_string()))?;
    drop(file);
    let taken = found.into_iter().map(|found| async {
        match found {
            Ok(found) => take(&app, &caller, found).await,
            Err(Broken { source_id, title, reason }) => {
                ImportedConversation { source_id, title, ..outcome(ImportOutcome::Failed, Some(reason)) }
            }
        }
    });
    let conversations = stream::iter(taken).buffered(AT_A_TIME).collect().await;
    Ok(Json(ImportReport { conversations }))
}

async fn take<P: AppPorts>(app: &App<P>, caller: &Caller, found: Found) -> ImportedConversation {
    let told = ImportedConversation {
        source: Some(found.source.into()),
        source_id: Some(found.source_id.clone()),
        title: found.title.clone(),
        message_count: u32::try_from(found.messages.len()).unwrap_or(u32::MAX),
        skipped_messages: u32::try_from(found.skipped).unwrap_or(u32::MAX),
        ..outcome(ImportOutcome::Failed, None)
    };
    let Ok(id) = conversation_named(caller.user(), &name(&found)) else {
        return ImportedConversation { reason: Some("Its id cannot be read.".into()), ..told };
    };
    let (outcome, reason) = match call(app, caller, id, found).await {
        Ok(Reply::Imported { made: true, .. }) => (ImportOutcome::Created, None),
        Ok(Reply::Imported { made: false, .. }) => (ImportOutcome::Unchanged, None),
        Ok(Reply::NotFound) => (ImportOutcome::Deleted, None),
        Ok(Reply::Refused { detail, .. }) => (ImportOutcome::Failed, Some(detail)),
        _ => (ImportOutcome::Failed, Some("It could not be stored just now. Send the file again.".into())),
    };
    let conversation_id = matches!(outcome, ImportOutcome::Created | ImportOutcome::Unchanged).then_some(id);
    ImportedConversation { outcome, reason, conversation_id, ..told }
}

/// The same conversation of the same source has the same name here. What is no name for a client's chat is none for us.
fn name(found: &Found) -> String {
    let id: String = found.source_id.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).take(100).collect();
    format!("import/{}/{id}", found.source)
}

async fn call<P: AppPorts>(app: &App<P>, caller: &Caller, id: ConversationId, found: Found) -> Answer<Reply> {
    let title = found.title.map(|title| title.trim().chars().take(MAX_TITLE_CHARS).collect::<String>());
    let create = Create {
        id,
        title: title.filter(|title| !title.is_empty()),
        system_prompt: found.system_prompt.filter(|prompt| prompt.len() <= MAX_SYSTEM_PROMPT_BYTES),
        model: found
            .model
            .filter(|model| check_model(model).is_ok())
            .unwrap_or_else(|| app.config.default_model.clone()),
        place: None,
        details: Details::default(),
    };
    let call = Call::Import { create, created_at: found.created_at, messages: found.messages };
    match app.ports.conversations().call(id, Some(caller.asker()), call).await? {
        ObjectAnswer::Reply(reply) => Ok(*reply),
        _ => Ok(Reply::Failed),
    }
}

const fn outcome(outcome: ImportOutcome, reason: Option<String>) -> ImportedConversation {
    ImportedConversation {
        outcome,
        source: None,
        source_id: None,
        conversation_id: None,
        title: None,
        message_count: 0,
        skipped_messages: 0,
        reason,
    }
}
