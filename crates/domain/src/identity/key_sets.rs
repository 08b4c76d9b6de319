//! The key sets of other issuers: kept in memory for minutes and in the cache for an hour, so that an issuer is asked
//! seldom, whatever strangers send.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::{
    jwks::{MAX_JWKS_BYTES, Refusal, is_key_set},
    seals,
};
use crate::{
    ports::{Cache, Web},
    web::{WebLimits, WebRequest},
};

/// How long a set is used before the cache is looked at again: another instance may have met a newer one.
const LOOK_MS: u64 = 5 * 60_000;
/// How long a set is believed: a key that its issuer takes back is good for no longer than this.
const LIFE_MS: u64 = 3_600_000;
/// How often a token with an unknown key makes us ask its issuer: anybody can make such tokens up.
const ASK_MS: u64 = 60_000;
/// How long an issuer that did not answer is left alone while there is no set of its at all.
const PAUSE_MS: u64 = 10_000;
const LIMITS: WebLimits = WebLimits { max_bytes: MAX_JWKS_BYTES, timeout_ms: 5_000 };

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    BadToken,
    /// Its issuer does not tell its keys: nothing can be said of the token.
    Unreachable,
}

/// A set as the cache has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Cached {
    /// When the issuer sent it.
    at_ms: u64,
    set: String,
}

#[derive(Debug, Clone, Default)]
struct Known {
    cached: Option<Cached>,
    looked_at_ms: u64,
    /// When the issuer was last asked, with or without success.
    asked_at_ms: u64,
}

/// The sets that this instance knows, by their address. Addresses come from settings, so that there are few.
#[derive(Debug, Default)]
pub struct KeySets(Mutex<BTreeMap<String, Known>>);

impl KeySets {
    /// What `check` says of the keys at `url`. When it misses one, the issuer is asked anew, once a minute at most.
    ///
    /// # Errors
    /// [`Denied`] when the token is bad, or nothing can be said of it.
    pub async fn check<T>(
        &self,
        cache: &impl Cache,
        web: &impl Web,
        url: &str,
        now_ms: u64,
        check: impl Fn(&str) -> Result<T, Refusal>,
    ) -> Result<T, Denied> {
        let known = self.known(url);
        let held = known.cached.clone().filter(|held| now_ms < held.at_ms + LIFE_MS);
        let fresh = held.clone().filter(|_| now_ms < known.looked_at_ms + LOOK_MS);
        let cached = match fresh {
            Some(fresh) => fresh,
            None => match self.look(cache, url, now_ms).await {
                Some(found) => found,
                None if held.is_none() && known.asked_at_ms != 0 && now_ms < known.asked_at_ms + PAUSE_MS => {
                    return Err(Denied::Unreachable);
                }
                // An issuer that is down for a moment makes no known key worse.
                None => self.ask(cache, web, url, now_ms).await.or(held).ok_or(Denied::Unreachable)?,
            },
        };
        match check(&cached.set) {
            Ok(found) => return Ok(found),
            Err(Refusal::BadToken) => return Err(Denied::BadToken),
            Err(Refusal::UnknownKey) => {}
        }
        let last_ms = self.known(url).asked_at_ms.max(cached.at_ms);
        if now_ms < last_ms + ASK_MS {
            return Err(Denied::BadToken);
        }
        let cached = self.ask(cache, web, url, now_ms).await.ok_or(Denied::Unreachable)?;
        check(&cached.set).map_err(|_| Denied::BadToken)
    }

    fn known(&self, url: &str) -> Known {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned().unwrap_or_default()
    }

    fn note(&self, url: &str, change: impl FnOnce(&mut Known)) {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(url.to_owned()).or_default());
    }

    /// The set in the cache, unless it is too old.
    async fn look(&self, cache: &impl Cache, url: &str, now_ms: u64) -> Option<Cached> {
        let text = cache.get(&key(url)).await?;
        let found: Cached = serde_json::from_str(&text).ok()?;
        if now_ms >= found.at_ms + LIFE_MS {
            return None;
        }
        self.note(url, |known| {
            known.cached = Some(found.clone());
            known.looked_at_ms = now_ms;
        });
        Some(found)
    }

    /// Asks the issuer itself.
    async fn ask(&self, cache: &impl Cache, web: &impl Web, url: &str, now_ms: u64) -> Option<Cached> {
        // Noted first: of many tokens at once, few ask.
        self.note(url, |known| known.asked_at_ms = now_ms);
        let reply = web.fetch(WebRequest::get(url), LIMITS).await.ok().filter(|reply| reply.status == 200)?;
        // A page that says why there are no keys must not stand for them for an hour.
        let set = String::from_utf8(reply.body).ok().filter(|set| is_key_set(set))?;
        let found = Cached { at_ms: now_ms, set };
        self.note(url, |known| {
            known.cached = Some(found.clone());
            known.looked_at_ms = now_ms;
        });
        if let Ok(text) = serde_json::to_string(&found) {
            cache.put(&key(url), &text, (LIFE_MS / 1_000) as u32).await;
        }
        Some(found)
    }
}

/// The cache's key: of one length, whatever the address.
fn key(url: &str) -> String {
    format!("jwks/1/{}", seals::digest(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_format_unchanged() {
        assert_eq!(key("https://id.example/jwks"), format!("jwks/1/{}", seals::digest("https://id.example/jwks")));
        let text = r#"{"at_ms":7,"set":"{}"}"#;
        let cached: Cached = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&cached).unwrap(), text);
    }
}
