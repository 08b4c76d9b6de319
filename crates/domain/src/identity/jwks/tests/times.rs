//! Claims that are missing, of the wrong type, or of somebody else.

use serde_json::{Value, json};

use super::*;

/// Numbers as they are written, for JSON has more of them than Rust.
fn check_raw(name: &str, raw: &str) -> Result<ExternalUser, Refusal> {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    let rest = claims.to_string();
    check(&token_of(
        "EdDSA",
        &header("EdDSA").to_string(),
        &format!("{{\"{name}\":{raw},{}", rest.trim_start_matches('{')),
    ))
}

#[test]
fn times_are_whole_seconds_within_reason() {
    for name in ["exp", "nbf", "iat"] {
        for raw in [
            "\"1795248200\"",
            "1795248200.5",
            "1.7952482e9",
            "-1",
            "-1e308",
            "1e308",
            "1e999",
            "18446744073709551615",
            "18446744073709551616",
            "253402300800",
            "null",
            "true",
            "[]",
            "{}",
            "[1795248200]",
            "NaN",
            "Infinity",
            "0x7fffffff",
            "01795248200",
        ] {
            assert_eq!(check_raw(name, raw), Err(Refusal::BadToken), "{name} {raw}");
        }
    }
    assert_eq!(check_with("exp", Value::Null), Err(Refusal::BadToken));
    assert!(check_with("iat", Value::Null).is_ok());
    assert!(check_with("nbf", Value::Null).is_ok());
}

#[test]
fn a_minute_is_forgiven() {
    assert!(check_with("exp", json!(NOW_S - 59)).is_ok());
    assert_eq!(check_with("exp", json!(NOW_S - 60)), Err(Refusal::BadToken));
    assert_eq!(check_with("exp", json!(0)), Err(Refusal::BadToken));
    for name in ["nbf", "iat"] {
        assert!(check_with(name, json!(NOW_S + 60)).is_ok());
        assert_eq!(check_with(name, json!(NOW_S + 61)), Err(Refusal::BadToken));
    }
    let token = token("EdDSA", &claims());
    assert_eq!(verify(&token, &jwks(), &issuer(), u64::MAX), Err(Refusal::BadToken));
    assert_eq!(verify(&token, &jwks(), &issuer(), 0), Err(Refusal::BadToken));
}

#[test]
fn it_is_for_us() {
    for aud in [json!("edgewise"), json!(["edgewise"]), json!(["other", "edgewise"])] {
        assert!(check_with("aud", aud).is_ok());
    }
    for aud in [
        Value::Null,
        json!("other"),
        json!("Edgewise"),
        json!("edgewise "),
        json!("edgewise,other"),
        json!(""),
        json!([]),
        json!(["other"]),
        json!([["edgewise"]]),
        json!(["edgewise", 7]),
        json!([7]),
        json!({"edgewise": 1}),
        json!(7),
        json!(true),
    ] {
        assert_eq!(check_with("aud", aud.clone()), Err(Refusal::BadToken), "{aud}");
    }
}

#[test]
fn it_is_of_its_issuer() {
    for iss in [
        Value::Null,
        json!("https://id.example/"),
        json!("https://ID.example"),
        json!("http://id.example"),
        json!("https://id.example.evil"),
        json!(""),
        json!(["https://id.example"]),
        json!({}),
        json!(7),
    ] {
        assert_eq!(check_with("iss", iss.clone()), Err(Refusal::BadToken), "{iss}");
    }
}

#[test]
fn it_names_somebody() {
    for sub in [
        Value::Null,
        json!(""),
        json!(7),
        json!(7.5),
        json!({}),
        json!({"id": 7}),
        json!(["ann"]),
        json!(true),
        json!("a\nb"),
        json!("a\u{0}"),
        json!("a".repeat(256)),
    ] {
        assert_eq!(check_with("sub", sub.clone()), Err(Refusal::BadToken), "{sub}");
    }
    assert_eq!(check_with("sub", json!("a".repeat(255))).unwrap().subject.len(), 255);
}
