//! The mailbox of a development server.

use axum::body::Body;
use edgewise_domain::ports::{Database, Statement};
use http::Request;
use serde_json::{Value, json};

use crate::client::{Reply, Server, run};

pub async fn mailbox(server: &Server) -> Reply {
    server.send(Request::get("http://127.0.0.1:8787/api/dev/mailbox").body(Body::empty()).unwrap()).await
}

/// The code in the link of the newest letters' `nth`.
pub fn code(mailbox: &Value, nth: usize) -> String {
    let text = mailbox["letters"][nth]["text"].as_str().unwrap();
    let (_, code) = text.split_once("?code=").unwrap_or_else(|| panic!("no link in {text}"));
    code.lines().next().unwrap().to_owned()
}

/// As an administrator would.
pub async fn ban_everybody(server: &Server) {
    let ban = Statement { sql: "UPDATE users SET banned = 1".into(), values: Vec::new() };
    server.ports.database().batch(vec![ban]).await.unwrap();
}

#[test]
fn there_is_a_mailbox_in_development_alone() {
    run(async {
        assert_eq!(mailbox(&Server::default()).await.json(), json!({ "letters": [] }));
        for environment in ["preview", "staging", "production"] {
            let server = Server::with(&[("ENVIRONMENT", environment)]);
            let elsewhere = Request::get("http://127.0.0.1:8787/api/dev/nothing").body(Body::empty()).unwrap();
            let answers = [mailbox(&server).await, server.send(elsewhere).await].map(|reply| {
                let mut problem = reply.problem(404);
                problem["requestId"] = Value::Null;
                problem
            });
            assert_eq!(answers[0], answers[1], "as if there were no such route");
        }
    });
}
