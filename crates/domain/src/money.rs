//! Money: what a turn may cost before it is asked, what it has cost when it has ended, and the ledger of it all.

pub mod annotation;
pub mod budget;
pub mod ledger;
pub mod meter;
pub mod paying;
pub mod prices;
pub mod purse;
pub mod stripe;

/// What people are told when a limit ends their answer, or keeps it from beginning.
pub const LIMIT_REACHED: &str =
    "The spending limit was reached. What was said until then is kept; it goes on when there is money again.";
