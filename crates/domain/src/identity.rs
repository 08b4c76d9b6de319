//! Signed tokens: what proves who asks. HS256, one purpose each, never accepted for another.

pub mod codes;
pub mod email;
pub mod encoding;
pub mod passwords;

use chrono::{DateTime, Duration, Utc};
use edgewise_protocol::{ids::UserId, timestamp::Timestamp};
use jwt_compact::{
    AlgorithmExt, Claims, Header, TimeOptions, UntrustedToken,
    alg::{Hs256, Hs256Key},
};
use serde::{Deserialize, Serialize};

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// The browser's cookie.
    Session,
    /// `Authorization: Bearer`.
    Access,
}

impl Purpose {
    /// Guests have no password to come back with: their session lasts a season. Access tokens are for programs
    /// and live a day, until refresh tokens arrive with accounts.
    pub const fn lifetime_s(self) -> u32 {
        match self {
            Self::Session => 90 * 24 * 3600,
            Self::Access => 24 * 3600,
        }
    }
}

/// Whom a token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub user: UserId,
    pub guest: bool,
    pub since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Content {
    sub: UserId,
    #[serde(rename = "use")]
    purpose: Purpose,
    /// When the guest came, milliseconds.
    since: u64,
}

/// The token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadToken;

/// Longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 2_048;
/// Clocks of edge locations differ.
const LEEWAY_S: i64 = 60;

/// Signs a token for `identity`.
///
/// # Errors
/// [`BadToken`] when the clock is beyond what a token can say.
pub fn sign(secret: &[u8], identity: &Identity, purpose: Purpose, now_ms: u64) -> Result<String, BadToken> {
    let now = moment(now_ms)?;
    let content = Content { sub: identity.user, purpose, since: identity.since.0 };
    let options = TimeOptions::new(Duration::seconds(LEEWAY_S), || now);
    let claims =
        Claims::new(content).set_duration_and_issuance(&options, Duration::seconds(i64::from(purpose.lifetime_s())));
    Hs256.token(&Header::empty(), &claims, &Hs256Key::new(secret)).map_err(|_| BadToken)
}

/// Whom `token` names, if it was signed here, for `purpose`, and has not expired.
///
/// # Errors
/// [`BadToken`], for whatever reason.
pub fn verify(secret: &[u8], token: &str, purpose: Purpose, now_ms: u64) -> Result<Identity, BadToken> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(BadToken);
    }
    let now = moment(now_ms)?;
    let options = TimeOptions::new(Duration::seconds(LEEWAY_S), || now);
    let token = UntrustedToken::new(token).map_err(|_| BadToken)?;
    let token = Hs256.validator::<Content>(&Hs256Key::new(secret)).validate(&token).map_err(|_| BadToken)?;
    let claims = token.claims();
    claims.validate_expiration(&options).map_err(|_| BadToken)?;
    if claims.custom.purpose != purpose {
        return Err(BadToken);
    }
    Ok(Identity { user: claims.custom.sub, guest: true, since: Timestamp(claims.custom.since) })
}

fn moment(now_ms: u64) -> Result<DateTime<Utc>, BadToken> {
    i64::try_from(now_ms).ok().and_then(DateTime::from_timestamp_millis).ok_or(BadToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
    const NOW: u64 = 1_795_248_132_000;

    fn identity() -> Identity {
        Identity { user: UserId::new(NOW, &[7; 10]), guest: true, since: Timestamp(NOW) }
    }

    fn token(purpose: Purpose) -> String {
        sign(SECRET, &identity(), purpose, NOW).unwrap()
    }

    #[test]
    fn names_whom_it_was_signed_for() {
        for purpose in [Purpose::Session, Purpose::Access] {
            assert_eq!(verify(SECRET, &token(purpose), purpose, NOW), Ok(identity()));
        }
    }

    #[test]
    fn serves_one_purpose() {
        assert_eq!(verify(SECRET, &token(Purpose::Session), Purpose::Access, NOW), Err(BadToken));
        assert_eq!(verify(SECRET, &token(Purpose::Access), Purpose::Session, NOW), Err(BadToken));
    }

    #[test]
    fn expires() {
        let lifetime_ms = u64::from(Purpose::Access.lifetime_s()) * 1000;
        let token = token(Purpose::Access);
        assert!(verify(SECRET, &token, Purpose::Access, NOW + lifetime_ms).is_ok());
        assert_eq!(verify(SECRET, &token, Purpose::Access, NOW + lifetime_ms + 61_000), Err(BadToken));
    }

    #[test]
    fn forgeries_prove_nothing() {
        let good = token(Purpose::Access);
        let (head, rest) = good.split_once('.').unwrap();
        let (body, signature) = rest.split_once('.').unwrap();
        // {"alg":"none"}, {"alg":"HS384"}
        for (name, forged) in [
            ("another secret", sign(&[1; 32], &identity(), Purpose::Access, NOW).unwrap()),
            ("alg none", format!("eyJhbGciOiJub25lIn0.{body}.")),
            ("alg none with signature", format!("eyJhbGciOiJub25lIn0.{body}.{signature}")),
            ("other alg", format!("eyJhbGciOiJIUzM4NCJ9.{body}.{signature}")),
            ("no signature", format!("{head}.{body}.")),
            ("two parts", format!("{head}.{body}")),
            ("four parts", format!("{good}.{signature}")),
            ("trailing garbage", format!("{good}A")),
            ("padding", format!("{good}=")),
            ("whitespace", format!(" {good}")),
            ("empty", String::new()),
            ("huge", "a".repeat(1 << 20)),
        ] {
            assert_eq!(verify(SECRET, &forged, Purpose::Access, NOW), Err(BadToken), "{name}");
        }
    }
}
