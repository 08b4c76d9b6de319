//! The list of models: who may change it, what everybody sees of it, and what asking costs.

use edgewise_domain::ports::Ports;
use edgewise_testkit::ports::{Down, Hop};
use serde_json::{Value, json};

use crate::{
    client::{Server, run},
    flags::admin,
};

fn body() -> Value {
    json!({
        "title": "Smart",
        "abilities": { "vision": true, "contextTokens": 200_000 },
        "routes": [
            { "provider": "builtin", "model": "a", "price": { "inputMicroUsd": 3_000_000, "outputMicroUsd": 15_000_000 } },
            { "provider": "workers-ai", "model": "@cf/meta/llama" },
        ],
    })
}

#[test]
fn administrators_change_it_and_everybody_sees_what_concerns_them() {
    run(async {
        let server = Server::default();
        let (ann, guest) = (admin(&server).await, server.guest().await);
        guest.call("PUT", "/api/admin/models/smart", &body().to_string()).await.problem(404);
        guest.get("/api/admin/models").await.problem(404);
        let made = ann.call("PUT", "/api/admin/models/smart", &body().to_string()).await;
        assert_eq!(made.status, 200);
        assert_eq!(made.json()["routes"], body()["routes"]);
        assert_eq!(ann.get("/api/admin/models").await.json()["models"][0]["name"], "smart");
        let seen = guest.get("/api/models").await.json();
        let smart = seen["models"].as_array().unwrap().iter().find(|model| model["name"] == "smart").unwrap();
        assert_eq!((&smart["title"], &smart["price"]["inputMicroUsd"]), (&json!("Smart"), &json!(3_000_000)));
        assert!(!seen.to_string().contains("workers-ai"), "whose servers answer is the operator's affair");
        assert!(seen["models"].as_array().unwrap().iter().any(|model| model["name"] == seen["defaultModel"]));
        assert_eq!(ann.call("DELETE", "/api/admin/models/smart", "").await.status, 204);
        ann.call("DELETE", "/api/admin/models/smart", "").await.problem(404);
        assert_eq!(guest.get("/api/models").await.json()["models"].as_array().unwrap().len(), 1);
        let audit = server.ports.audit().await;
        let told: Vec<_> = audit.iter().map(|(action, target, detail)| format!("{action} {target} {detail}")).collect();
        assert_eq!(told, ["model.set smart builtin a, workers-ai @cf/meta/llama", "model.delete smart "]);
    });
}

#[test]
fn what_is_wrong_is_pointed_at() {
    run(async {
        let server = Server::default();
        let ann = admin(&server).await;
        for (change, pointer) in [
            (json!({ "routes": [] }), "/routes"),
            (json!({ "routes": [{ "provider": "nobody", "model": "m" }] }), "/routes/0/provider"),
            (json!({ "routes": [{ "provider": "builtin", "model": "" }] }), "/routes/0/model"),
            (json!({ "title": " " }), "/title"),
            (json!({ "abilities": { "contextTokens": 0 } }), "/abilities/contextTokens"),
        ] {
            let mut wrong = body();
            for (field, value) in change.as_object().unwrap() {
                wrong[field] = value.clone();
            }
            let reply = ann.call("PUT", "/api/admin/models/smart", &wrong.to_string()).await;
            assert_eq!(reply.problem(422)["errors"][0]["pointer"], pointer);
        }
    });
}

#[test]
fn asking_costs_no_hop_while_it_is_known_and_survives_the_database() {
    run(async {
        let server = Server::default();
        let (ann, guest) = (admin(&server).await, server.guest().await);
        ann.call("PUT", "/api/admin/models/smart", &body().to_string()).await;
        server.ports.take_hops();
        guest.get("/api/models").await;
        assert_eq!(server.ports.take_hops(), [Hop::Account]);
        server.ports.clock().advance(15_000);
        guest.get("/api/models").await;
        assert_eq!(server.ports.take_hops(), [Hop::Account, Hop::Cache]);
        server.ports.break_down(Down::Database);
        server.ports.clock().advance(120_000);
        assert_eq!(guest.get("/api/models").await.json()["models"].as_array().unwrap().len(), 2);
    });
}
