//! Runs of agents, through the router. Nobody takes a step here: what one does is tested on the real runtime.

use edgewise_domain::ports::Ports;
use http::Request;
use serde_json::{Value, json};

use crate::{
    access::sign_up,
    client::{Guest, Server, run},
};

async fn agent(guest: &Guest) -> String {
    let made = guest.call("POST", "/api/agents", r#"{"name":"Scout"}"#).await;
    assert_eq!(made.status, 201, "{}", made.text);
    format!("/api/agents/{}", made.json()["id"].as_str().unwrap())
}

async fn started(guest: &Guest, agent: &str, task: &str) -> Value {
    let made = guest.call("POST", &format!("{agent}/runs"), &json!({"input": task}).to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

#[test]
fn a_run_is_started_listed_and_cancelled_by_whom_it_belongs_to() {
    run(async {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let (guest, stranger) = (server.guest().await, server.guest().await);
        let agent = agent(&guest).await;
        guest.call("PUT", &agent, r#"{"name":"Scout 2"}"#).await;
        let made = guest.call("POST", &format!("{agent}/runs"), r#"{"input":"Look.","version":1}"#).await.json();
        let at = format!("/api/runs/{}", made["summary"]["id"].as_str().unwrap());
        assert_eq!((&made["summary"]["status"], &made["summary"]["agentName"]), (&json!("queued"), &json!("Scout")));
        assert_eq!(guest.get(&at).await.json(), made);
        let newest = started(&guest, &agent, "Look again.").await;
        assert_eq!(newest["summary"]["agentVersion"], 2);

        let all = guest.get("/api/runs").await.json();
        assert_eq!(all["runs"].as_array().unwrap().len(), 2);
        let page = guest.get("/api/runs?limit=1").await.json();
        let rest = guest.get(&format!("/api/runs?cursor={}", page["nextCursor"].as_str().unwrap())).await.json();
        assert_eq!((rest["runs"].as_array().unwrap().len(), &rest["nextCursor"]), (1, &Value::Null));

        let cancelled = guest.call("POST", &format!("{at}/cancel"), "").await.json();
        assert_eq!(
            (&cancelled["summary"]["status"], &cancelled["summary"]["reason"]),
            (&json!("cancelled"), &json!("cancelled"))
        );
        assert_eq!(guest.call("POST", &format!("{at}/cancel"), "").await.json(), cancelled);
        let open = guest.get("/api/runs?status=queued").await.json();
        assert_eq!(open["runs"][0]["id"], newest["summary"]["id"]);

        for (method, path, body) in [
            ("GET", at.clone(), ""),
            ("GET", format!("{at}/events"), ""),
            ("POST", format!("{at}/cancel"), ""),
            ("POST", format!("{at}/approvals/call_1_0"), r#"{"approved":true}"#),
            ("POST", format!("{agent}/runs"), r#"{"input":"x"}"#),
        ] {
            stranger.call(method, &path, body).await.problem(404);
        }
        assert_eq!(stranger.get("/api/runs").await.json()["runs"], json!([]));
        guest.call("POST", &format!("{at}/approvals/call_1_0"), r#"{"approved":true}"#).await.problem(404);
    });
}

#[test]
fn a_run_that_has_ended_goes_on_in_another() {
    run(async {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let (guest, stranger) = (server.guest().await, server.guest().await);
        let first = started(&guest, &agent(&guest).await, "Look.").await;
        let at = format!("/api/runs/{}", first["summary"]["id"].as_str().unwrap());
        guest.call("POST", &format!("{at}/rerun"), "{}").await.problem(409);
        guest.call("POST", &format!("{at}/cancel"), "").await;
        stranger.call("POST", &format!("{at}/rerun"), "{}").await.problem(404);
        let unknown = guest.call("POST", &format!("{at}/rerun"), r#"{"step":"answer-0"}"#).await.problem(422);
        assert_eq!(unknown["errors"][0]["pointer"], "/step");
        let again = async || {
            let request = guest.request("POST", &format!("{at}/rerun")).header("content-type", "application/json");
            let made = server.send(request.header("idempotency-key", "1").body("{}".into()).unwrap()).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json()
        };
        let second = again().await;
        assert_ne!(second["summary"]["id"], first["summary"]["id"]);
        assert_eq!((&second["input"], &second["summary"]["status"]), (&first["input"], &json!("queued")));
        assert_eq!(second["rerunOf"], json!({"runId": first["summary"]["id"]}));
        assert_eq!(again().await["summary"]["id"], second["summary"]["id"], "a key makes one");
    });
}

#[test]
fn an_event_is_received_once_by_its_key() {
    run(async {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let (guest, stranger) = (server.guest().await, server.guest().await);
        let first = started(&guest, &agent(&guest).await, "Look.").await;
        let at = format!("/api/runs/{}", first["summary"]["id"].as_str().unwrap());
        let event = format!("{at}/events/order.paid");
        let send = async |key: &str, body: &str| {
            let request = guest.request("POST", &event).header("content-type", "application/json");
            server.send(request.header("idempotency-key", key).body(body.to_owned().into()).unwrap()).await
        };
        for key in ["1", "1", "2"] {
            assert_eq!(send(key, r#"{"data":{"sum":7}}"#).await.status, 200);
        }
        send("1", r#"{"data":8}"#).await.problem(422);
        let events = guest.call_json("GET", &format!("{at}/events"), "").await.json()["events"].clone();
        let received = events.as_array().unwrap().iter().map(|event| &event["event"]);
        let received: Vec<_> = received.filter(|event| event["type"] == "event.received").collect();
        let wanted = json!({"type": "event.received", "name": "order.paid", "data": {"sum": 7}});
        assert_eq!(received, [&wanted, &wanted]);

        stranger.call("POST", &event, r#"{"data":1}"#).await.problem(404);
        guest.call("POST", &format!("{at}/events/a%20b"), r#"{"data":1}"#).await.problem(422);
        guest.call("POST", &event, &json!({"data": "x".repeat(33_000)}).to_string()).await.problem(413);
        guest.call("POST", &format!("{at}/cancel"), "").await;
        guest.call("POST", &event, r#"{"data":1}"#).await.problem(409);
    });
}

#[test]
fn the_journal_is_read_as_a_page_or_a_stream_from_any_number() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let run = started(&guest, &agent(&guest).await, "Look.").await;
        let at = format!("/api/runs/{}", run["summary"]["id"].as_str().unwrap());
        guest.call("POST", &format!("{at}/cancel"), "").await;
        let read = async |kind: &str, last: &str| {
            let request = guest.request("GET", &format!("{at}/events")).header("accept", kind);
            server.send(request.header("last-event-id", last).body(axum::body::Body::empty()).unwrap()).await
        };
        let page = read("application/json", "0").await.json();
        assert_eq!((&page["lastSeq"], &page["isOver"]), (&json!(2), &json!(true)));
        assert_eq!(page["events"][0]["event"]["type"], "run.created");
        assert_eq!(page["events"][1]["event"]["type"], "run.ended");
        let stream = read("text/event-stream", "1").await;
        assert_eq!(stream.headers["content-type"], "text/event-stream; charset=utf-8");
        assert!(
            stream.text.contains("id: 2\ndata: {\"seq\":2,") && !stream.text.contains("id: 1\n"),
            "{}",
            stream.text
        );
        assert_eq!(read("text/event-stream", "2").await.status, 204, "nothing follows");
        read("text/event-stream", "x").await.problem(422);
    });
}

#[test]
fn a_key_makes_one_run_and_bad_tasks_make_none() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let agent = agent(&guest).await;
        let start = async || {
            let request = guest.request("POST", &format!("{agent}/runs")).header("content-type", "application/json");
            let request: Request<_> = request.header("idempotency-key", "1").body(r#"{"input":"x"}"#.into()).unwrap();
            server.send(request).await.json()["summary"]["id"].clone()
        };
        assert_eq!(start().await, start().await);
        for (body, status) in [(json!({"input": " "}), 422), (json!({"input": "x".repeat(70_000)}), 413)] {
            guest.call("POST", &format!("{agent}/runs"), &body.to_string()).await.problem(status);
        }
        guest.call("POST", &format!("{agent}/runs"), r#"{"input":"x","version":9}"#).await.problem(404);
        assert_eq!(guest.get("/api/runs").await.json()["runs"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn nothing_of_a_run_outlives_its_user() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let made = started(&ann, &agent(&ann).await, "Look.").await;
        let id = made["summary"]["id"].as_str().unwrap().parse().unwrap();
        assert!(server.ports.runs().has(id));
        let gone = ann.call("DELETE", "/api/users/me", r#"{"password":"correct horse battery"}"#).await;
        assert!(gone.status.is_success(), "{}", gone.text);
        crate::erasure::sweep_now(&server).await;
        assert!(!server.ports.runs().has(id));
    });
}
