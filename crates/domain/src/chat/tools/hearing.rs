//! The calls that a model is making: their arguments come in pieces, and count once the model has had its say.

use serde_json::Value;

use super::{MAX_ARGUMENT_BYTES, MAX_CALLS};

/// A model that calls more than this at a time is not listened to: what runs is far fewer.
const MAX_HEARD: usize = 4 * MAX_CALLS;
const MAX_NAME_CHARS: usize = 64;
/// Seals of thoughts are some kilobytes.
const MAX_SIGNATURE_BYTES: usize = 32 * 1024;

/// What was heard so far.
#[derive(Debug, Clone, Default)]
pub struct Hearing {
    pub(super) calls: Vec<Heard>,
    /// The vendor's seal of the thoughts before the calls.
    pub(super) signature: Option<String>,
    /// Who speaks: their seals are nobody else's.
    pub(super) by: String,
}

#[derive(Debug, Clone)]
pub(super) struct Heard {
    index: u32,
    pub name: String,
    arguments: String,
    is_too_long: bool,
    pub signature: Option<String>,
}

impl Heard {
    /// The arguments, and what is wrong with them.
    pub fn input(&self) -> (Value, Option<String>) {
        if self.is_too_long {
            return (Value::Null, Some(format!("The arguments are longer than {MAX_ARGUMENT_BYTES} bytes.")));
        }
        if self.arguments.trim().is_empty() {
            return (Value::Object(Default::default()), None);
        }
        match serde_json::from_str(&self.arguments) {
            Ok(Value::Object(fields)) => (Value::Object(fields), None),
            Ok(other) => (other, Some("The arguments are not a JSON object.".into())),
            Err(_) => (Value::String(self.arguments.clone()), Some("The arguments are not valid JSON.".into())),
        }
    }
}

impl Hearing {
    pub const fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    pub fn spoken_by(&mut self, by: String) {
        self.by = by;
    }

    pub fn sealed(&mut self, signature: &str) {
        let seal = self.signature.get_or_insert_default();
        if seal.len() + signature.len() <= MAX_SIGNATURE_BYTES {
            seal.push_str(signature);
        }
    }

    /// A call begins, or is told of once more.
    pub fn call(&mut self, index: u32, name: &str, signature: Option<String>) {
        let signature = signature.filter(|signature| signature.len() <= MAX_SIGNATURE_BYTES);
        if let Some(known) = self.calls.iter_mut().find(|call| call.index == index) {
            known.signature = signature.or(known.signature.take());
            return;
        }
        if self.calls.len() < MAX_HEARD {
            let name = name.chars().take(MAX_NAME_CHARS).collect();
            self.calls.push(Heard { index, name, arguments: String::new(), is_too_long: false, signature });
        }
    }

    pub fn arguments(&mut self, index: u32, json: &str) {
        let Some(call) = self.calls.iter_mut().find(|call| call.index == index) else { return };
        if call.arguments.len() + json.len() > MAX_ARGUMENT_BYTES {
            call.is_too_long = true;
            call.arguments.clear();
        }
        if !call.is_too_long {
            call.arguments.push_str(json);
        }
    }
}
