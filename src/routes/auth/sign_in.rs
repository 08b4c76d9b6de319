//! `/api/auth/login`: a session for whoever knows the password.

use axum::extract::State;
use edgewise_domain::{
    identity::{email::EmailAddress, passwords::Verdict, seals},
    ports::{Accounts, Users},
};
use edgewise_protocol::{
    api::SignIn,
    calls::account::{AccountName, Call, Ends},
    limit::Class,
};
use http::{StatusCode, Uri};

use super::{
    email, hash,
    opening::{Shown, begin_session},
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{JsonBody, visitor::Visitor},
};

/// `POST /api/auth/login`. Somebody who is not known costs the same time and gets the same answer.
pub async fn sign_in<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    uri: Uri,
    JsonBody(body): JsonBody<SignIn>,
) -> Answer {
    let email = email(&body.email)?;
    let windows = sign_in_windows(&visitor, &email);
    for name in &windows {
        visitor.count(&app, name, Class::Login).await?;
    }
    let found = app.ports.users().by_email(&email.key()).await?;
    let stored = found.as_ref().and_then(|row| row.password_hash.as_ref());
    let verdict = match stored {
        Some(stored) => app.config.passwords.verify(&body.password, &stored.0),
        None => app.config.passwords.verify_nobody(&body.password),
    };
    let (Some(row), Verdict::Right { rehash }) = (found, verdict) else { return Err(Failure::WrongPassword) };
    if row.banned {
        return Err(Failure::WrongPassword);
    }
    if rehash && let Ok(hash) = hash(&app, &body.password) {
        // If it fails, the next sign-in does it.
        let _ = app.ports.users().set_password(row.id, &hash, app.now_ms()).await;
    }
    // The windows are for those who guess.
    for name in &windows {
        let _ = app.ports.accounts().call(name, Call::Forgive { class: Class::Login }).await;
    }
    begin_session(&app, &visitor, &uri, Shown::Password, row.profile(), Ends::None, StatusCode::OK).await
}

/// Where those are counted who guess, or ask in somebody else's name: by where they are, and by whom they name.
pub(super) fn sign_in_windows(visitor: &Visitor, email: &EmailAddress) -> [AccountName; 2] {
    [AccountName::Address(visitor.address.clone()), AccountName::SignIn(seals::digest(&email.key()))]
}
