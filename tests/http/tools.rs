//! The tools that answers may use, and those that a conversation turns off.

use serde_json::{Value, json};

use crate::client::{Server, run};

#[test]
fn tools_are_listed_as_the_settings_have_them() {
    run(async {
        let server = Server::with(&[("TOOLS_ENABLED", "clock,artifact_create"), ("TOOLS_ASK_FIRST", "clock")]);
        let guest = server.guest().await;
        let list = guest.get("/api/tools").await.json();
        let tools = list["tools"].as_array().unwrap();
        let known = |name: &str| tools.iter().find(|tool| tool["name"] == name).unwrap();
        let told = |name: &str| (known(name)["asks"].clone(), known(name)["enabled"].clone());
        assert_eq!(told("clock"), (json!(true), json!(true)));
        assert_eq!(told("artifact_create"), (json!(false), json!(true)));
        assert_eq!(told("web_fetch"), (json!(true), json!(false)));
        assert!(tools.iter().all(|tool| tool["title"].is_string() && tool["description"].is_string()));
    });
}

#[test]
fn a_conversation_turns_tools_off_and_its_fork_keeps_that() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let path = guest.conversation().await;
        let change = async |tools: Value| guest.call("PATCH", &path, &json!({ "tools": tools }).to_string()).await;
        assert_eq!(change(json!({"web_fetch": false})).await.json()["tools"], json!({"web_fetch": false}));
        let problem = change(json!({"rm": false})).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/tools", "{problem}");
        guest.post_json(&format!("{path}/messages"), r#"{"content":"Hello"}"#).await;
        let fork = guest.call("POST", &format!("{path}/fork"), "").await.json();
        assert_eq!(fork["tools"], json!({"web_fetch": false}));
        assert!(change(json!({})).await.json()["tools"].is_null());
    });
}
