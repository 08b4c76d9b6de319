//! Answers that are given again: under which key an answer is kept, where, and for how long.
//!
//! A kept answer is its tenant's, and answers nothing but the very same request. It may be lost or late: whatever fails is
//! a miss, and then the model is asked.

use edgewise_protocol::{api::ModelRoute, message::Role};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    files::records::PREFIX,
    models::Prompt,
    ports::{Cache, Files},
};

/// For whom this flag is on, their requests may ask for it.
pub const FLAG: &str = "answer-cache";
/// An answer that was kept so long ago is asked for anew.
pub const KEPT_S: u32 = 24 * 3_600;
/// A larger one rests in R2, and KV says so.
const MAX_SMALL_BYTES: usize = 32 * 1024;
/// More than the longest answer with its thoughts takes as JSON, unless it is nothing but control characters.
const MAX_LARGE_BYTES: u64 = 4 * 1024 * 1024;

/// Words that came in one piece when they are said again.
const PIECE_BYTES: usize = 256;

/// An answer as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    #[serde(default, rename = "h", skip_serializing_if = "String::is_empty")]
    pub thought: String,
    #[serde(rename = "t")]
    pub text: String,
}

impl Kept {
    /// What is left to say behind what was said already: thoughts, then text, in pieces. `None`: it began otherwise.
    pub fn rest(&self, thought: &str, text: &str) -> Option<(Vec<String>, Vec<String>)> {
        let thought = if text.is_empty() { self.thought.strip_prefix(thought)? } else { "" };
        Some((pieces(thought), pieces(self.text.strip_prefix(text)?)))
    }
}

fn pieces(text: &str) -> Vec<String> {
    let mut rest = text;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.ceil_char_boundary(PIECE_BYTES));
        pieces.push(piece.to_owned());
        rest = after;
    }
    pieces
}

/// What KV has of an answer; without it, the answer rests in R2.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<Kept>,
}

/// What a turn has to do with answers that are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reuse {
    /// Whoever asks would take one.
    pub is_wanted: bool,
    /// Where the answer in the making will be kept.
    pub key: Option<String>,
    /// The answer was one.
    pub is_hit: bool,
}

/// The key of what `prompt` asks of `route`; `None` for what has no key.
///
/// Everything that a model is told makes a difference, and the tenant. Rows of the log do not: the same may be asked in
/// another conversation. Of an answer that was cut, what had been said is no part of the request.
pub fn key(tenant: &str, route: &ModelRoute, prompt: &Prompt) -> Option<String> {
    let mut asked = prompt.clone();
    asked.messages.pop_if(|last| last.role == Role::Assistant);
    let is_plain = asked.messages.iter().all(|message| message.images.is_empty()) && asked.options.steps.is_empty();
    asked.messages.iter_mut().for_each(|message| message.row = None);
    // As it is shown to us, so that nothing can be added to a prompt and be left out here.
    let shown = format!("{tenant:?} {:?} {:?} {asked:?}", route.provider, route.model);
    is_plain.then(|| format!("{tenant}/{}", hex(&Sha256::digest(shown))))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn small(key: &str) -> String {
    format!("answers/1/{key}")
}

/// Among the files, of which the cron deletes those that no row knows, a day later.
fn large(key: &str) -> String {
    format!("{PREFIX}answers/{key}")
}

/// The answer that is kept under `key`.
pub async fn find(cache: &impl Cache, files: &impl Files, key: &str) -> Option<Kept> {
    let entry: Entry = serde_json::from_str(&cache.get(&small(key)).await?).ok()?;
    match entry.kept {
        Some(kept) => Some(kept),
        None => {
            let bytes = files.read(&large(key), MAX_LARGE_BYTES).await.ok()??;
            serde_json::from_slice(&bytes).ok()
        }
    }
}

/// Keeps an answer. A large one is there before KV says so.
pub async fn keep(cache: &impl Cache, files: &impl Files, key: &str, kept: Kept) {
    let is_large = kept.text.len() + kept.thought.len() > MAX_SMALL_BYTES;
    let kept = if is_large {
        let Ok(bytes) = serde_json::to_vec(&kept) else { return };
        if bytes.len() as u64 > MAX_LARGE_BYTES || files.put(&large(key), bytes).await.is_err() {
            return;
        }
        None
    } else {
        Some(kept)
    };
    if let Ok(text) = serde_json::to_string(&Entry { kept }) {
        cache.put(&small(key), &text, KEPT_S).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{Options, PromptImage, PromptMessage};

    fn route(model: &str) -> ModelRoute {
        ModelRoute { provider: "p".into(), model: model.into(), price: None }
    }

    fn prompt(texts: &[&str]) -> Prompt {
        let role = |at: usize| if at.is_multiple_of(2) { Role::User } else { Role::Assistant };
        let message = |(at, text): (usize, &&str)| PromptMessage {
            row: Some(at as u64),
            ..PromptMessage::new(role(at), (*text).to_owned())
        };
        Prompt {
            model: "m".into(),
            system: None,
            summary: None,
            messages: texts.iter().enumerate().map(message).collect(),
            options: Options::default(),
        }
    }

    fn key_of(prompt: &Prompt) -> String {
        key("t", &route("m"), prompt).unwrap()
    }

    #[test]
    fn the_same_request_has_the_same_key_wherever_it_is_asked() {
        let asked = prompt(&["a", "b", "c"]);
        let mut elsewhere = asked.clone();
        elsewhere.messages.iter_mut().for_each(|message| message.row = Some(99));
        assert_eq!(key_of(&asked), key_of(&elsewhere));
        let half_answered = prompt(&["a", "b", "c", "half an"]);
        assert_eq!(key_of(&asked), key_of(&half_answered), "who goes on asks the same");
        assert!(key_of(&asked).starts_with("t/") && key_of(&asked).len() == 2 + 64);
    }

    #[test]
    fn whatever_the_model_is_told_makes_another_key() {
        let asked = prompt(&["a", "b", "c"]);
        let changed = |change: fn(&mut Prompt)| {
            let mut other = asked.clone();
            change(&mut other);
            key_of(&other)
        };
        let others = [
            changed(|prompt| prompt.messages[0].text.push('!')),
            changed(|prompt| prompt.messages[2].text.push('!')),
            changed(|prompt| prompt.system = Some("Be brief.".into())),
            changed(|prompt| prompt.summary = Some("Tea.".into())),
            changed(|prompt| prompt.options.max_output_tokens = Some(9)),
            changed(|prompt| prompt.options.wishes.max_tokens = Some(9)),
            changed(|prompt| prompt.options.tools_closed = true),
            changed(|prompt| {
                prompt.messages.remove(0);
            }),
            key("u", &route("m"), &asked).unwrap(),
            key("t", &route("n"), &asked).unwrap(),
            key_of(&asked),
        ];
        let distinct: std::collections::BTreeSet<_> = others.iter().collect();
        assert_eq!(distinct.len(), others.len());
    }

    #[test]
    fn images_and_results_of_tools_have_no_key() {
        let mut seen = prompt(&["a"]);
        seen.messages[0].images.push(PromptImage { media_type: "image/png".into(), bytes: [1][..].into() });
        assert_eq!(key("t", &route("m"), &seen), None);
        let mut worked = prompt(&["a"]);
        worked.options.steps.push(Default::default());
        assert_eq!(key("t", &route("m"), &worked), None);
    }

    #[test]
    fn what_is_said_again_is_whole_and_goes_on_from_what_was_said() {
        let kept = Kept { thought: "é".repeat(300), text: "日本".repeat(500) };
        let (thoughts, words) = kept.rest("", "").unwrap();
        assert!(thoughts.len() > 1 && words.len() > 5);
        assert_eq!((thoughts.concat(), words.concat()), (kept.thought.clone(), kept.text.clone()));
        let (thoughts, words) = kept.rest(&kept.thought, "日本").unwrap();
        assert_eq!((thoughts.concat(), words.concat()), (String::new(), "日本".repeat(499)));
        assert_eq!(kept.rest("", "another"), None);
        assert_eq!(kept.rest("another", ""), None);
        let text: Kept = serde_json::from_str(r#"{"t":"a","later":1}"#).unwrap();
        assert_eq!(text, Kept { thought: String::new(), text: "a".into() });
    }
}
