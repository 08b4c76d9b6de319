//! `/api/agents/{id}/schedules`: when agents begin runs by themselves.

use axum::{Json, extract::State};
use edgewise_domain::{
    access::{Act, Grant, Own, Read},
    agent::records::Record as Agent,
    ports::Schedules,
    schedule::{
        MAX_SCHEDULES, definition,
        records::{Change, Record},
    },
};
use edgewise_protocol::{
    api::{Schedule, ScheduleList, Scope, SetSchedule},
    ids::{AgentId, ScheduleId},
    limit::Class,
    organization::Owner,
};
use http::StatusCode;

use super::agents;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody,
        caller::{Asking, Caller, Writer},
        once::{Made, Making, Once, created},
    },
};

const WHAT: &str = "Schedule";

/// `POST /api/agents/{id}/schedules`
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(agent): Hole,
    once: Once,
    JsonBody(body): JsonBody<SetSchedule>,
) -> Answer {
    once.make(&app, caller.user(), body, |making, body| make(&app, &caller, &agent, making, body)).await
}

async fn make<P: AppPorts>(
    app: &App<P>,
    caller: &Caller,
    agent: &str,
    making: Making,
    body: SetSchedule,
) -> Answer<Made> {
    let agent = own(app, caller, agent, body.version).await?;
    let change = checked(app, body, making.at_ms)?;
    let id = ScheduleId::new(making.at_ms, &making.id_bytes());
    let record = app.ports.schedules().add(grant(caller)?, id, agent.id, &change).await?;
    let full = || Failure::Conflict { detail: format!("There are {MAX_SCHEDULES} already. Delete one first.") };
    let schedule = record.ok_or_else(full)?.view(app.ports.clock());
    Ok(created(format!("/api/agents/{}/schedules/{}", agent.id, schedule.id), &schedule))
}

/// `GET /api/agents/{id}/schedules`
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(agent): Hole,
) -> Answer<Json<ScheduleList>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let (_, agent) = agents::found::<_, Read>(&app, &caller, &agent, None).await?;
    let records = app.ports.schedules().list(grant(&caller)?, agent.id).await?;
    Ok(Json(ScheduleList { schedules: records.into_iter().map(|record| record.view(app.ports.clock())).collect() }))
}

/// `GET /api/agents/{id}/schedules/{schedule}`
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole((agent, id)): Hole<(String, String)>,
) -> Answer<Json<Schedule>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let (agent, id) = ids(&agent, &id)?;
    let records = app.ports.schedules().list(grant(&caller)?, agent).await?;
    shown(&app, records.into_iter().find(|record| record.id == id))
}

/// `PUT /api/agents/{id}/schedules/{schedule}`: all of it; what was paused begins with the next time.
pub async fn set<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole((agent, id)): Hole<(String, String)>,
    JsonBody(body): JsonBody<SetSchedule>,
) -> Answer<Json<Schedule>> {
    let (agent_id, id) = ids(&agent, &id)?;
    own(&app, &caller, &agent, body.version).await?;
    let change = checked(&app, body, app.now_ms())?;
    shown(&app, app.ports.schedules().set(grant(&caller)?, agent_id, id, &change).await?)
}

/// `DELETE /api/agents/{id}/schedules/{schedule}`
pub async fn delete<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole((agent, id)): Hole<(String, String)>,
) -> Answer<StatusCode> {
    let (agent, id) = ids(&agent, &id)?;
    match app.ports.schedules().remove(grant(&caller)?, agent, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(missing()),
    }
}

/// Nobody is there to say whether a project's agent may still be used when the time comes.
async fn own<P: AppPorts>(app: &App<P>, caller: &Caller, agent: &str, version: Option<u32>) -> Answer<Agent> {
    let (_, record) = agents::found::<_, Read>(app, caller, agent, version).await?;
    match record.owner {
        Owner::User(_) => Ok(record),
        Owner::Project(_) => {
            Err(Failure::Conflict { detail: "One's own agents alone have schedules, and this is a project's.".into() })
        }
    }
}

fn checked<P: AppPorts>(app: &App<P>, body: SetSchedule, now_ms: u64) -> Answer<Change> {
    let clock = app.ports.clock();
    let definition =
        definition(body, clock, now_ms).map_err(|(field, why)| Failure::field(&format!("/{field}"), why))?;
    Ok(Change::new(definition, clock, now_ms))
}

fn shown<P: AppPorts>(app: &App<P>, record: Option<Record>) -> Answer<Json<Schedule>> {
    Ok(Json(record.ok_or_else(missing)?.view(app.ports.clock())))
}

fn grant<A: Act>(caller: &Caller) -> Answer<Grant<A, Own>> {
    caller.may(WHAT, Own(caller.user()))
}

fn ids(agent: &str, id: &str) -> Answer<(AgentId, ScheduleId)> {
    agent.parse().ok().zip(id.parse().ok()).ok_or_else(missing)
}

const fn missing() -> Failure {
    Failure::NotFound { what: WHAT }
}
