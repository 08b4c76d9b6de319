//! Hops that a request takes, in order: at the edge they are the latency.

use axum::body::Body;
use edgewise_testkit::ports::Hop::{self, Account, Cache, Database, Object};

use crate::{
    client::{Server, run},
    organizations::Team,
};

#[test]
fn each_request_takes_the_hops_that_it_needs() {
    run(async {
        let guest = Server::default().guest().await;
        let path = guest.conversation().await;
        let cases: [(&str, &str, &[Hop]); 9] = [
            ("GET", "/health", &[]),
            ("GET", "/api/auth/session", &[Account]),
            // Of a read, the account is asked at the same time.
            ("GET", &path, &[Account, Object]),
            ("GET", &format!("{path}/messages"), &[Account, Object]),
            ("GET", "/api/chat/conversations", &[Account, Database]),
            ("GET", "/api/chat/conversations?q=new", &[Account, Database, Cache, Database, Cache]),
            ("POST", &format!("{path}/messages"), &[Account, Object]),
            ("POST", &format!("{path}/stop"), &[Account, Object]),
            ("POST", "/api/chat/conversations", &[Account, Object, Database]),
        ];
        for (method, path, hops) in cases {
            let body = if path.ends_with("/messages") { r#"{"content":"hello"}"# } else { "" };
            let request = guest.request(method, path).header("content-type", "application/json");
            guest.server.send(request.body(Body::from(body)).unwrap()).await;
            assert_eq!(guest.server.ports.take_hops(), hops, "{method} {path}");
        }
    });
}

#[test]
fn a_projects_conversation_takes_no_more_on_its_way_to_the_model() {
    run(async {
        let team = Team::new().await;
        let path = format!("/api/chat/conversations/{}", team.conversation);
        let cases: [(&str, &str, &[Hop]); 4] = [
            ("POST", &format!("{path}/messages"), &[Account, Object]),
            ("POST", &format!("{path}/stop"), &[Account, Object]),
            // A read asks first for what is the user's own.
            ("GET", &path, &[Account, Object, Object]),
            ("GET", &format!("/api/chat/conversations?project={}", team.project), &[Account, Database, Database]),
        ];
        for (method, path, hops) in cases {
            let body = if path.ends_with("/messages") { r#"{"content":"hello"}"# } else { "" };
            team.server.ports.take_hops();
            let reply = team.editor.call(method, path, body).await;
            assert!(reply.status.is_success(), "{method} {path} {}", reply.text);
            assert_eq!(team.server.ports.take_hops(), hops, "{method} {path}");
        }
    });
}

#[test]
fn a_search_that_was_asked_before_spares_the_query() {
    run(async {
        let guest = Server::default().guest().await;
        guest.conversation().await;
        let search = "/api/chat/conversations?q=new";
        let first = guest.get(search).await;
        guest.server.ports.take_hops();
        let second = guest.get(search).await;
        assert_eq!(guest.server.ports.take_hops(), [Account, Database, Cache]);
        assert_eq!(first.text, second.text);
        guest.conversation().await;
        assert_eq!(
            guest.get(search).await.json()["conversations"].as_array().unwrap().len(),
            2,
            "a write is seen at once"
        );
    });
}
