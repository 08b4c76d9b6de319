//! Recurrence rules of RFC 5545: by days, weeks, months and years. What comes more often than daily is cron's.

use super::calendar::{DAY_MINUTES, Day, first_of, local_minute};

const WEEKDAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const MAX_INTERVAL: i64 = 1_000;
const MAX_COUNT: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    frequency: Frequency,
    interval: i64,
    count: Option<usize>,
    /// The last local minute that counts.
    until: Option<i64>,
    months: Vec<i64>,
    month_days: Vec<i64>,
    /// A weekday, and which one of the month it is: from 1, or from its end.
    weekdays: Vec<(i64, u32)>,
    hours: Vec<i64>,
    minutes: Vec<i64>,
    positions: Vec<i64>,
    week_start: u32,
}

impl Rule {
    /// # Errors
    /// A sentence about the first part that is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let mut rule = Self {
            frequency: Frequency::Daily,
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            month_days: Vec::new(),
            weekdays: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            positions: Vec::new(),
            week_start: 1,
        };
        let mut known: Vec<&str> = Vec::new();
        for part in text.strip_prefix("RRULE:").unwrap_or(text).split(';') {
            let fault = || format!("has a part that cannot be read: {}", part.chars().take(40).collect::<String>());
            let (name, value) = part.split_once('=').ok_or_else(fault)?;
            if known.contains(&name) {
                return Err(format!("has {name} twice"));
            }
            known.push(name);
            rule.take(name, value).ok_or_else(fault)?;
        }
        rule.check(&known)?;
        Ok(rule)
    }

    fn take(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "FREQ" => {
                self.frequency = match value {
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    _ => return None,
                }
            }
            "INTERVAL" => self.interval = number(value, 1, MAX_INTERVAL)?,
            "COUNT" => self.count = Some(usize::try_from(number(value, 1, 10_000)?).ok()?.min(MAX_COUNT)),
            "UNTIL" => self.until = Some(until(value)?),
            "BYMONTH" => self.months = numbers(value, 1, 12)?,
            "BYMONTHDAY" => self.month_days = numbers(value, -31, 31)?,
            "BYDAY" => self.weekdays = value.split(',').map(weekday).collect::<Option<_>>()?,
            "BYHOUR" => self.hours = numbers_from_zero(value, 23)?,
            "BYMINUTE" => self.minutes = numbers_from_zero(value, 59)?,
            "BYSETPOS" => self.positions = numbers(value, -366, 366)?,
            "WKST" => self.week_start = weekday(value).filter(|(ordinal, _)| *ordinal == 0)?.1,
            _ => return None,
        }
        Some(())
    }

    fn check(&self, known: &[&str]) -> Result<(), String> {
        let fault = |sentence: &str| Err(sentence.to_owned());
        let has_ordinals = self.weekdays.iter().any(|(ordinal, _)| *ordinal != 0);
        match self.frequency {
            _ if !known.contains(&"FREQ") => fault("needs FREQ: DAILY, WEEKLY, MONTHLY or YEARLY"),
            _ if self.count.is_some() && self.until.is_some() => fault("has COUNT and UNTIL; one of them is enough"),
            Frequency::Weekly if !self.month_days.is_empty() => fault("has BYMONTHDAY, which a week does not know"),
            Frequency::Daily | Frequency::Weekly if has_ordinals => {
                fault("has BYDAY with a number, which months alone know")
            }
            Frequency::Yearly if has_ordinals && self.months.is_empty() => {
                fault("has BYDAY with a number: name the months with BYMONTH")
            }
            _ => Ok(()),
        }
    }

    /// The local minutes from `start` on, in order, as far as the day `last_day`.
    pub fn occurrences(&self, start: i64, last_day: i64) -> impl Iterator<Item = i64> + '_ {
        let periods = (0..).map(move |n| self.period(start, n * self.interval));
        let periods = periods.take_while(move |days| days.first().is_none_or(|day| day.number <= last_day));
        let all = periods.flat_map(move |days| self.minutes_of(start, &days)).filter(move |minute| *minute >= start);
        let all = all.take_while(|minute| self.until.is_none_or(|until| *minute <= until));
        all.take(self.count.unwrap_or(usize::MAX))
    }

    /// All days of the period that is so many after the one of `start`.
    fn period(&self, start: i64, after: i64) -> Vec<Day> {
        let first = Day::of(start.div_euclid(DAY_MINUTES));
        let (from, to) = match self.frequency {
            Frequency::Daily => (first.number + after, first.number + after + 1),
            Frequency::Weekly => {
                let into_week = (i64::from(first.weekday) - i64::from(self.week_start)).rem_euclid(7);
                let from = first.number - into_week + after * 7;
                (from, from + 7)
            }
            Frequency::Monthly => {
                let months = first.year * 12 + i64::from(first.month) - 1 + after;
                let month = first_of(months.div_euclid(12), u32::try_from(months.rem_euclid(12)).unwrap_or(0) + 1);
                (month.number, month.number + month.days_of_month())
            }
            Frequency::Yearly => (first_of(first.year + after, 1).number, first_of(first.year + after + 1, 1).number),
        };
        (from..to).map(Day::of).collect()
    }

    fn minutes_of(&self, start: i64, days: &[Day]) -> Vec<i64> {
        let of_day = start.rem_euclid(DAY_MINUTES);
        let or_start = |given: &[i64], start: i64| if given.is_empty() { vec![start] } else { given.to_vec() };
        let (hours, minutes) = (or_start(&self.hours, of_day / 60), or_start(&self.minutes, of_day % 60));
        let first = Day::of(start.div_euclid(DAY_MINUTES));
        let mut all = Vec::new();
        for day in days.iter().filter(|day| self.has_day(first, **day)) {
            for hour in &hours {
                all.extend(minutes.iter().map(|minute| day.number * DAY_MINUTES + hour * 60 + minute));
            }
        }
        if self.positions.is_empty() {
            return all;
        }
        let count = all.len();
        let is_at = |at: usize| self.positions.iter().any(|position| place(*position, count) == Some(at));
        all.into_iter().enumerate().filter(|(at, _)| is_at(*at)).map(|(_, minute)| minute).collect()
    }

    fn has_day(&self, first: Day, day: Day) -> bool {
        let in_month = self.months.is_empty() || self.months.contains(&i64::from(day.month));
        let from_end = i64::from(day.day) - day.days_of_month() - 1;
        let names_day = self.month_days.iter().any(|named| *named == i64::from(day.day) || *named == from_end);
        let names_weekday = self.weekdays.iter().any(|(ordinal, weekday)| {
            let is_which = match ordinal {
                0 => true,
                1.. => i64::from(day.day - 1) / 7 + 1 == *ordinal,
                _ => (-from_end - 1) / 7 + 1 == -ordinal,
            };
            is_which && *weekday == day.weekday
        });
        let is_usual = match self.frequency {
            Frequency::Daily => true,
            Frequency::Weekly => day.weekday == first.weekday,
            Frequency::Monthly => day.day == first.day,
            Frequency::Yearly => day.day == first.day && (!self.months.is_empty() || day.month == first.month),
        };
        in_month
            && match (self.month_days.is_empty(), self.weekdays.is_empty()) {
                (true, true) => is_usual,
                (false, true) => names_day,
                (true, false) => names_weekday,
                (false, false) => names_day && names_weekday,
            }
    }
}

/// The place of position 1 or -1 in a set of so many.
fn place(position: i64, count: usize) -> Option<usize> {
    let distance = usize::try_from(position.unsigned_abs()).ok()?;
    if position > 0 { distance.checked_sub(1) } else { count.checked_sub(distance) }
}

fn number(text: &str, least: i64, most: i64) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten().filter(|number| (least..=most).contains(number))
}

/// None is zero, and each is there once.
fn numbers(text: &str, least: i64, most: i64) -> Option<Vec<i64>> {
    let all = text.split(',').map(|text| number(text, least, most).filter(|number| *number != 0));
    sorted(all.collect::<Option<_>>()?)
}

fn numbers_from_zero(text: &str, most: i64) -> Option<Vec<i64>> {
    sorted(text.split(',').map(|text| number(text, 0, most)).collect::<Option<_>>()?)
}

fn sorted(mut numbers: Vec<i64>) -> Option<Vec<i64>> {
    numbers.sort_unstable();
    numbers.dedup();
    Some(numbers)
}

fn weekday(text: &str) -> Option<(i64, u32)> {
    let (ordinal, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = WEEKDAYS.iter().zip(0..).find(|(known, _)| **known == name).map(|(_, at)| at)?;
    let ordinal = if ordinal.is_empty() { 0 } else { number(ordinal, -5, 5).filter(|ordinal| *ordinal != 0)? };
    Some((ordinal, weekday))
}

/// A day, all of which counts, or a local time. In UTC it would be another local time than the rule's.
fn until(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T').unwrap_or((text, "235900"));
    let part = |text: &str, from: usize, to: usize| text.get(from..to).map(str::to_owned);
    if date.len() != 8 || time.len() != 6 || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) = (part(date, 0, 4)?, part(date, 4, 6)?, part(date, 6, 8)?);
    local_minute(&format!("{year}-{month}-{day}T{}:{}", part(time, 0, 2)?, part(time, 2, 4)?))
}

#[cfg(test)]
mod tests {
    use super::{super::calendar::shown, *};

    fn all(rule: &str, start: &str, most: usize) -> Vec<String> {
        let (rule, start) = (Rule::parse(rule).unwrap(), local_minute(start).unwrap());
        rule.occurrences(start, start / DAY_MINUTES + 20_000).take(most).map(shown).collect()
    }

    #[test]
    fn the_examples_of_the_standard() {
        for (rule, start, wanted) in [
            ("FREQ=DAILY;COUNT=2", "1997-09-02T09:00", vec!["1997-09-02T09:00", "1997-09-03T09:00"]),
            ("FREQ=DAILY;INTERVAL=10;COUNT=2", "1997-09-02T09:00", vec!["1997-09-02T09:00", "1997-09-12T09:00"]),
            (
                "FREQ=WEEKLY;UNTIL=19970910T090000;WKST=SU;BYDAY=TU,TH",
                "1997-09-02T09:00",
                vec!["1997-09-02T09:00", "1997-09-04T09:00", "1997-09-09T09:00"],
            ),
            (
                "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
                "1997-08-05T09:00",
                vec!["1997-08-05T09:00", "1997-08-10T09:00", "1997-08-19T09:00", "1997-08-24T09:00"],
            ),
            (
                "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
                "1997-08-05T09:00",
                vec!["1997-08-05T09:00", "1997-08-17T09:00", "1997-08-19T09:00", "1997-08-31T09:00"],
            ),
            (
                "FREQ=MONTHLY;COUNT=3;BYDAY=1FR",
                "1997-09-05T09:00",
                vec!["1997-09-05T09:00", "1997-10-03T09:00", "1997-11-07T09:00"],
            ),
            ("FREQ=MONTHLY;COUNT=2;BYDAY=-2MO", "1997-09-22T09:00", vec!["1997-09-22T09:00", "1997-10-20T09:00"]),
            ("FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=2", "1997-09-28T09:00", vec!["1997-09-28T09:00", "1997-10-29T09:00"]),
            (
                "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2",
                "1997-09-02T09:00",
                vec!["1998-02-13T09:00", "1998-03-13T09:00"],
            ),
            (
                "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=2",
                "1997-09-29T09:00",
                vec!["1997-09-29T09:00", "1997-10-30T09:00"],
            ),
            (
                "FREQ=YEARLY;COUNT=4;BYMONTH=6,7",
                "1997-06-10T09:00",
                vec!["1997-06-10T09:00", "1997-07-10T09:00", "1998-06-10T09:00", "1998-07-10T09:00"],
            ),
            (
                "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=2",
                "1996-11-05T09:00",
                vec!["1996-11-05T09:00", "2000-11-07T09:00"],
            ),
            (
                "RRULE:FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30;COUNT=3",
                "2026-01-01T09:30",
                vec!["2026-01-01T09:30", "2026-01-01T17:00", "2026-01-01T17:30"],
            ),
            ("FREQ=MONTHLY;COUNT=2", "2026-01-31T08:00", vec!["2026-01-31T08:00", "2026-03-31T08:00"]),
        ] {
            assert_eq!(all(rule, start, 9), wanted, "{rule}");
        }
        assert_eq!(all("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01T00:00", 1), Vec::<String>::new(), "never");
    }

    #[test]
    fn what_is_no_rule_is_told() {
        for (rule, what) in [
            ("", "cannot be read"),
            ("INTERVAL=2", "needs FREQ"),
            ("FREQ=SECONDLY", "FREQ=SECONDLY"),
            ("FREQ=HOURLY", "FREQ=HOURLY"),
            ("FREQ=DAILY;FREQ=DAILY", "twice"),
            ("FREQ=DAILY;COUNT=1;UNTIL=20260101", "COUNT and UNTIL"),
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
            ("FREQ=DAILY;BYDAY=1MO", "BYDAY"),
            ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
            ("FREQ=YEARLY;BYDAY=1MO", "BYMONTH"),
            ("FREQ=MONTHLY;BYDAY=0MO", "0MO"),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0"),
            ("FREQ=YEARLY;BYWEEKNO=1", "BYWEEKNO"),
            ("FREQ=DAILY;UNTIL=20260101T000000Z", "UNTIL"),
        ] {
            let fault = Rule::parse(rule).unwrap_err();
            assert!(fault.contains(what), "{rule}: {fault}");
        }
    }
}
