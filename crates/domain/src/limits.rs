//! Rate limits: how many requests of each class any window of time may hold, and the sliding windows that count them.
//!
//! A window is the list of the times that count, so it is exact: whatever span of its length one looks at, at most
//! `requests` were taken in it, and a request is refused only when that many were. It costs eight bytes a request,
//! of which there are at most a few hundred.

use std::collections::{BTreeMap, HashMap, VecDeque};

use edgewise_protocol::{
    limit::{Class, Standing},
    money::SpendLimits,
    plan::Plan,
};

/// So many requests in any span of so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub requests: u32,
    pub window_ms: u64,
}

const MINUTE_MS: u64 = 60_000;
const QUARTER_HOUR_MS: u64 = 15 * MINUTE_MS;

/// The rate of each class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    pub enabled: bool,
    pub chat: Rate,
    pub agent: Rate,
    pub general: Rate,
    pub crawl: Rate,
    pub login: Rate,
    /// Requests of a plan, where they are not the usual ones.
    pub by_plan: BTreeMap<Plan, PlanRates>,
    /// What users of a plan may spend, where that is limited.
    pub spending: BTreeMap<Plan, SpendLimits>,
}

/// What a plan changes: how many requests, not in how long a time. Of two counts over the same span no window ever
/// takes more than the larger, whenever somebody changes from one to the other; of two spans that could not be said.
/// Attempts to prove who one is are the same for everybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanRates {
    pub chat: Option<u32>,
    pub agent: Option<u32>,
    pub general: Option<u32>,
    pub crawl: Option<u32>,
}

impl PlanRates {
    const fn of(&self, class: Class) -> Option<u32> {
        match class {
            Class::Chat => self.chat,
            Class::Agent => self.agent,
            Class::General => self.general,
            Class::Crawl => self.crawl,
            Class::Login => None,
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            enabled: true,
            chat: Rate { requests: 20, window_ms: MINUTE_MS },
            agent: Rate { requests: 5, window_ms: MINUTE_MS },
            general: Rate { requests: 100, window_ms: MINUTE_MS },
            crawl: Rate { requests: 10, window_ms: QUARTER_HOUR_MS },
            login: Rate { requests: 5, window_ms: QUARTER_HOUR_MS },
            by_plan: BTreeMap::new(),
            spending: BTreeMap::new(),
        }
    }
}

impl Rates {
    /// The rate of a class for somebody on `plan`; `None`: nobody's, as of a bare address.
    pub fn of(&self, plan: Option<&Plan>, class: Class) -> Rate {
        let usual = match class {
            Class::Chat => self.chat,
            Class::Agent => self.agent,
            Class::General => self.general,
            Class::Crawl => self.crawl,
            Class::Login => self.login,
        };
        let requests = plan.and_then(|plan| self.by_plan.get(plan)?.of(class));
        Rate { requests: requests.unwrap_or(usual.requests), ..usual }
    }
}

/// Whether a class's window outlives a crash. The general one protects the service, not somebody's money: a row
/// for each request would cost more than the few extra requests after a crash.
pub const fn is_kept(class: Class) -> bool {
    !matches!(class, Class::General)
}

/// What a window said to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Taken(Standing),
    Refused(Standing),
}

/// One class's sliding window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    /// When the requests that count came, oldest first.
    taken_ms: VecDeque<u64>,
}

impl Window {
    /// Counts a request that comes at `now_ms`, if there is room for it.
    pub fn take(&mut self, class: Class, rate: Rate, now_ms: u64) -> Verdict {
        // A clock that was set back must not free what has been taken.
        let now_ms = self.taken_ms.back().map_or(now_ms, |last_ms| now_ms.max(*last_ms));
        // Half open: two requests exactly a window apart are in no window together.
        while self.taken_ms.front().is_some_and(|first_ms| first_ms + rate.window_ms <= now_ms) {
            self.taken_ms.pop_front();
        }
        let full = self.taken_ms.len() >= rate.requests as usize;
        if !full {
            self.taken_ms.push_back(now_ms);
        }
        // After a rate was lowered, more than one must leave before there is room.
        let leaves = self.taken_ms.len().saturating_sub(rate.requests as usize);
        let reset_at_ms = self.taken_ms.get(leaves).map_or(now_ms, |first_ms| first_ms + rate.window_ms);
        let standing = Standing {
            class,
            limit: rate.requests,
            window_ms: rate.window_ms,
            remaining: rate.requests.saturating_sub(u32::try_from(self.taken_ms.len()).unwrap_or(u32::MAX)),
            reset_at_ms,
        };
        if full { Verdict::Refused(standing) } else { Verdict::Taken(standing) }
    }

    /// Takes the newest request back.
    pub fn forgive(&mut self) {
        self.taken_ms.pop_back();
    }

    /// As text that [`Window::read`] reads: the first time, then the distance of each from the one before.
    pub fn text(&self) -> String {
        let mut before = 0;
        let distance = |at: &u64| {
            let distance = at - before;
            before = *at;
            distance.to_string()
        };
        self.taken_ms.iter().map(distance).collect::<Vec<_>>().join(" ")
    }

    /// What cannot be read counts nothing: a limit that fails shut would lock its user out for good.
    pub fn read(text: &str) -> Self {
        let mut before = 0_u64;
        let times = text.split_ascii_whitespace().map_while(|distance| {
            before = before.checked_add(distance.parse().ok()?)?;
            Some(before)
        });
        Self { taken_ms: times.collect() }
    }
}

/// Who is known to be refused, as one isolate remembers it: a flood is answered without asking an object.
#[derive(Debug, Default)]
pub struct Refusals(HashMap<(String, Class), Seen>);

#[derive(Debug, Clone, Copy)]
struct Seen {
    refused: Option<Standing>,
    until_ms: u64,
}

/// More identities than one isolate serves in a minute. A flood of identities makes it forget, not grow.
const MAX_REMEMBERED: usize = 10_000;
/// After so long an identity that was let pass is looked up in the mirror anew.
const LOOK_AGAIN_MS: u64 = 60_000;
/// A user may have got a plan with more room meanwhile: their account is asked again so soon. A flood still costs it one
/// request a second from each isolate.
pub const ASK_AGAIN_MS: u64 = 1_000;

impl Refusals {
    /// The refusal of `who`, while it lasts.
    pub fn refused(&self, who: &str, class: Class, now_ms: u64) -> Option<Standing> {
        self.seen(who, class, now_ms)?.refused
    }

    /// Whether anything is known of `who`.
    pub fn knows(&self, who: &str, class: Class, now_ms: u64) -> bool {
        self.seen(who, class, now_ms).is_some()
    }

    fn seen(&self, who: &str, class: Class, now_ms: u64) -> Option<&Seen> {
        self.0.get(&(who.to_owned(), class)).filter(|seen| now_ms < seen.until_ms)
    }

    /// Remembers that `who` was let pass, or refused: until there is room again, and for `most_ms` at most.
    pub fn note(&mut self, who: &str, class: Class, refused: Option<Standing>, most_ms: u64, now_ms: u64) {
        if self.0.len() >= MAX_REMEMBERED {
            self.0.retain(|_, seen| now_ms < seen.until_ms);
            if self.0.len() >= MAX_REMEMBERED {
                self.0.clear();
            }
        }
        let until_ms =
            refused.map_or(now_ms + LOOK_AGAIN_MS, |standing| standing.reset_at_ms.min(now_ms.saturating_add(most_ms)));
        self.0.insert((who.to_owned(), class), Seen { refused, until_ms });
    }
}

/// The mirror of a refusal in the cache: written by the account, at most once a second, read by isolates that
/// have not met its caller yet.
pub fn mirror_key(who: &str, class: Class) -> String {
    format!("limit/1/{who}/{}", class.name())
}

/// The shortest life of a mirrored refusal, seconds: what the cache can do.
pub const MIRROR_TTL_S: u32 = 60;

/// The identity of an address: IPv4 whole; of IPv6 the /64, because that is what one customer has.
pub fn address_key(address: &str) -> String {
    match address.trim().parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(v4)) => v4.to_string(),
        Ok(std::net::IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        Err(_) => "unknown".into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: Rate = Rate { requests: 20, window_ms: 60_000 };

    fn taken(window: &mut Window, now_ms: u64) -> bool {
        matches!(window.take(Class::Chat, RATE, now_ms), Verdict::Taken(_))
    }

    proptest! {
        /// The naive count over the whole history, beside the window.
        #[test]
        fn takes_exactly_what_any_span_may_hold(gaps in prop::collection::vec(0_u64..9_000, 1..300), restart in 1_usize..40) {
            let mut window = Window::default();
            let (mut now_ms, mut history) = (1_795_248_132_000, Vec::new());
            for (at, gap) in gaps.into_iter().enumerate() {
                now_ms += gap;
                if at % restart == 0 {
                    window = Window::read(&window.text());
                }
                let inside = history.iter().filter(|at_ms| **at_ms + RATE.window_ms > now_ms).count();
                prop_assert_eq!(taken(&mut window, now_ms), inside < 20);
                if inside < 20 {
                    history.push(now_ms);
                }
            }
        }

        #[test]
        fn a_clock_that_goes_back_frees_nothing(times in prop::collection::vec(0_u64..50_000, 21..60)) {
            let mut window = Window::default();
            prop_assert_eq!(times.into_iter().filter(|at_ms| taken(&mut window, *at_ms)).count(), 20);
        }
    }

    proptest! {
        /// Whoever goes from plan to plan: what is taken is what the rate of the moment has room for, and no window
        /// holds more than the largest of them.
        #[test]
        fn no_change_of_plan_takes_more_than_the_larger(
            steps in prop::collection::vec((0_u64..4_000, 0_usize..3), 1..300),
        ) {
            let rates = Rates {
                by_plan: BTreeMap::from([
                    ("pro".parse().unwrap(), PlanRates { chat: Some(30), ..PlanRates::default() }),
                    ("slow".parse().unwrap(), PlanRates { chat: Some(3), ..PlanRates::default() }),
                ]),
                ..Rates::default()
            };
            let plans: [Plan; 3] = ["pro", "slow", "free"].map(|name| name.parse().unwrap());
            let (mut window, mut now_ms, mut history) = (Window::default(), 1_795_248_132_000, Vec::new());
            for (gap_ms, at) in steps {
                now_ms += gap_ms;
                let rate = rates.of(Some(&plans[at]), Class::Chat);
                let inside = history.iter().filter(|at_ms| **at_ms + 60_000 > now_ms).count();
                let is_taken = matches!(window.take(Class::Chat, rate, now_ms), Verdict::Taken(_));
                prop_assert_eq!(is_taken, inside < [30, 3, 20][at]);
                if is_taken {
                    history.push(now_ms);
                }
                prop_assert!(inside + usize::from(is_taken) <= 30);
            }
        }
    }

    #[test]
    fn a_plan_changes_what_it_names() {
        let pro: Plan = "pro".parse().unwrap();
        let chat = PlanRates { chat: Some(60), ..PlanRates::default() };
        let rates = Rates { by_plan: BTreeMap::from([(pro.clone(), chat)]), ..Rates::default() };
        assert_eq!(rates.of(Some(&pro), Class::Chat), Rate { requests: 60, window_ms: 60_000 });
        for (plan, class) in [(Some(&pro), Class::General), (Some(&pro), Class::Login), (None, Class::Chat)] {
            assert_eq!(rates.of(plan, class), Rates::default().of(None, class));
        }
        let unknown: Plan = "later".parse().unwrap();
        assert_eq!(rates.of(Some(&unknown), Class::Chat).requests, 20);
    }

    #[test]
    fn says_where_one_stands() {
        let mut window = Window::default();
        let rate = Rate { requests: 2, window_ms: 1_000 };
        let standing = |remaining, reset_at_ms| Standing {
            class: Class::Agent,
            limit: 2,
            window_ms: 1_000,
            remaining,
            reset_at_ms,
        };
        assert_eq!(window.take(Class::Agent, rate, 100), Verdict::Taken(standing(1, 1_100)));
        assert_eq!(window.take(Class::Agent, rate, 300), Verdict::Taken(standing(0, 1_100)));
        assert_eq!(window.take(Class::Agent, rate, 1_099), Verdict::Refused(standing(0, 1_100)));
        assert_eq!(window.take(Class::Agent, rate, 1_100), Verdict::Taken(standing(0, 1_300)));
        window.forgive();
        assert_eq!(window.take(Class::Agent, rate, 1_150), Verdict::Taken(standing(0, 1_300)));
        let lower = Rate { requests: 1, window_ms: 1_000 };
        let Verdict::Refused(standing) = window.take(Class::Agent, lower, 1_200) else {
            panic!("the rate is lower now")
        };
        assert_eq!(standing.reset_at_ms, 2_150, "both must leave");
    }

    #[test]
    fn window_text_unchanged() {
        let mut window = Window::default();
        for at_ms in [1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_250] {
            taken(&mut window, at_ms);
        }
        assert_eq!(window.text(), "1700000000000 0 250");
        assert_eq!(Window::read(&window.text()), window);
        for bad in ["", "x", "18446744073709551615 9", "-1"] {
            assert!(Window::read(bad).taken_ms.len() <= 1, "{bad}");
        }
    }

    #[test]
    fn a_refusal_is_remembered_while_it_lasts() {
        let standing = Standing { class: Class::Chat, limit: 1, window_ms: 9, remaining: 0, reset_at_ms: 5_000 };
        let mut refusals = Refusals::default();
        assert!(!refusals.knows("a", Class::Chat, 1));
        refusals.note("a", Class::Chat, Some(standing), u64::MAX, 1_000);
        assert_eq!(refusals.refused("a", Class::Chat, 4_999), Some(standing));
        for (who, class, now_ms) in [("a", Class::Chat, 5_000), ("a", Class::General, 1_000), ("b", Class::Chat, 1_000)]
        {
            assert_eq!(refusals.refused(who, class, now_ms), None);
        }
        refusals.note("c", Class::Chat, Some(standing), ASK_AGAIN_MS, 1_000);
        assert_eq!(refusals.refused("c", Class::Chat, 1_999), Some(standing));
        assert_eq!(refusals.refused("c", Class::Chat, 2_000), None, "there may be another plan");
        refusals.note("b", Class::Chat, None, u64::MAX, 1_000);
        assert!(refusals.knows("b", Class::Chat, 60_999) && !refusals.knows("b", Class::Chat, 61_000));
        for n in 0..30_000 {
            refusals.note(&n.to_string(), Class::Chat, None, u64::MAX, 1_000);
        }
        assert!(refusals.0.len() <= MAX_REMEMBERED);
    }

    #[test]
    fn an_address_is_its_customer() {
        for (address, key) in [
            ("192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:0db8:0001:0002::9", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("nonsense", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(address_key(address), key, "{address}");
        }
    }
}
