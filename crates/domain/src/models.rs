//! Models as the turn sees them: a request goes in, deltas come out; each provider is a sans-I/O codec.

pub mod anthropic;
pub mod builtin;
pub mod circuit;
pub mod failure;
pub mod gemini;
mod json;
pub mod list;
pub mod openai;
pub mod own_key;
pub mod refused_key;
pub mod responses;
pub mod sse;
pub mod tokens;
pub mod wire;

use std::sync::Arc;

use edgewise_protocol::{
    details::{Effort, Parameters},
    message::{Role, Usage},
};

use crate::chat::compaction::recalled;

/// The least budget for thoughts that vendors take.
const MIN_THINKING_TOKENS: u32 = 1_024;

/// One message of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptMessage {
    pub role: Role,
    pub text: String,
    /// Shown beside the text, to models that see.
    pub images: Vec<PromptImage>,
    /// Of an earlier answer: its rounds of tool calls, which came before the text.
    pub steps: Vec<Step>,
    /// The row of the log that it is.
    pub row: Option<u64>,
}

impl PromptMessage {
    pub const fn new(role: Role, text: String) -> Self {
        Self { role, text, images: Vec::new(), steps: Vec::new(), row: None }
    }

    /// Nothing but what was said is left.
    fn forget_steps(&mut self) {
        let said: String = self.steps.drain(..).map(|step| step.text).collect();
        self.text.insert_str(0, &said);
    }

    /// Nothing that a vendor would take for a message.
    const fn is_silent(&self) -> bool {
        self.text.is_empty() && self.images.is_empty()
    }
}

/// An image, as its file holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptImage {
    /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
    pub media_type: String,
    pub bytes: Arc<[u8]>,
}

impl PromptImage {
    fn base64(&self) -> String {
        use base64ct::{Base64, Encoding};
        Base64::encode_string(&self.bytes)
    }

    fn data_url(&self) -> String {
        format!("data:{};base64,{}", self.media_type, self.base64())
    }
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub model: String,
    pub system: Option<String>,
    /// Of the messages before the oldest. No format has a place for it: [`Prompt::recall`] puts it into a message.
    pub summary: Option<String>,
    /// Oldest first. When the last one is the assistant's, it is an answer that was cut: go on from exactly there.
    pub messages: Vec<PromptMessage>,
    pub options: Options,
}

/// How a model is asked; by default as plainly as there is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// The most that it may say. `None`: what the provider thinks right.
    pub max_output_tokens: Option<u32>,
    /// `None`: it is not asked to show its thoughts.
    pub thinking: Option<Thinking>,
    /// What the model reads and says together, where it is known.
    pub context_tokens: Option<u32>,
    /// It goes on from an assistant's message that stands last, as some of Anthropic's models do.
    pub takes_prefill: bool,
    /// It can call tools, whether or not it is offered any.
    pub calls_tools: bool,
    /// What people wish, as far as the model can: 0 to 2, and how much it shall think.
    pub wishes: Parameters,
    pub tools: Vec<Tool>,
    /// It has called enough: the tools are there to be understood, and no more to be called.
    pub tools_closed: bool,
    /// What the answer in the making has done with tools so far, oldest first. Follows the messages.
    pub steps: Vec<Step>,
    /// What it has said since the last step, where it was cut. Without a step that is the last message.
    pub partial: String,
}

impl Options {
    /// With what people wish of a model that can do what these options say. One that thinks takes no temperature, and one
    /// that does not has no effort.
    #[must_use]
    pub fn wished(mut self, wishes: Parameters) -> Self {
        let most = self.max_output_tokens.unwrap_or(u32::MAX);
        let max_tokens = wishes.max_tokens.map(|wanted| wanted.min(most));
        let thinks = self.thinking.is_some();
        if let (Some(Thinking::Budget(tokens)), Some(effort)) = (&mut self.thinking, wishes.reasoning_effort) {
            let share = match effort {
                Effort::Low => *tokens / 4,
                Effort::Medium => *tokens / 2,
                Effort::High => *tokens,
            };
            // Vendors take no budget below this.
            *tokens = share.max(MIN_THINKING_TOKENS).min(*tokens);
        }
        self.max_output_tokens = max_tokens.or(self.max_output_tokens);
        self.wishes = Parameters {
            temperature: wishes.temperature.filter(|_| !thinks),
            max_tokens,
            reasoning_effort: wishes.reasoning_effort.filter(|_| thinks),
        };
        self
    }
}

/// How much a model shall think before it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinking {
    /// As it sees fit.
    Adaptive,
    /// Up to so many tokens.
    Budget(u32),
}

/// A tool that the model may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    pub name: String,
    pub description: String,
    /// JSON schema of its arguments.
    pub parameters: serde_json::Value,
}

/// One round of tool calls: what the model said and called, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// Thoughts before the calls, with the vendor's seal: some take no calls back without them.
    pub thought: String,
    pub signature: Option<String>,
    pub text: String,
    pub calls: Vec<ToolCall>,
    /// One for each call, in the same order.
    pub results: Vec<ToolResult>,
    /// Who made the calls: the seals are theirs.
    pub by: String,
}

/// A call, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    pub id: String,
    pub name: String,
    /// JSON, as the model wrote it: it may be malformed.
    pub arguments: String,
    /// The vendor's seal of the thoughts that led to it.
    pub signature: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolResult {
    pub text: String,
    pub is_error: bool,
}

/// What stands for a result that there is no room for. A call keeps a result: vendors refuse one without.
const LEFT_OUT: &str = "This result is left out here, to save room. Call the tool again if it is needed.";

impl Step {
    /// What it takes of a prompt.
    pub fn bytes(&self) -> usize {
        let calls = self.calls.iter().map(|call| call.name.len() + call.arguments.len()).sum::<usize>();
        self.text.len() + calls + self.results.iter().map(|result| result.text.len()).sum::<usize>()
    }

    /// Leaves the results out, where that is shorter.
    pub fn forget_results(&mut self) {
        for result in self.results.iter_mut().filter(|result| result.text.len() > LEFT_OUT.len()) {
            result.text = LEFT_OUT.into();
        }
    }

    /// An earlier answer's: nobody asks for its seals again.
    #[must_use]
    pub fn unsealed(mut self) -> Self {
        (self.thought, self.signature) = (String::new(), None);
        self.calls.iter_mut().for_each(|call| call.signature = None);
        self
    }
}

/// Why a model stopped by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    Stop,
    Length,
    ContentFilter,
    ToolCalls,
    Other,
}

/// One thing that a model's stream says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    Text(String),
    /// What the model thinks before it speaks.
    Reasoning(String),
    /// The vendor's seal of the thoughts so far, to be given back with the calls that follow them.
    Signature(String),
    /// A tool call begins. `index` tells the calls of one answer apart.
    ToolCall {
        index: u32,
        id: String,
        name: String,
        signature: Option<String>,
    },
    /// More of a call's arguments.
    ToolArguments {
        index: u32,
        json: String,
    },
    /// The vendor's count so far, each time of the whole answer; may come before or after `Finish`.
    Usage(Usage),
    Finish(FinishReason),
    /// The stream is whole. End of input without it or `Finish` is a cut.
    Done,
    /// The vendor reported a failure inside the stream. For logs; people get our own sentence.
    Error(String),
}

/// A model that is shown its own half of an answer tends to begin anew; so it is told.
const GO_ON: &str = "The last message is your own answer, which was cut off: continue it exactly where it stopped, \
                     without repeating anything and without remarking on it.";
/// The same as a message of its own, for models that answer only to one of the user's.
pub const GO_ON_NOW: &str = "Your answer was cut off: continue it exactly where it stopped, without repeating \
                             anything and without remarking on it.";

impl Prompt {
    /// What comes last is half an answer.
    fn is_cut(&self) -> bool {
        match self.options.steps.is_empty() {
            true => self.messages.last().is_some_and(|last| last.role == Role::Assistant),
            false => !self.options.partial.is_empty(),
        }
    }

    /// The half answer that follows the steps.
    fn partial(&self) -> Option<PromptMessage> {
        let is_there = !self.options.steps.is_empty() && !self.options.partial.is_empty();
        is_there.then(|| PromptMessage::new(Role::Assistant, self.options.partial.clone()))
    }

    /// The prompt as it is asked of one provider's `model`, in the way that `options` say.
    pub fn put_to(&mut self, provider: &str, model: &str, options: Options) {
        let before = std::mem::replace(&mut self.options, options);
        self.options.steps = before.steps;
        self.options.partial = before.partial;
        self.options.tools_closed = before.tools_closed;
        self.model = model.to_owned();
        // Vendors refuse calls in a prompt that offers no tools, and the built-in model reads texts alone.
        if self.options.tools.is_empty() || provider == list::BUILTIN {
            self.messages.iter_mut().for_each(PromptMessage::forget_steps);
        }
        let by = speaker(provider, model);
        for step in self.options.steps.iter_mut().filter(|step| step.by != by) {
            // Nobody reads another's seals, and most refuse them.
            step.signature = None;
            step.calls.iter_mut().for_each(|call| call.signature = None);
        }
    }

    /// Puts the summary in front of the oldest message: the user's, as most models want theirs first.
    pub fn recall(&mut self) {
        let Some(summary) = self.summary.take() else { return };
        let mut told = recalled(&summary);
        match self.messages.first_mut().filter(|first| first.role == Role::User) {
            Some(first) => {
                told.push_str("\n\n");
                first.text.insert_str(0, &told);
            }
            None => self.messages.insert(0, PromptMessage::new(Role::User, told)),
        }
    }

    fn instructions(&self) -> Option<&str> {
        self.system.as_deref().filter(|system| !system.is_empty())
    }

    /// The instructions, with the wish to go on where an answer was cut.
    fn system_to_go_on(&self) -> Option<String> {
        match (self.instructions(), self.is_cut()) {
            (Some(system), true) => Some(format!("{system}\n\n{GO_ON}")),
            (None, true) => Some(GO_ON.to_owned()),
            (system, false) => system.map(str::to_owned),
        }
    }
}

/// Bytes of a prompt, as a vendor reads them.
pub fn prompt_bytes(prompt: &Prompt) -> u64 {
    let texts = prompt.messages.iter().map(|message| message.text.len()).sum::<usize>();
    let options = &prompt.options;
    let earlier = prompt.messages.iter().flat_map(|message| &message.steps);
    let steps = earlier.chain(&options.steps).map(Step::bytes);
    let tools = options.tools.iter().map(|tool| tool.description.len() + tool.parameters.to_string().len());
    let texts = texts + steps.sum::<usize>() + options.partial.len() + tools.sum::<usize>();
    (texts + prompt.system.as_ref().map_or(0, String::len)) as u64
}

/// What a step says of whoever made its calls.
pub fn speaker(provider: &str, model: &str) -> String {
    format!("{provider} {model}")
}

/// What two attempts have used together. What that costs is not theirs to say.
pub(crate) const fn sum(a: Usage, b: Usage) -> Usage {
    Usage {
        input_tokens: a.input_tokens.saturating_add(b.input_tokens),
        output_tokens: a.output_tokens.saturating_add(b.output_tokens),
        cached_input_tokens: a.cached_input_tokens.saturating_add(b.cached_input_tokens),
        reasoning_tokens: a.reasoning_tokens.saturating_add(b.reasoning_tokens),
        cost_micro_usd: None,
    }
}
