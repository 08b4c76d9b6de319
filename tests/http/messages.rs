//! Messages, the log and the AI SDK's paths, over the API.

use edgewise_testkit::script::{check, token};
use http::StatusCode;
use serde_json::Value;

use crate::client::{Reply, Server, run};

/// The JSON of each `data:` line.
fn data(reply: &Reply) -> Vec<Value> {
    let lines = reply.text.lines().filter_map(|line| line.strip_prefix("data: "));
    lines.filter(|line| *line != "[DONE]").map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn words_stream_as_the_founding_document_says() {
    run(async {
        let guest = Server::default().guest().await;
        let path = guest.conversation().await;
        let reply = guest.call("POST", &format!("{path}/messages"), r#"{"content":"a"}"#).await;
        assert_eq!(reply.headers["content-type"], "text/event-stream; charset=utf-8");
        let text: String = data(&reply).iter().map(|frame| frame["text"].as_str().unwrap()).collect();
        assert_eq!(check("a", &text), 5);
        assert!(reply.text.starts_with("id: ") && reply.text.ends_with("data: [DONE]\n\n"));
    });
}

#[test]
fn a_message_is_sent_once_however_often_it_is_posted() {
    run(async {
        let guest = Server::default().guest().await;
        let path = format!("{}/messages", guest.conversation().await);
        let body = r#"{"content":"a","clientMessageId":"one"}"#;
        let first = guest.post_json(&path, body).await;
        assert_eq!(first.status, StatusCode::ACCEPTED);
        let again = guest.post_json(&path, body).await;
        assert_eq!(first.json()["message"]["id"], again.json()["message"]["id"]);
        assert_eq!(first.json()["turn"]["id"], again.json()["turn"]["id"]);

        let request = guest.request("POST", &path).header("content-type", "application/json");
        let request = request.header("accept", "application/json").header("idempotency-key", "one");
        let by_header = guest.server.send(request.body(r#"{"content":"a"}"#.into()).unwrap()).await;
        assert_eq!(by_header.json()["message"]["id"], first.json()["message"]["id"]);
        assert_eq!(guest.get(&path).await.json()["messages"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn messages_come_in_pages_with_a_tag() {
    run(async {
        let guest = Server::default().guest().await;
        let path = format!("{}/messages", guest.conversation().await);
        for n in 0..3 {
            guest.post_json(&path, &format!(r#"{{"content":"m{n}"}}"#)).await;
        }
        let mut seen = Vec::new();
        let mut query = "?limit=4".to_owned();
        loop {
            let page = guest.get(&format!("{path}{query}")).await.json();
            seen.extend(page["messages"].as_array().unwrap().clone());
            match page["nextCursor"].as_str() {
                Some(cursor) => query = format!("?limit=4&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.windows(2).all(|pair| pair[0]["seq"].as_u64() < pair[1]["seq"].as_u64()));
        assert_eq!(seen[1]["content"], (0..5).map(|k| token("m0", k)).collect::<String>());
        assert_eq!(seen[1]["parentId"], seen[0]["id"]);
        let tag = guest.get(&path).await.headers["etag"].clone();
        let request = guest.request("GET", &path).header("if-none-match", tag);
        assert_eq!(guest.server.send(request.body("".into()).unwrap()).await.status, StatusCode::NOT_MODIFIED);
    });
}

#[test]
fn the_log_is_the_same_as_a_page_and_as_a_stream() {
    run(async {
        let guest = Server::default().guest().await;
        let path = guest.conversation().await;
        guest.post_json(&format!("{path}/messages"), r#"{"content":"a"}"#).await;
        let request = guest.request("GET", &format!("{path}/events")).header("accept", "application/json");
        let page = guest.server.send(request.body("".into()).unwrap()).await.json();
        let events = page["events"].as_array().unwrap().clone();
        assert_eq!(events.len() as u64, page["lastSeq"].as_u64().unwrap());
        let stream = guest.get(&format!("{path}/events")).await;
        let streamed = data(&stream);
        assert_eq!(events.iter().map(|each| each["event"].clone()).collect::<Vec<_>>(), streamed);
        for after in 0..events.len() {
            let request = guest.request("GET", &format!("{path}/events?after=0")).header("last-event-id", after);
            let rest = guest.server.send(request.body("".into()).unwrap()).await;
            assert_eq!(data(&rest), streamed[after..]);
        }
        guest.get(&format!("{path}/events?after=999")).await.problem(422);
    });
}

#[test]
fn a_stock_client_finds_its_chat_by_its_own_name() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let body = |text: &str, id: &str| {
            format!(
                r#"{{"id":"aBcD1234","messages":[{{"id":"{id}","role":"user","parts":[{{"type":"text","text":"{text}"}}]}}],"trigger":"submit-message"}}"#
            )
        };
        let reply = guest.call("POST", "/api/chat", &body("one", "m1")).await;
        assert_eq!(reply.headers["x-vercel-ai-ui-message-stream"], "v1");
        let chunks = data(&reply);
        let kinds: Vec<_> = chunks.iter().map(|chunk| chunk["type"].as_str().unwrap()).collect();
        assert_eq!(kinds[..3], ["start", "start-step", "text-start"]);
        assert_eq!(kinds[kinds.len() - 3..], ["text-end", "finish-step", "finish"]);
        guest.call("POST", "/api/chat", &body("two", "m2")).await;
        assert_eq!(guest.get("/api/chat/aBcD1234/stream").await.status, StatusCode::NO_CONTENT);
        assert_eq!(guest.call("POST", "/api/chat/aBcD1234/stop", "").await.status, StatusCode::ACCEPTED);
        let other = server.guest().await;
        assert_eq!(other.get("/api/chat/aBcD1234/stream").await.status, StatusCode::NO_CONTENT);
        other.call("POST", "/api/chat/aBcD1234/stop", "").await.problem(404);
    });
}
