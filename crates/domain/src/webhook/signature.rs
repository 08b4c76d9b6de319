//! The signatures of Standard Webhooks: HMAC-SHA256 over id, time and body, by secrets that are written `whsec_…`.

use base64ct::{Base64, Encoding};
use hmac::{Hmac, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";
const SCHEME: &str = "v1,";
/// How far the time of a signature may be from ours, in either direction.
pub const TOLERANCE_S: u64 = 300;
/// A sender that changes its secret signs with two.
const MAX_SIGNATURES: usize = 8;
/// The specification's bounds of a secret.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
pub const MAX_ID_BYTES: usize = 256;

/// A secret as libraries take it.
pub fn format_secret(bytes: &[u8; 32]) -> String {
    format!("{PREFIX}{}", Base64::encode_string(bytes))
}

fn key(secret: &str) -> Option<Hmac<Sha256>> {
    let bytes = Base64::decode_vec(secret.strip_prefix(PREFIX)?).ok()?;
    SECRET_BYTES.contains(&bytes.len()).then(|| Hmac::new_from_slice(&bytes).ok()).flatten()
}

fn signing(secret: &str, id: &str, time_s: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = key(secret)?;
    for part in [id.as_bytes(), b".", time_s.as_bytes(), b".", body] {
        mac.update(part);
    }
    Some(mac)
}

/// The header `webhook-signature`, with a signature for each secret; `None`: one of them is none.
pub fn sign<'a>(secrets: impl IntoIterator<Item = &'a str>, id: &str, time_s: u64, body: &[u8]) -> Option<String> {
    let one = |secret: &str| {
        let mac = signing(secret, id, &time_s.to_string(), body)?;
        Some(format!("{SCHEME}{}", Base64::encode_string(&mac.finalize().into_bytes())))
    };
    let all: Option<Vec<_>> = secrets.into_iter().map(one).collect();
    all.filter(|all| !all.is_empty()).map(|all| all.join(" "))
}

/// Why a message is not taken for what it says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    #[error("a header of Standard Webhooks is missing")]
    Missing,
    #[error("its time is more than five minutes from ours")]
    Stale,
    #[error("no signature fits")]
    Signature,
}

/// The headers of a message, as they came.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    pub id: &'a str,
    pub time_s: &'a str,
    pub signatures: &'a str,
}

/// Whether these bytes were signed with one of `secrets`, and lately. In constant time for each signature.
///
/// # Errors
/// [`Forged`].
pub fn verify<'a>(
    shown: Shown<'_>,
    body: &[u8],
    secrets: impl IntoIterator<Item = &'a str>,
    now_ms: u64,
) -> Result<(), Forged> {
    if shown.id.is_empty() || shown.id.len() > MAX_ID_BYTES || shown.signatures.is_empty() {
        return Err(Forged::Missing);
    }
    let time_s: u64 = shown.time_s.parse().map_err(|_| Forged::Missing)?;
    if (now_ms / 1_000).abs_diff(time_s) > TOLERANCE_S {
        return Err(Forged::Stale);
    }
    let given = || shown.signatures.split(' ').take(MAX_SIGNATURES).filter_map(|each| each.strip_prefix(SCHEME));
    let fits = secrets.into_iter().any(|secret| {
        given().filter_map(|text| Base64::decode_vec(text).ok()).any(|signature| {
            signing(secret, shown.id, shown.time_s, body).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
        })
    });
    if fits { Ok(()) } else { Err(Forged::Signature) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT_S: u64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn check(id: &str, time_s: &str, signatures: &str, body: &[u8], secrets: &[&str]) -> Result<(), Forged> {
        verify(Shown { id, time_s, signatures }, body, secrets.iter().copied(), AT_S * 1_000)
    }

    #[test]
    fn it_signs_what_the_specification_signs() {
        assert_eq!(sign([SECRET], ID, AT_S, BODY).as_deref(), Some(SIGNATURE));
        let other = format_secret(&[7; 32]);
        let both = sign([other.as_str(), SECRET], ID, AT_S, BODY).unwrap();
        assert!(both.ends_with(&format!(" {SIGNATURE}")));
        for secret in [SECRET, other.as_str()] {
            assert_eq!(check(ID, &AT_S.to_string(), &both, BODY, &[secret]), Ok(()));
        }
        assert_eq!(sign(["nonsense"], ID, AT_S, BODY), None);
        assert_eq!(sign(["whsec_AAAA"], ID, AT_S, BODY), None, "too short to be one");
        assert_eq!(sign([], ID, AT_S, BODY), None);
    }

    #[test]
    fn what_is_forged_or_old_is_told() {
        let now = AT_S.to_string();
        let good = sign([SECRET], ID, AT_S, BODY).unwrap();
        let many = format!("{}{good}", "v1,AAAA ".repeat(8));
        for (id, time_s, signatures, body, why) in [
            ("", now.as_str(), good.as_str(), BODY, Forged::Missing),
            (ID, "", &good, BODY, Forged::Missing),
            (ID, "1e9", &good, BODY, Forged::Missing),
            (ID, &now, "", BODY, Forged::Missing),
            (ID, "1614265029", &good, BODY, Forged::Stale),
            (ID, "1614265631", &good, BODY, Forged::Stale),
            (ID, "1614265331", &good, BODY, Forged::Signature),
            (ID, "+1614265330", &good, BODY, Forged::Signature),
            ("other", &now, &good, BODY, Forged::Signature),
            (ID, &now, &good, b"{}", Forged::Signature),
            (ID, &now, &good.replace("v1,", "v0,"), BODY, Forged::Signature),
            (ID, &now, "v1,", BODY, Forged::Signature),
            (ID, &now, "v1,\u{e9}", BODY, Forged::Signature),
            (ID, &now, &many, BODY, Forged::Signature),
        ] {
            assert_eq!(check(id, time_s, signatures, body, &[SECRET]), Err(why), "{id} {time_s} {signatures}");
        }
        assert_eq!(check(ID, &now, &good, BODY, &[]), Err(Forged::Signature));
        assert_eq!(check(ID, &now, &good, BODY, &["whsec_"]), Err(Forged::Signature));
        assert_eq!(check(ID, &now, &format!("v1a,x {good}"), BODY, &["whsec_AA==", SECRET]), Ok(()));
    }
}
