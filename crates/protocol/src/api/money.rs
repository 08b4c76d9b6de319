//! Bodies of usage, limits and subscriptions.

use serde::{Deserialize, Serialize};

use crate::{
    money::{LedgerEntry, SpendLimits},
    plan::Plan,
    timestamp::Timestamp,
};

/// What the ledger's lines of one name come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsageGroup {
    /// A day of UTC, a model, or an id, as it was asked.
    pub name: String,
    pub entries: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cost_micro_usd: u64,
    /// Lines among them of models whose price is not known: they cost nothing here.
    pub unpriced: u64,
}

/// `GET /api/usage`: sums by a name, or the lines themselves.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsagePage {
    /// Empty when the lines were asked for.
    pub groups: Vec<UsageGroup>,
    /// Empty when sums were asked for.
    pub entries: Vec<LedgerEntry>,
    pub next_cursor: Option<String>,
}

/// `PUT /api/admin/limits/{scope}/{id}`: what is not named is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetLimits {
    #[serde(default)]
    pub day_micro_usd: Option<u64>,
    #[serde(default)]
    pub month_micro_usd: Option<u64>,
    #[serde(default)]
    pub total_micro_usd: Option<u64>,
}

impl SetLimits {
    pub const fn limits(&self) -> SpendLimits {
        SpendLimits {
            day_micro_usd: self.day_micro_usd,
            month_micro_usd: self.month_micro_usd,
            total_micro_usd: self.total_micro_usd,
        }
    }
}

/// `POST /api/admin/users/{id}/credits`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GrantCredits {
    pub micro_usd: u64,
}

/// How a subscription stands, in Stripe's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// There never was one.
    None,
    Active,
    Trialing,
    /// A payment failed; the plan stays while Stripe tries again.
    PastDue,
    Canceled,
    Unpaid,
    Incomplete,
    IncompleteExpired,
    Paused,
}

/// `GET /api/subscription`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// What the limits are chosen by.
    pub plan: Plan,
    pub status: SubscriptionStatus,
    pub period_ends_at: Option<Timestamp>,
    pub cancel_at_period_end: bool,
    /// Plans that can be bought here.
    pub plans: Vec<Plan>,
}

/// `POST /api/subscription/checkout`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checkout {
    pub plan: Plan,
}

/// A page of Stripe's to send the browser to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StripePage {
    pub url: String,
}
