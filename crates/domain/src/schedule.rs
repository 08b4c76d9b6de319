//! Schedules: when an agent begins a run by itself.
//!
//! A schedule says local times of a place: by cron's five fields, or by a recurrence rule. Where clocks are set forward, a
//! time that there is not is the first moment after the gap; where they are set back, a time that comes twice is the first
//! of the two. Times that passed while nobody looked make one run, and not one each.

pub mod calendar;
pub mod cron;
pub mod fire;
pub mod records;
pub mod rule;

use edgewise_protocol::{api::SetSchedule, schedule::ScheduleDefinition};

use self::{
    calendar::{DAY_MINUTES, Day, local_minute, shown},
    cron::Cron,
    rule::Rule,
};
use crate::{ports::Clock, run::MAX_INPUT_BYTES};

/// For each user.
pub const MAX_SCHEDULES: u64 = 50;
/// Between two times of one schedule.
pub const MIN_INTERVAL_MS: u64 = 5 * MINUTE_MS;
pub const MAX_RULE_BYTES: usize = 500;
/// Times that are shown.
pub const SHOWN_TIMES: usize = 5;

const MINUTE_MS: u64 = 60_000;
/// So many times are looked at for two that are too close.
const TRIED_TIMES: usize = 200;
/// A time that is further away is none.
const HORIZON_DAYS: i64 = 30 * 366;
/// No clock was ever set by more.
const MAX_SHIFT_MINUTES: i64 = 26 * 60;

/// The times of a definition that was checked.
#[derive(Debug)]
pub struct Times {
    zone: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Cron(Cron),
    Rule { rule: Rule, start: i64 },
}

/// A definition of what a person sends, where it can be one.
///
/// # Errors
/// The field that is wrong, and why.
pub fn definition(
    body: SetSchedule,
    clock: &impl Clock,
    now_ms: u64,
) -> Result<ScheduleDefinition, (&'static str, String)> {
    let SetSchedule { input, version, cron, rrule, start, time_zone, enabled } = body;
    if input.trim().is_empty() {
        return Err(("input", "may not be blank".into()));
    }
    if input.len() > MAX_INPUT_BYTES {
        return Err(("input", format!("has {MAX_INPUT_BYTES} bytes at most")));
    }
    let zone = time_zone.unwrap_or_else(|| "UTC".into());
    let Some(here) = local(clock, &zone, now_ms) else {
        return Err(("timeZone", "is no time zone of the IANA's list".into()));
    };
    match (&cron, &rrule, &start) {
        (Some(_), Some(_), _) => return Err(("rrule", "may not be there beside cron".into())),
        (None, None, _) => return Err(("cron", "is needed, or rrule".into())),
        (Some(_), None, Some(_)) => return Err(("start", "is a rule's; cron has none".into())),
        _ => {}
    }
    let start = rrule.is_some().then(|| start.unwrap_or_else(|| shown(here)));
    let definition = ScheduleDefinition { input, version, cron, rrule, start, time_zone: zone, enabled };
    let times = Times::of(&definition)?;
    let next = times.upcoming(clock, now_ms, TRIED_TIMES);
    let field = if definition.cron.is_some() { "cron" } else { "rrule" };
    if next.is_empty() && definition.enabled {
        return Err((field, "never comes again".into()));
    }
    if next.windows(2).any(|pair| matches!(pair, [one, other] if other - one < MIN_INTERVAL_MS)) {
        return Err((field, "has times that are less than 5 minutes apart".into()));
    }
    Ok(definition)
}

impl Times {
    /// # Errors
    /// The field that is wrong, and why.
    pub fn of(definition: &ScheduleDefinition) -> Result<Self, (&'static str, String)> {
        let zone = definition.time_zone.clone();
        let long = |text: &str| text.len() > MAX_RULE_BYTES;
        let kind = match (&definition.cron, &definition.rrule) {
            (Some(text), _) if long(text) => return Err(("cron", "is too long".into())),
            (_, Some(text)) if long(text) => return Err(("rrule", "is too long".into())),
            (Some(text), _) => Kind::Cron(Cron::parse(text).map_err(|fault| ("cron", fault))?),
            (None, text) => {
                let rule = Rule::parse(text.as_deref().unwrap_or_default()).map_err(|fault| ("rrule", fault))?;
                let start = definition.start.as_deref().and_then(local_minute);
                Kind::Rule { rule, start: start.ok_or(("start", "is a local time like 2026-03-01T09:00".to_owned()))? }
            }
        };
        Ok(Self { zone, kind })
    }

    /// The first time after `after_ms`.
    pub fn next(&self, clock: &impl Clock, after_ms: u64) -> Option<u64> {
        self.upcoming(clock, after_ms, 1).first().copied()
    }

    /// The first times after `after_ms`, each once.
    pub fn upcoming(&self, clock: &impl Clock, after_ms: u64, count: usize) -> Vec<u64> {
        let Some(here) = local(clock, &self.zone, after_ms) else { return Vec::new() };
        let mut times: Vec<u64> = Vec::with_capacity(count);
        for minute in self.from(here - MAX_SHIFT_MINUTES) {
            let at_ms = moment_ms(clock, &self.zone, minute);
            if let Some(at_ms) = at_ms.filter(|at_ms| *at_ms > after_ms && times.last() != Some(at_ms)) {
                times.push(at_ms);
            }
            if times.len() >= count {
                break;
            }
        }
        times
    }

    /// The local minutes from one on, in order.
    fn from(&self, minute: i64) -> Box<dyn Iterator<Item = i64> + '_> {
        let first_day = minute.div_euclid(DAY_MINUTES);
        let last_day = first_day + HORIZON_DAYS;
        match &self.kind {
            Kind::Cron(cron) => {
                let days = (first_day..=last_day).filter(|day| cron.has_day(Day::of(*day)));
                Box::new(days.flat_map(|day| cron.minutes_of_day().map(move |of_day| day * DAY_MINUTES + of_day)))
            }
            Kind::Rule { rule, start } => Box::new(rule.occurrences(*start, last_day).filter(move |at| *at >= minute)),
        }
    }
}

/// What the clocks of a zone show.
fn local(clock: &impl Clock, zone: &str, at_ms: u64) -> Option<i64> {
    let ahead_ms = clock.ahead_ms(zone, at_ms)?;
    i64::try_from(at_ms.saturating_add_signed(ahead_ms) / MINUTE_MS).ok()
}

/// When the clocks of a zone show a local minute first, or would have.
fn moment_ms(clock: &impl Clock, zone: &str, minute: i64) -> Option<u64> {
    let shown_ms = u64::try_from(minute).ok()?.checked_mul(MINUTE_MS)?;
    let shift_ms = MAX_SHIFT_MINUTES.unsigned_abs() * MINUTE_MS;
    let ahead = |at_ms: u64| clock.ahead_ms(zone, at_ms);
    let (before, after) = (ahead(shown_ms.saturating_sub(shift_ms))?, ahead(shown_ms.saturating_add(shift_ms))?);
    let [by_before, by_after] = [before, after].map(|ahead_ms| shown_ms.saturating_add_signed(-ahead_ms));
    if ahead(by_before)? == before {
        return Some(by_before);
    }
    if ahead(by_after)? == after {
        return Some(by_after);
    }
    // The clocks jump over it, between these two: the first moment after the jump.
    let (mut early_ms, mut late_ms) = (by_after.min(by_before), by_after.max(by_before));
    while late_ms - early_ms > MINUTE_MS {
        let middle_ms = early_ms + (late_ms - early_ms) / 2 / MINUTE_MS * MINUTE_MS;
        let middle_ms = middle_ms.max(early_ms + MINUTE_MS);
        if ahead(middle_ms)? == after { late_ms = middle_ms } else { early_ms = middle_ms }
    }
    Some(late_ms)
}
