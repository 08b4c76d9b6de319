//! A step: what it is, and what came of it.

use edgewise_protocol::run::RunReason;

use super::{entry::Spent, workflow::Phase};
use crate::{
    chat::tools::{self, Outcome},
    models::{self, Delta},
    tools::Tool,
};

/// What the deployment says of tools.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    pub enabled: &'a [Tool],
    pub ask_first: &'a [Tool],
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// This, now; it is claimed.
    Do(Box<Claimed>),
    /// Not before this time.
    Later(u64),
    /// Somebody takes a step now.
    Busy,
    /// Somebody is to decide.
    Waits,
    Over,
}

/// A step that is to be taken, by whoever was given it.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    pub step: String,
    pub attempt: u32,
    pub work: Work,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    Ask(Box<Question>),
    Call(tools::Due),
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// `None`: the deployment's usual one.
    pub model: Option<String>,
    pub phase: Phase,
    pub instructions: String,
    pub task: String,
    /// The phase before and what it made.
    pub before: Option<(&'static str, String)>,
    /// What this phase has done with tools so far.
    pub steps: Vec<models::Step>,
    pub tools: Vec<models::Tool>,
    pub tools_closed: bool,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Came {
    Said(Said),
    Done {
        outcome: Outcome,
        duration_ms: u64,
    },
    /// No answer. `reason`: there is no use in trying again.
    Failed {
        error: String,
        reason: Option<RunReason>,
        spent: Option<Spent>,
    },
}

/// What a model's stream said.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub deltas: Vec<Delta>,
    /// Who spoke: their seals are nobody else's.
    pub by: String,
    pub spent: Option<Spent>,
}
