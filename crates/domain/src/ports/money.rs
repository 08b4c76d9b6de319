//! The ledger as it is read, and what Stripe tells and is told.

use std::future::Future;

use edgewise_protocol::{
    api::UsageGroup,
    ids::UserId,
    money::{LedgerEntry, Spent},
    plan::Plan,
};

use crate::{
    chat::send::StoreError,
    money::{
        ledger::{By, PayerColumn, UsageQuery},
        stripe::{
            Fact, State,
            store::{Due, Standing},
        },
    },
};

/// The ledger. Lines come into it with the catalogue's row of their conversation ([`super::Catalogue::project`]).
pub trait Ledger: Clone + Send + Sync + 'static {
    /// Sums, the greatest name first: of days the newest. One more than the limit when there are more.
    fn sums(&self, by: By, query: UsageQuery) -> impl Future<Output = Result<Vec<UsageGroup>, StoreError>> + Send;

    /// The lines themselves, the newest first; one more than the limit when there are more.
    fn entries(&self, query: UsageQuery) -> impl Future<Output = Result<Vec<LedgerEntry>, StoreError>> + Send;

    /// What a payer has spent in this day, in this month and ever.
    fn spent(&self, payer: PayerColumn, now_ms: u64) -> impl Future<Output = Result<Spent, StoreError>> + Send;
}

/// What Stripe has told, and what it is yet to be told.
pub trait Billing: Clone + Send + Sync + 'static {
    /// Keeps an event, once for each id.
    fn keep(&self, fact: &Fact, now_ms: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Some customers with events that were not applied.
    fn unapplied(&self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// All events of a customer.
    fn facts(&self, customer: &str) -> impl Future<Output = Result<Vec<Fact>, StoreError>> + Send;

    /// Writes what `known` events of a customer come to, and gives the plan that their user has then. `None`: there
    /// are more events by now, and nothing was written.
    fn write(
        &self,
        customer: &str,
        known: usize,
        state: &State,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<Plan>, StoreError>> + Send;

    fn applied(&self, facts: &[Fact]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The subscription of a user, the best of several.
    fn standing(&self, user: UserId) -> impl Future<Output = Result<Option<Standing>, StoreError>> + Send;

    /// Some of what Stripe's meter is to hear of. Each counts an attempt and is not due again before its delay is over.
    fn take_due(&self, now_ms: u64) -> impl Future<Output = Result<Vec<Due>, StoreError>> + Send;

    fn sent(&self, id: &str, now_ms: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Forgets some of what the meter was told, or would take no more.
    fn forget_old(&self, now_ms: u64) -> impl Future<Output = Result<(), StoreError>> + Send;
}
