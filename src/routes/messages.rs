//! `/api/chat/conversations/{id}/messages` and `/stop`

pub mod one;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    chat::reuse,
    ports::{Answer as ObjectAnswer, Conversations},
};
use edgewise_protocol::{
    api::{DecideCall, DecidedCall, SendMessage, StopTurn},
    calls::conversation::{Call, Decision, Follow, Reply},
    ids::ConversationId,
    limit::Class,
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{
    ask,
    attachments::attached,
    flags, page,
    paging::{after, limit_to},
    stream, tagged, unasked, wants_json,
};
use crate::{
    app::{App, AppPorts},
    bounds::{DEFAULT_MESSAGE_PAGE, MAX_MESSAGE_PAGE},
    error::{Answer, Failure, refused},
    extract::{
        CallPath, ConversationPath, JsonBody, OptionalJsonBody, Params,
        caller::{Asking, Caller, Sender, Writer},
    },
};

#[derive(Debug, Deserialize)]
pub struct PageParams {
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET …/messages`
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    ConversationPath(id): ConversationPath,
    headers: HeaderMap,
    Params(params): Params<PageParams>,
) -> Answer {
    let limit = limit_to(params.limit.unwrap_or(DEFAULT_MESSAGE_PAGE), MAX_MESSAGE_PAGE)?;
    let after = after(params.cursor.as_deref(), |text| text.parse().ok())?.unwrap_or(0);
    let read = |asker| page(&app, asker, id, Call::Messages { after, limit });
    let (_, (body, last_seq)) = asking.admit_beside(&app, Class::General, read).await?;
    Ok(tagged(&headers, &last_seq.to_string(), body))
}

/// `POST …/messages`: stored, then answered with the words as they come, or with 202.
pub async fn send<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    ConversationPath(id): ConversationPath,
    headers: HeaderMap,
    JsonBody(body): JsonBody<SendMessage>,
) -> Answer {
    let (key, follow) = (key_of(&headers)?, follow_of(&headers));
    let Sender(caller) = Sender::admit(&app, asking, id).await?;
    let ids = body.attachments.unwrap_or_default();
    let attachments = attached(&app, &caller, id, &ids, "/attachments").await?;
    let reuse = body.cache == Some(true) && flags::allows(&app, &caller, reuse::FLAG).await;
    let call = Call::Send {
        text: body.content,
        client_message_id: body.client_message_id.or(key),
        parent_id: body.parent_id,
        edit_of: None,
        model: body.model,
        attachments,
        tools: body.tools,
        reuse,
        create: None,
        follow,
    };
    answered(&app, &caller, id, call, refused).await
}

/// The words of an answer as they come, or what was accepted.
async fn answered<P: AppPorts>(
    app: &App<P>,
    caller: &Caller,
    id: ConversationId,
    call: Call,
    refused: fn(Reply) -> Failure,
) -> Answer {
    match app.ports.conversations().call(id, Some(caller.asker()), call).await? {
        ObjectAnswer::Stream(words) => Ok(stream(words, &[])),
        ObjectAnswer::Reply(reply) => match *reply {
            Reply::Accepted(accepted) => Ok((StatusCode::ACCEPTED, Json(accepted)).into_response()),
            other => Err(refused(other)),
        },
        ObjectAnswer::Page { .. } => Err(unasked()),
    }
}

fn key_of(headers: &HeaderMap) -> Answer<Option<String>> {
    let key = headers.get("idempotency-key").map(|key| key.to_str().map(str::to_owned)).transpose();
    key.map_err(|_| Failure::field("Idempotency-Key", "may hold only printable ASCII characters"))
}

fn follow_of(headers: &HeaderMap) -> Option<Follow> {
    (!wants_json(headers)).then_some(Follow::Words)
}

/// `POST …/stop`
pub async fn stop<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    ConversationPath(id): ConversationPath,
    OptionalJsonBody(body): OptionalJsonBody<StopTurn>,
) -> Answer {
    stopped(ask(&app, caller.asker(), id, Call::Stop { turn_id: body.turn_id }).await?)
}

/// `POST …/approvals/{callId}`: the same again changes nothing.
pub async fn decide<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    CallPath(id, call_id): CallPath,
    JsonBody(body): JsonBody<DecideCall>,
) -> Answer<Json<DecidedCall>> {
    let approved = body.approved;
    let decision = Decision { call_id: call_id.clone(), approved, reason: body.reason };
    let call = Call::Decide { decisions: vec![decision], follow: None };
    match ask(&app, caller.asker(), id, call).await? {
        Reply::Done => Ok(Json(DecidedCall { tool_call_id: call_id, approved })),
        Reply::Nothing => Err(Failure::NotFound { what: "Call" }),
        other => Err(refused(other)),
    }
}

pub(super) fn stopped(reply: Reply) -> Answer<Response> {
    match reply {
        Reply::Done => Ok((StatusCode::ACCEPTED, Json(json!({ "stopped": true }))).into_response()),
        other => Err(refused(other)),
    }
}
