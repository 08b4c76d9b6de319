//! `/api/chat/conversations/{id}/shares`, and the page that a link leads to.

use axum::{Json, extract::State, response::IntoResponse};
use edgewise_domain::{
    identity::{codes, seals},
    ports::{Answer as ObjectAnswer, Conversations, Shares},
    sharing::{NewLink, Shared},
};
use edgewise_protocol::{
    api::{CreateShare, NewShare, Scope, Share, ShareList},
    calls::conversation::{Asker, Call, Reply},
    ids::{ConversationId, ShareId},
    limit::Class,
    timestamp::Timestamp,
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::{
    ask,
    exports::{html_body, protect},
    tagged,
    transcript::Transcript,
    unasked,
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure, refused},
    extract::{
        ConversationPath, Hole, JsonBody,
        caller::{Asking, Writer},
        page_origin,
        visitor::Visitor,
    },
};

/// Never said to be there or not: who revoked it, or when it ended, is nobody's business.
const SHARE: Failure = Failure::NotFound { what: "Share" };

/// `POST …/shares`
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    ConversationPath(id): ConversationPath,
    uri: Uri,
    JsonBody(body): JsonBody<CreateShare>,
) -> Answer {
    let now = Timestamp(app.now_ms());
    if body.expires_at.is_some_and(|at| at <= now) {
        return Err(Failure::field("/expiresAt", "must be in the future"));
    }
    let (title, leaf) = shared(&app, caller.asker(), id).await?;
    let leaf = leaf.ok_or_else(|| Failure::Conflict { detail: "There is no message to share yet.".into() })?;
    let token = codes::secret(&app.random());
    let share =
        Share { id: ShareId::new(now.0, &app.random()), kind: body.kind, created_at: now, expires_at: body.expires_at };
    let digest = seals::digest(&token);
    let link = NewLink { share, conversation: id, creator: caller.user(), digest, leaf, title };
    if !app.ports.shares().add(&link).await? {
        return Err(Failure::Conflict { detail: "There are too many links to this conversation. Revoke some.".into() });
    }
    let url = format!("{}/share/{token}", page_origin(&uri, &app.config));
    Ok((StatusCode::CREATED, Json(NewShare { url, share: link.share })).into_response())
}

/// `GET …/shares`
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    ConversationPath(id): ConversationPath,
) -> Answer<Json<ShareList>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    shared(&app, caller.asker(), id).await?;
    let shares = app.ports.shares().list(id, app.now_ms()).await?;
    Ok(Json(ShareList { shares }))
}

/// `DELETE …/shares/{share}`
pub async fn revoke<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole((id, share)): Hole<(String, String)>,
) -> Answer {
    let id = id.parse().map_err(|_| Failure::no_conversation())?;
    shared(&app, caller.asker(), id).await?;
    let share = share.parse().map_err(|_| SHARE)?;
    if app.ports.shares().remove(id, share).await? { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(SHARE) }
}

/// `GET /share/{token}`: the page, for everybody who has the link.
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    headers: HeaderMap,
    Hole(token): Hole,
) -> Answer {
    visitor.admit(&app, Class::General).await?;
    if !codes::is_secret(&token) {
        return Err(SHARE);
    }
    let found = app.ports.shares().by_digest(&seals::digest(&token), app.now_ms()).await?;
    let mut response = page(&app, &headers, found.ok_or(SHARE)?).await.map_err(hidden)?;
    protect(response.headers_mut());
    Ok(response)
}

async fn page<P: AppPorts>(app: &App<P>, headers: &HeaderMap, shared: Shared) -> Answer {
    let mut transcript = Transcript::new(app, shared.conversation, None);
    let (title, leaf) = match shared.snapshot {
        Some((leaf, title)) => (title, Some(leaf)),
        None => (title_of(app, shared.conversation).await?, None),
    };
    let (branch, last_seq) = transcript.branch(leaf).await?;
    // A snapshot does not change, but for the way that pages look.
    let tag = format!("{}-{}-1", shared.id, leaf.unwrap_or(last_seq));
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
    Ok(tagged(headers, &tag, (kind, html_body(transcript, &title, branch))))
}

async fn title_of<P: AppPorts>(app: &App<P>, id: ConversationId) -> Answer<String> {
    let ObjectAnswer::Reply(reply) = app.ports.conversations().call(id, None, Call::Get).await? else {
        return Err(unasked());
    };
    match *reply {
        Reply::Conversation { conversation, .. } => Ok(conversation.title),
        other => Err(refused(other)),
    }
}

/// A conversation that is gone is a link that leads nowhere.
fn hidden(failure: Failure) -> Failure {
    match failure {
        Failure::NotFound { .. } => SHARE,
        other => other,
    }
}

/// Asks the conversation whether the caller may share it: its title and the last message that can be shown.
async fn shared<P: AppPorts>(app: &App<P>, asker: Asker, id: ConversationId) -> Answer<(String, Option<u64>)> {
    match ask(app, asker, id, Call::Share).await? {
        Reply::Shared { title, leaf } => Ok((title, leaf)),
        other => Err(refused(other)),
    }
}
