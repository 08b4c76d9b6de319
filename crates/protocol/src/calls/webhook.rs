//! Calls to the object `Webhook` (binding `WEBHOOK`, named by the endpoint's id). A call is a [`Request`] as JSON, the
//! answer a [`Reply`].

use serde::{Deserialize, Serialize};

use crate::{
    api::{ChangeWebhook, WebhookAttempts, WebhookEndpoint, WebhookEvents},
    ids::{UserId, WebhookId},
    timestamp::Timestamp,
    webhook::EventKind,
};

/// Version of the shapes below. Unknown fields are ignored, so that a new Worker may talk to an old object.
pub const VERSION: u32 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    pub v: u32,
    /// Who asks; `None` is the platform itself.
    pub user: Option<UserId>,
    pub call: Call,
}

/// An endpoint that is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewEndpoint {
    pub id: WebhookId,
    pub user: UserId,
    pub url: String,
    pub description: String,
    pub events: Vec<EventKind>,
    pub include_content: bool,
    /// Its secret, sealed.
    pub sealed: String,
    pub created_at: Timestamp,
}

/// An event as it is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEvent {
    pub id: String,
    pub kind: EventKind,
    pub body: String,
    /// The body with what was said and asked, where there is such a thing: for an endpoint that wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
}

/// Each may be made again when nobody knows whether it was carried out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Call {
    /// The same again is the first one.
    Begin {
        endpoint: Box<NewEndpoint>,
    },
    Show,
    Change {
        change: ChangeWebhook,
    },
    /// Another secret signs from now on, and the one before for a while.
    Rotate {
        sealed: String,
    },
    /// Deliver again, from the event after a number on.
    ReplayAfter {
        seq: u64,
    },
    /// As [`Call::ReplayAfter`], from an event on.
    ReplayFrom {
        event_id: String,
    },
    Attempts {
        /// Older than this.
        before: u64,
        limit: u32,
    },
    Events {
        after: u64,
        limit: u32,
        /// Only those that were given up.
        dead: bool,
    },
    /// In this order, behind what waits. One that is known by its id is passed over, and so is a kind that the endpoint
    /// does not hear of.
    Append {
        events: Vec<NewEvent>,
    },
    /// Of the platform: nothing of it is to remain.
    Erase,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Reply {
    Endpoint {
        endpoint: Box<WebhookEndpoint>,
    },
    Attempts {
        page: WebhookAttempts,
    },
    Events {
        page: WebhookEvents,
    },
    Done,
    NotFound,
    /// There is no such event, or it is not kept any more.
    NoEvent,
    /// The store failed.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_unchanged() {
        for text in [
            r#"{"v":1,"user":null,"call":{"type":"append","events":[{"id":"a","kind":"run.started","body":"{}"}]}}"#,
            r#"{"v":1,"user":null,"call":{"type":"replay-from","eventId":"a"}}"#,
            r#"{"v":1,"user":null,"call":{"type":"change","change":{"enabled":false}}}"#,
        ] {
            let request: Request = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
        }
        let text = r#"{"type":"no-event"}"#;
        assert_eq!(serde_json::to_string(&serde_json::from_str::<Reply>(text).unwrap()).unwrap(), text);
    }
}
