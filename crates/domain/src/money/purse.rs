//! A purse: what one payer, or a part of one, may spend and has spent.

use edgewise_protocol::money::{SpendLimits, Spent};
use serde::{Deserialize, Serialize};

const DAY_MS: u64 = 24 * 3_600_000;
/// Grants that are remembered, so that the same one again grants nothing: far more than are under way at once.
const MAX_GRANTS: usize = 64;

/// Counts each period by its own number, so that nobody need empty it when the period ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Purse {
    #[serde(default)]
    pub limits: SpendLimits,
    #[serde(default)]
    pub credits_micro_usd: u64,
    /// The keys of the newest grants, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    grants: Vec<String>,
    #[serde(default)]
    day: u64,
    #[serde(default)]
    month: u64,
    #[serde(default)]
    spent: Counted,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counted {
    day: u64,
    month: u64,
    total: u64,
}

impl Purse {
    /// What counts at `now_ms`.
    pub fn spent(&self, now_ms: u64) -> Spent {
        Spent {
            day_micro_usd: if self.day == day_of(now_ms) { self.spent.day } else { 0 },
            month_micro_usd: if self.month == month_of(now_ms) { self.spent.month } else { 0 },
            total_micro_usd: self.spent.total,
        }
    }

    /// What may still be spent under the limits alone; `None`: as much as one likes.
    fn room(&self, plan: SpendLimits, now_ms: u64) -> Option<u64> {
        let spent = self.spent(now_ms);
        let left = |limit: Option<u64>, spent: u64| limit.map(|limit| limit.saturating_sub(spent));
        [self.limits, plan]
            .into_iter()
            .flat_map(|limits| {
                [
                    left(limits.day_micro_usd, spent.day_micro_usd),
                    left(limits.month_micro_usd, spent.month_micro_usd),
                    left(limits.total_micro_usd, spent.total_micro_usd),
                ]
            })
            .flatten()
            .min()
    }

    /// What may still be spent, credits included; `None`: as much as one likes.
    pub fn available(&self, plan: SpendLimits, now_ms: u64) -> Option<u64> {
        self.room(plan, now_ms).map(|room| room.saturating_add(self.credits_micro_usd))
    }

    /// Takes what something has cost: from the periods while their limits allow it, then from the credits. What goes
    /// beyond both was spent all the same, and counts.
    pub fn charge(&mut self, plan: SpendLimits, now_ms: u64, cost_micro_usd: u64) {
        let within = self.room(plan, now_ms).unwrap_or(u64::MAX).min(cost_micro_usd);
        let credits = (cost_micro_usd - within).min(self.credits_micro_usd);
        self.credits_micro_usd -= credits;
        self.count(now_ms, cost_micro_usd - credits);
    }

    fn count(&mut self, now_ms: u64, micro_usd: u64) {
        let spent = self.spent(now_ms);
        // A clock that was set back must not free what was spent.
        (self.day, self.month) = (day_of(now_ms).max(self.day), month_of(now_ms).max(self.month));
        self.spent = Counted {
            day: spent.day_micro_usd.saturating_add(micro_usd),
            month: spent.month_micro_usd.saturating_add(micro_usd),
            total: spent.total_micro_usd.saturating_add(micro_usd),
        };
    }

    /// Begins with what the ledger says was spent before.
    pub fn begin_with(&mut self, now_ms: u64, spent: Spent) {
        (self.day, self.month) = (day_of(now_ms), month_of(now_ms));
        self.spent = Counted { day: spent.day_micro_usd, month: spent.month_micro_usd, total: spent.total_micro_usd };
    }

    /// Adds credits, once for each key.
    pub fn grant(&mut self, key: &str, micro_usd: u64) {
        if self.grants.iter().any(|known| known == key) {
            return;
        }
        self.credits_micro_usd = self.credits_micro_usd.saturating_add(micro_usd);
        self.grants.push(key.to_owned());
        if self.grants.len() > MAX_GRANTS {
            self.grants.remove(0);
        }
    }
}

/// Days since 1970.
const fn day_of(now_ms: u64) -> u64 {
    now_ms / DAY_MS
}

/// Months since year 0, of UTC.
fn month_of(now_ms: u64) -> u64 {
    // The text of a time is exact and short: `2026-11-…`.
    let text = edgewise_protocol::timestamp::Timestamp(now_ms).to_string();
    let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u64>().ok());
    number(0, 4).unwrap_or(0) * 12 + number(5, 7).unwrap_or(1) - 1
}

/// When the day and the month of `now_ms` began.
pub fn beginnings_ms(now_ms: u64) -> (u64, u64) {
    let text = edgewise_protocol::timestamp::Timestamp(now_ms).to_string();
    let month = format!("{}-01T00:00:00.000Z", text.get(..7).unwrap_or("1970-01"));
    let month_ms = edgewise_protocol::timestamp::Timestamp::parse(&month).map_or(0, |at| at.0);
    (now_ms - now_ms % DAY_MS, month_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON_MS: u64 = 1_795_262_400_000; // 2026-11-21T12:00Z

    fn limits(day: u64, month: u64, total: u64) -> SpendLimits {
        SpendLimits { day_micro_usd: Some(day), month_micro_usd: Some(month), total_micro_usd: Some(total) }
    }

    #[test]
    fn each_period_begins_anew_and_the_total_never() {
        let mut purse = Purse { limits: limits(10, 25, 40), ..Purse::default() };
        let none = SpendLimits::default();
        purse.charge(none, NOON_MS, 10);
        assert_eq!(purse.available(none, NOON_MS), Some(0));
        assert_eq!(purse.available(none, NOON_MS + DAY_MS), Some(10));
        purse.charge(none, NOON_MS + DAY_MS, 10);
        assert_eq!(purse.available(none, NOON_MS + 2 * DAY_MS), Some(5), "what the month has left");
        assert_eq!(purse.available(none, NOON_MS + 20 * DAY_MS), Some(10), "another month");
        purse.charge(none, NOON_MS + 20 * DAY_MS, 10);
        purse.charge(none, NOON_MS + 21 * DAY_MS, 10);
        assert_eq!(purse.available(none, NOON_MS + 60 * DAY_MS), Some(0), "what there was is spent");
        assert_eq!(beginnings_ms(NOON_MS), (NOON_MS - DAY_MS / 2, NOON_MS - DAY_MS / 2 - 20 * DAY_MS));
    }

    #[test]
    fn credits_are_for_what_the_limits_do_not_allow_and_a_grant_counts_once() {
        let mut purse = Purse::default();
        let plan = SpendLimits { month_micro_usd: Some(10), ..SpendLimits::default() };
        purse.grant("a", 5);
        purse.grant("a", 5);
        assert_eq!(purse.available(plan, NOON_MS), Some(15));
        purse.charge(plan, NOON_MS, 12);
        assert_eq!((purse.credits_micro_usd, purse.spent(NOON_MS).month_micro_usd), (3, 10));
        purse.charge(plan, NOON_MS, 9);
        assert_eq!((purse.credits_micro_usd, purse.spent(NOON_MS).month_micro_usd), (0, 16), "never negative");
        assert_eq!(purse.available(plan, NOON_MS), Some(0));
    }

    #[test]
    fn a_clock_that_is_set_back_frees_nothing() {
        let mut purse = Purse { limits: limits(10, 10, 10), ..Purse::default() };
        purse.charge(SpendLimits::default(), NOON_MS + 40 * DAY_MS, 10);
        purse.charge(SpendLimits::default(), NOON_MS, 0);
        assert_eq!(purse.available(SpendLimits::default(), NOON_MS + 40 * DAY_MS), Some(0));
    }
}
