//! `/api/users/me`: one's own account, its sessions and its API keys.

pub mod provider_keys;
pub mod totp;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    access::{Delete, Own},
    identity::{codes, seals},
    ports::{Accounts, Organizations, Users},
};
use edgewise_protocol::{
    api::{ApiKey, CreateKey, DeleteUser, KeyList, NewKey, Scope, SessionList, UpdateUser, User},
    calls::account::{AccountName, Call, Credential, Ends, Profile, ProfileChange, Reply},
    ids::KeyId,
    timestamp::Timestamp,
};
use http::StatusCode;

use super::{
    auth::{display_name, hears, opening::end_sessions, password::prove_password, user},
    flags::change,
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        Hole, JsonBody, OptionalJsonBody,
        caller::Owner,
        once::{Begun, Made, Making, Once, again},
        visitor::Visitor,
    },
};

/// `GET /api/users/me`
pub async fn show<P: AppPorts>(State(_): State<App<P>>, Owner(caller): Owner) -> Json<User> {
    Json(user(&caller.profile))
}

/// `PATCH /api/users/me`
pub async fn update<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    JsonBody(body): JsonBody<UpdateUser>,
) -> Answer<Json<User>> {
    let name = display_name("/name", &body.name)?;
    if let Some(row) = app.ports.users().set_name(caller.user(), &name, app.now_ms()).await? {
        return Ok(Json(user(&hears(&app, &row).await?)));
    }
    let change = ProfileChange { name: Some(name), ..ProfileChange::default() };
    match ask(&app, &caller.profile, Call::Change { change }).await? {
        Reply::Changed { profile } => Ok(Json(user(&profile))),
        _ => Err(Failure::account_failed()),
    }
}

/// `DELETE /api/users/me`: the account is closed, and what its user has made goes, within minutes.
pub async fn delete<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    Owner(caller): Owner,
    OptionalJsonBody(body): OptionalJsonBody<DeleteUser>,
) -> Answer<Response> {
    if !caller.profile.guest {
        let row = app.ports.users().by_id(caller.user()).await?;
        // Who signs in elsewhere has none: their session must do. So has a row that is gone, when the call below failed
        // the last time.
        if row.is_some_and(|row| row.password_hash.is_some()) {
            let password =
                body.password.ok_or_else(|| Failure::field("/password", "is needed to delete an account"))?;
            prove_password(&app, &visitor, &caller.profile, &password, "/password").await?;
        }
        // Before anything is gone: who is the last owner of an organization cannot leave it.
        let grant = caller.may::<Delete, _>("User", Own(caller.user()))?;
        let left = app.ports.organizations().leave_all(grant, &change(&app, caller.user())).await;
        left.map_err(|fault| Failure::organization(fault, "User"))?;
    }
    // First: whatever fails after this, the cron carries it out.
    app.ports.users().remove(caller.user(), app.now_ms()).await?;
    done(ask(&app, &caller.profile, Call::Close).await?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /api/users/me/sessions`
pub async fn sessions<P: AppPorts>(State(app): State<App<P>>, Owner(caller): Owner) -> Answer<Json<SessionList>> {
    let Reply::Sessions { mut sessions } = ask(&app, &caller.profile, Call::Sessions).await? else {
        return Err(Failure::account_failed());
    };
    for session in &mut sessions {
        session.current = caller.credential == Credential::Session(session.id);
    }
    Ok(Json(SessionList { sessions }))
}

/// `DELETE /api/users/me/sessions/{id}`: signs one device out.
pub async fn end_session<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(id): Hole,
) -> Answer<Response> {
    // One that is not there has ended: the same answer.
    if let Ok(id) = id.parse() {
        end_sessions(&app, &caller.profile, Ends::One(id)).await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /api/users/me/sessions`: signs every other device out.
pub async fn end_other_sessions<P: AppPorts>(State(app): State<App<P>>, Owner(caller): Owner) -> Answer<Response> {
    if let Credential::Session(current) = caller.credential {
        end_sessions(&app, &caller.profile, Ends::Others(current)).await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /api/users/me/keys`
pub async fn keys<P: AppPorts>(State(app): State<App<P>>, Owner(caller): Owner) -> Answer<Json<KeyList>> {
    match ask(&app, &caller.profile, Call::Keys).await? {
        Reply::Keys { keys } => Ok(Json(KeyList { keys })),
        _ => Err(Failure::account_failed()),
    }
}

/// `POST /api/users/me/keys`: a new key, shown this once.
pub async fn create_key<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    once: Once,
    JsonBody(body): JsonBody<CreateKey>,
) -> Answer {
    match once.begin(&app, caller.user(), &body).await? {
        Begun::Make(making) => {
            let made = make_key(&app, &caller.profile, &making, body).await;
            making.finish(&app, made).await
        }
        // The secret was not kept: it is derived again.
        Begun::Made(making, answer, kept) => {
            let key = serde_json::from_str(&kept).map_err(|_| Failure::account_failed())?;
            let secret = codes::ApiKey::new(caller.user(), &making.secret_bytes(&app)).format();
            let body = serde_json::to_string(&NewKey { key, secret }).map_err(|_| Failure::account_failed())?;
            Ok(again(&answer, body))
        }
    }
}

/// The key with its secret for the caller, and without it to be kept.
async fn make_key<P: AppPorts>(app: &App<P>, profile: &Profile, making: &Making, body: CreateKey) -> Answer<Made> {
    let name = display_name("/name", &body.name)?;
    let scopes = body.scopes.unwrap_or_else(|| Scope::ALL.to_vec());
    let is_twice = |scope| scopes.iter().filter(|each| *each == scope).count() > 1;
    if scopes.is_empty() || scopes.iter().any(is_twice) {
        return Err(Failure::field("/scopes", "must name at least one scope, and each once"));
    }
    let whole = codes::ApiKey::new(profile.user, &making.secret_bytes(app));
    let created_at = Timestamp(making.at_ms);
    let key = ApiKey { id: KeyId::new(making.at_ms, &making.id_bytes()), name, scopes, created_at, last_used_at: None };
    let call = Call::AddKey { key: key.clone(), digest: seals::digest(&whole.secret) };
    match ask(app, profile, call).await? {
        Reply::Done => {
            let kept = serde_json::to_string(&key).ok();
            Ok(((StatusCode::CREATED, Json(NewKey { key, secret: whole.format() })).into_response(), kept))
        }
        Reply::Full => Err(Failure::Conflict { detail: "There are 50 keys. Remove one first.".into() }),
        _ => Err(Failure::account_failed()),
    }
}

/// `DELETE /api/users/me/keys/{id}`: the key works no longer, and what is open for it closes.
pub async fn remove_key<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(id): Hole,
) -> Answer<Response> {
    let not_found = || Failure::NotFound { what: "Key" };
    let id = id.parse().map_err(|_| not_found())?;
    match ask(&app, &caller.profile, Call::RemoveKey { id }).await? {
        Reply::Done => Ok(StatusCode::NO_CONTENT.into_response()),
        Reply::Unknown => Err(not_found()),
        _ => Err(Failure::account_failed()),
    }
}

async fn ask<P: AppPorts>(app: &App<P>, profile: &Profile, call: Call) -> Answer<Reply> {
    Ok(app.ports.accounts().call(&AccountName::User(profile.user), call).await?)
}

fn done(reply: Reply) -> Answer<()> {
    if matches!(reply, Reply::Done) { Ok(()) } else { Err(Failure::account_failed()) }
}
