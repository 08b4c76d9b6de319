//! `/api/auth/reset`: a new password for whoever has the mailbox.

use axum::extract::State;
use edgewise_domain::{
    identity::{email::EmailAddress, passwords::check_new},
    ports::Users,
    users::CodePurpose,
};
use edgewise_protocol::{
    api::{AskReset, ConfirmReset},
    calls::account::Ends,
    limit::Class,
};
use http::{StatusCode, Uri};

use super::{
    email, hash,
    opening::{Shown, begin_session, end_sessions},
    sign_in::sign_in_windows,
    verify::{accepted, code_digest, mailing, worthless},
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{JsonBody, visitor::Visitor},
};

/// `POST /api/auth/reset`: a letter, if the address is somebody's. Nobody is told whether it is.
pub async fn ask<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    uri: Uri,
    JsonBody(body): JsonBody<AskReset>,
) -> Answer {
    let email = email(&body.email)?;
    for name in &sign_in_windows(&visitor, &email) {
        visitor.count(&app, name, Class::Login).await?;
    }
    // The same statements for everybody. The letter goes out with the next round, so that sending takes no time here.
    let mailing = mailing(&app, &uri, CodePurpose::ResetPassword);
    app.ports.users().mail(&email.key(), None, &mailing, app.now_ms()).await?;
    Ok(accepted())
}

/// `POST /api/auth/reset/confirm`: the code of the link, and the new password. Every session ends, and one begins.
pub async fn confirm<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    uri: Uri,
    JsonBody(body): JsonBody<ConfirmReset>,
) -> Answer {
    visitor.admit(&app, Class::General).await?;
    let digest = code_digest(&body.code)?;
    let users = app.ports.users();
    // Looked at first: a password that will not do costs nobody their link, and a bad code costs us no hash.
    let row = users.by_code(&digest, CodePurpose::ResetPassword, app.now_ms()).await?.ok_or_else(worthless)?;
    let email = EmailAddress::parse(&row.email).ok();
    check_new(&body.new_password, email.as_ref()).map_err(|fault| Failure::field("/newPassword", fault.to_string()))?;
    let hash = hash(&app, &body.new_password)?;
    // Before the password: whatever fails after this, nobody stays inside whom the new password should keep out.
    end_sessions(&app, &row.profile(), Ends::All).await?;
    let row = users.reset_password(&digest, &hash, app.now_ms()).await?.ok_or_else(worthless)?;
    // And after it: somebody may have come in with the old one between the two.
    // The mailbox stands for the password, and for no more than that.
    begin_session(&app, &visitor, &uri, Shown::Password, row.profile(), Ends::All, StatusCode::OK).await
}
