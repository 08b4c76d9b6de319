//! Stripe: who pays for a plan, as its events tell, and what we ask of its API.

mod facts;
mod requests;
mod signature;
pub mod store;

use std::{collections::BTreeMap, fmt};

use edgewise_protocol::plan::Plan;

pub use facts::{Fact, Read, State, state};
pub use requests::{ApiFault, check, checkout, meter_event, portal, read_url};
pub use signature::{TOLERANCE_S, verify};

/// The version of its API that we speak.
pub const API_VERSION: &str = "2026-10-28.endive";

/// Our account there.
#[derive(Clone, PartialEq, Eq)]
pub struct Stripe {
    pub secret_key: String,
    /// Those that webhooks may be signed with: two while one follows the other.
    pub webhook_secrets: Vec<String>,
    /// Without a slash at the end.
    pub base_url: String,
    /// What a price buys.
    pub plans: BTreeMap<String, Plan>,
    /// The name of the meter that hears what was used. `None`: nothing is told.
    pub meter_event: Option<String>,
}

/// Says no secret.
impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stripe").field("base_url", &self.base_url).field("plans", &self.plans).finish_non_exhaustive()
    }
}

impl Stripe {
    /// The price that buys `plan`: the first by name, when several do.
    pub fn price_of(&self, plan: &Plan) -> Option<&str> {
        self.plans.iter().find(|(_, bought)| *bought == plan).map(|(price, _)| price.as_str())
    }

    /// The plans that can be bought, each once.
    pub fn plans_for_sale(&self) -> Vec<Plan> {
        let mut plans: Vec<_> = self.plans.values().cloned().collect();
        plans.sort();
        plans.dedup();
        plans
    }
}
