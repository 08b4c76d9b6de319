//! JSON as vendors write it: parsed strictly, and once more with its faults mended.

mod content;
mod count;
mod repair;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub(super) use self::{content::Content, count::Count};

/// Enough to tell one failure from another in a log.
const MAX_ERROR: usize = 300;

/// An object. `Err` is what the log shall say.
pub(super) fn object<T: DeserializeOwned>(data: &str) -> Result<T, String> {
    // Derived structs also read arrays, field by field; what a stream carries is never one.
    if !data.starts_with('{') {
        return Err("the stream carries something that is not a JSON object".into());
    }
    match serde_json::from_str(data) {
        Ok(read) => Ok(read),
        // The parser's own message may quote the text, which must not reach a log.
        Err(_) => {
            serde_json::from_str(&repair::repair(data)).map_err(|_| "the stream carries a malformed chunk".to_owned())
        }
    }
}

/// An event that has a type; servers in between may report an error that has none.
pub(super) fn event<T: DeserializeOwned>(data: &str) -> Result<T, String> {
    object(data).map_err(|fault| {
        let other: Option<Value> = object(data).ok();
        other.as_ref().and_then(|other| other.get("error")).map_or(fault, reported)
    })
}

/// What a vendor reports: `{"message": …}`, a sentence, and whatever else one thinks of.
pub(super) fn reported(error: &Value) -> String {
    let message = error.get("message").unwrap_or(error);
    let said = match message {
        Value::String(said) if !said.trim().is_empty() => said.trim(),
        _ => "no reason given",
    };
    // Vendors echo keys. A log may hold how one begins at most, so no long run without a space is kept.
    let words: Vec<_> = said
        .split_whitespace()
        .map(|word| if word.len() > 40 || word.contains("sk-") || word.contains("Bearer") { "…" } else { word })
        .collect();
    words.join(" ").chars().take(MAX_ERROR).collect()
}

/// The arguments of a call: text in most streams, a tree in some.
pub(super) fn arguments(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        tree => tree.to_string(),
    }
}

/// Arguments that a vendor wants back as a tree; what is no object becomes one without anything in it.
pub(super) fn tree(arguments: &str) -> Value {
    serde_json::from_str(arguments).ok().filter(Value::is_object).unwrap_or_else(|| Value::Object(Default::default()))
}
