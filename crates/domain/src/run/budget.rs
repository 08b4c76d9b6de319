//! How far a run may go.

use edgewise_protocol::run::RunReason;

use super::{USUAL_STEPS, USUAL_TOKENS, USUAL_TOOL_CALLS, journal::Journal, machine::Run};
use crate::agent::MAX_SECONDS;

impl<J: Journal> Run<J> {
    pub(super) fn calls_left(&self) -> u32 {
        let most = self.head.definition.budget.tool_calls.unwrap_or(USUAL_TOOL_CALLS);
        most.saturating_sub(self.usage.tool_calls)
    }

    pub(super) fn has_called_too_much(&self) -> bool {
        self.usage.tool_calls > self.head.definition.budget.tool_calls.unwrap_or(USUAL_TOOL_CALLS)
    }

    /// Why no further question may be asked.
    pub(super) fn over_budget(&self) -> Option<RunReason> {
        let (budget, used) = (&self.head.definition.budget, &self.usage);
        let tokens = used.input_tokens.saturating_add(used.output_tokens);
        // A question that is asked again is none that is new.
        let is_again = self.attempts(&self.question_key()) > 0;
        if !is_again && used.steps >= budget.steps.unwrap_or(USUAL_STEPS) {
            return Some(RunReason::OverSteps);
        }
        if tokens >= budget.tokens.unwrap_or(USUAL_TOKENS) {
            return Some(RunReason::OverTokens);
        }
        budget.cost_micro_usd.is_some_and(|most| used.cost_micro_usd >= most).then_some(RunReason::OverCost)
    }

    /// Without the time that it has waited for people.
    pub(super) fn deadline_ms(&self) -> u64 {
        let seconds = self.head.definition.budget.seconds.unwrap_or(MAX_SECONDS);
        self.created_at_ms.saturating_add(self.waited_ms).saturating_add(seconds.saturating_mul(1_000))
    }
}

/// In words, for people.
pub(super) const fn budget_sentence(reason: RunReason) -> &'static str {
    match reason {
        RunReason::OverSteps => "It has asked the model as often as its budget allows.",
        RunReason::OverToolCalls => "It has called more tools than its budget allows.",
        RunReason::OverTokens => "It has used the tokens that its budget allows.",
        RunReason::OverCost => "It has cost as much as its budget allows.",
        _ => "It took longer than its budget allows.",
    }
}
