//! Agents, through the router.

use edgewise_domain::ports::{Database, Statement};
use serde_json::{Value, json};

use crate::{
    access::sign_up,
    client::{Server, run},
};

#[test]
fn an_agent_keeps_every_version_and_is_ones_own() {
    run(async {
        let server = Server::default();
        let (guest, stranger) = (server.guest().await, server.guest().await);
        let body = json!({
            "name": "Scout", "description": "Finds things.", "instructions": "Be thorough.", "model": "m",
            "tools": ["clock", "web_fetch"], "workflow": "research", "budget": {"steps": 20, "costMicroUsd": 5},
            "starters": ["What is new?"],
        });
        let made = guest.call("POST", "/api/agents", &body.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let at = made.headers["location"].to_str().unwrap().to_owned();
        assert_eq!((&made.json()["definition"], &made.json()["version"]), (&body, &json!(1)));
        assert_eq!(guest.get(&at).await.json(), made.json());
        assert_eq!(guest.get("/api/agents").await.json(), json!({"agents": [made.json()], "nextCursor": null}));

        let second = json!({"name": "Scout 2"}).to_string();
        let changed = guest.call("PUT", &at, &second).await.json();
        assert_eq!((&changed["version"], &changed["definition"]["name"]), (&json!(2), &json!("Scout 2")));
        assert_eq!(guest.call("PUT", &at, &second).await.json()["version"], 2, "the same is no version");
        assert_eq!(guest.get(&format!("{at}?version=1")).await.json()["definition"], body);
        guest.get(&format!("{at}?version=9")).await.problem(404);
        let restored = guest.call("POST", &format!("{at}/restore"), r#"{"version":1}"#).await.json();
        assert_eq!((&restored["version"], &restored["definition"]), (&json!(3), &body));
        guest.call("POST", &format!("{at}/restore"), r#"{"version":7}"#).await.problem(404);
        let versions = guest.get(&format!("{at}/versions")).await.json();
        let names: Vec<_> = versions["versions"].as_array().unwrap().iter().map(|each| each["name"].clone()).collect();
        assert_eq!(names, ["Scout", "Scout 2", "Scout"]);

        for (method, path, body) in [
            ("GET", at.clone(), ""),
            ("PUT", at.clone(), r#"{"name":"Mine"}"#),
            ("DELETE", at.clone(), ""),
            ("GET", format!("{at}/versions"), ""),
            ("POST", format!("{at}/restore"), r#"{"version":1}"#),
        ] {
            stranger.call(method, &path, body).await.problem(404);
        }
        assert_eq!(guest.call("DELETE", &at, "").await.status, 204);
        guest.get(&at).await.problem(404);
        assert_eq!(count(&server, "agent_versions").await, 0);
    });
}

async fn count(server: &Server, table: &str) -> usize {
    let sql = format!("SELECT 1 FROM {table}");
    server.ports.database().batch(vec![Statement { sql, values: Vec::new() }]).await.unwrap().concat().len()
}

#[test]
fn what_cannot_be_an_agent_is_refused_by_its_field() {
    run(async {
        let guest = Server::default().guest().await;
        for (body, pointer) in [
            (json!({"name": ""}), "/name"),
            (json!({"name": "A", "tools": ["rm"]}), "/tools"),
            (json!({"name": "A", "budget": {"steps": 0}}), "/budget/steps"),
            (json!({"name": "A", "starters": [" "]}), "/starters"),
            (json!({"name": "A", "workflow": "none"}), "/workflow"),
        ] {
            let problem = guest.call("POST", "/api/agents", &body.to_string()).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
        }
        let made = guest.call("POST", "/api/agents", r#"{"name":"A"}"#).await.json();
        let at = format!("/api/agents/{}", made["id"].as_str().unwrap());
        let elsewhere = json!({"name": "A", "projectId": made["id"]}).to_string();
        guest.call("PUT", &at, &elsewhere).await.problem(422);
        guest.call("POST", "/api/agents", &elsewhere).await.problem(404);
    });
}

#[test]
fn a_projects_agents_are_its_members_and_pages_have_an_end() {
    run(async {
        let server = Server::default();
        let owner = sign_up(&server, "ann@example.org").await;
        let team = owner.call("POST", "/api/organizations", r#"{"name":"O"}"#).await.json();
        let path = format!("/api/organizations/{}/projects", team["id"].as_str().unwrap());
        let project = owner.call("POST", &path, r#"{"name":"P"}"#).await.json()["id"].clone();
        let create = async |name: &str, project: &Value| {
            let body = json!({"name": name, "projectId": project}).to_string();
            let made = owner.call("POST", "/api/agents", &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json()
        };
        create("own", &Value::Null).await;
        let (first, second) = (create("first", &project).await, create("second", &project).await);
        assert_eq!(first["projectId"], project);
        let list = format!("/api/agents?projectId={}&limit=1", project.as_str().unwrap());
        let page = owner.get(&list).await.json();
        assert_eq!(page["agents"].as_array().unwrap().len(), 1);
        let rest = owner.get(&format!("{list}&cursor={}", page["nextCursor"].as_str().unwrap())).await.json();
        let mut ids = [page["agents"][0]["id"].clone(), rest["agents"][0]["id"].clone()];
        ids.sort_by_key(Value::to_string);
        let mut wanted = [first["id"].clone(), second["id"].clone()];
        wanted.sort_by_key(Value::to_string);
        assert_eq!((ids, &rest["nextCursor"]), (wanted, &Value::Null));
        assert_eq!(owner.get("/api/agents").await.json()["agents"].as_array().unwrap().len(), 1);
        let stranger = server.guest().await;
        stranger.get(&list).await.problem(404);
        stranger.get(&format!("/api/agents/{}", first["id"].as_str().unwrap())).await.problem(404);
    });
}
