//! `/api/agents`: agents that people keep, with all their versions.

use axum::{Json, extract::State};
use edgewise_domain::{
    access::{self, Act, Delete, Grant, Read, Write},
    agent::{
        MAX_AGENTS, check,
        records::{Kept, Record},
    },
    catalogue::{cursor, read_cursor},
    ports::Agents,
};
use edgewise_protocol::{
    agent::AgentDefinition,
    api::{Agent, AgentPage, AgentVersions, RestoreAgent, Scope, SetAgent},
    ids::{AgentId, ProjectId},
    limit::Class,
};
use http::StatusCode;
use serde::Deserialize;

use super::{
    conversations::place,
    library::refused,
    paging::{after, cut, page_limit},
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody, Params,
        caller::{Asking, Caller, Writer},
        once::{Made, Making, Once, created},
    },
};

pub const WHAT: &str = "Agent";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListParams {
    project_id: Option<ProjectId>,
    limit: Option<u32>,
    cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct VersionParams {
    version: Option<u32>,
}

/// `GET /api/agents`
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Params(params): Params<ListParams>,
) -> Answer<Json<AgentPage>> {
    let limit = page_limit(params.limit)?;
    let after = after(params.cursor.as_deref(), read_cursor)?;
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let grant = owned_by(&app, &caller, params.project_id).await?;
    let records = app.ports.agents().list(grant, after, limit).await?;
    let (records, next_cursor) = cut(records, limit, |last| cursor(last.updated_at_ms, last.id));
    Ok(Json(AgentPage { agents: records.into_iter().map(Record::view).collect(), next_cursor }))
}

/// A grant for a project's agents; without one for the caller's own.
async fn owned_by<P: AppPorts, A: Act>(app: &App<P>, caller: &Caller, project: Option<ProjectId>) -> Answer<Grant<A>> {
    let Some(project) = project else { return caller.may(WHAT, caller.own()) };
    let (place, _) = place(app, caller, project).await?;
    caller.may("Project", access::Conversation { place: Some(place), ..caller.own() })
}

/// `POST /api/agents`
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    once: Once,
    JsonBody(body): JsonBody<SetAgent>,
) -> Answer {
    once.make(&app, caller.user(), body, |making, body| make(&app, &caller, making, body)).await
}

async fn make<P: AppPorts>(app: &App<P>, caller: &Caller, making: Making, body: SetAgent) -> Answer<Made> {
    let project = body.project_id;
    let definition = checked(body.definition())?;
    let grant = owned_by::<_, Write>(app, caller, project).await?;
    let id = AgentId::new(making.at_ms, &making.id_bytes());
    let record = app.ports.agents().add(grant, id, &definition, making.at_ms).await?;
    let full = || Failure::Conflict { detail: format!("There are {MAX_AGENTS} already. Delete one first.") };
    let agent = record.ok_or_else(full)?.view();
    Ok(created(format!("/api/agents/{}", agent.id), &agent))
}

fn checked(definition: AgentDefinition) -> Answer<AgentDefinition> {
    check(&definition).map_err(refused)?;
    Ok(definition)
}

/// `GET /api/agents/{id}`
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
    Params(params): Params<VersionParams>,
) -> Answer<Json<Agent>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let (_, record) = found::<_, Read>(&app, &caller, &id, params.version).await?;
    Ok(Json(record.view()))
}

/// `PUT /api/agents/{id}`: what differs from the newest version makes another.
pub async fn set<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
    JsonBody(body): JsonBody<SetAgent>,
) -> Answer<Json<Agent>> {
    if body.project_id.is_some() {
        return Err(Failure::field("/projectId", "is said when an agent is made: it stays where it is"));
    }
    let definition = checked(body.definition())?;
    let (grant, record) = found(&app, &caller, &id, None).await?;
    write(&app, grant, &record, &definition).await
}

/// `POST /api/agents/{id}/restore`: an older version's definition as the newest.
pub async fn restore<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
    JsonBody(body): JsonBody<RestoreAgent>,
) -> Answer<Json<Agent>> {
    let (grant, record) = found(&app, &caller, &id, None).await?;
    let older = app.ports.agents().find(record.id, Some(body.version)).await?;
    let older = older.ok_or(Failure::NotFound { what: "Version" })?;
    write(&app, grant, &record, &older.definition).await
}

async fn write<P: AppPorts>(
    app: &App<P>,
    grant: Grant<Write>,
    base: &Record,
    definition: &AgentDefinition,
) -> Answer<Json<Agent>> {
    match app.ports.agents().write(grant, base, definition, app.now_ms()).await? {
        Kept::Kept(record) => Ok(Json(record.view())),
        Kept::Newer => Err(Failure::Conflict { detail: "Somebody else has just changed this agent.".into() }),
        Kept::Gone => Err(Failure::NotFound { what: WHAT }),
    }
}

/// `GET /api/agents/{id}/versions`
pub async fn versions<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
) -> Answer<Json<AgentVersions>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let (grant, record) = found(&app, &caller, &id, None).await?;
    Ok(Json(AgentVersions { versions: app.ports.agents().versions(grant, record.id).await? }))
}

/// `DELETE /api/agents/{id}`
pub async fn delete<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
) -> Answer<StatusCode> {
    let (grant, record) = found::<_, Delete>(&app, &caller, &id, None).await?;
    app.ports.agents().remove(grant, record.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An agent that the caller may do this to.
pub(super) async fn found<P: AppPorts, A: Act>(
    app: &App<P>,
    caller: &Caller,
    id: &str,
    version: Option<u32>,
) -> Answer<(Grant<A>, Record)> {
    let missing = || Failure::NotFound { what: WHAT };
    let id = id.parse().map_err(|_| missing())?;
    let record = app.ports.agents().find(id, version).await?.ok_or_else(missing)?;
    Ok((caller.may(WHAT, record.resource())?, record))
}
