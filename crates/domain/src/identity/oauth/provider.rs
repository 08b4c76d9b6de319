//! Who can vouch for our users, and where they are asked.

use std::fmt;

use serde::Deserialize;

use crate::{
    identity::jwks::{Algorithm, ExternalIssuer},
    web,
};

/// How a provider says who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// By an id token, signed with one of its published keys.
    Oidc { issuer: String, jwks_url: String, algorithms: Vec<Algorithm> },
    /// By two replies of its API, asked with the access token.
    GitHub { issuer: String, user_url: String, emails_url: String },
}

/// Somebody who can vouch for our users.
#[derive(Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name in our paths and cookies.
    pub id: String,
    pub kind: Kind,
    pub authorize_url: String,
    pub token_url: String,
    pub client_id: String,
    pub client_secret: String,
    /// Separated by spaces.
    pub scopes: String,
    /// It wants the secret in a header, not in the body.
    pub secret_in_header: bool,
}

/// Says nothing of the secret.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

const OIDC_SCOPES: &str = "openid email profile";
const MAX_DISCOVERY_BYTES: usize = 64 * 1024;

impl Provider {
    pub fn github(client_id: &str, client_secret: &str) -> Self {
        Self::github_over("https://github.com", "https://api.github.com", client_id, client_secret)
    }

    /// GitHub on a server of its own.
    pub fn github_at(base: &str, client_id: &str, client_secret: &str) -> Self {
        Self::github_over(base, &format!("{base}/api/v3"), client_id, client_secret)
    }

    fn github_over(base: &str, api: &str, client_id: &str, client_secret: &str) -> Self {
        Self {
            id: "github".into(),
            kind: Kind::GitHub {
                issuer: base.into(),
                user_url: format!("{api}/user"),
                emails_url: format!("{api}/user/emails"),
            },
            authorize_url: format!("{base}/login/oauth/authorize"),
            token_url: format!("{base}/login/oauth/access_token"),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scopes: "read:user user:email".into(),
            secret_in_header: false,
        }
    }

    pub fn google(client_id: &str, client_secret: &str) -> Self {
        Self {
            id: "google".into(),
            kind: Kind::Oidc {
                issuer: "https://accounts.google.com".into(),
                jwks_url: "https://www.googleapis.com/oauth2/v3/certs".into(),
                algorithms: vec![Algorithm::Rs256],
            },
            authorize_url: "https://accounts.google.com/o/oauth2/v2/auth".into(),
            token_url: "https://oauth2.googleapis.com/token".into(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scopes: OIDC_SCOPES.into(),
            secret_in_header: false,
        }
    }

    /// What stands in for Google on a machine of one's own, all at one address.
    pub fn google_at(base: &str, client_id: &str, client_secret: &str) -> Self {
        Self {
            kind: Kind::Oidc {
                issuer: base.into(),
                jwks_url: format!("{base}/oauth2/v3/certs"),
                algorithms: vec![Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa],
            },
            authorize_url: format!("{base}/o/oauth2/v2/auth"),
            token_url: format!("{base}/token"),
            ..Self::google(client_id, client_secret)
        }
    }

    /// Anybody who publishes a discovery document, found at [`discovery_url`]. `None` when the document is of another
    /// issuer, leads to a place that is not encrypted, or offers no signature that we can check.
    pub fn discovered(id: &str, issuer: &str, document: &[u8], client_id: &str, client_secret: &str) -> Option<Self> {
        if document.len() > MAX_DISCOVERY_BYTES {
            return None;
        }
        let document: Document = serde_json::from_slice(document).ok()?;
        let safe = [&document.authorization_endpoint, &document.token_endpoint, &document.jwks_uri]
            .iter()
            .all(|url| web::is_safe(url));
        if document.issuer != issuer || !safe {
            return None;
        }
        let offered = document.id_token_signing_alg_values_supported.unwrap_or_else(|| vec!["RS256".into()]);
        let algorithms: Vec<_> = offered.iter().filter_map(|name| Algorithm::named(name)).collect();
        if algorithms.is_empty() {
            return None;
        }
        // The header is the standard's default, when the document does not say.
        let in_body = document
            .token_endpoint_auth_methods_supported
            .is_some_and(|methods| methods.iter().any(|method| method == "client_secret_post"));
        Some(Self {
            id: id.into(),
            kind: Kind::Oidc { issuer: document.issuer, jwks_url: document.jwks_uri, algorithms },
            authorize_url: document.authorization_endpoint,
            token_url: document.token_endpoint,
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scopes: OIDC_SCOPES.into(),
            secret_in_header: !in_body,
        })
    }

    /// What its id tokens must say.
    pub fn external_issuer(&self) -> Option<ExternalIssuer> {
        match &self.kind {
            Kind::Oidc { issuer, jwks_url, algorithms } => Some(ExternalIssuer {
                issuer: issuer.clone(),
                audience: self.client_id.clone(),
                jwks_url: jwks_url.clone(),
                algorithms: algorithms.clone(),
            }),
            Kind::GitHub { .. } => None,
        }
    }
}

/// Where an issuer's discovery document is.
pub fn discovery_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}
