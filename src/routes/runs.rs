//! `/api/agents/{id}/runs` and `/api/runs`: what agents do.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    access::{Own, Read},
    catalogue::{cursor, read_cursor},
    ports::{RunList, RunQuery, Runs},
    run::{MAX_EVENT_BYTES, MAX_INPUT_BYTES},
    tools::pause::is_event_name,
};
use edgewise_protocol::{
    api::{DecideCall, RerunRun, Run, RunEventPage, RunPage, Scope, SendRunEvent, StartRun},
    calls::{
        account::Credential,
        run::{Call, NewRun, Reply},
    },
    ids::{AgentId, KeyId, RunId},
    limit::Class,
    run::{RerunOf, RunStatus},
};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use super::{
    agents,
    events::resumed,
    paging::{after, cut, page_limit},
    wants_json,
};
use crate::{
    app::{App, AppPorts},
    bounds::MAX_WAIT_S,
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody, Params,
        caller::{Asking, Caller, Writer},
        once::{Made, Making, Once, created},
    },
};

const WHAT: &str = "Run";
/// Of one page of a journal: whole answers of models are in it.
const MAX_EVENTS: u32 = 100;
/// Before a reader of the stream asks again.
const RETRY_MS: u64 = 500;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListParams {
    agent_id: Option<AgentId>,
    status: Option<RunStatus>,
    limit: Option<u32>,
    cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct EventParams {
    after: Option<u64>,
    wait: Option<u64>,
}

/// `POST /api/agents/{id}/runs`
pub async fn start<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
    once: Once,
    JsonBody(body): JsonBody<StartRun>,
) -> Answer {
    let caller = asking.admit(&app, Class::Agent).await?.holds(Scope::ChatWrite)?;
    once.make(&app, caller.user(), body, |making, body| make(&app, &caller, &id, making, body)).await
}

async fn make<P: AppPorts>(app: &App<P>, caller: &Caller, agent: &str, making: Making, body: StartRun) -> Answer<Made> {
    if body.input.trim().is_empty() {
        return Err(Failure::field("/input", "may not be blank"));
    }
    if body.input.len() > MAX_INPUT_BYTES {
        return Err(Failure::TooLarge { detail: format!("The task has {MAX_INPUT_BYTES} bytes at most.") });
    }
    let (_, record) = agents::found::<_, Read>(app, caller, agent, body.version).await?;
    let run = NewRun {
        id: RunId::new(making.at_ms, &making.id_bytes()),
        agent_id: record.id,
        agent_version: record.version,
        definition: record.definition,
        input: body.input,
        user: caller.user(),
        key_id: key_of(caller),
        rerun_of: None,
        carried: 0,
    };
    begun(app, caller, run, Vec::new()).await
}

/// `POST /api/runs/{id}/rerun`: another run, which goes on from one that has ended.
pub async fn rerun<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
    once: Once,
    JsonBody(body): JsonBody<RerunRun>,
) -> Answer {
    let caller = asking.admit(&app, Class::Agent).await?.holds(Scope::ChatWrite)?;
    once.make(&app, caller.user(), body, |making, body| remake(&app, &caller, &id, making, body)).await
}

async fn remake<P: AppPorts>(app: &App<P>, caller: &Caller, id: &str, making: Making, body: RerunRun) -> Answer<Made> {
    let run_id = parsed(id)?;
    let call = Call::Carry { step: body.step.clone() };
    let (before, carried) = match app.ports.runs().call(run_id, Some(caller.user()), call).await? {
        Reply::Carried { run, carried } => (*run, carried),
        Reply::NoStep if body.step.is_none() => {
            return Err(Failure::field("/step", "is needed: all steps of this run are done"));
        }
        Reply::NoStep => return Err(Failure::field("/step", "names no step that this run has begun")),
        other => return Err(failure(other)),
    };
    let run = NewRun {
        id: RunId::new(making.at_ms, &making.id_bytes()),
        user: caller.user(),
        key_id: key_of(caller),
        rerun_of: Some(RerunOf { run_id, step: body.step }),
        ..before
    };
    begun(app, caller, run, carried).await
}

async fn begun<P: AppPorts>(app: &App<P>, caller: &Caller, run: NewRun, carried: Vec<Value>) -> Answer<Made> {
    let run = ask(app, caller, run.id, Call::Start { run: Box::new(run), carried }).await?;
    Ok(created(format!("/api/runs/{}", run.summary.id), &run))
}

/// The API key that the caller came with.
const fn key_of(caller: &Caller) -> Option<KeyId> {
    match caller.credential {
        Credential::Key(key) => Some(key),
        Credential::Session(_) | Credential::External => None,
    }
}

/// `GET /api/runs`
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Params(params): Params<ListParams>,
) -> Answer<Json<RunPage>> {
    let limit = page_limit(params.limit)?;
    let after = after(params.cursor.as_deref(), read_cursor)?;
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let grant = caller.may(WHAT, Own(caller.user()))?;
    let query = RunQuery { limit, after, agent: params.agent_id, status: params.status };
    let runs = app.ports.run_list().list(grant, query).await?;
    let (runs, next_cursor) = cut(runs, limit, |last| cursor(last.created_at.0, last.id));
    Ok(Json(RunPage { runs, next_cursor }))
}

/// `GET /api/runs/{id}`
pub async fn show<P: AppPorts>(State(app): State<App<P>>, asking: Asking, Hole(id): Hole) -> Answer<Json<Run>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    ask(&app, &caller, parsed(&id)?, Call::Show).await.map(Json)
}

/// `POST /api/runs/{id}/cancel`: one that has ended stays as it is.
pub async fn cancel<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
) -> Answer<Json<Run>> {
    ask(&app, &caller, parsed(&id)?, Call::Cancel).await.map(Json)
}

/// `POST /api/runs/{id}/approvals/{call}`
pub async fn decide<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole((id, tool_call_id)): Hole<(String, String)>,
    JsonBody(body): JsonBody<DecideCall>,
) -> Answer<Json<Run>> {
    let call = Call::Decide { tool_call_id, approved: body.approved, reason: body.reason };
    ask(&app, &caller, parsed(&id)?, call).await.map(Json)
}

/// `POST /api/runs/{id}/events/{name}`: an event that the run waits for, or will.
pub async fn send<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole((id, name)): Hole<(String, String)>,
    once: Once,
    JsonBody(body): JsonBody<SendRunEvent>,
) -> Answer {
    let run_id = parsed(&id)?;
    if !is_event_name(&name) {
        return Err(Failure::field("name", "has 1 to 64 letters, digits, dots, hyphens and underscores"));
    }
    if body.data.to_string().len() > MAX_EVENT_BYTES {
        return Err(Failure::TooLarge { detail: format!("An event says {MAX_EVENT_BYTES} bytes at most.") });
    }
    let (app, caller) = (&app, &caller);
    let send = |making: Making, body: SendRunEvent| async move {
        // By the same key the same event, also when nobody knows what became of the first try.
        let key = RunId::new(making.at_ms, &making.id_bytes()).to_string();
        let run = ask(app, caller, run_id, Call::Send { name, key, data: body.data }).await?;
        let kept = serde_json::to_string(&run).ok();
        Ok((Json(run).into_response(), kept))
    };
    once.make(app, caller.user(), body, send).await
}

/// `GET /api/runs/{id}/events`: a page, or server-sent events as far as they have come. The stream ends with each batch;
/// a reader comes again with the number of the last, as `EventSource` does by itself.
pub async fn events<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
    headers: HeaderMap,
    Params(params): Params<EventParams>,
) -> Answer {
    let is_json = wants_json(&headers);
    let after = resumed(&headers)?.or(params.after).unwrap_or(0);
    let usual_wait_s = if is_json { 0 } else { MAX_WAIT_S };
    let wait_ms = params.wait.unwrap_or(usual_wait_s).min(MAX_WAIT_S) * 1_000;
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let call = Call::Events { after, limit: MAX_EVENTS, wait_ms };
    match app.ports.runs().call(parsed(&id)?, Some(caller.user()), call).await? {
        Reply::Events { page } if is_json => Ok(Json(page).into_response()),
        Reply::Events { page } => Ok(streamed(&page)),
        other => Err(failure(other)),
    }
}

/// 204 tells an `EventSource` that nothing follows.
fn streamed(page: &RunEventPage) -> Response {
    if page.is_over && page.events.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let mut text = format!("retry: {RETRY_MS}\n\n");
    for event in &page.events {
        let data = serde_json::to_string(event).unwrap_or_default();
        text.push_str(&format!("id: {}\ndata: {data}\n\n", event.seq));
    }
    super::stream(([(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")], text), &[])
}

async fn ask<P: AppPorts>(app: &App<P>, caller: &Caller, id: RunId, call: Call) -> Answer<Run> {
    match app.ports.runs().call(id, Some(caller.user()), call).await? {
        Reply::Run { run } => Ok(*run),
        other => Err(failure(other)),
    }
}

fn parsed(id: &str) -> Answer<RunId> {
    id.parse().map_err(|_| Failure::NotFound { what: WHAT })
}

fn failure(reply: Reply) -> Failure {
    match reply {
        Reply::NotFound => Failure::NotFound { what: WHAT },
        Reply::NoCall => Failure::NotFound { what: "Call" },
        Reply::Conflict => Failure::Conflict { detail: "This was decided otherwise, or the run has ended.".into() },
        Reply::Full => Failure::Conflict { detail: "The run has as many events as it keeps.".into() },
        Reply::NotOver => Failure::Conflict { detail: "The run has not ended.".into() },
        Reply::TooLong => Failure::field("/reason", "is too long"),
        Reply::Failed => Failure::Unavailable { log: "the run's store failed".into() },
        _ => Failure::Internal { log: "an object's reply does not fit the call".into() },
    }
}
