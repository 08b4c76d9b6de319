//! From one day to another: how far it is, and where so many days lead.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::{Day, Question, Unit, following, is_leap, long, short};

/// "How many days …": between two days, to or from today, or in a month or a year.
pub(super) fn counted(question: &Question) -> Option<String> {
    let counts = (question.says(&["how"]) && question.says(&["many", "long", "old"]))
        || question.says(&["between", "until", "till", "since"]);
    if !counts {
        return None;
    }
    let back = question.says(&["since", "ago", "passed", "past", "old", "born"]);
    let year = question.days.iter().find(|day| !day.yearless).map(|day| day.date.year());
    let mut days: Vec<NaiveDate> = question
        .days
        .iter()
        .map(|day| match year.filter(|_| day.yearless) {
            // "Between 1 January and 1 March 2024" names the year for both.
            Some(year) => day.date.with_year(year).unwrap_or(day.date),
            None => nearest(*day, question.today, back),
        })
        .collect();
    if let ([weekday], true) = (question.weekdays.as_slice(), days.len() < 2) {
        days.push(following(*weekday, question.today)?);
    }
    match days.as_slice() {
        [] => in_period(question),
        [day] if question.numbers.is_empty() => Some(between(question, question.today, *day)),
        [from, to] if question.numbers.is_empty() => Some(between(question, *from, *to)),
        _ => None,
    }
}

/// A day without a year is the next one, or the last one when the question looks back.
fn nearest(day: Day, today: NaiveDate, back: bool) -> NaiveDate {
    let far = |date: NaiveDate| if back { date > today } else { date < today };
    if !day.yearless || !far(day.date) {
        return day.date;
    }
    // 29 February takes up to eight years to come round.
    let years = (1..=8).map(|more| day.date.year() + if back { -more } else { more });
    years.filter_map(|year| day.date.with_year(year)).find(|date| !far(*date)).unwrap_or(day.date)
}

fn between(question: &Question, from: NaiveDate, to: NaiveDate) -> String {
    let (from, to) = (from.min(to), from.max(to));
    let days = (to - from).num_days();
    let name = |date: NaiveDate| {
        if date == question.today { format!("today ({}, UTC)", short(date)) } else { short(date) }
    };
    let verb = if days == 1 { "is" } else { "are" };
    let months = i64::from(to.year() - from.year()) * 12 + i64::from(to.month())
        - i64::from(from.month())
        - i64::from(to.day() < from.day());
    let whole = if question.says(&["year", "years", "old"]) && months >= 12 {
        format!(" That is {}{}.", count(months / 12, "year"), rest(months % 12, "month"))
    } else if question.says(&["month", "months"]) && months >= 1 {
        format!(" That is {} in full.", count(months, "month"))
    } else if days >= 14 || (question.says(&["week", "weeks"]) && days >= 7) {
        format!(" That is {}{}.", count(days / 7, "week"), rest(days % 7, "day"))
    } else {
        String::new()
    };
    format!("There {verb} {} between {} and {}.{whole}", count(days, "day"), name(from), name(to))
}

fn rest(number: i64, unit: &str) -> String {
    if number == 0 { String::new() } else { format!(" and {}", count(number, unit)) }
}

fn count(number: i64, unit: &str) -> String {
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

fn in_period(question: &Question) -> Option<String> {
    if !question.says(&["days"]) {
        return None;
    }
    let year = question.year();
    if let [month] = question.months.as_slice() {
        let year = year.unwrap_or_else(|| question.today.year());
        let first = NaiveDate::from_ymd_opt(year, *month, 1)?;
        let days = (first.checked_add_months(Months::new(1))? - first).num_days();
        return Some(format!("{} has {days} days.", first.format("%B %Y")));
    }
    if !question.months.is_empty() {
        return None;
    }
    match (year.filter(|year| *year >= 1_000), question.lengths.as_slice()) {
        (Some(year), []) => Some(format!("{year} has {} days.", if is_leap(year) { 366 } else { 365 })),
        (None, [(1, Unit::Weeks)]) => Some("A week has 7 days.".into()),
        (None, [(1, Unit::Years)]) => Some("A year has 365 days, and a leap year 366.".into()),
        (None, []) if question.says(&["this"]) && question.says(&["year"]) => {
            let year = question.today.year();
            Some(format!("{year} has {} days.", if is_leap(year) { 366 } else { 365 }))
        }
        _ => None,
    }
}

/// "In 45 days", "two weeks before 1 June", "2024-01-31 + 1 month".
pub(super) fn moved(question: &Question) -> Option<String> {
    if question.lengths.is_empty() || question.lengths.len() < question.numbers.len() || question.days.len() > 1 {
        return None;
    }
    let back = question.says(&["ago", "before", "earlier", "minus", "-"]);
    if !back && !question.says(&["in", "after", "from", "later", "plus", "+"]) {
        return None;
    }
    let base = question.days.first().map_or(question.today, |day| nearest(*day, question.today, back));
    let moved = question.lengths.iter().try_fold(base, |date, (number, unit)| shift(date, *number, *unit, back));
    let lengths: Vec<_> = question.lengths.iter().map(|(number, unit)| count(*number, unit.name())).collect();
    let from = if base == question.today { format!("today ({}, UTC)", short(base)) } else { short(base) };
    let (lengths, side) = (lengths.join(" and "), if back { "before" } else { "after" });
    Some(match moved {
        Some(date) if (1..=9_999).contains(&date.year()) => format!("{lengths} {side} {from} is {}.", long(date)),
        _ => format!("{lengths} {side} {from} is further than my calendar goes."),
    })
}

fn shift(date: NaiveDate, number: i64, unit: Unit, back: bool) -> Option<NaiveDate> {
    let number = u64::try_from(number).ok()?;
    let (days, months) = match unit {
        Unit::Days => (number, 0),
        Unit::Weeks => (number.checked_mul(7)?, 0),
        Unit::Months => (0, number),
        Unit::Years => (0, number.checked_mul(12)?),
    };
    let months = Months::new(u32::try_from(months).ok()?);
    if back {
        date.checked_sub_months(months)?.checked_sub_days(Days::new(days))
    } else {
        date.checked_add_months(months)?.checked_add_days(Days::new(days))
    }
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Days => "day",
            Self::Weeks => "week",
            Self::Months => "month",
            Self::Years => "year",
        }
    }
}
