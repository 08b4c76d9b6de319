//! What a model is asked in a step.

use edgewise_protocol::message::Role;

use super::{
    journal::Journal,
    machine::{Run, result},
    step::{Claimed, Question, Rules, Work},
    workflow::{Phase, phases},
};
use crate::{
    chat::tools,
    models::{Options, Prompt, PromptMessage, list::BUILTIN},
    tools::{Offered, Tool},
    untrusted::framed,
};

/// Of one answer, where the model's provider sets no limit of its own.
const MAX_OUTPUT_TOKENS: u32 = 8_192;

impl<J: Journal> Run<J> {
    pub(super) fn question(&self, rules: Rules<'_>) -> Question {
        let (phase, chapter, definition) = (self.phase(), &self.chapter, &self.head.definition);
        let before = self.done.last().zip(phases(definition.workflow).get(self.done.len().saturating_sub(1)));
        Question {
            model: definition.model.clone(),
            phase,
            instructions: definition.instructions.clone(),
            task: self.head.input.clone(),
            before: before.map(|(chapter, phase)| (phase.name, result(chapter).to_owned())),
            steps: chapter.tools.steps(&chapter.said, &chapter.thought).0,
            tools: self.offered(phase, rules).definitions(),
            tools_closed: chapter.tools.steps_taken() >= tools::MAX_STEPS || self.calls_left() == 0,
        }
    }

    pub(super) fn offered(&self, phase: Phase, rules: Rules<'_>) -> Offered {
        let wanted = if phase.has_tools { self.head.definition.tools.as_slice() } else { &[] };
        let enabled: Vec<Tool> = rules.enabled.iter().copied().chain(Tool::OF_RUNS).collect();
        Offered::new(Some(wanted), &enabled, &[], rules.ask_first)
    }
}

impl Claimed {
    /// The question of this step, put to a model that is asked in the way that `options` say. `None`: it asks none.
    pub fn prompt(&self, provider: &str, model: &str, options: Options) -> Option<Prompt> {
        let Work::Ask(question) = &self.work else { return None };
        let mut text = question.task.clone();
        if let Some((phase, result)) = &question.before {
            let source = format!("what the step before this one, \"{phase}\", has made for the same task");
            text = format!("{text}\n\n{}", framed(&source, result));
        }
        let parts = [question.instructions.as_str(), question.phase.instruction];
        let system: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let mut prompt = Prompt {
            model: question.model.clone().unwrap_or_default(),
            system: (!system.is_empty()).then(|| system.join("\n\n")),
            summary: None,
            messages: vec![PromptMessage::new(Role::User, text)],
            options: Options {
                steps: question.steps.clone(),
                tools_closed: question.tools_closed,
                ..Options::default()
            },
        };
        let calls_tools = options.calls_tools || provider == BUILTIN;
        let tools = if calls_tools { question.tools.clone() } else { Vec::new() };
        let max_output_tokens = options.max_output_tokens.or(Some(MAX_OUTPUT_TOKENS));
        prompt.put_to(provider, model, Options { tools, max_output_tokens, ..options });
        Some(prompt)
    }
}
