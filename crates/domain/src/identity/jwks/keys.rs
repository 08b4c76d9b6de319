//! Which of an issuer's published keys a token is to be checked with.

use serde::Deserialize;

use super::{Algorithm, Refusal};
use crate::identity::{encoding::from_base64url, signatures::PublicKey};

/// Longest document and most keys that are looked at; the large issuers publish a dozen.
pub const MAX_JWKS_BYTES: usize = 256 * 1024;
const MAX_KEYS: usize = 100;

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

/// A published key. One that we cannot read is passed over: sets have keys for other uses.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Jwk {
    fn verifies(&self) -> bool {
        self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"))
    }

    /// The way of signing that the key's own type fixes; none when it says another one.
    fn algorithm(&self) -> Option<Algorithm> {
        let fixed = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => Algorithm::Rs256,
            ("EC", Some("P-256")) => Algorithm::Es256,
            ("OKP", Some("Ed25519")) => Algorithm::EdDsa,
            _ => return None,
        };
        self.alg.as_deref().is_none_or(|name| Algorithm::named(name) == Some(fixed)).then_some(fixed)
    }

    fn public_key(&self) -> Option<PublicKey> {
        let bytes = |field: &Option<String>| from_base64url(field.as_deref()?);
        match self.algorithm()? {
            Algorithm::Rs256 => PublicKey::rsa(&bytes(&self.n)?, &bytes(&self.e)?),
            Algorithm::Es256 => PublicKey::p256(&bytes(&self.x)?, &bytes(&self.y)?),
            Algorithm::EdDsa => PublicKey::ed25519(&bytes(&self.x)?),
        }
    }
}

/// Whether it is a set of keys at all, and not a page that says why there is none.
pub fn is_key_set(jwks_json: &str) -> bool {
    jwks_json.len() <= MAX_JWKS_BYTES && serde_json::from_str::<Set>(jwks_json).is_ok_and(|set| !set.keys.is_empty())
}

/// The key with that id. A token that names none is taken only when there is no choice.
pub fn choose(jwks_json: &str, key_id: Option<&str>, wanted: Algorithm) -> Result<PublicKey, Refusal> {
    if jwks_json.len() > MAX_JWKS_BYTES {
        return Err(Refusal::BadToken);
    }
    // What is no set may have been a page of an error, and be better next time.
    let set: Set = serde_json::from_str(jwks_json).map_err(|_| Refusal::UnknownKey)?;
    let mut keys: Vec<Jwk> = set
        .keys
        .into_iter()
        .take(MAX_KEYS)
        .filter_map(|key| serde_json::from_value(key).ok())
        .filter(Jwk::verifies)
        .collect();
    if let Some(key_id) = key_id {
        keys.retain(|key| key.kid.as_deref() == Some(key_id));
    }
    if keys.is_empty() {
        return Err(Refusal::UnknownKey);
    }
    keys.retain(|key| key.algorithm() == Some(wanted));
    match keys.as_slice() {
        [key] => key.public_key().ok_or(Refusal::BadToken),
        // None: the key is of another kind than the token says. Several: we do not try one after the other.
        _ => Err(Refusal::BadToken),
    }
}
