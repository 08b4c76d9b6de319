//! An authenticator and its browser: makes one passkey and signs with it, as WebAuthn says.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PRESENT_AND_VERIFIED: u8 = 0x05;
const WITH_CREDENTIAL: u8 = 0x40;

#[derive(Debug, Clone)]
pub struct Authenticator {
    key: SigningKey,
    id: Vec<u8>,
    /// What it was told of its user.
    pub handle: String,
    pub counter: u32,
    /// The page that asks it.
    pub origin: String,
}

impl Authenticator {
    /// Each number is another one.
    pub fn new(number: u8, origin: &str) -> Self {
        Self {
            key: SigningKey::from_bytes(&[number; 32]),
            id: vec![number; 16],
            handle: String::new(),
            counter: 0,
            origin: origin.into(),
        }
    }

    /// What `navigator.credentials.create` gives for these `publicKey` options.
    pub fn create(&mut self, options: &Value) -> Value {
        self.handle = options["user"]["id"].as_str().unwrap().into();
        let key = self.key.verifying_key();
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
        let cose = [&[0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 32][..], key.as_bytes()].concat();
        let behind = [&[0xaa; 16][..], &length(&self.id), &self.id, &cose].concat();
        let data = self.data(options["rp"]["id"].as_str().unwrap(), WITH_CREDENTIAL, &behind);
        let attestation = [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"[..], &length(&data), &data].concat();
        let client_data = self.client_data("webauthn.create", options);
        self.credential(json!({ "clientDataJSON": encode(&client_data), "attestationObject": encode(&attestation) }))
    }

    /// What `navigator.credentials.get` gives.
    pub fn get(&mut self, options: &Value) -> Value {
        let data = self.data(options["rpId"].as_str().unwrap(), 0, &[]);
        let client_data = self.client_data("webauthn.get", options);
        let signed = [&data[..], &Sha256::digest(&client_data)].concat();
        self.credential(json!({
            "clientDataJSON": encode(&client_data), "authenticatorData": encode(&data),
            "signature": encode(&self.key.sign(&signed).to_bytes()), "userHandle": self.handle,
        }))
    }

    fn data(&self, party: &str, flags: u8, behind: &[u8]) -> Vec<u8> {
        let flags = [PRESENT_AND_VERIFIED | flags];
        [&Sha256::digest(party)[..], &flags, &self.counter.to_be_bytes(), behind].concat()
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data =
            json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    fn credential(&self, response: Value) -> Value {
        let id = encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {}, "response": response })
    }
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
