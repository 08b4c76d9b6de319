//! Passkeys: made at one's own account, and used to sign in without a name.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    identity::{
        encoding::base64url,
        encoding::from_base64url,
        passkeys::{
            Assertion, Challenge, ChallengeUse, PasskeyUser, Registration, RelyingParty, UserVerification,
            creation_options, request_options, verify_registration,
        },
    },
    ports::Accounts,
};
use edgewise_protocol::{
    api::{CreatePasskey, Passkey, PasskeyList, SignInWithPasskey},
    calls::account::{AccountName, Answered, Call, KeptPasskey, PasskeySignIn, Reply},
    ids::UserId,
    limit::Class,
    timestamp::Timestamp,
};
use http::{StatusCode, Uri};
use serde::Serialize;

use super::auth::{
    display_name,
    opening::{answer_session, new_session},
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{Hole, JsonBody, caller::Owner, page_origin, visitor::Visitor},
};

/// What a browser asks its authenticator, and what it sends back with the answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Options<T> {
    public_key: T,
    attempt: String,
}

/// `POST /api/users/me/passkeys/options`
pub async fn creation<P: AppPorts>(State(app): State<App<P>>, Owner(caller): Owner, uri: Uri) -> Answer {
    if caller.profile.guest {
        return Err(Failure::Conflict { detail: "A guest has no passkeys: sign up first.".into() });
    }
    let existing: Vec<_> =
        list(&app, caller.user()).await?.iter().filter_map(|passkey| from_base64url(&passkey.id)).collect();
    let name = caller.profile.email.as_deref().or(caller.profile.name.as_deref()).unwrap_or("account");
    let user = PasskeyUser {
        handle: caller.profile.user.uuid().as_bytes(),
        name,
        display_name: caller.profile.name.as_deref().unwrap_or(name),
    };
    let (challenge, attempt) = challenge(&app, ChallengeUse::Create(caller.user()))?;
    let party = party(&app, &uri);
    let public_key = creation_options(&party, user, &challenge.0, &existing, UserVerification::Required);
    Ok(Json(Options { public_key, attempt }).into_response())
}

/// `POST /api/users/me/passkeys`
pub async fn create<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    uri: Uri,
    JsonBody(body): JsonBody<CreatePasskey>,
) -> Answer {
    let name = display_name("/name", &body.name)?;
    let (challenge, answered) = opened(&app, &body.attempt, ChallengeUse::Create(caller.user()))?;
    let registration: Registration =
        serde_json::from_value(body.credential).map_err(|error| Failure::field("/credential", error.to_string()))?;
    let handle = caller.profile.user.uuid().as_bytes();
    let party = party(&app, &uri);
    let made = verify_registration(&party, &challenge.0, &registration, handle, UserVerification::Required)
        .map_err(|_| Failure::field("/credential", "is not the answer to what was asked"))?;
    let created_at = Timestamp(app.now_ms());
    let passkey = Passkey { id: base64url(&made.id), name, created_at, last_used_at: None };
    let kept = KeptPasskey { passkey: passkey.clone(), public_key: base64url(&made.public_key), counter: made.counter };
    match ask(&app, caller.user(), Call::AddPasskey { kept, answered }).await? {
        Reply::Done => Ok((StatusCode::CREATED, Json(passkey)).into_response()),
        Reply::Full => Err(Failure::Conflict { detail: "There are 20 passkeys. Remove one first.".into() }),
        Reply::Unknown => {
            Err(Failure::Conflict { detail: "This passkey is here already, or these options were used.".into() })
        }
        _ => Err(Failure::account_failed()),
    }
}

/// `GET /api/users/me/passkeys`
pub async fn show<P: AppPorts>(State(app): State<App<P>>, Owner(caller): Owner) -> Answer<Json<PasskeyList>> {
    Ok(Json(PasskeyList { passkeys: list(&app, caller.user()).await? }))
}

/// `DELETE /api/users/me/passkeys/{id}`
pub async fn remove<P: AppPorts>(State(app): State<App<P>>, Owner(caller): Owner, Hole(id): Hole) -> Answer<Response> {
    match ask(&app, caller.user(), Call::RemovePasskey { id }).await? {
        Reply::Done => Ok(StatusCode::NO_CONTENT.into_response()),
        Reply::Unknown => Err(Failure::NotFound { what: "Passkey" }),
        _ => Err(Failure::account_failed()),
    }
}

/// `POST /api/auth/passkey/options`
pub async fn request<P: AppPorts>(State(app): State<App<P>>, visitor: Visitor, uri: Uri) -> Answer {
    visitor.admit(&app, Class::General).await?;
    let (challenge, attempt) = challenge(&app, ChallengeUse::Get)?;
    let public_key = request_options(&party(&app, &uri), &challenge.0, &[], UserVerification::Required);
    Ok(Json(Options { public_key, attempt }).into_response())
}

/// `POST /api/auth/passkey`: a session for whoever has the passkey. Its user's handle names the account.
pub async fn sign_in<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    uri: Uri,
    JsonBody(body): JsonBody<SignInWithPasskey>,
) -> Answer {
    visitor.admit(&app, Class::Login).await?;
    let (challenge, answered) = opened(&app, &body.attempt, ChallengeUse::Get)?;
    let assertion = body.credential.to_string();
    let user = serde_json::from_value::<Assertion>(body.credential)
        .map_err(|error| Failure::field("/credential", error.to_string()))?
        .user()
        .ok_or_else(|| {
            Failure::field("/credential/response/userHandle", "must be there: only such passkeys are made here")
        })?;
    let (opened, session) = new_session(&app, &visitor, user);
    let RelyingParty { id, .. } = party(&app, &uri);
    let origin = our_origin(&app, &uri);
    let sign_in = PasskeySignIn { assertion, challenge: challenge.0, answered, party: id, origin, session };
    match ask(&app, user, Call::SignInWithPasskey { sign_in: Box::new(sign_in) }).await? {
        Reply::SignedIn { profile } => {
            let address = AccountName::Address(visitor.address.clone());
            let _ = app.ports.accounts().call(&address, Call::Forgive { class: Class::Login }).await;
            answer_session(&app, &uri, &profile, opened, StatusCode::OK)
        }
        Reply::Unknown => Err(Failure::Unauthorized),
        _ => Err(Failure::account_failed()),
    }
}

fn challenge<P: AppPorts>(app: &App<P>, purpose: ChallengeUse) -> Answer<(Challenge, String)> {
    let challenge = Challenge(app.random());
    let attempt = challenge
        .seal(&app.config.keys, purpose, app.now_ms())
        .map_err(|_| Failure::Internal { log: "a challenge could not be sealed".into() })?;
    Ok((challenge, attempt))
}

fn opened<P: AppPorts>(app: &App<P>, attempt: &str, purpose: ChallengeUse) -> Answer<(Challenge, Answered)> {
    let now_ms = app.now_ms();
    let challenge = Challenge::open(&app.config.keys, attempt, purpose, now_ms).map_err(|_| {
        Failure::field("/attempt", "is too old, or is of another user or purpose: ask for options again")
    })?;
    // For as long as it might come again.
    let expires_at_ms = now_ms + u64::from(Challenge::LIFETIME_S) * 1_000;
    let answered = Answered { digest: challenge.digest(), expires_at_ms };
    Ok((challenge, answered))
}

/// We, as authenticators know us: by the host that browsers see.
fn party<P: AppPorts>(app: &App<P>, uri: &Uri) -> RelyingParty {
    let origin = our_origin(app, uri);
    let id = origin.parse::<Uri>().ok().and_then(|uri| uri.host().map(ToOwned::to_owned)).unwrap_or_default();
    RelyingParty { id, name: "Edgewise".into(), origins: vec![origin] }
}

fn our_origin<P: AppPorts>(app: &App<P>, uri: &Uri) -> String {
    page_origin(uri, &app.config)
}

async fn list<P: AppPorts>(app: &App<P>, user: UserId) -> Answer<Vec<Passkey>> {
    match ask(app, user, Call::Passkeys).await? {
        Reply::Passkeys { passkeys } => Ok(passkeys),
        _ => Err(Failure::account_failed()),
    }
}

async fn ask<P: AppPorts>(app: &App<P>, user: UserId, call: Call) -> Answer<Reply> {
    Ok(app.ports.accounts().call(&AccountName::User(user), call).await?)
}
