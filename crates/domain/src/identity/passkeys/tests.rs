//! Passkeys from beginning to end: real signatures of keys made here, and every byte of them changed.

use ed25519_dalek::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use super::*;
use crate::identity::signatures::test_rsa;

const CHALLENGE: &[u8; 32] = &[9; 32];
const HANDLE: &[u8] = b"handle of ann";
const ID: &[u8] = b"the id of a credential";

fn party() -> RelyingParty {
    let origins = vec!["https://chat.example".into(), "https://www.chat.example:8443".into()];
    RelyingParty { id: "chat.example".into(), name: "Chat".into(), origins }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Es256,
    EdDsa,
    Rs256,
}

const KINDS: [Kind; 3] = [Kind::Es256, Kind::EdDsa, Kind::Rs256];

fn p256_key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn ed25519_key() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[8; 32])
}

/// A byte string of CBOR.
fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    [&[0x59], &u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

fn cose(kind: Kind) -> Vec<u8> {
    match kind {
        Kind::Es256 => {
            let point = p256_key().verifying_key().to_encoded_point(false);
            let (x, y) = (cbor_bytes(point.x().unwrap()), cbor_bytes(point.y().unwrap()));
            [&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21], &x[..], &[0x22], &y].concat()
        }
        Kind::EdDsa => {
            let x = cbor_bytes(ed25519_key().verifying_key().as_bytes());
            [&[0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21], &x[..]].concat()
        }
        Kind::Rs256 => {
            let n = cbor_bytes(&from_base64url(test_rsa::N).unwrap());
            [&[0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20], &n[..], &[0x21, 0x43, 1, 0, 1]].concat()
        }
    }
}

fn sign(kind: Kind, message: &[u8]) -> Vec<u8> {
    match kind {
        Kind::Es256 => {
            let signature: Signature = p256_key().sign(message);
            signature.to_der().as_bytes().to_vec()
        }
        Kind::EdDsa => ed25519_key().sign(message).to_bytes().to_vec(),
        Kind::Rs256 => test_rsa::sign(message),
    }
}

fn data(rp_id: &str, flags: u8, counter: u32, behind: &[u8]) -> Vec<u8> {
    [&Sha256::digest(rp_id)[..], &[flags], &counter.to_be_bytes(), behind].concat()
}

fn attested(cose: &[u8]) -> Vec<u8> {
    [&[0xaa; 16], &u16::try_from(ID.len()).unwrap().to_be_bytes()[..], ID, cose].concat()
}

fn attestation(data: &[u8]) -> Vec<u8> {
    [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData"[..], &cbor_bytes(data)].concat()
}

fn client_data(kind: &str) -> Value {
    json!({"type": kind, "challenge": base64url(CHALLENGE), "origin": "https://chat.example", "crossOrigin": false})
}

fn registration_of(client_data: &Value, data: &[u8]) -> Registration {
    let json = json!({
        "id": base64url(ID), "rawId": base64url(ID), "type": "public-key", "clientExtensionResults": {},
        "response": {
            "clientDataJSON": base64url(client_data.to_string().as_bytes()),
            "attestationObject": base64url(&attestation(data)),
            "transports": ["internal"],
        },
    });
    serde_json::from_value(json).unwrap()
}

fn registration(kind: Kind) -> Registration {
    registration_of(&client_data("webauthn.create"), &data("chat.example", 0x45, 0, &attested(&cose(kind))))
}

fn register(registration: &Registration) -> Result<Passkey, BadPasskey> {
    verify_registration(&party(), CHALLENGE, registration, HANDLE, UserVerification::Required)
}

fn assertion_of(kind: Kind, client_data: &Value, data: &[u8]) -> Assertion {
    let client_data = client_data.to_string();
    let signature = sign(kind, &[data, &Sha256::digest(client_data.as_bytes())].concat());
    let json = json!({
        "id": base64url(ID), "rawId": base64url(ID), "type": "public-key", "clientExtensionResults": {},
        "response": {
            "clientDataJSON": base64url(client_data.as_bytes()), "authenticatorData": base64url(data),
            "signature": base64url(&signature), "userHandle": base64url(HANDLE),
        },
    });
    serde_json::from_value(json).unwrap()
}

fn assertion(kind: Kind, counter: u32) -> Assertion {
    assertion_of(kind, &client_data("webauthn.get"), &data("chat.example", 0x05, counter, &[]))
}

fn check(assertion: &Assertion, passkey: &Passkey) -> Result<u32, BadPasskey> {
    verify_assertion(&party(), CHALLENGE, assertion, passkey, UserVerification::Required)
}

#[test]
fn a_passkey_is_made_and_used() {
    for kind in KINDS {
        let passkey = register(&registration(kind)).unwrap();
        assert_eq!(passkey, Passkey { id: ID.into(), public_key: cose(kind), counter: 0, user_handle: HANDLE.into() });
        assert_eq!(check(&assertion(kind, 0), &passkey), Ok(0), "{kind:?}");
        assert_eq!(check(&assertion(kind, 1), &passkey), Ok(1), "{kind:?}");
    }
}

#[test]
fn every_bit_of_an_assertion_counts() {
    for kind in KINDS {
        let passkey = register(&registration(kind)).unwrap();
        let good = assertion(kind, 7);
        let parts: [fn(&mut Assertion) -> &mut Vec<u8>; 5] = [
            |assertion| &mut assertion.id,
            |assertion| &mut assertion.response.client_data,
            |assertion| &mut assertion.response.authenticator_data,
            |assertion| &mut assertion.response.signature,
            |assertion| assertion.response.user_handle.as_mut().unwrap(),
        ];
        for part in parts {
            for at in 0..part(&mut good.clone()).len() {
                // Every bit of the fast ones; RSA takes its time.
                for bit in 0..if kind == Kind::EdDsa { 8 } else { 1 } {
                    let mut changed = good.clone();
                    part(&mut changed)[at] ^= 1 << bit;
                    assert!(check(&changed, &passkey).is_err(), "{kind:?} {at} {bit}");
                }
                let mut cut = good.clone();
                part(&mut cut).truncate(at);
                assert!(check(&cut, &passkey).is_err(), "{kind:?} {at}");
            }
            let mut longer = good.clone();
            part(&mut longer).push(0);
            assert!(check(&longer, &passkey).is_err(), "{kind:?}");
        }
    }
}

/// A registration is not signed, so some changes make another passkey; none may make one of another id, or a panic.
#[test]
fn no_changed_registration_has_another_id() {
    for kind in KINDS {
        let good = registration(kind);
        let length = good.response.attestation.len();
        let mut taken = 0;
        for at in 0..length {
            for bit in 0..8 {
                let mut changed = good.clone();
                changed.response.attestation[at] ^= 1 << bit;
                if let Ok(passkey) = register(&changed) {
                    assert_eq!(passkey.id, ID);
                    taken += 1;
                }
            }
            let mut cut = good.clone();
            cut.response.attestation.truncate(at);
            assert!(register(&cut).is_err(), "{at}");
        }
        assert!(taken < length * 8, "{taken}");
        for at in 0..good.response.client_data.len() {
            let mut cut = good.clone();
            cut.response.client_data.truncate(at);
            assert_eq!(register(&cut), Err(BadPasskey::Malformed));
        }
    }
}

#[test]
fn the_browser_was_asked_this_by_us() {
    let passkey = register(&registration(Kind::EdDsa)).unwrap();
    let with = |name: &str, value: &Value| {
        let change = |mut client_data: Value| {
            client_data[name] = value.clone();
            client_data
        };
        let made = registration_of(
            &change(client_data("webauthn.create")),
            &data("chat.example", 0x45, 0, &attested(&cose(Kind::EdDsa))),
        );
        let used = assertion_of(Kind::EdDsa, &change(client_data("webauthn.get")), &data("chat.example", 0x05, 1, &[]));
        (register(&made).map(|_| ()), check(&used, &passkey).map(|_| ()))
    };
    for (name, value, fault) in [
        ("type", json!("webauthn"), BadPasskey::Type),
        ("type", json!("payment.get"), BadPasskey::Type),
        ("type", json!(null), BadPasskey::Malformed),
        ("challenge", json!(base64url(&[8; 32])), BadPasskey::Challenge),
        ("challenge", json!(format!("{}=", base64url(CHALLENGE))), BadPasskey::Challenge),
        ("challenge", json!(""), BadPasskey::Challenge),
        ("challenge", json!([9]), BadPasskey::Malformed),
        ("origin", json!("https://chat.example/"), BadPasskey::Origin),
        ("origin", json!("https://chat.example:443"), BadPasskey::Origin),
        ("origin", json!("http://chat.example"), BadPasskey::Origin),
        ("origin", json!("https://evil.chat.example"), BadPasskey::Origin),
        ("origin", json!("https://chat.example.evil"), BadPasskey::Origin),
        ("origin", json!("null"), BadPasskey::Origin),
        ("origin", json!(["https://chat.example"]), BadPasskey::Malformed),
        ("crossOrigin", json!(true), BadPasskey::Origin),
        ("crossOrigin", json!("false"), BadPasskey::Origin),
    ] {
        assert_eq!(with(name, &value), (Err(fault), Err(fault)), "{name} {value}");
    }
    assert_eq!(with("origin", &json!("https://www.chat.example:8443")), (Ok(()), Ok(())));
    // Browsers add what they like.
    assert_eq!(with("other_keys_can_be_added_here", &json!("do not compare")), (Ok(()), Ok(())));
    // A registration is no assertion.
    assert_eq!(with("type", &json!("webauthn.get")), (Err(BadPasskey::Type), Ok(())));
}

#[test]
fn the_authenticator_says_the_right_things() {
    let key = attested(&cose(Kind::EdDsa));
    let made = |data: &[u8]| register(&registration_of(&client_data("webauthn.create"), data)).map(|_| ());
    assert_eq!(made(&data("chat.example", 0x45, 0, &key)), Ok(()));
    assert_eq!(made(&data("evil.example", 0x45, 0, &key)), Err(BadPasskey::RelyingParty));
    assert_eq!(made(&data("chat.example", 0x44, 0, &key)), Err(BadPasskey::Absent));
    assert_eq!(made(&data("chat.example", 0x41, 0, &key)), Err(BadPasskey::Unverified));
    assert_eq!(made(&data("chat.example", 0x05, 0, &key)), Err(BadPasskey::Malformed));
    assert_eq!(made(&data("chat.example", 0x05, 0, &[])), Err(BadPasskey::Malformed));
    // Extensions are read over, and nothing may stand behind.
    assert_eq!(made(&data("chat.example", 0xc5, 0, &[&key[..], &[0xa1, 0x61, 0x61, 0xf5]].concat())), Ok(()));
    assert_eq!(made(&data("chat.example", 0xc5, 0, &key)), Err(BadPasskey::Malformed));
    assert_eq!(made(&data("chat.example", 0xc5, 0, &[&key[..], &[0x01]].concat())), Err(BadPasskey::Malformed));
    assert_eq!(made(&data("chat.example", 0x45, 0, &[&key[..], &[0x00]].concat())), Err(BadPasskey::Malformed));

    let passkey = register(&registration(Kind::EdDsa)).unwrap();
    let used = |flags, verification| {
        let assertion = assertion_of(Kind::EdDsa, &client_data("webauthn.get"), &data("chat.example", flags, 1, &[]));
        verify_assertion(&party(), CHALLENGE, &assertion, &passkey, verification)
    };
    assert_eq!(used(0x04, UserVerification::Discouraged), Err(BadPasskey::Absent));
    assert_eq!(used(0x01, UserVerification::Required), Err(BadPasskey::Unverified));
    assert_eq!(used(0x01, UserVerification::Preferred), Ok(1));
    // Whether it is backed up is not our affair.
    assert_eq!(used(0x1d, UserVerification::Required), Ok(1));
}

#[test]
fn counters_do_not_go_back() {
    let mut passkey = register(&registration(Kind::Es256)).unwrap();
    for (stored, said, expected) in [
        (0, 0, Ok(0)),
        (0, 5, Ok(5)),
        (5, 6, Ok(6)),
        (5, u32::MAX, Ok(u32::MAX)),
        (5, 5, Err(BadPasskey::Counter)),
        (5, 4, Err(BadPasskey::Counter)),
        (5, 0, Err(BadPasskey::Counter)),
        (u32::MAX, 0, Err(BadPasskey::Counter)),
    ] {
        passkey.counter = stored;
        assert_eq!(check(&assertion(Kind::Es256, said), &passkey), expected, "{stored} {said}");
    }
}

#[test]
fn keys_are_of_the_kinds_that_were_asked_for() {
    let made = |cose: &[u8]| {
        register(&registration_of(&client_data("webauthn.create"), &data("chat.example", 0x45, 0, &attested(cose))))
    };
    let changed = |kind, at: usize, to: u8| {
        let mut cose = cose(kind);
        cose[at] = to;
        cose
    };
    for (name, cose) in [
        ("ES384", changed(Kind::Es256, 4, 0x38)),
        ("type of another", changed(Kind::Es256, 2, 1)),
        ("way of another", changed(Kind::Es256, 4, 0x27)),
        ("curve of another", changed(Kind::Es256, 6, 2)),
        ("off the curve", changed(Kind::Es256, 20, 0xff)),
        ("Ed448", changed(Kind::EdDsa, 6, 7)),
        ("RS1", changed(Kind::Rs256, 5, 0x02)),
        ("nothing", vec![0xa0]),
        ("no map", vec![0x01]),
    ] {
        assert!(made(&cose).is_err(), "{name}");
    }
    assert_eq!(made(&[0xa0]), Err(BadPasskey::Key));
    assert_eq!(made(&[]), Err(BadPasskey::Malformed));
}

#[test]
fn passkeys_are_not_mixed_up() {
    let passkey = register(&registration(Kind::Es256)).unwrap();
    let other = Passkey { public_key: cose(Kind::EdDsa), ..passkey.clone() };
    assert_eq!(check(&assertion(Kind::Es256, 1), &other), Err(BadPasskey::Signature));
    let other = Passkey { id: b"another".into(), ..passkey.clone() };
    assert_eq!(check(&assertion(Kind::Es256, 1), &other), Err(BadPasskey::Other));
    let other = Passkey { user_handle: b"another".into(), ..passkey.clone() };
    assert_eq!(check(&assertion(Kind::Es256, 1), &other), Err(BadPasskey::Other));
    // An authenticator that is a second factor gives no handle.
    let mut without = assertion(Kind::Es256, 1);
    without.response.user_handle = None;
    assert_eq!(check(&without, &other), Ok(1));
    let broken = Passkey { public_key: vec![], ..passkey.clone() };
    assert_eq!(check(&assertion(Kind::Es256, 1), &broken), Err(BadPasskey::Key));
    // The signature of a JWT, r and s without ASN.1.
    let mut raw = assertion(Kind::Es256, 1);
    raw.response.signature = Signature::from_der(&raw.response.signature).unwrap().to_bytes().to_vec();
    assert_eq!(check(&raw, &passkey), Err(BadPasskey::Signature));
}

#[test]
fn endless_ones_are_not_read() {
    let passkey = register(&registration(Kind::EdDsa)).unwrap();
    let huge = vec![b' '; 1 << 20];
    let mut made = registration(Kind::EdDsa);
    made.response.attestation = huge.clone();
    assert_eq!(register(&made), Err(BadPasskey::Malformed));
    made.response.client_data = huge.clone();
    assert_eq!(register(&made), Err(BadPasskey::Malformed));
    let parts: [fn(&mut Assertion) -> &mut Vec<u8>; 3] = [
        |assertion| &mut assertion.response.client_data,
        |assertion| &mut assertion.response.authenticator_data,
        |assertion| &mut assertion.response.signature,
    ];
    for part in parts {
        let mut used = assertion(Kind::EdDsa, 1);
        part(&mut used).clone_from(&huge);
        assert!(check(&used, &passkey).is_err());
    }
}

#[test]
fn the_options_are_those_of_the_standard() {
    let user = PasskeyUser { handle: b"\0\x01", name: "ann@example.org", display_name: "Ann" };
    let options = creation_options(&party(), user, CHALLENGE, &[ID.into()], UserVerification::Required);
    assert_eq!(
        serde_json::to_value(options).unwrap(),
        json!({
            "rp": {"id": "chat.example", "name": "Chat"},
            "user": {"id": "AAE", "name": "ann@example.org", "displayName": "Ann"},
            "challenge": base64url(CHALLENGE),
            "pubKeyCredParams": [
                {"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -257},
            ],
            "timeout": 300_000,
            "excludeCredentials": [{"type": "public-key", "id": base64url(ID)}],
            "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
            "attestation": "none",
        })
    );
    assert_eq!(
        serde_json::to_value(request_options(&party(), CHALLENGE, &[], UserVerification::Preferred)).unwrap(),
        json!({
            "rpId": "chat.example", "challenge": base64url(CHALLENGE), "timeout": 300_000, "allowCredentials": [],
            "userVerification": "preferred",
        })
    );
}
