//! `/api/chat/conversations`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    access::{self, Grant, Own, Principal, Read, Write, authorize},
    catalogue::{cursor, read_cursor},
    chat::send::MAX_FOLDER_CHARS,
    identity::seals,
    ports::{Cache, Catalogue, ListQuery, Organizations},
};
use edgewise_protocol::{
    api::{Conversation, ConversationPage, CreateConversation, Scope, UpdateConversation},
    calls::conversation::{Asker, Call, Create, Reply},
    details::Details,
    ids::{ConversationId, ProjectId},
    limit::Class,
    organization::{Jurisdiction, Owner, Place},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{
    ask,
    library::preset_of,
    paging::{after, cut, page_limit, search_words},
    project_now, tagged,
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure, refused},
    extract::{
        ConversationPath, JsonBody, OptionalJsonBody, Params,
        caller::{Asking, Caller, Writer},
        once::{Made, Making, Once, created},
    },
};

/// Pages of a search stay in the cache so long; a change of the catalogue changes their key.
const SEARCH_TTL_S: u32 = 300;
const PROJECT: &str = "Project";

#[derive(Debug, Deserialize)]
pub struct ListParams {
    limit: Option<u32>,
    cursor: Option<String>,
    q: Option<String>,
    archived: Option<bool>,
    pinned: Option<bool>,
    tag: Option<String>,
    folder: Option<String>,
    project: Option<String>,
}

/// `POST /api/chat/conversations`
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    once: Once,
    OptionalJsonBody(body): OptionalJsonBody<CreateConversation>,
) -> Answer {
    once.make(&app, caller.user(), body, |making, body| make(&app, &caller, making, body)).await
}

async fn make<P: AppPorts>(app: &App<P>, caller: &Caller, making: Making, body: CreateConversation) -> Answer<Made> {
    if body.temporary && body.project_id.is_some() {
        return Err(Failure::field("/temporary", "is for conversations of one's own: leave projectId out"));
    }
    let (place, jurisdiction) = match body.project_id {
        Some(project) => {
            let (place, jurisdiction) = place(app, caller, project).await?;
            caller.may::<Write, _>(PROJECT, access::Conversation { place: Some(place), ..caller.own() })?;
            (Some(place), jurisdiction)
        }
        None => (None, Jurisdiction::None),
    };
    let preset = match body.preset_id {
        Some(id) => Some(preset_of(app, caller, id).await?),
        None => None,
    };
    let (system_prompt, model, parameters) =
        preset.map(|preset| (preset.system_prompt, preset.model, preset.parameters)).unwrap_or_default();
    let parameters = body.parameters.unwrap_or(parameters);
    let id = ConversationId::new_in(jurisdiction, making.at_ms, &making.id_bytes());
    let create = Create {
        id,
        title: body.title,
        system_prompt: body.system_prompt.or(system_prompt),
        model: body.model.or(model).unwrap_or_else(|| app.config.default_model.clone()),
        place,
        details: Details { parameters, temporary: body.temporary, ..Details::default() },
    };
    let conversation = shown(app, ask(app, caller.asker(), id, Call::Create(create)).await?).await?;
    Ok(created(format!("/api/chat/conversations/{id}"), &conversation))
}

/// Where a project is that the caller can see.
pub(super) async fn place<P: AppPorts>(
    app: &App<P>,
    caller: &Caller,
    project: ProjectId,
) -> Answer<(Place, Jurisdiction)> {
    let grant = caller.may::<Read, _>(PROJECT, Own(caller.user()))?;
    let found = app.ports.organizations().place(grant, project).await;
    found.map_err(|fault| Failure::organization(fault, PROJECT))
}

/// As [`place`], of a project as a query names it.
pub async fn place_of<P: AppPorts>(app: &App<P>, caller: &Caller, project: &str) -> Answer<Place> {
    let project = project.parse().map_err(|_| Failure::NotFound { what: PROJECT })?;
    Ok(place(app, caller, project).await?.0)
}

/// `GET /api/chat/conversations`: one query for a page; a search asks the version first, then the cache.
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    headers: HeaderMap,
    Params(params): Params<ListParams>,
) -> Answer {
    let query = list_query(&params)?;
    if let Some(project) = params.project.as_deref() {
        let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
        let place = place_of(&app, &caller, project).await?;
        let grant = caller.may(PROJECT, access::Conversation { place: Some(place), ..caller.own() })?;
        return show_list(&app, grant, &headers, &params, query).await;
    }
    let read = |asker| list_own(&app, asker, &headers, &params, query.clone());
    Ok(asking.admit_beside(&app, Class::General, read).await?.1)
}

async fn list_own<P: AppPorts>(
    app: &App<P>,
    asker: Asker,
    headers: &HeaderMap,
    params: &ListParams,
    query: ListQuery,
) -> Answer {
    let own = access::Conversation { creator: asker.user, place: None };
    let principal = Principal { user: asker.user, memberships: &asker.memberships };
    let grant = authorize(&principal, own).map_err(|denied| Failure::denied(denied, "Conversation"))?;
    show_list(app, grant, headers, params, query).await
}

async fn show_list<P: AppPorts>(
    app: &App<P>,
    grant: Grant<Read>,
    headers: &HeaderMap,
    params: &ListParams,
    query: ListQuery,
) -> Answer {
    if query.contains.is_some() {
        return search(app, grant, headers, params, query).await;
    }
    let limit = query.limit;
    let (version, conversations) = app.ports.catalogue().list(grant, query).await?;
    Ok(tagged(headers, &tag(grant.of().owner(), version), Json(page(conversations, limit))))
}

async fn search<P: AppPorts>(
    app: &App<P>,
    grant: Grant<Read>,
    headers: &HeaderMap,
    params: &ListParams,
    query: ListQuery,
) -> Answer {
    let owner = grant.of().owner();
    let version = app.ports.catalogue().version(grant).await?;
    let (cursor, words) = (params.cursor.as_deref().unwrap_or_default(), query.contains.clone().unwrap_or_default());
    let found_by = serde_json::to_string(&(query.archived, query.pinned, &query.tag, &query.folder));
    let found_by = seals::digest(&found_by.unwrap_or_default());
    let key = format!("search/2/{owner}/{version}/{}/{cursor}/{found_by}/{words}", query.limit);
    let tag = tag(owner, version);
    let cached = app.ports.cache().get(&key).await;
    if let Some(found) = cached.and_then(|text| serde_json::from_str::<ConversationPage>(&text).ok()) {
        return Ok(tagged(headers, &tag, Json(found)));
    }
    let limit = query.limit;
    let (_, conversations) = app.ports.catalogue().list(grant, query).await?;
    let found = page(conversations, limit);
    if let Ok(text) = serde_json::to_string(&found) {
        app.ports.cache().put(&key, &text, SEARCH_TTL_S).await;
    }
    Ok(tagged(headers, &tag, Json(found)))
}

/// `GET /api/chat/conversations/{id}`
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    ConversationPath(id): ConversationPath,
) -> Answer<Json<Conversation>> {
    Ok(asking.admit_beside(&app, Class::General, |asker| get(&app, asker, id)).await?.1)
}

async fn get<P: AppPorts>(app: &App<P>, asker: Asker, id: ConversationId) -> Answer<Json<Conversation>> {
    match ask(app, asker, id, Call::Get).await? {
        Reply::Conversation { conversation, .. } => Ok(Json(conversation)),
        other => Err(refused(other)),
    }
}

/// `PATCH /api/chat/conversations/{id}`
pub async fn update<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    ConversationPath(id): ConversationPath,
    JsonBody(body): JsonBody<UpdateConversation>,
) -> Answer<Json<Conversation>> {
    let reply = ask(&app, caller.asker(), id, Call::Update(body)).await?;
    shown(&app, reply).await.map(Json)
}

/// `DELETE /api/chat/conversations/{id}`
pub async fn delete<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    ConversationPath(id): ConversationPath,
) -> Answer<Response> {
    match ask(&app, caller.asker(), id, Call::Delete).await? {
        Reply::Deleted { project } => {
            project_now(&app, &project).await;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        other => Err(refused(other)),
    }
}

async fn shown<P: AppPorts>(app: &App<P>, reply: Reply) -> Answer<Conversation> {
    match reply {
        Reply::Conversation { conversation, project } => {
            project_now(app, &project).await;
            Ok(conversation)
        }
        other => Err(refused(other)),
    }
}

/// The owner is in it: a browser may keep a page of whoever was signed in before.
fn tag(owner: Owner, version: u64) -> String {
    format!("{owner}-{version}")
}

fn list_query(params: &ListParams) -> Answer<ListQuery> {
    let limit = page_limit(params.limit)?;
    let after = after(params.cursor.as_deref(), read_cursor)?;
    let contains = search_words(params.q.as_deref())?;
    for (name, text) in [("tag", &params.tag), ("folder", &params.folder)] {
        if text.as_ref().is_some_and(|text| text.is_empty() || text.chars().count() > MAX_FOLDER_CHARS) {
            return Err(Failure::field(name, format!("must have 1 to {MAX_FOLDER_CHARS} characters")));
        }
    }
    let (archived, pinned) = (params.archived.unwrap_or(false), params.pinned);
    Ok(ListQuery { limit, after, contains, archived, pinned, tag: params.tag.clone(), folder: params.folder.clone() })
}

fn page(conversations: Vec<Conversation>, limit: u32) -> ConversationPage {
    let (conversations, next_cursor) = cut(conversations, limit, |last| cursor(last.updated_at.0, last.id));
    ConversationPage { conversations, next_cursor }
}
