//! Schedules of agents, through the router, and the round that begins their runs.

use edgewise_domain::{
    ports::{Clock, Database, Ports, Statement},
    schedule::fire::fire_due,
};
use http::Request;
use serde_json::{Value, json};

use crate::{
    access::sign_up,
    client::{Guest, Server, run},
};

const HOUR_MS: u64 = 3_600_000;
/// Of a key: tokens run out while the clock is set forward.
const BOTH: &str = r#"["chat:read","chat:write"]"#;

async fn agent(guest: &Guest) -> String {
    let made = guest.call("POST", "/api/agents", r#"{"name":"Scout"}"#).await.json();
    format!("/api/agents/{}", made["id"].as_str().unwrap())
}

async fn scheduled(guest: &Guest, agent: &str, body: &Value) -> (String, Value) {
    let made = guest.call("POST", &format!("{agent}/schedules"), &body.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    (made.headers["location"].to_str().unwrap().to_owned(), made.json())
}

async fn round(server: &Server) -> usize {
    let ports = &server.ports;
    fire_due(ports.schedules(), ports.agents(), ports.runs(), ports.clock()).await.unwrap().len()
}

async fn runs(guest: &Guest) -> Vec<Value> {
    guest.get("/api/runs").await.json()["runs"].as_array().unwrap().clone()
}

#[test]
fn a_schedule_is_kept_changed_paused_and_deleted_by_whom_it_belongs_to() {
    run(async {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let (guest, stranger) = (server.guest().await, server.guest().await);
        let agent = agent(&guest).await;
        let body = json!({"input": "Look.", "cron": "0 9 * * mon-fri", "timeZone": "Europe/Berlin"});
        let (at, made) = scheduled(&guest, &agent, &body).await;
        assert_eq!(made["next"].as_array().unwrap().len(), 5);
        assert!(made["next"][0].as_str().unwrap().ends_with("T08:00:00.000Z"), "{made}");
        assert_eq!(guest.get(&at).await.json(), made);
        assert_eq!(guest.get(&format!("{agent}/schedules")).await.json(), json!({"schedules": [made]}));

        let paused = json!({"input": "Look again.", "rrule": "FREQ=DAILY", "enabled": false});
        let changed = guest.call("PUT", &at, &paused.to_string()).await.json();
        assert_eq!((&changed["next"], &changed["definition"]["input"]), (&json!([]), &json!("Look again.")));
        assert!(changed["definition"]["start"].is_string());

        for (method, path) in [("GET", &at), ("PUT", &at), ("DELETE", &at), ("GET", &format!("{agent}/schedules"))] {
            stranger.call(method, path, &body.to_string()).await.problem(404);
        }
        for (bad, pointer) in [
            (json!({"input": "x", "cron": "* * * * *"}), "/cron"),
            (json!({"input": "x", "rrule": "FREQ=HOURLY"}), "/rrule"),
            (json!({"input": "x", "cron": "0 9 * * *", "timeZone": "Nowhere"}), "/timeZone"),
            (json!({"input": " ", "cron": "0 9 * * *"}), "/input"),
        ] {
            let problem = guest.call("POST", &format!("{agent}/schedules"), &bad.to_string()).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{bad}");
        }
        assert_eq!(guest.call("DELETE", &at, "").await.status, 204);
        guest.call("DELETE", &at, "").await.problem(404);
        guest.get(&at).await.problem(404);
    });
}

#[test]
fn what_is_due_begins_one_run_however_many_rounds_there_are_and_times_were_missed() {
    run(async {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let guest = server.guest().await.with_key(BOTH).await;
        let agent = agent(&guest).await;
        let (at, made) = scheduled(&guest, &agent, &json!({"input": "Look.", "cron": "0 * * * *"})).await;
        assert_eq!((round(&server).await, runs(&guest).await.len()), (0, 0), "not before its time");

        // Four hours nobody looked; then two rounds at once.
        server.ports.clock().advance(4 * HOUR_MS);
        let (one, other) = futures::join!(round(&server), round(&server));
        assert_eq!((one, other), (0, 0));
        let begun = runs(&guest).await;
        assert_eq!((begun.len(), &begun[0]["task"]), (1, &json!("Look.")));
        let now = guest.get(&at).await.json();
        assert_eq!((&now["lastAt"], &now["lastRunId"]), (&made["next"][0], &begun[0]["id"]));
        assert_eq!(now["next"][0], made["next"][4], "what was missed is one run");
        assert_eq!((round(&server).await, runs(&guest).await.len()), (0, 1));

        server.ports.clock().advance(HOUR_MS);
        // It died between the run and its note: the same run again.
        let due = "SELECT next_ms FROM schedules";
        let rows = |sql: &str| server.ports.database().batch(vec![Statement { sql: sql.into(), values: Vec::new() }]);
        let next_ms = rows(due).await.unwrap()[0][0][0].as_u64().unwrap();
        assert_eq!((round(&server).await, runs(&guest).await.len()), (0, 2));
        rows(&format!("UPDATE schedules SET next_ms = {next_ms}")).await.unwrap();
        assert_eq!((round(&server).await, runs(&guest).await.len()), (0, 2));
        assert!(server.ports.clock().now_ms() > next_ms);
    });
}

#[test]
fn nothing_begins_for_whoever_is_banned_or_gone_or_without_the_agent() {
    run(async {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let ann = sign_up(&server, "ann@example.org").await.with_key(BOTH).await;
        let agent = agent(&ann).await;
        let body = json!({"input": "Look.", "cron": "0 * * * *", "version": 1});
        let (at, _) = scheduled(&ann, &agent, &body).await;
        let rows = |sql: &str| server.ports.database().batch(vec![Statement { sql: sql.into(), values: Vec::new() }]);
        server.ports.clock().advance(HOUR_MS);
        rows("UPDATE users SET banned = 1").await.unwrap();
        assert_eq!((round(&server).await, runs(&ann).await.len()), (0, 0), "banned");
        rows("UPDATE users SET banned = 0").await.unwrap();
        rows("DELETE FROM agent_versions").await.unwrap();
        assert_eq!((round(&server).await, runs(&ann).await.len()), (0, 0));
        let paused = ann.get(&at).await.json();
        assert_eq!(paused["next"], json!([]));
        assert!(paused["error"].as_str().unwrap().contains("not there"), "{paused}");

        let count = || async { rows("SELECT 1 FROM schedules").await.unwrap()[0].len() };
        assert_eq!(count().await, 1);
        let gone = Request::delete("http://127.0.0.1:8787/api/users/me").header("cookie", &ann.cookie);
        let gone = gone.header("origin", "http://127.0.0.1:8787").header("content-type", "application/json");
        let gone = server.send(gone.body(r#"{"password":"correct horse battery"}"#.into()).unwrap()).await;
        assert!(gone.status.is_success(), "{}", gone.text);
        crate::erasure::sweep_now(&server).await;
        assert_eq!(count().await, 0, "nothing outlives its user");
    });
}

#[test]
fn a_projects_agent_has_no_schedule_and_a_deleted_ones_are_gone() {
    run(async {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let owner = sign_up(&server, "ann@example.org").await;
        let team = owner.call("POST", "/api/organizations", r#"{"name":"O"}"#).await.json();
        let path = format!("/api/organizations/{}/projects", team["id"].as_str().unwrap());
        let project = owner.call("POST", &path, r#"{"name":"P"}"#).await.json()["id"].clone();
        let shared = owner.call("POST", "/api/agents", &json!({"name": "S", "projectId": project}).to_string()).await;
        let body = json!({"input": "Look.", "cron": "0 9 * * *"}).to_string();
        let shared = format!("/api/agents/{}/schedules", shared.json()["id"].as_str().unwrap());
        owner.call("POST", &shared, &body).await.problem(409);
        let own = agent(&owner).await;
        for _ in 0..50 {
            assert_eq!(owner.call("POST", &format!("{own}/schedules"), &body).await.status, 201);
        }
        owner.call("POST", &format!("{own}/schedules"), &body).await.problem(409);
        assert_eq!(owner.call("DELETE", &own, "").await.status, 204);
        let other = agent(&owner).await;
        assert_eq!(owner.call("POST", &format!("{other}/schedules"), &body).await.status, 201, "they count no more");
    });
}
