//! `/api/auth/oauth`: signing in with an account elsewhere. A browser comes here by links, so that whatever goes wrong
//! leads it to the sign-in page with one word, and never to a problem document.

mod account;
mod provider;

use axum::{
    Json,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    config::SignInProvider,
    identity::{
        oauth::{Attempt, authorize_url},
        seals,
        tokens::COOKIE_LIFETIME_S,
    },
    ports::Users,
    redaction::redact,
};
use edgewise_protocol::{
    api::{Provider, ProviderList},
    limit::Class,
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts};
use serde::Deserialize;

use super::auth::opening::{Shown, open_session, set_cookie};
use crate::{
    app::{App, AppPorts},
    error::{Cause, Failure},
    extract::{Hole, caller::signed_in, credential::cookie_named, is_secure, page_origin, visitor::Visitor},
};
use account::Outcome;

/// Why there is no session, in the word that the sign-in page is told.
pub(super) struct Stop {
    word: &'static str,
    log: Option<String>,
}

impl Stop {
    /// The provider, or the person at it, said no.
    const DENIED: Self = Self::word("denied");
    /// The attempt is too old, of another browser, or has come back before.
    const EXPIRED: Self = Self::word("expired");
    const FAILED: Self = Self::word("failed");
    /// The address is another account's, which has not shown that it is theirs, or the provider does not vouch for it.
    const EMAIL_TAKEN: Self = Self::word("email_taken");
    const EMAIL_MISSING: Self = Self::word("email_missing");
    /// The account elsewhere signs in another user here.
    const IDENTITY_TAKEN: Self = Self::word("identity_taken");
    const BLOCKED: Self = Self::word("blocked");

    const fn word(word: &'static str) -> Self {
        Self { word, log: None }
    }

    /// Somebody else is down.
    fn unavailable(log: String) -> Self {
        Self { word: "unavailable", log: Some(log) }
    }
}

impl<F: Into<Failure>> From<F> for Stop {
    fn from(failure: F) -> Self {
        match failure.into() {
            Failure::Limited { .. } => Self::word("limited"),
            Failure::Unavailable { log } | Failure::Internal { log } => Self::unavailable(log),
            _ => Self::FAILED,
        }
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        let mut response = redirect(&format!("/sign-in?error={}", self.word));
        if let Some(log) = self.log {
            response.extensions_mut().insert(Cause(redact(&format!("sign-in elsewhere: {log}"))));
        }
        response
    }
}

/// `GET /api/auth/providers`
pub async fn providers<P: AppPorts>(State(app): State<App<P>>) -> Json<ProviderList> {
    let each = |known: &SignInProvider| Provider { id: known.id.into(), name: known.name.clone() };
    Json(ProviderList { providers: app.config.sign_in.iter().map(each).collect() })
}

#[derive(Default, Deserialize)]
struct Begin {
    next: Option<String>,
}

/// `GET /api/auth/oauth/{provider}?next=/…`: sends the browser away, with its attempt in a cookie.
pub async fn begin<P: AppPorts>(State(app): State<App<P>>, visitor: Visitor, Hole(id): Hole, parts: Parts) -> Response {
    send_away(&app, &visitor, &id, parts).await.unwrap_or_else(IntoResponse::into_response)
}

async fn send_away<P: AppPorts>(app: &App<P>, visitor: &Visitor, id: &str, mut parts: Parts) -> Result<Response, Stop> {
    visitor.admit(app, Class::General).await?;
    // A page of another site must not begin it: its visitor may be signed in elsewhere as somebody whom it knows.
    let from = parts.headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    if matches!(from, Some("cross-site" | "same-site")) {
        return Err(Stop::FAILED);
    }
    let known = app.config.sign_in.iter().find(|known| known.id == id).ok_or(Stop::FAILED)?;
    let provider = provider::find(app, known).await?;
    let user = signed_in(app, &mut parts).await?.map(|caller| caller.user());
    let next = Query::<Begin>::try_from_uri(&parts.uri).map(|Query(begin)| begin.next).unwrap_or_default();
    let random = [app.random(), app.random(), app.random()];
    let attempt = Attempt::new(&random, known.id, next.as_deref().unwrap_or("/"), user);
    let sealed = attempt.seal(&app.config.keys, app.now_ms()).map_err(|_| Stop::FAILED)?;
    let mut response = redirect(&authorize_url(&provider, &callback_url(app, known, &parts.uri), &attempt));
    set_attempt(&mut response, &parts.uri, &sealed, Attempt::LIFETIME_S);
    Ok(response)
}

#[derive(Default, Deserialize)]
struct Callback {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// `GET /api/auth/oauth/{provider}/callback?code=&state=`: the browser comes back.
pub async fn callback<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    Hole(id): Hole,
    parts: Parts,
) -> Response {
    let uri = parts.uri.clone();
    let mut response = take_back(&app, &visitor, &id, parts).await.unwrap_or_else(IntoResponse::into_response);
    set_attempt(&mut response, &uri, "", 0);
    response
}

async fn take_back<P: AppPorts>(app: &App<P>, visitor: &Visitor, id: &str, mut parts: Parts) -> Result<Response, Stop> {
    visitor.admit(app, Class::General).await?;
    let Query(query) = Query::<Callback>::try_from_uri(&parts.uri).map_err(|_| Stop::FAILED)?;
    let known = app.config.sign_in.iter().find(|known| known.id == id).ok_or(Stop::FAILED)?;
    let attempt = opened(app, known, &parts.headers, &parts.uri, query.state.as_deref().unwrap_or_default()).await?;
    match query.error.as_deref() {
        None => {}
        Some("access_denied") => return Err(Stop::DENIED),
        Some(_) => return Err(Stop::FAILED),
    }
    let code = query.code.filter(|code| !code.is_empty()).ok_or(Stop::FAILED)?;
    // Whoever was signed in when it began must be so still; whoever has signed in since did not begin it.
    let caller = match attempt.user {
        Some(user) => {
            let caller = signed_in(app, &mut parts).await?;
            Some(caller.filter(|caller| caller.user() == user).ok_or(Stop::EXPIRED)?)
        }
        None => None,
    };
    let provider = provider::find(app, known).await?;
    let redirect_uri = callback_url(app, known, &parts.uri);
    let user = provider::ask(app, &provider, &redirect_uri, &code, &attempt).await?;
    let mut response = redirect(&attempt.next);
    if let Outcome::SignIn { profile, ends } = account::settle(app, user, caller).await? {
        let opened = open_session(app, visitor, Shown::Known, profile, ends).await?;
        set_cookie(&mut response, &parts.uri, &opened.cookie, COOKIE_LIFETIME_S);
    }
    Ok(response)
}

/// The attempt of this browser, the first time that it comes back.
async fn opened<P: AppPorts>(
    app: &App<P>,
    known: &SignInProvider,
    headers: &HeaderMap,
    uri: &Uri,
    state: &str,
) -> Result<Attempt, Stop> {
    let cookie = cookie_named(headers, attempt_name(uri)).ok_or(Stop::EXPIRED)?;
    let now_ms = app.now_ms();
    let attempt = Attempt::open(&app.config.keys, cookie, known.id, state, now_ms).map_err(|_| Stop::EXPIRED)?;
    let expires_at_ms = now_ms + u64::from(Attempt::LIFETIME_S) * 1_000;
    let is_first = app.ports.users().spend_attempt(&seals::digest(&attempt.state), expires_at_ms, now_ms).await?;
    if is_first { Ok(attempt) } else { Err(Stop::EXPIRED) }
}

/// Where the provider sends the browser back to, as it must be registered there.
fn callback_url<P: AppPorts>(app: &App<P>, known: &SignInProvider, uri: &Uri) -> String {
    format!("{}/api/auth/oauth/{}/callback", page_origin(uri, &app.config), known.id)
}

/// To a path of ours, or to an address that the operator configured.
fn redirect(to: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/sign-in?error=failed"));
    response.headers_mut().insert(header::LOCATION, to);
    response
}

/// `__Host-` would need the path `/`; this cookie is for two routes alone.
fn attempt_name(uri: &Uri) -> &'static str {
    if is_secure(uri) { "__Secure-oauth" } else { "oauth" }
}

fn set_attempt(response: &mut Response, uri: &Uri, sealed: &str, max_age_s: u32) {
    let secure = if is_secure(uri) { "; Secure" } else { "" };
    let name = attempt_name(uri);
    let cookie = format!("{name}={sealed}; Path=/api/auth/oauth; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
