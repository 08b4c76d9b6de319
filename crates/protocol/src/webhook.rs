//! What webhooks tell of, by the names that receivers know.

use serde::{Deserialize, Serialize};

/// The kind of an event. New kinds may be added: an endpoint that hears of everything hears of them too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum EventKind {
    #[serde(rename = "conversation.created")]
    ConversationCreated,
    #[serde(rename = "conversation.deleted")]
    ConversationDeleted,
    #[serde(rename = "message.completed")]
    MessageCompleted,
    #[serde(rename = "message.failed")]
    MessageFailed,
    #[serde(rename = "run.started")]
    RunStarted,
    /// Somebody is to decide about a call.
    #[serde(rename = "run.waiting")]
    RunWaiting,
    #[serde(rename = "run.completed")]
    RunCompleted,
    #[serde(rename = "run.failed")]
    RunFailed,
    #[serde(rename = "run.cancelled")]
    RunCancelled,
    /// Asked for by hand; every endpoint hears of it.
    #[serde(rename = "webhook.test")]
    Test,
}

impl EventKind {
    pub const ALL: [Self; 10] = [
        Self::ConversationCreated,
        Self::ConversationDeleted,
        Self::MessageCompleted,
        Self::MessageFailed,
        Self::RunStarted,
        Self::RunWaiting,
        Self::RunCompleted,
        Self::RunFailed,
        Self::RunCancelled,
        Self::Test,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::ConversationCreated => "conversation.created",
            Self::ConversationDeleted => "conversation.deleted",
            Self::MessageCompleted => "message.completed",
            Self::MessageFailed => "message.failed",
            Self::RunStarted => "run.started",
            Self::RunWaiting => "run.waiting",
            Self::RunCompleted => "run.completed",
            Self::RunFailed => "run.failed",
            Self::RunCancelled => "run.cancelled",
            Self::Test => "webhook.test",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Why an endpoint gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// Its user said so.
    ByUser,
    /// It answered 410.
    Gone,
    /// Nothing was delivered for days.
    Failing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum EventState {
    /// For its turn.
    Waiting,
    Delivered,
    /// Given up after the last try; a replay tries it again.
    Dead,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_json_says() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(EventKind::named(kind.name()), Some(kind));
        }
    }
}
