//! What an account may spend: its budget as rows, and the calls that hold, settle and limit.

use edgewise_protocol::{
    calls::account::{Credential, Reply},
    money::{Hold, MAX_MICRO_USD, Part, Settlement, SpendLimits, Spent},
};

use super::{Account, AccountStore, Kept};
use crate::{
    chat::send::StoreError,
    limits::Rates,
    money::{
        budget::{FIRST_HOLD_MICRO_USD, MAX_LEASES, Reserved},
        purse::Purse,
    },
};

/// What came of asking for the money that a message needs.
pub(super) enum FirstHold {
    Unlimited,
    Held(Hold),
    /// The name under which it would be held.
    Nothing {
        lease: String,
    },
}

impl<S: AccountStore> Account<S> {
    /// What the plan of its user allows; an organization has none.
    fn plan_limits(&self, rates: &Rates) -> SpendLimits {
        let plan = self.profile.as_ref().map(|profile| &profile.plan);
        plan.and_then(|plan| rates.spending.get(plan)).copied().unwrap_or_default()
    }

    /// Holds what a message needs at first, under a lease of its own.
    pub(super) fn first_hold(
        &mut self,
        rates: &Rates,
        now_ms: u64,
        credential: Option<Credential>,
    ) -> Result<FirstHold, StoreError> {
        let part = match credential {
            Some(Credential::Key(id)) => Some(Part::Key(id)),
            _ => None,
        };
        self.forget_leases(now_ms)?;
        // Room for a thousand in each millisecond, also for an object that has just begun anew.
        self.last_lease = (now_ms << 10).max(self.last_lease + 1);
        let lease = self.last_lease.to_string();
        if self.budget.leases.len() >= MAX_LEASES {
            return Ok(FirstHold::Nothing { lease });
        }
        Ok(match self.reserve(rates, now_ms, &lease, part, FIRST_HOLD_MICRO_USD)? {
            Reserved::Unlimited => FirstHold::Unlimited,
            Reserved::Held { held_micro_usd: 0, .. } => FirstHold::Nothing { lease },
            Reserved::Held { held_micro_usd, lapses_at_ms } => {
                FirstHold::Held(Hold { lease, held_micro_usd, lapses_at_ms })
            }
        })
    }

    fn reserve(
        &mut self,
        rates: &Rates,
        now_ms: u64,
        lease: &str,
        part: Option<Part>,
        want_micro_usd: u64,
    ) -> Result<Reserved, StoreError> {
        let plan = self.plan_limits(rates);
        let reserved = self.budget.reserve(plan, now_ms, lease, part, want_micro_usd.min(MAX_MICRO_USD));
        if let Some(kept) = self.budget.leases.get(lease) {
            self.store.put(&Kept::Lease(lease.to_owned(), kept.clone()))?;
        }
        Ok(reserved)
    }

    /// Answers [`Call::Reserve`](edgewise_protocol::calls::account::Call::Reserve).
    pub(super) fn hold(
        &mut self,
        rates: &Rates,
        now_ms: u64,
        lease: String,
        part: Option<Part>,
        want_micro_usd: u64,
    ) -> Result<Reply, StoreError> {
        if !self.budget.leases.contains_key(&lease) && self.budget.leases.len() >= MAX_LEASES {
            self.forget_leases(now_ms)?;
            if self.budget.leases.len() >= MAX_LEASES {
                return Ok(Reply::OverBudget);
            }
        }
        Ok(match self.reserve(rates, now_ms, &lease, part, want_micro_usd)? {
            Reserved::Unlimited => Reply::Held { hold: None },
            Reserved::Held { held_micro_usd, lapses_at_ms } => {
                Reply::Held { hold: Some(Hold { lease, held_micro_usd, lapses_at_ms }) }
            }
        })
    }

    pub(super) fn settle(
        &mut self,
        rates: &Rates,
        now_ms: u64,
        settlements: &[Settlement],
    ) -> Result<Reply, StoreError> {
        let plan = self.plan_limits(rates);
        for Settlement { lease, cost_micro_usd } in settlements {
            let Some(kept) = self.budget.leases.get(lease).cloned() else { continue };
            let part = self.budget.settle(plan, now_ms, lease, (*cost_micro_usd).min(MAX_MICRO_USD)).flatten();
            self.store.delete(&Kept::Lease(lease.clone(), kept))?;
            if *cost_micro_usd > 0 {
                self.keep_purse(None)?;
                if part.is_some() {
                    self.keep_purse(part)?;
                }
            }
        }
        Ok(Reply::Done)
    }

    pub(super) fn set_limits(
        &mut self,
        now_ms: u64,
        part: Option<Part>,
        limits: SpendLimits,
        spent: Spent,
    ) -> Result<Reply, StoreError> {
        let purse = match part {
            None => &mut self.budget.own,
            Some(part) => self.budget.parts.entry(part).or_default(),
        };
        if purse.spent(now_ms).total_micro_usd == 0 {
            purse.begin_with(now_ms, spent);
        }
        purse.limits = limits;
        self.keep_purse(part)?;
        Ok(Reply::Spending { spending: self.budget.spending(now_ms, part) })
    }

    pub(super) fn grant(&mut self, now_ms: u64, key: &str, micro_usd: u64) -> Result<Reply, StoreError> {
        self.budget.own.grant(key, micro_usd.min(MAX_MICRO_USD));
        self.keep_purse(None)?;
        Ok(Reply::Spending { spending: self.budget.spending(now_ms, None) })
    }

    fn keep_purse(&mut self, part: Option<Part>) -> Result<(), StoreError> {
        let purse: Purse = match part {
            None => self.budget.own.clone(),
            Some(part) => self.budget.parts.get(&part).cloned().unwrap_or_default(),
        };
        self.store.put(&Kept::Purse(part, purse))
    }

    fn forget_leases(&mut self, now_ms: u64) -> Result<(), StoreError> {
        for name in self.budget.forgotten(now_ms) {
            if let Some(lease) = self.budget.leases.remove(&name) {
                self.store.delete(&Kept::Lease(name, lease))?;
            }
        }
        Ok(())
    }
}
