//! `/api/subscription` and `/api/stripe/webhook`: plans that are bought.

use axum::{Json, body::Bytes, extract::State};
use edgewise_domain::{
    money::stripe::{
        Fact, Read, Stripe, checkout, portal, read_url,
        store::{LIMITS, apply},
        verify,
    },
    ports::{Billing, Web},
    web::WebRequest,
};
use edgewise_protocol::{
    api::{Checkout, StripePage, Subscription, SubscriptionStatus},
    ids::UserId,
    timestamp::Timestamp,
};
use http::{HeaderMap, Uri};
use serde_json::{Value, json};

use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{JsonBody, caller::Owner, page_origin},
};

/// `GET /api/subscription`
pub async fn show<P: AppPorts>(State(app): State<App<P>>, Owner(caller): Owner) -> Answer<Json<Subscription>> {
    let standing = app.ports.billing().standing(caller.user()).await?;
    let status = standing
        .as_ref()
        .and_then(|standing| serde_json::from_value::<SubscriptionStatus>(Value::String(standing.status.clone())).ok());
    Ok(Json(Subscription {
        plan: caller.profile.plan.clone(),
        status: status.unwrap_or(SubscriptionStatus::None),
        period_ends_at: standing.as_ref().and_then(|standing| standing.period_ends_at_ms).map(Timestamp),
        cancel_at_period_end: standing.is_some_and(|standing| standing.cancel_at_period_end),
        plans: app.config.stripe.as_ref().map(Stripe::plans_for_sale).unwrap_or_default(),
    }))
}

/// `POST /api/subscription/checkout`: a page of Stripe's where the plan is bought.
pub async fn buy<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    headers: HeaderMap,
    uri: Uri,
    JsonBody(body): JsonBody<Checkout>,
) -> Answer<Json<StripePage>> {
    let stripe = stripe(&app)?;
    let not_sold = || Failure::field("/plan", "is not for sale here");
    let price = stripe.price_of(&body.plan).ok_or_else(not_sold)?;
    if caller.profile.guest {
        return Err(Failure::Conflict {
            detail: "Sign up first: a guest's plan would be lost with the browser.".into(),
        });
    }
    let standing = app.ports.billing().standing(caller.user()).await?;
    let is_running = |status: &str| matches!(status, "active" | "trialing" | "past_due");
    if standing.as_ref().is_some_and(|standing| is_running(&standing.status)) {
        return Err(Failure::Conflict { detail: "There is a subscription: change it in the portal.".into() });
    }
    let customer = standing.map(|standing| standing.customer);
    let request = checkout(
        stripe,
        &key(&app, &headers, caller.user(), "checkout"),
        caller.user(),
        price,
        customer.as_deref(),
        caller.profile.email.as_deref(),
        &page_origin(&uri, &app.config),
    );
    ask(&app, request).await
}

/// `POST /api/subscription/portal`: a page of Stripe's where the subscription is changed or ended.
pub async fn manage<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    headers: HeaderMap,
    uri: Uri,
) -> Answer<Json<StripePage>> {
    let stripe = stripe(&app)?;
    let Some(standing) = app.ports.billing().standing(caller.user()).await? else {
        return Err(Failure::Conflict { detail: "There is no subscription yet.".into() });
    };
    let key = key(&app, &headers, caller.user(), "portal");
    let request = portal(stripe, &key, &standing.customer, &page_origin(&uri, &app.config));
    ask(&app, request).await
}

/// `POST /api/stripe/webhook`: kept, then acknowledged. What it comes to is applied at once where that works, and by
/// the cron where it does not.
pub async fn webhook<P: AppPorts>(State(app): State<App<P>>, headers: HeaderMap, body: Bytes) -> Answer<Json<Value>> {
    let Some(stripe) = &app.config.stripe else { return Err(Failure::NotFound { what: "Route" }) };
    let header = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let now_ms = app.now_ms();
    if !verify(header, &body, &stripe.webhook_secrets, now_ms) {
        return Err(Failure::Malformed { detail: "The signature is not Stripe's, or too old.".into() });
    }
    let fact = match Fact::read(&body) {
        Read::Fact(fact) => fact,
        Read::Other => return Ok(Json(json!({ "received": true }))),
        Read::Unreadable => return Err(Failure::Malformed { detail: "The body is no event.".into() }),
    };
    app.ports.billing().keep(&fact, now_ms).await?;
    // A failure is not Stripe's: the event is kept.
    let (billing, users, accounts) = (app.ports.billing(), app.ports.users(), app.ports.accounts());
    let _ = apply(billing, users, accounts, stripe, &fact.customer, now_ms).await;
    Ok(Json(json!({ "received": true })))
}

fn stripe<P: AppPorts>(app: &App<P>) -> Answer<&Stripe> {
    app.config.stripe.as_ref().ok_or_else(|| Failure::Conflict { detail: "Nothing is sold here.".into() })
}

/// The caller's own key, so that pressing twice makes one page, and nobody gets another's; else one of ours.
fn key<P: AppPorts>(app: &App<P>, headers: &HeaderMap, user: UserId, what: &str) -> String {
    let own = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).filter(|key| key.len() <= 100);
    own.map_or_else(|| app.new_request_id(), |key| format!("{what}/{user}/{key}"))
}

async fn ask<P: AppPorts>(app: &App<P>, request: WebRequest) -> Answer<Json<StripePage>> {
    let reply = app.ports.web().fetch(request, LIMITS).await;
    let reply = reply.map_err(|fault| Failure::Unavailable { log: format!("Stripe: {fault:?}") })?;
    let url = read_url(&reply).map_err(|fault| Failure::Unavailable { log: fault.to_string() })?;
    Ok(Json(StripePage { url }))
}
