//! Times as other platforms write them: seconds, milliseconds or smaller, or ISO 8601.

use chrono::DateTime;
use edgewise_protocol::timestamp::Timestamp;
use serde::Deserialize;

/// The end of the year 9999.
const LAST_MS: u64 = 253_402_300_799_999;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Time {
    Number(f64),
    Text(String),
    Other(serde::de::IgnoredAny),
}

impl Time {
    /// `None` of what is no time.
    pub fn read(&self) -> Option<Timestamp> {
        let ms = match self {
            // Nobody chatted before 1973: what is that small is counted in larger units.
            Self::Number(number) if *number >= 1e17 => number / 1e6,
            Self::Number(number) if *number >= 1e14 => number / 1e3,
            Self::Number(number) if *number >= 1e11 => *number,
            Self::Number(number) => number * 1e3,
            Self::Text(text) => {
                let at = DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis();
                return u64::try_from(at).ok().filter(|ms| *ms <= LAST_MS).map(Timestamp);
            }
            Self::Other(_) => return None,
        };
        // Of what is no number, or below zero, the cast makes 0.
        let ms = ms.round() as u64;
        (ms > 0 && ms <= LAST_MS).then_some(Timestamp(ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_written_elsewhere() {
        for (json, ms) in [
            ("1700000000", Some(1_700_000_000_000)),
            ("1700000000.123456", Some(1_700_000_000_123)),
            ("1700000000123", Some(1_700_000_000_123)),
            ("1700000000123456789", Some(1_700_000_000_123)),
            (r#""2023-11-14T22:13:20.123456+00:00""#, Some(1_700_000_000_123)),
            (r#""2023-11-14T22:13:20.123Z""#, Some(1_700_000_000_123)),
            ("0", None),
            ("-5", None),
            ("1e300", None),
            (r#""yesterday""#, None),
            (r#""1900-01-01T00:00:00Z""#, None),
            ("{}", None),
            ("[1]", None),
            ("true", None),
        ] {
            assert_eq!(serde_json::from_str::<Time>(json).unwrap().read().map(|at| at.0), ms, "{json}");
        }
    }
}
