//! What models cost: the one place that is asked for a price.

use std::collections::BTreeMap;

use edgewise_protocol::price::Price;

/// The setting.
const NAME: &str = "MODEL_PRICES";
const MAX_MODELS: usize = 500;

/// Prices by the model's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices(pub BTreeMap<String, Price>);

impl Prices {
    /// `None`: nobody knows, so that its cost counts as nothing.
    pub fn of(&self, model: &str) -> Option<Price> {
        self.0.get(model).copied()
    }

    /// The prices in the setting's value; what is wrong with it goes to `faults`.
    pub fn read(text: &str, faults: &mut Vec<String>) -> Self {
        match serde_json::from_str::<BTreeMap<String, Price>>(text) {
            Ok(prices) if prices.len() <= MAX_MODELS => Self(prices),
            Ok(_) => {
                faults.push(format!("{NAME} may name {MAX_MODELS} models at most."));
                Self::default()
            }
            Err(error) => {
                faults.push(format!(
                    "{NAME} must be a JSON object such as \
                     {{\"gpt-x\":{{\"inputMicroUsd\":2000000,\"outputMicroUsd\":8000000}}}}: {error}."
                ));
                Self::default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_by_name_and_what_is_wrong_is_told() {
        let mut faults = Vec::new();
        let prices = Prices::read(r#"{"m":{"inputMicroUsd":1,"outputMicroUsd":2}}"#, &mut faults);
        assert_eq!(prices.of("m").map(|price| price.output_micro_usd), Some(2));
        assert_eq!(prices.of("other"), None);
        assert!(faults.is_empty());
        Prices::read(r#"{"m":1}"#, &mut faults);
        assert!(faults.first().is_some_and(|fault| fault.starts_with("MODEL_PRICES must be")), "{faults:?}");
    }
}
