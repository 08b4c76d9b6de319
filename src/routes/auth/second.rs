//! `/api/auth/login/second`: the code that a sign-in lacks.

use axum::extract::State;
use edgewise_domain::ports::Users;
use edgewise_protocol::{
    api::SecondFactor,
    calls::account::{Ends, Typed},
    ids::UserId,
    limit::Class,
};
use http::{StatusCode, Uri};

use super::opening::{Shown, begin_session};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{JsonBody, visitor::Visitor},
};

/// `POST /api/auth/login/second`: the challenge of a sign-in, and a code of the app or a recovery code. The account
/// counts the attempt, checks the code and opens the session in one stretch.
pub async fn finish<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    uri: Uri,
    JsonBody(body): JsonBody<SecondFactor>,
) -> Answer {
    visitor.admit(&app, Class::General).await?;
    let user = app.config.keys.verify_challenge(&body.challenge, app.now_ms()).map_err(|_| Failure::Unauthorized)?;
    // Read again: they may have been banned or removed since.
    let row = app.ports.users().by_id(user).await?.filter(|row| !row.banned).ok_or(Failure::Unauthorized)?;
    let shown = Shown::Second(Typed(body.code));
    begin_session(&app, &visitor, &uri, shown, row.profile(), Ends::None, StatusCode::OK).await
}

/// The answer to a right password where a code is needed too.
pub(super) fn challenge<P: AppPorts>(app: &App<P>, user: UserId) -> Failure {
    match app.config.keys.sign_challenge(user, app.now_ms()) {
        Ok(challenge) => Failure::SecondNeeded { challenge },
        Err(_) => Failure::Internal { log: "a token could not be signed".into() },
    }
}

pub(in crate::routes) fn wrong_code() -> Failure {
    Failure::field("/code", "This code is wrong, or was used already. Wait for the next one.")
}
