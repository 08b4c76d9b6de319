//! The vault: secrets of others that we must be able to read again, sealed by AES-256-GCM.
//!
//! What is sealed names the key that sealed it, and is bound to its context: taken out of one place it opens in no other.

use std::fmt;

use aes_gcm::{
    Aes256Gcm, Key, KeyInit, Nonce,
    aead::{Aead, Payload},
};

use super::{
    encoding::{base64url, from_base64url},
    seals,
};

pub const NONCE_BYTES: usize = 12;
const VERSION: &str = "1";

/// The keys that open; the first one seals. Without any nothing is sealed.
#[derive(Clone, Default)]
pub struct Vault(Vec<VaultKey>);

#[derive(Clone)]
struct VaultKey {
    /// Of the secret's own content, so that no setting can name the wrong one.
    id: String,
    bytes: [u8; 32],
}

/// Names alone.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

impl Vault {
    /// Of secrets, the newest first.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let key = |secret: &str| VaultKey {
            id: seals::digest(&format!("vault\0{secret}")).chars().take(8).collect(),
            bytes: seals::derive(secret.as_bytes(), "vault", ""),
        };
        Self(secrets.into_iter().map(key).collect())
    }

    /// Whether anything can be sealed.
    pub const fn is_set_up(&self) -> bool {
        !self.0.is_empty()
    }

    /// Seals `secret` for one place. The nonce is random and used once; `None`: there is no key.
    pub fn seal(&self, nonce: &[u8; NONCE_BYTES], context: &str, secret: &str) -> Option<String> {
        let key = self.0.first()?;
        let payload = Payload { msg: secret.as_bytes(), aad: context.as_bytes() };
        let sealed = cipher(key).encrypt(Nonce::from_slice(nonce), payload).ok()?;
        let all: Vec<u8> = nonce.iter().copied().chain(sealed).collect();
        Some(format!("{VERSION}.{}.{}", key.id, base64url(&all)))
    }

    /// Whether another key sealed it than the one that seals now.
    pub fn is_old(&self, sealed: &str) -> bool {
        let newest = self.0.first().map(|key| format!("{VERSION}.{}.", key.id));
        newest.is_some_and(|newest| !sealed.starts_with(&newest))
    }

    /// What was sealed for this place; `None`: it was not, or its key is gone.
    pub fn open(&self, context: &str, sealed: &str) -> Option<String> {
        let (id, text) = sealed.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
        let key = self.0.iter().find(|key| key.id == id)?;
        let all = from_base64url(text)?;
        let (nonce, sealed) = all.split_at_checked(NONCE_BYTES)?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        String::from_utf8(cipher(key).decrypt(Nonce::from_slice(nonce), payload).ok()?).ok()
    }
}

fn cipher(key: &VaultKey) -> Aes256Gcm {
    Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(&key.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "the secret of the old vault, 32 bytes";
    const NEW: &str = "the secret of the new vault, 32 bytes";

    #[test]
    fn it_is_the_cipher_that_it_says_it_is() {
        // Test case 14 of the GCM specification: a key and a nonce of zeros, a block of zeros, no associated data.
        let vault = Vault(vec![VaultKey { id: "zero".into(), bytes: [0; 32] }]);
        let sealed = vault.seal(&[0; NONCE_BYTES], "", &"\0".repeat(16)).unwrap();
        let bytes = from_base64url(sealed.strip_prefix("1.zero.").unwrap()).unwrap();
        let hex: String = bytes.iter().skip(NONCE_BYTES).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    }

    #[test]
    fn it_opens_in_its_place_alone_and_no_bit_may_change() {
        let vault = Vault::new([NEW]);
        let sealed = vault.seal(&[7; NONCE_BYTES], "ann/openai", "sk-secret").unwrap();
        assert!(!sealed.contains("sk-secret"));
        assert_eq!(vault.open("ann/openai", &sealed).as_deref(), Some("sk-secret"));
        for context in ["bob/openai", "ann/anthropic", ""] {
            assert_eq!(vault.open(context, &sealed), None, "{context}");
        }
        let (head, text) = sealed.rsplit_once('.').unwrap();
        let bytes = from_base64url(text).unwrap();
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            assert_eq!(vault.open("ann/openai", &format!("{head}.{}", base64url(&forged))), None, "byte {at}");
        }
        for nonsense in
            ["", "1", "1.", "2.a.b", "1.nobody.AAAA", sealed.get(..sealed.len() - 30).unwrap(), "1..", "1.é.é"]
        {
            assert_eq!(vault.open("ann/openai", nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn in_rotation_the_new_key_seals_and_both_open() {
        let old = Vault::new([OLD]).seal(&[1; NONCE_BYTES], "a", "x").unwrap();
        let both = Vault::new([NEW, OLD]);
        let new = both.seal(&[2; NONCE_BYTES], "a", "y").unwrap();
        assert_eq!((both.open("a", &old).as_deref(), both.open("a", &new).as_deref()), (Some("x"), Some("y")));
        assert!(both.is_old(&old) && !both.is_old(&new));
        let after = Vault::new([NEW]);
        assert_eq!((after.open("a", &old), after.open("a", &new).as_deref()), (None, Some("y")));
    }

    #[test]
    fn without_a_key_nothing_is_sealed_and_no_key_is_shown() {
        assert!(!Vault::default().is_set_up());
        assert_eq!(Vault::default().seal(&[0; NONCE_BYTES], "", "x"), None);
        assert!(!format!("{:?}", Vault::new([NEW])).contains("secret"));
    }
}
