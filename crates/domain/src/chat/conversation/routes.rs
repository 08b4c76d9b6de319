//! Whom the running turn asks: the shell tells which routes there are, the turn picks, and a change is an event.

use edgewise_protocol::api::ModelRoute;

use super::{Conversation, LogStore};
use crate::{
    chat::send::StoreError,
    models::{
        Prompt,
        tokens::{Family, fit, of_prompt},
    },
};

impl<S: LogStore> Conversation<S> {
    /// The routes of the model that the turn of `epoch` asks are known now. Gives the one to ask; `None` when nobody
    /// waits for it any more.
    ///
    /// # Errors
    /// [`StoreError`]; forget this value and open the store again.
    pub fn route(
        &mut self,
        epoch: u64,
        now_ms: u64,
        chain: &[ModelRoute],
        is_open: impl Fn(&ModelRoute) -> bool,
    ) -> Result<Option<ModelRoute>, StoreError> {
        let Some(running) = self.running.as_mut().filter(|running| running.turn.epoch == epoch) else {
            return Ok(None);
        };
        let at = running.turn.said_units();
        let Some((route, leg)) = running.turn.routing.pick(chain, is_open, at) else { return Ok(None) };
        // Stored before it is told, and before the provider is asked.
        if let Some(leg) = leg.filter(|leg| leg.reason.is_some()) {
            self.store_batch(now_ms, Some(&leg))?;
        }
        Ok(Some(route))
    }

    /// The prompt of `epoch` is made to fit the model that is about to read it, as the vendor has counted in this
    /// conversation so far.
    pub fn fit(&mut self, epoch: u64, prompt: &mut Prompt, family: Family) {
        let Some(running) = self.running.as_mut().filter(|running| running.turn.epoch == epoch) else { return };
        let estimated = match prompt.options.context_tokens {
            Some(context_tokens) => fit(prompt, family, context_tokens, self.correction),
            None => of_prompt(family, prompt),
        };
        prompt.recall();
        running.turn.estimated_tokens = Some(estimated);
    }

    /// Whose key pays for what the turn of `epoch` asks.
    pub fn use_own_key(&mut self, epoch: u64, own_key: bool) {
        if let Some(running) = self.running.as_mut().filter(|running| running.turn.epoch == epoch) {
            running.turn.routing.use_own_key(own_key);
        }
    }
}
