//! What proves who asks: access tokens (JWT, HS256, 15 minutes) for programs, and the secrets of cookies and refresh
//! tokens, which name their account and carry a seal, so that a forgery is refused without asking anybody.

use chrono::{DateTime, Duration, Utc};
use edgewise_protocol::{
    calls::account::Proof,
    ids::{SessionId, UserId},
};
use jwt_compact::{
    AlgorithmExt, Claims, Header, TimeOptions, UntrustedToken,
    alg::{Hs256, Hs256Key},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{encoding::base64url, seals};

/// How long an access token is good, seconds. Its session is asked each time all the same; the short life bounds
/// what a stolen token is worth after its key has leaked.
pub const ACCESS_LIFETIME_S: u32 = 15 * 60;
/// How long a browser keeps the cookie, seconds; the account may end it sooner.
pub const COOKIE_LIFETIME_S: u32 = 90 * 24 * 3600;
/// How long somebody has to find their phone, seconds.
pub const CHALLENGE_LIFETIME_S: u32 = 5 * 60;
/// Longest credential that is looked at.
const MAX_BYTES: usize = 4_096;
/// 72 bits: two users of one deployment never share one.
const PSEUDONYM_CHARS: usize = 12;
/// Clocks of edge locations differ.
const LEEWAY_S: u32 = 60;

/// The credential proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadToken;

/// The keys that sign: the current one, and the one before it while a rotation lasts.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    current: Key,
    previous: Option<Key>,
}

#[derive(Clone, PartialEq, Eq)]
struct Key {
    /// Public, and says nothing of the secret.
    id: String,
    secret: Vec<u8>,
}

impl Key {
    fn new(secret: &[u8]) -> Self {
        let id = seals::seal(secret, "key id", "").chars().take(8).collect();
        Self { id, secret: secret.to_vec() }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.current.id)
    }
}

#[derive(Serialize, Deserialize)]
struct Content {
    sub: UserId,
    sid: SessionId,
    #[serde(rename = "use")]
    purpose: Purpose,
}

/// A token of another kind, signed by the same key, is not an access token.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Purpose {
    Access,
}

/// Of a token that says: this user's password was right. It opens nothing by itself.
#[derive(Serialize, Deserialize)]
struct ChallengeContent {
    sub: UserId,
    #[serde(rename = "use")]
    purpose: ChallengePurpose,
}

#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ChallengePurpose {
    SecondFactor,
}

/// What a sealed secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    Cookie,
    Refresh,
}

impl Secret {
    const fn label(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Refresh => "refresh",
        }
    }
}

/// Whom a credential claims to be. Only the account knows whether it still is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub user: UserId,
    pub proof: Proof,
}

impl Keys {
    pub fn new(current: &[u8], previous: Option<&[u8]>) -> Self {
        Self { current: Key::new(current), previous: previous.map(Key::new) }
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    /// Signs an access token.
    ///
    /// # Errors
    /// [`BadToken`] when the clock is beyond what a token can say.
    pub fn sign_access(&self, user: UserId, session: SessionId, now_ms: u64) -> Result<String, BadToken> {
        self.sign(Content { sub: user, sid: session, purpose: Purpose::Access }, ACCESS_LIFETIME_S, now_ms)
    }

    /// Whom an access token names, if it was signed here and has not expired.
    ///
    /// # Errors
    /// [`BadToken`], for whatever reason.
    pub fn verify_access(&self, token: &str, now_ms: u64) -> Result<Claim, BadToken> {
        let Content { sub, sid, purpose: Purpose::Access } = self.read(token, LEEWAY_S, now_ms)?;
        Ok(Claim { user: sub, proof: Proof::Access { session: sid } })
    }

    /// Signs that a user's password was right, for somebody whose second factor is not known yet.
    ///
    /// # Errors
    /// [`BadToken`] when the clock is beyond what a token can say.
    pub fn sign_challenge(&self, user: UserId, now_ms: u64) -> Result<String, BadToken> {
        let content = ChallengeContent { sub: user, purpose: ChallengePurpose::SecondFactor };
        self.sign(content, CHALLENGE_LIFETIME_S, now_ms)
    }

    /// Whose password was right.
    ///
    /// # Errors
    /// [`BadToken`], for whatever reason.
    pub fn verify_challenge(&self, token: &str, now_ms: u64) -> Result<UserId, BadToken> {
        let ChallengeContent { sub, purpose: ChallengePurpose::SecondFactor } = self.read(token, LEEWAY_S, now_ms)?;
        Ok(sub)
    }

    /// Signs `content`, which says itself what it is for.
    ///
    /// # Errors
    /// [`BadToken`] when the clock is beyond what a token can say.
    pub fn sign<T: Serialize>(&self, content: T, lifetime_s: u32, now_ms: u64) -> Result<String, BadToken> {
        let now = moment(now_ms)?;
        let options = TimeOptions::new(Duration::zero(), || now);
        let claims = Claims::new(content).set_duration_and_issuance(&options, Duration::seconds(i64::from(lifetime_s)));
        let header = Header::empty().with_key_id(self.current.id.clone());
        Hs256.token(&header, &claims, &Hs256Key::new(&self.current.secret)).map_err(|_| BadToken)
    }

    /// What [`Keys::sign`] signed, if it has not expired. The caller checks what it is for.
    ///
    /// # Errors
    /// [`BadToken`], for whatever reason.
    pub fn read<T: DeserializeOwned>(&self, token: &str, leeway_s: u32, now_ms: u64) -> Result<T, BadToken> {
        if token.len() > MAX_BYTES {
            return Err(BadToken);
        }
        let now = moment(now_ms)?;
        let options = TimeOptions::new(Duration::seconds(i64::from(leeway_s)), || now);
        let token = UntrustedToken::new(token).map_err(|_| BadToken)?;
        // From a closed list: what the token says of its key picks one of ours, or none.
        let named = token.header().key_id.as_deref().ok_or(BadToken)?;
        let key = self.all().find(|key| key.id == named).ok_or(BadToken)?;
        let token = Hs256.validator::<T>(&Hs256Key::new(&key.secret)).validate(&token).map_err(|_| BadToken)?;
        token.claims().validate_expiration(&options).map_err(|_| BadToken)?;
        Ok(token.into_parts().1.custom)
    }

    /// Bytes that only this deployment can make, and makes again: until the secret changes.
    pub fn derive(&self, purpose: &str, data: &str) -> [u8; 32] {
        seals::derive(&self.current.secret, purpose, data)
    }

    /// What logs call a user: the same for all lines under one key, and of no use without it.
    pub fn pseudonym(&self, user: UserId) -> String {
        seals::seal(&self.current.secret, "log", &user.to_string()).chars().take(PSEUDONYM_CHARS).collect()
    }

    /// `user.secret.seal`, from 32 random bytes.
    pub fn seal(&self, kind: Secret, user: UserId, random: &[u8; 32]) -> String {
        let user = user.uuid().simple().to_string();
        let secret = base64url(random);
        let seal = seal(&self.current, kind, &user, &secret);
        format!("{user}.{secret}.{seal}")
    }

    /// The same secret, sealed by the current key: what was sealed before a rotation outlives it.
    ///
    /// # Errors
    /// [`BadToken`] when it was not made here, or for something else.
    pub fn reseal(&self, kind: Secret, text: &str) -> Result<String, BadToken> {
        self.open(kind, text)?;
        let (sealed, _) = text.rsplit_once('.').ok_or(BadToken)?;
        let (user, secret) = sealed.split_once('.').ok_or(BadToken)?;
        let seal = seal(&self.current, kind, user, secret);
        Ok(format!("{sealed}.{seal}"))
    }

    /// The user and the digest of a secret that [`Keys::seal`] made.
    ///
    /// # Errors
    /// [`BadToken`] when it was not made here, or for something else.
    pub fn open(&self, kind: Secret, text: &str) -> Result<(UserId, String), BadToken> {
        if text.len() > MAX_BYTES {
            return Err(BadToken);
        }
        let mut parts = text.split('.');
        let (Some(user), Some(secret), Some(given), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadToken);
        };
        let sealed = |key: &Key| seals::same(&seal(key, kind, user, secret), given);
        if !self.all().any(sealed) {
            return Err(BadToken);
        }
        let user = user.parse::<uuid::Uuid>().map_err(|_| BadToken)?;
        Ok((UserId::from_uuid(user), digest(text)))
    }
}

/// The digest by which an account knows a cookie or a refresh token.
pub fn digest(text: &str) -> String {
    // Without the seal: it changes with the key that made it, the secret does not.
    let secret = text.rsplit_once('.').map_or(text, |(secret, _)| secret);
    seals::digest(secret)
}

fn seal(key: &Key, kind: Secret, user: &str, secret: &str) -> String {
    seals::seal(&key.secret, kind.label(), &format!("{user}.{secret}"))
}

fn moment(now_ms: u64) -> Result<DateTime<Utc>, BadToken> {
    i64::try_from(now_ms).ok().and_then(DateTime::from_timestamp_millis).ok_or(BadToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
    const NEXT: &[u8] = b"fedcba9876543210fedcba9876543210";
    const NOW: u64 = 1_795_248_132_000;

    fn user() -> UserId {
        UserId::new(NOW, &[7; 10])
    }

    fn session() -> SessionId {
        SessionId::new(NOW, &[8; 10])
    }

    fn keys() -> Keys {
        Keys::new(SECRET, None)
    }

    fn token() -> String {
        keys().sign_access(user(), session(), NOW).unwrap()
    }

    #[test]
    fn names_whom_it_was_signed_for() {
        let claim = Claim { user: user(), proof: Proof::Access { session: session() } };
        assert_eq!(keys().verify_access(&token(), NOW), Ok(claim));
    }

    #[test]
    fn expires() {
        let ends_ms = NOW + u64::from(ACCESS_LIFETIME_S) * 1_000;
        assert!(keys().verify_access(&token(), ends_ms).is_ok());
        assert_eq!(keys().verify_access(&token(), ends_ms + 61_000), Err(BadToken));
    }

    #[test]
    fn a_challenge_is_no_access_and_access_is_no_challenge() {
        let challenge = keys().sign_challenge(user(), NOW).unwrap();
        assert_eq!(keys().verify_challenge(&challenge, NOW), Ok(user()));
        assert_eq!(keys().verify_access(&challenge, NOW), Err(BadToken));
        assert_eq!(keys().verify_challenge(&token(), NOW), Err(BadToken));
        assert_eq!(keys().verify_challenge(&keys().seal(Secret::Cookie, user(), &[1; 32]), NOW), Err(BadToken));
        assert_eq!(Keys::new(NEXT, None).verify_challenge(&challenge, NOW), Err(BadToken));
        assert_eq!(Keys::new(NEXT, Some(SECRET)).verify_challenge(&challenge, NOW), Ok(user()));
        let ends_ms = NOW + u64::from(CHALLENGE_LIFETIME_S) * 1_000;
        assert_eq!(keys().verify_challenge(&challenge, ends_ms), Ok(user()));
        assert_eq!(keys().verify_challenge(&challenge, ends_ms + 61_000), Err(BadToken));
        // One that says it is both is an access token to nobody.
        let kid = keys().current.id.clone();
        let both: Claims<serde_json::Value> = Claims::new(
            serde_json::json!({ "sub": user(), "sid": session(), "use": "second-factor", "exp": 9999999999_u64 }),
        );
        let both = Hs256.token(&Header::empty().with_key_id(kid), &both, &Hs256Key::new(SECRET)).unwrap();
        assert_eq!(keys().verify_access(&both, NOW), Err(BadToken));
    }

    #[test]
    fn two_keys_are_good_while_a_rotation_lasts() {
        let cookie = keys().seal(Secret::Cookie, user(), &[1; 32]);
        let rotated = Keys::new(NEXT, Some(SECRET));
        assert!(rotated.verify_access(&token(), NOW).is_ok());
        assert_eq!(rotated.open(Secret::Cookie, &cookie), keys().open(Secret::Cookie, &cookie));
        let done = Keys::new(NEXT, None);
        assert_eq!(done.verify_access(&token(), NOW), Err(BadToken));
        assert_eq!(done.open(Secret::Cookie, &cookie), Err(BadToken));
        let resealed = rotated.seal(Secret::Cookie, user(), &[1; 32]);
        assert_eq!(digest(&resealed), digest(&cookie), "the account knows it by the same digest");
    }

    #[test]
    fn forged_tokens_prove_nothing() {
        let good = token();
        let (head, rest) = good.split_once('.').unwrap();
        let (body, signature) = rest.split_once('.').unwrap();
        let encode = |json: &str| base64url(json.as_bytes());
        let kid = keys().current.id.clone();
        let signed = |json: String| {
            let claims: Claims<serde_json::Value> = Claims::new(serde_json::from_str(&json).unwrap());
            Hs256.token(&Header::empty().with_key_id(kid.clone()), &claims, &Hs256Key::new(SECRET)).unwrap()
        };
        let (sub, sid) = (user(), session());
        for (name, forged) in [
            ("another secret", Keys::new(NEXT, None).sign_access(user(), session(), NOW).unwrap()),
            ("alg none", format!("{}.{body}.", encode(&format!(r#"{{"alg":"none","kid":"{kid}"}}"#)))),
            ("alg None", format!("{}.{body}.{signature}", encode(&format!(r#"{{"alg":"None","kid":"{kid}"}}"#)))),
            ("other alg", format!("{}.{body}.{signature}", encode(&format!(r#"{{"alg":"HS384","kid":"{kid}"}}"#)))),
            ("no kid", format!("{}.{body}.{signature}", encode(r#"{"alg":"HS256"}"#))),
            ("a path as kid", format!("{}.{body}.{signature}", encode(r#"{"alg":"HS256","kid":"../../dev/null"}"#))),
            ("no signature", format!("{head}.{body}.")),
            ("two parts", format!("{head}.{body}")),
            ("four parts", format!("{good}.{signature}")),
            ("trailing garbage", format!("{good}A")),
            ("padding", format!("{good}=")),
            ("whitespace", format!(" {good}")),
            ("another purpose", signed(format!(r#"{{"sub":"{sub}","sid":"{sid}","use":"share","exp":9999999999}}"#))),
            ("no purpose", signed(format!(r#"{{"sub":"{sub}","sid":"{sid}","exp":9999999999}}"#))),
            ("no expiry", signed(format!(r#"{{"sub":"{sub}","sid":"{sid}","use":"access"}}"#))),
            ("sub is a number", signed(format!(r#"{{"sub":1,"sid":"{sid}","use":"access","exp":9999999999}}"#))),
            ("sub is an object", signed(format!(r#"{{"sub":{{}},"sid":"{sid}","use":"access","exp":9999999999}}"#))),
            ("a cookie", keys().seal(Secret::Cookie, user(), &[1; 32])),
            ("empty", String::new()),
            ("huge", "a".repeat(1 << 20)),
        ] {
            assert_eq!(keys().verify_access(&forged, NOW), Err(BadToken), "{name}");
        }
    }

    #[test]
    fn a_sealed_secret_serves_one_purpose_and_one_user() {
        let cookie = keys().seal(Secret::Cookie, user(), &[1; 32]);
        let (opened, _) = keys().open(Secret::Cookie, &cookie).unwrap();
        assert_eq!(opened, user());
        assert_eq!(keys().open(Secret::Refresh, &cookie), Err(BadToken));
        let other = UserId::new(NOW, &[9; 10]).uuid().simple().to_string();
        let (_, rest) = cookie.split_once('.').unwrap();
        assert_eq!(keys().open(Secret::Cookie, &format!("{other}.{rest}")), Err(BadToken));
        for at in 0..cookie.len() {
            let mut bytes = cookie.clone().into_bytes();
            bytes[at] ^= 1;
            assert_eq!(keys().open(Secret::Cookie, &String::from_utf8(bytes).unwrap()), Err(BadToken), "byte {at}");
        }
        for bad in ["", ".", "..", "...", "a.b.c", &format!("{cookie}.x"), &format!("{cookie}=")] {
            assert_eq!(keys().open(Secret::Cookie, bad), Err(BadToken), "{bad}");
        }
    }
}
