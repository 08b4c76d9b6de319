//! `GET /api/chat/conversations/{id}/ws`: hands the connection over to the conversation's object.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::ports::Conversations;
use edgewise_protocol::{api::Scope, limit::Class};
use http::{HeaderMap, HeaderValue, header};

use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{ConversationPath, caller::SocketAsking},
};

pub async fn open<P: AppPorts>(
    State(app): State<App<P>>,
    SocketAsking { asking, protocol }: SocketAsking,
    ConversationPath(id): ConversationPath,
    headers: HeaderMap,
) -> Answer<Response> {
    let upgrade = headers.get(header::UPGRADE).and_then(|upgrade| upgrade.to_str().ok()).unwrap_or_default();
    if !upgrade.eq_ignore_ascii_case("websocket") {
        return Err(Failure::Malformed { detail: "Connect with a WebSocket.".into() });
    }
    let caller =
        asking.admit_watching(&app, Class::General, id).await?.holds(Scope::ChatRead)?.holds(Scope::ChatWrite)?;
    let mut socket = app.ports.conversations().socket(id, caller.asker()).await?.into_response();
    if let Some(protocol) = protocol {
        socket.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
    }
    Ok(socket)
}
