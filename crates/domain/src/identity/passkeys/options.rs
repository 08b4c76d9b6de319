//! What a browser is asked: the JSON that `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` take.

use serde::{Deserialize, Serialize};

use super::{RelyingParty, authenticator::ALGORITHMS};
use crate::identity::encoding::base64url;

const TIMEOUT_MS: u32 = 300_000;

/// Whether the authenticator must know who touches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserVerification {
    /// When the passkey is all that is asked for.
    Required,
    Preferred,
    /// When it comes beside a password.
    Discouraged,
}

/// For whom a passkey is made.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyUser<'a> {
    /// 1 to 64 bytes that say nothing about the person: an authenticator gives them to whoever holds it.
    pub handle: &'a [u8],
    /// The e-mail address, say.
    pub name: &'a str,
    pub display_name: &'a str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationOptions {
    rp: Party,
    user: User,
    challenge: String,
    pub_key_cred_params: Vec<Parameter>,
    timeout: u32,
    exclude_credentials: Vec<Descriptor>,
    authenticator_selection: Selection,
    attestation: &'static str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    rp_id: String,
    challenge: String,
    timeout: u32,
    allow_credentials: Vec<Descriptor>,
    user_verification: UserVerification,
}

#[derive(Debug, Clone, Serialize)]
struct Party {
    id: String,
    name: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    name: String,
    display_name: String,
}

#[derive(Debug, Clone, Serialize)]
struct Parameter {
    #[serde(rename = "type")]
    kind: &'static str,
    alg: i64,
}

#[derive(Debug, Clone, Serialize)]
struct Descriptor {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    resident_key: &'static str,
    user_verification: UserVerification,
}

const KIND: &str = "public-key";

fn descriptors(ids: &[Vec<u8>]) -> Vec<Descriptor> {
    ids.iter().map(|id| Descriptor { kind: KIND, id: base64url(id) }).collect()
}

/// Asks for a new passkey; `existing` are those that its owner has, so that no device gets a second one.
pub fn creation_options(
    party: &RelyingParty,
    user: PasskeyUser<'_>,
    challenge: &[u8; 32],
    existing: &[Vec<u8>],
    user_verification: UserVerification,
) -> CreationOptions {
    CreationOptions {
        rp: Party { id: party.id.clone(), name: party.name.clone() },
        user: User { id: base64url(user.handle), name: user.name.into(), display_name: user.display_name.into() },
        challenge: base64url(challenge),
        pub_key_cred_params: ALGORITHMS.map(|alg| Parameter { kind: KIND, alg }).into(),
        timeout: TIMEOUT_MS,
        exclude_credentials: descriptors(existing),
        authenticator_selection: Selection {
            // Signing in begins without a name: the authenticator must know whose it is.
            resident_key: "required",
            user_verification,
        },
        attestation: "none",
    }
}

/// Asks for a signature with a passkey: one of `allowed`, or with none named, whichever the person has for us.
pub fn request_options(
    party: &RelyingParty,
    challenge: &[u8; 32],
    allowed: &[Vec<u8>],
    user_verification: UserVerification,
) -> RequestOptions {
    RequestOptions {
        rp_id: party.id.clone(),
        challenge: base64url(challenge),
        timeout: TIMEOUT_MS,
        allow_credentials: descriptors(allowed),
        user_verification,
    }
}
