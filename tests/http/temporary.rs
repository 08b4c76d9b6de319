//! Conversations that are in no list and go by themselves.

use edgewise_domain::{
    chat::turn::{HOUR_MS, Limits},
    erasure::{ErasuresOver, sweep_temporary},
    files::{records::AttachmentsOver, sweep::sweep},
    ports::{Answer, Clock, Conversations, Database, Ports, Statement, Value as Cell},
};
use edgewise_protocol::{
    calls::conversation::{Asker, Call, Reply},
    ids::{ConversationId, UserId},
};
use edgewise_testkit::ports::FakePorts;
use serde_json::Value;

use crate::client::{Guest, Server, run};

async fn make(guest: &Guest) -> Value {
    let body = r#"{"temporary":true,"title":"A secret title","systemPrompt":"A secret prompt"}"#;
    let made = guest.call("POST", "/api/chat/conversations", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

fn path_of(conversation: &Value) -> String {
    format!("/api/chat/conversations/{}", conversation["id"].as_str().unwrap())
}

async fn round(ports: &FakePorts) -> usize {
    let keep_ms = Limits::default().keep_temporary_ms;
    let erasures = ErasuresOver(ports.database().clone());
    let faults =
        sweep_temporary(&erasures, ports.conversations(), ports.catalogue(), ports.clock().now_ms(), keep_ms).await;
    faults.unwrap().len()
}

/// The rows of the catalogue that are not deleted, whole.
async fn rows(ports: &FakePorts) -> Vec<Vec<Cell>> {
    let sql = "SELECT title, system_prompt, preview FROM conversations WHERE deleted = 0";
    ports.database().batch(vec![Statement { sql: sql.into(), values: Vec::new() }]).await.unwrap().pop().unwrap()
}

/// What the object says to its owner.
async fn is_there(ports: &FakePorts, owner: UserId, id: ConversationId) -> bool {
    let Answer::Reply(reply) = ports.conversations().call(id, Some(Asker::user(owner)), Call::Get).await.unwrap()
    else {
        panic!()
    };
    matches!(*reply, Reply::Conversation { .. })
}

async fn user(guest: &Guest) -> UserId {
    guest.get("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().parse().unwrap()
}

#[test]
fn it_is_in_no_list_and_shared_with_nobody_and_nothing_of_it_is_written_elsewhere() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let made = make(&guest).await;
        assert_eq!((&made["temporary"], &made["title"]), (&true.into(), &"A secret title".into()));
        let path = path_of(&made);
        let said = guest.post_json(&format!("{path}/messages"), r#"{"content":"a secret word"}"#).await;
        assert_eq!(said.status, 202);
        let shown = guest.get(&path).await.json();
        assert!(shown["expiresAt"].as_str().unwrap() >= made["expiresAt"].as_str().unwrap());
        guest.call("PATCH", &path, r#"{"title":"Another secret","pinned":true}"#).await;
        for query in ["", "?pinned=true", "?archived=true", "?q=secret"] {
            let list = guest.get(&format!("/api/chat/conversations{query}")).await.json();
            assert_eq!(list["conversations"].as_array().unwrap().len(), 0, "{query}: {list}");
        }
        let none: Vec<Cell> = vec!["".into(), Cell::Null, "".into()];
        assert_eq!(rows(&server.ports).await, [none]);
        guest.call("POST", &format!("{path}/shares"), r#"{"kind":"live"}"#).await.problem(409);
        guest.get(&format!("{path}/shares")).await.problem(409);

        let fork = guest.call("POST", &format!("{path}/fork"), "").await.json();
        assert!(fork["temporary"].is_null() && fork["expiresAt"].is_null(), "{fork}");
        let list = guest.get("/api/chat/conversations").await.json();
        assert_eq!(list["conversations"].as_array().unwrap().len(), 1, "a fork is kept like any other");

        assert_eq!(guest.call("DELETE", &path, "").await.status, 204);
        guest.get(&path).await.problem(404);
    });
}

#[test]
fn it_goes_a_day_after_its_last_message_with_its_files_and_no_other_goes() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let owner = user(&guest).await;
        let kept = guest.conversation().await;
        let (first, second) = (make(&guest).await, make(&guest).await);
        let id = |made: &Value| made["id"].as_str().unwrap().parse::<ConversationId>().unwrap();
        let (gone, later) = (id(&first), id(&second));
        let request = guest.request("POST", "/api/chat/attachments?name=a.txt").header("content-type", "text/plain");
        let file = server.send(request.body("leaves".into()).unwrap()).await.json()["id"].clone();
        let body = serde_json::json!({"content": "read it", "attachments": [file]}).to_string();
        assert_eq!(guest.post_json(&format!("{}/messages", path_of(&first)), &body).await.status, 202);

        server.ports.clock().advance(23 * HOUR_MS);
        assert_eq!(round(&server.ports).await, 0);
        assert_eq!(rows(&server.ports).await.len(), 3);
        // Said to the object alone: the catalogue has not heard of it.
        let say = Call::Send {
            text: "still here".into(),
            client_message_id: None,
            parent_id: None,
            edit_of: None,
            model: None,
            attachments: Vec::new(),
            tools: None,
            reuse: false,
            create: None,
            follow: None,
        };
        server.ports.conversations().call(later, Some(Asker::user(owner)), say).await.unwrap();
        server.ports.clock().advance(2 * HOUR_MS);
        assert!(!is_there(&server.ports, owner, gone).await, "nobody sees one that is late to be swept");
        assert_eq!(round(&server.ports).await, 0);
        assert!(is_there(&server.ports, owner, later).await);
        assert_eq!(rows(&server.ports).await.len(), 2);
        let attachments = AttachmentsOver(server.ports.database().clone());
        let now_ms = server.ports.clock().now_ms();
        assert_eq!(sweep(server.ports.files(), &attachments, now_ms).await.unwrap().rows, 1);

        server.ports.clock().advance(24 * HOUR_MS);
        assert_eq!(round(&server.ports).await, 0);
        assert!(!is_there(&server.ports, owner, later).await);
        assert!(is_there(&server.ports, owner, kept.rsplit('/').next().unwrap().parse().unwrap()).await);
        assert_eq!(rows(&server.ports).await.len(), 1);
    });
}

#[test]
fn a_project_has_none() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let body = r#"{"temporary":true,"projectId":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"}"#;
        let problem = guest.call("POST", "/api/chat/conversations", body).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/temporary", "{problem}");
    });
}
