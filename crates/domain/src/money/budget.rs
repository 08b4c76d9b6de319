//! A payer's budget: money is held before it is spent, and settled once when it was.
//!
//! A lease is the money that is held for one turn. It lapses unless it is asked for again, so that what a dead stream
//! held comes back; its row stays until the turn is settled, and it is by taking that row away that a cost is charged,
//! so that the same settlement again charges nothing.

use std::collections::BTreeMap;

use edgewise_protocol::money::{Part, SpendLimits, Spending};
use serde::{Deserialize, Serialize};

use super::purse::Purse;

/// What is held when a message is let in, before anybody knows the model: half a cent.
pub const FIRST_HOLD_MICRO_USD: u64 = 5_000;
/// How long a hold lasts that nobody asks for again: a running turn does every minute.
pub const LEASE_MS: u64 = 150_000;
/// A lease that nobody has settled for so long never will be: its conversation is gone.
const FORGET_MS: u64 = 30 * 24 * 3_600_000;
/// The same where there are as many as there may be: a turn that has ended is settled within seconds, and told again
/// every twenty.
const FORGET_WHEN_CROWDED_MS: u64 = 3_600_000;
/// Most leases: each is a stream under way, or a dead one that nobody has settled yet.
pub const MAX_LEASES: usize = 2_000;

/// What is held for one turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lease {
    pub held_micro_usd: u64,
    pub lapses_at_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

impl Lease {
    const fn active_micro_usd(&self, now_ms: u64) -> u64 {
        if now_ms < self.lapses_at_ms { self.held_micro_usd } else { 0 }
    }
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// No limit applies: nothing is held, and nothing need be settled.
    Unlimited,
    /// So much is held in all for this lease; less than was asked for when there is no more.
    Held { held_micro_usd: u64, lapses_at_ms: u64 },
}

/// All purses and leases of one payer.
#[derive(Debug, Clone, Default)]
pub struct Budget {
    pub own: Purse,
    pub parts: BTreeMap<Part, Purse>,
    pub leases: BTreeMap<String, Lease>,
}

impl Budget {
    fn is_limited(&self, plan: SpendLimits, part: Option<Part>) -> bool {
        let of_part = part.and_then(|part| self.parts.get(&part));
        !(plan.is_none() && self.own.limits.is_none()) || of_part.is_some_and(|purse| !purse.limits.is_none())
    }

    /// What is held now by all leases but `lease`: of the whole, and of `part`.
    fn held_by_others(&self, lease: &str, part: Option<Part>, now_ms: u64) -> (u64, u64) {
        self.leases.iter().filter(|(name, _)| *name != lease).fold((0_u64, 0_u64), |(all, of_part), (_, other)| {
            let held = other.active_micro_usd(now_ms);
            let shared = if part.is_some() && other.part == part { held } else { 0 };
            (all.saturating_add(held), of_part.saturating_add(shared))
        })
    }

    /// Holds `want_micro_usd` in all for `lease`, or as much of it as there is. Again changes nothing but when it lapses.
    pub fn reserve(
        &mut self,
        plan: SpendLimits,
        now_ms: u64,
        lease: &str,
        part: Option<Part>,
        want_micro_usd: u64,
    ) -> Reserved {
        let part = self.leases.get(lease).map_or(part, |known| known.part);
        if !self.is_limited(plan, part) && !self.leases.contains_key(lease) {
            return Reserved::Unlimited;
        }
        let (held, held_of_part) = self.held_by_others(lease, part, now_ms);
        let of_part = part.and_then(|part| self.parts.get(&part)?.available(SpendLimits::default(), now_ms));
        let room = [
            self.own.available(plan, now_ms).map(|available| available.saturating_sub(held)),
            of_part.map(|available| available.saturating_sub(held_of_part)),
        ];
        let room = room.into_iter().flatten().min().unwrap_or(u64::MAX);
        // What is held may be spent already: a limit that was lowered since takes nothing back.
        let known = self.leases.get(lease).map_or(0, |known| known.active_micro_usd(now_ms));
        let held_micro_usd = want_micro_usd.min(room).max(known);
        let lapses_at_ms = now_ms.saturating_add(LEASE_MS);
        if held_micro_usd > 0 || self.leases.contains_key(lease) {
            self.leases.insert(lease.to_owned(), Lease { held_micro_usd, lapses_at_ms, part });
        }
        Reserved::Held { held_micro_usd, lapses_at_ms }
    }

    /// Charges what a turn has cost, and gives back the rest of what was held. `None`: it was settled before, or nothing
    /// was ever held. Else the part that was charged with the whole.
    pub fn settle(&mut self, plan: SpendLimits, now_ms: u64, lease: &str, cost_micro_usd: u64) -> Option<Option<Part>> {
        let Lease { part, .. } = self.leases.remove(lease)?;
        self.own.charge(plan, now_ms, cost_micro_usd);
        let purse = part.and_then(|part| self.parts.get_mut(&part));
        if let Some(purse) = purse {
            purse.charge(SpendLimits::default(), now_ms, cost_micro_usd);
            return Some(part);
        }
        Some(None)
    }

    /// The leases that nobody will settle any more.
    pub fn forgotten(&self, now_ms: u64) -> Vec<String> {
        let keep_ms = if self.leases.len() < MAX_LEASES { FORGET_MS } else { FORGET_WHEN_CROWDED_MS };
        let is_old = |lease: &Lease| lease.lapses_at_ms.saturating_add(keep_ms) < now_ms;
        self.leases.iter().filter(|(_, lease)| is_old(lease)).map(|(name, _)| name.clone()).collect()
    }

    /// Where the payer stands, or a part of it.
    pub fn spending(&self, now_ms: u64, part: Option<Part>) -> Spending {
        let none = Purse::default();
        let purse = match part {
            None => &self.own,
            Some(part) => self.parts.get(&part).unwrap_or(&none),
        };
        let held = self.leases.values().filter(|lease| part.is_none() || lease.part == part);
        Spending {
            limits: purse.limits,
            spent: purse.spent(now_ms),
            held_micro_usd: held.fold(0, |sum, lease| sum.saturating_add(lease.active_micro_usd(now_ms))),
            credits_micro_usd: purse.credits_micro_usd,
        }
    }
}

#[cfg(test)]
mod tests;
