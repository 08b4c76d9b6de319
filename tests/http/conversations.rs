//! The catalogue, over the API.

use edgewise_testkit::ports::Down;
use http::StatusCode;

use crate::client::{Guest, Server, run};

async fn titles(guest: &Guest, query: &str) -> Vec<String> {
    let page = guest.get(&format!("/api/chat/conversations{query}")).await.json();
    let list = page["conversations"].as_array().unwrap().clone();
    list.iter().map(|each| each["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_conversation_lives_and_dies() {
    run(async {
        let guest = Server::default().guest().await;
        let made = guest
            .call("POST", "/api/chat/conversations", r#"{"title":"Trip","systemPrompt":"Be brief.","model":"m"}"#)
            .await;
        assert_eq!(made.status, StatusCode::CREATED);
        let path = made.headers["location"].to_str().unwrap().to_owned();
        let shown = guest.get(&path).await.json();
        assert_eq!((shown["title"].as_str(), shown["systemPrompt"].as_str()), (Some("Trip"), Some("Be brief.")));
        assert_eq!(titles(&guest, "").await, ["Trip"]);

        let renamed = guest.call("PATCH", &path, r#"{"title":"Journey"}"#).await;
        assert_eq!(renamed.json()["title"], "Journey");
        assert_eq!(titles(&guest, "").await, ["Journey"]);

        assert_eq!(guest.call("DELETE", &path, "").await.status, StatusCode::NO_CONTENT);
        guest.get(&path).await.problem(404);
        guest.call("DELETE", &path, "").await.problem(404);
        assert!(titles(&guest, "").await.is_empty());
    });
}

#[test]
fn the_default_title_and_the_first_message_name_it() {
    run(async {
        let guest = Server::default().guest().await;
        let path = guest.conversation().await;
        assert_eq!(guest.get(&path).await.json()["title"], "New Conversation");
        guest.post_json(&format!("{path}/messages"), r#"{"content":"\n  Where is Oslo?\nSay it."}"#).await;
        assert_eq!(guest.get(&path).await.json()["title"], "Where is Oslo?");
    });
}

#[test]
fn pages_follow_one_another() {
    run(async {
        let guest = Server::default().guest().await;
        for n in 0..5 {
            guest.call("POST", "/api/chat/conversations", &format!(r#"{{"title":"c{n}"}}"#)).await;
        }
        let mut all = Vec::new();
        let mut query = "?limit=2".to_owned();
        for _ in 0..3 {
            let page = guest.get(&format!("/api/chat/conversations{query}")).await.json();
            all.extend(page["conversations"].as_array().unwrap().iter().map(|each| each["title"].clone()));
            match page["nextCursor"].as_str() {
                Some(cursor) => query = format!("?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(all, ["c4", "c3", "c2", "c1", "c0"]);
    });
}

#[test]
fn the_list_is_known_by_its_tag_until_it_changes() {
    run(async {
        let guest = Server::default().guest().await;
        guest.conversation().await;
        let tag = guest.get("/api/chat/conversations").await.headers["etag"].to_str().unwrap().to_owned();
        let again = |tag: String| {
            let request = guest.request("GET", "/api/chat/conversations").header("if-none-match", tag);
            let server = guest.server.clone();
            async move { server.send(request.body(axum::body::Body::empty()).unwrap()).await.status }
        };
        assert_eq!(again(tag.clone()).await, StatusCode::NOT_MODIFIED);
        guest.conversation().await;
        assert_eq!(again(tag).await, StatusCode::OK);
    });
}

#[test]
fn a_tag_is_its_owners_alone() {
    run(async {
        let server = Server::default();
        let (one, other) = (server.guest().await, server.guest().await);
        one.conversation().await;
        other.conversation().await;
        let tag = one.get("/api/chat/conversations").await.headers["etag"].clone();
        let request = other.request("GET", "/api/chat/conversations").header("if-none-match", tag);
        assert_eq!(server.send(request.body("".into()).unwrap()).await.status, StatusCode::OK);
    });
}

#[test]
fn with_the_database_down_chat_goes_on() {
    run(async {
        let guest = Server::default().guest().await;
        guest.server.ports.break_down(Down::Database);
        let made = guest.call("POST", "/api/chat/conversations", "").await;
        assert_eq!(made.status, StatusCode::CREATED);
        let path = made.headers["location"].to_str().unwrap().to_owned();
        let sent = guest.call("POST", &format!("{path}/messages"), r#"{"content":"a"}"#).await;
        assert!(sent.text.ends_with("data: [DONE]\n\n"), "{}", sent.text);
        guest.get("/api/chat/conversations").await.problem(503);
        guest.get("/api/health").await;
        assert_eq!(guest.get("/api/ready").await.status, StatusCode::SERVICE_UNAVAILABLE);
    });
}

#[test]
fn somebody_elses_conversation_is_missing() {
    run(async {
        let server = Server::default();
        let (owner, other) = (server.guest().await, server.guest().await);
        let path = owner.conversation().await;
        let missing = "/api/chat/conversations/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        for (method, tail, body) in [
            ("GET", "", ""),
            ("PATCH", "", r#"{"title":"x"}"#),
            ("DELETE", "", ""),
            ("GET", "/messages", ""),
            ("POST", "/messages", r#"{"content":"x"}"#),
            ("POST", "/stop", ""),
            ("GET", "/events", ""),
        ] {
            let theirs = other.call(method, &format!("{path}{tail}"), body).await.problem(404);
            let none = other.call(method, &format!("{missing}{tail}"), body).await.problem(404);
            assert_eq!(theirs["detail"], none["detail"], "{method} {tail}");
            assert_eq!(theirs["error"], "Conversation not found");
        }
        assert!(titles(&other, "").await.is_empty());
        assert_eq!(titles(&owner, "").await.len(), 1);
    });
}
