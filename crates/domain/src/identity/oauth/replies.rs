//! What providers answer: tokens, and GitHub's word on who somebody is.

use std::fmt;

use serde::Deserialize;

use crate::identity::{
    email::EmailAddress,
    jwks::{ExternalUser, display_name},
};

/// Longest answer that is looked at.
const MAX_REPLY_BYTES: usize = 256 * 1024;

/// What a code was changed for.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    pub access_token: String,
    pub id_token: Option<String>,
}

/// Says none of them.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("id_token", &self.id_token.is_some()).finish_non_exhaustive()
    }
}

/// Why there are no tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenFault {
    /// The provider says no, with a word such as `invalid_grant` that may be logged.
    Refused(String),
    Unreadable,
}

#[derive(Deserialize)]
struct Reply {
    error: Option<String>,
    access_token: Option<String>,
    token_type: Option<String>,
    id_token: Option<String>,
}

/// Reads the answer to a [`TokenRequest`](super::TokenRequest). GitHub answers 200 to everything, so the status is not
/// asked for.
///
/// # Errors
/// [`TokenFault`] says why there are no tokens.
pub fn token_reply(body: &[u8]) -> Result<Tokens, TokenFault> {
    if body.len() > MAX_REPLY_BYTES {
        return Err(TokenFault::Unreadable);
    }
    let reply: Reply = serde_json::from_slice(body).map_err(|_| TokenFault::Unreadable)?;
    if let Some(error) = reply.error {
        let word = error.chars().filter(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c)).take(64).collect();
        return Err(TokenFault::Refused(word));
    }
    let bearer = reply.token_type.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    // It goes into a header.
    let in_header = |token: &String| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    match reply.access_token.filter(in_header) {
        Some(access_token) if bearer => Ok(Tokens { access_token, id_token: reply.id_token }),
        _ => Err(TokenFault::Unreadable),
    }
}

#[derive(Deserialize)]
struct GitHubUser {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct GitHubEmail {
    email: String,
    primary: bool,
    verified: bool,
}

/// Who answers, at the GitHub of `issuer`, to `/user` and `/user/emails`. The number is the subject: logins are given up and taken by others. The
/// address is a verified one, the primary before others; what `/user` calls `email` is whatever somebody typed.
pub fn github_user(issuer: &str, user: &[u8], emails: &[u8]) -> Option<ExternalUser> {
    if user.len() > MAX_REPLY_BYTES || emails.len() > MAX_REPLY_BYTES {
        return None;
    }
    let user: GitHubUser = serde_json::from_slice(user).ok()?;
    let mut emails: Vec<GitHubEmail> = serde_json::from_slice(emails).ok()?;
    emails.retain(|email| email.verified);
    emails.sort_by_key(|email| !email.primary);
    let email = emails.iter().find_map(|email| EmailAddress::parse(&email.email).ok());
    Some(ExternalUser {
        issuer: issuer.to_owned(),
        subject: user.id.to_string(),
        email_verified: email.is_some(),
        email,
        name: user.name.as_deref().and_then(display_name).or_else(|| display_name(&user.login)),
    })
}
