//! `/api/users/me/totp`: an authenticator app as second factor. An API key may not touch it; a guest has no password
//! that it could stand beside.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    account::recovery_digests,
    identity::{encoding::base64url, recovery, totp},
};
use edgewise_protocol::{
    api::{BeginTotp, ConfirmTotp, RecoveryCodes, RemoveTotp, TotpSecret},
    calls::account::{Call, Profile, Reply, Typed},
};
use http::StatusCode;

use super::ask;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{JsonBody, caller::Owner, visitor::Visitor},
    routes::auth::{password::prove_password, second::wrong_code},
};

/// What authenticator apps call us.
const ISSUER: &str = "Edgewise";

/// `POST /api/users/me/totp`: a secret for the app. Nothing changes before a code of it has come.
pub async fn begin<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    Owner(caller): Owner,
    JsonBody(body): JsonBody<BeginTotp>,
) -> Answer<Json<TotpSecret>> {
    let row = prove(&app, &visitor, &caller.profile, &body.password).await?;
    let secret: [u8; totp::SECRET_BYTES] = app.random();
    let call = Call::BeginTotp { secret: Typed(base64url(&secret)) };
    match ask(&app, &caller.profile, call).await? {
        Reply::Done => {
            Ok(Json(TotpSecret { secret: totp::secret_text(&secret), uri: totp::uri(&secret, ISSUER, &row) }))
        }
        Reply::Full => Err(active()),
        _ => Err(Failure::account_failed()),
    }
}

/// `POST /api/users/me/totp/confirm`: the app has it. The recovery codes are shown this once.
pub async fn confirm<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    Owner(caller): Owner,
    JsonBody(body): JsonBody<ConfirmTotp>,
) -> Answer<Json<RecoveryCodes>> {
    named(&caller.profile)?;
    let random: [_; recovery::CODES] = std::array::from_fn(|_| app.random());
    let recovery_codes = recovery::codes(&random);
    let call = Call::ConfirmTotp { code: Typed(body.code), recovery: recovery_digests(&recovery_codes) };
    match ask(&app, &caller.profile, call).await? {
        Reply::Done => Ok(Json(RecoveryCodes { recovery_codes })),
        Reply::Wrong => Err(wrong_code()),
        Reply::Limited { standing } => Err(visitor.refused(standing)),
        Reply::Full => Err(active()),
        _ => Err(Failure::account_failed()),
    }
}

/// `DELETE /api/users/me/totp`: the password alone signs in again.
pub async fn remove<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    Owner(caller): Owner,
    JsonBody(body): JsonBody<RemoveTotp>,
) -> Answer<Response> {
    prove(&app, &visitor, &caller.profile, &body.password).await?;
    match ask(&app, &caller.profile, Call::RemoveTotp { code: Typed(body.code) }).await? {
        Reply::Done => Ok(StatusCode::NO_CONTENT.into_response()),
        Reply::Wrong => Err(wrong_code()),
        Reply::Limited { standing } => Err(visitor.refused(standing)),
        Reply::Unknown => Err(Failure::Conflict { detail: "There is no second factor.".into() }),
        _ => Err(Failure::account_failed()),
    }
}

/// Asks for the password again, and gives the address that the app shows.
async fn prove<P: AppPorts>(app: &App<P>, visitor: &Visitor, profile: &Profile, password: &str) -> Answer<String> {
    named(profile)?;
    Ok(prove_password(app, visitor, profile, password, "/password").await?.email)
}

fn named(profile: &Profile) -> Answer<()> {
    if profile.guest { Err(Failure::MissingScope) } else { Ok(()) }
}

fn active() -> Failure {
    Failure::Conflict { detail: "There is a second factor. Remove it first.".into() }
}
