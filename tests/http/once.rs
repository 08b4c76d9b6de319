//! `Idempotency-Key`: what is sent twice is made once.

use axum::body::Body;
use edgewise_domain::ports::{Accounts, Ports};
use edgewise_protocol::{
    calls::account::{AccountName, Call, End, Reply as AccountReply},
    ids::UserId,
};
use http::Request;
use serde_json::json;

use crate::client::{Guest, Reply, Server, run};

const HOST: &str = "http://127.0.0.1:8787";
const CONVERSATIONS: &str = "/api/chat/conversations";
const KEYS: &str = "/api/users/me/keys";

async fn post(guest: &Guest, path: &str, key: &str, body: &str) -> Reply {
    // By cookie: an access token does not last a day.
    let request = Request::post(format!("{HOST}{path}")).header("cookie", &guest.cookie);
    let request = request.header("content-type", "application/json").header("idempotency-key", key);
    guest.server.send(request.body(body.to_owned().into()).unwrap()).await
}

async fn count(guest: &Guest) -> usize {
    let request = Request::get(format!("{HOST}{CONVERSATIONS}")).header("cookie", &guest.cookie);
    guest.server.send(request.body(Body::empty()).unwrap()).await.json()["conversations"].as_array().unwrap().len()
}

async fn user(guest: &Guest) -> AccountName {
    let id: UserId = guest.get("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().parse().unwrap();
    AccountName::User(id)
}

#[test]
fn the_same_request_gets_the_first_answer_again() {
    run(async {
        let guest = Server::default().guest().await;
        let first = post(&guest, CONVERSATIONS, "k 1", r#"{"title":"one"}"#).await;
        assert_eq!(first.status, 201, "{}", first.text);
        assert!(!first.headers.contains_key("idempotency-replayed"));
        guest.server.ports.clock().advance(23 * 3_600_000);
        let again = post(&guest, CONVERSATIONS, "k 1", r#" { "title" : "one" } "#).await;
        assert_eq!((again.status, &again.text), (first.status, &first.text));
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(again.headers["location"], first.headers["location"]);
        assert_eq!(count(&guest).await, 1);
        post(&guest, CONVERSATIONS, "k 1", r#"{"title":"two"}"#).await.problem(422);
        post(&guest, KEYS, "k 1", r#"{"name":"one"}"#).await.problem(422);
        assert_eq!(post(&guest, CONVERSATIONS, "k 2", r#"{"title":"one"}"#).await.status, 201);
        // Another one's key is another key, and after a day it is a new one.
        let other = guest.server.guest().await;
        let theirs = post(&other, CONVERSATIONS, "k 1", r#"{"title":"one"}"#).await;
        assert_ne!(theirs.json()["id"], first.json()["id"]);
        guest.server.ports.clock().advance(3_600_000);
        let later = post(&guest, CONVERSATIONS, "k 1", r#"{"title":"two"}"#).await;
        assert_ne!(later.json()["id"], first.json()["id"]);
    });
}

#[test]
fn a_refused_request_leaves_its_key_free() {
    run(async {
        let guest = Server::default().guest().await;
        post(&guest, KEYS, "k", r#"{"name":""}"#).await.problem(422);
        assert_eq!(post(&guest, KEYS, "k", r#"{"name":"ci"}"#).await.status, 201);
    });
}

#[test]
fn what_is_under_way_is_not_begun_again_until_its_lease_ends() {
    run(async {
        let guest = Server::default().guest().await;
        let name = user(&guest).await;
        let first = post(&guest, CONVERSATIONS, "k", "{}").await.json()["id"].clone();
        let accounts = guest.server.ports.accounts();
        let begin = |fingerprint: &str| Call::Begin { key: "dead".into(), fingerprint: fingerprint.into() };
        let AccountReply::Begun { at_ms } = accounts.call(&name, begin("f")).await.unwrap() else { panic!() };
        assert!(matches!(accounts.call(&name, begin("f")).await.unwrap(), AccountReply::Running { .. }));
        assert!(matches!(accounts.call(&name, begin("g")).await.unwrap(), AccountReply::Mismatch));
        guest.server.ports.clock().advance(60_000);
        let AccountReply::Begun { at_ms: same } = accounts.call(&name, begin("f")).await.unwrap() else { panic!() };
        assert_eq!(same, at_ms, "of which the ids are made");
        let end = Call::Finish { key: "dead".into(), end: End::Unknown };
        accounts.call(&name, end).await.unwrap();
        let AccountReply::Begun { at_ms: same } = accounts.call(&name, begin("f")).await.unwrap() else { panic!() };
        assert_eq!(same, at_ms);
        post(&guest, CONVERSATIONS, "dead", "{}").await.problem(422);
        assert_eq!(post(&guest, CONVERSATIONS, "k", "{}").await.json()["id"], first);
    });
}

#[test]
fn dying_between_the_effect_and_its_record_makes_nothing_twice() {
    run(async {
        let guest = Server::default().guest().await;
        for path in [CONVERSATIONS, KEYS] {
            guest.server.ports.accounts().lose_next_finish();
            let body = if path == KEYS { r#"{"name":"ci"}"# } else { r#"{"title":"ci"}"# };
            let first = post(&guest, path, path, body).await;
            assert_eq!(first.status, 201, "{}", first.text);
            let refused = post(&guest, path, path, body).await;
            refused.problem(409);
            assert_eq!(refused.headers["retry-after"], "60");
            guest.server.ports.clock().advance(60_000);
            let second = post(&guest, path, path, body).await;
            let (one, two) = (first.json(), second.json());
            assert_eq!(
                (&one["id"], &one["key"]["id"], &one["secret"]),
                (&two["id"], &two["key"]["id"], &two["secret"])
            );
            assert_eq!(post(&guest, path, path, body).await.text, second.text);
        }
        assert_eq!(count(&guest).await, 1);
        assert_eq!(guest.get(KEYS).await.json()["keys"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_key_is_made_once_and_its_secret_is_not_kept() {
    run(async {
        let guest = Server::default().guest().await;
        let first = post(&guest, KEYS, "k", r#"{"name":"ci"}"#).await;
        let again = post(&guest, KEYS, "k", r#"{"name":"ci"}"#).await;
        assert_eq!(again.json(), first.json());
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(guest.get(KEYS).await.json()["keys"].as_array().unwrap().len(), 1);
        let secret = first.json()["secret"].as_str().unwrap().to_owned();
        assert_eq!(Guest { token: secret, ..guest.clone() }.get(CONVERSATIONS).await.status, 200);
        // Removed, it is not made again.
        let path = format!("{KEYS}/{}", first.json()["key"]["id"].as_str().unwrap());
        assert_eq!(guest.call("DELETE", &path, "").await.status, 204);
        assert_eq!(post(&guest, KEYS, "k", r#"{"name":"ci"}"#).await.status, 201);
        assert_eq!(guest.get(KEYS).await.json()["keys"], json!([]));
    });
}

#[test]
fn bad_keys_are_refused() {
    run(async {
        let guest = Server::default().guest().await;
        for bad in [String::new(), "k".repeat(256), "tab\there".into()] {
            post(&guest, CONVERSATIONS, &bad, "{}").await.problem(422);
        }
        assert_eq!(post(&guest, CONVERSATIONS, &"k".repeat(255), "{}").await.status, 201);
        assert_eq!(count(&guest).await, 1);
    });
}
