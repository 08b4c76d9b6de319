//! Webhooks, through the router: endpoints, and what they are told. Sending is tested on the real runtime.

use edgewise_domain::{
    ports::{Database, Ports, Statement},
    webhook::{
        MAX_ENDPOINTS,
        endpoint::{Came, Next},
        telling::{Progress, tell},
    },
};
use edgewise_testkit::ports::Hop::{Account, Database as D1, Object};
use serde_json::{Value, json};

use crate::client::{Guest, Server, run};

const ALL: &str = "/api/webhooks/endpoints";

async fn made(guest: &Guest, more: Value) -> (String, Value) {
    let mut body = json!({"url": "https://hooks.example.org/x"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = guest.call("POST", ALL, &body.to_string()).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let made = reply.json();
    (format!("{ALL}/{}", made["endpoint"]["id"].as_str().unwrap()), made)
}

/// What rests in the outbox.
async fn outbox(server: &Server) -> usize {
    let sql = "SELECT id FROM webhook_sources".into();
    server.ports.database().batch(vec![Statement { sql, values: Vec::new() }]).await.unwrap().concat().len()
}

/// What an endpoint would send, and has sent then.
fn sent(server: &Server, at: &str) -> Vec<Value> {
    let id = at.rsplit('/').next().unwrap().parse().unwrap();
    let take = |endpoint: &mut edgewise_domain::webhook::endpoint::Endpoint<_>| {
        let mut bodies = Vec::new();
        while let Next::Send(due) = endpoint.claim(0).unwrap() {
            endpoint.record(0, &due, Came { status: Some(200), ..Came::default() }).unwrap();
            bodies.push(serde_json::from_str(&due.body).unwrap());
        }
        bodies
    };
    server.ports.webhooks().with(id, take).unwrap()
}

fn types(bodies: &[Value]) -> Vec<&str> {
    bodies.iter().map(|body| body["type"].as_str().unwrap()).collect()
}

#[test]
fn an_endpoint_is_made_changed_and_ones_own() {
    run(async {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let (guest, stranger) = (server.guest().await, server.guest().await);
        let (at, first) = made(&guest, json!({"events": ["run.completed"], "description": "Mine"})).await;
        let secret = first["secret"].as_str().unwrap();
        assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
        let shown = guest.get(&at).await;
        assert_eq!(shown.json(), first["endpoint"]);
        assert!(!shown.text.contains("whsec_"), "the secret is shown once");
        assert_eq!(guest.get(ALL).await.json(), json!({"endpoints": [first["endpoint"]]}));

        let changed = guest.call("PATCH", &at, r#"{"enabled":false,"events":[]}"#).await.json();
        assert_eq!((&changed["stopped"], &changed["events"]), (&json!("by-user"), &json!([])));
        guest.call("POST", &format!("{at}/test"), "").await.problem(409);
        guest.call("PATCH", &at, r#"{"enabled":true}"#).await;
        assert_eq!(guest.call("POST", &format!("{at}/test"), "").await.status, 202);
        let events = guest.get(&format!("{at}/events")).await.json();
        assert_eq!(
            (&events["events"][0]["type"], &events["events"][0]["state"]),
            (&json!("webhook.test"), &json!("waiting"))
        );
        let rotated = guest.call("POST", &format!("{at}/rotate"), "").await.json();
        assert!(rotated["secret"] != first["secret"] && rotated["endpoint"]["oldSecretUntil"].is_string());
        assert_eq!(types(&sent(&server, &at)), ["webhook.test"]);
        let attempts = guest.get(&format!("{at}/attempts")).await.json();
        assert_eq!(attempts["attempts"][0]["status"], 200);
        assert_eq!(guest.get(&at).await.json()["cursor"], 1);
        let id = events["events"][0]["id"].as_str().unwrap();
        for (body, cursor) in [(json!({"after": 1}), 1), (json!({"eventId": id}), 0)] {
            let replayed = guest.call("POST", &format!("{at}/replay"), &body.to_string()).await.json();
            assert_eq!(replayed["cursor"], cursor, "{body}");
        }
        guest.call("POST", &format!("{at}/replay"), r#"{"eventId":"nothing"}"#).await.problem(404);
        guest.call("POST", &format!("{at}/replay"), r#"{}"#).await.problem(422);

        for (method, path, body) in [
            ("GET", at.clone(), ""),
            ("PATCH", at.clone(), "{}"),
            ("DELETE", at.clone(), ""),
            ("POST", format!("{at}/rotate"), ""),
            ("POST", format!("{at}/test"), ""),
            ("POST", format!("{at}/replay"), r#"{"after":0}"#),
            ("GET", format!("{at}/attempts"), ""),
            ("GET", format!("{at}/events"), ""),
        ] {
            stranger.call(method, &path, body).await.problem(404);
        }
        assert_eq!(guest.call("DELETE", &at, "").await.status, 204);
        guest.get(&at).await.problem(404);
        assert_eq!(guest.get(ALL).await.json(), json!({"endpoints": []}));
    });
}

#[test]
fn the_same_key_makes_one_endpoint_with_one_secret_and_there_is_an_end_to_them() {
    run(async {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let guest = server.guest().await;
        let once = async || {
            let request = guest.request("POST", ALL).header("content-type", "application/json");
            let request = request.header("idempotency-key", "one").body(r#"{"url":"https://a.example.org/"}"#.into());
            server.send(request.unwrap()).await
        };
        let (first, second) = (once().await, once().await);
        assert_eq!((first.status, second.status), (201.try_into().unwrap(), 201.try_into().unwrap()));
        assert_eq!(first.json(), second.json());
        for _ in 1..MAX_ENDPOINTS {
            made(&guest, json!({})).await;
        }
        guest.call("POST", ALL, r#"{"url":"https://a.example.org/"}"#).await.problem(409);
        assert_eq!(guest.get(ALL).await.json()["endpoints"].as_array().unwrap().len(), 10);
    });
}

#[test]
fn what_cannot_be_an_endpoint_is_refused_by_its_field() {
    run(async {
        let guest = Server::default().guest().await;
        for (body, pointer) in [
            (json!({"url": ""}), "/url"),
            (json!({"url": "http://127.0.0.1:9/"}), "/url"),
            (json!({"url": "https://169.254.169.254/"}), "/url"),
            (json!({"url": "https://localhost/"}), "/url"),
            (json!({"url": "https://a:b@hooks.example.org/"}), "/url"),
            (json!({"url": "ftp://hooks.example.org/"}), "/url"),
            (json!({"url": "https://hooks.example.org/", "description": "x".repeat(201)}), "/description"),
            (json!({"url": "https://hooks.example.org/", "events": ["run.failed", "run.failed"]}), "/events"),
        ] {
            let problem = guest.call("POST", ALL, &body.to_string()).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
        }
        let unknown = json!({"url": "https://hooks.example.org/", "events": ["run.exploded"]});
        guest.call("POST", ALL, &unknown.to_string()).await.problem(422);
    });
}

#[test]
fn whoever_has_an_endpoint_hears_of_conversations_and_runs_and_nobody_else_pays_for_it() {
    run(async {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let guest = server.guest().await;
        guest.call("POST", "/api/chat/conversations", "").await;
        assert_eq!(server.ports.take_hops(), [Account, Object, D1]);
        assert_eq!(outbox(&server).await, 0, "nobody listens, and nothing is written");

        let ((plain, _), (whole, _)) =
            (made(&guest, json!({})).await, made(&guest, json!({"includeContent": true})).await);
        let (failures, _) = made(&guest, json!({"events": ["run.failed"]})).await;
        let path = guest.conversation().await;
        guest.post_json(&format!("{path}/messages"), r#"{"content":"a secret of mine"}"#).await;
        guest.call("PATCH", &path, r#"{"title":"a secret title"}"#).await;
        let id = path.rsplit('/').next().unwrap();
        for _ in 0..3 {
            assert_eq!(tell(&server.ports, id).await, Ok(Progress::Whole));
        }
        let (heard, with_words) = (sent(&server, &plain), sent(&server, &whole));
        assert_eq!(types(&heard), ["conversation.created", "message.completed"]);
        assert_eq!(types(&with_words), types(&heard));
        assert!(!json!(heard).to_string().contains("secret"), "{heard:?}");
        assert_eq!(heard[1]["data"]["conversationId"], id);
        assert_eq!(with_words[0]["data"]["title"], "a secret title");
        let messages = guest.get(&format!("{path}/messages")).await.json();
        assert_eq!(with_words[1]["data"]["content"], messages["messages"][1]["content"]);
        guest.call("DELETE", &path, "").await;
        tell(&server.ports, id).await.unwrap();
        assert_eq!(types(&sent(&server, &plain)), ["conversation.deleted"]);

        let agent = guest.call("POST", "/api/agents", r#"{"name":"Scout"}"#).await.json();
        let runs = format!("/api/agents/{}/runs", agent["id"].as_str().unwrap());
        let started = guest.call("POST", &runs, r#"{"input":"a secret task"}"#).await.json();
        let run = started["summary"]["id"].as_str().unwrap();
        tell(&server.ports, run).await.unwrap();
        guest.call("POST", &format!("/api/runs/{run}/cancel"), "").await;
        tell(&server.ports, run).await.unwrap();
        let heard = sent(&server, &plain);
        assert_eq!(types(&heard), ["run.started", "run.cancelled"]);
        assert!(!json!(heard).to_string().contains("secret"));
        assert_eq!(sent(&server, &whole)[2]["data"]["task"], "a secret task");
        assert_eq!(sent(&server, &failures), Vec::<Value>::new());

        let stranger = server.guest().await;
        stranger.call("POST", "/api/chat/conversations", "").await;
        assert_eq!(outbox(&server).await, 2, "what is the others' is not noted");
        for at in [&plain, &whole, &failures] {
            guest.call("DELETE", at, "").await;
        }
        assert_eq!(outbox(&server).await, 0, "with the last endpoint the outbox goes");
    });
}

#[test]
fn temporary_conversations_and_what_was_before_are_not_told() {
    run(async {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let guest = server.guest().await;
        let old = guest.conversation().await;
        server.ports.clock().advance(1_000);
        let (at, _) = made(&guest, json!({})).await;
        guest.call("POST", "/api/chat/conversations", r#"{"temporary":true}"#).await;
        assert_eq!(outbox(&server).await, 0);
        guest.call("PATCH", &old, r#"{"title":"T"}"#).await;
        tell(&server.ports, old.rsplit('/').next().unwrap()).await.unwrap();
        assert_eq!(sent(&server, &at), Vec::<Value>::new(), "it was made before the endpoint was");
        guest.post_json(&format!("{old}/messages"), r#"{"content":"hello"}"#).await;
        guest.call("PATCH", &old, r#"{"title":"U"}"#).await;
        tell(&server.ports, old.rsplit('/').next().unwrap()).await.unwrap();
        assert_eq!(types(&sent(&server, &at)), ["message.completed"]);
    });
}
