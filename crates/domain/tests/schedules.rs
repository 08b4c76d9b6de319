//! The times of schedules, where clocks are set forward and back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::schedule::{Times, definition};
use edgewise_protocol::{api::SetSchedule, schedule::ScheduleDefinition, timestamp::Timestamp};
use edgewise_testkit::ports::TestClock;

fn cron(fields: &str, zone: &str) -> SetSchedule {
    SetSchedule {
        input: "Look.".into(),
        version: None,
        cron: Some(fields.into()),
        rrule: None,
        start: None,
        time_zone: Some(zone.into()),
        enabled: true,
    }
}

fn rule(rule: &str, start: &str, zone: &str) -> SetSchedule {
    SetSchedule { cron: None, rrule: Some(rule.into()), start: Some(start.into()), ..cron("", zone) }
}

fn at_ms(text: &str) -> u64 {
    Timestamp::parse(&format!("{text}:00.000Z")).unwrap().0
}

/// The first times after one, in UTC, without what is the same in all.
fn after(body: SetSchedule, from: &str, count: usize) -> Vec<String> {
    let SetSchedule { input, version, cron, rrule, start, time_zone, enabled } = body;
    let time_zone = time_zone.unwrap_or_default();
    let times = Times::of(&ScheduleDefinition { input, version, cron, rrule, start, time_zone, enabled }).unwrap();
    let shown = |at_ms: u64| Timestamp(at_ms).to_string().trim_end_matches(":00.000Z").to_owned();
    times.upcoming(&TestClock::default(), at_ms(from), count).into_iter().map(shown).collect()
}

#[test]
fn a_time_that_there_is_not_is_the_first_after_the_gap() {
    let daily = after(cron("30 2 * * *", "Europe/Berlin"), "2026-03-28T00:00", 3);
    assert_eq!(daily, ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"], "03:00 where 02:30 is left out");
    let hourly = after(cron("0,30 * * * *", "Europe/Berlin"), "2026-03-29T00:00", 3);
    assert_eq!(hourly, ["2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30"], "none comes twice");
    // Samoa left out a whole day.
    let days = after(cron("0 9 * * *", "Pacific/Apia"), "2011-12-28T20:00", 3);
    assert_eq!(days, ["2011-12-29T19:00", "2011-12-30T10:00", "2011-12-30T19:00"]);
}

#[test]
fn a_time_that_comes_twice_is_the_first_of_the_two() {
    let daily = after(cron("30 2 * * *", "Europe/Berlin"), "2026-10-24T00:00", 3);
    assert_eq!(daily, ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]);
    let hourly = after(cron("0 * * * *", "Europe/Berlin"), "2026-10-24T23:00", 3);
    assert_eq!(hourly, ["2026-10-25T00:00", "2026-10-25T02:00", "2026-10-25T03:00"], "the second 02:00 is none");
    let rule = after(rule("FREQ=WEEKLY;BYDAY=SU", "2026-10-18T02:30", "Europe/Berlin"), "2026-10-17T00:00", 3);
    assert_eq!(rule, ["2026-10-18T00:30", "2026-10-25T00:30", "2026-11-01T01:30"]);
}

#[test]
fn a_rule_counts_from_its_start_and_has_an_end() {
    let times = |from| after(rule("FREQ=DAILY;COUNT=3", "2026-01-01T09:00", "Asia/Kolkata"), from, 9);
    assert_eq!(times("2025-12-01T00:00"), ["2026-01-01T03:30", "2026-01-02T03:30", "2026-01-03T03:30"]);
    assert_eq!(times("2026-01-02T03:30"), ["2026-01-03T03:30"], "after, and not at");
    assert_eq!(times("2026-01-03T03:30"), Vec::<String>::new());
    let leap = after(cron("0 0 29 2 *", "UTC"), "2026-01-01T00:00", 2);
    assert_eq!(leap, ["2028-02-29T00:00", "2032-02-29T00:00"]);
}

#[test]
fn what_cannot_be_a_schedule_is_refused_by_its_field() {
    let clock = TestClock::default();
    let refused = |body: SetSchedule| definition(body, &clock, at_ms("2026-01-01T00:00")).map_err(|(field, _)| field);
    for (body, field) in [
        (SetSchedule { input: " ".into(), ..cron("0 9 * * *", "UTC") }, "input"),
        (cron("0 9 * *", "UTC"), "cron"),
        (cron("* * * * *", "UTC"), "cron"),
        (cron("0,4 9 1 * *", "UTC"), "cron"),
        (cron("0 0 30 2 *", "UTC"), "cron"),
        (cron(&"1,".repeat(400), "UTC"), "cron"),
        (cron("0 9 * * *", "Mars/Olympus"), "timeZone"),
        (rule("FREQ=DAILY", "tomorrow", "UTC"), "start"),
        (rule("FREQ=HOURLY", "2026-01-01T00:00", "UTC"), "rrule"),
        (rule("FREQ=DAILY;COUNT=1", "2025-01-01T00:00", "UTC"), "rrule"),
        (SetSchedule { rrule: Some("FREQ=DAILY".into()), ..cron("0 9 * * *", "UTC") }, "rrule"),
        (SetSchedule { start: Some("2026-01-01T00:00".into()), ..cron("0 9 * * *", "UTC") }, "start"),
        (SetSchedule { cron: None, ..cron("", "UTC") }, "cron"),
    ] {
        let shown = format!("{body:?}");
        assert_eq!(refused(body).unwrap_err(), field, "{shown}");
    }
    let good = refused(SetSchedule { start: None, ..rule("FREQ=DAILY", "", "Europe/Berlin") }).unwrap();
    assert_eq!(good.start.as_deref(), Some("2026-01-01T01:00"), "from the minute in which it was made");
    assert!(refused(cron("*/5 9-17 * * mon-fri", "Europe/Berlin")).is_ok());
}
