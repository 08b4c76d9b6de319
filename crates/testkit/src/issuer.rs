//! Another issuer of tokens: it publishes a key and signs whatever a test claims.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct Issuer {
    key: SigningKey,
    key_id: String,
}

impl Issuer {
    /// Each number is another key.
    pub fn new(number: u8) -> Self {
        Self { key: SigningKey::from_bytes(&[number; 32]), key_id: format!("key {number}") }
    }

    /// The set that it publishes.
    pub fn jwks(&self) -> Value {
        let x = Base64UrlUnpadded::encode_string(self.key.verifying_key().as_bytes());
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": self.key_id, "x": x }] })
    }

    pub fn token(&self, claims: &Value) -> String {
        let encode = |json: &Value| Base64UrlUnpadded::encode_string(json.to_string().as_bytes());
        let header = json!({ "alg": "EdDSA", "kid": self.key_id, "typ": "JWT" });
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = self.key.sign(signed.as_bytes()).to_bytes();
        format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature))
    }
}
