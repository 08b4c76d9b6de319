//! The prompt of a turn: the branch of the message tree that leads to it, newest first until the budget is spent.

use edgewise_protocol::message::Role;

use crate::models::{Options, Prompt, PromptMessage};

/// About 100,000 tokens at four bytes each.
pub const MAX_PROMPT_BYTES: usize = 400 * 1024;
pub const MAX_PROMPT_MESSAGES: usize = 1_000;

/// Gathers messages from the newest backwards.
#[derive(Debug)]
pub struct PromptBuilder {
    backwards: Vec<PromptMessage>,
    bytes: usize,
}

impl PromptBuilder {
    /// `partial` is what a cut answer had said.
    pub fn new(partial: &str) -> Self {
        let mut builder = Self { backwards: Vec::new(), bytes: 0 };
        builder.add(Role::Assistant, partial.to_owned());
        builder
    }

    /// Adds the message before; `false` when the budget is spent. The message that is answered always fits.
    pub fn add(&mut self, role: Role, text: String) -> bool {
        if text.is_empty() {
            return true;
        }
        let asked = self.backwards.iter().any(|message| message.role == Role::User);
        if asked && (self.bytes + text.len() > MAX_PROMPT_BYTES || self.backwards.len() >= MAX_PROMPT_MESSAGES) {
            return false;
        }
        self.bytes += text.len();
        self.backwards.push(PromptMessage { role, text, images: Vec::new() });
        true
    }

    pub fn finish(mut self, model: String, system: Option<String>) -> Prompt {
        self.backwards.reverse();
        // A prompt that was cut by its budget begins with a question, not with half an exchange.
        if self.backwards.len() > 1 && self.backwards.first().is_some_and(|first| first.role == Role::Assistant) {
            self.backwards.remove(0);
        }
        Prompt { model, system, messages: self.backwards, options: Options::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_fit_and_the_question_always_does() {
        let mut builder = PromptBuilder::new("half an ans");
        assert!(builder.add(Role::User, "q".repeat(MAX_PROMPT_BYTES + 1)));
        assert!(!builder.add(Role::Assistant, "old".into()));
        let prompt = builder.finish("m".into(), None);
        assert_eq!(prompt.messages.len(), 2);
        assert_eq!(prompt.messages[1].text, "half an ans");
    }
}
