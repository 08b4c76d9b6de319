//! What else is known of a conversation, beside its title and its messages: on the wire, in its log and in the catalogue.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Map, Value};

use crate::{
    ids::{ConversationId, MessageId},
    timestamp::Timestamp,
};

/// What is as usual is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The conversation that this one is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub forked_from: Option<ForkedFrom>,
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub pinned: bool,
    /// Lists show it only when they are asked for the archive.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub archived: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub folder: Option<String>,
    /// Which tools answers may use here; of those that are not named, as everywhere.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<BTreeMap<String, bool>>"))]
    pub tools: BTreeMap<String, bool>,
    /// It is in no list and in no search, and goes by itself.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub temporary: bool,
    /// When it goes, unless something is said in it before. Computed, and stored nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub expires_at: Option<Timestamp>,
    /// How its model is asked.
    #[serde(default, skip_serializing_if = "Parameters::are_usual", deserialize_with = "parameters_of_any_version")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Parameters>"))]
    pub parameters: Parameters,
}

/// What people send names nothing that is unknown. What rests, or comes from another version of this Worker, may: a later
/// version knows more.
///
/// # Errors
/// When a parameter that this version knows has a value that it cannot have.
pub fn parameters_of_any_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Parameters, D::Error> {
    let fields = Map::deserialize(deserializer)?;
    serde_json::from_value(Value::Object(known_parameters(fields))).map_err(D::Error::custom)
}

/// The parameters that this version knows.
pub(crate) fn known_parameters(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.retain(|name, _| ["temperature", "maxTokens", "reasoningEffort"].contains(&name.as_str()));
    fields
}

impl Details {
    /// Everything is as usual.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// How a model is asked. What is absent is as the model's provider thinks right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// 0 to 2. Models that think do not take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub temperature: Option<Temperature>,
    /// The most that an answer may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub max_tokens: Option<u32>,
    /// Of models that think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub reasoning_effort: Option<Effort>,
}

impl Parameters {
    /// The model is asked as plainly as there is.
    pub fn are_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How much a model shall think.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    Low,
    Medium,
    High,
}

impl Effort {
    /// The vendors' word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A number from 0 to 2, in hundredths, so that two that are the same are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "f64", try_from = "f64")]
pub struct Temperature(u16);

impl From<Temperature> for f64 {
    fn from(temperature: Temperature) -> Self {
        Self::from(temperature.0) / 100.0
    }
}

impl TryFrom<f64> for Temperature {
    type Error = &'static str;

    fn try_from(number: f64) -> Result<Self, Self::Error> {
        if (0.0..=2.0).contains(&number) {
            // Between 0 and 200: nothing is cut off.
            Ok(Self((number * 100.0).round() as u16))
        } else {
            Err("must be a number from 0 to 2")
        }
    }
}

/// Where a fork begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ForkedFrom {
    pub conversation_id: ConversationId,
    /// The last message that was copied.
    pub message_id: MessageId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_format_unchanged() {
        assert_eq!(serde_json::to_string(&Details::default()).unwrap(), "{}");
        let text = r#"{"pinned":true,"archived":true,"tags":["a"],"folder":"f","parameters":{"temperature":0.7,"maxTokens":9,"reasoningEffort":"low"}}"#;
        let details: Details = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&details).unwrap(), text);
        for bad in ["-0.1", "2.01", "1e400", "\"1\""] {
            assert!(serde_json::from_str::<Temperature>(bad).is_err(), "{bad}");
        }
    }
}
