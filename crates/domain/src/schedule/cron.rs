//! Cron's five fields: minute, hour, day of the month, month, day of the week.

use super::calendar::Day;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A set of small numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    bits: u64,
    /// It began with a star: it says nothing of its own.
    is_open: bool,
}

impl Field {
    const fn has(self, number: u32) -> bool {
        self.bits >> number & 1 == 1
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cron {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
}

impl Cron {
    /// # Errors
    /// A sentence about the first field that is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err("has five fields: minute, hour, day of the month, month, day of the week".into());
        };
        let mut weekdays = field("day of the week", weekdays, 0, 7, &WEEKDAYS, 0)?;
        // Both 0 and 7 are Sunday.
        weekdays.bits |= weekdays.bits >> 7 & 1;
        Ok(Self {
            minutes: field("minute", minutes, 0, 59, &[], 0)?,
            hours: field("hour", hours, 0, 23, &[], 0)?,
            days: field("day of the month", days, 1, 31, &[], 0)?,
            months: field("month", months, 1, 12, &MONTHS, 1)?,
            weekdays,
        })
    }

    /// Where both kinds of days are named, one of them is enough.
    pub fn has_day(&self, day: Day) -> bool {
        let (in_month, in_week) = (self.days.has(day.day), self.weekdays.has(day.weekday));
        let is_day = if self.days.is_open || self.weekdays.is_open { in_month && in_week } else { in_month || in_week };
        is_day && self.months.has(day.month)
    }

    /// The minutes of a day, in order.
    pub fn minutes_of_day(&self) -> impl Iterator<Item = i64> + '_ {
        let hours = (0..24).filter(|hour| self.hours.has(*hour));
        hours.flat_map(|hour| {
            let minutes = (0..60).filter(|minute| self.minutes.has(*minute));
            minutes.map(move |minute| i64::from(hour * 60 + minute))
        })
    }
}

/// Numbers and ranges with commas between, each perhaps with a step.
fn field(what: &str, text: &str, least: u32, most: u32, names: &[&str], first: u32) -> Result<Field, String> {
    let number = |text: &str| {
        let lower = text.to_ascii_lowercase();
        let named = names.iter().zip(first..).find(|(name, _)| **name == lower).map(|(_, number)| number);
        named.or_else(|| digits(text)).filter(|number| (least..=most).contains(number))
    };
    let fault = || format!("has a {what} that cannot be read: {}", text.chars().take(40).collect::<String>());
    let mut bits = 0_u64;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(digits(step).filter(|step| *step > 0).ok_or_else(fault)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (number(from).ok_or_else(fault)?, number(to).ok_or_else(fault)?),
            None => {
                let from = number(range).ok_or_else(fault)?;
                (from, if step.is_some() { most } else { from })
            }
        };
        if from > to {
            return Err(fault());
        }
        let step = usize::try_from(step.unwrap_or(1)).map_err(|_| fault())?;
        bits |= (from..=to).step_by(step).fold(0, |bits, number| bits | 1 << number);
    }
    Ok(Field { bits, is_open: text.starts_with('*') })
}

fn digits(text: &str) -> Option<u32> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_cron_is_told_by_its_field() {
        for (text, what) in [
            ("", "five fields"),
            ("* * * *", "five fields"),
            ("60 * * * *", "minute"),
            ("* 24 * * *", "hour"),
            ("* * 0 * *", "day of the month"),
            ("* * * 13 *", "month"),
            ("* * * foo *", "month"),
            ("* * * * 8", "day of the week"),
            ("5-1 * * * *", "minute"),
            ("*/0 * * * *", "minute"),
            ("1,, * * * *", "minute"),
            ("+1 * * * *", "minute"),
        ] {
            let fault = Cron::parse(text).unwrap_err();
            assert!(fault.contains(what), "{text}: {fault}");
        }
    }

    #[test]
    fn days_of_the_month_and_of_the_week_are_either_where_both_are_named() {
        let has = |text: &str, day: i64| Cron::parse(text).unwrap().has_day(Day::of(day));
        // 1970-01-01 was a Thursday.
        assert!(has("0 0 1 * *", 0) && !has("0 0 2 * *", 0));
        assert!(has("0 0 * * thu", 0) && !has("0 0 * * 5", 0) && has("0 0 * jan 4", 0));
        assert!(has("0 0 13 * 4", 0) && has("0 0 1 * 7", 0) && !has("0 0 13 * 5", 0));
        assert!(has("0 0 */2 * 4", 0) && !has("0 0 */2 * 5", 0), "a star with a step is a star");
        assert!(has("0 0 * * 7", 3) && has("0 0 * * sun", 3), "both are Sunday");
    }
}
