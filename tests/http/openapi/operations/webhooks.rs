//! Webhooks: addresses that hear what happens, and what became of it.

use edgewise_domain::webhook::MAX_PAGE;
use edgewise_protocol::api::{
    ChangeWebhook, CreateWebhook, NewWebhook, ReplayWebhook, WebhookAttempts, WebhookEndpoint, WebhookEvents,
    WebhookList,
};
use serde_json::json;

use super::{
    super::operation::{Operation, operation},
    WEBHOOKS, id, whole,
};

const USUAL_PAGE: u64 = 20;

pub fn operations() -> Vec<Operation> {
    let on = |method, path, id_, summary| {
        operation(method, path, id_, WEBHOOKS, summary).hole("id", id(), "The endpoint's.").fails(&[404])
    };
    let number = || json!({"type": "integer", "format": "uint64", "minimum": 0});
    let limit = || whole(1, Some(MAX_PAGE.into()), USUAL_PAGE);
    let all = "/api/webhooks/endpoints";
    vec![
        operation("GET", all, "listWebhooks", WEBHOOKS, "One's own, the oldest first.")
            .json::<WebhookList>(200, "All of them: ten at most."),
        operation("POST", all, "createWebhook", WEBHOOKS, "Makes one. Its secret is shown here and never again.")
            .once()
            .takes::<CreateWebhook>()
            .json::<NewWebhook>(201, "It is made, and hears of what happens from now on.")
            .with(201, "Location"),
        on("GET", "/api/webhooks/endpoints/{id}", "getWebhook", "One of them.").json::<WebhookEndpoint>(200, "It."),
        on("PATCH", "/api/webhooks/endpoints/{id}", "changeWebhook", "Changes what is given.")
            .takes::<ChangeWebhook>()
            .json::<WebhookEndpoint>(200, "As it is now."),
        on("DELETE", "/api/webhooks/endpoints/{id}", "deleteWebhook", "Deletes it with everything that it keeps.")
            .empty(204, "It is gone."),
        on(
            "POST",
            "/api/webhooks/endpoints/{id}/rotate",
            "rotateWebhook",
            "Another secret; the old one signs too, for a day.",
        )
        .json::<NewWebhook>(200, "The new secret, shown here and never again.")
        .fails(&[409]),
        on("POST", "/api/webhooks/endpoints/{id}/test", "testWebhook", "Sends it an event of type webhook.test.")
            .empty(202, "It comes behind what waits.")
            .fails(&[409]),
        on(
            "POST",
            "/api/webhooks/endpoints/{id}/replay",
            "replayWebhook",
            "Delivers again, in order, from an event on.",
        )
        .takes::<ReplayWebhook>()
        .json::<WebhookEndpoint>(200, "As it is now."),
        on("GET", "/api/webhooks/endpoints/{id}/attempts", "listWebhookAttempts", "Tries, the newest first.")
            .query("before", number(), "Only those with a smaller number.")
            .query("limit", limit(), "How many at most.")
            .json::<WebhookAttempts>(200, "A page; the newest 1,000 are kept.")
            .fails(&[422]),
        on("GET", "/api/webhooks/endpoints/{id}/events", "listWebhookEvents", "What it was told, the oldest first.")
            .query("after", number(), "The number of the last event that is known.")
            .query("limit", limit(), "How many at most.")
            .query("dead", json!({"type": "boolean", "default": false}), "Only what was given up.")
            .json::<WebhookEvents>(200, "A page; 10,000 and 30 days are kept.")
            .fails(&[422]),
    ]
}
