//! Questions to a calendar and a clock, in UTC; only a sentence made wholly of calendar words is one.

mod items;
mod span;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Datelike, Days, NaiveDate, Weekday};

use self::items::{Day, Item, MONTHS, items};

/// No question to a calendar is longer.
const MAX_LENGTH: usize = 300;

/// `None` when the sentence is about something else.
pub(super) fn answer(sentence: &str, now_ms: u64) -> Option<String> {
    if sentence.len() > MAX_LENGTH {
        return None;
    }
    let now = DateTime::from_timestamp_millis(i64::try_from(now_ms).ok()?)?;
    let today = now.date_naive();
    let items = items(sentence, today);
    let is_known = |item: &Item| !matches!(item, Item::Word(word) if !WORDS.contains(&word.as_str()));
    if !items.iter().all(is_known) {
        return None;
    }
    let question = Question::new(items, today);
    if let Some(nonsense) = &question.nonsense {
        return Some(format!("There is no {nonsense} in the calendar."));
    }
    if question.says(&["time", "clock"]) && question.days.is_empty() {
        return Some(format!("It is {} UTC on {}.", now.format("%H:%M"), long(today)));
    }
    let said = question
        .leap_year()
        .or_else(|| span::counted(&question))
        .or_else(|| span::moved(&question))
        .or_else(|| question.next_weekday())
        .or_else(|| question.day())
        .or_else(|| question.now())?;
    let caution = question.days.iter().find(|day| day.ambiguous);
    Some(match caution {
        Some(day) => format!("{said} (I read the day before the month: {}.)", short(day.date)),
        None => said,
    })
}

/// Everything that may stand in a question to a calendar. One word more, and it is about the person's own affairs.
const WORDS: &[&str] = &[
    "a",
    "after",
    "ago",
    "an",
    "and",
    "are",
    "be",
    "before",
    "between",
    "born",
    "calendar",
    "can",
    "clock",
    "current",
    "currently",
    "date",
    "day",
    "days",
    "did",
    "do",
    "does",
    "fall",
    "falls",
    "for",
    "from",
    "give",
    "had",
    "has",
    "have",
    "hello",
    "hey",
    "hi",
    "how",
    "if",
    "in",
    "is",
    "it",
    "last",
    "leap",
    "left",
    "long",
    "many",
    "me",
    "month",
    "months",
    "next",
    "now",
    "number",
    "of",
    "ok",
    "old",
    "on",
    "or",
    "passed",
    "past",
    "plus",
    "minus",
    "please",
    "remain",
    "right",
    "since",
    "somebody",
    "someone",
    "tell",
    "that",
    "the",
    "there",
    "this",
    "till",
    "time",
    "to",
    "until",
    "utc",
    "was",
    "week",
    "weekday",
    "weeks",
    "were",
    "what",
    "whats",
    "when",
    "which",
    "will",
    "year",
    "years",
    "you",
    "+",
    "-",
    "earlier",
    "later",
    "it's",
    "exactly",
    "anyone",
    "person",
];

struct Question {
    today: NaiveDate,
    days: Vec<Day>,
    months: Vec<u32>,
    weekdays: Vec<Weekday>,
    /// `45 days`, `a week`.
    lengths: Vec<(i64, Unit)>,
    numbers: Vec<i64>,
    words: Vec<String>,
    nonsense: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Days,
    Weeks,
    Months,
    Years,
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "day" | "days" => Unit::Days,
        "week" | "weeks" => Unit::Weeks,
        "month" | "months" => Unit::Months,
        "year" | "years" => Unit::Years,
        _ => return None,
    })
}

impl Question {
    fn new(items: Vec<Item>, today: NaiveDate) -> Self {
        let mut question = Self {
            today,
            days: Vec::new(),
            months: Vec::new(),
            weekdays: Vec::new(),
            lengths: Vec::new(),
            numbers: Vec::new(),
            words: Vec::new(),
            nonsense: None,
        };
        let mut count = None;
        for item in items {
            let counted = count.take();
            match item {
                Item::Day(day) => question.days.push(day),
                Item::NoDay(written) => question.nonsense = Some(written),
                Item::Month(month) => question.months.push(month),
                Item::Weekday(weekday) => question.weekdays.push(weekday),
                Item::Number(number) => {
                    question.numbers.push(number);
                    count = Some(number);
                }
                Item::Word(word) => {
                    if let Some((number, unit)) = counted.zip(unit(&word)) {
                        question.lengths.push((number, unit));
                    }
                    count = matches!(word.as_str(), "a" | "an").then_some(1);
                    question.words.push(word);
                }
            }
        }
        question
    }

    fn says(&self, any: &[&str]) -> bool {
        self.words.iter().any(|word| any.contains(&word.as_str()))
    }

    fn asks(&self) -> bool {
        self.says(&["what", "whats", "when", "which", "how", "tell", "give"])
    }

    fn year(&self) -> Option<i32> {
        self.numbers.iter().find(|number| (1..=9_999).contains(*number)).and_then(|year| i32::try_from(*year).ok())
    }

    fn leap_year(&self) -> Option<String> {
        if !self.says(&["leap"]) {
            return None;
        }
        let this = self.today.year();
        let asked = self.year().or_else(|| self.days.first().map(|day| day.date.year()));
        if asked.is_none() && (self.says(&["next", "when"])) {
            let next = (this + 1..this + 9).find(|year| is_leap(*year))?;
            return Some(format!("The next leap year is {next}."));
        }
        let year = asked.unwrap_or(this);
        let (yes, days) = if is_leap(year) { ("a", 366) } else { ("not a", 365) };
        Some(format!("{year} is {yes} leap year: it has {days} days."))
    }

    fn next_weekday(&self) -> Option<String> {
        let [weekday] = self.weekdays.as_slice() else { return None };
        let back = self.says(&["last"]);
        if !self.days.is_empty() || !self.asks() || !(back || self.says(&["next", "this", "date", "when"])) {
            return None;
        }
        let date = if back {
            self.today.pred_opt()?.iter_days().rev().find(|date| date.weekday() == *weekday)?
        } else {
            following(*weekday, self.today)?
        };
        Some(format!(
            "{} {weekday_name} is {} (UTC).",
            if back { "The last" } else { "The next" },
            short(date),
            weekday_name = date.format("%A")
        ))
    }

    fn day(&self) -> Option<String> {
        let [day] = self.days.as_slice() else { return None };
        // A count beside a day, which nothing above could use, asks for something else.
        let more = !self.numbers.is_empty() || !self.months.is_empty() || !self.weekdays.is_empty();
        if more || self.says(&["how"]) {
            return None;
        }
        let date = day.date;
        let distance = (date - self.today).num_days();
        Some(match distance {
            0 => format!("Today is {} (UTC).", long(date)),
            1 => format!("Tomorrow is {} (UTC).", long(date)),
            -1 => format!("Yesterday was {} (UTC).", long(date)),
            _ => format!("{} is a {}.", short(date), date.format("%A")),
        })
    }

    fn now(&self) -> Option<String> {
        let empty =
            self.days.is_empty() && self.numbers.is_empty() && self.months.is_empty() && self.weekdays.is_empty();
        if !empty || !(self.asks() || self.says(&["current"])) || self.says(&["many", "long", "old", "next", "last"]) {
            return None;
        }
        if self.says(&["date", "day", "weekday"]) {
            return Some(format!("Today is {} (UTC).", long(self.today)));
        }
        if self.says(&["week"]) {
            return Some(format!(
                "It is week {} of {} (UTC).",
                self.today.iso_week().week(),
                self.today.iso_week().year()
            ));
        }
        if self.says(&["month"]) {
            return Some(format!("It is {} (UTC).", self.today.format("%B %Y")));
        }
        self.says(&["year"]).then(|| format!("It is {} (UTC).", self.today.year()))
    }
}

/// The first such weekday after a day.
fn following(weekday: Weekday, day: NaiveDate) -> Option<NaiveDate> {
    let ahead = u64::from(weekday.days_since(day.weekday()));
    day.checked_add_days(Days::new(if ahead == 0 { 7 } else { ahead }))
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// 17 May 2024
fn short(date: NaiveDate) -> String {
    let month = usize::try_from(date.month0()).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    format!("{} {month} {}", date.day(), date.year())
}

/// Friday, 17 May 2024
fn long(date: NaiveDate) -> String {
    format!("{}, {}", date.format("%A"), short(date))
}
