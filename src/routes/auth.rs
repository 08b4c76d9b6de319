//! `/api/auth`: who somebody is, and how they prove it.

pub mod reset;
pub mod second;
pub mod verify;

use axum::{
    Json,
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    identity::{
        email::EmailAddress,
        passwords::{Verdict, check_new},
        seals,
        tokens::{ACCESS_LIFETIME_S, COOKIE_LIFETIME_S, Secret, digest},
    },
    ports::{Accounts, Users},
    users::{CodePurpose, UserRow},
};
use edgewise_protocol::{
    api::{Bootstrap, ChangePassword, Refresh, Session, SignIn, SignUp, SignedIn, User},
    calls::account::{AccountName, Call, Credential, Ends, NewSession, Profile, Reply, Role, Typed},
    ids::{SessionId, UserId},
    limit::Class,
    timestamp::Timestamp,
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts};

use crate::{
    app::{App, AppPorts},
    bounds::MAX_NAME_CHARS,
    error::{Answer, Failure},
    extract::{
        JsonBody, OptionalJsonBody,
        caller::{self, Asking, Owner},
        credential::{cookie, cookie_name},
        is_secure,
        visitor::Visitor,
    },
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
        password_hash: Some(password_hash),
        name,
        role: Role::User,
        banned: false,
        email_verified: false,
        created_at,
    };
    let welcome = verify::mailing(&app, &uri, CodePurpose::VerifyEmail);
    if !app.ports.users().add(&row, &email.key(), &welcome, app.now_ms()).await? {
        let detail = "There is an account with this e-mail address. Sign in, or reset its password.".into();
        return Err(Failure::Conflict { detail });
    }
    begin_session(&app, &visitor, &uri, Shown::Known, row.profile(), ends, StatusCode::CREATED).await
}

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
    let stored = found.as_ref().and_then(|row| row.password_hash.as_deref());
    let verdict = match stored {
        Some(stored) => app.config.passwords.verify(&body.password, stored),
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

/// `POST /api/auth/refresh`: a new access token, for a refresh token or for the session's cookie.
pub async fn refresh<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    uri: Uri,
    headers: HeaderMap,
    OptionalJsonBody(body): OptionalJsonBody<Refresh>,
) -> Answer {
    visitor.admit(&app, Class::General).await?;
    let keys = &app.config.keys;
    let Some(token) = body.refresh_token else {
        let text = cookie(&headers, &uri).ok_or(Failure::Unauthorized)?;
        let (user, digest) = keys.open(Secret::Cookie, text).map_err(|_| Failure::Unauthorized)?;
        let proof = edgewise_protocol::calls::account::Proof::Cookie { digest };
        let ask = Call::Admit { proof, class: Class::General, watch: None };
        let admission = match app.ports.accounts().call(&AccountName::User(user), ask).await? {
            Reply::Admitted(admission) => admission,
            Reply::Limited { standing } => return Err(Failure::Limited { standing }),
            // A store that fails signs nobody out.
            Reply::Failed => return Err(Failure::account_failed()),
            _ => return Err(Failure::Unauthorized),
        };
        let (Some(profile), Some(Credential::Session(session))) = (admission.profile, admission.credential) else {
            return Err(Failure::Unauthorized);
        };
        return Ok(Json(signed_in(&app, &profile, session, None)?).into_response());
    };
    let (user, old) = keys.open(Secret::Refresh, &token).map_err(|_| Failure::Unauthorized)?;
    let next = keys.seal(Secret::Refresh, user, &app.random());
    let call = Call::Refresh { digest: old, refresh_digest: digest(&next) };
    match app.ports.accounts().call(&AccountName::User(user), call).await? {
        Reply::Refreshed { profile, session } => {
            Ok(Json(signed_in(&app, &profile, session, Some(next))?).into_response())
        }
        Reply::Failed => Err(Failure::account_failed()),
        _ => Err(Failure::Unauthorized),
    }
}

/// `GET /api/auth/session`
pub async fn session<P: AppPorts>(State(app): State<App<P>>, asking: Asking) -> Answer<Json<Session>> {
    let caller = asking.admit(&app, Class::General).await?;
    Ok(Json(Session { user: user(&caller.profile) }))
}

/// `POST /api/auth/logout`: ends the session, whatever is open for it, and forgets the cookie.
pub async fn sign_out<P: AppPorts>(State(app): State<App<P>>, parts: Parts) -> Answer {
    let mut parts = parts;
    if let Ok(asking) = Asking::from_request_parts(&mut parts, &app).await
        && let Ok(caller) = asking.admit(&app, Class::General).await
        && let Credential::Session(session) = caller.credential
    {
        end_sessions(&app, &caller.profile, Ends::One(session)).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, &parts.uri, "", 0);
    Ok(response)
}

/// `POST /api/auth/password`: a new password; every other session ends.
pub async fn change_password<P: AppPorts>(
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

/// `POST /api/auth/bootstrap`: makes whoever knows the deployment's secret its first administrator.
pub async fn bootstrap<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    Owner(caller): Owner,
    JsonBody(body): JsonBody<Bootstrap>,
) -> Answer<Json<Session>> {
    visitor.admit(&app, Class::Login).await?;
    let right = app.config.bootstrap_secret.as_deref().is_some_and(|secret| seals::same(secret, &body.secret));
    if !right || caller.profile.guest {
        return Err(Failure::NotFound { what: "Route" });
    }
    if !app.ports.users().make_first_admin(caller.user(), app.now_ms()).await? {
        return Err(Failure::Conflict { detail: "There is an administrator already.".into() });
    }
    let profile = Profile { role: Role::Admin, ..caller.profile };
    match app
        .ports
        .accounts()
        .call(&AccountName::User(profile.user), Call::Profile { profile: profile.clone() })
        .await?
    {
        Reply::Done => Ok(Json(Session { user: user(&profile) })),
        _ => Err(Failure::account_failed()),
    }
}

/// The row of somebody who has just proved their password again.
pub(super) async fn prove_password<P: AppPorts>(
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
    let stored = row.password_hash.as_deref();
    let verdict = stored.map_or(Verdict::Wrong, |stored| app.config.passwords.verify(password, stored));
    if verdict == Verdict::Wrong {
        return Err(Failure::field(pointer, "is not your password"));
    }
    let _ = app.ports.accounts().call(&window, Call::Forgive { class: Class::Login }).await;
    Ok(row)
}

pub(super) async fn end_sessions<P: AppPorts>(app: &App<P>, profile: &Profile, ends: Ends) -> Answer<()> {
    match app.ports.accounts().call(&AccountName::User(profile.user), Call::End { ends }).await? {
        Reply::Done => Ok(()),
        _ => Err(Failure::account_failed()),
    }
}

/// What somebody showed who wants a session.
pub(super) enum Shown {
    /// They are inside already, were made this moment, or come from a provider that has asked for its own factors.
    Known,
    /// That they know the password, or have the mailbox.
    Password,
    /// That, and a code.
    Second(Typed),
}

/// A session that begins: stored with its account, then told. Where a second factor is active, the password alone
/// begins none.
async fn begin_session<P: AppPorts>(
    app: &App<P>,
    visitor: &Visitor,
    uri: &Uri,
    shown: Shown,
    profile: Profile,
    ends: Ends,
    status: StatusCode,
) -> Answer {
    let two_factor = profile.two_factor || matches!(shown, Shown::Second(_));
    let opened = open_session(app, visitor, shown, profile.clone(), ends).await?;
    answer_session(app, uri, &Profile { two_factor, ..profile }, opened, status)
}

/// Tells a session that has begun.
pub(super) fn answer_session<P: AppPorts>(
    app: &App<P>,
    uri: &Uri,
    profile: &Profile,
    opened: Opened,
    status: StatusCode,
) -> Answer {
    let body = signed_in(app, profile, opened.session, Some(opened.refresh))?;
    let mut response = (status, Json(body)).into_response();
    set_cookie(&mut response, uri, &opened.cookie, COOKIE_LIFETIME_S);
    Ok(response)
}

/// What a new session is known by.
pub(super) struct Opened {
    session: SessionId,
    pub cookie: String,
    refresh: String,
}

/// Stores a new session with its account.
pub(super) async fn open_session<P: AppPorts>(
    app: &App<P>,
    visitor: &Visitor,
    shown: Shown,
    profile: Profile,
    ends: Ends,
) -> Answer<Opened> {
    let user = profile.user;
    let (opened, session) = new_session(app, visitor, user);
    let call = match shown {
        Shown::Known => Call::Open { profile, session, ends, known: true },
        Shown::Password => Call::Open { profile, session, ends, known: false },
        Shown::Second(code) => Call::OpenSecond { code, profile, session, ends },
    };
    match app.ports.accounts().call(&AccountName::User(user), call).await? {
        Reply::Done => Ok(opened),
        Reply::SecondNeeded => Err(second::challenge(app, user)),
        Reply::Wrong => Err(second::wrong_code()),
        Reply::Limited { standing } => Err(visitor.refused(standing)),
        Reply::Unknown => Err(Failure::Unauthorized),
        _ => Err(Failure::Unavailable { log: "the account took no session".into() }),
    }
}

/// The secrets of a session, and what its account is told of them.
pub(super) fn new_session<P: AppPorts>(app: &App<P>, visitor: &Visitor, user: UserId) -> (Opened, NewSession) {
    let session = app.new_session_id();
    let keys = &app.config.keys;
    let cookie = keys.seal(Secret::Cookie, user, &app.random());
    let refresh = keys.seal(Secret::Refresh, user, &app.random());
    let new = NewSession {
        id: session,
        cookie_digest: digest(&cookie),
        refresh_digest: digest(&refresh),
        agent: visitor.agent.clone(),
        address: visitor.address.clone(),
    };
    (Opened { session, cookie, refresh }, new)
}

fn signed_in<P: AppPorts>(
    app: &App<P>,
    profile: &Profile,
    session: SessionId,
    refresh_token: Option<String>,
) -> Answer<SignedIn> {
    let access_token = app
        .config
        .keys
        .sign_access(profile.user, session, app.now_ms())
        .map_err(|_| Failure::Internal { log: "a token could not be signed".into() })?;
    Ok(SignedIn {
        user: user(profile),
        access_token,
        token_type: "Bearer".into(),
        expires_in: ACCESS_LIFETIME_S,
        refresh_token,
    })
}

pub(super) fn user(profile: &Profile) -> User {
    User {
        id: profile.user,
        guest: profile.guest,
        role: profile.role,
        email: profile.email.clone(),
        email_verified: profile.email_verified,
        name: profile.name.clone(),
        two_factor: profile.two_factor,
        created_at: profile.created_at,
    }
}

/// Where those are counted who guess, or ask in somebody else's name: by where they are, and by whom they name.
fn sign_in_windows(visitor: &Visitor, email: &EmailAddress) -> [AccountName; 2] {
    [AccountName::Address(visitor.address.clone()), AccountName::SignIn(seals::digest(&email.key()))]
}

pub(super) fn email(text: &str) -> Answer<EmailAddress> {
    EmailAddress::parse(text).map_err(|fault| Failure::field("/email", fault.to_string()))
}

/// A name that other people may see.
pub(super) fn display_name(pointer: &str, text: &str) -> Answer<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Failure::field(pointer, format!("must have 1 to {MAX_NAME_CHARS} printable characters")));
    }
    Ok(name.to_owned())
}

fn hash<P: AppPorts>(app: &App<P>, password: &str) -> Answer<String> {
    let hashed = app.config.passwords.hash(password, &app.random());
    hashed.map_err(|_| Failure::Internal { log: "a password could not be hashed".into() })
}

pub(super) fn set_cookie(response: &mut Response, uri: &Uri, token: &str, max_age_s: u32) {
    let secure = if is_secure(uri) { "; Secure" } else { "" };
    let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}", cookie_name(uri));
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
