//! `/api/presets` and `/api/prompts`: what users keep to use again.

use axum::{Json, extract::State};
use edgewise_domain::{
    access::Own,
    chat::send::Refusal,
    library::{Entry, Kept, MAX_ENTRIES, Shelf, check_preset, check_prompt, entry, preset, prompt},
    ports::Library,
};
use edgewise_protocol::{
    api::{Preset, PresetList, Prompt, PromptList, Scope, SetPreset, SetPrompt},
    ids::LibraryId,
    limit::Class,
};
use http::StatusCode;
use serde::Serialize;

use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody,
        caller::{Asking, Caller, Writer},
        once::{Made, Making, Once, created},
    },
};

const PRESET: &str = "Preset";
const PROMPT: &str = "Prompt";

/// `GET /api/presets`
pub async fn presets<P: AppPorts>(State(app): State<App<P>>, asking: Asking) -> Answer<Json<PresetList>> {
    let entries = list(&app, asking, Shelf::Presets).await?;
    Ok(Json(PresetList { presets: entries.into_iter().filter_map(preset).collect() }))
}

/// `GET /api/prompts`
pub async fn prompts<P: AppPorts>(State(app): State<App<P>>, asking: Asking) -> Answer<Json<PromptList>> {
    let entries = list(&app, asking, Shelf::Prompts).await?;
    Ok(Json(PromptList { prompts: entries.into_iter().filter_map(prompt).collect() }))
}

/// `GET /api/presets/{id}`
pub async fn show_preset<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
) -> Answer<Json<Preset>> {
    preset(find(&app, asking, Shelf::Presets, &id).await?).map(Json).ok_or_else(unreadable)
}

/// `GET /api/prompts/{id}`
pub async fn show_prompt<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    Hole(id): Hole,
) -> Answer<Json<Prompt>> {
    prompt(find(&app, asking, Shelf::Prompts, &id).await?).map(Json).ok_or_else(unreadable)
}

/// `POST /api/presets`
pub async fn add_preset<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    once: Once,
    JsonBody(body): JsonBody<SetPreset>,
) -> Answer {
    check_preset(&body).map_err(refused)?;
    let name = body.name.clone();
    add(&app, &caller, once, Shelf::Presets, &name, body, preset).await
}

/// `POST /api/prompts`
pub async fn add_prompt<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    once: Once,
    JsonBody(body): JsonBody<SetPrompt>,
) -> Answer {
    check_prompt(&body).map_err(refused)?;
    let name = body.command.clone();
    add(&app, &caller, once, Shelf::Prompts, &name, body, prompt).await
}

/// `PUT /api/presets/{id}`
pub async fn set_preset<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
    JsonBody(body): JsonBody<SetPreset>,
) -> Answer<Json<Preset>> {
    check_preset(&body).map_err(refused)?;
    let kept = change(&app, &caller, Shelf::Presets, &id, &body.name, &body).await?;
    preset(kept).map(Json).ok_or_else(unreadable)
}

/// `PUT /api/prompts/{id}`
pub async fn set_prompt<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
    JsonBody(body): JsonBody<SetPrompt>,
) -> Answer<Json<Prompt>> {
    check_prompt(&body).map_err(refused)?;
    let kept = change(&app, &caller, Shelf::Prompts, &id, &body.command, &body).await?;
    prompt(kept).map(Json).ok_or_else(unreadable)
}

/// `DELETE /api/presets/{id}`
pub async fn remove_preset<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
) -> Answer<StatusCode> {
    remove(&app, &caller, Shelf::Presets, &id).await
}

/// `DELETE /api/prompts/{id}`
pub async fn remove_prompt<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    Hole(id): Hole,
) -> Answer<StatusCode> {
    remove(&app, &caller, Shelf::Prompts, &id).await
}

/// The preset that a new conversation is made of.
pub(super) async fn preset_of<P: AppPorts>(app: &App<P>, caller: &Caller, id: LibraryId) -> Answer<Preset> {
    let grant = caller.may(PRESET, Own(caller.user()))?;
    let found = app.ports.library().find(grant, Shelf::Presets, id).await?;
    found.and_then(preset).ok_or(Failure::NotFound { what: PRESET })
}

async fn list<P: AppPorts>(app: &App<P>, asking: Asking, shelf: Shelf) -> Answer<Vec<Entry>> {
    let caller = asking.admit(app, Class::General).await?.holds(Scope::ChatRead)?;
    let grant = caller.may(what(shelf), Own(caller.user()))?;
    Ok(app.ports.library().list(grant, shelf).await?)
}

async fn find<P: AppPorts>(app: &App<P>, asking: Asking, shelf: Shelf, id: &str) -> Answer<Entry> {
    let caller = asking.admit(app, Class::General).await?.holds(Scope::ChatRead)?;
    let missing = || Failure::NotFound { what: what(shelf) };
    let id = id.parse().map_err(|_| missing())?;
    let grant = caller.may(what(shelf), Own(caller.user()))?;
    app.ports.library().find(grant, shelf, id).await?.ok_or_else(missing)
}

async fn add<P: AppPorts, B: Serialize + Sync, T: Serialize>(
    app: &App<P>,
    caller: &Caller,
    once: Once,
    shelf: Shelf,
    name: &str,
    body: B,
    shown: fn(Entry) -> Option<T>,
) -> Answer {
    let make = |making: Making, body| async move {
        let new = entry(LibraryId::new(making.at_ms, &making.id_bytes()), name, &body, making.at_ms);
        made(app, caller, shelf, &new, shown).await
    };
    once.make(app, caller.user(), body, make).await
}

async fn made<P: AppPorts, T: Serialize>(
    app: &App<P>,
    caller: &Caller,
    shelf: Shelf,
    new: &Entry,
    shown: fn(Entry) -> Option<T>,
) -> Answer<Made> {
    let grant = caller.may(what(shelf), Own(caller.user()))?;
    let kept = kept(app.ports.library().add(grant, shelf, new).await?, shelf)?;
    let path = if shelf == Shelf::Presets { "presets" } else { "prompts" };
    let location = format!("/api/{path}/{}", kept.id);
    Ok(created(location, &shown(kept).ok_or_else(unreadable)?))
}

async fn change<P: AppPorts>(
    app: &App<P>,
    caller: &Caller,
    shelf: Shelf,
    id: &str,
    name: &str,
    body: &(impl Serialize + Sync),
) -> Answer<Entry> {
    let id = id.parse().map_err(|_| Failure::NotFound { what: what(shelf) })?;
    let grant = caller.may(what(shelf), Own(caller.user()))?;
    let changed = app.ports.library().change(grant, shelf, &entry(id, name, body, app.now_ms())).await?;
    kept(changed, shelf)
}

async fn remove<P: AppPorts>(app: &App<P>, caller: &Caller, shelf: Shelf, id: &str) -> Answer<StatusCode> {
    let missing = || Failure::NotFound { what: what(shelf) };
    let id = id.parse().map_err(|_| missing())?;
    let grant = caller.may(what(shelf), Own(caller.user()))?;
    if app.ports.library().remove(grant, shelf, id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(missing()) }
}

fn kept(kept: Kept, shelf: Shelf) -> Answer<Entry> {
    let conflict = |detail: String| Err(Failure::Conflict { detail });
    match kept {
        Kept::Kept(entry) => Ok(entry),
        Kept::Taken if shelf == Shelf::Presets => conflict("Another preset of yours has that name.".into()),
        Kept::Taken => conflict("Another prompt of yours has that command.".into()),
        Kept::Full => conflict(format!("There are {MAX_ENTRIES} already. Delete one first.")),
        Kept::Missing => Err(Failure::NotFound { what: what(shelf) }),
    }
}

const fn what(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::Presets => PRESET,
        Shelf::Prompts => PROMPT,
    }
}

pub(super) fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::TooLong { .. } => Failure::TooLarge { detail: refusal.to_string() },
        Refusal::Bad { field, why } => Failure::field(&format!("/{field}"), why),
        Refusal::NotPrintable { what } => Failure::field(&format!("/{what}"), refusal.to_string()),
        other => Failure::field("", other.to_string()),
    }
}

fn unreadable() -> Failure {
    Failure::Internal { log: "an entry of a library cannot be read".into() }
}
