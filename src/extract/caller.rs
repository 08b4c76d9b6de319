//! Who calls: the credential of a request, and the account that admits it. A route says in its signature what it
//! needs; one that names none of these is open to everybody.

use std::sync::{Arc, Mutex};

use axum::extract::FromRequestParts;
use edgewise_domain::{
    identity::{
        codes::ApiKey,
        external::profile,
        jwks,
        key_sets::Denied,
        seals,
        tokens::{Claim, Secret},
    },
    limits::{address_key, mirror_key},
    origins::Page,
    ports::{Accounts, Cache},
};
use edgewise_protocol::{
    api::Scope,
    calls::{
        account::{AccountName, Admission, Call, Credential, Profile, Proof, Reply, Role},
        conversation::Asker,
    },
    ids::{ConversationId, SessionId, UserId},
    limit::{Class, Standing},
};
use http::{HeaderMap, Uri, header, request::Parts};

use super::{is_secure, page};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
};

/// The first of two subprotocols, when the second is an access token.
pub const BEARER_PROTOCOL: &str = "bearer";

/// What was learned of the caller, on its way out to the layers that write headers and log.
#[derive(Debug, Clone, Default)]
pub struct Note(Arc<Mutex<Noted>>);

#[derive(Debug, Clone, Copy, Default)]
struct Noted {
    standing: Option<Standing>,
    user: Option<UserId>,
}

impl Note {
    /// Where a limited request stands.
    pub fn standing(&self) -> Option<Standing> {
        self.0.lock().ok()?.standing
    }

    /// Who was admitted.
    pub fn user(&self) -> Option<UserId> {
        self.0.lock().ok()?.user
    }

    fn keep(&self, standing: Option<Standing>, user: Option<UserId>) {
        if let Ok(mut kept) = self.0.lock() {
            *kept = Noted { standing: standing.or(kept.standing), user: user.or(kept.user) };
        }
    }

    /// Refuses somebody of whom it is known that their account would.
    fn refuse_known<P: AppPorts>(&self, app: &App<P>, who: &str, class: Class) -> Answer<()> {
        let now_ms = app.now_ms();
        let refused = app.refusals.lock().ok().and_then(|known| known.refused(who, class, now_ms));
        match refused {
            Some(standing) => {
                self.keep(Some(standing), None);
                Err(Failure::Limited { standing })
            }
            None => Ok(()),
        }
    }

    /// The account's answer, with where the caller stands noted.
    fn admitted<P: AppPorts>(&self, app: &App<P>, who: &str, class: Class, reply: Reply) -> Answer<Admission> {
        let (standing, answer) = match reply {
            Reply::Admitted(admission) => (admission.standing, Ok(*admission)),
            Reply::Limited { standing } => (Some(standing), Err(Failure::Limited { standing })),
            Reply::Unknown => (None, Err(Failure::Unauthorized)),
            _ => (None, Err(Failure::account_failed())),
        };
        let user = answer.as_ref().ok().and_then(|admission: &Admission| Some(admission.profile.as_ref()?.user));
        self.keep(standing, user);
        if app.config.rates.enabled
            && let Ok(mut known) = app.refusals.lock()
        {
            let refused = standing.filter(|_| matches!(answer, Err(Failure::Limited { .. })));
            known.note(who, class, refused, app.now_ms());
        }
        answer
    }
}

/// Whom a request claims to come from. The claim is sealed or signed by us, but may be revoked: nothing may be done
/// for it until its account has admitted it.
#[derive(Debug, Clone)]
pub struct Asking {
    claim: Claim,
    note: Note,
}

/// Somebody whom their account has admitted.
#[derive(Debug, Clone)]
pub struct Caller {
    pub profile: Profile,
    pub credential: Credential,
    scopes: Option<Vec<Scope>>,
}

impl Caller {
    pub const fn user(&self) -> UserId {
        self.profile.user
    }

    pub const fn asker(&self) -> Asker {
        Asker { user: self.profile.user, credential: Some(self.credential) }
    }

    /// The session, if it is a guest's.
    pub const fn guest_session(&self) -> Option<SessionId> {
        match self.credential {
            Credential::Session(session) if self.profile.guest => Some(session),
            _ => None,
        }
    }

    /// Refuses an API key that lacks `scope`.
    pub fn holds(self, scope: Scope) -> Answer<Self> {
        match &self.scopes {
            Some(scopes) if !scopes.contains(&scope) => Err(Failure::MissingScope),
            _ => Ok(self),
        }
    }
}

impl Asking {
    /// Whom the request claims to come from.
    pub const fn user(&self) -> UserId {
        self.claim.user
    }

    /// Lets the account decide. One hop.
    pub async fn admit<P: AppPorts>(self, app: &App<P>, class: Class) -> Answer<Caller> {
        self.ask(app, class, None).await
    }

    /// As [`Asking::admit`]; `conversation` will hold something open, and is told when the credential ends.
    pub async fn admit_watching<P: AppPorts>(
        self,
        app: &App<P>,
        class: Class,
        conversation: ConversationId,
    ) -> Answer<Caller> {
        self.ask(app, class, Some(conversation)).await
    }

    /// Reads while the account decides, so that both cost one hop. What was read is dropped when it says no: `read`
    /// may look, and must change nothing.
    pub async fn admit_beside<P: AppPorts, T>(
        self,
        app: &App<P>,
        class: Class,
        read: impl AsyncFnOnce(Asker) -> Answer<T>,
    ) -> Answer<(Caller, T)> {
        let asker = Asker { user: self.claim.user, credential: None };
        let (caller, found) = futures::join!(self.ask(app, class, None), read(asker));
        Ok((caller?.holds(Scope::ChatRead)?, found?))
    }

    async fn ask<P: AppPorts>(self, app: &App<P>, class: Class, watch: Option<ConversationId>) -> Answer<Caller> {
        let name = AccountName::User(self.claim.user);
        // A key has windows of its own.
        let who = match &self.claim.proof {
            Proof::Key { digest } => format!("{name}/{digest}"),
            _ => name.to_string(),
        };
        self.note.refuse_known(app, &who, class)?;
        let call = Call::Admit { proof: self.claim.proof, class, watch };
        match self.note.admitted(app, &who, class, app.ports.accounts().call(&name, call).await?)? {
            Admission { profile: Some(profile), credential: Some(credential), scopes, .. } => {
                Ok(Caller { profile, credential, scopes })
            }
            _ => Err(Failure::Unauthorized),
        }
    }
}

impl<P: AppPorts> FromRequestParts<App<P>> for Asking {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<P>) -> Result<Self, Failure> {
        let shown = Shown::of(&parts.headers, &parts.uri).ok_or(Failure::Unauthorized)?;
        if shown.carrier == Carrier::Subprotocol {
            return Err(Failure::Unauthorized);
        }
        Ok(Self { claim: shown.claim(app).await?, note: note(parts) })
    }
}

/// Whoever is signed in by a session, where that makes a difference and is not needed.
pub async fn signed_in<P: AppPorts>(app: &App<P>, parts: &mut Parts) -> Answer<Option<Caller>> {
    let Ok(asking) = Asking::from_request_parts(parts, app).await else { return Ok(None) };
    match asking.admit(app, Class::General).await {
        Ok(caller) => Ok(Some(caller).filter(|caller| matches!(caller.credential, Credential::Session(_)))),
        Err(Failure::Unauthorized) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Somebody who may change conversations.
#[derive(Debug, Clone)]
pub struct Writer(pub Caller);

impl<P: AppPorts> FromRequestParts<App<P>> for Writer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<P>) -> Result<Self, Failure> {
        let asking = Asking::from_request_parts(parts, app).await?;
        asking.admit(app, Class::General).await?.holds(Scope::ChatWrite).map(Self)
    }
}

/// Somebody who may send a message to a model.
#[derive(Debug, Clone)]
pub struct Sender(pub Caller);

impl Sender {
    /// For a message whose answer streams: `conversation` is told when the credential ends.
    pub async fn admit<P: AppPorts>(app: &App<P>, asking: Asking, conversation: ConversationId) -> Answer<Self> {
        asking.admit_watching(app, Class::Chat, conversation).await?.holds(Scope::ChatWrite).map(Self)
    }
}

/// Somebody at their own account, by a session: an API key may not change who holds keys.
#[derive(Debug, Clone)]
pub struct Owner(pub Caller);

impl<P: AppPorts> FromRequestParts<App<P>> for Owner {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<P>) -> Result<Self, Failure> {
        let asking = Asking::from_request_parts(parts, app).await?;
        let caller = asking.admit(app, Class::General).await?;
        match caller.credential {
            Credential::Session(_) => Ok(Self(caller)),
            // Nor may a token of another issuer, which would leave a key behind that outlives its word.
            Credential::Key(_) | Credential::External => Err(Failure::MissingScope),
        }
    }
}

/// Somebody who runs this deployment, by a session. For everybody else there is nothing here.
#[derive(Debug, Clone)]
pub struct Admin(pub Caller);

impl<P: AppPorts> FromRequestParts<App<P>> for Admin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<P>) -> Result<Self, Failure> {
        match Owner::from_request_parts(parts, app).await {
            Ok(Owner(caller)) if caller.profile.role == Role::Admin => Ok(Self(caller)),
            Ok(_) | Err(Failure::Unauthorized | Failure::MissingScope) => Err(Failure::NotFound { what: "Route" }),
            Err(other) => Err(other),
        }
    }
}

/// Somebody, whoever; counted by their address.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
    note: Note,
}

/// Longest `User-Agent` that is kept.
const MAX_AGENT_CHARS: usize = 200;

impl<P: AppPorts> FromRequestParts<App<P>> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<P>) -> Result<Self, Failure> {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // Cloudflare writes it over whatever the client sent. Elsewhere anybody could write it, so nobody is believed.
        let address =
            if app.config.environment.is_deployed() { address_key(text("cf-connecting-ip")) } else { "local".into() };
        let agent = text("user-agent").chars().filter(|c| !c.is_control()).take(MAX_AGENT_CHARS).collect();
        Ok(Self { address, agent, note: note(parts) })
    }
}

impl Visitor {
    /// Counts a request in the address's window.
    pub async fn admit<P: AppPorts>(&self, app: &App<P>, class: Class) -> Answer<()> {
        self.count(app, &AccountName::Address(self.address.clone()), class).await
    }

    /// The refusal of an account that counts by itself, noted.
    pub fn refused(&self, standing: Standing) -> Failure {
        self.note.keep(Some(standing), None);
        Failure::Limited { standing }
    }

    /// Counts a request in the window of `name`.
    pub async fn count<P: AppPorts>(&self, app: &App<P>, name: &AccountName, class: Class) -> Answer<()> {
        let who = name.to_string();
        self.look_into_mirror(app, &who, class).await;
        self.note.refuse_known(app, &who, class)?;
        let call = Call::Admit { proof: Proof::Nothing, class, watch: None };
        self.note.admitted(app, &who, class, app.ports.accounts().call(name, call).await?).map(|_| ())
    }

    /// Learns from the cache what other places know of somebody whom this one has not met. Whoever shows no
    /// credential may be part of a flood: that is worth a look which others are spared.
    async fn look_into_mirror<P: AppPorts>(&self, app: &App<P>, who: &str, class: Class) {
        let now_ms = app.now_ms();
        if !app.config.rates.enabled || app.refusals.lock().is_ok_and(|known| known.knows(who, class, now_ms)) {
            return;
        }
        let mirrored = app.ports.cache().get(&mirror_key(who, class)).await;
        let standing = mirrored.and_then(|text| serde_json::from_str::<Standing>(&text).ok());
        if let (Some(standing), Ok(mut known)) = (standing, app.refusals.lock())
            && now_ms < standing.reset_at_ms
        {
            known.note(who, class, Some(standing), now_ms);
        }
    }
}

fn note(parts: &Parts) -> Note {
    parts.extensions.get::<Note>().cloned().unwrap_or_default()
}

/// The caller of a WebSocket handshake. With a cookie, the page must be ours: browsers let any page connect.
#[derive(Debug, Clone)]
pub struct SocketAsking {
    pub asking: Asking,
    pub protocol: Option<&'static str>,
}

impl<P: AppPorts> FromRequestParts<App<P>> for SocketAsking {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<P>) -> Result<Self, Failure> {
        let shown = Shown::of(&parts.headers, &parts.uri).ok_or(Failure::Unauthorized)?;
        let claim = shown.claim(app).await?;
        match (shown.carrier, page(&parts.headers, &parts.uri, &app.config)) {
            (Carrier::Cookie, page) if !page.is_some_and(Page::is_trusted) => Err(Failure::Forbidden),
            (_, Some(Page::Unknown)) => Err(Failure::Forbidden),
            (carrier, _) => Ok(Self {
                asking: Asking { claim, note: note(parts) },
                protocol: (carrier == Carrier::Subprotocol).then_some(BEARER_PROTOCOL),
            }),
        }
    }
}

/// Where a credential stood in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Cookie,
    Authorization,
    /// `x-api-key`: a key, and nothing else.
    ApiKey,
    /// A token as subprotocol of a WebSocket handshake.
    Subprotocol,
}

/// The request's credential. One that is there counts, good or bad; the explicit one before the ambient one.
struct Shown<'a> {
    carrier: Carrier,
    text: &'a str,
}

impl<'a> Shown<'a> {
    fn of(headers: &'a HeaderMap, uri: &Uri) -> Option<Self> {
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
        cookie(headers, uri).map(|text| Self { carrier: Carrier::Cookie, text })
    }

    /// Whom it names, if it was made here or by an issuer whose word is taken.
    async fn claim<P: AppPorts>(&self, app: &App<P>) -> Answer<Claim> {
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
