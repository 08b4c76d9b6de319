//! Summaries of older parts of branches: when one is to be made, how it is stored, and what goes with a deleted message.

use std::collections::BTreeSet;

use edgewise_protocol::message::Usage;

use super::{Conversation, LogStore};
use crate::{
    chat::{
        compaction::{Compaction, bounded, due, recalled},
        row::{Change, Kind},
        send::StoreError,
    },
    models::{
        Delta, FinishReason, Prompt,
        tokens::{Family, estimate},
    },
};

/// Summaries of one conversation, of all its branches. Beyond these, prompts are cut.
const MAX_SUMMARIES: usize = 64;

/// What a model said when it was asked for a summary, whole or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub text: String,
    /// It came to its end.
    pub is_whole: bool,
    /// Everything that was said, thoughts as well.
    pub said_bytes: usize,
    pub usage: Option<Usage>,
}

impl Summary {
    /// Takes in what the model said.
    pub fn hear(&mut self, delta: Delta) {
        match delta {
            Delta::Text(text) => {
                self.said_bytes += text.len();
                self.text.push_str(&text);
            }
            Delta::Reasoning(text) => self.said_bytes += text.len(),
            Delta::Usage(usage) => self.usage = Some(usage),
            // One that was cut at its greatest length is better than none.
            Delta::Finish(reason) => self.is_whole = matches!(reason, FinishReason::Stop | FinishReason::Length),
            Delta::Error(_) => self.is_whole = false,
            Delta::ToolCall { .. } | Delta::ToolArguments { .. } | Delta::Signature(_) | Delta::Done => {}
        }
    }
}

impl<S: LogStore> Conversation<S> {
    /// The prompt of `epoch` is known as its model will read it. Gives the summary to be asked for first, once in a turn:
    /// when that fails, the prompt is cut.
    pub fn compaction(
        &mut self,
        epoch: u64,
        prompt: &Prompt,
        family: Family,
        share_percent: u64,
    ) -> Option<Compaction> {
        let (correction, is_full) = (self.correction, self.head.compacted.len() >= MAX_SUMMARIES);
        let running = self.running.as_mut().filter(|running| running.turn.epoch == epoch)?;
        if is_full || running.turn.compacts {
            return None;
        }
        let found = due(prompt, family, correction, share_percent)?;
        running.turn.compacts = true;
        Some(found)
    }

    /// The model that was asked for it speaks. A process that dies now leaves what its prompt took.
    ///
    /// # Errors
    /// [`StoreError`]; forget this value and open the store again.
    pub fn compacting(&mut self, epoch: u64, now_ms: u64) -> Result<(), StoreError> {
        let Some(running) = self.running.as_mut().filter(|running| running.turn.epoch == epoch) else { return Ok(()) };
        running.turn.meter.speaks();
        self.keep_meter(now_ms)
    }

    /// What came of it: its cost is the turn's. A summary that is whole is stored and told, and the model is asked anew
    /// with it.
    ///
    /// # Errors
    /// [`StoreError`]; forget this value and open the store again.
    pub fn compacted(
        &mut self,
        epoch: u64,
        now_ms: u64,
        compaction: &Compaction,
        family: Family,
        summary: &Summary,
    ) -> Result<(), StoreError> {
        let Some(running) = self.running.as_mut().filter(|running| running.turn.epoch == epoch) else { return Ok(()) };
        running.turn.summarised(summary.said_bytes, summary.usage);
        self.keep_meter(now_ms)?;
        let Some(text) = bounded(&summary.text).filter(|_| summary.is_whole) else { return Ok(()) };
        let tokens = self.correction.apply(estimate(family, &recalled(text)));
        let left = compaction.tokens_before.saturating_sub(compaction.tokens_covered);
        let Some(message) = self.message_id_of(Some(compaction.covers))? else { return Ok(()) };
        let change = Change::Compacted {
            message,
            summary: text.to_owned(),
            before: compaction.tokens_before,
            after: left.saturating_add(tokens),
        };
        self.note_change(now_ms, &change)?;
        self.head.compacted.push((compaction.covers, self.last_seq));
        self.store_head()?;
        self.effects.abort = true;
        self.ask(now_ms, 0)
    }

    /// The newest summary that covers everything up to row `seq`.
    pub(super) fn summary_until(&self, seq: u64) -> Result<Option<String>, StoreError> {
        let Some((_, row)) = self.head.compacted.iter().rev().find(|(covers, _)| *covers == seq) else {
            return Ok(None);
        };
        let change = self.store.get(*row)?.filter(|row| row.kind == Kind::Updated).and_then(|row| row.change());
        Ok(match change {
            Some(Change::Compacted { summary, .. }) if !summary.is_empty() => Some(summary),
            _ => None,
        })
    }

    /// Messages are deleted: of summaries that cover one of them nothing is left. A deleted message takes all that
    /// follow it along, so that the last that a summary covers tells.
    pub(super) fn forget_summaries(&mut self, doomed: &BTreeSet<u64>) -> Result<(), StoreError> {
        for (_, row) in self.head.compacted.iter().filter(|(covers, _)| doomed.contains(covers)) {
            let Some(mut row) = self.store.get(*row)? else { continue };
            if let Some(Change::Compacted { message, before, after, .. }) = row.change() {
                let change = Change::Compacted { message, summary: String::new(), before, after };
                row.meta = serde_json::to_string(&change).ok();
                self.store.update(&row)?;
            }
        }
        self.head.compacted.retain(|(covers, _)| !doomed.contains(covers));
        Ok(())
    }
}
