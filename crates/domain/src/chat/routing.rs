//! Routing: which provider of a model's chain answers, when it is left for the next, and who said how much.
//!
//! A turn learns its chain each time that it asks. What it has said so far never belongs to a provider: whoever comes
//! next goes on from it, and the log tells of the seam.

use edgewise_protocol::{
    api::ModelRoute,
    event::{Event, RerouteReason},
    ids::MessageId,
    message::Usage,
};
use serde::{Deserialize, Serialize};

use crate::models::{failure::FailureKind, speaker, sum};

use super::turn::Trouble;

/// Attempts in a row without text with one provider, while there is another.
const MAX_FRUITLESS_HERE: u32 = 2;
/// Connections that one provider may lose in one answer, while there is another.
const MAX_CUTS_HERE: u32 = 3;
/// A longer wait than this is not waited for while there is another provider.
const MAX_WAIT_HERE_MS: u64 = 2_000;

/// What one provider said of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    #[serde(rename = "p")]
    pub provider: String,
    #[serde(rename = "m")]
    pub model: String,
    /// Why the one before was left; none: this is the first.
    #[serde(default, rename = "r", skip_serializing_if = "Option::is_none")]
    pub reason: Option<RerouteReason>,
    /// Length of the answer when it began, in UTF-16 code units.
    #[serde(default, rename = "a", skip_serializing_if = "is_zero")]
    pub at: u64,
    /// What it counted, of all its attempts together.
    #[serde(default, rename = "u", skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The asker's own key paid for it.
    #[serde(default, rename = "o", skip_serializing_if = "std::ops::Not::not")]
    pub own_key: bool,
}

impl Leg {
    /// What readers are told where it begins.
    pub fn event(self, turn_id: MessageId) -> Event {
        let reason = self.reason.unwrap_or(RerouteReason::Unavailable);
        Event::TurnRerouted { turn_id, provider: self.provider, model: self.model, reason, at: self.at }
    }
}

const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The way of one turn through its model's chain.
#[derive(Debug, Clone, Default)]
pub struct Routing {
    chain: Vec<ModelRoute>,
    /// Oldest first; the last one is speaking.
    legs: Vec<Leg>,
    /// The provider that speaks is to be left.
    leave: Option<RerouteReason>,
    /// Those that have been left, and are not asked again.
    left: Vec<(String, String)>,
    cuts: u32,
}

fn is(leg: &Leg, route: &ModelRoute) -> bool {
    leg.provider == route.provider && leg.model == route.model
}

impl Routing {
    /// As the store has it: whoever is not the last was left.
    pub fn found(legs: Vec<Leg>) -> Self {
        let left = legs.split_last().map(|(_, before)| before).unwrap_or_default();
        let left = left.iter().map(|leg| (leg.provider.clone(), leg.model.clone())).collect();
        Self { legs, left, ..Self::default() }
    }

    /// The legs, when they tell more than that the first route of the chain answered.
    pub fn told(&self) -> &[Leg] {
        let plain = match self.legs.as_slice() {
            [only] => !only.own_key && only.reason.is_none() && self.chain.first().is_none_or(|first| is(only, first)),
            legs => legs.is_empty(),
        };
        if plain { &[] } else { &self.legs }
    }

    /// Somebody was asked.
    pub const fn is_known(&self) -> bool {
        !self.legs.is_empty()
    }

    fn was_left(&self, route: &ModelRoute) -> bool {
        self.left.iter().any(|(provider, model)| *provider == route.provider && *model == route.model)
    }

    /// Another provider has not been tried.
    pub fn has_other(&self) -> bool {
        let current = self.legs.last();
        self.chain.iter().any(|route| !self.was_left(route) && !current.is_some_and(|leg| is(leg, route)))
    }

    /// The chain is known: picks who is asked now. Gives the route, and the leg when it is a new one.
    ///
    /// Of providers that are known to fail the first is asked all the same when there is no other: an outage may be over.
    pub fn pick(
        &mut self,
        chain: &[ModelRoute],
        is_open: impl Fn(&ModelRoute) -> bool,
        at: u64,
    ) -> Option<(ModelRoute, Option<Leg>)> {
        self.chain = chain.to_vec();
        let leave = self.leave.take();
        if let (Some(_), Some(current)) = (leave, self.legs.last()) {
            self.left.push((current.provider.clone(), current.model.clone()));
        }
        let stays = |route: &&ModelRoute| !self.was_left(route);
        let current = self.legs.last();
        let same = current.and_then(|leg| chain.iter().filter(stays).find(|route| is(leg, route)));
        let same_works = same.filter(|route| !is_open(route));
        let route = same_works
            .or_else(|| chain.iter().filter(stays).find(|route| !is_open(route)))
            .or(same)
            .or_else(|| chain.iter().find(stays))
            .or_else(|| chain.last())?
            .clone();
        if current.is_some_and(|leg| is(leg, &route)) {
            return Some((route, None));
        }
        let reason = current.map(|_| leave.unwrap_or(RerouteReason::Unavailable));
        let leg = Leg {
            provider: route.provider.clone(),
            model: route.model.clone(),
            reason,
            at,
            usage: None,
            own_key: false,
        };
        self.legs.push(leg.clone());
        self.cuts = 0;
        Some((route, Some(leg)))
    }

    /// Who speaks, as steps of tools name them.
    pub fn speaker(&self) -> Option<String> {
        self.legs.last().map(|leg| speaker(&leg.provider, &leg.model))
    }

    /// Whose key is used for what is asked now.
    pub fn use_own_key(&mut self, own_key: bool) {
        if let Some(leg) = self.legs.last_mut() {
            leg.own_key = own_key;
        }
    }

    /// Whether to leave for the next provider. `fruitless` counts the attempts without text, this one included.
    pub fn leaves(&mut self, trouble: &Trouble, fruitless: u32) -> bool {
        if !self.has_other() {
            return false;
        }
        let reason = match trouble {
            Trouble::Refused { kind, retry_after_ms, .. } => {
                let waits_here = retry_after_ms.is_some_and(|ms| ms <= MAX_WAIT_HERE_MS);
                if !kind.may_go_elsewhere() || (waits_here && fruitless < MAX_FRUITLESS_HERE) {
                    return false;
                }
                reason_of(*kind)
            }
            Trouble::Silent => RerouteReason::Silent,
            Trouble::Cut => {
                self.cuts += 1;
                if fruitless < MAX_FRUITLESS_HERE && self.cuts < MAX_CUTS_HERE {
                    return false;
                }
                RerouteReason::Cut
            }
            Trouble::Overtime => return false,
        };
        self.leave = Some(reason);
        true
    }

    /// An attempt is over: what it counted belongs to whoever spoke.
    pub fn spent(&mut self, usage: Option<Usage>) {
        if let (Some(leg), Some(usage)) = (self.legs.last_mut(), usage) {
            leg.usage = Some(leg.usage.map_or(usage, |before| sum(before, usage)));
        }
    }

    /// What all providers counted together.
    pub fn total(&self) -> Option<Usage> {
        self.legs.iter().filter_map(|leg| leg.usage).reduce(sum)
    }
}

const fn reason_of(kind: FailureKind) -> RerouteReason {
    match kind {
        FailureKind::Revoked => RerouteReason::KeyRefused,
        FailureKind::Unfit => RerouteReason::Unfit,
        FailureKind::RateLimited => RerouteReason::RateLimited,
        FailureKind::ContextTooLong => RerouteReason::TooLong,
        FailureKind::Overloaded
        | FailureKind::BadRequest
        | FailureKind::OverBudget
        | FailureKind::OwnKeyRefused
        | FailureKind::OwnKey
        | FailureKind::Other => RerouteReason::Overloaded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(names: &str) -> Vec<ModelRoute> {
        let route = |name: char| ModelRoute { provider: name.to_string(), model: "m".into(), price: None };
        names.chars().map(route).collect()
    }

    fn picked(routing: &mut Routing, names: &str, open: &str) -> (String, Option<RerouteReason>) {
        let (route, leg) = routing.pick(&chain(names), |route| open.contains(&route.provider), 5).unwrap();
        (route.provider, leg.and_then(|leg| leg.reason))
    }

    fn refused(kind: FailureKind, retry_after_ms: Option<u64>) -> Trouble {
        Trouble::Refused { kind, retry_after_ms, sentence: String::new() }
    }

    #[test]
    fn the_first_that_works_is_asked_and_stays() {
        let mut routing = Routing::default();
        assert_eq!(picked(&mut routing, "abc", "a"), ("b".into(), None));
        assert_eq!(routing.told().len(), 1, "it is not the first of the chain");
        assert_eq!(picked(&mut routing, "abc", ""), ("b".into(), None), "an answer does not wander back");
        assert_eq!(picked(&mut routing, "abc", "b"), ("a".into(), Some(RerouteReason::Unavailable)));
        let mut routing = Routing::default();
        assert_eq!(picked(&mut routing, "abc", "abc"), ("a".into(), None), "an outage may be over");
        assert!(routing.told().is_empty());
    }

    #[test]
    fn a_refusal_that_stays_is_left_at_once_and_one_that_passes_later() {
        use FailureKind::*;
        for kind in [Revoked, Unfit, ContextTooLong, Other] {
            let mut routing = Routing::default();
            picked(&mut routing, "ab", "");
            assert!(routing.leaves(&refused(kind, None), 1), "{kind:?}");
            assert_eq!(picked(&mut routing, "ab", "").0, "b");
            assert!(!routing.leaves(&refused(kind, None), 1), "nobody is left to ask");
        }
        let mut routing = Routing::default();
        picked(&mut routing, "ab", "");
        assert!(!routing.leaves(&refused(BadRequest, None), 1), "our own fault would be one everywhere");
        assert!(!routing.leaves(&refused(RateLimited, Some(2_000)), 1), "a short wait is waited for");
        assert!(routing.leaves(&refused(RateLimited, Some(2_001)), 1));
        assert_eq!(picked(&mut routing, "ab", ""), ("b".into(), Some(RerouteReason::RateLimited)));
        let mut routing = Routing::default();
        picked(&mut routing, "ab", "");
        assert!(routing.leaves(&refused(Overloaded, Some(0)), 2), "but not twice");
    }

    #[test]
    fn cuts_and_silence() {
        let mut routing = Routing::default();
        picked(&mut routing, "abc", "");
        assert!(!routing.leaves(&Trouble::Cut, 1));
        assert!(routing.leaves(&Trouble::Cut, 2));
        picked(&mut routing, "abc", "");
        assert!(routing.leaves(&Trouble::Silent, 1));
        assert_eq!(picked(&mut routing, "abc", "").0, "c");
        let mut routing = Routing::default();
        picked(&mut routing, "ab", "");
        // It speaks a little each time.
        assert_eq!([0, 0, 0].map(|fruitless| routing.leaves(&Trouble::Cut, fruitless)), [false, false, true]);
        assert!(!Routing::default().leaves(&Trouble::Silent, 1), "without a chain nothing changes");
    }

    #[test]
    fn after_a_crash_it_goes_on_where_it_was() {
        let mut routing = Routing::default();
        picked(&mut routing, "abc", "");
        routing.leaves(&Trouble::Silent, 1);
        picked(&mut routing, "abc", "");
        let mut found = Routing::found(routing.told().to_vec());
        assert_eq!(picked(&mut found, "abc", ""), ("b".into(), None));
        assert!(found.leaves(&Trouble::Silent, 1));
        assert_eq!(picked(&mut found, "abc", "").0, "c", "the one that was left is not asked again");
    }

    #[test]
    fn costs_are_split() {
        let usage = |tokens| Usage { input_tokens: tokens, output_tokens: 1, ..Usage::default() };
        let mut routing = Routing::default();
        picked(&mut routing, "ab", "");
        routing.spent(Some(usage(10)));
        routing.spent(None);
        routing.spent(Some(usage(20)));
        routing.leaves(&Trouble::Silent, 1);
        picked(&mut routing, "ab", "");
        routing.spent(Some(usage(5)));
        let split: Vec<_> = routing.told().iter().map(|leg| leg.usage.unwrap().input_tokens).collect();
        assert_eq!((split, routing.total().unwrap()), (vec![30, 5], Usage { output_tokens: 3, ..usage(35) }));
    }

    #[test]
    fn leg_format_unchanged() {
        let leg = Leg {
            provider: "a".into(),
            model: "m".into(),
            reason: Some(RerouteReason::Cut),
            at: 7,
            usage: Some(Usage { input_tokens: 1, output_tokens: 2, ..Usage::default() }),
            own_key: true,
        };
        let json = r#"{"p":"a","m":"m","r":"cut","a":7,"u":{"inputTokens":1,"outputTokens":2},"o":true}"#;
        assert_eq!(serde_json::to_string(&leg).unwrap(), json);
        assert_eq!(serde_json::from_str::<Leg>(json).unwrap(), leg);
    }
}
