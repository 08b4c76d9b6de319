//! Tokens that were forged, bent or cut.

use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;

use super::*;

fn refused(name: &str, token: &str) {
    assert_eq!(check(token), Err(Refusal::BadToken), "{name}");
}

fn unsigned(header: &Value) -> String {
    format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims().to_string().as_bytes()))
}

#[test]
fn no_algorithm_is_none() {
    for alg in [
        json!("none"),
        json!("None"),
        json!("NONE"),
        json!("nOnE"),
        json!(""),
        json!(null),
        json!(0),
        json!(["RS256"]),
        json!("rs256"),
        json!("RS256 "),
        json!("HS256"),
        json!("RS512"),
        json!("PS256"),
        json!("ES384"),
        json!("ES256K"),
        json!("RS1"),
    ] {
        for kid in ["RS256", "ES256", "EdDSA"] {
            let signed = unsigned(&json!({"alg": alg, "kid": kid}));
            refused("empty", &format!("{signed}."));
            refused("with bytes", &format!("{signed}.{}", base64url(&[0; 64])));
            refused(
                "rightly signed",
                &token_of(kid, &json!({"alg": alg, "kid": kid}).to_string(), &claims().to_string()),
            );
        }
    }
    refused("no alg", &token_of("EdDSA", r#"{"kid":"EdDSA"}"#, &claims().to_string()));
}

/// The public key is public: it must not become the secret of an HMAC.
#[test]
fn public_keys_are_no_secrets() {
    let der = base64_body(test_rsa::PEM);
    let jwk = rsa_jwk().to_string();
    for secret in [
        test_rsa::PEM.as_bytes(),
        test_rsa::PEM.trim_end().as_bytes(),
        &der,
        jwk.as_bytes(),
        test_rsa::N.as_bytes(),
        &from_base64url(test_rsa::N).unwrap(),
        b"",
        jwks().as_bytes(),
    ] {
        for header in
            [json!({"alg": "HS256", "kid": "RS256"}), json!({"alg": "RS256", "kid": "RS256"}), json!({"alg": "HS256"})]
        {
            let signed = unsigned(&header);
            let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap().chain_update(signed.as_bytes()).finalize();
            refused("hmac", &format!("{signed}.{}", base64url(&mac.into_bytes())));
        }
    }
}

fn base64_body(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    from_base64url(&body.replace('+', "-").replace('/', "_").replace('=', "")).unwrap()
}

#[test]
fn a_key_has_one_algorithm() {
    let names = ["RS256", "ES256", "EdDSA"];
    for key in names {
        for said in names.iter().filter(|said| **said != key) {
            let header = json!({"alg": said, "kid": key}).to_string();
            refused("signed by the key", &token_of(key, &header, &claims().to_string()));
            refused("signed as said", &token_of(said, &header, &claims().to_string()));
        }
        // What the issuer does not use is not taken, though the key is in its set.
        let mut issuer = issuer();
        issuer.algorithms.retain(|algorithm| *algorithm != Algorithm::named(key).unwrap());
        assert_eq!(verify(&token(key, &claims()), &jwks(), &issuer, NOW_MS), Err(Refusal::BadToken));
    }
    // The key says an algorithm that its type does not have.
    let mut bent = ed25519_jwk();
    bent["alg"] = json!("RS256");
    let set = json!({"keys": [bent]}).to_string();
    assert_eq!(verify(&token("EdDSA", &claims()), &set, &issuer(), NOW_MS), Err(Refusal::BadToken));
    // A symmetric key in the set is none of ours.
    let set = json!({"keys": [{"kty": "oct", "kid": "RS256", "k": "AAAA", "alg": "HS256"}]}).to_string();
    assert_eq!(verify(&token("RS256", &claims()), &set, &issuer(), NOW_MS), Err(Refusal::BadToken));
}

#[test]
fn signatures_are_whole() {
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let good = token(algorithm, &claims());
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let raw = from_base64url(signature).unwrap();
        refused("stripped", signed);
        refused("empty", &format!("{signed}."));
        refused("zeros", &format!("{signed}.{}", base64url(&vec![0; raw.len()])));
        refused("short", &format!("{signed}.{}", base64url(&raw[1..])));
        refused("long", &format!("{signed}.{}", base64url(&[&raw[..], &[0]].concat())));
        refused("of another text", &format!("{}.{signature}", unsigned(&json!({"alg": algorithm, "kid": algorithm}))));
        for at in 0..raw.len() {
            let mut changed = raw.clone();
            changed[at] ^= 0x10;
            refused("changed", &format!("{signed}.{}", base64url(&changed)));
        }
    }
    // ECDSA's own: r and s of zero or of the group's order, and ASN.1.
    let order = from_base64url("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE").unwrap();
    let good = token("ES256", &claims());
    let signed = good.rsplit_once('.').unwrap().0;
    let der: Signature = p256_key().sign(signed.as_bytes());
    for bent in [
        [[0; 32], [1; 32]].concat(),
        [[1; 32], [0; 32]].concat(),
        [order.clone(), order].concat(),
        der.to_der().as_bytes().to_vec(),
    ] {
        refused("bent", &format!("{signed}.{}", base64url(&bent)));
    }
}

#[test]
fn every_character_counts() {
    let good = token("EdDSA", &claims());
    for at in 0..good.len() {
        for other in ['A', 'B', '.', '=', ' ', '%', 'é'] {
            let changed: String = good.chars().enumerate().map(|(i, c)| if i == at { other } else { c }).collect();
            if changed != good {
                // A change in the header may name another key.
                assert!(check(&changed).is_err(), "{at} {other}");
            }
        }
        refused("cut", good.get(..at).unwrap());
    }
}

#[test]
fn a_token_has_three_clean_parts() {
    let good = token("EdDSA", &claims());
    let parts: Vec<_> = good.split('.').collect();
    for (name, bent) in [
        ("nothing", String::new()),
        ("one part", parts[0].into()),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{good}.{}", parts[2])),
        ("five parts", format!("{good}.{}.{}", parts[1], parts[2])),
        ("dots", "..".into()),
        ("many dots", ".".repeat(8_000)),
        ("empty header", format!(".{}.{}", parts[1], parts[2])),
        ("empty claims", format!("{}..{}", parts[0], parts[2])),
        ("trailing garbage", format!("{good}A")),
        ("trailing dot", format!("{good}.")),
        ("trailing newline", format!("{good}\n")),
        ("leading space", format!(" {good}")),
        ("padding", format!("{good}==")),
        ("padded header", format!("{}=.{}.{}", parts[0], parts[1], parts[2])),
        ("nul", format!("{good}\0")),
        ("bearer", format!("Bearer {good}")),
        ("json", json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]}).to_string()),
        ("a megabyte", "a".repeat(1 << 20)),
    ] {
        refused(name, &bent);
    }
}

#[test]
fn what_comes_twice_is_refused() {
    let header = header("EdDSA").to_string();
    let claims = claims().to_string();
    for twice in [r#"{"sub":"eve","#, r#"{"\u0073ub":"eve","#, r#"{"aud":"edgewise","#, r#"{"x":{"a":1,"a":1},"#] {
        refused(twice, &token_of("EdDSA", &header, &format!("{twice}{}", claims.trim_start_matches('{'))));
    }
    for twice in [r#"{"alg":"none","#, r#"{"alg":"EdDSA","#, r#"{"kid":"x","#] {
        refused(twice, &token_of("EdDSA", &format!("{twice}{}", header.trim_start_matches('{')), &claims));
    }
    for bad in [
        "",
        "null",
        "[]",
        "7",
        "\"a\"",
        "{",
        "{}",
        &format!("{claims}x"),
        &format!("{claims}{claims}"),
        &"[".repeat(5_000),
    ] {
        refused(bad, &token_of("EdDSA", &header, bad));
        refused(bad, &token_of("EdDSA", bad, &claims));
    }
}

#[test]
fn headers_cannot_ask_for_more() {
    let with = |name: &str, value: Value| {
        let mut header = header("EdDSA");
        header[name] = value;
        check(&token_of("EdDSA", &header.to_string(), &claims().to_string()))
    };
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(null)),
        ("b64", json!(true)),
        ("b64", json!(false)),
        ("typ", json!("JWE")),
        ("typ", json!("")),
        ("typ", json!("JWT ")),
        ("typ", json!(7)),
        ("typ", json!(null)),
        ("typ", json!("dpop+jwt")),
        ("typ", json!("logout+jwt")),
        ("kid", json!(7)),
        ("kid", json!(null)),
        ("kid", json!(["EdDSA"])),
        ("kid", json!("a".repeat(1 << 20))),
    ] {
        assert_eq!(with(name, value.clone()), Err(Refusal::BadToken), "{name}");
    }
    // A key id is compared and nothing else: no path, no query, no pattern.
    for kid in ["../../dev/null", "' OR 1=1 --", "", "*", "EdDSA\0", "eddsa", &"a".repeat(4_000)] {
        assert_eq!(with("kid", json!(kid)), Err(Refusal::UnknownKey), "{kid}");
    }
    for typ in ["JWT", "jwt", "at+jwt", "AT+JWT"] {
        assert!(with("typ", json!(typ)).is_ok());
    }
}

/// The attacker signs with a key of their own, and says where it is.
#[test]
fn keys_in_the_token_are_not_looked_at() {
    let eve = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "EdDSA", "x": base64url(eve.verifying_key().as_bytes())});
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("https://eve.example/jwks")),
        ("x5u", json!("https://eve.example/x5u")),
        ("x5c", json!(["AAAA"])),
    ] {
        let mut header = header("EdDSA");
        header[name] = value;
        let signed = unsigned(&header);
        refused(name, &format!("{signed}.{}", base64url(&eve.sign(signed.as_bytes()).to_bytes())));
        // Nor do they hurt when the right key has signed.
        assert!(check(&token_of("EdDSA", &header.to_string(), &claims().to_string())).is_ok(), "{name}");
    }
}
