//! Secrets that we hand out once and keep only as a digest: those of links in e-mails, and API keys.

use std::fmt;

use edgewise_protocol::ids::UserId;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::encoding::{base64url, fixed_base64url};

/// Random bytes in a secret: nobody guesses it, so that a plain SHA-256 of it may be stored.
pub const SECRET_BYTES: usize = 32;
/// Bytes in the public half of an API key.
const KEY_ID_BYTES: usize = 16;

const KEY_PREFIX: &str = "ew_";
const KEY_ID_CHARS: usize = 22;

/// The text of a secret: 43 characters that pass through links and headers as they are.
pub fn secret(random: &[u8; SECRET_BYTES]) -> String {
    base64url(random)
}

/// Whether `text` can be a secret at all; if not, there is nothing to look up.
pub fn is_secret(text: &str) -> bool {
    fixed_base64url::<SECRET_BYTES>(text).is_some()
}

/// What is stored of a secret.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Whether two digests are the same, in a time that says nothing about where they differ.
pub fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.ct_eq(other).into()
}

/// `ew_<user>_<secret>`: the user finds the account, the secret's digest proves the key there.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The user's id, in base64url. Public: logs may show it.
    pub id: String,
    pub secret: String,
}

impl ApiKey {
    pub fn new(user: UserId, random: &[u8; SECRET_BYTES]) -> Self {
        Self { id: base64url(user.uuid().as_bytes()), secret: secret(random) }
    }

    /// Whose key it claims to be.
    pub fn user(&self) -> Option<UserId> {
        let bytes = fixed_base64url::<KEY_ID_BYTES>(&self.id)?;
        Some(UserId::from_uuid(Uuid::from_bytes(bytes)))
    }

    /// What its owner sees, once.
    pub fn format(&self) -> String {
        format!("{KEY_PREFIX}{}_{}", self.id, self.secret)
    }

    /// The halves of a key. They are cut by length: base64url has underscores of its own.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, rest) = text.strip_prefix(KEY_PREFIX)?.split_at_checked(KEY_ID_CHARS)?;
        let secret = rest.strip_prefix('_')?;
        fixed_base64url::<KEY_ID_BYTES>(id)?;
        fixed_base64url::<SECRET_BYTES>(secret)?;
        Some(Self { id: id.to_owned(), secret: secret.to_owned() })
    }
}

/// Says nothing of the secret: it would end in a log.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_secret_is_43_characters_and_its_digest_is_sha_256() {
        let text = secret(&[0xff; 32]);
        assert_eq!(text, "__________________________________________8");
        assert!(is_secret(&text));
        assert_eq!(digest("abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert!(same(&digest("a"), &digest("a")));
        assert!(!same(&digest("a"), &digest("b")));
    }

    #[test]
    fn nothing_else_is_a_secret() {
        let text = secret(&[7; 32]);
        for bad in [
            String::new(),
            format!("{text}A"),
            format!("{text}="),
            format!(" {text}"),
            text.replace('B', "+"),
            // The last character holds two bits that must be zero.
            "_".repeat(43),
            "é".repeat(21) + "a",
        ] {
            assert!(!is_secret(&bad), "{bad}");
        }
    }

    #[test]
    fn keys_do_not_print_their_secret() {
        let key = ApiKey::new(UserId::from_uuid(Uuid::from_bytes([1; 16])), &[2; 32]);
        assert!(!format!("{key:?}").contains(&key.secret));
    }

    proptest! {
        #[test]
        fn a_key_comes_back(id: [u8; 16], random: [u8; 32]) {
            let key = ApiKey::new(UserId::from_uuid(Uuid::from_bytes(id)), &random);
            let text = key.format();
            prop_assert_eq!(text.len(), 69);
            prop_assert_eq!(key.user(), Some(UserId::from_uuid(Uuid::from_bytes(id))));
            prop_assert_eq!(ApiKey::parse(&text), Some(key));
        }

        /// Whatever one character becomes, the key is refused or is another key: no two texts name the same one.
        #[test]
        fn no_key_has_two_spellings(id: [u8; 16], random: [u8; 32], at in 0_usize..69, other: char) {
            let key = ApiKey::new(UserId::from_uuid(Uuid::from_bytes(id)), &random);
            let text = key.format();
            let changed: String = text.chars().enumerate().map(|(i, c)| if i == at { other } else { c }).collect();
            if let Some(parsed) = ApiKey::parse(&changed) {
                prop_assert_eq!(parsed.format(), changed);
            }
        }

        #[test]
        fn anything_may_be_parsed(text in ".{0,100}") {
            let _ = ApiKey::parse(&text);
            let _ = ApiKey::parse(&format!("ew_{text}"));
        }
    }

    #[test]
    fn keys_are_parsed_strictly() {
        let text = ApiKey::new(UserId::from_uuid(Uuid::from_bytes([1; 16])), &[2; 32]).format();
        for bad in [
            text.replacen("ew_", "EW_", 1),
            text.replacen("ew_", "", 1),
            format!("{text}\n"),
            format!(" {text}"),
            text.chars().take(68).collect(),
            format!("ew_{}", "é".repeat(33)),
            "ew_".into(),
            "a".repeat(1 << 20),
        ] {
            assert_eq!(ApiKey::parse(&bad), None);
        }
    }
}
