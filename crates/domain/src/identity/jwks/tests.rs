//! Tokens of other issuers: good ones of every kind, and everything that has ever fooled a reader of JWTs.

mod attacks;
mod times;

use ed25519_dalek::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use super::*;
use crate::identity::{encoding::base64url, signatures::test_rsa};

pub const NOW_MS: u64 = 1_795_248_132_000;
pub const NOW_S: u64 = NOW_MS / 1_000;

pub fn issuer() -> ExternalIssuer {
    ExternalIssuer {
        issuer: "https://id.example".into(),
        audience: "edgewise".into(),
        jwks_url: "https://id.example/jwks".into(),
        algorithms: vec![Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa],
    }
}

fn p256_key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn ed25519_key() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[8; 32])
}

pub fn rsa_jwk() -> Value {
    json!({"kty": "RSA", "kid": "RS256", "use": "sig", "alg": "RS256", "n": test_rsa::N, "e": "AQAB"})
}

pub fn p256_jwk() -> Value {
    let point = p256_key().verifying_key().to_encoded_point(false);
    let (x, y) = (base64url(point.x().unwrap()), base64url(point.y().unwrap()));
    json!({"kty": "EC", "kid": "ES256", "crv": "P-256", "key_ops": ["verify"], "x": x, "y": y})
}

pub fn ed25519_jwk() -> Value {
    json!({"kty": "OKP", "kid": "EdDSA", "crv": "Ed25519", "x": base64url(ed25519_key().verifying_key().as_bytes())})
}

pub fn jwks() -> String {
    // Keys that are not ours to read stand between.
    let others = [json!({"kty": "EC", "crv": "P-384", "kid": "other"}), json!(7), json!({"kty": 1})];
    json!({"keys": [others[0], rsa_jwk(), others[1], p256_jwk(), ed25519_jwk(), others[2]]}).to_string()
}

pub fn claims() -> Value {
    json!({
        "iss": "https://id.example", "aud": "edgewise", "sub": "ann", "exp": NOW_S + 300, "iat": NOW_S, "nbf": NOW_S,
        "email": "Ann@Example.org", "email_verified": true, "name": " Ann\u{7} Lee ",
    })
}

/// A token of these very texts, signed in the given way by the right key.
pub fn token_of(algorithm: &str, header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    let signature = match algorithm {
        "RS256" => test_rsa::sign(signed.as_bytes()),
        "ES256" => {
            let signature: Signature = p256_key().sign(signed.as_bytes());
            signature.to_bytes().to_vec()
        }
        _ => ed25519_key().sign(signed.as_bytes()).to_bytes().to_vec(),
    };
    format!("{signed}.{}", base64url(&signature))
}

pub fn header(algorithm: &str) -> Value {
    json!({"alg": algorithm, "kid": algorithm, "typ": "JWT"})
}

pub fn token(algorithm: &str, claims: &Value) -> String {
    token_of(algorithm, &header(algorithm).to_string(), &claims.to_string())
}

pub fn check(token: &str) -> Result<ExternalUser, Refusal> {
    verify(token, &jwks(), &issuer(), NOW_MS)
}

/// What becomes of the good claims when one of them is another (or, with null, is missing).
pub fn check_with(name: &str, value: Value) -> Result<ExternalUser, Refusal> {
    let mut claims = claims();
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    check(&token("EdDSA", &claims))
}

#[test]
fn every_kind_of_key_names_its_user() {
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let user = check(&token(algorithm, &claims())).unwrap();
        assert_eq!(
            user,
            ExternalUser {
                issuer: "https://id.example".into(),
                subject: "ann".into(),
                email: Some(EmailAddress::parse("Ann@example.org").unwrap()),
                email_verified: true,
                name: Some("Ann Lee".into()),
            }
        );
    }
}

#[test]
fn unknown_keys_may_be_fetched_once_more() {
    let token = token("EdDSA", &claims());
    for set in [
        json!({"keys": []}).to_string(),
        json!({"keys": [rsa_jwk()]}).to_string(),
        "<html>busy</html>".into(),
        String::new(),
        json!({"keys": [{"kty": "OKP", "kid": "EdDSA", "use": "enc", "crv": "Ed25519", "x": ""}]}).to_string(),
    ] {
        assert_eq!(verify(&token, &set, &issuer(), NOW_MS), Err(Refusal::UnknownKey), "{set}");
    }
    assert_eq!(verify(&token, &" ".repeat(1 << 20), &issuer(), NOW_MS), Err(Refusal::BadToken));
}

#[test]
fn a_token_without_key_id_needs_a_set_without_choice() {
    let token = token_of("EdDSA", r#"{"alg":"EdDSA"}"#, &claims().to_string());
    assert!(check(&token).is_ok());
    let one = json!({"keys": [ed25519_jwk()]}).to_string();
    assert!(verify(&token, &one, &issuer(), NOW_MS).is_ok());
    let two = json!({"keys": [ed25519_jwk(), ed25519_jwk()]}).to_string();
    assert_eq!(verify(&token, &two, &issuer(), NOW_MS), Err(Refusal::BadToken));
}

#[test]
fn weak_or_broken_keys_verify_nothing() {
    let mut weak = rsa_jwk();
    weak["n"] = json!(test_rsa::SMALL_N);
    let mut padded = rsa_jwk();
    padded["e"] = json!("AQAB=");
    let mut off = p256_jwk();
    off["y"] = off["x"].clone();
    for (algorithm, key) in [("RS256", weak), ("RS256", padded), ("ES256", off)] {
        let set = json!({"keys": [key]}).to_string();
        assert_eq!(verify(&token(algorithm, &claims()), &set, &issuer(), NOW_MS), Err(Refusal::BadToken));
    }
}

#[test]
fn what_is_said_of_the_user_is_taken_with_care() {
    let user = |name, value| check_with(name, value).unwrap();
    assert!(!user("email_verified", Value::Null).email_verified);
    assert!(!user("email_verified", json!("yes")).email_verified);
    assert!(!user("email_verified", json!(1)).email_verified);
    assert!(user("email_verified", json!("true")).email_verified);
    // Without an address there is nothing that could be verified.
    for email in [Value::Null, json!(7), json!("no address"), json!("a@b\n.org")] {
        let user = user("email", email);
        assert_eq!((user.email, user.email_verified), (None, false));
    }
    assert_eq!(user("name", json!(" \u{0} ")).name, None);
    assert_eq!(user("name", json!({})).name, None);
    assert_eq!(user("name", json!("é".repeat(500))).name.unwrap().chars().count(), 100);
}
