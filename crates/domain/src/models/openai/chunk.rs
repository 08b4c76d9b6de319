//! One chunk of a stream, read in one pass into typed values; only a chunk that fails is repaired and read again.

use std::fmt;

use edgewise_protocol::message::Usage;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::models::{
    FinishReason,
    json::{Content, Count, arguments, object, reported},
};

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    pub thought: Option<String>,
    pub text: Option<String>,
    pub calls: Vec<Call>,
    pub finish: Option<FinishReason>,
    pub usage: Option<Usage>,
}

/// `Err` is what the log shall say: the vendor's own report, or that its words were not understood.
pub(super) fn parse(data: &str) -> Result<Chunk, String> {
    object::<RawChunk>(data)?.judge()
}

/// A piece of a tool call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub index: u32,
    pub id: String,
    pub name: String,
    pub arguments: String,
}

#[derive(Deserialize)]
struct RawChunk {
    #[serde(default)]
    choices: Option<FirstChoice>,
    #[serde(default)]
    usage: Option<RawUsage>,
    // The rest is only there when something went wrong, so a tree costs nothing.
    #[serde(default)]
    error: Option<serde_json::Value>,
    #[serde(default)]
    object: Option<Tag>,
    #[serde(default, rename = "type")]
    kind: Option<Tag>,
    #[serde(default)]
    message: Option<serde_json::Value>,
    /// Workers AI: the text, and calls that come whole.
    #[serde(default)]
    response: Option<Content>,
    #[serde(default)]
    tool_calls: Option<Vec<RawCall>>,
}

impl RawChunk {
    fn judge(self) -> Result<Chunk, String> {
        match self.error {
            Some(serde_json::Value::Bool(false)) | None => {}
            Some(error) => return Err(reported(&error)),
        }
        if self.choices.is_none() && (self.object == Some(Tag::Error) || self.kind == Some(Tag::Error)) {
            return Err(reported(&self.message.unwrap_or_default()));
        }
        let choice = self.choices.and_then(|first| first.0).unwrap_or_default();
        let mut said: Vec<Said> = [choice.delta, choice.message].into_iter().flatten().collect();
        let calls = said.iter_mut().filter_map(|said| said.tool_calls.take()).chain(self.tool_calls).flatten();
        let calls = calls.zip(0..).map(|(call, at)| call.read(at)).collect();
        let thoughts = said.iter_mut().filter_map(|said| said.reasoning_content.take().or(said.reasoning.take()));
        let thought = joined(thoughts);
        let texts = said.into_iter().flat_map(|said| [said.content, said.refusal]).flatten();
        Ok(Chunk {
            thought,
            text: joined(texts.chain(self.response)),
            calls,
            finish: choice.finish_reason.and_then(Finish::reason),
            usage: self.usage.and_then(RawUsage::counted),
        })
    }
}

/// The usual chunk has one text: it is passed on as it was parsed.
fn joined(texts: impl Iterator<Item = Content>) -> Option<String> {
    let text = texts.fold(String::new(), |text, Content(more)| if text.is_empty() { more } else { text + &more });
    Some(text).filter(|text| !text.is_empty())
}

#[derive(Deserialize)]
struct RawCall {
    #[serde(default)]
    index: Option<Count>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    function: Option<Function>,
    // Of Workers AI, which knows no `function`.
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<serde_json::Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Function {
    name: Option<String>,
    arguments: Option<serde_json::Value>,
}

impl RawCall {
    fn read(self, at: u32) -> Call {
        let function = self.function.unwrap_or_default();
        Call {
            index: self.index.map_or(at, |Count(index)| index),
            id: self.id.unwrap_or_default(),
            name: function.name.or(self.name).unwrap_or_default(),
            arguments: function.arguments.or(self.arguments).map(arguments).unwrap_or_default(),
        }
    }
}

#[derive(Deserialize, PartialEq, Eq)]
enum Tag {
    #[serde(rename = "error")]
    Error,
    #[serde(other)]
    Other,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Choice {
    index: Option<Count>,
    delta: Option<Said>,
    /// In place of `delta` where the answer is not streamed.
    message: Option<Said>,
    finish_reason: Option<Finish>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Said {
    content: Option<Content>,
    refusal: Option<Content>,
    /// Not OpenAI's: DeepSeek's word for thoughts, and OpenRouter's.
    reasoning_content: Option<Content>,
    reasoning: Option<Content>,
    tool_calls: Option<Vec<RawCall>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Finish {
    Stop,
    Length,
    ContentFilter,
    ToolCalls,
    FunctionCall,
    /// Some vendors send an empty string where others send null.
    #[serde(rename = "")]
    NotYet,
    #[serde(other)]
    Other,
}

impl Finish {
    fn reason(self) -> Option<FinishReason> {
        Some(match self {
            Self::Stop => FinishReason::Stop,
            Self::Length => FinishReason::Length,
            Self::ContentFilter => FinishReason::ContentFilter,
            Self::ToolCalls | Self::FunctionCall => FinishReason::ToolCalls,
            Self::NotYet => return None,
            Self::Other => FinishReason::Other,
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawUsage {
    prompt_tokens: Option<Count>,
    completion_tokens: Option<Count>,
    input_tokens: Option<Count>,
    output_tokens: Option<Count>,
    prompt_tokens_details: Option<Details>,
    completion_tokens_details: Option<Details>,
    /// DeepSeek's.
    prompt_cache_hit_tokens: Option<Count>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Details {
    cached_tokens: Option<Count>,
    reasoning_tokens: Option<Count>,
}

impl RawUsage {
    fn counted(self) -> Option<Usage> {
        let input = self.prompt_tokens.or(self.input_tokens);
        let output = self.completion_tokens.or(self.output_tokens);
        if input.is_none() && output.is_none() {
            return None;
        }
        let number = |count: Option<Count>| count.map_or(0, |Count(count)| count);
        let (input, output) = (number(input), number(output));
        let cached = self.prompt_tokens_details.and_then(|details| details.cached_tokens);
        let thoughts = self.completion_tokens_details.and_then(|details| details.reasoning_tokens);
        Some(Usage {
            input_tokens: input,
            output_tokens: output,
            cached_input_tokens: number(cached.or(self.prompt_cache_hit_tokens)).min(input),
            reasoning_tokens: number(thoughts).min(output),
            cost_micro_usd: None,
        })
    }
}

/// The choice with index 0: we ask for one, so others are a vendor's fancy. Read without a vector of them.
struct FirstChoice(Option<Choice>);

impl<'de> Deserialize<'de> for FirstChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Choices)
    }
}

struct Choices;

impl<'de> Visitor<'de> for Choices {
    type Value = FirstChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("choices")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FirstChoice, A::Error> {
        let mut first = None;
        while let Some(choice) = seq.next_element::<Option<Choice>>()? {
            let choice = choice.filter(|choice| choice.index.as_ref().is_none_or(|&Count(index)| index == 0));
            if first.is_none() {
                first = choice;
            }
        }
        Ok(FirstChoice(first))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FirstChoice, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(FirstChoice(None))
    }
}
