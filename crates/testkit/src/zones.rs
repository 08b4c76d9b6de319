//! A few time zones, by their rules of these years.

use edgewise_protocol::timestamp::{civil, days};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// `None`: none of these.
pub fn ahead_ms(zone: &str, at_ms: u64) -> Option<i64> {
    let at_ms = i64::try_from(at_ms).ok()?;
    Some(match zone {
        "UTC" => 0,
        "Asia/Kolkata" => 5 * HOUR_MS + HOUR_MS / 2,
        "Europe/Berlin" => {
            let (year, ..) = civil(at_ms.div_euclid(DAY_MS));
            let is_summer = (last_sunday_ms(year, 3)..last_sunday_ms(year, 10)).contains(&at_ms);
            if is_summer { 2 * HOUR_MS } else { HOUR_MS }
        }
        // From one day to the next, the other side of the line: 2011-12-30T10:00Z.
        "Pacific/Apia" if at_ms < 1_325_239_200_000 => -10 * HOUR_MS,
        "Pacific/Apia" => 14 * HOUR_MS,
        _ => return None,
    })
}

/// At 01:00 UTC on the last Sunday of a month of 31 days.
fn last_sunday_ms(year: i64, month: i64) -> i64 {
    let last = days(year, month, 31);
    (last - (last + 4).rem_euclid(7)) * DAY_MS + HOUR_MS
}
