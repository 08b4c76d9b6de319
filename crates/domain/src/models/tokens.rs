//! How many tokens a text is for a family of models, nearly: counted by its words, scripts, digits and signs.
//!
//! The weights are fitted to the families' own tokenizers over `fixtures/tokens`, and a test holds every text there to
//! within 10 %. Vendors change their tokenizers: what they count corrects the estimate ([`Correction`]).

use edgewise_protocol::message::Role;

use super::{Options, Prompt, PromptMessage, Step, wire::Wire};

/// Models that cut text alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    OpenAi,
    Anthropic,
    Gemini,
    /// And most others whose weights are public.
    Llama,
}

impl Family {
    /// By how the provider is spoken to, and by the model's name where many are behind one provider.
    pub fn of(wire: Wire, model: &str) -> Self {
        let model = model.to_ascii_lowercase();
        let is = |names: &[&str]| names.iter().any(|name| model.contains(name));
        match wire {
            Wire::Anthropic => Self::Anthropic,
            Wire::Gemini => Self::Gemini,
            _ if is(&["claude"]) => Self::Anthropic,
            _ if is(&["gemini", "gemma"]) => Self::Gemini,
            _ if is(&["llama", "mistral", "mixtral", "qwen", "deepseek"]) => Self::Llama,
            Wire::WorkersAi => Self::Llama,
            Wire::ChatCompletions | Wire::Responses => Self::OpenAi,
        }
    }

    /// Thousandths of a token for each of [`Counts`], in its order.
    const fn weights(self) -> [u64; KINDS] {
        match self {
            Self::OpenAi => [230, 51, 586, 154, 168, 243, 200, 577, 704, 800, 1_531, 0, 0, 533, 607, 1_414, 582],
            Self::Anthropic => {
                [0, 222, 1_705, 322, 571, 1_089, 1_322, 1_413, 1_027, 1_033, 1_406, 0, 31, 586, 160, 725, 395]
            }
            Self::Gemini => [438, 81, 319, 73, 209, 344, 356, 779, 605, 405, 1_155, 618, 0, 701, 290, 1_651, 395],
            Self::Llama => [294, 54, 903, 517, 232, 342, 497, 612, 744, 663, 1_621, 0, 82, 419, 537, 1_994, 0],
        }
    }
}

const KINDS: usize = 17;
/// What a text has of each kind.
type Counts = [u64; KINDS];

/// Places in [`Counts`].
#[derive(Clone, Copy)]
enum Kind {
    LatinWord,
    LatinLetter,
    /// With an accent.
    Marked,
    /// Beyond the seventh of a word.
    LateLetter,
    Cyrillic,
    Arabic,
    Indic,
    Hangul,
    Han,
    Kana,
    /// Up to three digits.
    DigitGroup,
    Digit,
    SignRun,
    Sign,
    /// White space between words, whatever its length.
    Space,
    /// Of more than one character.
    WideSpace,
    /// With the end of a line in it.
    LineEnd,
}

/// What a character belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Latin { marked: bool },
    Digit,
    Space,
    LineEnd,
    Sign,
    Other(u8),
}

fn class(character: char) -> Class {
    let other = |kind: Kind| Class::Other(kind as u8);
    match character {
        'A'..='Z' | 'a'..='z' => Class::Latin { marked: false },
        '0'..='9' => Class::Digit,
        '\n' => Class::LineEnd,
        ' ' | '\t' | '\r' => Class::Space,
        '\u{c0}'..='\u{24f}' if !['\u{d7}', '\u{f7}'].contains(&character) => Class::Latin { marked: true },
        '\u{370}'..='\u{52f}' => other(Kind::Cyrillic),
        '\u{590}'..='\u{8ff}' => other(Kind::Arabic),
        '\u{900}'..='\u{109f}' => other(Kind::Indic),
        '\u{ac00}'..='\u{d7af}' => other(Kind::Hangul),
        '\u{3040}'..='\u{30ff}' => other(Kind::Kana),
        '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' => other(Kind::Han),
        _ => Class::Sign,
    }
}

/// Counts runs: characters of one class that stand together.
#[derive(Default)]
struct Counter {
    counts: Counts,
    run: Option<Class>,
    length: u64,
    /// Letters of the word so far: `camelCase` is two.
    word: u64,
    is_upper: bool,
}

impl Counter {
    fn add(&mut self, kind: Kind, count: u64) {
        if let Some(all) = self.counts.get_mut(kind as usize) {
            *all += count;
        }
    }

    fn end_run(&mut self) {
        let wide = u64::from(self.length > 1);
        match self.run {
            Some(Class::Digit) => self.add(Kind::DigitGroup, self.length.div_ceil(3)),
            Some(Class::Space) => {
                self.add(Kind::Space, 1);
                self.add(Kind::WideSpace, wide);
            }
            Some(Class::LineEnd) => {
                self.add(Kind::LineEnd, 1);
                self.add(Kind::WideSpace, wide);
            }
            _ => {}
        }
        self.length = 0;
    }

    fn push(&mut self, character: char) {
        let class = class(character);
        let run = match (class, self.run) {
            (Class::Latin { .. }, _) => Class::Latin { marked: false },
            // White space with one end of a line in it is one run.
            (Class::Space, Some(Class::LineEnd)) | (Class::LineEnd, Some(Class::Space)) => Class::LineEnd,
            (class, _) => class,
        };
        let goes_on = self.run == Some(run) || (run == Class::LineEnd && self.run == Some(Class::Space));
        let is_upper = character.is_ascii_uppercase();
        if !goes_on {
            self.end_run();
        }
        self.run = Some(run);
        self.length += 1;
        match class {
            Class::Latin { marked } => {
                if !goes_on || (is_upper && !self.is_upper) {
                    self.add(Kind::LatinWord, 1);
                    self.word = 0;
                }
                self.word += 1;
                self.add(Kind::LatinLetter, 1);
                self.add(Kind::Marked, u64::from(marked));
                self.add(Kind::LateLetter, u64::from(self.word > 7));
            }
            Class::Digit => self.add(Kind::Digit, 1),
            Class::Sign => {
                self.add(Kind::Sign, 1);
                self.add(Kind::SignRun, u64::from(!goes_on));
            }
            Class::Other(kind) => {
                if let Some(all) = self.counts.get_mut(usize::from(kind)) {
                    *all += 1;
                }
            }
            Class::Space | Class::LineEnd => {}
        }
        self.is_upper = is_upper;
    }
}

/// Tokens of `text`, nearly.
pub fn estimate(family: Family, text: &str) -> u64 {
    let mut counter = Counter::default();
    text.chars().for_each(|character| counter.push(character));
    counter.end_run();
    let thousandths: u64 = counter.counts.iter().zip(family.weights()).map(|(count, weight)| count * weight).sum();
    thousandths.div_ceil(1_000)
}

/// What stands around a message: its role and its ends.
const FRAME_TOKENS: u64 = 4;
/// Vendors count 250 to 1,600, by size and resolution.
const IMAGE_TOKENS: u64 = 1_200;

/// How far a family's estimate is from what the vendor has counted in this conversation, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correction(u64);

impl Default for Correction {
    fn default() -> Self {
        Self(1_000)
    }
}

impl Correction {
    /// A short prompt says more of its frame than of its text.
    const LEAST_TOKENS: u64 = 200;

    /// Learns from a count; half of what was known stays. A count that is far off is of something else.
    pub fn learn(&mut self, estimated: u64, counted: u64) {
        if estimated >= Self::LEAST_TOKENS && counted > 0 {
            let found = counted.saturating_mul(1_000) / estimated;
            self.0 = u64::midpoint(self.0, found.clamp(500, 2_000));
        }
    }

    pub const fn apply(self, tokens: u64) -> u64 {
        tokens.saturating_mul(self.0) / 1_000
    }
}

/// Tokens of a whole prompt, before any correction.
pub fn of_prompt(family: Family, prompt: &Prompt) -> u64 {
    let system = prompt.system.as_deref().map_or(0, |system| FRAME_TOKENS + estimate(family, system));
    let messages = prompt.messages.iter().map(|message| of_message(family, message)).sum::<u64>();
    let steps = prompt.options.steps.iter().map(|step| of_step(family, step)).sum::<u64>();
    let summary = prompt.summary.as_deref().map_or(0, |summary| estimate(family, summary));
    messages + system + summary + steps + estimate(family, &prompt.options.partial)
}

/// Tokens of one message.
pub fn of_message(family: Family, message: &PromptMessage) -> u64 {
    let steps = message.steps.iter().map(|step| of_step(family, step)).sum::<u64>();
    FRAME_TOKENS + estimate(family, &message.text) + IMAGE_TOKENS * message.images.len() as u64 + steps
}

fn of_step(family: Family, step: &Step) -> u64 {
    let of = |text: &str| FRAME_TOKENS + estimate(family, text);
    let calls = step.calls.iter().map(|call| estimate(family, &call.name) + of(&call.arguments)).sum::<u64>();
    of(&step.text) + calls + step.results.iter().map(|result| of(&result.text)).sum::<u64>()
}

/// What a prompt may take of a model's context beside the answer.
pub fn budget(options: &Options, context_tokens: u32) -> u64 {
    let context = u64::from(context_tokens);
    let answer = options.max_output_tokens.map_or(context / 4, u64::from).min(context / 2);
    context.saturating_sub(answer)
}

/// Leaves out what is oldest of a prompt until it fits a model's context beside its answer: what the tools of earlier
/// answers said, then messages. The question stays, and what was said in answer to it; the prompt begins with a question.
/// Gives the estimate of what is left.
pub fn fit(prompt: &mut Prompt, family: Family, context_tokens: u32, correction: Correction) -> u64 {
    let budget = budget(&prompt.options, context_tokens);
    let mut left = of_prompt(family, prompt);
    let asked = prompt.messages.iter().rposition(|message| message.role == Role::User).unwrap_or(0);
    for message in prompt.messages.iter_mut().take(asked).filter(|message| !message.steps.is_empty()) {
        if correction.apply(left) <= budget {
            break;
        }
        let before = of_message(family, message);
        message.steps.iter_mut().for_each(Step::forget_results);
        left = left.saturating_sub(before).saturating_add(of_message(family, message));
    }
    let mut gone = 0;
    for message in prompt.messages.iter().take(asked) {
        let is_middle = gone > 0 && message.role != Role::User;
        if correction.apply(left) <= budget && !is_middle {
            break;
        }
        left = left.saturating_sub(of_message(family, message));
        gone += 1;
    }
    prompt.messages.drain(..gone);
    left
}

#[cfg(test)]
mod tests;
