//! `/api/auth`: who somebody is. Guests for now; accounts have their own issue.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::identity::{Identity, Purpose, sign};
use edgewise_protocol::{
    api::{Session, SignedIn, User},
    timestamp::Timestamp,
};
use http::{HeaderValue, StatusCode, Uri, header};

use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{Caller, cookie_name, is_secure},
};

/// `POST /api/auth/guest`: a new guest, with a cookie for browsers and a token for programs.
pub async fn guest<P: AppPorts>(State(app): State<App<P>>, uri: Uri) -> Answer {
    let now_ms = app.now_ms();
    let identity = Identity { user: app.new_user_id(), guest: true, since: Timestamp(now_ms) };
    let token = |purpose| {
        sign(&app.config.auth_secret, &identity, purpose, now_ms)
            .map_err(|_| Failure::Internal { log: "a token could not be signed".into() })
    };
    let signed_in = SignedIn {
        user: user(&identity),
        access_token: token(Purpose::Access)?,
        token_type: "Bearer".into(),
        expires_in: Purpose::Access.lifetime_s(),
    };
    let mut response = (StatusCode::CREATED, Json(signed_in)).into_response();
    set_cookie(&mut response, &uri, &token(Purpose::Session)?, Purpose::Session.lifetime_s());
    Ok(response)
}

/// `GET /api/auth/session`
pub async fn session<P: AppPorts>(State(_): State<App<P>>, Caller(identity): Caller) -> Json<Session> {
    Json(Session { user: user(&identity) })
}

/// `POST /api/auth/logout`: forgets the cookie.
pub async fn logout<P: AppPorts>(State(_): State<App<P>>, uri: Uri) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, &uri, "", 0);
    response
}

const fn user(identity: &Identity) -> User {
    User { id: identity.user, guest: identity.guest, created_at: identity.since }
}

fn set_cookie(response: &mut Response, uri: &Uri, token: &str, max_age_s: u32) {
    let secure = if is_secure(uri) { "; Secure" } else { "" };
    let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}", cookie_name(uri));
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
