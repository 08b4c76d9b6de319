//! What a model's tokens cost.

use serde::{Deserialize, Serialize};

use crate::message::Usage;

/// Price of a million tokens of each kind, micro-USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Price {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub input_micro_usd: u64,
    /// Input that the provider had in its cache; the price of other input unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub cached_input_micro_usd: Option<u64>,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub output_micro_usd: u64,
}

const MILLION: u128 = 1_000_000;

impl Price {
    /// Of what somebody else pays for.
    pub const NOTHING: Self = Self { input_micro_usd: 0, cached_input_micro_usd: None, output_micro_usd: 0 };

    /// What `usage` costs, micro-USD; a fraction counts as a whole one.
    pub fn cost_micro_usd(&self, usage: &Usage) -> u64 {
        let cached = usage.cached_input_tokens.min(usage.input_tokens);
        let cost = |tokens: u32, price: u64| u128::from(tokens) * u128::from(price);
        let sum = cost(usage.input_tokens - cached, self.input_micro_usd)
            + cost(cached, self.cached_input_micro_usd.unwrap_or(self.input_micro_usd))
            + cost(usage.output_tokens, self.output_micro_usd);
        u64::try_from(sum.div_ceil(MILLION)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_token_has_its_price_and_fractions_count() {
        let price =
            Price { input_micro_usd: 2_000_000, cached_input_micro_usd: Some(500_000), output_micro_usd: 8_000_000 };
        let usage = Usage { input_tokens: 100, cached_input_tokens: 40, output_tokens: 10, ..Usage::default() };
        assert_eq!(price.cost_micro_usd(&usage), 120 + 20 + 80);
        let cheap = Price { input_micro_usd: 1, ..Price::default() };
        assert_eq!(cheap.cost_micro_usd(&Usage { input_tokens: 1, ..Usage::default() }), 1);
        assert_eq!(cheap.cost_micro_usd(&Usage::default()), 0);
    }

    #[test]
    fn lies_of_a_provider_cannot_overflow() {
        let all = Usage {
            input_tokens: u32::MAX,
            cached_input_tokens: u32::MAX,
            output_tokens: u32::MAX,
            ..Usage::default()
        };
        let price = Price { input_micro_usd: u64::MAX, cached_input_micro_usd: None, output_micro_usd: u64::MAX };
        assert_eq!(price.cost_micro_usd(&all), u64::MAX);
    }
}
