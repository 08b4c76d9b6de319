//! Answers that are given again: who may wish for them, and whose they are.

use edgewise_domain::ports::Ports;
use serde_json::{Value, json};

use crate::{
    client::{Guest, Server, run},
    flags::admin,
};

/// Asks in a new conversation, and gives the keys under which an answer was looked for.
async fn asked(guest: &Guest, body: Value) -> Vec<String> {
    let path = guest.conversation().await;
    assert_eq!(guest.post_json(&format!("{path}/messages"), &body.to_string()).await.status, 202);
    guest.server.ports.conversations().take_keys_asked()
}

#[test]
fn an_answer_is_looked_for_where_the_tenant_and_the_request_wish_it() {
    run(async {
        let server = Server::default();
        let (ann, bea, guest) = (admin(&server).await, server.guest().await, server.guest().await);
        let id = async |guest: &Guest| {
            guest.get("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().to_owned()
        };
        let wish = json!({ "content": "turn=a", "cache": true });
        assert!(asked(&guest, wish.clone()).await.is_empty(), "there is no such flag");
        let flag = json!({ "enabled": true, "percent": 0, "tenants": [id(&guest).await, id(&bea).await] });
        ann.call("PUT", "/api/admin/flags/answer-cache", &flag.to_string()).await;

        let keys = asked(&guest, wish.clone()).await;
        assert!(keys.len() == 1 && keys[0].starts_with(&format!("{}/", id(&guest).await)), "{keys:?}");
        assert_eq!(asked(&guest, wish.clone()).await, keys, "the same again");
        let others = asked(&bea, wish.clone()).await;
        assert!(others[0].starts_with(&format!("{}/", id(&bea).await)) && others != keys, "{others:?}");
        assert_ne!(asked(&guest, json!({ "content": "turn=b", "cache": true })).await, keys);
        assert!(asked(&ann, wish).await.is_empty(), "it is off for others");
        for unwilling in [json!({ "content": "turn=a" }), json!({ "content": "turn=a", "cache": false })] {
            assert!(asked(&guest, unwilling).await.is_empty());
        }
    });
}
