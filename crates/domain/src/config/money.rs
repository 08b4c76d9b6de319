//! The settings of money: what plans may spend, what models cost, and Stripe.

use std::collections::BTreeMap;

use edgewise_protocol::{
    money::{MAX_MICRO_USD, SpendLimits},
    plan::Plan,
};

use crate::money::{prices::Prices, stripe::Stripe};

const STRIPE_API: &str = "https://api.stripe.com";
const MAX_PLANS: usize = 50;

type Read = (BTreeMap<Plan, SpendLimits>, Prices, Option<Stripe>);

/// `SPEND_LIMITS_BY_PLAN`, `MODEL_PRICES` and `STRIPE_…`.
pub fn read(text: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> Read {
    let limits = text("SPEND_LIMITS_BY_PLAN").map(|value| limits(&value, faults)).unwrap_or_default();
    let prices = text("MODEL_PRICES").map(|value| Prices::read(&value, faults)).unwrap_or_default();
    (limits, prices, stripe(text, faults))
}

fn limits(value: &str, faults: &mut Vec<String>) -> BTreeMap<Plan, SpendLimits> {
    const NAME: &str = "SPEND_LIMITS_BY_PLAN";
    let read = match serde_json::from_str::<BTreeMap<Plan, SpendLimits>>(value) {
        Ok(read) => read,
        Err(error) => {
            faults.push(format!(
                "{NAME} must be a JSON object such as {{\"free\":{{\"monthMicroUsd\":1000000}}}}: {error}."
            ));
            return BTreeMap::new();
        }
    };
    let amounts = |limits: &SpendLimits| [limits.day_micro_usd, limits.month_micro_usd, limits.total_micro_usd];
    let is_great = |limits: &SpendLimits| amounts(limits).into_iter().flatten().any(|amount| amount > MAX_MICRO_USD);
    if read.len() > MAX_PLANS || read.values().any(is_great) {
        faults.push(format!("{NAME} may name {MAX_PLANS} plans and amounts up to {MAX_MICRO_USD} at most."));
    }
    read
}

fn stripe(text: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> Option<Stripe> {
    let (key, secrets) = (text("STRIPE_SECRET_KEY"), text("STRIPE_WEBHOOK_SECRET"));
    let (Some(secret_key), Some(secrets)) = (&key, &secrets) else {
        if key.is_some() || secrets.is_some() {
            faults.push("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are needed together.".into());
        }
        return None;
    };
    let webhook_secrets: Vec<_> =
        secrets.split(',').map(|secret| secret.trim().to_owned()).filter(|secret| !secret.is_empty()).collect();
    if webhook_secrets.is_empty() || webhook_secrets.len() > 2 {
        faults.push("STRIPE_WEBHOOK_SECRET must be one secret, or two with a comma between.".into());
    }
    let base_url = text("STRIPE_BASE_URL").unwrap_or_else(|| STRIPE_API.to_owned());
    if !base_url.starts_with("https://") && !base_url.starts_with("http://127.0.0.1:") {
        faults.push("STRIPE_BASE_URL must begin with https://, for example https://api.stripe.com.".into());
    }
    let plans = text("STRIPE_PLANS").map(|value| serde_json::from_str::<BTreeMap<String, Plan>>(&value));
    let plans = match plans {
        None => BTreeMap::new(),
        Some(Ok(plans)) if plans.len() <= MAX_PLANS => plans,
        Some(_) => {
            faults.push(format!(
                "STRIPE_PLANS must be a JSON object such as {{\"price_1\":\"pro\"}}, of {MAX_PLANS} prices at most."
            ));
            BTreeMap::new()
        }
    };
    Some(Stripe {
        secret_key: secret_key.clone(),
        webhook_secrets,
        base_url: base_url.trim_end_matches('/').to_owned(),
        plans,
        meter_event: text("STRIPE_METER_EVENT"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_of(pairs: &[(&str, &str)]) -> (Read, Vec<String>) {
        let mut faults = Vec::new();
        let text = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        (read(&text, &mut faults), faults)
    }

    #[test]
    fn whole_settings_are_read_and_no_secret_is_told() {
        let ((limits, prices, stripe), faults) = read_of(&[
            ("SPEND_LIMITS_BY_PLAN", r#"{"free":{"monthMicroUsd":5}}"#),
            ("MODEL_PRICES", r#"{"m":{"inputMicroUsd":1,"outputMicroUsd":2}}"#),
            ("STRIPE_SECRET_KEY", "hush"),
            ("STRIPE_WEBHOOK_SECRET", "hush1, hush2"),
            ("STRIPE_PLANS", r#"{"price_1":"pro"}"#),
        ]);
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(limits[&Plan::default()].month_micro_usd, Some(5));
        assert!(prices.of("m").is_some());
        let stripe = stripe.unwrap();
        assert_eq!((stripe.webhook_secrets.len(), stripe.base_url.as_str()), (2, STRIPE_API));
        assert!(!format!("{stripe:?}").contains("hush"));
    }

    #[test]
    fn what_is_wrong_is_told_by_name() {
        for (name, value) in [
            ("SPEND_LIMITS_BY_PLAN", r#"{"free":{"monthMicroUsd":-5}}"#),
            ("SPEND_LIMITS_BY_PLAN", r#"{"free":{"monthMicroUsd":1000000000000001}}"#),
            ("SPEND_LIMITS_BY_PLAN", r#"{"free":{"weekMicroUsd":5}}"#),
            ("MODEL_PRICES", "[]"),
            ("STRIPE_SECRET_KEY", "hush"),
        ] {
            let (_, faults) = read_of(&[(name, value)]);
            assert!(faults.len() == 1 && faults[0].starts_with(name) && !faults[0].contains("hush"), "{faults:?}");
        }
        let both = [("STRIPE_SECRET_KEY", "a"), ("STRIPE_WEBHOOK_SECRET", "a,b,c"), ("STRIPE_BASE_URL", "http://x")];
        assert_eq!(read_of(&both).1.len(), 2);
    }
}
