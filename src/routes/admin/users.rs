//! `/api/admin/users`: who is here, and what administrators do to them. Each deed is in the audit log before it is done.

use axum::{Json, extract::State, response::IntoResponse};
use edgewise_domain::{
    audit::Entry,
    directory::{Changed, UserQuery},
    ports::{Accounts, Directory, Users},
};
use edgewise_protocol::{
    api::{AdminUser, AdminUserDetail, AdminUserPage, ChangeUser},
    calls::account::{AccountName, Call, Ends, Overview, Profile, ProfileChange, Reply, Role},
    ids::{ConversationId, UserId},
};
use http::StatusCode;
use serde::Deserialize;

use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody, Params,
        caller::Admin,
        once::{Made, Making, Once},
    },
    routes::{
        auth::{display_name, hears},
        paging::{after, cut, page_limit, search_words},
    },
};

#[derive(Debug, Deserialize)]
pub struct UserParams {
    limit: Option<u32>,
    cursor: Option<String>,
    q: Option<String>,
}

/// `GET /api/admin/users`
pub async fn list<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(_): Admin,
    Params(params): Params<UserParams>,
) -> Answer<Json<AdminUserPage>> {
    let limit = page_limit(params.limit)?;
    let after = after(params.cursor.as_deref(), |text| text.parse().ok())?;
    let contains = search_words(params.q.as_deref())?;
    let rows = app.ports.directory().list(UserQuery { limit, after, contains }).await?;
    let (rows, next_cursor) = cut(rows, limit, |last| last.id.to_string());
    Ok(Json(AdminUserPage { users: rows.iter().map(|row| view(&row.profile())).collect(), next_cursor }))
}

/// `GET /api/admin/users/{id}`: the row, where there is one, and what the account alone knows.
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(_): Admin,
    Hole(id): Hole,
) -> Answer<Json<AdminUserDetail>> {
    let (profile, overview) = found(&app, user_id(&id)?).await?;
    Ok(Json(AdminUserDetail {
        user: view(&profile),
        two_factor: overview.as_ref().is_some_and(|overview| overview.profile.two_factor),
        sessions: overview.as_ref().map_or(0, |overview| overview.sessions),
        keys: overview.as_ref().map_or(0, |overview| overview.keys),
        last_seen_at: overview.and_then(|overview| overview.last_seen_at),
    }))
}

/// `PATCH /api/admin/users/{id}`: whoever is banned is out when this is answered.
pub async fn change<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(admin): Admin,
    Hole(id): Hole,
    once: Once,
    JsonBody(body): JsonBody<ChangeUser>,
) -> Answer {
    let id = user_id(&id)?;
    let name = body.name.as_deref().map(|name| display_name("/name", name)).transpose()?;
    let wish = ChangeUser { name, ..body };
    let actor = admin.user();
    let app = &app;
    let make = |making: Making, wish: ChangeUser| async move {
        let entry = entry(&making, actor, "user.change", id, in_words(&wish));
        let user = view(&apply(app, id, &wish, &entry).await?);
        let kept = serde_json::to_string(&user).ok();
        Ok((Json(user).into_response(), kept))
    };
    once.make(app, actor, wish, make).await
}

/// `POST /api/admin/users/{id}/sign-out`: every session ends, and what is open for it closes.
pub async fn sign_out<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(admin): Admin,
    Hole(id): Hole,
    once: Once,
) -> Answer {
    act(&app, admin.user(), &id, once, "user.sign-out", Call::End { ends: Ends::All }).await
}

/// `DELETE /api/admin/users/{id}/keys`: no API key works any longer.
pub async fn remove_keys<P: AppPorts>(
    State(app): State<App<P>>,
    Admin(admin): Admin,
    Hole(id): Hole,
    once: Once,
) -> Answer {
    act(&app, admin.user(), &id, once, "user.remove-keys", Call::RemoveKeys).await
}

/// Does to an account what needs no row.
async fn act<P: AppPorts>(
    app: &App<P>,
    actor: UserId,
    id: &str,
    once: Once,
    action: &'static str,
    call: Call,
) -> Answer {
    let id = user_id(id)?;
    let make = |making: Making, ()| async move {
        let entry = entry(&making, actor, action, id, String::new());
        done(app, id, &entry, call).await
    };
    once.make(app, actor, (), make).await
}

async fn done<P: AppPorts>(app: &App<P>, id: UserId, entry: &Entry, call: Call) -> Answer<Made> {
    overview(app, id).await?.ok_or_else(no_user)?;
    app.ports.directory().note(entry).await?;
    match app.ports.accounts().call(&AccountName::User(id), call).await? {
        Reply::Done => Ok((StatusCode::NO_CONTENT.into_response(), Some(String::new()))),
        _ => Err(Failure::account_failed()),
    }
}

/// Writes the change where it rests, then lets the account hear of it.
async fn apply<P: AppPorts>(app: &App<P>, id: UserId, wish: &ChangeUser, entry: &Entry) -> Answer<Profile> {
    match app.ports.directory().change(id, wish, entry).await? {
        Changed::Row(row) => hears(app, &row).await,
        Changed::Missing => apply_to_account(app, id, wish, entry).await,
        Changed::NotAdmin => Err(Failure::NotFound { what: "Route" }),
        Changed::LastAdmin => {
            Err(Failure::Conflict { detail: "Nobody else is an administrator: make somebody one first.".into() })
        }
    }
}

/// A guest, or somebody whom another issuer names: their account alone knows them.
async fn apply_to_account<P: AppPorts>(app: &App<P>, id: UserId, wish: &ChangeUser, entry: &Entry) -> Answer<Profile> {
    overview(app, id).await?.ok_or_else(no_user)?;
    if wish.role == Some(Role::Admin) {
        return Err(Failure::field("/role", "must be user: an administrator is somebody with an address here"));
    }
    app.ports.directory().note(entry).await?;
    let ChangeUser { role, banned, plan, name } = wish.clone();
    let change = ProfileChange { role, banned, plan, name, ..ProfileChange::default() };
    match app.ports.accounts().call(&AccountName::User(id), Call::Change { change }).await? {
        Reply::Changed { profile } if profile.version == 0 => Ok(profile),
        Reply::Changed { .. } => Err(Failure::Conflict { detail: "They have just signed up. Try again.".into() }),
        Reply::Unknown => Err(no_user()),
        _ => Err(Failure::account_failed()),
    }
}

/// Whom a row or an account knows. Guests have no row, and an account may not have heard of its own yet.
pub(super) async fn found<P: AppPorts>(app: &App<P>, id: UserId) -> Answer<(Profile, Option<Overview>)> {
    let (row, overview) = futures::join!(app.ports.users().by_id(id), overview(app, id));
    let (row, overview) = (row?, overview?);
    let profile = row.map(|row| row.profile()).or_else(|| Some(overview.as_ref()?.profile.clone()));
    Ok((profile.ok_or_else(no_user)?, overview))
}

/// `None`: the account knows nobody.
async fn overview<P: AppPorts>(app: &App<P>, id: UserId) -> Answer<Option<Overview>> {
    match app.ports.accounts().call(&AccountName::User(id), Call::Overview).await? {
        Reply::Overview { overview } => Ok(Some(*overview)),
        Reply::Unknown => Ok(None),
        _ => Err(Failure::account_failed()),
    }
}

/// With an `Idempotency-Key` the id is made of it: the same request again is one entry.
fn entry(making: &Making, actor: UserId, action: &'static str, target: UserId, detail: String) -> Entry {
    let id = ConversationId::new(making.at_ms, &making.id_bytes()).to_string();
    Entry { id, at_ms: making.at_ms, actor, action, target, detail }
}

/// What a change names. Not the name itself: that is somebody's.
fn in_words(wish: &ChangeUser) -> String {
    let role = wish.role.map(|role| format!("role {}", if role == Role::Admin { "admin" } else { "user" }));
    let banned = wish.banned.map(|banned| if banned { "banned".to_owned() } else { "not banned".to_owned() });
    let plan = wish.plan.as_ref().map(|plan| format!("plan {plan}"));
    let name = wish.name.as_ref().map(|_| "name".to_owned());
    [role, banned, plan, name].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn user_id(text: &str) -> Answer<UserId> {
    text.parse().map_err(|_| no_user())
}

const fn no_user() -> Failure {
    Failure::NotFound { what: "User" }
}

fn view(profile: &Profile) -> AdminUser {
    AdminUser {
        id: profile.user,
        guest: profile.guest,
        role: profile.role,
        email: profile.email.clone(),
        email_verified: profile.email_verified,
        name: profile.name.clone(),
        plan: profile.plan.clone(),
        banned: profile.banned,
        created_at: profile.created_at,
    }
}
