//! The credential of a request: where it stood, and whom it names.

use edgewise_domain::identity::{
    codes::ApiKey,
    external::profile,
    jwks,
    key_sets::Denied,
    seals,
    tokens::{Claim, Secret},
};
use edgewise_protocol::calls::account::Proof;
use http::{HeaderMap, Uri, header};

use super::is_secure;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
};

/// The first of two subprotocols, when the second is an access token.
pub const BEARER_PROTOCOL: &str = "bearer";

/// Where a credential stood in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    Cookie,
    Authorization,
    /// `x-api-key`: a key, and nothing else.
    ApiKey,
    /// A token as subprotocol of a WebSocket handshake.
    Subprotocol,
}

/// The request's credential. One that is there counts, good or bad; the explicit one before the ambient one.
pub struct Shown<'a> {
    pub carrier: Carrier,
    text: &'a str,
}

impl<'a> Shown<'a> {
    pub fn of(headers: &'a HeaderMap, uri: &Uri) -> Option<Self> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let value = value.to_str().unwrap_or_default();
            let token = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            return Some(Self { carrier: Carrier::Authorization, text: token.map_or("", |(_, token)| token.trim()) });
        }
        if let Some(value) = headers.get("x-api-key") {
            return Some(Self { carrier: Carrier::ApiKey, text: value.to_str().unwrap_or_default().trim() });
        }
        if let Some(text) = subprotocol_token(headers) {
            return Some(Self { carrier: Carrier::Subprotocol, text });
        }
        Self::cookie(headers, uri)
    }

    /// The session's cookie, beside whatever else is shown.
    pub fn cookie(headers: &'a HeaderMap, uri: &Uri) -> Option<Self> {
        cookie(headers, uri).map(|text| Self { carrier: Carrier::Cookie, text })
    }

    /// Whom it names, if it was made here or by an issuer whose word is taken.
    pub async fn claim<P: AppPorts>(&self, app: &App<P>) -> Answer<Claim> {
        let keys = &app.config.keys;
        if self.carrier == Carrier::Cookie {
            let (user, digest) = keys.open(Secret::Cookie, self.text).map_err(|_| Failure::Unauthorized)?;
            return Ok(Claim { user, proof: Proof::Cookie { digest } });
        }
        if let Some(key) = ApiKey::parse(self.text) {
            let user = key.user().ok_or(Failure::Unauthorized)?;
            return Ok(Claim { user, proof: Proof::Key { digest: seals::digest(&key.secret) } });
        }
        if self.carrier == Carrier::ApiKey {
            return Err(Failure::Unauthorized);
        }
        match keys.verify_access(self.text, app.now_ms()) {
            Ok(claim) => Ok(claim),
            Err(_) => external(app, self.text).await,
        }
    }
}

/// Whom a token of another issuer names.
async fn external<P: AppPorts>(app: &App<P>, token: &str) -> Answer<Claim> {
    let claimed = if app.config.external_issuers.is_empty() { None } else { jwks::claimed_issuer(token) };
    let issuer = app.config.external_issuers.iter().find(|known| Some(&known.issuer) == claimed.as_ref());
    let issuer = issuer.ok_or(Failure::Unauthorized)?;
    let now_ms = app.now_ms();
    let check = |set: &str| jwks::verify(token, set, issuer, now_ms);
    let user = app.key_sets.check(app.ports.cache(), app.ports.web(), &issuer.jwks_url, now_ms, check).await;
    let user = user.map_err(|denied| match denied {
        Denied::BadToken => Failure::Unauthorized,
        Denied::Unreachable => Failure::Unavailable { log: format!("no keys from the issuer {}", issuer.issuer) },
    })?;
    let profile = profile(user, now_ms);
    Ok(Claim { user: profile.user, proof: Proof::External { profile: Box::new(profile) } })
}

/// The session's cookie, if the request has one.
pub fn cookie<'a>(headers: &'a HeaderMap, uri: &Uri) -> Option<&'a str> {
    cookie_named(headers, cookie_name(uri))
}

/// The cookie of that name.
pub fn cookie_named<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, text)| text)
}

fn subprotocol_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    let (first, token) = value.split_once(',')?;
    (first.trim() == BEARER_PROTOCOL).then(|| token.trim())
}

/// `__Host-` binds the cookie to this host over TLS; plain http exists on loopback alone.
pub fn cookie_name(uri: &Uri) -> &'static str {
    if is_secure(uri) { "__Host-sid" } else { "sid" }
}
