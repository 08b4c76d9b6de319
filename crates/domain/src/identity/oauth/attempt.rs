//! One attempt to sign in, kept by the browser that makes it: in a signed cookie, for ten minutes.

use std::fmt;

use edgewise_protocol::ids::UserId;
use serde::{Deserialize, Serialize};

use crate::identity::{
    encoding::base64url,
    seals,
    tokens::{BadToken, Keys},
};

const MAX_NEXT_BYTES: usize = 1_024;
/// What a cookie of this kind is for; no token of another kind says it.
const USE: &str = "oauth";

/// The secrets of one attempt. The cookie can be read by its browser, which may know them all.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Comes back with the browser: nobody else can finish what this browser began, nor it what another one began.
    pub state: String,
    /// Is shown to the provider with the code.
    pub verifier: String,
    /// Comes back in the id token, which is thereby of this attempt.
    pub nonce: String,
    /// The [`Provider::id`](super::Provider) that was asked.
    pub provider: String,
    /// Where the browser wanted to go, a path of ours.
    pub next: String,
    /// Who was signed in, as guest or by name: to them, and to nobody else, the identity is added.
    pub user: Option<UserId>,
}

/// Says none of the secrets.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("provider", &self.provider).field("next", &self.next).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(rename = "use")]
    purpose: String,
    attempt: Attempt,
}

impl Attempt {
    /// How long an attempt may take, seconds.
    pub const LIFETIME_S: u32 = 600;

    /// An attempt from three times 32 random bytes. A `next` that is not a path of ours becomes `/`.
    pub fn new(random: &[[u8; 32]; 3], provider: &str, next: &str, user: Option<UserId>) -> Self {
        let [state, verifier, nonce] = random;
        Self {
            state: base64url(state),
            verifier: base64url(verifier),
            nonce: base64url(nonce),
            provider: provider.to_owned(),
            next: local_path(next).unwrap_or("/").to_owned(),
            user,
        }
    }

    /// The value of a cookie: `HttpOnly`, `Secure`, `SameSite=Lax`, for the path of the callback.
    ///
    /// # Errors
    /// [`BadToken`] when the clock is beyond what a token can say.
    pub fn seal(&self, keys: &Keys, now_ms: u64) -> Result<String, BadToken> {
        keys.sign(Sealed { purpose: USE.into(), attempt: self.clone() }, Self::LIFETIME_S, now_ms)
    }

    /// The attempt in a cookie, if it was sealed here, is not too old, asked `provider` and has the `state` that came
    /// back. The caller takes `provider` from the callback's own path, deletes the cookie, and sees to it that an attempt
    /// comes back once.
    ///
    /// # Errors
    /// [`BadToken`], for whatever reason.
    pub fn open(keys: &Keys, cookie: &str, provider: &str, state: &str, now_ms: u64) -> Result<Self, BadToken> {
        let Sealed { purpose, attempt } = keys.read(cookie, 0, now_ms)?;
        let right = purpose == USE && attempt.provider == provider && seals::same(&attempt.state, state);
        if right { Ok(attempt) } else { Err(BadToken) }
    }
}

/// A path of ours to go to, or nothing: nobody may be led from our sign-in to another place.
///
/// Browsers take `//host` and `/\host` for other hosts, drop tabs and line breaks before they look, and resolve dots.
pub fn local_path(next: &str) -> Option<&str> {
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let path = next.split(['?', '#']).next()?;
    let straight = !path.contains("//") && !path.split('/').any(|segment| segment == "." || segment == "..");
    (next.len() <= MAX_NEXT_BYTES && next.starts_with('/') && plain && straight).then_some(next)
}
