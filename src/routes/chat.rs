//! `/api/chat`: the paths and bodies of the AI SDK's default transport.

use axum::{extract::State, response::IntoResponse};
use edgewise_domain::{
    chat::{
        desk::{UiWishes, ui_call, ui_files},
        names::conversation_named,
    },
    ports::{Answer as ObjectAnswer, Conversations},
};
use edgewise_protocol::{
    api::{Scope, StopTurn, UiChat},
    calls::conversation::{Call, Create, Reply},
    details::Details,
    limit::Class,
};
use http::StatusCode;
use serde::Deserialize;

use super::{ask, attachments::attached, messages::stopped, stream, unasked};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure, refused},
    extract::{
        ChatBody, Hole, OptionalJsonBody, Params,
        caller::{Asking, Sender, Writer},
    },
};

const UI_STREAM: [(&str, &str); 1] = [("x-vercel-ai-ui-message-stream", "v1")];

/// `POST /api/chat`: the first message of a chat makes the conversation.
pub async fn send<P: AppPorts>(State(app): State<App<P>>, asking: Asking, ChatBody(body): ChatBody<UiChat>) -> Answer {
    let id =
        conversation_named(asking.user(), &body.id).map_err(|refusal| Failure::field("/id", refusal.to_string()))?;
    let regenerates = body.trigger.as_deref() == Some("regenerate-message");
    let files = if regenerates { Ok(Vec::new()) } else { ui_files(&body.messages) };
    let files = files.map_err(|refusal| Failure::field("/messages", refusal.to_string()))?;
    let UiChat { model, parent_id, tools, approvals, .. } = body;
    let wishes = UiWishes { model, parent_id, tools, approvals: approvals.unwrap_or(false) };
    let wish = ui_call(body.trigger.as_deref(), body.message_id, body.messages, wishes);
    let mut call = wish.map_err(|refusal| Failure::field("/messages", refusal.to_string()))?;
    if let Call::Send { create, .. } = &mut call {
        let model = app.config.default_model.clone();
        *create =
            Some(Create { id, title: None, system_prompt: None, model, place: None, details: Details::default() });
    }
    let Sender(caller) = Sender::admit(&app, asking, id).await?;
    if let Call::Send { attachments, .. } = &mut call {
        *attachments = attached(&app, &caller, id, &files, "/messages").await?;
    }
    match app.ports.conversations().call(id, Some(caller.asker()), call).await? {
        ObjectAnswer::Stream(chunks) => Ok(stream(chunks, &UI_STREAM)),
        ObjectAnswer::Reply(reply) if matches!(*reply, Reply::Nothing) => Err(Failure::NotFound { what: "Call" }),
        ObjectAnswer::Reply(other) => Err(refused(in_messages(*other))),
        ObjectAnswer::Page { .. } => Err(unasked()),
    }
}

/// A chat client's text and its id stand in its messages.
fn in_messages(reply: Reply) -> Reply {
    match reply {
        Reply::Refused { reason, detail, field: Some(field) }
            if ["content", "clientMessageId"].contains(&field.as_str()) =>
        {
            Reply::Refused { reason, detail, field: Some("messages".into()) }
        }
        other => other,
    }
}

#[derive(Debug, Deserialize)]
pub struct ResumeParams {
    /// As in the body of a send.
    approvals: Option<bool>,
}

/// `GET /api/chat/{id}/stream`: the answer under way, from its start. 204 when there is none, nor such a chat:
/// a client asks before it has sent anything.
pub async fn resume<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(chat): Hole,
    Params(ResumeParams { approvals }): Params<ResumeParams>,
) -> Answer {
    let approvals = approvals.unwrap_or(false);
    let Ok(id) = conversation_named(asking.user(), &chat) else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let caller = asking.admit_watching(&app, Class::General, id).await?.holds(Scope::ChatRead)?;
    match app.ports.conversations().call(id, Some(caller.asker()), Call::Resume { approvals }).await? {
        ObjectAnswer::Stream(chunks) => Ok(stream(chunks, &UI_STREAM)),
        ObjectAnswer::Reply(reply) => match *reply {
            Reply::Nothing | Reply::NotFound => Ok(StatusCode::NO_CONTENT.into_response()),
            other => Err(refused(other)),
        },
        ObjectAnswer::Page { .. } => Err(unasked()),
    }
}

/// `POST /api/chat/{id}/stop`
pub async fn stop<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(chat): Hole,
    OptionalJsonBody(body): OptionalJsonBody<StopTurn>,
) -> Answer {
    let id = conversation_named(caller.user(), &chat).map_err(|_| Failure::no_conversation())?;
    stopped(ask(&app, caller.asker(), id, Call::Stop { turn_id: body.turn_id }).await?)
}
