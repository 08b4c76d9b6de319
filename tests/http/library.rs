//! Presets and prompts, through the router.

use edgewise_domain::ports::{Database, Statement};
use serde_json::{Value, json};

use crate::client::{Server, run};

#[test]
fn presets_and_prompts_are_ones_own_and_kept_once() {
    run(async {
        let server = Server::default();
        let (guest, stranger) = (server.guest().await, server.guest().await);
        let preset = r#"{"name":"Brief","systemPrompt":"Be brief.","model":"other","parameters":{"temperature":0.2}}"#;
        let made = guest.call("POST", "/api/presets", preset).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let at = made.headers["location"].to_str().unwrap().to_owned();
        assert_eq!(guest.get("/api/presets").await.json()["presets"], json!([made.json()]));
        assert_eq!(guest.get(&at).await.json(), made.json());
        guest.call("POST", "/api/presets", preset).await.problem(409);
        stranger.get(&at).await.problem(404);
        stranger.call("PUT", &at, preset).await.problem(404);
        stranger.call("DELETE", &at, "").await.problem(404);
        assert_eq!(stranger.call("POST", "/api/presets", preset).await.status, 201, "a name is one's own");

        let id = made.json()["id"].clone();
        let create = async |body: Value| guest.call("POST", "/api/chat/conversations", &body.to_string()).await;
        let plain = create(json!({"presetId": id})).await.json();
        assert_eq!((&plain["systemPrompt"], &plain["model"]), (&json!("Be brief."), &json!("other")));
        assert_eq!(plain["parameters"]["temperature"], 0.2);
        let said = create(json!({"presetId": id, "systemPrompt": "Be long.", "parameters": {}})).await.json();
        assert_eq!((&said["systemPrompt"], &said["parameters"]), (&json!("Be long."), &Value::Null));
        let other = create(json!({"presetId": said["id"]})).await.problem(404);
        assert_eq!(other["error"], "Preset not found");

        let prompt =
            |command: &str, text: &str| json!({"title": "Sum up", "command": command, "text": text}).to_string();
        let made = guest.call("POST", "/api/prompts", &prompt("sum", "Sum up {{text}} for {{who}}.")).await.json();
        assert_eq!(made["variables"], json!(["text", "who"]));
        let at = format!("/api/prompts/{}", made["id"].as_str().unwrap());
        guest.call("POST", "/api/prompts", &prompt("other", "x")).await;
        guest.call("PUT", &at, &prompt("other", "x")).await.problem(409);
        let changed = guest.call("PUT", &at, &prompt("sum", "{{a}}")).await.json();
        assert_eq!((&changed["variables"], &changed["createdAt"]), (&json!(["a"]), &made["createdAt"]));
        for (body, pointer) in [
            (prompt("A", "x"), "/command"),
            (prompt("a", " "), "/text"),
            (json!({"title": "", "command": "a", "text": "x"}).to_string(), "/title"),
        ] {
            let problem = guest.call("POST", "/api/prompts", &body).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
        }
        for _ in 0..2 {
            guest.call("DELETE", &at, "").await;
        }
        guest.call("DELETE", &at, "").await.problem(404);
        assert_eq!(guest.get("/api/prompts").await.json()["prompts"].as_array().unwrap().len(), 1);
        assert!(guest.call("DELETE", "/api/users/me", "{}").await.status.is_success());
        let sql = "SELECT id FROM library WHERE kind = 'prompt'".into();
        let left = server.ports.database().batch(vec![Statement { sql, values: Vec::new() }]).await.unwrap();
        assert!(left.concat().is_empty(), "they go with their user");
    });
}
