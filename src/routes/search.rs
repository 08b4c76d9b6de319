//! `/api/search`: full text over one's own messages, or over a project's.

use axum::{Json, extract::State};
use edgewise_domain::{
    access::{self, Grant, Read},
    ports::Accounts,
    search::{MAX_HITS, MAX_WORDS_BYTES, Words, index_of},
};
use edgewise_protocol::{
    api::{Scope, SearchPage},
    calls::{account, search},
    limit::Class,
};
use serde::Deserialize;

use super::{
    conversations::place_of,
    paging::{after, limit_to},
};
use crate::{
    app::{App, AppPorts},
    bounds::{DEFAULT_SEARCH_PAGE, MAX_SEARCH_PAGE},
    error::{Answer, Failure},
    extract::{Params, caller::Asking},
};

#[derive(Debug, Deserialize)]
pub struct SearchParams {
    q: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
    project: Option<String>,
}

/// `GET /api/search`. Who may is asked now, whenever the messages were indexed: two hops, and one more for a project.
pub async fn find<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Params(params): Params<SearchParams>,
) -> Answer<Json<SearchPage>> {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let limit = limit_to(params.limit.unwrap_or(DEFAULT_SEARCH_PAGE), MAX_SEARCH_PAGE)?;
    let place_of_hit = |text: &str| text.parse().ok().filter(|skip| *skip < MAX_HITS);
    let skip = after(params.cursor.as_deref(), place_of_hit)?.unwrap_or(0);
    let words = params.q.unwrap_or_default();
    if words.len() > MAX_WORDS_BYTES {
        return Err(Failure::field("q", format!("is too long: at most {MAX_WORDS_BYTES} bytes")));
    }
    if Words::read(&words).is_none() {
        return Err(Failure::field("q", "must hold a letter or a digit"));
    }
    let place = match params.project.as_deref() {
        Some(project) => Some(place_of(&app, &caller, project).await?),
        None => None,
    };
    let grant: Grant<Read> = caller.may("Project", access::Conversation { place, ..caller.own() })?;
    let call = search::Call::Find { words, limit, skip };
    let name = index_of(grant.of().owner());
    match app.ports.accounts().call(&name, account::Call::Search { call }).await? {
        account::Reply::Search { reply: search::Reply::Found { hits, more } } => {
            let next_cursor = more.then(|| (skip + limit).to_string());
            Ok(Json(SearchPage { hits, next_cursor }))
        }
        account::Reply::Unknown => Ok(Json(SearchPage { hits: Vec::new(), next_cursor: None })),
        _ => Err(Failure::account_failed()),
    }
}
