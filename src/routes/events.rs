//! `GET /api/chat/conversations/{id}/events`: the log, as a stream, a page or a long poll.

use axum::extract::State;
use edgewise_domain::ports::{Answer as ObjectAnswer, Conversations};
use edgewise_protocol::{api::Scope, calls::conversation::Call, limit::Class};
use http::HeaderMap;
use serde::Deserialize;

use super::{page, stream, tagged, unasked, wants_json};
use crate::{
    app::{App, AppPorts},
    bounds::MAX_WAIT_S,
    error::{Answer, Failure, refused},
    extract::{ConversationPath, Params, caller::Asking},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogParams {
    after: Option<u64>,
    last_event_id: Option<u64>,
    wait: Option<u64>,
}

pub async fn log<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    ConversationPath(id): ConversationPath,
    headers: HeaderMap,
    Params(params): Params<LogParams>,
) -> Answer {
    let resumed = resumed(&headers)?;
    let places = [("Last-Event-ID", resumed), ("lastEventId", params.last_event_id), ("after", params.after)];
    let (place, after) =
        places.into_iter().find_map(|(place, number)| number.map(|number| (place, number))).unwrap_or(("after", 0));
    let call = if wants_json(&headers) {
        Call::Events { after, wait_ms: params.wait.unwrap_or(0).min(MAX_WAIT_S) * 1_000 }
    } else {
        Call::Log { after }
    };
    // The conversation refuses a number; where it stood is known here.
    let placed = |failure| match failure {
        Failure::Invalid { detail, .. } => Failure::field(place, detail),
        other => other,
    };
    if let Call::Events { .. } = call {
        let read = async |asker| page(&app, asker, id, call.clone()).await.map_err(placed);
        let (_, (body, last_seq)) = asking.admit_beside(&app, Class::General, read).await?;
        return Ok(tagged(&headers, &last_seq.to_string(), body));
    }
    // What stays open must end with the session: the account has to know of it first.
    let caller = asking.admit_watching(&app, Class::General, id).await?.holds(Scope::ChatRead)?;
    match app.ports.conversations().call(id, Some(caller.asker()), call).await? {
        ObjectAnswer::Stream(events) => Ok(stream(events, &[])),
        ObjectAnswer::Reply(other) => Err(placed(refused(*other))),
        ObjectAnswer::Page { .. } => Err(unasked()),
    }
}

/// Where a reader was. A reconnecting EventSource repeats its first URL; the header knows better.
pub(super) fn resumed(headers: &HeaderMap) -> Answer<Option<u64>> {
    match headers.get("last-event-id").map(|id| id.to_str().unwrap_or_default()) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Failure::field("Last-Event-ID", "must be a number")),
    }
}
