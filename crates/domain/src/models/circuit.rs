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

/// One route's. Open: not asked. Half open, when the time is over: whoever comes asks, and the first outcome decides.
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
    fn what_others_found_counts() {
        let mut circuit = Circuit::default();
        circuit.heard(100);
        circuit.heard(50);
        assert!(circuit.is_open(99) && !circuit.is_open(100));
        assert!(circuit.note(Outcome::Failed, 100), "half open, so the first failure opens it");
    }
}
