//! How a session begins and ends: its secrets, its place in the account, its answer and its cookie.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    identity::tokens::{ACCESS_LIFETIME_S, COOKIE_LIFETIME_S, Secret, digest},
    ports::Accounts,
};
use edgewise_protocol::{
    api::SignedIn,
    calls::account::{AccountName, Call, Ends, NewSession, Profile, Reply, Typed},
    ids::{SessionId, UserId},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::{second, user};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        credential::{cookie, cookie_name},
        is_secure,
        visitor::Visitor,
    },
};

/// What somebody showed who wants a session.
pub(in crate::routes) enum Shown {
    /// They are inside already, were made this moment, or come from a provider that has asked for its own factors.
    Known,
    /// That they know the password, or have the mailbox.
    Password,
    /// That, and a code.
    Second(Typed),
}

/// A session that begins: stored with its account, then told. Where a second factor is active, the password alone
/// begins none.
pub(super) async fn begin_session<P: AppPorts>(
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
pub(in crate::routes) fn answer_session<P: AppPorts>(
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
pub(in crate::routes) struct Opened {
    session: SessionId,
    pub cookie: String,
    refresh: String,
}

/// Stores a new session with its account.
pub(in crate::routes) async fn open_session<P: AppPorts>(
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
pub(in crate::routes) fn new_session<P: AppPorts>(
    app: &App<P>,
    visitor: &Visitor,
    user: UserId,
) -> (Opened, NewSession) {
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

pub(super) fn signed_in<P: AppPorts>(
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

pub(in crate::routes) async fn end_sessions<P: AppPorts>(app: &App<P>, profile: &Profile, ends: Ends) -> Answer<()> {
    match app.ports.accounts().call(&AccountName::User(profile.user), Call::End { ends }).await? {
        Reply::Done => Ok(()),
        _ => Err(Failure::account_failed()),
    }
}

pub(in crate::routes) fn set_cookie(response: &mut Response, uri: &Uri, token: &str, max_age_s: u32) {
    let secure = if is_secure(uri) { "; Secure" } else { "" };
    let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}", cookie_name(uri));
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Lets the cookie of a session that is good live on, under the key of today: a session may outlive the cookie that
/// it began with.
pub(super) fn renew_cookie<P: AppPorts>(app: &App<P>, response: &mut Response, headers: &HeaderMap, uri: &Uri) {
    if let Some(text) = cookie(headers, uri)
        && let Ok(sealed) = app.config.keys.reseal(Secret::Cookie, text)
    {
        set_cookie(response, uri, &sealed, COOKIE_LIFETIME_S);
    }
}
