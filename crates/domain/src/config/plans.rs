//! `RATE_LIMITS_BY_PLAN`: what a plan's name means to the limits.

use std::collections::BTreeMap;

use edgewise_protocol::plan::Plan;
use serde_json::{Map, Value};

use crate::limits::PlanRates;

const NAME: &str = "RATE_LIMITS_BY_PLAN";
/// More than anybody sells.
const MAX_PLANS: usize = 50;
/// As of the limits that everybody has.
const MAX_REQUESTS: u32 = 1_000_000;

/// The plans in the setting's value; what is wrong with it goes to `faults`, each with its place.
pub fn read(text: &str, faults: &mut Vec<String>) -> BTreeMap<Plan, PlanRates> {
    let mut plans = BTreeMap::new();
    let Ok(Value::Object(entries)) = serde_json::from_str(text) else {
        faults.push(format!("{NAME} must be a JSON object such as {{\"pro\":{{\"chat\":60}}}}."));
        return plans;
    };
    if entries.len() > MAX_PLANS {
        faults.push(format!("{NAME} may name {MAX_PLANS} plans at most."));
    }
    for (name, entry) in entries.into_iter().take(MAX_PLANS) {
        let at = format!("{NAME}.{name}");
        match (name.parse(), entry) {
            (Ok(plan), Value::Object(classes)) => {
                plans.insert(plan, rates(&at, classes, faults));
            }
            (Err(fault), _) => faults.push(format!("{at} {fault}.")),
            (Ok(_), _) => faults.push(format!("{at} must be an object such as {{\"chat\":60}}.")),
        }
    }
    plans
}

fn rates(at: &str, classes: Map<String, Value>, faults: &mut Vec<String>) -> PlanRates {
    let mut rates = PlanRates::default();
    for (class, value) in classes {
        let place = match class.as_str() {
            "chat" => &mut rates.chat,
            "agent" => &mut rates.agent,
            "general" => &mut rates.general,
            "crawl" => &mut rates.crawl,
            _ => {
                faults.push(format!("{at}.{class} is no class of a plan: chat, agent, general and crawl are."));
                continue;
            }
        };
        let requests = value.as_u64().and_then(|requests| u32::try_from(requests).ok());
        match requests.filter(|requests| (1..=MAX_REQUESTS).contains(requests)) {
            Some(requests) => *place = Some(requests),
            None => faults.push(format!("{at}.{class} must be a whole number from 1 to {MAX_REQUESTS}.")),
        }
    }
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read() {
        let mut faults = Vec::new();
        let plans = read(r#"{"pro":{"chat":60,"general":600},"team":{}}"#, &mut faults);
        let pro = PlanRates { chat: Some(60), general: Some(600), ..PlanRates::default() };
        let expected = [("pro", pro), ("team", PlanRates::default())];
        assert_eq!(plans, expected.map(|(name, rates)| (name.parse().unwrap(), rates)).into());
        assert!(read("{}", &mut faults).is_empty());
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn every_fault_names_its_place() {
        for (text, places) in [
            ("[]", &["RATE_LIMITS_BY_PLAN must"][..]),
            ("{", &["RATE_LIMITS_BY_PLAN must"]),
            (r#"{"Pro":{"chat":1}}"#, &["RATE_LIMITS_BY_PLAN.Pro must"]),
            (r#"{"pro":60}"#, &["RATE_LIMITS_BY_PLAN.pro must"]),
            (
                r#"{"pro":{"chat":"60"},"team":{"chat":0}}"#,
                &["RATE_LIMITS_BY_PLAN.pro.chat must", "RATE_LIMITS_BY_PLAN.team.chat must"],
            ),
            (r#"{"pro":{"chat":1000001}}"#, &["RATE_LIMITS_BY_PLAN.pro.chat must"]),
            (r#"{"pro":{"login":5}}"#, &["RATE_LIMITS_BY_PLAN.pro.login is no class"]),
        ] {
            let mut faults = Vec::new();
            read(text, &mut faults);
            assert_eq!(faults.len(), places.len(), "{text}: {faults:?}");
            assert!(
                places.iter().all(|place| faults.iter().any(|fault| fault.starts_with(place))),
                "{text}: {faults:?}"
            );
        }
        let many: BTreeMap<String, Value> = (0..51).map(|n| (format!("p{n}"), Value::Object(Map::new()))).collect();
        let mut faults = Vec::new();
        read(&serde_json::to_string(&many).unwrap(), &mut faults);
        assert_eq!(faults, ["RATE_LIMITS_BY_PLAN may name 50 plans at most."]);
    }
}
