//! `/api/auth/password`: a new password for whoever knows the old one, and the old one asked for again.

use axum::extract::State;
use edgewise_domain::{
    identity::{
        email::EmailAddress,
        passwords::{Verdict, check_new},
    },
    ports::{Accounts, Users},
    users::UserRow,
};
use edgewise_protocol::{
    api::ChangePassword,
    calls::account::{AccountName, Call, Credential, Ends, Profile},
    limit::Class,
};
use http::{StatusCode, Uri};

use super::{
    hash,
    opening::{Shown, begin_session, end_sessions},
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{JsonBody, caller::Owner, visitor::Visitor},
};

/// `POST /api/auth/password`: a new password; every other session ends.
pub async fn change<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    Owner(caller): Owner,
    uri: Uri,
    JsonBody(body): JsonBody<ChangePassword>,
) -> Answer {
    let row = prove_password(&app, &visitor, &caller.profile, &body.current_password, "/currentPassword").await?;
    let email = EmailAddress::parse(&row.email).ok();
    check_new(&body.new_password, email.as_ref()).map_err(|fault| Failure::field("/newPassword", fault.to_string()))?;
    let hash = hash(&app, &body.new_password)?;
    // Before the password, as in `reset`: if what follows fails, nobody else is inside.
    if let Credential::Session(current) = caller.credential {
        end_sessions(&app, &caller.profile, Ends::Others(current)).await?;
    }
    app.ports.users().set_password(row.id, &hash, app.now_ms()).await?;
    let profile = Profile { two_factor: caller.profile.two_factor, ..row.profile() };
    begin_session(&app, &visitor, &uri, Shown::Known, profile, Ends::All, StatusCode::OK).await
}

/// The row of somebody who has just proved their password again.
pub(in crate::routes) async fn prove_password<P: AppPorts>(
    app: &App<P>,
    visitor: &Visitor,
    profile: &Profile,
    password: &str,
    pointer: &str,
) -> Answer<UserRow> {
    let window = AccountName::User(profile.user);
    visitor.count(app, &window, Class::Login).await?;
    let row = app.ports.users().by_id(profile.user).await?;
    let Some(row) = row else { return Err(Failure::field(pointer, "This account has no password.")) };
    let stored = row.password_hash.as_ref();
    let verdict = stored.map_or(Verdict::Wrong, |stored| app.config.passwords.verify(password, &stored.0));
    if verdict == Verdict::Wrong {
        return Err(Failure::field(pointer, "is not your password"));
    }
    let _ = app.ports.accounts().call(&window, Call::Forgive { class: Class::Login }).await;
    Ok(row)
}
