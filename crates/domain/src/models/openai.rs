//! The chat completions of OpenAI and of everyone who copied them, as a sans-I/O codec.

mod chunk;
mod request;
#[cfg(test)]
mod tests;

pub use request::{encode, encode_for_workers_ai};

use super::Delta;

/// More calls in one answer are a vendor's fancy.
const MAX_CALLS: usize = 128;

#[derive(Debug, Default)]
pub(super) struct State {
    finished: bool,
    /// Calls that have begun, by their index.
    calls: Vec<u32>,
}

impl State {
    pub(super) fn read(&mut self, data: &str, deltas: &mut Vec<Delta>) -> Result<(), String> {
        if data == "[DONE]" {
            deltas.push(Delta::Done);
            return Ok(());
        }
        let chunk = chunk::parse(data)?;
        deltas.extend(chunk.thought.map(Delta::Reasoning));
        deltas.extend(chunk.text.map(Delta::Text));
        for call in chunk.calls {
            self.call(call, deltas);
        }
        if let Some(reason) = chunk.finish
            && !std::mem::replace(&mut self.finished, true)
        {
            deltas.push(Delta::Finish(reason));
        }
        deltas.extend(chunk.usage.map(Delta::Usage));
        Ok(())
    }

    /// A call is told of once, by the piece that names it; pieces of one that was never named are dropped.
    fn call(&mut self, call: chunk::Call, deltas: &mut Vec<Delta>) {
        let index = call.index;
        if !self.calls.contains(&index) {
            if call.name.is_empty() || self.calls.len() >= MAX_CALLS {
                return;
            }
            self.calls.push(index);
            // Whoever gives calls no id tells them apart by their index.
            let id = if call.id.is_empty() { format!("call_{index}") } else { call.id };
            deltas.push(Delta::ToolCall { index, id, name: call.name, signature: None });
        }
        if !call.arguments.is_empty() {
            deltas.push(Delta::ToolArguments { index, json: call.arguments });
        }
    }
}
