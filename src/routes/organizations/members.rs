//! `/api/organizations/{id}/members`: who is in an organization, and as what.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    access::{Delete, Members, Write},
    ports::Organizations,
};
use edgewise_protocol::{
    api::{MemberList, SetMemberRole},
    ids::UserId,
};
use http::StatusCode;

use super::{WHAT, announce, change, failure, named};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{Hole, JsonBody, caller::Owner},
};

const MEMBER: &str = "Member";

/// `GET …/members`
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(id): Hole,
) -> Answer<Json<MemberList>> {
    let grant = caller.may(WHAT, Members { organization: named(&id, WHAT)?, user: None })?;
    let members = app.ports.organizations().members(grant).await.map_err(failure)?;
    Ok(Json(MemberList { members }))
}

/// `PATCH …/members/{user}`: another role. Only an owner makes owners, and touches them; one is always left.
pub async fn set_role<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole((id, user)): Hole<(String, String)>,
    JsonBody(body): JsonBody<SetMemberRole>,
) -> Answer<Response> {
    let members = Members { organization: named(&id, WHAT)?, user: user.parse::<UserId>().ok() };
    let grant = caller.may::<Write, _>(WHAT, members)?;
    let set = app.ports.organizations().set_role(grant, body.role, &change(&app, caller.user())).await;
    announce(&app, &[set.map_err(|fault| Failure::organization(fault, MEMBER))?]).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE …/members/{user}`: removes somebody, or leaves.
pub async fn remove<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole((id, user)): Hole<(String, String)>,
) -> Answer<Response> {
    let members = Members { organization: named(&id, WHAT)?, user: user.parse::<UserId>().ok() };
    let grant = caller.may::<Delete, _>(WHAT, members)?;
    let removed = app.ports.organizations().remove(grant, &change(&app, caller.user())).await;
    announce(&app, &[removed.map_err(|fault| Failure::organization(fault, MEMBER))?]).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}
