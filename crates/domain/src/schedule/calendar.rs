//! Days and local times, as numbers: days since 1970, and minutes since then as the clocks of a place show them.

use edgewise_protocol::timestamp::{civil, days};

pub const DAY_MINUTES: i64 = 1_440;

/// A day, in all the ways in which schedules name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    pub number: i64,
    pub year: i64,
    pub month: u32,
    /// Of the month, from 1.
    pub day: u32,
    /// From Sunday, 0.
    pub weekday: u32,
}

impl Day {
    pub fn of(number: i64) -> Self {
        let (year, month, day) = civil(number);
        // All of these are small.
        let small = |number: i64| u32::try_from(number).unwrap_or(0);
        Self { number, year, month: small(month), day: small(day), weekday: small((number + 4).rem_euclid(7)) }
    }

    /// How many days its month has.
    pub fn days_of_month(self) -> i64 {
        first_of(self.year, self.month + 1).number - first_of(self.year, self.month).number
    }
}

/// The first day of a month; month 13 is the next year's first.
pub fn first_of(year: i64, month: u32) -> Day {
    let months = year * 12 + i64::from(month) - 1;
    Day::of(days(months.div_euclid(12), months.rem_euclid(12) + 1, 1))
}

/// A local time as `2026-03-01T09:00`, or with seconds, which are left out.
pub fn local_minute(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok()).flatten()
    };
    let marks = [(4, '-'), (7, '-'), (10, 'T'), (13, ':')];
    let is_marked = marks.iter().all(|(at, mark)| text.get(*at..).is_some_and(|rest| rest.starts_with(*mark)));
    let fits = is_marked && (text.len() == 16 || text.len() == 19 && number(17, 19).is_some());
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute) = (number(11, 13)?, number(14, 16)?);
    let at = days(year, month, day);
    let is_day = year >= 1970 && civil(at) == (year, month, day);
    (fits && is_day && hour < 24 && minute < 60).then_some(at * DAY_MINUTES + hour * 60 + minute)
}

/// As [`local_minute`] reads it.
pub fn shown(minute: i64) -> String {
    let (day, of_day) = (Day::of(minute.div_euclid(DAY_MINUTES)), minute.rem_euclid(DAY_MINUTES));
    format!("{:04}-{:02}-{:02}T{:02}:{:02}", day.year, day.month, day.day, of_day / 60, of_day % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_are_read_as_they_are_shown() {
        for text in ["1970-01-01T00:00", "2024-02-29T23:59", "2026-03-01T09:05"] {
            assert_eq!(local_minute(text).map(shown).as_deref(), Some(text));
        }
        assert_eq!(local_minute("1970-01-02T00:01:30"), Some(DAY_MINUTES + 1));
        for bad in
            ["", "2026-02-29T00:00", "2026-13-01T00:00", "2026-01-01T24:00", "2026-01-01 00:00", "1969-01-01T00:00"]
        {
            assert_eq!(local_minute(bad), None, "{bad}");
        }
        assert_eq!(Day::of(0).weekday, 4, "a Thursday");
        assert_eq!([first_of(2024, 2), first_of(2026, 12)].map(Day::days_of_month), [29, 31]);
    }
}
