//! Passkeys: WebAuthn's registration and assertion, without trust in any maker of authenticators.

mod authenticator;
mod cbor;
mod challenge;
mod options;
#[cfg(test)]
mod tests;

pub use challenge::{Challenge, ChallengeUse};
pub use options::{CreationOptions, PasskeyUser, RequestOptions, UserVerification, creation_options, request_options};

use edgewise_protocol::ids::UserId;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use self::{authenticator::AuthenticatorData, cbor::Item};
use super::{
    encoding::{base64url, from_base64url},
    signatures::EcdsaForm,
    strict_json,
};

const MAX_CLIENT_DATA_BYTES: usize = 8 * 1024;
const MAX_ATTESTATION_BYTES: usize = 64 * 1024;
const MAX_AUTHENTICATOR_DATA_BYTES: usize = 8 * 1024;
const MAX_SIGNATURE_BYTES: usize = 1_024;

/// We, as authenticators know us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The domain that passkeys are made for. Whoever changes it loses them all.
    pub id: String,
    pub name: String,
    /// Exactly the origins from which we are used, such as `https://chat.example`.
    pub origins: Vec<String>,
}

/// What is stored of a passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    pub id: Vec<u8>,
    /// As COSE writes it.
    pub public_key: Vec<u8>,
    pub counter: u32,
    pub user_handle: Vec<u8>,
}

/// Why a passkey proves nothing. For logs; the person is told one sentence for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPasskey {
    #[error("it cannot be read")]
    Malformed,
    #[error("it was made for another action")]
    Type,
    #[error("it answers another challenge")]
    Challenge,
    #[error("it comes from another origin")]
    Origin,
    #[error("it is for another relying party")]
    RelyingParty,
    #[error("nobody touched the authenticator")]
    Absent,
    #[error("the authenticator does not know who touched it")]
    Unverified,
    #[error("its key is of a kind that was not asked for")]
    Key,
    #[error("it is another credential, or another user's")]
    Other,
    #[error("the signature is wrong")]
    Signature,
    #[error("its counter went back: there may be a copy")]
    Counter,
}

/// What `toJSON` of a new credential gives.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Registration {
    #[serde(deserialize_with = "bytes")]
    pub id: Vec<u8>,
    pub response: RegistrationResponse,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RegistrationResponse {
    #[serde(rename = "clientDataJSON", deserialize_with = "bytes")]
    pub client_data: Vec<u8>,
    #[serde(rename = "attestationObject", deserialize_with = "bytes")]
    pub attestation: Vec<u8>,
}

/// What `toJSON` of an assertion gives.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Assertion {
    /// Finds the passkey.
    #[serde(deserialize_with = "bytes")]
    pub id: Vec<u8>,
    pub response: AssertionResponse,
}

impl Assertion {
    /// Whose passkey it claims to be: what we gave the authenticator as its user's handle.
    pub fn user(&self) -> Option<UserId> {
        let handle: [u8; 16] = self.response.user_handle.as_deref()?.try_into().ok()?;
        Some(UserId::from_uuid(uuid::Uuid::from_bytes(handle)))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AssertionResponse {
    #[serde(rename = "clientDataJSON", deserialize_with = "bytes")]
    pub client_data: Vec<u8>,
    #[serde(rename = "authenticatorData", deserialize_with = "bytes")]
    pub authenticator_data: Vec<u8>,
    #[serde(deserialize_with = "bytes")]
    pub signature: Vec<u8>,
    #[serde(rename = "userHandle", default, deserialize_with = "optional_bytes")]
    pub user_handle: Option<Vec<u8>>,
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    from_base64url(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("not base64url"))
}

fn optional_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| from_base64url(&text).ok_or_else(|| D::Error::custom("not base64url"))).transpose()
}

/// The passkey that was made in answer to `challenge`. Which maker attests it, if any, is not looked at. The caller sees
/// to it that no other user has its id, and that a challenge is answered once.
///
/// # Errors
/// [`BadPasskey`] says why it is not taken.
pub fn verify_registration(
    party: &RelyingParty,
    challenge: &[u8; 32],
    registration: &Registration,
    user_handle: &[u8],
    verification: UserVerification,
) -> Result<Passkey, BadPasskey> {
    let RegistrationResponse { client_data, attestation } = &registration.response;
    check_client_data(party, challenge, client_data, "webauthn.create")?;
    if attestation.len() > MAX_ATTESTATION_BYTES {
        return Err(BadPasskey::Malformed);
    }
    let attestation = cbor::read_only(attestation).ok_or(BadPasskey::Malformed)?;
    let data = attestation.get(&Item::Text("authData")).and_then(Item::bytes).ok_or(BadPasskey::Malformed)?;
    let data = check_data(party, data, verification)?;
    let credential = data.credential.ok_or(BadPasskey::Malformed)?;
    if credential.id != registration.id {
        return Err(BadPasskey::Other);
    }
    authenticator::public_key(credential.public_key).ok_or(BadPasskey::Key)?;
    Ok(Passkey {
        id: credential.id.to_vec(),
        public_key: credential.public_key.to_vec(),
        counter: data.counter,
        user_handle: user_handle.to_vec(),
    })
}

/// The counter to store, if `assertion` is the passkey's answer to `challenge`. The caller sees to it that a challenge is
/// answered once.
///
/// # Errors
/// [`BadPasskey`] says why it proves nothing.
pub fn verify_assertion(
    party: &RelyingParty,
    challenge: &[u8; 32],
    assertion: &Assertion,
    passkey: &Passkey,
    verification: UserVerification,
) -> Result<u32, BadPasskey> {
    let AssertionResponse { client_data, authenticator_data, signature, user_handle } = &assertion.response;
    let anothers = user_handle.as_ref().is_some_and(|handle| *handle != passkey.user_handle);
    if assertion.id != passkey.id || anothers {
        return Err(BadPasskey::Other);
    }
    check_client_data(party, challenge, client_data, "webauthn.get")?;
    let data = check_data(party, authenticator_data, verification)?;
    if signature.len() > MAX_SIGNATURE_BYTES {
        return Err(BadPasskey::Signature);
    }
    let key = authenticator::public_key(&passkey.public_key).ok_or(BadPasskey::Key)?;
    let message = [authenticator_data.as_slice(), &Sha256::digest(client_data)].concat();
    if !key.verify(&message, signature, EcdsaForm::Der) {
        return Err(BadPasskey::Signature);
    }
    // Passkeys that live on several devices do not count, and say zero always.
    let counts = data.counter != 0 || passkey.counter != 0;
    if counts && data.counter <= passkey.counter {
        return Err(BadPasskey::Counter);
    }
    Ok(data.counter)
}

/// What the browser says it was asked, by whom.
fn check_client_data(party: &RelyingParty, challenge: &[u8; 32], json: &[u8], kind: &str) -> Result<(), BadPasskey> {
    if json.len() > MAX_CLIENT_DATA_BYTES {
        return Err(BadPasskey::Malformed);
    }
    let data = strict_json::object(json).ok_or(BadPasskey::Malformed)?;
    let text = |name: &str| data.get(name).and_then(Value::as_str).ok_or(BadPasskey::Malformed);
    if text("type")? != kind {
        return Err(BadPasskey::Type);
    }
    if !bool::from(text("challenge")?.as_bytes().ct_eq(base64url(challenge).as_bytes())) {
        return Err(BadPasskey::Challenge);
    }
    let origin = text("origin")?;
    // A page that frames ours must not collect signatures.
    let framed = !matches!(data.get("crossOrigin"), None | Some(Value::Bool(false)));
    if framed || !party.origins.iter().any(|known| known == origin) {
        return Err(BadPasskey::Origin);
    }
    Ok(())
}

fn check_data<'a>(
    party: &RelyingParty,
    data: &'a [u8],
    verification: UserVerification,
) -> Result<AuthenticatorData<'a>, BadPasskey> {
    if data.len() > MAX_AUTHENTICATOR_DATA_BYTES {
        return Err(BadPasskey::Malformed);
    }
    let data = AuthenticatorData::parse(data).ok_or(BadPasskey::Malformed)?;
    if data.rp_id_hash != *Sha256::digest(party.id.as_bytes()) {
        return Err(BadPasskey::RelyingParty);
    }
    if !data.present {
        return Err(BadPasskey::Absent);
    }
    if verification == UserVerification::Required && !data.verified {
        return Err(BadPasskey::Unverified);
    }
    Ok(data)
}
