//! What a token must claim, and what it says of its user.

use serde_json::{Map, Value};

use super::{Claims, ExternalIssuer, ExternalUser};
use crate::identity::email::EmailAddress;

/// Clocks differ.
const LEEWAY_S: u64 = 60;
/// The year 9999: what is beyond was never meant as a time.
const MAX_TIME_S: u64 = 253_402_300_799;
/// OpenID Connect's own bound.
const MAX_SUBJECT_BYTES: usize = 255;
const MAX_NAME_CHARS: usize = 100;

/// `Some` when issuer, audience and times are right.
pub fn check(claims: &Map<String, Value>, issuer: &ExternalIssuer, now_ms: u64) -> Option<()> {
    let now_s = now_ms / 1_000;
    if claims.get("iss")?.as_str()? != issuer.issuer {
        return None;
    }
    let for_us = match claims.get("aud")? {
        Value::String(audience) => *audience == issuer.audience,
        // One that is no string makes the whole list one that we do not understand.
        Value::Array(audiences) => {
            audiences.iter().all(Value::is_string)
                && audiences.iter().any(|audience| audience.as_str() == Some(&issuer.audience))
        }
        _ => false,
    };
    if !for_us || time_s(claims.get("exp")?)?.saturating_add(LEEWAY_S) <= now_s {
        return None;
    }
    for name in ["nbf", "iat"] {
        if let Some(value) = claims.get(name)
            && time_s(value)? > now_s.saturating_add(LEEWAY_S)
        {
            return None;
        }
    }
    Some(())
}

/// Whole seconds. Fractions are allowed by the standard and written by nobody; what is odd is refused.
fn time_s(value: &Value) -> Option<u64> {
    value.as_u64().filter(|seconds| *seconds <= MAX_TIME_S)
}

/// Whom verified claims name.
pub fn user(claims: &Claims, issuer: &ExternalIssuer) -> Option<ExternalUser> {
    let subject = claims.text("sub")?;
    let sane = (1..=MAX_SUBJECT_BYTES).contains(&subject.len()) && !subject.chars().any(char::is_control);
    if !sane {
        return None;
    }
    let email = claims.text("email").and_then(|email| EmailAddress::parse(email).ok());
    // Apple and Cognito write it as a string.
    let verified = match claims.get("email_verified") {
        Some(Value::Bool(verified)) => *verified,
        Some(Value::String(verified)) => verified == "true",
        _ => false,
    };
    Some(ExternalUser {
        issuer: issuer.issuer.clone(),
        subject: subject.to_owned(),
        email_verified: verified && email.is_some(),
        email,
        name: claims.text("name").and_then(display_name),
    })
}

/// A name that can be shown: trimmed, bounded, without control characters.
pub fn display_name(name: &str) -> Option<String> {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    (!name.is_empty()).then_some(name)
}
