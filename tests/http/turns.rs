//! What people do with a conversation's messages, through the router.

use serde_json::{Value, json};

use crate::{
    access::sign_up,
    client::{Guest, Server, run},
};

async fn said(guest: &Guest, path: &str, body: Value) -> Value {
    let reply = guest.post_json(&format!("{path}/messages"), &body.to_string()).await;
    assert_eq!(reply.status, 202, "{}", reply.text);
    reply.json()
}

async fn messages(guest: &Guest, path: &str) -> Vec<Value> {
    guest.get(&format!("{path}/messages?limit=200")).await.json()["messages"].as_array().unwrap().clone()
}

fn path_of(conversation: &Value) -> String {
    format!("/api/chat/conversations/{}", conversation["id"].as_str().unwrap())
}

#[test]
fn a_fork_is_made_once_and_outlives_its_source() {
    run(async {
        let server = Server::default();
        let (ann, stranger) = (sign_up(&server, "ann@example.org").await, server.guest().await);
        let path = ann.conversation().await;
        ann.call("PATCH", &path, r#"{"title":"Trees"}"#).await;
        let body = ann.server.send(
            ann.request("POST", "/api/chat/attachments?name=a.txt")
                .header("content-type", "text/plain")
                .body("leaves".into())
                .unwrap(),
        );
        let file = body.await.json();
        let file = file["id"].as_str().unwrap_or_else(|| panic!("{file}"));
        let first = said(&ann, &path, json!({"content": "one", "attachments": [file]})).await;
        said(&ann, &path, json!({"content": "two"})).await;

        let fork = async |key: &str, body: &Value| {
            let request = ann.request("POST", &format!("{path}/fork")).header("content-type", "application/json");
            ann.server.send(request.header("idempotency-key", key).body(body.to_string().into()).unwrap()).await
        };
        let body = json!({"messageId": first["turn"]["id"]});
        let (made, again) = (fork("k", &body).await, fork("k", &body).await);
        assert_eq!(made.status, 201, "{}", made.text);
        assert_eq!((made.json(), &again.headers["idempotency-replayed"]), (again.json(), &"true".parse().unwrap()));
        let copy = made.json();
        assert_eq!(copy["title"], "Trees");
        assert_eq!(copy["forkedFrom"]["messageId"], first["turn"]["id"]);
        assert!(path.ends_with(copy["forkedFrom"]["conversationId"].as_str().unwrap()));
        assert_eq!(made.headers["location"], path_of(&copy));
        let copied = messages(&ann, &path_of(&copy)).await;
        assert_eq!(copied.len(), 2);
        assert_eq!(copied[0]["attachments"], json!([file]));
        let listed = ann.get("/api/chat/conversations").await.json();
        assert_eq!(listed["conversations"].as_array().unwrap().len(), 2);
        assert_eq!(listed["conversations"].as_array().unwrap().iter().filter(|each| **each == copy).count(), 1);

        let titled = fork("other", &json!({"title": "Mine"})).await.json();
        assert_eq!((titled["title"].as_str(), messages(&ann, &path_of(&titled)).await.len()), (Some("Mine"), 4));
        assert_eq!(ann.call("DELETE", &path, "").await.status, 204);
        assert_eq!(ann.get(&format!("/api/chat/attachments/{file}")).await.text, "leaves", "the forks hold it");
        assert_eq!(messages(&ann, &path_of(&copy)).await, copied);

        let fork_path = format!("{}/fork", path_of(&copy));
        let problem = ann.call("POST", &fork_path, r#"{"title":" "}"#).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/title");
        let problem = ann.call("POST", &fork_path, r#"{"messageId":"x"}"#).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/messageId");
        stranger.call("POST", &fork_path, "").await.problem(404);
    });
}

#[test]
fn who_may_only_read_a_project_forks_into_their_own() {
    run(async {
        let team = crate::organizations::Team::new().await;
        let path = format!("/api/chat/conversations/{}", team.conversation);
        said(&team.editor, &path, json!({"content": "one"})).await;
        let by = async |guest: &Guest| guest.call("POST", &format!("{path}/fork"), "").await.json();
        assert_eq!(by(&team.editor).await["projectId"], team.project.as_str());
        let own = by(&team.viewer).await;
        assert_eq!(own["projectId"], Value::Null, "{own}");
        assert_eq!(messages(&team.viewer, &path_of(&own)).await.len(), 2);
        team.editor.get(&path_of(&own)).await.problem(404);
    });
}
