//! What we ask of Stripe's API: form-encoded, each request under a key by which it is done once.

use edgewise_protocol::ids::UserId;
use serde::Deserialize;

use super::{API_VERSION, Stripe};
use crate::web::{Verb, WebReply, WebRequest};

/// Why Stripe did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiFault {
    /// With the kind of the error, which may be logged.
    #[error("Stripe refused with {status}: {kind}")]
    Refused { status: u16, kind: String },
    #[error("Stripe's answer cannot be read")]
    Unreadable,
}

fn post(stripe: &Stripe, path: &str, key: &str, fields: &[(&str, &str)]) -> WebRequest {
    let headers = vec![
        ("authorization", format!("Bearer {}", stripe.secret_key)),
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("stripe-version", API_VERSION.to_owned()),
        ("idempotency-key", key.to_owned()),
    ];
    WebRequest { verb: Verb::Post, url: format!("{}{path}", stripe.base_url), headers, body: Some(form(fields)) }
}

/// A page where `user` buys what `price` is for.
pub fn checkout(
    stripe: &Stripe,
    key: &str,
    user: UserId,
    price: &str,
    customer: Option<&str>,
    email: Option<&str>,
    origin: &str,
) -> WebRequest {
    let user = user.to_string();
    let (success, cancel) = (format!("{origin}/?checkout=success"), format!("{origin}/?checkout=cancel"));
    let mut fields = vec![
        ("mode", "subscription"),
        ("line_items[0][price]", price),
        ("line_items[0][quantity]", "1"),
        ("success_url", success.as_str()),
        ("cancel_url", cancel.as_str()),
        ("metadata[user]", user.as_str()),
        ("subscription_data[metadata][user]", user.as_str()),
    ];
    match (customer, email) {
        (Some(customer), _) => fields.push(("customer", customer)),
        (None, Some(email)) => fields.push(("customer_email", email)),
        (None, None) => {}
    }
    post(stripe, "/v1/checkout/sessions", key, &fields)
}

/// A page where a customer sees their invoices and changes or ends what they pay.
pub fn portal(stripe: &Stripe, key: &str, customer: &str, origin: &str) -> WebRequest {
    post(stripe, "/v1/billing_portal/sessions", key, &[("customer", customer), ("return_url", origin)])
}

/// What a customer has used: the identifier makes it count once.
pub fn meter_event(stripe: &Stripe, name: &str, id: &str, customer: &str, micro_usd: u64, at_ms: u64) -> WebRequest {
    let (value, at_s) = (micro_usd.to_string(), (at_ms / 1_000).to_string());
    let fields = [
        ("event_name", name),
        ("payload[stripe_customer_id]", customer),
        ("payload[value]", value.as_str()),
        ("identifier", id),
        ("timestamp", at_s.as_str()),
    ];
    post(stripe, "/v1/billing/meter_events", id, &fields)
}

#[derive(Deserialize)]
struct Page {
    url: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalKind,
}

#[derive(Deserialize)]
struct RefusalKind {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    code: Option<String>,
}

/// Whether Stripe did it.
///
/// # Errors
/// [`ApiFault::Refused`], without the sentence: it may repeat what we sent.
pub fn check(reply: &WebReply) -> Result<(), ApiFault> {
    if (200..300).contains(&reply.status) {
        return Ok(());
    }
    let kind = serde_json::from_slice::<Refusal>(&reply.body).map_or_else(
        |_| "no error of its own".to_owned(),
        |refusal| {
            let words = [Some(refusal.error.kind), refusal.error.code].into_iter().flatten();
            words.collect::<Vec<_>>().join("/").chars().filter(|c| c.is_ascii_graphic()).take(100).collect()
        },
    );
    Err(ApiFault::Refused { status: reply.status, kind })
}

/// The page's address in the answer.
///
/// # Errors
/// [`ApiFault`].
pub fn read_url(reply: &WebReply) -> Result<String, ApiFault> {
    check(reply)?;
    let page: Page = serde_json::from_slice(&reply.body).map_err(|_| ApiFault::Unreadable)?;
    page.url.filter(|url| url.starts_with("https://") || url.starts_with("http://")).ok_or(ApiFault::Unreadable)
}

/// `application/x-www-form-urlencoded`.
fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn stripe() -> Stripe {
        Stripe {
            secret_key: "sk_test_hush".into(),
            webhook_secrets: Vec::new(),
            base_url: "https://stripe.test".into(),
            plans: BTreeMap::new(),
            meter_event: None,
        }
    }

    #[test]
    fn requests_are_forms_under_a_key() {
        let user = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse().unwrap();
        let asked = checkout(&stripe(), "k", user, "price_1", None, Some("a+b@c.example"), "https://o.example");
        assert_eq!(asked.url, "https://stripe.test/v1/checkout/sessions");
        assert!(asked.headers.contains(&("idempotency-key", "k".to_owned())));
        let body = asked.body.clone().unwrap();
        assert!(body.contains("line_items%5B0%5D%5Bprice%5D=price_1"), "{body}");
        assert!(body.contains("customer_email=a%2Bb%40c.example"), "{body}");
        assert!(!format!("{asked:?}").contains("hush"));
        let known = checkout(&stripe(), "k", user, "p", Some("cus_1"), Some("a@b"), "o").body.unwrap();
        assert!(known.contains("customer=cus_1") && !known.contains("customer_email"), "{known}");
        let told = meter_event(&stripe(), "used", "c/3", "cus_1", 42, 1_999).body.unwrap();
        assert!(told.contains("payload%5Bvalue%5D=42") && told.contains("identifier=c%2F3&timestamp=1"), "{told}");
    }

    #[test]
    fn answers_are_read_and_refusals_named() {
        let reply = |status, body: &str| WebReply { status, body: body.as_bytes().to_vec() };
        assert_eq!(read_url(&reply(200, r#"{"url":"https://x"}"#)).unwrap(), "https://x");
        assert_eq!(read_url(&reply(200, r#"{"url":"javascript:x"}"#)), Err(ApiFault::Unreadable));
        assert_eq!(read_url(&reply(200, "<html>")), Err(ApiFault::Unreadable));
        let refused = reply(402, r#"{"error":{"type":"card_error","code":"declined","message":"a@b"}}"#);
        assert_eq!(read_url(&refused), Err(ApiFault::Refused { status: 402, kind: "card_error/declined".into() }));
    }
}
