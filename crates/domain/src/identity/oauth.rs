//! Signing in with somebody else's account: OAuth's authorisation-code flow with PKCE, as pure functions.
//!
//! 1. [`Attempt::new`] makes the secrets of one attempt; [`Attempt::seal`] puts them into a cookie, and
//!    [`authorize_url`] sends the browser away.
//! 2. The browser comes back with a code: [`Attempt::open`] proves that it is the same browser, [`token_request`] says
//!    what to ask the provider, and [`token_reply`] reads its answer.
//! 3. [`id_token_user`] or [`github_user`] says who it is.

mod attempt;
mod id_token;
mod provider;
mod replies;
#[cfg(test)]
mod tests;

pub use attempt::{Attempt, local_path};
pub use id_token::id_token_user;
pub use provider::{Kind, Provider, discovery_url};
pub use replies::{TokenFault, Tokens, github_user, token_reply};

use sha2::{Digest, Sha256};

use super::encoding::{base64url, form, percent};

/// Where the browser goes to ask its owner.
pub fn authorize_url(provider: &Provider, redirect_uri: &str, attempt: &Attempt) -> String {
    let challenge = challenge(&attempt.verifier);
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", redirect_uri),
        ("scope", &provider.scopes),
        ("state", &attempt.state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    if matches!(provider.kind, Kind::Oidc { .. }) {
        query.push(("nonce", &attempt.nonce));
    }
    // An endpoint may have a query of its own.
    let joint = if provider.authorize_url.contains('?') { '&' } else { '?' };
    format!("{}{joint}{}", provider.authorize_url, form(&query))
}

/// What a verifier is announced as: whoever steals the code cannot use it without the verifier.
fn challenge(verifier: &str) -> String {
    base64url(&Sha256::digest(verifier.as_bytes()))
}

/// A POST to [`Provider::token_url`], with `content-type: application/x-www-form-urlencoded` and
/// `accept: application/json`.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    pub body: String,
    /// The `authorization` header, for providers that want the client's secret there.
    pub authorization: Option<String>,
}

/// Asks for the tokens that belong to `code`.
pub fn token_request(provider: &Provider, redirect_uri: &str, code: &str, attempt: &Attempt) -> TokenRequest {
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", &attempt.verifier),
    ];
    if provider.secret_in_header {
        use base64ct::{Base64, Encoding};
        // Both halves are form-encoded first: RFC 6749, 2.3.1.
        let pair = format!("{}:{}", percent(&provider.client_id), percent(&provider.client_secret));
        let authorization = format!("Basic {}", Base64::encode_string(pair.as_bytes()));
        return TokenRequest { body: form(&pairs), authorization: Some(authorization) };
    }
    pairs.push(("client_id", &provider.client_id));
    pairs.push(("client_secret", &provider.client_secret));
    TokenRequest { body: form(&pairs), authorization: None }
}
