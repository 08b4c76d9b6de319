//! The workflows: phases one after the other, each of which reads what the one before it made.

use edgewise_protocol::agent::Workflow;

/// A part of a workflow. The model is asked until it answers without calling anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Phase {
    pub name: &'static str,
    /// What is asked of the model beside the task.
    pub instruction: &'static str,
    /// Whether it may call the agent's tools.
    pub has_tools: bool,
}

const LOOP: &[Phase] = &[Phase { name: "answer", instruction: "", has_tools: true }];

const RESEARCH: &[Phase] = &[
    Phase {
        name: "initialize",
        instruction: "Prepare the task and do not solve it yet. Say in your own words what is wanted, what is known \
                      already, which questions are open, and by what a good result is told from a bad one.",
        has_tools: false,
    },
    Phase {
        name: "research",
        instruction: "Find out what the open questions need. Use tools where they help. Report what you found, each \
                      finding with where it comes from, and what could not be found.",
        has_tools: true,
    },
    Phase {
        name: "analyze",
        instruction: "Judge the findings: what they have in common, where they contradict each other, how certain each \
                      is, and what follows from them. End with a plan of what is to be made.",
        has_tools: false,
    },
    Phase {
        name: "execute",
        instruction: "Carry out the plan and make what the task asks for, whole. Use tools where they help.",
        has_tools: true,
    },
    Phase {
        name: "summarize",
        instruction: "Write the answer to the task for whoever gave it: the result first, then what it rests on and \
                      what remains open.",
        has_tools: false,
    },
];

/// The phases of a workflow, at least one.
pub const fn phases(workflow: Workflow) -> &'static [Phase] {
    match workflow {
        Workflow::Loop => LOOP,
        Workflow::Research => RESEARCH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_steps_are_those_of_the_founding_document() {
        let names: Vec<_> = phases(Workflow::Research).iter().map(|phase| phase.name).collect();
        assert_eq!(names, ["initialize", "research", "analyze", "execute", "summarize"]);
    }
}
