//! The prompt of a turn: the branch of the message tree that leads to it, newest first until the budget is spent.

use edgewise_protocol::{attachment::Attached, message::Role};

use super::{
    conversation::Branched,
    row::Kind,
    tools::{Note, history},
};
use crate::{
    files::shown::{Budget, Wanted},
    models::{Options, Prompt, PromptMessage},
};

/// About 100,000 tokens at four bytes each.
pub const MAX_PROMPT_BYTES: usize = 400 * 1024;
pub const MAX_PROMPT_MESSAGES: usize = 1_000;
/// What the tools of earlier answers said, all together: about 25,000 tokens.
pub const MAX_HISTORY_BYTES: usize = 96 * 1024;

/// Gathers messages from the newest backwards.
#[derive(Debug)]
pub struct PromptBuilder {
    backwards: Vec<PromptMessage>,
    bytes: usize,
    /// By the place of their message in `backwards`.
    files: Vec<Wanted>,
    budget: Budget,
    /// What is left for the tools of earlier answers.
    history: usize,
    summary: Option<String>,
}

impl PromptBuilder {
    /// `partial` is what a cut answer had said; `continued` are the row and the notes of the one that it continues.
    pub fn new(partial: &str, continued: Option<(u64, Vec<Note>)>) -> Self {
        let mut builder = Self {
            backwards: Vec::new(),
            bytes: 0,
            files: Vec::new(),
            budget: Budget::default(),
            history: MAX_HISTORY_BYTES,
            summary: None,
        };
        let (row, notes) = continued.unwrap_or_default();
        builder.add_answer(row, partial.to_owned(), notes);
        builder
    }

    /// Adds the row before; `false` when the budget is spent.
    pub fn add_row(&mut self, row: Branched) -> bool {
        let before = self.backwards.len();
        let fits = match row.kind {
            Kind::User => self.add(Role::User, row.text, row.files),
            _ => self.add_answer(row.seq, row.text, row.notes),
        };
        if let Some(message) = self.backwards.get_mut(before) {
            message.row = Some(row.seq);
        }
        fits
    }

    /// Whatever is older was summarised.
    pub fn recall(&mut self, summary: String) {
        self.summary = Some(summary);
    }

    /// The same of an answer, with what its tools did as far as there is room for it.
    fn add_answer(&mut self, row: u64, text: String, notes: Vec<Note>) -> bool {
        let (steps, told) = history(row, notes, &text, &mut self.history);
        let rest = text.get(told..).unwrap_or_default().to_owned();
        let before = self.backwards.len();
        if !rest.is_empty() || steps.is_empty() {
            if !self.add(Role::Assistant, rest, Vec::new()) {
                return false;
            }
        } else {
            // It ended with its tools.
            self.backwards.push(PromptMessage::new(Role::Assistant, String::new()));
        }
        if let Some(message) = self.backwards.get_mut(before) {
            message.steps = steps;
        }
        true
    }

    /// Adds the message before; `false` when the budget is spent. The message that is answered always fits.
    pub fn add(&mut self, role: Role, text: String, files: Vec<Attached>) -> bool {
        if text.is_empty() && files.is_empty() {
            return true;
        }
        let asked = self.backwards.iter().any(|message| message.role == Role::User);
        if asked && (self.bytes + text.len() > MAX_PROMPT_BYTES || self.backwards.len() >= MAX_PROMPT_MESSAGES) {
            return false;
        }
        self.bytes += text.len();
        let message = self.backwards.len();
        for file in files {
            let how = self.budget.spend(&file);
            self.files.push(Wanted { message, file, how });
        }
        self.backwards.push(PromptMessage::new(role, text));
        true
    }

    /// The prompt, and the files that belong into it.
    pub fn finish(mut self, model: String, system: Option<String>) -> (Prompt, Vec<Wanted>) {
        self.backwards.reverse();
        let mut last = self.backwards.len().saturating_sub(1);
        // A prompt that was cut by its budget begins with a question, not with half an exchange.
        if self.backwards.len() > 1 && self.backwards.first().is_some_and(|first| first.role == Role::Assistant) {
            self.backwards.remove(0);
            last -= 1;
        }
        for file in &mut self.files {
            file.message = last.saturating_sub(file.message);
        }
        let (messages, summary) = (self.backwards, self.summary);
        (Prompt { model, system, summary, messages, options: Options::default() }, self.files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_fit_and_the_question_always_does() {
        let mut builder = PromptBuilder::new("half an ans", None);
        assert!(builder.add(Role::User, "q".repeat(MAX_PROMPT_BYTES + 1), Vec::new()));
        assert!(!builder.add(Role::Assistant, "old".into(), Vec::new()));
        let (prompt, _) = builder.finish("m".into(), None);
        assert_eq!(prompt.messages.len(), 2);
        assert_eq!(prompt.messages[1].text, "half an ans");
    }

    #[test]
    fn files_belong_to_their_messages() {
        let file = |name: &str| Attached {
            id: "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse().unwrap(),
            name: name.into(),
            media_type: "text/plain".into(),
            size: 1,
            object: "files/t/x".into(),
            text_bytes: 1,
        };
        let mut builder = PromptBuilder::new("", None);
        assert!(builder.add(Role::User, String::new(), vec![file("new")]));
        assert!(builder.add(Role::Assistant, "answer".into(), Vec::new()));
        assert!(builder.add(Role::User, "first".into(), vec![file("a"), file("b")]));
        assert!(builder.add(Role::Assistant, "half an exchange".into(), Vec::new()));
        let (prompt, files) = builder.finish("m".into(), None);
        assert_eq!(prompt.messages.len(), 3);
        let places: Vec<_> = files.iter().map(|wanted| (wanted.file.name.as_str(), wanted.message)).collect();
        assert_eq!(places, [("new", 2), ("a", 0), ("b", 0)]);
    }
}
