//! Answers that are given again: which turns may take one, and which answers are kept.

use edgewise_protocol::{api::ModelRoute, message::Status};

use super::{Conversation, LogStore};
use crate::{
    chat::{
        reuse::{Kept, key},
        turn::Turn,
    },
    models::{Delta, FinishReason, Prompt},
};

/// An answer that is to be kept, and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    pub key: String,
    pub answer: Kept,
}

impl<S: LogStore> Conversation<S> {
    /// The route of `epoch` is known. Gives the key under which its answer may be kept already; `None` where none is
    /// wanted, where tools have had a part in it, and where a model has begun to answer.
    pub fn reusable(&mut self, epoch: u64, route: &ModelRoute, prompt: &Prompt) -> Option<String> {
        let tenant = match self.head.place {
            Some(place) => place.organization.to_string(),
            None => self.head.owner.to_string(),
        };
        let turn = &mut self.running.as_mut().filter(|running| running.turn.epoch == epoch)?.turn;
        let has_begun = !(turn.said.is_empty() && turn.thought.is_empty() || turn.reuse.is_hit);
        let is_plain = turn.tools.notes().is_empty() && turn.continues.is_none();
        turn.reuse.is_hit = false;
        turn.reuse.key =
            (turn.reuse.is_wanted && is_plain && !has_begun).then(|| key(&tenant, route, prompt)).flatten();
        turn.reuse.key.clone()
    }

    /// An answer was found for `epoch`: it is said, and costs nothing. Gives the words that are left to say; `None` when
    /// nobody waits for them, or what was said began otherwise.
    pub fn reused(&mut self, epoch: u64, kept: &Kept) -> Option<Vec<Delta>> {
        let turn = &mut self.running.as_mut().filter(|running| running.turn.epoch == epoch)?.turn;
        let (thoughts, words) = kept.rest(&turn.thought, &turn.said)?;
        turn.reuse.is_hit = true;
        // What was asked before is over: nobody is charged for what comes.
        turn.meter = std::mem::take(&mut turn.meter).found();
        let thoughts = thoughts.into_iter().map(Delta::Reasoning);
        let end = [Delta::Finish(FinishReason::Stop), Delta::Done];
        Some(thoughts.chain(words.into_iter().map(Delta::Text)).chain(end).collect())
    }
}

/// What is to be kept of an answer that has ended.
pub(super) fn to_keep(turn: &Turn, status: Status) -> Option<Keep> {
    let is_whole = status == Status::Completed && turn.finish_reason(status) == "stop";
    let is_own = !turn.reuse.is_hit && turn.tools.notes().is_empty() && !turn.said.is_empty();
    let key = turn.reuse.key.clone().filter(|_| is_whole && is_own)?;
    Some(Keep { key, answer: Kept { thought: turn.thought.clone(), text: turn.said.clone() } })
}
