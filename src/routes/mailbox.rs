//! `/api/dev/mailbox`: the letters of a development server, which sends none unless a provider is set.

use axum::{Json, extract::State};
use edgewise_domain::{config::Environment, ports::Letters};
use edgewise_protocol::api::Mailbox;

use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
};

const SHOWN: u32 = 50;

/// `GET /api/dev/mailbox`: the newest letters. Elsewhere there is no such route: letters hold the keys to accounts.
pub async fn show<P: AppPorts>(State(app): State<App<P>>) -> Answer<Json<Mailbox>> {
    if app.config.environment != Environment::Development {
        return Err(Failure::NotFound { what: "Route" });
    }
    Ok(Json(Mailbox { letters: app.ports.letters().newest(SHOWN).await? }))
}
