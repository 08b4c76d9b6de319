//! Seals: HMAC-SHA256 over what we hand out, so that a forgery is refused without asking anybody.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{codes, encoding::base64url};

/// 128 bits: nobody can try them at our door.
const SEAL_BYTES: usize = 16;

/// Seals `data` for one purpose; base64url.
pub fn seal(key: &[u8], purpose: &str, data: &str) -> String {
    // A MAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(purpose.as_bytes());
    mac.update(b"\0");
    mac.update(data.as_bytes());
    let code = mac.finalize().into_bytes();
    base64url(code.get(..SEAL_BYTES).unwrap_or_default())
}

/// 32 bytes that nobody knows without the key, the same for the same purpose and data.
pub fn derive(key: &[u8], purpose: &str, data: &str) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(b"derive\0");
    mac.update(purpose.as_bytes());
    mac.update(b"\0");
    mac.update(data.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// What is kept of a secret: its SHA-256, in hex.
pub fn digest(secret: &str) -> String {
    codes::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_for_its_key_its_purpose_and_its_data() {
        let good = seal(b"key", "cookie", "data");
        assert_eq!(good.len(), 22);
        for other in [seal(b"kez", "cookie", "data"), seal(b"key", "refresh", "data"), seal(b"key", "cookie", "datb")] {
            assert!(!same(&good, &other));
        }
        assert_ne!(seal(b"key", "a", "bc"), seal(b"key", "ab", "c"));
    }

    #[test]
    fn digest_format_unchanged() {
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
