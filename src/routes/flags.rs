//! `/api/flags`: what is on for the caller. `/api/admin/flags`: what is on for whom.
//!
//! A change is seen here at once, elsewhere when KV and the isolates have forgotten the old list: within about two
//! and a half minutes (60 s in KV, 60 s in KV's own caches, 30 s in an isolate).

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    flags::{Change, MAX_FLAGS, MAX_TENANTS, is_name, is_on},
    ports::{Cache, Flags},
};
use edgewise_protocol::{
    api::{Flag, FlagList, FlagsForMe, SetFlag},
    ids::UserId,
    limit::Class,
    timestamp::Timestamp,
};
use http::StatusCode;

use crate::{
    app::{App, AppPorts, KnownFlags},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody,
        caller::{Admin, Asking, Caller},
    },
};

const KEY: &str = "flags/1";
const TTL_S: u32 = 60;
const ISOLATE_MS: u64 = 30_000;

/// `GET /api/flags`
pub async fn mine<P: AppPorts>(State(app): State<App<P>>, asking: Asking) -> Answer<Json<FlagsForMe>> {
    let caller = asking.admit(&app, Class::General).await?;
    let flags = known(&app).await;
    Ok(Json(FlagsForMe {
        flags: flags.into_iter().map(|flag| (flag.name.clone(), is_on(&flag, &caller.principal()))).collect(),
    }))
}

/// `GET /api/admin/flags`: as they rest, not as they are cached.
pub async fn list<P: AppPorts>(State(app): State<App<P>>, Admin(_): Admin) -> Answer<Json<FlagList>> {
    Ok(Json(FlagList { flags: app.ports.flags().all().await? }))
}

/// `PUT /api/admin/flags/{name}`
pub async fn set<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(caller): Admin,
    Hole(name): Hole,
    JsonBody(body): JsonBody<SetFlag>,
) -> Answer<Json<Flag>> {
    if !is_name(&name) {
        return Err(Failure::field("name", "must be 1 to 64 lower-case letters, digits and hyphens, a letter first"));
    }
    let percent = body.percent.unwrap_or(100);
    if percent > 100 {
        return Err(Failure::field("/percent", "must be a whole number from 0 to 100"));
    }
    if body.tenants.len() > MAX_TENANTS {
        return Err(Failure::field(
            "/tenants",
            format!("may name {MAX_TENANTS} users and organizations; for more, use the percentage"),
        ));
    }
    let change = change(&app, caller.user());
    let flag =
        Flag { name, enabled: body.enabled, percent, tenants: body.tenants, updated_at: Timestamp(change.at_ms) };
    if !app.ports.flags().set(&flag, &change).await? {
        return Err(Failure::Conflict { detail: format!("There are {MAX_FLAGS} flags. Delete one first.") });
    }
    renew(&app).await;
    Ok(Json(flag))
}

/// `DELETE /api/admin/flags/{name}`
pub async fn delete<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(caller): Admin,
    Hole(name): Hole,
) -> Answer<Response> {
    if !app.ports.flags().remove(&name, &change(&app, caller.user())).await? {
        return Err(Failure::NotFound { what: "Flag" });
    }
    renew(&app).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Who changes something, and when.
pub(super) fn change<P: AppPorts>(app: &App<P>, actor: UserId) -> Change {
    Change { id: app.new_request_id(), actor, at_ms: app.now_ms() }
}

/// Whether the flag of this name is on for the caller.
pub(super) async fn allows<P: AppPorts>(app: &App<P>, caller: &Caller, name: &str) -> bool {
    known(app).await.iter().any(|flag| flag.name == name && is_on(flag, &caller.principal()))
}

/// The flags from the nearest place that has them. When none answers, the last that were known; else none: all off.
async fn known<P: AppPorts>(app: &App<P>) -> Vec<Flag> {
    let now_ms = app.now_ms();
    let last = app.flags.lock().ok().and_then(|kept| kept.clone());
    if let Some(known) = &last
        && now_ms < known.at_ms + ISOLATE_MS
    {
        return known.flags.clone();
    }
    let cached = app.ports.cache().get(KEY).await;
    if let Some(flags) = cached.and_then(|text| serde_json::from_str::<Vec<Flag>>(&text).ok()) {
        remember(app, now_ms, &flags);
        return flags;
    }
    match renew(app).await {
        Some(flags) => flags,
        None => last.map(|known| known.flags).unwrap_or_default(),
    }
}

/// Reads them anew, and tells the caches. `None` when the database does not answer.
async fn renew<P: AppPorts>(app: &App<P>) -> Option<Vec<Flag>> {
    let flags = app.ports.flags().all().await.ok()?;
    remember(app, app.now_ms(), &flags);
    if let Ok(text) = serde_json::to_string(&flags) {
        app.ports.cache().put(KEY, &text, TTL_S).await;
    }
    Some(flags)
}

fn remember<P: AppPorts>(app: &App<P>, now_ms: u64, flags: &[Flag]) {
    if let Ok(mut kept) = app.flags.lock() {
        *kept = Some(KnownFlags { at_ms: now_ms, flags: flags.to_vec() });
    }
}
