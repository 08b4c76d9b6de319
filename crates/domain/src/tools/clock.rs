//! The clock: the time now, in UTC or at a fixed offset from it.
//!
//! Names of time zones are not known: their rules are a table that changes several times a year.

use edgewise_protocol::timestamp::Timestamp;
use serde_json::{Value, json};

const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const DAY_MS: u64 = 86_400_000;

/// # Errors
/// What is wrong with the offset, for the model.
pub fn read(now_ms: u64, offset: Option<&str>) -> Result<Value, String> {
    let offset = offset.map(str::trim).filter(|offset| !offset.is_empty() && !offset.eq_ignore_ascii_case("z"));
    let minutes = match offset {
        None => 0,
        Some(offset) => minutes(offset).ok_or("utc_offset must be like +02:00, from -14:00 to +14:00.")?,
    };
    let there_ms = now_ms.saturating_add_signed(minutes * 60_000);
    let text = Timestamp(there_ms).to_string();
    let zone = match minutes {
        0 => "Z".to_owned(),
        _ => format!("{}{:02}:{:02}", if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60),
    };
    let weekday = usize::try_from(there_ms / DAY_MS % 7).ok().and_then(|day| WEEKDAYS.get(day).copied());
    Ok(json!({ "iso": format!("{}{zone}", text.trim_end_matches('Z')), "weekday": weekday, "unixMs": now_ms }))
}

pub(super) fn minutes(offset: &str) -> Option<i64> {
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<i64>().ok()).flatten()
    };
    let all = number(hours)? * 60 + number(minutes).filter(|minutes| *minutes < 60)?;
    (all <= 14 * 60).then_some(sign * all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_there_is_told_with_its_day() {
        // 2023-11-14T22:13:20Z, a Tuesday.
        let at = |offset| read(1_700_000_000_000, offset).unwrap();
        assert_eq!(at(None)["iso"], "2023-11-14T22:13:20.000Z");
        assert_eq!(at(None)["weekday"], "Tuesday");
        assert_eq!(at(Some("+02:00"))["iso"], "2023-11-15T00:13:20.000+02:00");
        assert_eq!(at(Some("+02:00"))["weekday"], "Wednesday");
        assert_eq!(at(Some("-0330"))["iso"], "2023-11-14T18:43:20.000-03:30");
        assert_eq!(at(Some("+9"))["iso"], "2023-11-15T07:13:20.000+09:00");
        assert_eq!(at(Some("Z"))["unixMs"], 1_700_000_000_000_u64);
    }

    #[test]
    fn what_is_no_offset_is_told() {
        for bad in ["Europe/Paris", "+15:00", "+1:99", "+-1:00", "2", "+", "+é", "+001:00"] {
            assert!(read(0, Some(bad)).is_err(), "{bad}");
        }
    }
}
