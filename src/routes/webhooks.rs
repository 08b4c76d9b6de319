//! `/api/webhooks/endpoints`: addresses that hear what happens to one's conversations and runs.

use axum::{Json, extract::State, response::IntoResponse};
use edgewise_domain::{
    access::{Own, Write},
    outbound::{self, MAX_URL_BYTES},
    ports::{WebStandards, WebhookList as _, Webhooks},
    webhook::{MAX_DESCRIPTION_CHARS, MAX_ENDPOINTS, MAX_PAGE, context, happenings, signature::format_secret},
};
use edgewise_protocol::{
    api::{
        ChangeWebhook, CreateWebhook, NewWebhook, ReplayWebhook, Scope, WebhookAttempts, WebhookEndpoint,
        WebhookEvents, WebhookList,
    },
    calls::webhook::{Call, NewEndpoint, Reply},
    ids::{UserId, WebhookId},
    limit::Class,
    timestamp::Timestamp,
    webhook::EventKind,
};
use futures::future::try_join_all;
use http::{StatusCode, Uri};
use serde::Deserialize;

use super::paging::limit_to;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody, Params,
        caller::{Asking, Caller, Owner, Writer},
        once::{Begun, Made, Making, Once, again, created},
    },
};

const WHAT: &str = "Endpoint";
const USUAL_PAGE: u32 = 20;

#[derive(Debug, Deserialize)]
pub struct AttemptParams {
    before: Option<u64>,
    limit: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub struct EventParams {
    after: Option<u64>,
    limit: Option<u32>,
    dead: Option<bool>,
}

/// `GET /api/webhooks/endpoints`
pub async fn list<P: AppPorts>(State(app): State<App<P>>, asking: Asking) -> Answer<Json<WebhookList>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let hearers = app.ports.webhook_list().list(caller.may(WHAT, Own(caller.user()))?).await?;
    let each = hearers.iter().map(async |hearer| {
        match app.ports.webhooks().call(hearer.id, Some(caller.user()), Call::Show).await? {
            Reply::Endpoint { endpoint } => Ok(Some(*endpoint)),
            // Its row was made, and it was not begun.
            Reply::NotFound => Ok(None),
            other => Err(failure(other)),
        }
    });
    let endpoints = try_join_all(each).await?.into_iter().flatten().collect();
    Ok(Json(WebhookList { endpoints }))
}

/// `POST /api/webhooks/endpoints`
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    uri: Uri,
    once: Once,
    JsonBody(body): JsonBody<CreateWebhook>,
) -> Answer {
    match once.begin(&app, caller.user(), &body).await? {
        Begun::Make(making) => {
            let made = make(&app, &caller, &uri, &making, body).await;
            making.finish(&app, made).await
        }
        // The secret was not kept: it is derived again.
        Begun::Made(making, answer, kept) => {
            let endpoint = serde_json::from_str(&kept).map_err(|_| Failure::account_failed())?;
            let secret = format_secret(&making.secret_bytes(&app));
            let body =
                serde_json::to_string(&NewWebhook { endpoint, secret }).map_err(|_| Failure::account_failed())?;
            Ok(again(&answer, body))
        }
    }
}

/// The endpoint with its secret for the caller, and without it to be kept.
async fn make<P: AppPorts>(
    app: &App<P>,
    caller: &Caller,
    uri: &Uri,
    making: &Making,
    body: CreateWebhook,
) -> Answer<Made> {
    check_url(app, uri, &body.url)?;
    check_words(Some(&body.description), Some(&body.events))?;
    let id = WebhookId::new(making.at_ms, &making.id_bytes());
    let secret = format_secret(&making.secret_bytes(app));
    let sealed = seal(app, caller.user(), id, &secret)?;
    // The row first: whatever ends in between leaves nothing that an erasure would not find.
    let grant = caller.may::<Write, _>(WHAT, Own(caller.user()))?;
    if !app.ports.webhook_list().add(grant, id, making.at_ms).await? {
        return Err(Failure::Conflict { detail: format!("There are {MAX_ENDPOINTS} already. Delete one first.") });
    }
    let endpoint = Box::new(NewEndpoint {
        id,
        user: caller.user(),
        url: body.url,
        description: body.description,
        events: body.events,
        include_content: body.include_content,
        sealed,
        created_at: Timestamp(making.at_ms),
    });
    let endpoint = ask(app, caller.user(), id, Call::Begin { endpoint }).await?;
    let kept = serde_json::to_string(&endpoint).ok();
    let (response, _) = created(format!("/api/webhooks/endpoints/{id}"), &NewWebhook { endpoint, secret });
    Ok((response, kept))
}

/// `GET /api/webhooks/endpoints/{id}`
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
) -> Answer<Json<WebhookEndpoint>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    ask(&app, caller.user(), parsed(&id)?, Call::Show).await.map(Json)
}

/// `PATCH /api/webhooks/endpoints/{id}`
pub async fn change<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    uri: Uri,
    Hole(id): Hole,
    JsonBody(change): JsonBody<ChangeWebhook>,
) -> Answer<Json<WebhookEndpoint>> {
    let id = parsed(&id)?;
    if let Some(url) = &change.url {
        check_url(&app, &uri, url)?;
    }
    check_words(change.description.as_deref(), change.events.as_deref())?;
    ask(&app, caller.user(), id, Call::Change { change }).await.map(Json)
}

/// `DELETE /api/webhooks/endpoints/{id}`
pub async fn delete<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(id): Hole,
) -> Answer<StatusCode> {
    let id = parsed(&id)?;
    ask(&app, caller.user(), id, Call::Show).await?;
    match app.ports.webhooks().call(id, None, Call::Erase).await? {
        Reply::Done => app.ports.webhook_list().remove(id).await?,
        other => return Err(failure(other)),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/webhooks/endpoints/{id}/rotate`
pub async fn rotate<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(id): Hole,
) -> Answer<Json<NewWebhook>> {
    let id = parsed(&id)?;
    let secret = format_secret(&app.random());
    let sealed = seal(&app, caller.user(), id, &secret)?;
    let endpoint = ask(&app, caller.user(), id, Call::Rotate { sealed }).await?;
    Ok(Json(NewWebhook { endpoint, secret }))
}

/// `POST /api/webhooks/endpoints/{id}/test`: behind what waits, like any other event.
pub async fn test<P: AppPorts>(State(app): State<App<P>>, Writer(caller): Writer, Hole(id): Hole) -> Answer {
    let id = parsed(&id)?;
    let before = ask(&app, caller.user(), id, Call::Show).await?;
    if !before.enabled {
        return Err(Failure::Conflict { detail: "This endpoint gets nothing now. Enable it first.".into() });
    }
    let event = happenings::test(format!("{}_test", app.new_request_id()), app.now_ms());
    match app.ports.webhooks().call(id, None, Call::Append { events: vec![event] }).await? {
        Reply::Done => Ok(StatusCode::ACCEPTED.into_response()),
        other => Err(failure(other)),
    }
}

/// `POST /api/webhooks/endpoints/{id}/replay`
pub async fn replay<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
    JsonBody(body): JsonBody<ReplayWebhook>,
) -> Answer<Json<WebhookEndpoint>> {
    let call = match (body.after, body.event_id) {
        (Some(seq), None) => Call::ReplayAfter { seq },
        (None, Some(event_id)) => Call::ReplayFrom { event_id },
        _ => return Err(Failure::field("/after", "say either after or eventId")),
    };
    ask(&app, caller.user(), parsed(&id)?, call).await.map(Json)
}

/// `GET /api/webhooks/endpoints/{id}/attempts`
pub async fn attempts<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
    Params(params): Params<AttemptParams>,
) -> Answer<Json<WebhookAttempts>> {
    let limit = limit_to(params.limit.unwrap_or(USUAL_PAGE), MAX_PAGE)?;
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let call = Call::Attempts { before: params.before.unwrap_or(u64::MAX), limit };
    match app.ports.webhooks().call(parsed(&id)?, Some(caller.user()), call).await? {
        Reply::Attempts { page } => Ok(Json(page)),
        other => Err(failure(other)),
    }
}

/// `GET /api/webhooks/endpoints/{id}/events`
pub async fn events<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
    Params(params): Params<EventParams>,
) -> Answer<Json<WebhookEvents>> {
    let limit = limit_to(params.limit.unwrap_or(USUAL_PAGE), MAX_PAGE)?;
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let call = Call::Events { after: params.after.unwrap_or(0), limit, dead: params.dead.unwrap_or(false) };
    match app.ports.webhooks().call(parsed(&id)?, Some(caller.user()), call).await? {
        Reply::Events { page } => Ok(Json(page)),
        other => Err(failure(other)),
    }
}

fn check_url<P: AppPorts>(app: &App<P>, uri: &Uri, url: &str) -> Answer<()> {
    if url.trim().is_empty() || url.len() > MAX_URL_BYTES {
        return Err(Failure::field("/url", format!("must be an address of 1 to {MAX_URL_BYTES} bytes")));
    }
    let page = app.config.app_origin.as_deref().and_then(|origin| app.ports.standards().parse_url(origin, None));
    let own_hosts: Vec<_> = uri.host().into_iter().chain(page.as_ref().map(|parts| parts.host.as_str())).collect();
    outbound::check(app.ports.standards(), &app.config.outbound, &own_hosts, url)
        .map_err(|refusal| Failure::OutOfReach { pointer: "/url", log: format!("the wall: {refusal}") })
}

fn check_words(description: Option<&str>, events: Option<&[EventKind]>) -> Answer<()> {
    if description.is_some_and(|description| description.chars().count() > MAX_DESCRIPTION_CHARS) {
        return Err(Failure::field("/description", format!("may have {MAX_DESCRIPTION_CHARS} characters")));
    }
    let events = events.unwrap_or_default();
    if EventKind::ALL.iter().any(|kind| events.iter().filter(|each| *each == kind).count() > 1) {
        return Err(Failure::field("/events", "must name each kind once"));
    }
    Ok(())
}

fn seal<P: AppPorts>(app: &App<P>, user: UserId, id: WebhookId, secret: &str) -> Answer<String> {
    app.config.vault.seal(&app.random(), &context(user, id), secret).ok_or_else(|| Failure::Conflict {
        detail: "This deployment keeps no secrets: its administrator has to set KEY_ENCRYPTION_KEY.".into(),
    })
}

async fn ask<P: AppPorts>(app: &App<P>, user: UserId, id: WebhookId, call: Call) -> Answer<WebhookEndpoint> {
    match app.ports.webhooks().call(id, Some(user), call).await? {
        Reply::Endpoint { endpoint } => Ok(*endpoint),
        other => Err(failure(other)),
    }
}

fn parsed(id: &str) -> Answer<WebhookId> {
    id.parse().map_err(|_| Failure::NotFound { what: WHAT })
}

fn failure(reply: Reply) -> Failure {
    match reply {
        Reply::NotFound => Failure::NotFound { what: WHAT },
        Reply::NoEvent => Failure::NotFound { what: "Event" },
        Reply::Failed => Failure::Unavailable { log: "the endpoint's store failed".into() },
        _ => Failure::Internal { log: "an object's reply does not fit the call".into() },
    }
}
