//! Feature flags: who may set them, and who sees what.

use edgewise_domain::ports::Ports;
use edgewise_testkit::ports::{Down, Hop};
use http::Request;
use serde_json::{Value, json};

use crate::client::{BOOTSTRAP_SECRET, Guest, Server, run};

pub async fn admin(server: &Server) -> Guest {
    let body = json!({ "email": "ann@example.org", "password": "correct horse battery" }).to_string();
    let request = Request::post("http://127.0.0.1:8787/api/auth/signup").header("content-type", "application/json");
    let reply = server.send(request.body(body.into()).unwrap()).await;
    let cookie = reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let ann = Guest { server: server.clone(), token: reply.json()["accessToken"].as_str().unwrap().into(), cookie };
    let secret = json!({ "secret": BOOTSTRAP_SECRET }).to_string();
    assert_eq!(ann.call("POST", "/api/auth/bootstrap", &secret).await.status, 200);
    ann
}

async fn mine(guest: &Guest) -> Value {
    guest.get("/api/flags").await.json()["flags"].clone()
}

#[test]
fn administrators_alone_find_them() {
    run(async {
        let server = Server::default();
        let (ann, guest) = (admin(&server).await, server.guest().await);
        let made = ann.call("POST", "/api/users/me/keys", r#"{"name":"ci"}"#).await.json();
        let key = Guest { token: made["secret"].as_str().unwrap().into(), ..ann.clone() };
        let nobody = Guest { token: "x".into(), ..ann.clone() };
        for who in [&guest, &key, &nobody] {
            who.get("/api/admin/flags").await.problem(404);
            who.call("PUT", "/api/admin/flags/x", r#"{"enabled":true}"#).await.problem(404);
            let reply = who.call("DELETE", "/api/admin/flags/x", "").await;
            assert_eq!(reply.problem(404)["error"], "Route not found");
        }
        assert_eq!(ann.get("/api/admin/flags").await.json(), json!({ "flags": [] }));
        ann.call("DELETE", "/api/admin/flags/x", "").await.problem(404);
    });
}

#[test]
fn a_flag_is_set_seen_and_deleted() {
    run(async {
        let server = Server::default();
        let (ann, guest) = (admin(&server).await, server.guest().await);
        let id = guest.get("/api/auth/session").await.json()["user"]["id"].clone();
        let set = async |name: &str, body: Value| {
            ann.call("PUT", &format!("/api/admin/flags/{name}"), &body.to_string()).await
        };
        assert_eq!(mine(&guest).await, json!({}));
        assert_eq!(set("all", json!({ "enabled": true })).await.json()["percent"], 100);
        set("some", json!({ "enabled": true, "percent": 0, "tenants": [id] })).await;
        set("off", json!({ "enabled": false })).await;
        assert_eq!(mine(&guest).await, json!({ "all": true, "off": false, "some": true }));
        assert_eq!(mine(&ann).await, json!({ "all": true, "off": false, "some": false }));
        assert_eq!(ann.call("DELETE", "/api/admin/flags/all", "").await.status, 204);
        assert_eq!(mine(&guest).await, json!({ "off": false, "some": true }));
        for (name, body) in [
            ("Bad", json!({ "enabled": true })),
            ("x", json!({})),
            ("x", json!({ "enabled": true, "percent": 101 })),
            ("x", json!({ "enabled": true, "percent": -1 })),
            ("x", json!({ "enabled": true, "tenants": ["ann"] })),
            ("x", json!({ "enabled": true, "tenants": vec![id.clone(); 201] })),
            ("x", json!({ "enabled": true, "more": 1 })),
        ] {
            set(name, body).await.problem(422);
        }
        let audit = server.ports.audit().await;
        let actions: Vec<_> = audit.iter().map(|(action, target, _)| format!("{action} {target}")).collect();
        assert_eq!(actions, ["flag.set all", "flag.set some", "flag.set off", "flag.delete all"]);
        assert!(audit[1].2.contains("on for 0 % and 1 tenants"));
    });
}

#[test]
fn asking_costs_no_hop_for_half_a_minute_and_survives_the_database() {
    run(async {
        let server = Server::default();
        let (ann, guest) = (admin(&server).await, server.guest().await);
        ann.call("PUT", "/api/admin/flags/all", r#"{"enabled":true}"#).await;
        server.ports.take_hops();
        mine(&guest).await;
        assert_eq!(server.ports.take_hops(), [Hop::Account]);
        server.ports.clock().advance(30_000);
        mine(&guest).await;
        assert_eq!(server.ports.take_hops(), [Hop::Account, Hop::Cache]);
        server.ports.break_down(Down::Database);
        server.ports.clock().advance(30_000);
        assert_eq!(mine(&guest).await, json!({ "all": true }));
    });
}
