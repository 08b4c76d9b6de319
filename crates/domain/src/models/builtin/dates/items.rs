//! A sentence as what matters to a calendar: days, months, counts and words.

use chrono::{Datelike, Days, NaiveDate, Weekday};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    Day(Day),
    /// Reads like a date and is none: 30 February.
    NoDay(String),
    Month(u32),
    Weekday(Weekday),
    Number(i64),
    Word(String),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Day {
    pub date: NaiveDate,
    /// No year was given, so the next or the last such day may be meant.
    pub yearless: bool,
    /// 03/04/2024 was read day first; it may have been meant otherwise.
    pub ambiguous: bool,
}

impl Day {
    pub(super) const fn exact(date: NaiveDate) -> Self {
        Self { date, yearless: false, ambiguous: false }
    }
}

pub(super) fn items(sentence: &str, today: NaiveDate) -> Vec<Item> {
    let words: Vec<String> = sentence.split_whitespace().map(clean).filter(|word| !word.is_empty()).collect();
    let mut rest: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut items = Vec::new();
    while let Some((item, taken)) = item(&rest, today) {
        items.push(item);
        rest.drain(..taken.clamp(1, rest.len()));
    }
    items
}

fn clean(word: &str) -> String {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '+' | '-')).to_lowercase();
    let stem = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s"));
    stem.map(str::to_owned).unwrap_or(word)
}

/// The longest item at the beginning and how many words it takes.
fn item(words: &[&str], today: NaiveDate) -> Option<(Item, usize)> {
    let first = *words.first()?;
    let day = |date: Option<NaiveDate>, taken| Some((Item::Day(Day::exact(date?)), taken));
    let yearless = |month, date, taken| Some((in_year(today.year(), month, date, true), taken));
    match words {
        ["day", "after", "tomorrow", ..] => return day(today.checked_add_days(Days::new(2)), 3),
        ["day", "before", "yesterday", ..] => return day(today.checked_sub_days(Days::new(2)), 3),
        ["today", ..] => return day(Some(today), 1),
        ["tomorrow", ..] => return day(today.succ_opt(), 1),
        ["yesterday", ..] => return day(today.pred_opt(), 1),
        ["christmas", "eve", ..] => return yearless(12, 24, 2),
        ["christmas", "day", ..] => return yearless(12, 25, 2),
        ["christmas", ..] => return yearless(12, 25, 1),
        ["halloween", ..] => return yearless(10, 31, 1),
        ["new", "year", "eve", ..] => return yearless(12, 31, 3),
        ["new", "year", "day", ..] => return yearless(1, 1, 3),
        ["new", "year", ..] => return yearless(1, 1, 2),
        _ => {}
    }
    numeric(first)
        .map(|item| (item, 1))
        .or_else(|| written(words, today))
        .or_else(|| first.parse().ok().map(|number| (Item::Number(number), 1)))
        .or_else(|| first.parse::<Weekday>().ok().map(|weekday| (Item::Weekday(weekday), 1)))
        .or_else(|| Some((spelled(first).map_or_else(|| Item::Word(first.to_owned()), Item::Number), 1)))
}

/// 2024-05-17, 2024/5/17, 17.5.2024, 17/05/2024.
fn numeric(word: &str) -> Option<Item> {
    let separator = word.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '-' | '/' | '.'))?;
    let parts: Vec<&str> = word.split(separator).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 4 && part.is_ascii());
    let (a, b, c) = (number(first)?, number(second)?, number(third)?);
    if first.len() == 4 {
        return Some(or_as_written(in_year(i32::try_from(a).ok()?, b, c, false), word));
    }
    if third.len() != 4 {
        return None;
    }
    let year = i32::try_from(c).ok()?;
    Some(match in_year(year, b, a, false) {
        Item::Day(day) => Item::Day(Day { ambiguous: separator == '/' && a <= 12 && a != b, ..day }),
        // 05/17/2024 can only be month first.
        _ => or_as_written(in_year(year, a, b, false), word),
    })
}

fn or_as_written(item: Item, word: &str) -> Item {
    if let Item::NoDay(_) = item { Item::NoDay(word.to_owned()) } else { item }
}

/// 17 May 2024, 17th of May, May 17, 2024, May 2024 (a month and then a number).
fn written(words: &[&str], today: NaiveDate) -> Option<(Item, usize)> {
    let at = |index: usize| words.get(index).copied().unwrap_or_default();
    let skip = |index: usize, word: &str| index + usize::from(at(index) == word);
    if let Some(day) = ordinal(at(0))
        && let of = skip(1, "of")
        && let Some(month) = month(at(of))
    {
        return Some(with_year(at(of + 1), month, day, today, of + 1));
    }
    let month = month(at(0))?;
    let the = skip(1, "the");
    match ordinal(at(the)) {
        Some(day) => Some(with_year(at(the + 1), month, day, today, the + 1)),
        // "may" is a word far more often than a month without a day.
        None if at(0) == "may" && year(at(1)).is_none() => None,
        None => Some((Item::Month(month), 1)),
    }
}

fn with_year(word: &str, month: u32, day: u32, today: NaiveDate, taken: usize) -> (Item, usize) {
    match year(word) {
        Some(year) => (in_year(year, month, day, false), taken + 1),
        None => (in_year(today.year(), month, day, true), taken),
    }
}

fn in_year(year: i32, month: u32, day: u32, yearless: bool) -> Item {
    // 29 February without a year is a day, only not in every year.
    let date = NaiveDate::from_ymd_opt(year, month, day)
        .or_else(|| (1..8).filter(|_| yearless).find_map(|more| NaiveDate::from_ymd_opt(year + more, month, day)));
    match date {
        Some(date) => Item::Day(Day { date, yearless, ambiguous: false }),
        None if yearless => Item::NoDay(format!("{day} {}", name(month))),
        None => Item::NoDay(format!("{day} {} {year}", name(month))),
    }
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn name(month: u32) -> &'static str {
    let at = usize::try_from(month).ok().and_then(|month| month.checked_sub(1));
    at.and_then(|at| MONTHS.get(at)).copied().unwrap_or_default()
}

fn month(word: &str) -> Option<u32> {
    let matches = |name: &&str| {
        let name = name.to_ascii_lowercase();
        name == word || (word == "sept" && name == "september") || (word.len() == 3 && name.starts_with(word))
    };
    MONTHS.iter().position(matches).and_then(|at| u32::try_from(at + 1).ok())
}

fn year(word: &str) -> Option<i32> {
    word.parse().ok().filter(|_| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()))
}

fn ordinal(word: &str) -> Option<u32> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    digits.parse().ok().filter(|day| *day <= 99 && digits.len() <= 2)
}

fn spelled(word: &str) -> Option<i64> {
    const NUMBERS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    NUMBERS.iter().position(|number| *number == word).and_then(|at| i64::try_from(at + 1).ok())
}
