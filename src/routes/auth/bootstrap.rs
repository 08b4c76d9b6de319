//! `/api/auth/bootstrap`: the first administrator.

use axum::{Json, extract::State};
use edgewise_domain::{identity::seals, ports::Users};
use edgewise_protocol::{
    api::{Bootstrap, Session},
    limit::Class,
};

use super::{hears, user};
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
    let Some(row) = app.ports.users().make_first_admin(caller.user(), app.now_ms()).await? else {
        return Err(Failure::Conflict { detail: "There is an administrator already.".into() });
    };
    Ok(Json(Session { user: user(&hears(&app, &row).await?) }))
}
