//! Whether we live, are well, and are ready.

use axum::body::Body;
use edgewise_domain::{health::Part, ports::Ports};
use http::Request;
use serde_json::json;

use crate::client::{Reply, Server, run};

async fn get(server: &Server, path: &str) -> Reply {
    server.send(Request::get(format!("http://127.0.0.1:8787{path}")).body(Body::empty()).unwrap()).await
}

#[test]
fn alive_touches_nothing() {
    run(async {
        let server = Server::default();
        let reply = get(&server, "/health").await;
        assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (200, &json!("ok")));
        assert!(reply.json()["timestamp"].as_str().unwrap().ends_with('Z'));
        assert!(server.ports.take_hops().is_empty());
        assert_eq!(server.ports.pulse().asked(), 0);
    });
}

#[test]
fn every_part_is_told_and_a_missing_one_makes_it_503() {
    run(async {
        let well = get(&Server::default(), "/api/health").await;
        assert_eq!((well.status.as_u16(), &well.json()["status"]), (200, &json!("ok")));
        for part in Part::ALL {
            let server = Server::default();
            server.ports.pulse().stop(part);
            let reply = get(&server, "/api/health").await;
            assert_eq!(reply.status, 503, "{part:?}");
            let body = reply.json();
            assert_eq!(body["status"], "degraded");
            for name in ["database", "cache", "redis", "storage", "objects", "queues", "models"] {
                let is_down = name == part.name() || name == "redis" && part == Part::Cache;
                assert_eq!(body["services"][name], if is_down { "unhealthy" } else { "healthy" }, "{name}");
                if name != "redis" {
                    assert_eq!(body["checks"][name]["ok"], !is_down);
                    assert!(body["checks"][name]["ms"].is_u64());
                }
            }
            let old = get(&server, "/api/health?compat=chatbot").await;
            assert_eq!((old.status.as_u16(), &old.json()["status"]), (500, &json!("error")));
            let ready = if matches!(part, Part::Database | Part::Objects) { 503 } else { 200 };
            assert_eq!(get(&server, "/api/ready").await.status, ready, "{part:?}");
        }
    });
}

#[test]
fn asking_often_asks_the_parts_once() {
    run(async {
        let server = Server::default();
        for path in ["/api/health", "/api/ready", "/api/health?x=1", "/api/health"] {
            assert_eq!(get(&server, path).await.status, 200);
        }
        assert_eq!(server.ports.pulse().asked(), 6);
        server.ports.pulse().stop(Part::Database);
        assert_eq!(get(&server, "/api/health").await.status, 200, "for five seconds");
        server.ports.clock().advance(5_000);
        assert_eq!(get(&server, "/api/health").await.status, 503);
        assert_eq!(server.ports.pulse().asked(), 12);
    });
}
