//! The circuit breaker: after how many failures a route is not asked for a while, and when it is tried again.

use std::collections::VecDeque;

use crate::{chat::turn::Trouble, models::failure::FailureKind};

/// So many failures within the window open it.
const MAX_FAILURES: usize = 5;
const WINDOW_MS: u64 = 60_000;
/// How long it stays open at first, and at most: each time that it fails again at once, twice as long.
const FIRST_OPEN_MS: u64 = 30_000;
const MAX_OPEN_MS: u64 = 300_000;
/// A refused key and an empty account stay so until somebody acts.
const UNFIT_OPEN_MS: u64 = 300_000;

/// What an attempt tells of the health of its route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It speaks.
    Well,
    Failed,
    /// It will not speak with us until somebody acts.
    Unfit,
    /// Our own fault, or the conversation's.
    Nothing,
}

impl Outcome {
    pub const fn of(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Refused { kind, .. } => match kind {
                FailureKind::Revoked | FailureKind::Unfit => Self::Unfit,
                FailureKind::BadRequest
                | FailureKind::ContextTooLong
                | FailureKind::OverBudget
                | FailureKind::OwnKeyRefused
                | FailureKind::OwnKey => Self::Nothing,
                FailureKind::RateLimited | FailureKind::Overloaded | FailureKind::Other => Self::Failed,
            },
            Trouble::Cut | Trouble::Silent => Self::Failed,
            Trouble::Overtime => Self::Nothing,
        }
    }

    /// Where the asker's own key was used: what concerns a key says nothing of others.
    pub const fn of_own_key(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Refused { kind: FailureKind::Overloaded | FailureKind::Other, .. }
            | Trouble::Cut
            | Trouble::Silent => Self::Failed,
            Trouble::Refused { .. } | Trouble::Overtime => Self::Nothing,
        }
    }
}

/// One route's, as an isolate knows it. Open: not asked. Half open, when the time is over: whoever the [`Gate`] lets
/// through asks, and the outcome decides.
#[derive(Debug, Clone, Default)]
pub struct Circuit {
    failures: VecDeque<u64>,
    open_until_ms: u64,
    /// How often it opened in a row.
    times: u32,
}

impl Circuit {
    pub const fn is_open(&self, now_ms: u64) -> bool {
        now_ms < self.open_until_ms
    }

    pub const fn open_until_ms(&self) -> u64 {
        self.open_until_ms
    }

    /// Its time is over, and nobody has asked since: one may.
    pub const fn is_half_open(&self, now_ms: u64) -> bool {
        self.times > 0 && !self.is_open(now_ms)
    }

    /// Somebody else has found it so.
    pub fn heard(&mut self, open_until_ms: u64) {
        self.open_until_ms = self.open_until_ms.max(open_until_ms);
        self.times = self.times.max(1);
    }

    /// `true`: it has opened just now, and others should hear of it.
    pub fn note(&mut self, outcome: Outcome, now_ms: u64) -> bool {
        match outcome {
            Outcome::Nothing => return false,
            Outcome::Well => {
                *self = Self::default();
                return false;
            }
            // What fails while it is open was asked before, or for want of another.
            Outcome::Failed | Outcome::Unfit if self.is_open(now_ms) => return false,
            Outcome::Unfit => {
                self.open_until_ms = now_ms + UNFIT_OPEN_MS;
                self.times += 1;
                return true;
            }
            Outcome::Failed => {}
        }
        self.failures.push_back(now_ms);
        while self.failures.front().is_some_and(|at_ms| at_ms + WINDOW_MS < now_ms) {
            self.failures.pop_front();
        }
        if self.times == 0 && self.failures.len() < MAX_FAILURES {
            return false;
        }
        self.failures.clear();
        self.open_until_ms = now_ms + (FIRST_OPEN_MS << self.times.min(10)).min(MAX_OPEN_MS);
        self.times += 1;
        true
    }
}

/// How long one attempt may take to tell: as long as a provider may be silent.
const PROBE_MS: u64 = 30_000;

/// What whoever would ask through a half-open circuit is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Ask: nobody else does.
    Granted,
    /// Somebody has asked, and it speaks.
    Closed,
    /// Somebody asks, or it has failed again.
    Until { ms: u64 },
}

/// The one place that all isolates ask before they try a route that failed: exactly one is let through at a time.
/// In memory: a gate that forgets lets one more through.
#[derive(Debug, Default)]
pub struct Gate {
    open_until_ms: u64,
    probing_until_ms: u64,
    works: bool,
}

impl Gate {
    pub fn pass(&mut self, now_ms: u64) -> Pass {
        let until_ms = self.open_until_ms.max(self.probing_until_ms);
        if self.works {
            Pass::Closed
        } else if now_ms < until_ms {
            Pass::Until { ms: until_ms }
        } else {
            self.probing_until_ms = now_ms + PROBE_MS;
            Pass::Granted
        }
    }

    /// The circuit has opened somewhere, or opened again.
    pub fn opened(&mut self, open_until_ms: u64) {
        *self = Self { open_until_ms: self.open_until_ms.max(open_until_ms), probing_until_ms: 0, works: false };
    }

    /// Whoever was let through is answered.
    pub fn closed(&mut self) {
        *self = Self { works: true, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_within_a_window() {
        let mut circuit = Circuit::default();
        for at in 0..4 {
            assert!(!circuit.note(Outcome::Failed, at * 1_000));
        }
        assert!(!circuit.note(Outcome::Failed, WINDOW_MS + 1_000), "the first of them is forgotten");
        assert!(circuit.note(Outcome::Failed, WINDOW_MS + 1_000), "the fifth within a minute");
        assert!(circuit.is_open(WINDOW_MS + 1_000));
        assert!(!circuit.is_open(WINDOW_MS + 1_000 + FIRST_OPEN_MS));
    }

    #[test]
    fn half_open_the_first_outcome_decides() {
        let mut circuit = Circuit::default();
        (0..5).for_each(|at| _ = circuit.note(Outcome::Failed, at));
        let mut now_ms = circuit.open_until_ms();
        for expected_ms in [60_000, 120_000, 240_000, 300_000, 300_000] {
            assert!(!circuit.is_open(now_ms));
            assert!(circuit.note(Outcome::Failed, now_ms), "it opens again at once");
            assert_eq!(circuit.open_until_ms() - now_ms, expected_ms);
            assert!(!circuit.note(Outcome::Failed, now_ms + 1), "and is told of once");
            now_ms = circuit.open_until_ms();
        }
        circuit.note(Outcome::Well, now_ms);
        assert!(!circuit.note(Outcome::Failed, now_ms), "closed: it takes five again");
    }

    #[test]
    fn what_stays_until_somebody_acts_opens_at_once_and_our_own_fault_never() {
        let refused = |kind| Trouble::Refused { kind, retry_after_ms: None, sentence: String::new() };
        let mut circuit = Circuit::default();
        for _ in 0..9 {
            assert!(!circuit.note(Outcome::of(&refused(FailureKind::BadRequest)), 5));
            assert!(!circuit.note(Outcome::of(&refused(FailureKind::ContextTooLong)), 5));
        }
        assert!(circuit.note(Outcome::of(&refused(FailureKind::Revoked)), 5));
        assert_eq!(circuit.open_until_ms(), 5 + UNFIT_OPEN_MS);
    }

    #[test]
    fn the_gate_lets_exactly_one_through_at_a_time() {
        let mut gate = Gate::default();
        gate.opened(1_000);
        gate.opened(500);
        assert_eq!(gate.pass(999), Pass::Until { ms: 1_000 });
        let passed: Vec<_> = (0..200).map(|_| gate.pass(1_000)).collect();
        assert_eq!(passed.iter().filter(|pass| **pass == Pass::Granted).count(), 1);
        assert_eq!(passed[1], Pass::Until { ms: 1_000 + PROBE_MS });
        // It died without a word: the next one is let through.
        assert_eq!(gate.pass(1_000 + PROBE_MS), Pass::Granted);
        gate.opened(90_000);
        assert_eq!(gate.pass(80_000), Pass::Until { ms: 90_000 });
        assert_eq!(gate.pass(90_000), Pass::Granted);
        gate.closed();
        assert_eq!([gate.pass(90_001), gate.pass(90_002)], [Pass::Closed; 2]);
        gate.opened(200_000);
        assert_eq!(gate.pass(100_000), Pass::Until { ms: 200_000 }, "it failed anew");
    }

    #[test]
    fn many_isolates_and_one_gate_probe_once_for_each_time_that_it_opens() {
        let (mut isolates, mut gate) = (vec![Circuit::default(); 50], Gate::default());
        (0..5).for_each(|at| _ = isolates[0].note(Outcome::Failed, at));
        let mut probes = 0;
        for now_ms in (0..600_000).step_by(1_000) {
            for at in 0..isolates.len() {
                let open_until_ms = isolates[0].open_until_ms();
                isolates[at].heard(open_until_ms);
                if !isolates[at].is_half_open(now_ms) {
                    continue;
                }
                match gate.pass(now_ms) {
                    Pass::Granted => {
                        probes += 1;
                        isolates[at].note(Outcome::Failed, now_ms);
                        let open_until_ms = isolates[at].open_until_ms();
                        gate.opened(open_until_ms);
                    }
                    Pass::Until { ms } => isolates[at].heard(ms),
                    Pass::Closed => panic!("nobody said so"),
                }
            }
        }
        // Each time twice as long, up to five minutes; an isolate that has only heard of it begins at a minute.
        assert!((3..=10).contains(&probes), "{probes}");
    }

    #[test]
    fn what_others_found_counts() {
        let mut circuit = Circuit::default();
        circuit.heard(100);
        circuit.heard(50);
        assert!(circuit.is_open(99) && !circuit.is_open(100));
        assert!(circuit.note(Outcome::Failed, 100), "half open, so the first failure opens it");
    }
}
