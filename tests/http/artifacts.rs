//! Artifacts through the router: who may see them, and how their contents are served.

use serde_json::{Value, json};

use crate::{
    access::sign_up,
    client::{Guest, Server, run},
};

async fn made(guest: &Guest, body: Value) -> Value {
    let reply = guest.call("POST", "/api/artifacts", &body.to_string()).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let artifact = reply.json();
    assert_eq!(reply.headers["location"], path_of(&artifact));
    artifact
}

fn path_of(artifact: &Value) -> String {
    format!("/api/artifacts/{}", artifact["id"].as_str().unwrap())
}

fn page() -> Value {
    json!({"title": "A page \"ü\"", "kind": "html", "content": "<script>alert(1)</script>\n<p>one\n"})
}

#[test]
fn a_page_is_written_compared_and_restored_and_never_served_as_one() {
    run(async {
        let server = Server::default();
        let ann = server.guest().await;
        let artifact = made(&ann, page()).await;
        let path = path_of(&artifact);
        let content = ann.get(&format!("{path}/content")).await;
        assert_eq!(content.text, "<script>alert(1)</script>\n<p>one\n");
        assert_eq!(content.headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(content.headers["x-content-type-options"], "nosniff");
        let disposition = content.headers["content-disposition"].to_str().unwrap();
        assert!(disposition.starts_with("attachment; filename=\"A page ___.txt\""), "{disposition}");

        let put = async |body: Value| ann.call("PUT", &format!("{path}/content"), &body.to_string()).await;
        let written = put(json!({"content": "<p>two\n", "baseVersion": 1})).await.json();
        assert_eq!((&written["version"], &written["sizeBytes"]), (&json!(2), &json!(7)));
        let problem = put(json!({"content": "<p>three\n", "baseVersion": 1})).await.problem(409);
        assert!(problem["detail"].as_str().unwrap().contains("version 2"), "{problem}");
        let first = ann.get(&format!("{path}/content?version=1")).await;
        assert_eq!((first.text, first.headers["etag"].clone()), (content.text, content.headers["etag"].clone()));

        let diff = ann.get(&format!("{path}/diff?from=1&to=2")).await.json();
        assert_eq!((&diff["hunks"][0]["fromLine"], diff["hunks"].as_array().unwrap().len()), (&json!(1), 1));
        let ops: Vec<_> = diff["hunks"][0]["lines"].as_array().unwrap().iter().map(|line| line["op"].clone()).collect();
        assert_eq!(ops, ["-", "-", "+", " "]);
        assert_eq!(ann.get(&format!("{path}/diff?from=2&to=2")).await.json()["hunks"], json!([]));
        ann.get(&format!("{path}/diff?from=1&to=9")).await.problem(404);
        ann.get(&format!("{path}/content?version=9")).await.problem(404);

        let restored = ann.call("POST", &format!("{path}/restore"), r#"{"version":1}"#).await.json();
        assert_eq!(restored["version"], 3);
        let versions = ann.get(&format!("{path}/versions")).await.json();
        let numbers: Vec<_> = versions["versions"].as_array().unwrap().iter().map(|each| &each["version"]).collect();
        assert_eq!(numbers, [3, 2, 1]);
        assert_eq!(versions["versions"][0]["author"], "user");
        let renamed = ann.call("PATCH", &path, r#"{"title":"B","language":"html"}"#).await.json();
        assert_eq!(
            (&renamed["title"], &renamed["language"], &renamed["version"]),
            (&json!("B"), &json!("html"), &json!(3))
        );
        assert!(ann.call("PATCH", &path, r#"{"language":""}"#).await.json()["language"].is_null());
        assert_eq!(ann.call("DELETE", &path, "").await.status, 204);
        ann.get(&path).await.problem(404);
    });
}

#[test]
fn nobody_else_sees_them_and_a_conversation_s_are_its_readers() {
    run(async {
        let server = Server::default();
        let (ann, eve) = (sign_up(&server, "ann@example.org").await, server.guest().await);
        let conversation = ann.conversation().await.rsplit('/').next().unwrap().to_owned();
        let mut body = page();
        body["conversationId"] = json!(conversation);
        let (in_chat, alone) = (made(&ann, body.clone()).await, made(&ann, page()).await);
        eve.call("POST", "/api/artifacts", &body.to_string()).await.problem(404);
        for path in [path_of(&in_chat), path_of(&alone)] {
            for (method, rest, body) in [
                ("GET", "", ""),
                ("GET", "/content", ""),
                ("GET", "/versions", ""),
                ("GET", "/diff?from=1&to=1", ""),
                ("PATCH", "", r#"{"title":"E"}"#),
                ("PUT", "/content", r#"{"content":"E","baseVersion":1}"#),
                ("POST", "/restore", r#"{"version":1}"#),
                ("DELETE", "", ""),
            ] {
                eve.call(method, &format!("{path}{rest}"), body).await.problem(404);
            }
        }
        let list = async |guest: &Guest, query: &str| guest.get(&format!("/api/artifacts{query}")).await.json();
        let ids = |list: &Value| -> Vec<Value> {
            list["artifacts"].as_array().unwrap().iter().map(|each| each["id"].clone()).collect()
        };
        assert_eq!(ids(&list(&eve, "").await), Vec::<Value>::new());
        let of_chat = format!("?conversationId={conversation}");
        assert_eq!(ids(&list(&ann, &of_chat).await), [in_chat["id"].clone()]);
        eve.get(&format!("/api/artifacts{of_chat}")).await.problem(404);
        let (first, mut all) = (list(&ann, "?limit=1").await, Vec::new());
        all.extend(ids(&first));
        let cursor = first["nextCursor"].as_str().unwrap();
        all.extend(ids(&list(&ann, &format!("?limit=1&cursor={cursor}")).await));
        all.sort_by_key(Value::to_string);
        let mut both = [in_chat["id"].clone(), alone["id"].clone()];
        both.sort_by_key(Value::to_string);
        assert_eq!(all, both);
        ann.get("/api/artifacts?cursor=x").await.problem(422);
        // What was made in it goes with it.
        ann.call("DELETE", &format!("/api/chat/conversations/{conversation}"), "").await;
        ann.get(&path_of(&in_chat)).await.problem(404);
        assert_eq!(ann.get(&path_of(&alone)).await.status, 200);
    });
}

#[test]
fn a_project_s_are_seen_by_its_members() {
    run(async {
        let server = Server::default();
        let (ann, bob) = (sign_up(&server, "ann@example.org").await, sign_up(&server, "bob@example.org").await);
        let organization = ann.call("POST", "/api/organizations", r#"{"name":"O"}"#).await.json()["id"].clone();
        let path = format!("/api/organizations/{}", organization.as_str().unwrap());
        let project = ann.call("POST", &format!("{path}/projects"), r#"{"name":"P"}"#).await.json()["id"].clone();
        let chat = json!({"projectId": project}).to_string();
        let chat = ann.call("POST", "/api/chat/conversations", &chat).await.json()["id"].clone();
        let mut body = page();
        body["conversationId"] = chat;
        let artifact = made(&ann, body).await;
        assert_eq!(artifact["projectId"], project);
        bob.get(&path_of(&artifact)).await.problem(404);
        assert_eq!(ann.get(&path_of(&artifact)).await.status, 200);
    });
}

#[test]
fn bad_fields_are_named_and_a_key_makes_one() {
    run(async {
        let server = Server::default();
        let ann = server.guest().await;
        for (field, value) in [
            ("title", json!(" ")),
            ("title", json!("a".repeat(201))),
            ("language", json!("a b")),
            ("content", json!("a".repeat(1024 * 1024 + 1))),
        ] {
            let mut body = page();
            body[field] = value;
            let problem = ann.call("POST", "/api/artifacts", &body.to_string()).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], format!("/{field}"), "{problem}");
        }
        let mut whole = page();
        whole["content"] = json!("é".repeat(512 * 1024));
        assert_eq!(made(&ann, whole).await["sizeBytes"], 1024 * 1024);
        made(&ann, json!({"title": "Empty", "kind": "text", "content": ""})).await;
        let keyed = async || {
            let request = ann.request("POST", "/api/artifacts").header("content-type", "application/json");
            let request = request.header("idempotency-key", "k").body(page().to_string().into()).unwrap();
            server.send(request).await
        };
        let (one, again) = (keyed().await, keyed().await);
        assert_eq!((one.status, one.json()), (again.status, again.json()));
        let list = ann.get("/api/artifacts").await.json();
        assert_eq!(list["artifacts"].as_array().unwrap().len(), 3);
    });
}
