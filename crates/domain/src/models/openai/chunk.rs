//! One chunk of a stream, read in one pass into typed values; only a chunk that fails is repaired and read again.

mod content;
mod number;

use std::fmt;

use edgewise_protocol::message::Usage;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use self::{content::Content, number::Count};
use super::repair::repair;
use crate::models::FinishReason;

/// Enough to tell one failure from another in a log.
const MAX_ERROR: usize = 300;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    pub text: Option<String>,
    pub finish: Option<FinishReason>,
    pub usage: Option<Usage>,
}

/// `Err` is what the log shall say: the vendor's own report, or that its words were not understood.
pub(super) fn parse(data: &str) -> Result<Chunk, String> {
    // Derived structs also read arrays, field by field; a chunk is never one.
    if !data.starts_with('{') {
        return Err("the stream carries something that is not a JSON object".into());
    }
    let raw: RawChunk = match serde_json::from_str(data) {
        Ok(raw) => raw,
        // The parser's own message may quote the text, which must not reach a log.
        Err(_) => serde_json::from_str(&repair(data)).map_err(|_| "the stream carries a malformed chunk".to_owned())?,
    };
    raw.judge()
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
        let said = [choice.delta, choice.message].into_iter().flatten();
        let text: String = said.fold(String::new(), |text, said| {
            [said.content, said.refusal].into_iter().flatten().fold(text, |text, Content(more)| {
                // The usual chunk has one text: it is passed on as it was parsed.
                if text.is_empty() { more } else { text + &more }
            })
        });
        Ok(Chunk {
            text: Some(text).filter(|text| !text.is_empty()),
            finish: choice.finish_reason.and_then(Finish::reason),
            usage: self.usage.and_then(RawUsage::counted),
        })
    }
}

/// `{"error": {"message": …}}`, `{"error": "…"}`, and whatever else a vendor thinks of.
fn reported(error: &serde_json::Value) -> String {
    let message = error.get("message").unwrap_or(error);
    let said = match message {
        serde_json::Value::String(said) if !said.trim().is_empty() => said.trim(),
        _ => "no reason given",
    };
    // Vendors echo keys. A log may hold how one begins at most, so no long run without a space is kept.
    let words: Vec<_> = said
        .split_whitespace()
        .map(|word| if word.len() > 40 || word.contains("sk-") || word.contains("Bearer") { "…" } else { word })
        .collect();
    words.join(" ").chars().take(MAX_ERROR).collect()
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
}

impl RawUsage {
    fn counted(self) -> Option<Usage> {
        let input = self.prompt_tokens.or(self.input_tokens);
        let output = self.completion_tokens.or(self.output_tokens);
        if input.is_none() && output.is_none() {
            return None;
        }
        let number = |count: Option<Count>| count.map_or(0, |Count(count)| count);
        Some(Usage { input_tokens: number(input), output_tokens: number(output), ..Usage::default() })
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
