//! Webhooks: the endpoints that a user has, what they hear of, and what became of it.

use serde::{Deserialize, Serialize};

use crate::{
    ids::WebhookId,
    timestamp::Timestamp,
    webhook::{EventKind, EventState, StopReason},
};

/// `POST /api/webhooks/endpoints`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateWebhook {
    pub url: String,
    #[serde(default)]
    pub description: String,
    /// Of what it hears; without any, of everything.
    #[serde(default)]
    pub events: Vec<EventKind>,
    /// Also what was said and asked, and not only that it was.
    #[serde(default)]
    pub include_content: bool,
}

/// `PATCH /api/webhooks/endpoints/{id}`: what is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeWebhook {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of what it hears; an empty list is everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventKind>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_content: Option<bool>,
    /// `false` stops deliveries; events wait. `true` goes on at once, whatever stopped them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// `POST /api/webhooks/endpoints/{id}/replay`: one of the two.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayWebhook {
    /// Everything after this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// This event, by its `webhook-id`, and everything after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpoint {
    pub id: WebhookId,
    pub url: String,
    pub description: String,
    /// Empty: everything.
    pub events: Vec<EventKind>,
    pub include_content: bool,
    pub enabled: bool,
    /// Why nothing is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StopReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<Timestamp>,
    /// The number of the last event that was delivered or given up: the next one follows it.
    pub cursor: u64,
    /// The number of the newest event.
    pub last_seq: u64,
    /// How often the next one was tried.
    pub attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// Since when nothing was delivered that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Events that were forgotten before they were delivered: more waited than may.
    pub dropped: u64,
    /// Until then the secret before this one signs as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// The secret is shown here and never again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewWebhook {
    pub endpoint: WebhookEndpoint,
    /// `whsec_` and base64, as libraries of Standard Webhooks take it.
    pub secret: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookList {
    pub endpoints: Vec<WebhookEndpoint>,
}

/// One try of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WebhookAttempt {
    /// Counted from 1 for each endpoint.
    pub number: u64,
    /// The event's.
    pub seq: u64,
    pub at: Timestamp,
    pub duration_ms: u64,
    /// What the receiver answered, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it did not count as delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookAttempts {
    pub attempts: Vec<WebhookAttempt>,
}

/// An event of an endpoint, without its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookEvent {
    /// Its place in the order of the endpoint.
    pub seq: u64,
    /// Its `webhook-id`, the same with each try.
    pub id: String,
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// When it came to the endpoint.
    pub at: Timestamp,
    pub state: EventState,
}

/// Oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookEvents {
    pub events: Vec<WebhookEvent>,
}
