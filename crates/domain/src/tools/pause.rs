//! Tools that wait: what each waits for, and until when.

use edgewise_protocol::timestamp::Timestamp;
use serde_json::Value;

use super::{Tool, clock};

/// The longest that anything is waited for: three months.
pub const MAX_PAUSE_MS: u64 = 90 * 24 * 3_600_000;
pub const MAX_PAUSE_S: u64 = MAX_PAUSE_MS / 1_000;
/// Of an event's name.
pub const MAX_NAME_BYTES: usize = 64;
const NOT_A_NAME: &str = "name must have 1 to 64 of the characters a to z, A to Z, 0 to 9, dot, hyphen and underscore.";
const NOT_A_TIME: &str = "time must be like 2026-03-01T09:00:00Z or 2026-03-01T09:00:00+02:00.";

/// What a call waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    pub until_ms: u64,
    /// An event of this name ends it earlier.
    pub event: Option<String>,
}

impl Tool {
    /// `None`: it does not wait.
    pub fn pause(self, input: &Value, now_ms: u64) -> Option<Pause> {
        let (number, word) = (|field: &str| input.get(field)?.as_u64(), |field: &str| input.get(field)?.as_str());
        let latest_ms = now_ms.saturating_add(MAX_PAUSE_MS);
        let after = |seconds: u64| now_ms.saturating_add(seconds.saturating_mul(1_000));
        let (until_ms, event) = match self {
            Self::Sleep => (after(number("seconds").unwrap_or(0)), None),
            Self::SleepUntil => (word("time").and_then(time_ms).unwrap_or(now_ms), None),
            Self::WaitForEvent => {
                let timeout_s = number("timeout_seconds").unwrap_or(MAX_PAUSE_S);
                (after(timeout_s), Some(word("name").unwrap_or_default().to_owned()))
            }
            _ => return None,
        };
        Some(Pause { until_ms: until_ms.min(latest_ms), event })
    }

    /// What no schema says of arguments.
    pub(super) fn check_pause(self, input: &Value) -> Result<(), String> {
        let word = |field: &str| input.get(field).and_then(Value::as_str).unwrap_or_default();
        match self {
            Self::SleepUntil if time_ms(word("time")).is_none() => Err(NOT_A_TIME.into()),
            Self::WaitForEvent if !is_event_name(word("name")) => Err(NOT_A_NAME.into()),
            _ => Ok(()),
        }
    }
}

pub fn is_event_name(name: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// A date and time of day with its offset from UTC, as RFC 3339 writes it; seconds may be left out.
fn time_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let at = rest.find(['Z', 'z', '+', '-'])?;
    let (of_day, zone) = rest.split_at_checked(at)?;
    let of_day = of_day.split('.').next()?;
    let of_day = if of_day.len() == 5 { format!("{of_day}:00") } else { of_day.to_owned() };
    let whole = format!("{date}T{of_day}.000Z");
    // A month 13 would be read as something else.
    let there = Timestamp::parse(&whole).filter(|there| there.to_string() == whole)?;
    let offset_minutes = if zone.eq_ignore_ascii_case("z") { 0 } else { clock::minutes(zone)? };
    Some(there.0.saturating_add_signed(-offset_minutes * 60_000))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW_MS: u64 = 1_700_000_000_000;

    #[test]
    fn times_are_read_with_their_offset() {
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-14t22:13:20.750z",
            "2023-11-14 23:43:20+01:30",
            "2023-11-14T17:13:20-0500",
        ] {
            assert_eq!(time_ms(text), Some(NOW_MS), "{text}");
        }
        assert_eq!(time_ms("2023-11-14T22:13Z"), Some(NOW_MS - 20_000));
        for bad in ["", "2023-11-14", "2023-13-14T22:13:20Z", "2023-11-14T25:13:20Z", "2023-11-14T22:13:20", "tomorrow"]
        {
            assert_eq!(time_ms(bad), None, "{bad}");
            assert!(Tool::SleepUntil.check(&json!({ "time": bad })).is_err(), "{bad}");
        }
    }

    #[test]
    fn nothing_is_waited_for_longer_than_three_months() {
        let until = |tool: Tool, input: Value| tool.pause(&input, NOW_MS).map(|pause| pause.until_ms - NOW_MS);
        assert_eq!(until(Tool::Sleep, json!({ "seconds": 7 })), Some(7_000));
        assert_eq!(until(Tool::SleepUntil, json!({ "time": "2999-01-01T00:00:00Z" })), Some(MAX_PAUSE_MS));
        assert_eq!(until(Tool::WaitForEvent, json!({ "name": "paid" })), Some(MAX_PAUSE_MS));
        assert_eq!(until(Tool::WaitForEvent, json!({ "name": "paid", "timeout_seconds": 2 })), Some(2_000));
        assert_eq!(until(Tool::Clock, json!({})), None);
        assert!(Tool::WaitForEvent.check(&json!({ "name": "a/b" })).is_err());
        assert_eq!(Tool::WaitForEvent.check(&json!({ "name": "order.paid-2" })), Ok(()));
    }
}
