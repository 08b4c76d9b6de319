//! Who calls: the credential of a request, and the account that admits it. A route says in its signature what it
//! needs; one that names none of these is open to everybody.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use edgewise_domain::{
    access::{Act, Conversation, Grant, Principal, Resource, authorize},
    identity::tokens::Claim,
    limits::ASK_AGAIN_MS,
    origins::Page,
    ports::Accounts,
};
use edgewise_protocol::{
    api::Scope,
    calls::{
        account::{AccountName, Admission, Call, Credential, Profile, Proof, Role},
        conversation::Asker,
    },
    ids::{ConversationId, SessionId, UserId},
    limit::Class,
    money::Hold,
    organization::Membership,
};
use http::request::Parts;

use super::{
    credential::{BEARER_PROTOCOL, Carrier, Shown},
    note::Note,
    page,
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
};

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
    memberships: Vec<Membership>,
    /// What their account holds for the message that they send.
    hold: Option<Hold>,
    own_keys: bool,
}

impl Caller {
    pub const fn user(&self) -> UserId {
        self.profile.user
    }

    /// To `authorize` and to flags.
    pub fn principal(&self) -> Principal<'_> {
        Principal { user: self.profile.user, memberships: &self.memberships }
    }

    pub fn asker(&self) -> Asker {
        let (credential, memberships) = (Some(self.credential), self.memberships.clone());
        Asker { user: self.profile.user, credential, memberships, hold: self.hold.clone(), own_keys: self.own_keys }
    }

    /// What they may do to `resource`, by their name in it: `what` is not there for whoever is nobody there.
    pub fn may<A: Act, R: Resource>(&self, what: &'static str, resource: R) -> Answer<Grant<A, R>> {
        authorize(&self.principal(), resource).map_err(|denied| Failure::denied(denied, what))
    }

    /// Their own conversations.
    pub const fn own(&self) -> Conversation {
        Conversation { creator: self.profile.user, place: None }
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

    /// Whether it is the cookie that says so.
    pub const fn is_by_cookie(&self) -> bool {
        matches!(self.claim.proof, Proof::Cookie { .. })
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
    /// may look, and must change nothing. What is not the user's own may be one of their organizations': it is looked
    /// for again when the account has said in which they are.
    pub async fn admit_beside<P: AppPorts, T, F: Future<Output = Answer<T>>>(
        self,
        app: &App<P>,
        class: Class,
        read: impl Fn(Asker) -> F,
    ) -> Answer<(Caller, T)> {
        let asker = Asker::user(self.claim.user);
        let (caller, found) = futures::join!(self.ask(app, class, None), read(asker));
        let caller = caller?.holds(Scope::ChatRead)?;
        let found = match found {
            Err(Failure::NotFound { .. }) if !caller.memberships.is_empty() => read(caller.asker()).await?,
            found => found?,
        };
        Ok((caller, found))
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
        match self.note.admitted(app, &who, class, app.ports.accounts().call(&name, call).await?, ASK_AGAIN_MS)? {
            Admission {
                profile: Some(profile),
                credential: Some(credential),
                scopes,
                memberships,
                hold,
                own_keys,
                ..
            } => Ok(Caller { profile, credential, scopes, memberships, hold, own_keys }),
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
        Ok(Self { claim: shown.claim(app).await?, note: Note::of(parts) })
    }
}

/// Whom the session's cookie names, whatever else the request shows. `None` without one that we have sealed.
#[derive(Debug, Clone)]
pub struct CookieAsking(pub Option<Asking>);

impl<P: AppPorts> FromRequestParts<App<P>> for CookieAsking {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App<P>) -> Result<Self, Infallible> {
        let claim = match Shown::cookie(&parts.headers, &parts.uri) {
            Some(shown) => shown.claim(app).await.ok(),
            None => None,
        };
        Ok(Self(claim.map(|claim| Asking { claim, note: Note::of(parts) })))
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
                asking: Asking { claim, note: Note::of(parts) },
                protocol: (carrier == Carrier::Subprotocol).then_some(BEARER_PROTOCOL),
            }),
        }
    }
}
