//! `/api/auth/guest` and `/api/auth/signup`: how somebody comes to be known here.

use axum::extract::{FromRequestParts, State};
use edgewise_domain::{
    identity::passwords::check_new,
    ports::Users,
    users::{CodePurpose, PasswordHash, UserRow},
};
use edgewise_protocol::{
    api::SignUp,
    calls::account::{Ends, Profile, Role},
    ids::SessionId,
    limit::Class,
    plan::Plan,
    timestamp::Timestamp,
};
use http::{StatusCode, Uri, request::Parts};

use super::{
    display_name, email, hash,
    opening::{Shown, begin_session},
    verify,
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{JsonBody, caller, visitor::Visitor},
};

/// `POST /api/auth/guest`: a new guest, with a cookie for browsers and tokens for programs.
pub async fn guest<P: AppPorts>(State(app): State<App<P>>, visitor: Visitor, uri: Uri) -> Answer {
    visitor.admit(&app, Class::General).await?;
    let created_at = Timestamp(app.now_ms());
    let profile = Profile::new(app.new_user_id(), true, created_at);
    begin_session(&app, &visitor, &uri, Shown::Known, profile, Ends::None, StatusCode::CREATED).await
}

/// A guest who is about to get a name, if the request comes from one.
pub struct MaybeGuest(Option<(Profile, SessionId)>);

impl<P: AppPorts> FromRequestParts<App<P>> for MaybeGuest {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<P>) -> Result<Self, Failure> {
        // Whatever else it shows, somebody signs up anew.
        let caller = caller::signed_in(app, parts).await?;
        Ok(Self(caller.and_then(|caller| caller.guest_session().map(|session| (caller.profile, session)))))
    }
}

/// `POST /api/auth/signup`: an account with a name. A guest's conversations become the account's.
pub async fn sign_up<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    MaybeGuest(guest): MaybeGuest,
    uri: Uri,
    JsonBody(body): JsonBody<SignUp>,
) -> Answer {
    visitor.admit(&app, Class::General).await?;
    let email = email(&body.email)?;
    check_new(&body.password, Some(&email)).map_err(|fault| Failure::field("/password", fault.to_string()))?;
    let name = body.name.as_deref().map(|name| display_name("/name", name)).transpose()?;
    let password_hash = hash(&app, &body.password)?;
    let (id, created_at, ends) = match &guest {
        Some((profile, session)) => (profile.user, profile.created_at, Ends::One(*session)),
        None => (app.new_user_id(), Timestamp(app.now_ms()), Ends::None),
    };
    let row = UserRow {
        id,
        email: email.as_str().to_owned(),
        password_hash: Some(PasswordHash(password_hash)),
        name,
        role: Role::User,
        banned: false,
        email_verified: false,
        created_at,
        plan: Plan::default(),
        version: UserRow::FIRST_VERSION,
    };
    let welcome = verify::mailing(&app, &uri, CodePurpose::VerifyEmail);
    if !app.ports.users().add(&row, &email.key(), &welcome, app.now_ms()).await? {
        let detail = "There is an account with this e-mail address. Sign in, or reset its password.".into();
        return Err(Failure::Conflict { detail });
    }
    begin_session(&app, &visitor, &uri, Shown::Known, row.profile(), ends, StatusCode::CREATED).await
}
