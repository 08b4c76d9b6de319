//! `/api/chat/conversations/{id}/fork`: a branch of a conversation as a conversation of its own.

use std::collections::BTreeSet;

use axum::extract::State;
use edgewise_domain::{
    access::{self, Write},
    ports::Attachments,
};
use edgewise_protocol::{
    api::{Conversation, ForkConversation},
    calls::conversation::{Branch, Call, Create, Reply},
    details::{Details, ForkedFrom},
    ids::ConversationId,
};

use super::{ask, project_now};
use crate::{
    app::{App, AppPorts},
    error::{Answer, refused},
    extract::{
        ConversationPath, OptionalJsonBody,
        caller::{Caller, Writer},
        once::{Made, Making, Once, created},
    },
};

/// `POST …/fork`
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    ConversationPath(id): ConversationPath,
    once: Once,
    OptionalJsonBody(body): OptionalJsonBody<ForkConversation>,
) -> Answer {
    once.make(&app, caller.user(), body, |making, body| make(&app, &caller, making, id, body)).await
}

async fn make<P: AppPorts>(
    app: &App<P>,
    caller: &Caller,
    making: Making,
    from: ConversationId,
    body: ForkConversation,
) -> Answer<Made> {
    let branch = match ask(app, caller.asker(), from, Call::Branch { message_id: body.message_id }).await? {
        Reply::Branch(branch) => *branch,
        other => return Err(refused(other)),
    };
    let id = ConversationId::new_in(from.jurisdiction(), making.at_ms, &making.id_bytes());
    let files: BTreeSet<_> =
        branch.messages.iter().flat_map(|message| &message.attachments).map(|file| file.id).collect();
    if !files.is_empty() {
        // Before the messages: whoever deletes the source now takes none of them away.
        app.ports.attachments().used(id, &files.into_iter().collect::<Vec<_>>()).await?;
    }
    let Branch { title, system_prompt, model, place, details, message_id, messages } = branch;
    // Whoever may only read there goes on alone.
    let place = place.filter(|place| {
        let there = access::Conversation { place: Some(*place), ..caller.own() };
        caller.may::<Write, _>("Conversation", there).is_ok()
    });
    let forked_from = Some(ForkedFrom { conversation_id: from, message_id });
    let details = Details { forked_from, ..details };
    let create = Create { id, title: body.title.or(title), system_prompt, model, place, details };
    let call = Call::Import { create, created_at: None, messages };
    let project = match ask(app, caller.asker(), id, call).await? {
        Reply::Imported { project, .. } => project,
        other => return Err(refused(other)),
    };
    project_now(app, &project).await;
    let conversation = Conversation::from(&project);
    Ok(created(format!("/api/chat/conversations/{id}"), &conversation))
}
