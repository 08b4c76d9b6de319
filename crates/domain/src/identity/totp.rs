//! Codes of authenticator apps: RFC 6238 with SHA-1, six digits and thirty seconds, which every app understands.

use hmac::{Hmac, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use super::encoding::{BASE32, base32, percent};

/// As long as SHA-1's output, as RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;

const STEP_MS: u64 = 30_000;
const DIGITS: usize = 6;
const MODULUS: u32 = 1_000_000;

/// The secret as people type it when they cannot scan.
pub fn secret_text(secret: &[u8; SECRET_BYTES]) -> String {
    base32(secret, BASE32)
}

/// What the QR code says. All parameters are the defaults, but some apps want to read them.
pub fn uri(secret: &[u8; SECRET_BYTES], issuer: &str, account: &str) -> String {
    let (secret, issuer, account) = (secret_text(secret), percent(issuer), percent(account));
    format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={}",
        STEP_MS / 1_000
    )
}

/// The number of the half minute in which `now_ms` lies.
pub const fn step_at(now_ms: u64) -> u64 {
    now_ms / STEP_MS
}

/// The step whose code was typed: this one, or one beside it, for clocks differ and people are slow.
///
/// A step that is not newer than `last_step` is not taken: a code that somebody saw over a shoulder works no second time.
/// The caller stores the step that comes back as the new `last_step`, and counts failures: six digits are soon guessed.
pub fn verify(secret: &[u8; SECRET_BYTES], typed: &str, now_ms: u64, last_step: Option<u64>) -> Option<u64> {
    let typed = digits(typed)?;
    let now = step_at(now_ms);
    let candidates = [now.checked_sub(1), Some(now), now.checked_add(1)].into_iter().flatten();
    // All are compared, so that the time says nothing; the oldest that fits is taken, so that the next stay usable.
    let fitting: Vec<_> = candidates
        .filter(|step| last_step.is_none_or(|last| *step > last))
        .filter(|step| code(secret, *step).is_some_and(|code| code.as_bytes().ct_eq(typed.as_bytes()).into()))
        .collect();
    fitting.first().copied()
}

/// The code of a step, as an app shows it.
pub fn code(secret: &[u8; SECRET_BYTES], step: u64) -> Option<String> {
    let mac = Hmac::<Sha1>::new_from_slice(secret).ok()?.chain_update(step.to_be_bytes()).finalize().into_bytes();
    let offset = usize::from(*mac.last()? & 15);
    let word: [u8; 4] = mac.get(offset..offset + 4)?.try_into().ok()?;
    let value = (u32::from_be_bytes(word) & 0x7fff_ffff) % MODULUS;
    Some(format!("{value:0DIGITS$}"))
}

/// Six digits, of a text that may have the gap with which apps show them.
fn digits(typed: &str) -> Option<String> {
    if typed.len() > 32 {
        return None;
    }
    let typed: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    (typed.len() == DIGITS && typed.bytes().all(|byte| byte.is_ascii_digit())).then_some(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8; 20] = b"12345678901234567890";

    /// RFC 6238, appendix B, SHA-1; its codes have eight digits, ours are the last six.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let now_ms = seconds * 1_000;
            assert_eq!(verify(SECRET, code.get(2..).unwrap(), now_ms, None), Some(step_at(now_ms)), "{seconds}");
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_steps_are_counted_as_in_the_rfc() {
        let codes =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (step, expected) in (0..).zip(codes) {
            assert_eq!(code(SECRET, step).as_deref(), Some(expected));
        }
    }

    #[test]
    fn one_step_beside_is_forgiven_and_two_are_not() {
        let (now, now_ms) = (50_000_000, 50_000_000 * 30_000 + 17);
        for step in now - 3..=now + 3 {
            let expected = (now - 1..=now + 1).contains(&step).then_some(step);
            assert_eq!(verify(SECRET, &code(SECRET, step).unwrap(), now_ms, None), expected);
        }
    }

    #[test]
    fn a_code_works_once() {
        let (now, now_ms) = (50_000_000, 50_000_000 * 30_000);
        let typed = code(SECRET, now).unwrap();
        assert_eq!(verify(SECRET, &typed, now_ms, Some(now - 1)), Some(now));
        assert_eq!(verify(SECRET, &typed, now_ms, Some(now)), None);
        assert_eq!(verify(SECRET, &typed, now_ms + 30_000, Some(now)), None);
        // An older one does not come back either.
        assert_eq!(verify(SECRET, &code(SECRET, now - 1).unwrap(), now_ms, Some(now)), None);
        assert_eq!(verify(SECRET, &code(SECRET, now + 1).unwrap(), now_ms, Some(now)), Some(now + 1));
    }

    #[test]
    fn it_is_read_as_apps_show_it() {
        let now_ms = 59_000;
        for typed in ["287082", "287 082", " 287-082\n"] {
            assert_eq!(verify(SECRET, typed, now_ms, None), Some(1), "{typed}");
        }
        for typed in ["", "28708", "2870820", "28708a", "٢٨٧٠٨٢", "287082\0", &" ".repeat(1 << 20)] {
            assert_eq!(verify(SECRET, typed, now_ms, None), None);
        }
    }

    #[test]
    fn the_ends_of_time_are_survived() {
        let _ = verify(SECRET, "000000", 0, None);
        let _ = verify(SECRET, "000000", u64::MAX, Some(u64::MAX));
    }

    #[test]
    fn the_uri_cannot_be_broken_out_of() {
        assert_eq!(
            uri(SECRET, "Edge & Co", "ann+a@example.org?x"),
            "otpauth://totp/Edge%20%26%20Co:ann%2Ba%40example.org%3Fx?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Edge%20%26%20Co&algorithm=SHA1&digits=6&period=30"
        );
    }
}
