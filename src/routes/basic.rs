//! `/basic`: the chat for browsers without JavaScript. A form does what a route of the API does, by its own function,
//! and leads on to a page.

pub mod chats;
pub mod identity;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    catalogue::{DEFAULT_PAGE, cursor, read_cursor},
    identity::codes,
    ports::{Catalogue, ListQuery},
    rendering::basic::{self, Draft, Viewer},
};
use edgewise_protocol::{api::Scope, limit::Class};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::paging::{after, cut};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Params,
        caller::{Caller, CookieAsking},
    },
    page::page,
};

#[derive(Debug, Deserialize)]
pub struct HomeParams {
    cursor: Option<String>,
}

/// `GET /basic`: one's conversations, or the ways in.
pub async fn home<P: AppPorts>(
    State(app): State<App<P>>,
    CookieAsking(asking): CookieAsking,
    Params(params): Params<HomeParams>,
) -> Answer {
    let Some(asking) = asking else { return Ok(page(basic::welcome())) };
    match asking.admit(&app, Class::General).await {
        Ok(caller) => conversations(&app, caller.holds(Scope::ChatRead)?, params.cursor.as_deref()).await,
        // A session that has ended.
        Err(Failure::Unauthorized) => Ok(page(basic::welcome())),
        Err(failure) => Err(failure),
    }
}

async fn conversations<P: AppPorts>(app: &App<P>, caller: Caller, cursor_shown: Option<&str>) -> Answer {
    let query = ListQuery { limit: DEFAULT_PAGE, after: after(cursor_shown, read_cursor)?, ..ListQuery::default() };
    let grant = caller.may("Conversation", caller.own())?;
    let (_, found) = app.ports.catalogue().list(grant, query).await?;
    let (found, older) = cut(found, DEFAULT_PAGE, |last| cursor(last.updated_at.0, last.id));
    let profile = &caller.profile;
    let viewer = match (profile.guest, &profile.name, &profile.email) {
        (true, ..) => Viewer::Guest,
        (false, Some(name), _) => Viewer::Member(name.clone()),
        (false, None, email) => Viewer::Member(email.clone().unwrap_or_default()),
    };
    let draft = Draft { key: &key(app), text: "" };
    Ok(page(basic::home(&viewer, &found, older.as_deref(), draft)))
}

/// A new key of a message that was not sent yet.
fn key<P: AppPorts>(app: &App<P>) -> String {
    codes::secret(&app.random())
}

/// On to another page, with the cookies of what was done.
fn onwards(done: &Response, to: &str) -> Answer {
    let location =
        HeaderValue::from_str(to).map_err(|_| Failure::Internal { log: "an address is no header".into() })?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    for cookie in done.headers().get_all(header::SET_COOKIE) {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}
