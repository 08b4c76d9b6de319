//! Passwords: how they are kept, how they are checked, and which ones we take.

mod common;
#[cfg(test)]
mod tests;

use std::fmt;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, SaltString},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::email::EmailAddress;

// What OWASP recommends for Argon2id; it fits a Worker's memory several times.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_BYTES: usize = 32;

// A row that somebody crafted must not cost more than this. Defaults of other platforms fit, so that users can be moved.
const MAX_MEMORY_KIB: u32 = 65_536;
const MAX_PASSES: u32 = 4;
const MAX_LANES: u32 = 4;
const MAX_STORED_BYTES: usize = 256;

pub const MIN_CHARS: usize = 8;
/// Longest password that is looked at.
pub const MAX_BYTES: usize = 1_024;

/// A secret that is not in the database, so that a stolen database alone is of no use.
#[derive(Clone)]
pub struct Pepper {
    id: String,
    key: Vec<u8>,
}

impl Pepper {
    /// A pepper with an id of 1 to 16 lower-case letters, digits, `-` or `_`, and a key of 16 bytes at least.
    pub fn new(id: &str, key: &[u8]) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
        let right = (1..=16).contains(&id.len()) && id.bytes().all(plain) && key.len() >= 16;
        right.then(|| Self { id: id.to_owned(), key: key.to_vec() })
    }
}

/// Says nothing of the key.
impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pepper").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a check of a password found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    /// With `rehash`, the stored hash is of another time: store a new one while the password is at hand.
    Right {
        rehash: bool,
    },
}

/// Argon2 would not do its work. Never seen: what it is given is within its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotHashed;

/// Hashes with the first pepper; checks with any.
#[derive(Debug, Clone, Default)]
pub struct Hasher {
    peppers: Vec<Pepper>,
}

impl Hasher {
    /// The current pepper comes first, previous ones behind it. Without any, passwords are hashed as they are.
    pub fn new(peppers: Vec<Pepper>) -> Self {
        Self { peppers }
    }

    /// What to store: `<pepper id>$argon2id$v=19$m=…,t=…,p=…$<salt>$<hash>`; the id is empty without a pepper.
    ///
    /// # Errors
    /// [`NotHashed`], which is never seen.
    pub fn hash(&self, password: &str, salt: &[u8; 16]) -> Result<String, NotHashed> {
        let pepper = self.peppers.first();
        let output =
            work(&seasoned(pepper, password), salt, (MEMORY_KIB, PASSES, LANES), OUTPUT_BYTES).ok_or(NotHashed)?;
        let id = pepper.map_or("", |pepper| pepper.id.as_str());
        let salt = SaltString::encode_b64(salt).map_err(|_| NotHashed)?;
        let output = argon2::password_hash::Output::new(&output).map_err(|_| NotHashed)?;
        Ok(format!("{id}$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${output}"))
    }

    /// Whether `stored` was made of `password`.
    pub fn verify(&self, password: &str, stored: &str) -> Verdict {
        if password.len() > MAX_BYTES {
            return Verdict::Wrong;
        }
        let Some(stored) = Stored::parse(stored) else { return Verdict::Wrong };
        let pepper = match stored.pepper {
            "" => None,
            id => match self.peppers.iter().find(|pepper| pepper.id == id) {
                Some(pepper) => Some(pepper),
                // Nobody can check it any more; that must not be faster than a wrong password.
                None => return self.verify_nobody(password),
            },
        };
        let output = work(&seasoned(pepper, password), &stored.salt, stored.cost, stored.output.len());
        let same = output.is_some_and(|output| bool::from(output.ct_eq(&stored.output)));
        if !same {
            return Verdict::Wrong;
        }
        let current = self.peppers.first().map_or("", |pepper| pepper.id.as_str());
        let fresh = stored.pepper == current
            && stored.cost == (MEMORY_KIB, PASSES, LANES)
            && stored.output.len() == OUTPUT_BYTES
            && stored.salt.len() >= 16;
        Verdict::Right { rehash: !fresh }
    }

    /// The same work for somebody whom we do not know: the time of an answer must not tell who has an account.
    pub fn verify_nobody(&self, password: &str) -> Verdict {
        if password.len() <= MAX_BYTES {
            let cost = (MEMORY_KIB, PASSES, LANES);
            // The compiler must not find out that nobody reads it.
            std::hint::black_box(work(&seasoned(self.peppers.first(), password), &[0; 16], cost, OUTPUT_BYTES));
        }
        Verdict::Wrong
    }
}

/// What is hashed: HMAC-SHA256 of the password under the pepper, or the password itself.
fn seasoned(pepper: Option<&Pepper>, password: &str) -> Vec<u8> {
    // HMAC takes keys of every length.
    match pepper.and_then(|pepper| Hmac::<Sha256>::new_from_slice(&pepper.key).ok()) {
        Some(mac) => mac.chain_update(password.as_bytes()).finalize().into_bytes().to_vec(),
        None => password.as_bytes().to_vec(),
    }
}

fn work(secret: &[u8], salt: &[u8], (memory_kib, passes, lanes): (u32, u32, u32), bytes: usize) -> Option<Vec<u8>> {
    let params = Params::new(memory_kib, passes, lanes, Some(bytes)).ok()?;
    let mut output = vec![0; bytes];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(secret, salt, &mut output).ok()?;
    Some(output)
}

struct Stored<'a> {
    pepper: &'a str,
    /// KiB, passes, lanes.
    cost: (u32, u32, u32),
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl<'a> Stored<'a> {
    /// Reads and bounds what is stored, before any work.
    fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAX_STORED_BYTES {
            return None;
        }
        let (pepper, hash) = text.split_at_checked(text.find('$')?)?;
        let hash = PasswordHash::new(hash).ok()?;
        if hash.algorithm.as_str() != "argon2id" || hash.version != Some(19) {
            return None;
        }
        // Three that are all more than zero: each once.
        if hash.params.iter().count() != 3 {
            return None;
        }
        let (mut cost, mut buffer) = ((0, 0, 0), [0; 64]);
        for (name, value) in hash.params.iter() {
            let value = value.decimal().ok()?;
            match name.as_str() {
                "m" => cost.0 = value,
                "t" => cost.1 = value,
                "p" => cost.2 = value,
                _ => return None,
            }
        }
        let bounded = (8..=MAX_MEMORY_KIB).contains(&cost.0)
            && (1..=MAX_PASSES).contains(&cost.1)
            && (1..=MAX_LANES).contains(&cost.2);
        let output = hash.hash?.as_bytes().to_vec();
        let salt = hash.salt?.decode_b64(&mut buffer).ok()?.to_vec();
        // Anything shorter could be met by chance.
        (bounded && output.len() >= 16).then_some(Self { pepper, cost, salt, output })
    }
}

/// Why a new password is not taken; each a sentence for the person who chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    #[error("The password is too short: 8 characters at least.")]
    TooShort,
    #[error("The password is too long: 1,024 bytes at most.")]
    TooLong,
    #[error("The password is one character again and again.")]
    Repeated,
    #[error("The password is the e-mail address.")]
    IsEmail,
    #[error("The password is one of the commonest: it would be guessed at once.")]
    Common,
}

/// Whether a new password is good enough. Length counts, and not being on everybody's list; no rules about digits.
///
/// # Errors
/// [`PasswordFault`] says what is wrong with it.
pub fn check_new(password: &str, email: Option<&EmailAddress>) -> Result<(), PasswordFault> {
    if password.len() > MAX_BYTES {
        return Err(PasswordFault::TooLong);
    }
    if password.chars().count() < MIN_CHARS {
        return Err(PasswordFault::TooShort);
    }
    if password.chars().all(|c| password.starts_with(c)) {
        return Err(PasswordFault::Repeated);
    }
    if email.is_some_and(|email| email.key() == password.trim().to_ascii_lowercase()) {
        return Err(PasswordFault::IsEmail);
    }
    if common::has(&password.to_lowercase()) {
        return Err(PasswordFault::Common);
    }
    Ok(())
}
