//! Limits, usage and subscriptions: nobody spends more than they may, and everybody reads what they have spent.

use edgewise_domain::{
    limits::Rates,
    money::stripe::store::apply_all,
    ports::{Catalogue, Ports},
};
use edgewise_protocol::{jobs::ProjectConversation, money::SpendLimits};
use edgewise_testkit::{memory::Break, ports::Hop};
use hmac::{Hmac, Mac};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    client::{Guest, Reply, Server, run},
    flags::admin,
    identity::sign_up,
};

const SETTINGS: &[(&str, &str)] = &[
    ("STRIPE_SECRET_KEY", "sk_test_hush"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_old,whsec_new"),
    ("STRIPE_BASE_URL", "https://stripe.test"),
    ("STRIPE_PLANS", r#"{"price_pro":"pro"}"#),
];

async fn id(guest: &Guest) -> String {
    guest.get("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_message_over_the_limit_is_refused_and_one_under_it_costs_no_further_hop() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let path = format!("{}/messages", guest.conversation().await);
        let plan = |total_micro_usd| Rates {
            enabled: false,
            spending: [(
                "free".parse().unwrap(),
                SpendLimits { total_micro_usd: Some(total_micro_usd), ..SpendLimits::default() },
            )]
            .into(),
            ..Rates::default()
        };
        server.ports.accounts().set_rates(plan(1));
        assert_eq!(guest.call("POST", &path, r#"{"content":"a"}"#).await.status, 200);
        assert_eq!(server.ports.take_hops(), [Hop::Account, Hop::Object]);
        let problem = guest.call("POST", &path, r#"{"content":"b"}"#).await.problem(402);
        assert_eq!(problem["detail"], "The spending limit was reached.");
        assert_eq!(server.ports.take_hops(), [Hop::Account], "the conversation is not even asked");
        guest.get(&path).await.json();
    });
}

#[test]
fn administrators_set_limits_and_grant_credits_and_it_is_noted() {
    run(async {
        let server = Server::default();
        let (ann, guest) = (admin(&server).await, server.guest().await);
        let (id, path) = (id(&guest).await, format!("{}/messages", guest.conversation().await));
        let limits = format!("/api/admin/limits/users/{id}");
        let set = ann.call("PUT", &limits, r#"{"totalMicroUsd":0}"#).await.json();
        assert_eq!(set["limits"], json!({"totalMicroUsd": 0}));
        guest.call("POST", &path, r#"{"content":"b"}"#).await.problem(402);
        let credits = format!("/api/admin/users/{id}/credits");
        for _ in 0..2 {
            let request = ann.request("POST", &credits).header("content-type", "application/json");
            let request = request.header("idempotency-key", "k").body(r#"{"microUsd":5}"#.into()).unwrap();
            assert_eq!(server.send(request).await.json()["creditsMicroUsd"], 5);
        }
        assert_eq!(guest.call("POST", &path, r#"{"content":"b"}"#).await.status, 200);
        assert_eq!(ann.get(&limits).await.json()["heldMicroUsd"], 5);
        let key = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        assert_eq!(ann.call("PUT", &format!("{limits}?key={key}"), r#"{"dayMicroUsd":7}"#).await.status, 200);
        assert_eq!(ann.get(&format!("{limits}?key={key}")).await.json()["limits"]["dayMicroUsd"], 7);
        assert_eq!(ann.get(&limits).await.json()["limits"], json!({"totalMicroUsd": 0}));
        let team = crate::organizations::id(&ann.call("POST", "/api/organizations", r#"{"name":"O"}"#).await);
        let organization = format!("/api/admin/limits/organizations/{team}?project={key}");
        assert_eq!(ann.call("PUT", &organization, r#"{"monthMicroUsd":9}"#).await.status, 200);
        for nobody in [format!("limits/users/{key}"), format!("limits/organizations/{key}")] {
            let refused = ann.call("PUT", &format!("/api/admin/{nobody}"), r#"{"dayMicroUsd":9}"#).await;
            assert_eq!(refused.problem(404)["error"], "Payer not found");
        }
        let refused = ann.call("POST", &format!("/api/admin/users/{key}/credits"), r#"{"microUsd":5}"#).await;
        assert_eq!(refused.problem(404)["error"], "User not found");
        for (path, body, pointer) in [
            (limits.clone(), r#"{"dayMicroUsd":1000000000000001}"#, "/dayMicroUsd"),
            (format!("{limits}?key=x"), "{}", "key"),
        ] {
            assert_eq!(ann.call("PUT", &path, body).await.problem(422)["errors"][0]["pointer"], pointer);
        }
        ann.call("PUT", "/api/admin/limits/planets/x", "{}").await.problem(404);
        ann.call("PUT", "/api/admin/limits/users/x", "{}").await.problem(404);
        let noted = server.ports.audit().await;
        let noted: Vec<_> = noted.iter().filter(|(action, ..)| action != "user.change").collect();
        assert_eq!(noted[0], &("limits.set".into(), id.clone(), "total 0".into()));
        assert_eq!(noted.iter().filter(|(action, ..)| action == "credits.grant").count(), 1);
    });
}

fn job(user: &str, lines: usize) -> ProjectConversation {
    let conversation = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    let ledger: Vec<_> = (0..lines)
        .map(|n| {
            json!({"id": format!("{conversation}/{n}"), "kind": "turn", "at": format!("2026-11-{:02}T10:00:00.000Z", n + 1),
                "userId": user, "conversationId": conversation, "model": "=m", "inputTokens": 10, "outputTokens": n,
                "costMicroUsd": 100 * n, "priced": true})
        })
        .collect();
    serde_json::from_value(json!({"v": 1, "conversationId": conversation, "owner": user, "version": 9, "title": "T",
        "systemPrompt": null, "model": "m", "preview": "", "messageCount": 2, "createdAt": "2026-11-01T10:00:00.000Z",
        "updatedAt": "2026-11-01T10:00:00.000Z", "deleted": false, "ledger": ledger, "ledgered": 9}))
    .unwrap()
}

#[test]
fn usage_is_ones_own_in_pages_sums_and_as_a_table() {
    run(async {
        let server = Server::default();
        let (ann, guest, other) = (admin(&server).await, server.guest().await, server.guest().await);
        server.ports.catalogue().project(&job(&id(&guest).await, 5)).await.unwrap();
        let days = guest.get("/api/usage?by=day").await.json();
        assert_eq!(days["groups"].as_array().unwrap().len(), 5);
        assert_eq!(days["groups"][0]["name"], "2026-11-05");
        let (mut cursor, mut seen) = (String::new(), Vec::new());
        loop {
            let page = guest.get(&format!("/api/usage?limit=2&cursor={cursor}")).await.json();
            seen.extend(page["entries"].as_array().unwrap().iter().map(|line| line["costMicroUsd"].as_u64().unwrap()));
            let Some(next) = page["nextCursor"].as_str() else { break };
            next.clone_into(&mut cursor);
        }
        assert_eq!(seen, [400, 300, 200, 100, 0]);
        let some = guest.get("/api/usage?by=model&from=2026-11-02&to=2026-11-04").await.json();
        assert_eq!((&some["groups"][0]["entries"], &some["groups"][0]["costMicroUsd"]), (&json!(2), &json!(300)));
        let csv = server
            .send(guest.request("GET", "/api/usage?limit=1").header("accept", "text/csv").body("".into()).unwrap())
            .await;
        assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
        assert!(csv.text.starts_with("id,kind,at,userId"), "{}", csv.text);
        assert!(csv.text.contains("\"'=m\""), "a model's name is no formula: {}", csv.text);
        assert!(csv.headers.contains_key("x-next-cursor"));
        assert_eq!(other.get("/api/usage").await.json()["entries"], json!([]));
        let all = ann.get("/api/admin/usage?by=user").await.json();
        assert_eq!(all["groups"][0]["costMicroUsd"], 1_000);
        for (query, pointer) in [
            ("by=week", "by"),
            ("from=soon", "from"),
            ("cursor=x", "cursor"),
            ("limit=0", "limit"),
            ("conversation=x", "conversation"),
        ] {
            let problem = guest.get(&format!("/api/usage?{query}")).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer);
        }
    });
}

/// A webhook, as Stripe sends it.
async fn webhook(server: &Server, secret: &str, time_s: u64, event: &Value) -> Reply {
    let body = event.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time_s}.{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = Request::post("http://127.0.0.1:8787/api/stripe/webhook").header("content-type", "application/json");
    server.send(request.header("stripe-signature", format!("t={time_s},v1={hex}")).body(body.into()).unwrap()).await
}

fn event(id: &str, created: u64, status: &str, user: &str) -> Value {
    json!({"id": id, "object": "event", "type": "customer.subscription.updated", "created": created,
        "data": {"object": {"id": "sub_1", "customer": "cus_1", "status": status, "created": 100,
            "cancel_at_period_end": true, "metadata": {"user": user},
            "items": {"data": [{"price": {"id": "price_pro"}, "current_period_end": 1_800_000_000}]}}}})
}

/// Near the time of the test's clock.
const NOW_S: u64 = 1_795_248_132;

#[test]
fn a_webhook_changes_the_plan_whatever_comes_twice_late_or_in_between_a_fault() {
    run(async {
        let server = Server::with(SETTINGS);
        let bea = sign_up(&server, "bea@example.org").await;
        let user = id(&bea).await;
        let plan = async || bea.get("/api/subscription").await.json();
        assert_eq!((plan().await["plan"].clone(), plan().await["status"].clone()), (json!("free"), json!("none")));
        let past_due = event("evt_2", 102, "past_due", &user);
        assert_eq!(webhook(&server, "whsec_new", NOW_S, &past_due).await.json(), json!({"received": true}));
        let now = plan().await;
        assert_eq!(
            (&now["plan"], &now["status"], &now["cancelAtPeriodEnd"]),
            (&json!("pro"), &json!("past_due"), &json!(true))
        );
        // Older, and again: nothing changes.
        for old in [event("evt_1", 101, "incomplete", &user), past_due.clone()] {
            assert_eq!(webhook(&server, "whsec_old", NOW_S, &old).await.status, 200);
        }
        assert_eq!(plan().await["status"], "past_due");
        // The account cannot be told: Stripe is answered all the same, and the cron does it.
        let canceled = event("evt_3", 103, "canceled", &user);
        server.ports.accounts().break_call(0, Break::Before);
        assert_eq!(webhook(&server, "whsec_new", NOW_S, &canceled).await.status, 200);
        assert_eq!(plan().await["plan"], "pro", "not told yet");
        let config = edgewise_domain::money::stripe::Stripe {
            secret_key: String::new(),
            webhook_secrets: Vec::new(),
            base_url: String::new(),
            plans: [("price_pro".to_owned(), "pro".parse().unwrap())].into(),
            meter_event: None,
        };
        let ports = &server.ports;
        let faults = apply_all(ports.billing(), ports.users(), ports.accounts(), &config, 1).await.unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!((plan().await["plan"].clone(), plan().await["status"].clone()), (json!("free"), json!("canceled")));
        // Not kept: not acknowledged, so that Stripe sends it again.
        server.ports.database().break_batch(0, Break::Before);
        assert_eq!(webhook(&server, "whsec_new", NOW_S, &event("evt_4", 104, "active", &user)).await.status, 503);
        let noted: Vec<_> = server.ports.audit().await.into_iter().map(|(.., detail)| detail).collect();
        assert_eq!(noted, ["plan pro", "plan free"]);
    });
}

#[test]
fn a_webhook_that_is_not_stripes_is_refused() {
    run(async {
        let server = Server::with(SETTINGS);
        let good = event("evt_1", 1, "active", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
        for (secret, time_s) in [("other", NOW_S), ("whsec_new", NOW_S - 400), ("whsec_new", NOW_S + 400)] {
            webhook(&server, secret, time_s, &good).await.problem(400);
        }
        webhook(&server, "whsec_new", NOW_S, &json!({"id": 1})).await.problem(400);
        assert_eq!(
            webhook(&server, "whsec_new", NOW_S, &good).await.status,
            200,
            "nobody's event is Stripe's all the same"
        );
        webhook(&Server::default(), "whsec_new", NOW_S, &good).await.problem(404);
    });
}

#[test]
fn checkout_and_portal_ask_stripe_once_for_each_key() {
    run(async {
        let server = Server::with(SETTINGS);
        let (bea, guest) = (sign_up(&server, "bea@example.org").await, server.guest().await);
        server.ports.web().answer("https://stripe.test/v1/checkout/sessions", 200, r#"{"url":"https://pay.test/1"}"#);
        let buy = async |who: &Guest, body: &str| who.call("POST", "/api/subscription/checkout", body).await;
        assert_eq!(buy(&bea, r#"{"plan":"pro"}"#).await.json()["url"], "https://pay.test/1");
        assert_eq!(buy(&bea, r#"{"plan":"gold"}"#).await.problem(422)["errors"][0]["pointer"], "/plan");
        buy(&guest, r#"{"plan":"pro"}"#).await.problem(409);
        bea.call("POST", "/api/subscription/portal", "").await.problem(409);
        webhook(&server, "whsec_new", NOW_S, &event("evt_1", 1, "active", &id(&bea).await)).await;
        buy(&bea, r#"{"plan":"pro"}"#).await.problem(409);
        server.ports.web().answer("https://stripe.test/v1/billing_portal/sessions", 400, r#"{"error":{"type":"x"}}"#);
        bea.call("POST", "/api/subscription/portal", "").await.problem(503);
        server.ports.web().answer(
            "https://stripe.test/v1/billing_portal/sessions",
            200,
            r#"{"url":"https://pay.test/2"}"#,
        );
        let portal = bea.call("POST", "/api/subscription/portal", "").await;
        assert_eq!((portal.status, portal.json()["url"].clone()), (StatusCode::OK, json!("https://pay.test/2")));
        sign_up(&Server::default(), "x@example.org")
            .await
            .call("POST", "/api/subscription/portal", "")
            .await
            .problem(409);
    });
}
