//! What the log says of a request, and what it keeps to itself.

use axum::body::Body;
use edgewise_domain::{logs::Level, ports::Ports};
use edgewise_testkit::ports::Down;
use http::Request;
use serde_json::Value;

use crate::client::{Server, run};

const PRODUCTION: [(&str, &str); 1] = [("ENVIRONMENT", "production")];

fn lines(server: &Server) -> Vec<(Level, Value)> {
    let lines = server.ports.log().take();
    lines.into_iter().map(|(level, line)| (level, serde_json::from_str(&line).unwrap())).collect()
}

#[test]
fn a_request_is_one_line_with_the_founding_documents_fields() {
    run(async {
        let server = Server::with(&PRODUCTION);
        let guest = server.guest().await;
        let path = guest.conversation().await;
        lines(&server);
        let request = guest
            .request("GET", &format!("{path}?illness=mine"))
            .header("cf-connecting-ip", "203.0.113.77")
            .header("user-agent", "curl/8 ann@example.org")
            .header("cookie", "sid=secret");
        let reply = server.send(request.body(Body::empty()).unwrap()).await;
        let logged = lines(&server);
        let [(Level::Info, line)] = logged.as_slice() else { panic!("{logged:?}") };
        for (name, value) in [
            ("type", "response"),
            ("level", "info"),
            ("method", "GET"),
            ("path", "/api/chat/conversations/{id}"),
            ("ip", "203.0.113.0/24"),
            ("userAgent", "curl/8 [redacted]"),
            ("requestId", reply.headers["x-request-id"].to_str().unwrap()),
        ] {
            assert_eq!(line[name], value, "{line}");
        }
        assert_eq!(line["statusCode"], 200);
        assert_eq!(line["duration"], format!("{}ms", line["durationMs"]));
        assert_eq!(line["user"].as_str().unwrap().len(), 12);
        assert!(!line["version"].as_str().unwrap().is_empty());
        assert!(line.get("errorId").is_none());
        // The same user, the same name; another user, another.
        guest.get("/api/auth/session").await;
        server.guest().await.get("/api/auth/session").await;
        let users: Vec<_> = lines(&server).iter().map(|(_, line)| line["user"].clone()).collect();
        assert_eq!((&users[0], &users[1]), (&line["user"], &Value::Null), "who signs in is nobody yet");
        assert_ne!(users[2], line["user"]);
    });
}

#[test]
fn nothing_of_the_callers_own_is_in_a_line() {
    run(async {
        let server = Server::with(&[("LOG_LEVEL", "debug")]);
        let guest = server.guest().await;
        let path = format!("{}/messages", guest.conversation().await);
        guest.post_json(&path, r#"{"content":"my secret wish","owner":1}"#).await.problem(422);
        guest.post_json(&path, r#"{"content":"my secret wish"}"#).await;
        guest.get("/api/my-secret-wish?q=my+secret+wish").await.problem(404);
        let all: Vec<String> = server.ports.log().take().into_iter().map(|(_, line)| line).collect();
        let all = all.join("\n");
        for own in ["secret wish", "secret-wish", "secret+wish", &guest.token, &guest.cookie] {
            assert!(!all.contains(own), "{own} in {all}");
        }
        assert!(all.contains(r#""path":"*""#));
    });
}

#[test]
fn the_level_is_the_settings() {
    run(async {
        for (level, kinds) in [
            ("debug", vec!["request", "response", "request", "response"]),
            ("info", vec!["response", "response"]),
            ("warn", vec!["response"]),
            ("error", vec![]),
        ] {
            let server = Server::with(&[("LOG_LEVEL", level)]);
            for path in ["/health", "/api/nothing"] {
                let request = Request::get(format!("http://127.0.0.1:8787{path}")).body(Body::empty()).unwrap();
                server.send(request).await;
            }
            let found: Vec<_> = lines(&server).iter().map(|(_, line)| line["type"].clone()).collect();
            assert_eq!(found, kinds, "{level}");
        }
    });
}

#[test]
fn a_failure_is_told_to_the_log_and_not_to_the_caller() {
    run(async {
        let server = Server::with(&PRODUCTION);
        let guest = server.guest().await;
        server.ports.break_down(Down::Database);
        lines(&server);
        let reply = guest.get("/api/chat/conversations").await;
        let problem = reply.problem(503);
        assert_eq!(problem["errorId"], problem["requestId"]);
        assert!(!reply.text.contains("batch"), "{}", reply.text);
        let logged = lines(&server);
        let [(Level::Error, line)] = logged.as_slice() else { panic!("{logged:?}") };
        assert_eq!(line["errorId"], problem["requestId"]);
        assert_eq!(line["cause"], "batch: the database is down");
    });
}
