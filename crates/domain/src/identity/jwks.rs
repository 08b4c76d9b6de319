//! Tokens of other issuers: JWTs checked against the keys that their issuer publishes.

mod claims;
mod keys;
#[cfg(test)]
pub(super) mod tests;

use serde_json::{Map, Value};

pub use claims::{display_name, user};
pub use keys::{MAX_JWKS_BYTES, is_key_set};

pub use super::signatures::Algorithm;
use super::{email::EmailAddress, encoding::from_base64url, signatures::EcdsaForm, strict_json};

/// Longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Somebody whose tokens we take, and what they must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalIssuer {
    /// Exactly the `iss` of its tokens.
    pub issuer: String,
    /// What one of the `aud` of its tokens must be.
    pub audience: String,
    /// Where the caller fetches its keys.
    pub jwks_url: String,
    /// The ways of signing that it is known to use.
    pub algorithms: Vec<Algorithm>,
}

/// Whom a token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalUser {
    pub issuer: String,
    /// Unique for its issuer, and of no meaning elsewhere.
    pub subject: String,
    pub email: Option<EmailAddress>,
    /// The issuer says that the address is theirs. Without it, an address must never lead to an existing account.
    pub email_verified: bool,
    pub name: Option<String>,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It proves nothing, whatever keys there are.
    BadToken,
    /// Its key is not in the set: the issuer may have a new one. Fetch the set anew, once and not too often.
    UnknownKey,
}

/// The claims of a token whose signature, issuer, audience and times are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }
}

/// Whom `token` names, if `issuer` signed it with one of the keys in `jwks_json`, for us, and it is valid at `now_ms`.
///
/// # Errors
/// [`Refusal`] says whether other keys could help.
pub fn verify(token: &str, jwks_json: &str, issuer: &ExternalIssuer, now_ms: u64) -> Result<ExternalUser, Refusal> {
    user(&verified_claims(token, jwks_json, issuer, now_ms)?, issuer).ok_or(Refusal::BadToken)
}

/// The same, for callers that need more claims than those of [`ExternalUser`].
///
/// # Errors
/// [`Refusal`] says whether other keys could help.
pub fn verified_claims(token: &str, jwks_json: &str, issuer: &ExternalIssuer, now_ms: u64) -> Result<Claims, Refusal> {
    let token = Parts::parse(token).ok_or(Refusal::BadToken)?;
    let header = Header::parse(&token.header).ok_or(Refusal::BadToken)?;
    if !issuer.algorithms.contains(&header.algorithm) {
        return Err(Refusal::BadToken);
    }
    let key = keys::choose(jwks_json, header.key_id.as_deref(), header.algorithm)?;
    if !key.verify(token.signed.as_bytes(), &token.signature, EcdsaForm::Fixed) {
        return Err(Refusal::BadToken);
    }
    let claims = strict_json::object(&token.claims).ok_or(Refusal::BadToken)?;
    claims::check(&claims, issuer, now_ms).ok_or(Refusal::BadToken)?;
    Ok(Claims(claims))
}

/// Who a token says it is from. Nothing is proved by it: it only says whose keys to check the token with.
pub fn claimed_issuer(token: &str) -> Option<String> {
    let claims = strict_json::object(&Parts::parse(token)?.claims)?;
    claims.get("iss")?.as_str().map(ToOwned::to_owned)
}

struct Parts<'a> {
    /// What the signature is over, as it came.
    signed: &'a str,
    header: Vec<u8>,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        // A third dot would be in the claims, and is no base64url.
        let (header, claims) = signed.split_once('.')?;
        let part = |text| from_base64url(text).filter(|bytes| !bytes.is_empty());
        Some(Self { signed, header: part(header)?, claims: part(claims)?, signature: part(signature)? })
    }
}

/// What of a header has a say. `jku`, `jwk`, `x5u` and `x5c` have none: keys come from the issuer's set alone.
struct Header {
    algorithm: Algorithm,
    key_id: Option<String>,
}

impl Header {
    fn parse(json: &[u8]) -> Option<Self> {
        let header = strict_json::object(json)?;
        // We understand no extension, and one that changes what is signed (`b64`) must not pass for none.
        if header.contains_key("crit") || header.contains_key("b64") {
            return None;
        }
        if let Some(kind) = header.get("typ") {
            let kind = kind.as_str()?;
            if !["JWT", "at+jwt"].iter().any(|known| known.eq_ignore_ascii_case(kind)) {
                return None;
            }
        }
        let key_id = match header.get("kid") {
            Some(id) => Some(id.as_str()?.to_owned()),
            None => None,
        };
        Some(Self { algorithm: Algorithm::named(header.get("alg")?.as_str()?)?, key_id })
    }
}
