//! What an authenticator is asked to sign: random bytes that their browser brings back, sealed, within five minutes.

use std::fmt;

use edgewise_protocol::ids::UserId;
use serde::{Deserialize, Serialize};

use crate::identity::{
    encoding::{base64url, fixed_base64url},
    seals,
    tokens::{BadToken, Keys},
};

/// What a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChallengeUse {
    /// A new passkey of this user.
    #[serde(rename = "passkey-create")]
    Create(UserId),
    /// Signing in, as whoever it turns out to be.
    #[serde(rename = "passkey-get")]
    Get,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Challenge(pub [u8; 32]);

/// Says nothing: it would end in a log.
impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge")
    }
}

/// No token of another kind says it.
#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(rename = "use")]
    purpose: ChallengeUse,
    challenge: String,
}

impl Challenge {
    /// How long it may be answered, seconds.
    pub const LIFETIME_S: u32 = 300;

    /// What the browser brings back with its answer.
    ///
    /// # Errors
    /// [`BadToken`] when the clock is beyond what a token can say.
    pub fn seal(&self, keys: &Keys, purpose: ChallengeUse, now_ms: u64) -> Result<String, BadToken> {
        keys.sign(Sealed { purpose, challenge: base64url(&self.0) }, Self::LIFETIME_S, now_ms)
    }

    /// The challenge that was sealed here, for this use, and not too long ago. The caller sees to it that it is answered
    /// once.
    ///
    /// # Errors
    /// [`BadToken`], for whatever reason.
    pub fn open(keys: &Keys, sealed: &str, purpose: ChallengeUse, now_ms: u64) -> Result<Self, BadToken> {
        let found: Sealed = keys.read(sealed, 0, now_ms)?;
        if found.purpose != purpose {
            return Err(BadToken);
        }
        fixed_base64url(&found.challenge).map(Self).ok_or(BadToken)
    }

    /// By which an account remembers that it was answered.
    pub fn digest(&self) -> String {
        seals::digest(&base64url(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: u64 = 1_795_248_132_000;

    #[test]
    fn a_challenge_is_for_one_use_of_one_user_for_five_minutes() {
        let keys = Keys::new(b"0123456789abcdef0123456789abcdef", None);
        let user = |n| UserId::new(NOW_MS, &[n; 10]);
        let challenge = Challenge([7; 32]);
        let uses = [ChallengeUse::Create(user(1)), ChallengeUse::Create(user(2)), ChallengeUse::Get];
        for made in uses {
            let sealed = challenge.seal(&keys, made, NOW_MS).unwrap();
            for asked in uses {
                let opened = Challenge::open(&keys, &sealed, asked, NOW_MS + 299_000);
                assert_eq!(opened, if made == asked { Ok(challenge.clone()) } else { Err(BadToken) });
            }
            assert_eq!(Challenge::open(&keys, &sealed, made, NOW_MS + 301_000), Err(BadToken));
            assert_eq!(Challenge::open(&Keys::new(&[1; 32], None), &sealed, made, NOW_MS), Err(BadToken));
            assert_eq!(keys.verify_access(&sealed, NOW_MS), Err(BadToken));
        }
        assert!(!format!("{challenge:?}").contains('7'));
    }
}
