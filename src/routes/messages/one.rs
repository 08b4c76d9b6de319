//! `/api/chat/conversations/{id}/messages/{message}`: what is done with one message.

use axum::{Json, extract::State};
use edgewise_domain::ports::Attachments;
use edgewise_protocol::{
    api::{Regenerate, SetVote},
    calls::conversation::{Call, Reason, Reply},
    message::Message,
    vote::Vote,
};
use http::{HeaderMap, StatusCode};

use super::{answered, ask, follow_of, key_of};
use crate::{
    app::{App, AppPorts},
    error::{self, Answer, Failure},
    extract::{
        JsonBody, MessagePath, OptionalJsonBody,
        caller::{Asking, Sender, Writer},
    },
    routes::project_now,
};

/// `DELETE …/messages/{message}`
pub async fn delete<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    MessagePath(id, message_id): MessagePath,
) -> Answer<StatusCode> {
    match ask(&app, caller.asker(), id, Call::DeleteMessage { message_id }).await? {
        Reply::MessageDeleted { project, unheld } => {
            project_now(&app, &project).await;
            if !unheld.is_empty() {
                app.ports.attachments().unused(id, project.owner, &unheld).await?;
            }
            Ok(StatusCode::NO_CONTENT)
        }
        other => Err(refused(other)),
    }
}

/// `PUT …/messages/{message}/vote`
pub async fn vote<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    MessagePath(id, message_id): MessagePath,
    JsonBody(body): JsonBody<SetVote>,
) -> Answer<Json<Message>> {
    let vote = body.value.map(|value| Vote { value, reason: body.reason.filter(|reason| !reason.trim().is_empty()) });
    match ask(&app, caller.asker(), id, Call::Vote { message_id, vote }).await? {
        Reply::Message(message) => Ok(Json(*message)),
        other => Err(refused(other)),
    }
}

/// `POST …/messages/{message}/regenerate`
pub async fn regenerate<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    MessagePath(id, message): MessagePath,
    headers: HeaderMap,
    OptionalJsonBody(body): OptionalJsonBody<Regenerate>,
) -> Answer {
    let (key, follow) = (key_of(&headers)?, follow_of(&headers));
    let Sender(caller) = Sender::admit(&app, asking, id).await?;
    let call = Call::Regenerate { message_id: Some(message), model: body.model, key, follow };
    answered(&app, &caller, id, call, refused).await
}

/// `POST …/messages/{message}/continue`
pub async fn go_on<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    MessagePath(id, message_id): MessagePath,
    headers: HeaderMap,
) -> Answer {
    let (key, follow) = (key_of(&headers)?, follow_of(&headers));
    let Sender(caller) = Sender::admit(&app, asking, id).await?;
    answered(&app, &caller, id, Call::Continue { message_id, key, follow }, refused).await
}

/// The path names the message: one that is not there is a resource that is missing, and no bad field.
fn refused(reply: Reply) -> Failure {
    match reply {
        Reply::Refused { reason: Reason::Invalid, field: Some(field), .. } if field == "messageId" => {
            Failure::NotFound { what: "Message" }
        }
        other => error::refused(other),
    }
}
