//! Agents: definitions with versions. What one does is a run (`crate::run`), which takes its definition along.

pub mod records;

use std::collections::HashSet;

use edgewise_protocol::agent::AgentDefinition;

use crate::{
    chat::send::{MAX_SYSTEM_PROMPT_BYTES, Refusal, check_model},
    tools::Tool,
};

/// For each owner.
pub const MAX_AGENTS: u64 = 200;
/// That are kept of one agent; then the oldest go.
pub const MAX_VERSIONS: u32 = 1_000;
pub const MAX_NAME_CHARS: usize = 100;
pub const MAX_DESCRIPTION_CHARS: usize = 1_000;
pub const MAX_STARTERS: usize = 10;
pub const MAX_STARTER_CHARS: usize = 500;

/// The furthest that any run goes: questions to the model.
pub const MAX_STEPS: u32 = 100;
pub const MAX_TOOL_CALLS: u32 = 200;
pub const MAX_TOKENS: u64 = 10_000_000;
pub const MAX_COST_MICRO_USD: u64 = 1_000_000_000;
/// Half an hour, as a chain of steps.
pub const MAX_SECONDS: u64 = 1_800;

/// # Errors
/// The first [`Refusal`] found.
pub fn check(definition: &AgentDefinition) -> Result<(), Refusal> {
    if definition.name.trim().is_empty() || definition.name.chars().count() > MAX_NAME_CHARS {
        return Err(Refusal::Bad { field: "name", why: "has 1 to 100 characters, and not only white space" });
    }
    if definition.description.chars().count() > MAX_DESCRIPTION_CHARS {
        return Err(Refusal::TooLong { what: "description", limit: MAX_DESCRIPTION_CHARS, unit: "characters" });
    }
    if definition.instructions.len() > MAX_SYSTEM_PROMPT_BYTES {
        return Err(Refusal::TooLong { what: "instructions", limit: MAX_SYSTEM_PROMPT_BYTES, unit: "bytes" });
    }
    if let Some(model) = &definition.model {
        check_model(model)?;
    }
    let mut known: HashSet<&str> = HashSet::new();
    if !definition.tools.iter().all(|name| Tool::named(name).is_some() && known.insert(name)) {
        return Err(Refusal::Bad { field: "tools", why: "names tools that there are, each once" });
    }
    let fits = |starter: &String| !starter.trim().is_empty() && starter.chars().count() <= MAX_STARTER_CHARS;
    if definition.starters.len() > MAX_STARTERS || !definition.starters.iter().all(fits) {
        return Err(Refusal::Bad { field: "starters", why: "has at most 10 texts of 1 to 500 characters" });
    }
    check_budget(definition)
}

fn check_budget(definition: &AgentDefinition) -> Result<(), Refusal> {
    let budget = &definition.budget;
    for (field, given, most) in [
        ("budget/steps", budget.steps.map(u64::from), u64::from(MAX_STEPS)),
        ("budget/toolCalls", budget.tool_calls.map(|calls| u64::from(calls) + 1), u64::from(MAX_TOOL_CALLS) + 1),
        ("budget/tokens", budget.tokens, MAX_TOKENS),
        ("budget/costMicroUsd", budget.cost_micro_usd.map(|cost| cost + 1), MAX_COST_MICRO_USD + 1),
        ("budget/seconds", budget.seconds, MAX_SECONDS),
    ] {
        if given.is_some_and(|given| given == 0 || given > most) {
            return Err(Refusal::Bad { field, why: "is out of the range that a run may have" });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use edgewise_protocol::agent::AgentBudget;

    use super::*;

    #[test]
    fn what_cannot_be_an_agent_is_refused_by_its_field() {
        let good = AgentDefinition { name: "N".into(), tools: vec!["clock".into()], ..AgentDefinition::default() };
        assert_eq!(check(&good), Ok(()));
        let budget = |budget: AgentBudget| AgentDefinition { budget, ..good.clone() };
        for (bad, name) in [
            (AgentDefinition { name: " ".into(), ..good.clone() }, "name"),
            (AgentDefinition { tools: vec!["rm".into()], ..good.clone() }, "tools"),
            (
                AgentDefinition { tools: vec!["clock".into(), "calculator".into(), "clock".into()], ..good.clone() },
                "tools",
            ),
            (AgentDefinition { starters: vec![" ".into()], ..good.clone() }, "starters"),
            (AgentDefinition { starters: vec!["x".into(); 11], ..good.clone() }, "starters"),
            (AgentDefinition { model: Some(String::new()), ..good.clone() }, "model"),
            (budget(AgentBudget { steps: Some(0), ..AgentBudget::default() }), "budget/steps"),
            (budget(AgentBudget { steps: Some(101), ..AgentBudget::default() }), "budget/steps"),
            (budget(AgentBudget { seconds: Some(1_801), ..AgentBudget::default() }), "budget/seconds"),
            (
                budget(AgentBudget { cost_micro_usd: Some(u64::MAX - 1), ..AgentBudget::default() }),
                "budget/costMicroUsd",
            ),
        ] {
            let refused = check(&bad);
            assert!(
                matches!(refused, Err(Refusal::Bad { field, .. }) if field == name)
                    || name == "model" && refused.is_err(),
                "{bad:?}: {refused:?}"
            );
        }
        let none = budget(AgentBudget { tool_calls: Some(0), cost_micro_usd: Some(0), ..AgentBudget::default() });
        assert_eq!(check(&none), Ok(()), "an agent may be let have none of these");
    }
}
