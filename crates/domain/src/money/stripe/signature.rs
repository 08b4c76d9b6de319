//! The header `Stripe-Signature`: that a webhook's body is Stripe's own word, and not an old one.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How far the time of a signature may be from ours, in either direction: what was recorded is worth nothing later.
pub const TOLERANCE_S: u64 = 300;
/// Stripe sends one for each secret that is good.
const MAX_SIGNATURES: usize = 8;

/// Whether `header` signs exactly these bytes with one of `secrets`, and lately.
pub fn verify(header: &str, body: &[u8], secrets: &[String], now_ms: u64) -> bool {
    let fields = || header.split(',').filter_map(|field| field.trim().split_once('='));
    let mut times = fields().filter(|(name, _)| *name == "t");
    // With two times it would not be said which of them is signed.
    let (Some((_, time)), None) = (times.next(), times.next()) else { return false };
    let Ok(time_s) = time.parse::<u64>() else { return false };
    if (now_ms / 1_000).abs_diff(time_s) > TOLERANCE_S {
        return false;
    }
    let signatures: Vec<_> = fields().filter(|(name, _)| *name == "v1").take(MAX_SIGNATURES).collect();
    signatures.iter().filter_map(|(_, hex)| bytes_of(hex)).any(|signature| {
        secrets.iter().any(|secret| {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
            mac.update(time.as_bytes());
            mac.update(b".");
            mac.update(body);
            // In constant time.
            mac.verify_slice(&signature).is_ok()
        })
    })
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    hex.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const AT_S: u64 = 1_795_262_400;
    fn header(secret: &str, time_s: u64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time_s}.").as_bytes());
        mac.update(body);
        let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("t={time_s},v1={hex},v0=00")
    }

    fn check(header: &str, now_s: u64, secrets: &[&str]) -> bool {
        let secrets: Vec<_> = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        verify(header, BODY, &secrets, now_s * 1_000)
    }

    #[test]
    fn good_ones_pass_with_either_secret_and_any_of_several_signatures() {
        let signed = header("new", AT_S, BODY);
        assert!(check(&signed, AT_S, &["old", "new"]));
        let two = format!("{},v1=ff", header("old", AT_S, BODY)).replace("v1=ff", "v1=00");
        assert!(check(&two, AT_S, &["old"]));
        let turned = format!("t={AT_S},v1=00,{}", header("old", AT_S, BODY).split_once(',').unwrap().1);
        assert!(check(&turned, AT_S, &["old"]));
    }

    #[test]
    fn bad_ones_do_not() {
        let signed = header("s", AT_S, BODY);
        for (now_s, good) in [(AT_S + 300, true), (AT_S + 301, false), (AT_S - 300, true), (AT_S - 301, false)] {
            assert_eq!(check(&signed, now_s, &["s"]), good, "{now_s}");
        }
        for bad in [
            String::new(),
            "t=,v1=".into(),
            format!("t={AT_S}"),
            signed.replace("t=", "t=0"),
            signed.replace("v1=", "v2="),
            format!("t={AT_S},{signed}"),
            header("other", AT_S, BODY),
            header("s", AT_S, b"{}"),
            signed.split(",v0").next().unwrap().trim_end_matches(|c: char| c.is_ascii_hexdigit()).to_owned(),
        ] {
            assert!(!check(&bad, AT_S, &["s"]), "{bad}");
        }
        assert!(!check(&signed, AT_S, &[]), "without a secret nothing is good");
    }
}
