//! `/api/organizations/{id}/projects`: the places of an organization's conversations.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    access::{Delete, Projects, Read, Write},
    flags::Change,
    ports::Organizations,
};
use edgewise_protocol::{
    api::{CreateProject, Project, ProjectList, UpdateProject},
    ids::{OrganizationId, ProjectId},
    timestamp::Timestamp,
};
use http::StatusCode;

use super::{WHAT, change, failure, named};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody,
        caller::{Caller, Owner},
        once::{Made, Making, Once, created},
    },
    routes::auth::display_name,
};

const PROJECT: &str = "Project";

/// `GET …/projects`
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(id): Hole,
) -> Answer<Json<ProjectList>> {
    let grant = caller.may(WHAT, Projects(named(&id, WHAT)?))?;
    let projects = app.ports.organizations().projects(grant).await.map_err(failure)?;
    Ok(Json(ProjectList { projects }))
}

/// `POST …/projects`
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(id): Hole,
    once: Once,
    JsonBody(body): JsonBody<CreateProject>,
) -> Answer {
    let organization = named(&id, WHAT)?;
    // Before a key is begun: what may not be done is not done once either.
    caller.may::<Write, _>(WHAT, Projects(organization))?;
    once.make(&app, caller.user(), body, |making, body| make(&app, &caller, organization, making, body)).await
}

async fn make<P: AppPorts>(
    app: &App<P>,
    caller: &Caller,
    organization_id: OrganizationId,
    making: Making,
    body: CreateProject,
) -> Answer<Made> {
    let grant = caller.may(WHAT, Projects(organization_id))?;
    let (id, at) = (ProjectId::new(making.at_ms, &making.id_bytes()), Timestamp(making.at_ms));
    let (name, jurisdiction) = (display_name("/name", &body.name)?, body.jurisdiction);
    let project = Project { id, organization_id, name, jurisdiction, created_at: at, updated_at: at };
    let change = Change { at_ms: making.at_ms, ..change(app, caller.user()) };
    app.ports.organizations().create_project(grant, &project, &change).await.map_err(failure)?;
    Ok(created(format!("/api/organizations/{organization_id}/projects/{id}"), &project))
}

/// `GET …/projects/{project}`
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole((id, project)): Hole<(String, String)>,
) -> Answer<Json<Project>> {
    let grant = caller.may::<Read, _>(WHAT, Projects(named(&id, WHAT)?))?;
    let shown = app.ports.organizations().project(grant, named(&project, PROJECT)?).await;
    shown.map(Json).map_err(|fault| Failure::organization(fault, PROJECT))
}

/// `PATCH …/projects/{project}`
pub async fn rename<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole((id, project)): Hole<(String, String)>,
    JsonBody(body): JsonBody<UpdateProject>,
) -> Answer<Json<Project>> {
    let grant = caller.may::<Write, _>(WHAT, Projects(named(&id, WHAT)?))?;
    let (project, name) = (named::<ProjectId>(&project, PROJECT)?, display_name("/name", &body.name)?);
    let missing = |fault| Failure::organization(fault, PROJECT);
    let change = change(&app, caller.user());
    app.ports.organizations().rename_project(grant, project, &name, &change).await.map_err(missing)?;
    app.ports.organizations().project(grant.reading(), project).await.map(Json).map_err(missing)
}

/// `DELETE …/projects/{project}`: of one in which nothing is left.
pub async fn delete<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole((id, project)): Hole<(String, String)>,
) -> Answer<Response> {
    let grant = caller.may::<Delete, _>(WHAT, Projects(named(&id, WHAT)?))?;
    let project = named(&project, PROJECT)?;
    let deleted = app.ports.organizations().delete_project(grant, project, &change(&app, caller.user())).await;
    deleted.map_err(|fault| Failure::organization(fault, PROJECT))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
