//! `/api/organizations`: people who work together. Whoever is not in one is told that there is none.

pub mod invitations;
pub mod members;
pub mod projects;

use std::str::FromStr;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    access::{Delete, Organization, Own, Read, Write},
    flags::Change,
    organizations::{OrganizationFault, Untold, tell},
    ports::Organizations,
};
use edgewise_protocol::{
    api::{self, NameOrganization, OrganizationList},
    ids::OrganizationId,
    organization::MemberRole,
    timestamp::Timestamp,
};
use http::StatusCode;

use super::{auth::display_name, flags::change};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody,
        caller::{Caller, Owner},
        once::{Made, Making, Once, created},
    },
};

const WHAT: &str = "Organization";

/// `GET /api/organizations`: those that one is in.
pub async fn list<P: AppPorts>(State(app): State<App<P>>, Owner(caller): Owner) -> Answer<Json<OrganizationList>> {
    let grant = caller.may::<Read, _>(WHAT, Own(caller.user()))?;
    let organizations = app.ports.organizations().list(grant).await.map_err(failure)?;
    Ok(Json(OrganizationList { organizations }))
}

/// `POST /api/organizations`
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    once: Once,
    JsonBody(body): JsonBody<NameOrganization>,
) -> Answer {
    not_a_guest(&caller)?;
    once.make(&app, caller.user(), body, |making, body| make(&app, &caller, making, body)).await
}

async fn make<P: AppPorts>(app: &App<P>, caller: &Caller, making: Making, body: NameOrganization) -> Answer<Made> {
    let name = display_name("/name", &body.name)?;
    let (id, at) = (OrganizationId::new(making.at_ms, &making.id_bytes()), Timestamp(making.at_ms));
    let grant = caller.may::<Write, _>(WHAT, Own(caller.user()))?;
    let change = Change { at_ms: making.at_ms, ..change(app, caller.user()) };
    let owner = app.ports.organizations().create(grant, id, &name, &change).await.map_err(failure)?;
    announce(app, &[owner]).await;
    let made = api::Organization { id, name, role: MemberRole::Owner, created_at: at, updated_at: at };
    Ok(created(format!("/api/organizations/{id}"), &made))
}

/// `GET /api/organizations/{id}`
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(id): Hole,
) -> Answer<Json<api::Organization>> {
    let grant = caller.may(WHAT, Organization(named(&id, WHAT)?))?;
    app.ports.organizations().show(grant).await.map(Json).map_err(failure)
}

/// `PATCH /api/organizations/{id}`
pub async fn rename<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(id): Hole,
    JsonBody(body): JsonBody<NameOrganization>,
) -> Answer<Json<api::Organization>> {
    let grant = caller.may::<Write, _>(WHAT, Organization(named(&id, WHAT)?))?;
    let name = display_name("/name", &body.name)?;
    app.ports.organizations().rename(grant, &name, &change(&app, caller.user())).await.map_err(failure)?;
    app.ports.organizations().show(grant.reading()).await.map(Json).map_err(failure)
}

/// `DELETE /api/organizations/{id}`: nobody is in it any more, and what is in it is gone for everybody.
pub async fn delete<P: AppPorts>(State(app): State<App<P>>, Owner(caller): Owner, Hole(id): Hole) -> Answer<Response> {
    let grant = caller.may::<Delete, _>(WHAT, Organization(named(&id, WHAT)?))?;
    let ended = app.ports.organizations().delete(grant, &change(&app, caller.user())).await.map_err(failure)?;
    announce(&app, &ended).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Lets accounts know, before anybody is told that it is done.
async fn announce<P: AppPorts>(app: &App<P>, untold: &[Untold]) {
    // An account that does not hear is not the caller's failure: the row says so, and the cron says it again.
    let _ = tell(app.ports.organizations(), app.ports.accounts(), untold).await;
}

/// The id in a path. What is no id names nothing.
fn named<T: FromStr>(text: &str, what: &'static str) -> Answer<T> {
    text.parse().map_err(|_| Failure::NotFound { what })
}

fn failure(fault: OrganizationFault) -> Failure {
    Failure::organization(fault, WHAT)
}

fn not_a_guest(caller: &Caller) -> Answer<()> {
    match caller.profile.guest {
        true => Err(Failure::Role { detail: "Guests cannot be in organizations. Sign up first.".into() }),
        false => Ok(()),
    }
}
