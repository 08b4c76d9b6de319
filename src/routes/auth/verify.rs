//! `/api/auth/verify`: whose address it is, proven by a link in a letter.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    identity::{codes, seals},
    mail::Wording,
    ports::Users,
    users::{CodePurpose, Mailing},
};
use edgewise_protocol::{api::ConfirmEmail, calls::account::AccountName, limit::Class};
use http::{StatusCode, Uri};
use serde_json::json;

use super::hears;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{JsonBody, caller::Owner, page_origin, visitor::Visitor},
};

/// `POST /api/auth/verify`: the code of the link. Whoever has it need not be signed in here.
pub async fn confirm<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    JsonBody(body): JsonBody<ConfirmEmail>,
) -> Answer {
    visitor.admit(&app, Class::General).await?;
    let digest = code_digest(&body.code)?;
    let row = app.ports.users().verify_email(&digest, app.now_ms()).await?.ok_or_else(worthless)?;
    // The address is proven, whether the account hears of it now or from the cron.
    let _ = hears(&app, &row).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /api/auth/verify/send`: another letter.
pub async fn send<P: AppPorts>(State(app): State<App<P>>, visitor: Visitor, Owner(caller): Owner, uri: Uri) -> Answer {
    if caller.profile.guest {
        return Err(Failure::MissingScope);
    }
    let verified = || Failure::Conflict { detail: "This e-mail address is confirmed already.".into() };
    if caller.profile.email_verified {
        return Err(verified());
    }
    visitor.count(&app, &AccountName::User(caller.user()), Class::Login).await?;
    let row = app.ports.users().by_id(caller.user()).await?.ok_or(Failure::Unauthorized)?;
    if row.email_verified {
        hears(&app, &row).await?;
        return Err(verified());
    }
    let mailing = mailing(&app, &uri, CodePurpose::VerifyEmail);
    app.ports.users().mail(&row.email_key(), Some(row.id), &mailing, app.now_ms()).await?;
    Ok(accepted())
}

/// A new code in its letter. Only the digest is kept beside it.
pub(super) fn mailing<P: AppPorts>(app: &App<P>, uri: &Uri, purpose: CodePurpose) -> Mailing {
    let code = codes::secret(&app.random());
    let origin = page_origin(uri, &app.config);
    let wording = match purpose {
        CodePurpose::VerifyEmail => Wording::verify(&origin, &code),
        CodePurpose::ResetPassword => Wording::reset(&origin, &code),
    };
    Mailing { purpose, digest: seals::digest(&code), letter: app.new_letter_id(), wording }
}

/// What a code is looked up by.
pub(super) fn code_digest(code: &str) -> Answer<String> {
    // Nothing is asked of the database for what cannot be one.
    if codes::is_secret(code) { Ok(seals::digest(code)) } else { Err(worthless()) }
}

pub(super) fn worthless() -> Failure {
    Failure::field("/code", "This link was used already, is too old, or is not whole. Ask for a new one.")
}

/// A letter is on its way, if there is anybody to get it.
pub(super) fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({}))).into_response()
}
