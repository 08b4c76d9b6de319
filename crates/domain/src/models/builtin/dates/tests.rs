//! Dates, as people ask for them.

use super::answer;

/// Friday, 17 May 2024, 14:05 UTC
const NOW: u64 = 1_715_954_700_000;

fn check(input: &str, expected: &str) {
    assert_eq!(answer(input, NOW).as_deref(), Some(expected), "{input}");
}

#[test]
fn now() {
    for (question, expected) in [
        ("What time is it?", "It is 14:05 UTC on Friday, 17 May 2024."),
        ("What is the current time, please?", "It is 14:05 UTC on Friday, 17 May 2024."),
        ("What day is it?", "Today is Friday, 17 May 2024 (UTC)."),
        ("What's today's date?", "Today is Friday, 17 May 2024 (UTC)."),
        ("what is the date today", "Today is Friday, 17 May 2024 (UTC)."),
        ("What is the date?", "Today is Friday, 17 May 2024 (UTC)."),
        ("today", "Today is Friday, 17 May 2024 (UTC)."),
        ("What day is tomorrow?", "Tomorrow is Saturday, 18 May 2024 (UTC)."),
        ("What was yesterday's date?", "Yesterday was Thursday, 16 May 2024 (UTC)."),
        ("What date is the day after tomorrow?", "19 May 2024 is a Sunday."),
        ("Which year is it?", "It is 2024 (UTC)."),
        ("What month is it?", "It is May 2024 (UTC)."),
        ("What week is it?", "It is week 20 of 2024 (UTC)."),
        ("When is next Friday?", "The next Friday is 24 May 2024 (UTC)."),
        ("What date is next monday?", "The next Monday is 20 May 2024 (UTC)."),
        ("What date was last Friday?", "The last Friday is 10 May 2024 (UTC)."),
    ] {
        check(question, expected);
    }
}

#[test]
fn weekdays() {
    for (question, expected) in [
        ("What day of the week was 20 July 1969?", "20 July 1969 is a Sunday."),
        ("What day is 2000-01-01?", "1 January 2000 is a Saturday."),
        ("which weekday is February 29, 2024", "29 February 2024 is a Thursday."),
        ("What weekday is the 4th of July 2025?", "4 July 2025 is a Friday."),
        ("What day was 17.5.2023?", "17 May 2023 is a Wednesday."),
        ("What day was 05/17/2023?", "17 May 2023 is a Wednesday."),
        ("What day is 03/04/2025?", "3 April 2025 is a Thursday. (I read the day before the month: 3 April 2025.)"),
        ("What day is Christmas?", "25 December 2024 is a Wednesday."),
        ("What day is 2023-02-29?", "There is no 2023-02-29 in the calendar."),
        ("What day is 31 April?", "There is no 31 April in the calendar."),
        ("What day is 2024-13-01?", "There is no 2024-13-01 in the calendar."),
    ] {
        check(question, expected);
    }
}

#[test]
fn spans() {
    for (question, expected) in [
        (
            "How many days are between 2024-01-01 and 2024-02-15?",
            "There are 45 days between 1 January 2024 and 15 February 2024. That is 6 weeks and 3 days.",
        ),
        (
            "days between 15 February 2024 and 1 January 2024",
            "There are 45 days between 1 January 2024 and 15 February 2024. That is 6 weeks and 3 days.",
        ),
        (
            "how many days between 1 jan and 1 march 2024",
            "There are 60 days between 1 January 2024 and 1 March 2024. That is 8 weeks and 4 days.",
        ),
        ("How many days from 1 May 2024 to 2 May 2024?", "There is 1 day between 1 May 2024 and 2 May 2024."),
        (
            "How many days until Christmas?",
            "There are 222 days between today (17 May 2024, UTC) and 25 December 2024. That is 31 weeks and 5 days.",
        ),
        (
            "How many days until 1 January?",
            "There are 229 days between today (17 May 2024, UTC) and 1 January 2025. That is 32 weeks and 5 days.",
        ),
        ("How long is it until Sunday?", "There are 2 days between today (17 May 2024, UTC) and 19 May 2024."),
        (
            "How many years since 20 July 1969?",
            "There are 20025 days between 20 July 1969 and today (17 May 2024, UTC). That is 54 years and 9 months.",
        ),
        ("How many days are in February 2024?", "February 2024 has 29 days."),
        ("How many days are there in 2023?", "2023 has 365 days."),
        ("How many days are in a leap year?", "2024 is a leap year: it has 366 days."),
        ("How many days are in a week?", "A week has 7 days."),
        ("What date is in 45 days?", "45 days after today (17 May 2024, UTC) is Monday, 1 July 2024."),
        ("in two weeks", "2 weeks after today (17 May 2024, UTC) is Friday, 31 May 2024."),
        ("What day was 100 days ago?", "100 days before today (17 May 2024, UTC) is Wednesday, 7 February 2024."),
        ("What is 1 month after 2024-01-31?", "1 month after 31 January 2024 is Thursday, 29 February 2024."),
        ("2024-01-31 + 10 days", "10 days after 31 January 2024 is Saturday, 10 February 2024."),
        ("What date is a week before 1 June 2024?", "1 week before 1 June 2024 is Saturday, 25 May 2024."),
        (
            "What is the date in 99999999999 days?",
            "99999999999 days after today (17 May 2024, UTC) is further than my calendar goes.",
        ),
        ("What was 9000 years ago?", "9000 years before today (17 May 2024, UTC) is further than my calendar goes."),
    ] {
        check(question, expected);
    }
}

#[test]
fn leap_years() {
    for (question, expected) in [
        ("Is 2024 a leap year?", "2024 is a leap year: it has 366 days."),
        ("Is 1900 a leap year?", "1900 is not a leap year: it has 365 days."),
        ("was 2000 a leap year", "2000 is a leap year: it has 366 days."),
        ("When is the next leap year?", "The next leap year is 2028."),
        ("Is this year a leap year?", "2024 is a leap year: it has 366 days."),
    ] {
        check(question, expected);
    }
}

#[test]
fn what_is_not_for_a_calendar() {
    for sentence in [
        "",
        "?",
        "hello",
        "When is my birthday?",
        "My birthday is on 5 March",
        "What did I say about tomorrow?",
        "How many days until my holiday?",
        "What day is the meeting on 5 May?",
        "How are you today?",
        "What is it?",
        "What is 5?",
        "2 + 2",
        "may I?",
        "how many",
        "in",
        "2024",
        "今日は何日ですか",
    ] {
        assert_eq!(answer(sentence, NOW), None, "{sentence}");
    }
}

#[test]
fn no_clock_reading_breaks_it() {
    for now in [0, 1, u64::MAX, i64::MAX as u64, 8_210_266_876_799_999, 253_402_300_799_999] {
        for question in ["today", "tomorrow", "yesterday", "What day is in 5 days?", "How many days until Christmas?"] {
            let _ = answer(question, now);
        }
        let _ = answer("When is next Monday?", now);
        let _ = answer("What date was last Monday?", now);
    }
}
