//! The meter of a turn: what its attempts have cost so far, as the vendor counted it or as we must suppose.
//!
//! Each request to a vendor is an attempt that it charges for by itself: the whole prompt, and what it said. An attempt
//! that never began to speak costs nothing. The meter rests in the row that has the newest words of the answer, so that
//! whoever goes on after the process has died knows what each attempt cost at its own price.

use edgewise_protocol::{message::Usage, price::Price};
use serde::{Deserialize, Serialize};

use crate::models::sum;

/// Bytes of a token, as long as nobody has counted: English has about four, and most other writing more.
const TOKEN_BYTES: u64 = 4;
/// Tokens beyond what the text explains that a vendor may count: thoughts are counted and not said.
const MAX_UNSAID_TOKENS: u64 = 200_000;
/// Tokens of frame around the messages of a prompt, and images.
const MAX_FRAME_TOKENS: u64 = 100_000;
/// Output that is held for at a time, tokens: some seconds of an answer.
const CHUNK_TOKENS: u64 = 256;
const MIN_CHUNK_MICRO_USD: u64 = 500;

/// Tokens that so many bytes stand for.
pub const fn tokens_of(bytes: u64) -> u64 {
    bytes.div_ceil(TOKEN_BYTES)
}

/// A request to a vendor that is under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Attempt {
    #[serde(rename = "i")]
    prompt_bytes: u64,
    #[serde(default, rename = "s", skip_serializing_if = "is_zero")]
    said_bytes: u64,
    #[serde(default, rename = "c", skip_serializing_if = "Option::is_none")]
    counted: Option<Usage>,
    /// How much had been said when it was counted.
    #[serde(default, rename = "b", skip_serializing_if = "is_zero")]
    counted_bytes: u64,
    /// It has begun to speak, and how much is told later: its prompt is owed.
    #[serde(default, rename = "o", skip_serializing_if = "std::ops::Not::not")]
    is_speaking: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_nothing(usage: &Usage) -> bool {
    *usage == Usage::default()
}

impl Attempt {
    /// As the vendor counted it where that can be, else as the bytes say.
    fn usage(&self) -> Option<Usage> {
        let (input, output) = (tokens_of(self.prompt_bytes), tokens_of(self.said_bytes));
        let Some(counted) = self.counted else {
            return (self.said_bytes > 0 || self.is_speaking).then(|| Usage {
                input_tokens: narrow(input),
                output_tokens: narrow(output),
                ..Usage::default()
            });
        };
        // A token has a byte at least, and a prompt has no more tokens than bytes and its frame.
        let input_tokens = counted.input_tokens.min(narrow(self.prompt_bytes.saturating_add(MAX_FRAME_TOKENS)));
        let most = narrow(self.said_bytes.saturating_add(MAX_UNSAID_TOKENS));
        // Who says a text and counts nothing has not counted. Anthropic's first count comes before the first word.
        let since = narrow(tokens_of(self.said_bytes.saturating_sub(self.counted_bytes)));
        let output_tokens = match counted.output_tokens {
            0 => narrow(output),
            some => some.saturating_add(since).min(most),
        };
        Some(Usage {
            input_tokens,
            output_tokens,
            cached_input_tokens: counted.cached_input_tokens.min(input_tokens),
            reasoning_tokens: counted.reasoning_tokens.min(output_tokens),
            cost_micro_usd: None,
        })
    }
}

fn narrow(tokens: u64) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// What a turn has used, and what that costs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    #[serde(default, rename = "p", skip_serializing_if = "Option::is_none")]
    price: Option<Price>,
    /// Of attempts that have ended.
    #[serde(default, rename = "u", skip_serializing_if = "is_nothing")]
    usage: Usage,
    #[serde(default, rename = "w", skip_serializing_if = "is_zero")]
    cost_micro_usd: u64,
    /// Of attempts of a process that died and kept no meter, as a version before did: counted at the next one's price.
    #[serde(default, rename = "l", skip_serializing_if = "is_nothing")]
    unpriced: Usage,
    /// Of attempts that ended, and whose provider has no price: no other's price is theirs.
    #[serde(default, rename = "f", skip_serializing_if = "is_nothing")]
    free: Usage,
    #[serde(default, rename = "a", skip_serializing_if = "Option::is_none")]
    attempt: Option<Attempt>,
}

impl Meter {
    /// A vendor is asked, at `price`.
    pub fn asked(&mut self, price: Option<Price>, prompt_bytes: u64) {
        self.end_attempt();
        if let Some(price) = price {
            let before = std::mem::take(&mut self.unpriced);
            self.cost_micro_usd = self.cost_micro_usd.saturating_add(price.cost_micro_usd(&before));
            self.usage = sum(self.usage, before);
        }
        self.price = price;
        self.attempt = Some(Attempt { prompt_bytes, ..Attempt::default() });
    }

    pub fn said(&mut self, bytes: usize) {
        if let Some(attempt) = &mut self.attempt {
            attempt.said_bytes = attempt.said_bytes.saturating_add(bytes as u64);
        }
    }

    /// What was asked speaks: its prompt is owed, whatever becomes of it.
    pub const fn speaks(&mut self) {
        if let Some(attempt) = &mut self.attempt {
            attempt.is_speaking = true;
        }
    }

    /// The vendor's own count. Some send it with every chunk: the newest counts.
    pub const fn counted(&mut self, usage: Usage) {
        if let Some(attempt) = &mut self.attempt {
            attempt.counted = Some(usage);
            attempt.counted_bytes = attempt.said_bytes;
        }
    }

    fn end_attempt(&mut self) {
        let Some(usage) = self.attempt.take().and_then(|attempt| attempt.usage()) else { return };
        match self.price {
            Some(price) => {
                self.cost_micro_usd = self.cost_micro_usd.saturating_add(price.cost_micro_usd(&usage));
                self.usage = sum(self.usage, usage);
            }
            None => self.free = sum(self.free, usage),
        }
    }

    /// As it rests in a row; `None`: nothing was asked.
    pub fn kept(&self) -> Option<Self> {
        (*self != Self::default()).then(|| self.clone())
    }

    /// The process that kept it died: what was asked is over, as far as the store knows.
    pub fn found(mut self) -> Self {
        self.end_attempt();
        self
    }

    /// The process that metered an attempt died and kept no meter: `before` is what the attempts before it had used, and
    /// its own is what the store has of it.
    pub fn recovered(&mut self, before: Option<(u32, u32)>, prompt_bytes: u64, said_bytes: u64) {
        let lost = Attempt { prompt_bytes, said_bytes, ..Attempt::default() }.usage();
        let (input_tokens, output_tokens) = before.unwrap_or_default();
        let before = Usage { input_tokens, output_tokens, ..Usage::default() };
        self.unpriced = sum(before, lost.unwrap_or_default());
    }

    /// Everything used so far; `None`: nothing.
    pub fn usage(&self) -> Option<Usage> {
        let attempt = self.attempt.and_then(|attempt| attempt.usage()).unwrap_or_default();
        let all = sum(sum(self.usage, sum(self.unpriced, self.free)), attempt);
        (all != Usage::default()).then_some(all)
    }

    /// What attempts have used whose price nobody has known yet.
    pub fn lost(&self) -> Option<Usage> {
        let lost = sum(self.unpriced, self.free);
        (lost != Usage::default()).then_some(lost)
    }

    /// What that costs; `None`: nobody knows the price.
    pub fn cost_micro_usd(&self) -> Option<u64> {
        let Some(price) = self.price else { return self.is_priced().then_some(self.cost_micro_usd) };
        let attempt = self.attempt.and_then(|attempt| attempt.usage()).unwrap_or_default();
        Some(self.cost_micro_usd.saturating_add(price.cost_micro_usd(&attempt)))
    }

    /// What is to be held in all before the attempt begins, or goes on: what was spent, its prompt, and a chunk.
    pub fn wanted_micro_usd(&self) -> u64 {
        self.committed_micro_usd().saturating_add(self.chunk_micro_usd())
    }

    /// What is owed whatever happens now: of an attempt that has not spoken yet, its prompt.
    pub fn committed_micro_usd(&self) -> u64 {
        let Some(price) = self.price else { return 0 };
        let silent = self.attempt.filter(|attempt| attempt.said_bytes == 0 && attempt.counted.is_none());
        let prompt = silent.map_or(0, |attempt| {
            let input_tokens = narrow(tokens_of(attempt.prompt_bytes));
            price.cost_micro_usd(&Usage { input_tokens, ..Usage::default() })
        });
        self.cost_micro_usd().unwrap_or(0).saturating_add(prompt)
    }

    /// What is held for at a time.
    pub fn chunk_micro_usd(&self) -> u64 {
        let chunk = Usage { output_tokens: narrow(CHUNK_TOKENS), ..Usage::default() };
        self.price.map_or(0, |price| price.cost_micro_usd(&chunk).max(MIN_CHUNK_MICRO_USD))
    }

    /// The cost is known, at least of what was asked before.
    pub const fn is_priced(&self) -> bool {
        self.costs_more() || self.cost_micro_usd > 0
    }

    /// What is being asked has a price.
    pub const fn costs_more(&self) -> bool {
        self.price.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A micro-USD for each token of input, ten for each of output.
    const PRICE: Price =
        Price { input_micro_usd: 1_000_000, cached_input_micro_usd: None, output_micro_usd: 10_000_000 };

    const fn usage(input_tokens: u32, output_tokens: u32) -> Usage {
        Usage { input_tokens, output_tokens, cached_input_tokens: 0, reasoning_tokens: 0, cost_micro_usd: None }
    }

    #[test]
    fn the_vendors_count_replaces_the_guess() {
        let mut meter = Meter::default();
        meter.asked(Some(PRICE), 400);
        assert_eq!((meter.cost_micro_usd(), meter.committed_micro_usd()), (Some(0), 100));
        assert_eq!(meter.wanted_micro_usd(), 100 + 2_560);
        meter.said(40);
        assert_eq!(meter.cost_micro_usd(), Some(100 + 100));
        meter.counted(usage(90, 7));
        assert_eq!((meter.usage(), meter.cost_micro_usd()), (Some(usage(90, 7)), Some(90 + 70)));
    }

    #[test]
    fn every_attempt_that_spoke_counts_and_one_that_did_not_does_not() {
        let mut meter = Meter::default();
        meter.asked(Some(PRICE), 40);
        meter.asked(Some(PRICE), 40);
        meter.said(8);
        meter.asked(Some(PRICE), 48);
        meter.counted(usage(12, 3));
        assert_eq!(meter.usage(), Some(usage(10 + 12, 2 + 3)));
        assert_eq!(meter.cost_micro_usd(), Some(10 + 20 + 12 + 30));
    }

    #[test]
    fn lies_are_clamped() {
        let mut meter = Meter::default();
        meter.asked(Some(PRICE), 40);
        meter.said(400);
        meter.counted(usage(u32::MAX, u32::MAX));
        let (input, output) = (40 + MAX_FRAME_TOKENS, 400 + MAX_UNSAID_TOKENS);
        assert_eq!(meter.cost_micro_usd(), Some(input + 10 * output));
        meter.counted(usage(0, 0));
        assert_eq!(meter.cost_micro_usd(), Some(1_000), "who says a text and counts nothing");
    }

    #[test]
    fn what_is_said_after_a_count_is_counted_too() {
        let mut meter = Meter::default();
        meter.asked(Some(PRICE), 400);
        meter.counted(usage(90, 1));
        meter.said(400);
        assert_eq!(meter.usage(), Some(usage(90, 1 + 100)));
        meter.counted(usage(90, 120));
        assert_eq!(meter.usage(), Some(usage(90, 120)));
    }

    #[test]
    fn what_a_dead_process_used_has_the_price_at_which_it_was_asked() {
        let mut meter = Meter::default();
        meter.asked(Some(PRICE), 40);
        meter.counted(usage(10, 2));
        meter.asked(Some(PRICE), 40);
        meter.said(80);
        let text = serde_json::to_string(&meter.kept().unwrap()).unwrap();
        let mut meter = serde_json::from_str::<Meter>(&text).unwrap().found();
        assert_eq!((meter.usage(), meter.cost_micro_usd()), (Some(usage(20, 22)), Some(10 + 20 + 10 + 200)));
        meter.asked(Some(Price { output_micro_usd: 90_000_000, ..PRICE }), 40);
        meter.counted(usage(1, 1));
        assert_eq!((meter.usage(), meter.cost_micro_usd()), (Some(usage(21, 23)), Some(240 + 1 + 90)));
        meter.asked(None, 40);
        meter.counted(usage(5, 5));
        let meter = meter.found();
        assert_eq!((meter.usage(), meter.cost_micro_usd()), (Some(usage(26, 28)), Some(240 + 91)));
        assert_eq!(Meter::default().kept(), None);
    }

    #[test]
    fn who_speaks_owes_the_prompt_before_anybody_knows_how_much_was_said() {
        let mut meter = Meter::default();
        meter.asked(Some(PRICE), 400);
        assert_eq!(meter.usage(), None);
        meter.speaks();
        assert_eq!((meter.usage(), meter.cost_micro_usd()), (Some(usage(100, 0)), Some(100)));
        meter.said(8);
        assert_eq!(meter.cost_micro_usd(), Some(100 + 20));
    }

    #[test]
    fn what_a_process_used_that_kept_no_meter_is_priced_by_the_next_one() {
        let mut meter = Meter::default();
        meter.recovered(Some((5, 6)), 40, 80);
        assert_eq!((meter.usage(), meter.cost_micro_usd()), (Some(usage(15, 26)), None));
        meter.asked(Some(PRICE), 60);
        assert_eq!(meter.cost_micro_usd(), Some(15 + 260));
    }

    #[test]
    fn each_attempt_has_its_own_price() {
        let mut meter = Meter::default();
        meter.asked(Some(PRICE), 40);
        meter.counted(usage(10, 2));
        meter.asked(None, 40);
        meter.said(40);
        assert_eq!((meter.is_priced(), meter.cost_micro_usd()), (true, Some(30)));
        meter.asked(Some(PRICE), 40);
        assert_eq!((meter.usage(), meter.cost_micro_usd()), (Some(usage(10 + 10, 2 + 10)), Some(30)));
    }

    #[test]
    fn without_a_price_tokens_are_counted_and_nothing_is_held() {
        let mut meter = Meter::default();
        meter.asked(None, 40);
        meter.counted(usage(1, 2));
        assert_eq!((meter.usage(), meter.cost_micro_usd(), meter.wanted_micro_usd()), (Some(usage(1, 2)), None, 0));
    }
}
