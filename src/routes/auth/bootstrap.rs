//! `/api/auth/bootstrap`: the first administrator.

use axum::{Json, extract::State};
use edgewise_domain::{
    identity::seals,
    ports::{Accounts, Users},
};
use edgewise_protocol::{
    api::{Bootstrap, Session},
    calls::account::{AccountName, Call, Profile, Reply, Role},
    limit::Class,
};

use super::user;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{JsonBody, caller::Owner, visitor::Visitor},
};

/// `POST /api/auth/bootstrap`: makes whoever knows the deployment's secret its first administrator.
pub async fn make_first<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    Owner(caller): Owner,
    JsonBody(body): JsonBody<Bootstrap>,
) -> Answer<Json<Session>> {
    visitor.admit(&app, Class::Login).await?;
    let right = app.config.bootstrap_secret.as_deref().is_some_and(|secret| seals::same(secret, &body.secret));
    if !right || caller.profile.guest {
        return Err(Failure::NotFound { what: "Route" });
    }
    if !app.ports.users().make_first_admin(caller.user(), app.now_ms()).await? {
        return Err(Failure::Conflict { detail: "There is an administrator already.".into() });
    }
    let profile = Profile { role: Role::Admin, ..caller.profile };
    match app
        .ports
        .accounts()
        .call(&AccountName::User(profile.user), Call::Profile { profile: profile.clone() })
        .await?
    {
        Reply::Done => Ok(Json(Session { user: user(&profile) })),
        _ => Err(Failure::account_failed()),
    }
}
