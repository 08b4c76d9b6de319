//! What was spent, what may be, and plans that are bought.

use edgewise_domain::money::ledger::{DEFAULT_USAGE_PAGE, MAX_USAGE_PAGE};
use edgewise_protocol::{
    api::{Checkout, GrantCredits, SetLimits, StripePage, Subscription, UsagePage},
    money::Spending,
};
use serde_json::{Value, json};

use super::{
    super::{
        operation::{Operation, operation},
        schemas::Schemas,
    },
    ADMINISTRATION, MONEY, id, page, text,
};

fn usage(operation: Operation) -> Operation {
    let by = ["entry", "day", "model", "conversation", "user", "organization", "project", "key"];
    page(operation, MAX_USAGE_PAGE, DEFAULT_USAGE_PAGE)
        .query(
            "by",
            json!({"type": "string", "enum": by}),
            "What is summed up; `entry`, or none: the lines themselves.",
        )
        .query("from", text(), "A day of UTC such as 2026-11-21, or a time, from which on.")
        .query("to", text(), "A day or a time, before which.")
        .query("conversation", id(), "Those of this conversation alone.")
        .json::<UsagePage>(200, "A page: the newest, or the greatest name, first. As CSV for `Accept: text/csv`.")
}

fn on_limits(method: &'static str, id_: &'static str, summary: &'static str) -> Operation {
    let scope = json!({"type": "string", "enum": ["users", "organizations"]});
    operation(method, "/api/admin/limits/{scope}/{id}", id_, ADMINISTRATION, summary)
        .hole("scope", scope, "Who pays.")
        .hole("id", id(), "The user's, or the organization's.")
        .query("key", id(), "Of a user: the limits of this API key.")
        .query("project", id(), "Of an organization: the limits of this project.")
        .json::<Spending>(200, "Limits, what was spent, and what is held.")
        .fails(&[422])
}

fn received(schemas: &mut Schemas) -> Value {
    schemas.received()
}

pub fn operations() -> Vec<Operation> {
    vec![
        usage(operation("GET", "/api/usage", "listUsage", MONEY, "What one's own messages have cost.")),
        usage(operation(
            "GET",
            "/api/admin/usage",
            "listAllUsage",
            ADMINISTRATION,
            "What everybody's messages have cost.",
        )),
        on_limits("GET", "getLimits", "What somebody may spend."),
        on_limits("PUT", "setLimits", "Sets what somebody may spend.").takes::<SetLimits>(),
        operation("POST", "/api/admin/users/{id}/credits", "grantCredits", ADMINISTRATION, "Grants credits.")
            .hole("id", id(), "The user's.")
            .once()
            .takes::<GrantCredits>()
            .json::<Spending>(200, "With the credits."),
        operation("GET", "/api/subscription", "getSubscription", MONEY, "One's plan, and how it is paid.")
            .json::<Subscription>(200, "As Stripe last told."),
        operation("POST", "/api/subscription/checkout", "beginCheckout", MONEY, "A page of Stripe's to buy a plan.")
            .takes::<Checkout>()
            .json::<StripePage>(200, "Send the browser there.")
            .fails(&[409]),
        operation("POST", "/api/subscription/portal", "openPortal", MONEY, "A page of Stripe's to change or end it.")
            .json::<StripePage>(200, "Send the browser there.")
            .fails(&[409]),
        operation(
            "POST",
            "/api/stripe/webhook",
            "hearStripe",
            MONEY,
            "What Stripe tells, signed by `Stripe-Signature`.",
        )
        .json_by(200, "It is kept.", received)
        .fails(&[400, 404, 413]),
    ]
}
