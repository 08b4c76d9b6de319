//! Money as it crosses a wire: limits, holds, and the entries of the ledger. Amounts are whole micro-USD.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ConversationId, KeyId, MessageId, OrganizationId, ProjectId, UserId},
    timestamp::Timestamp,
};

/// The largest amount that is taken: a thousand million USD, and well under what JSON's numbers hold.
pub const MAX_MICRO_USD: u64 = 1_000_000_000_000_000;

/// How much may be spent in a day and a month of UTC, and ever. What is not named is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpendLimits {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub day_micro_usd: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub month_micro_usd: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub total_micro_usd: Option<u64>,
}

impl SpendLimits {
    pub const fn is_none(&self) -> bool {
        self.day_micro_usd.is_none() && self.month_micro_usd.is_none() && self.total_micro_usd.is_none()
    }
}

/// What was spent in the day and the month of UTC, and ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Spent {
    pub day_micro_usd: u64,
    pub month_micro_usd: u64,
    pub total_micro_usd: u64,
}

/// A part of a payer that has limits of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// An API key of a user.
    Key(KeyId),
    /// A project of an organization.
    Project(ProjectId),
}

/// Money that is held for one turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Names it to whoever holds it.
    pub lease: String,
    pub held_micro_usd: u64,
    /// From then on nothing is held, unless it was asked for again.
    pub lapses_at_ms: u64,
}

/// What a turn has cost the holder of its lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settlement {
    pub lease: String,
    pub cost_micro_usd: u64,
}

/// Where somebody stands: limits, what was spent, and what is held for what is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Spending {
    pub limits: SpendLimits,
    /// Counted from when a limit first applied.
    pub spent: Spent,
    pub held_micro_usd: u64,
    /// What may be spent beyond the limits, once.
    pub credits_micro_usd: u64,
}

/// What money was spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// An answer of a model.
    Turn,
    /// A picture.
    Image,
    /// A title, or suggestions, made of an answer.
    Annotation,
    /// A step of an agent's run.
    Run,
}

impl EntryKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Image => "image",
            Self::Annotation => "annotation",
            Self::Run => "run",
        }
    }
}

/// One line of the ledger: written once, under its id, and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// The key: the same one again adds nothing.
    pub id: String,
    pub kind: EntryKind,
    pub at: Timestamp,
    /// Who sent the message.
    pub user_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    pub model: String,
    pub input_tokens: u32,
    pub output_tokens: u32,
    pub cost_micro_usd: u64,
    /// `false`: the model's price is not known, and the cost says nothing.
    pub priced: bool,
    /// A key of the user's own paid the provider, of the whole or of a part.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_key: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_unchanged() {
        let id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        let hold = r#"{"lease":"7","heldMicroUsd":5,"lapsesAtMs":9}"#;
        assert_eq!(serde_json::to_string(&serde_json::from_str::<Hold>(hold).unwrap()).unwrap(), hold);
        let part = r#"{"key":"ID"}"#.replace("ID", id);
        assert_eq!(serde_json::to_string(&serde_json::from_str::<Part>(&part).unwrap()).unwrap(), part);
        let entry = r#"{"id":"ID/3","kind":"turn","at":"1970-01-01T00:00:00.001Z","userId":"ID","conversationId":"ID","messageId":"ID","model":"m","inputTokens":1,"outputTokens":2,"costMicroUsd":3,"priced":true}"#.replace("ID", id);
        assert_eq!(serde_json::to_string(&serde_json::from_str::<LedgerEntry>(&entry).unwrap()).unwrap(), entry);
    }
}
