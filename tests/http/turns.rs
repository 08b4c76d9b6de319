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

#[test]
fn a_message_that_is_deleted_takes_its_files_and_its_words() {
    run(async {
        let server = Server::default();
        let (ann, stranger) = (sign_up(&server, "ann@example.org").await, server.guest().await);
        let path = ann.conversation().await;
        said(&ann, &path, json!({"content": "one"})).await;
        let request = ann.request("POST", "/api/chat/attachments?name=a.txt").header("content-type", "text/plain");
        let file = ann.server.send(request.body("leaves".into()).unwrap()).await.json();
        let file = file["id"].as_str().unwrap().to_owned();
        let doomed = said(&ann, &path, json!({"content": "two", "attachments": [file]})).await;
        said(&ann, &path, json!({"content": "three"})).await;
        let at = format!("{path}/messages/{}", doomed["message"]["id"].as_str().unwrap());
        stranger.call("DELETE", &at, "").await.problem(404);
        for _ in 0..2 {
            assert_eq!(ann.call("DELETE", &at, "").await.status, 204);
        }
        assert_eq!(messages(&ann, &path).await.len(), 2);
        assert!(!ann.get(&format!("{path}/export")).await.text.contains("two"));
        ann.get(&format!("/api/chat/attachments/{file}")).await.problem(404);
        let listed = ann.get("/api/chat/conversations").await.json();
        assert_eq!(listed["conversations"][0]["messageCount"], 2);
        let problem = ann.call("DELETE", &format!("{path}/messages/x"), "").await.problem(404);
        assert_eq!(problem["error"], "Message not found");
        // Who may write in a project may not delete what is not theirs.
        let team = crate::organizations::Team::new().await;
        let path = format!("/api/chat/conversations/{}", team.conversation);
        let sent = said(&team.editor, &path, json!({"content": "one"})).await;
        let at = format!("{path}/messages/{}", sent["message"]["id"].as_str().unwrap());
        team.viewer.call("DELETE", &at, "").await.problem(403);
    });
}

#[test]
fn answers_are_voted_on_made_anew_and_continued() {
    run(async {
        let guest = Server::default().guest().await;
        let path = guest.conversation().await;
        let sent = said(&guest, &path, json!({"content": "one"})).await;
        let at = |id: &Value, what: &str| format!("{path}/messages/{}/{what}", id.as_str().unwrap());
        let (question, answer) = (&sent["message"]["id"], &sent["turn"]["id"]);
        let vote = async |body: &str| guest.call("PUT", &at(answer, "vote"), body).await;
        assert_eq!(vote(r#"{"value":"down","reason":"no"}"#).await.json()["vote"]["value"], "down");
        assert_eq!(messages(&guest, &path).await[1]["vote"], json!({"value": "down", "reason": "no"}));
        assert_eq!(vote(r#"{"value":null}"#).await.json()["vote"], Value::Null);
        vote(r#"{"value":"maybe"}"#).await.problem(422);
        vote(&json!({"value": "up", "reason": "x".repeat(1_001)}).to_string()).await.problem(413);
        guest.call("PUT", &at(question, "vote"), r#"{"value":"up"}"#).await.problem(409);

        let again = async |key: &str| {
            let request = guest.request("POST", &at(answer, "regenerate")).header("content-type", "application/json");
            let request = request.header("accept", "application/json").header("idempotency-key", key);
            guest.server.send(request.body(r#"{"model":"other"}"#.into()).unwrap()).await
        };
        let (first, repeat) = (again("k").await, again("k").await);
        // In the meantime it may have ended.
        assert_eq!((first.status.as_u16(), &first.json()["turn"]["id"]), (202, &repeat.json()["turn"]["id"]));
        assert_eq!((&first.json()["turn"]["model"], &first.json()["message"]["id"]), (&json!("other"), question));
        let words = guest.call("POST", &at(question, "regenerate"), "").await;
        assert!(words.text.ends_with("data: [DONE]\n\n"), "{}", words.text);
        assert_eq!(messages(&guest, &path).await.len(), 4);
        guest.post_json(&at(answer, "continue"), "").await.problem(409);
        let problem = guest.post_json(&format!("{path}/messages/x/continue"), "").await.problem(404);
        assert_eq!(problem["error"], "Message not found");

        // As a chat client asks for it.
        let body = json!({"id": path.rsplit('/').next().unwrap(), "messages": [], "trigger": "regenerate-message",
            "messageId": answer, "model": "third"});
        let stream = guest.call("POST", "/api/chat", &body.to_string()).await;
        assert!(stream.text.contains(r#""model":"third""#), "{}", stream.text);
    });
}

#[test]
fn a_conversation_is_put_where_it_is_found_again() {
    run(async {
        let guest = Server::default().guest().await;
        let (one, two) = (guest.conversation().await, guest.conversation().await);
        let change = async |path: &str, body: &str| guest.call("PATCH", path, body).await;
        let changed = change(&one, r#"{"pinned":true,"tags":["a"],"folder":"Work","systemPrompt":"Be brief."}"#).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        let changed = changed.json();
        assert_eq!((&changed["pinned"], &changed["systemPrompt"]), (&json!(true), &json!("Be brief.")));
        change(&two, r#"{"archived":true,"parameters":{"temperature":0.5}}"#).await;
        let list = async |query: &str| {
            let page = guest.get(&format!("/api/chat/conversations{query}")).await.json();
            page["conversations"].as_array().unwrap().iter().map(path_of).collect::<Vec<_>>()
        };
        for (query, found) in [
            ("", &one),
            ("?pinned=true", &one),
            ("?tag=a", &one),
            ("?folder=Work", &one),
            ("?archived=true", &two),
            ("?archived=true&q=new", &two),
            ("?q=new", &one),
        ] {
            assert_eq!(&list(query).await, std::slice::from_ref(found), "{query}");
        }
        assert!(list("?pinned=false").await.is_empty());
        assert_eq!(guest.get(&two).await.json()["parameters"]["temperature"], 0.5);
        for (body, pointer) in [
            (r#"{"tags":["a","a"]}"#, "/tags"),
            (r#"{"folder":" "}"#, "/folder"),
            (r#"{"parameters":{"maxTokens":0}}"#, "/parameters/maxTokens"),
            (r#"{"parameters":{"temperature":3}}"#, "/parameters/temperature"),
        ] {
            let problem = change(&one, body).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
        }
        guest.get("/api/chat/conversations?tag=").await.problem(422);
        let created = guest.call("POST", "/api/chat/conversations", r#"{"parameters":{"maxTokens":9}}"#).await.json();
        assert_eq!(created["parameters"]["maxTokens"], 9);
    });
}
