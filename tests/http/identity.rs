//! Accounts through the real router: sign-up, sign-in, sessions, keys, and where everybody stands.

use axum::body::Body;
use edgewise_domain::{
    limits::{Rate, Rates},
    ports::Ports,
};
use edgewise_testkit::memory::Break;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::client::{Guest, Reply, Server, run};

pub const PASSWORD: &str = "correct horse battery";

pub async fn post(server: &Server, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
    let mut request = Request::post(format!("http://127.0.0.1:8787{path}")).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// Who an answer of guest, sign-up or login signed in.
pub fn signed_in(server: &Server, reply: &Reply) -> Guest {
    let cookie = reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    Guest { server: server.clone(), token: reply.json()["accessToken"].as_str().unwrap().to_owned(), cookie }
}

pub async fn sign_up(server: &Server, email: &str) -> Guest {
    let reply = post(server, "/api/auth/signup", &[], &json!({ "email": email, "password": PASSWORD })).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
    signed_in(server, &reply)
}

#[test]
fn a_guest_who_signs_up_keeps_their_conversations_and_nothing_else() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let path = guest.conversation().await;
        let body = json!({ "email": "Ann@Example.org", "password": PASSWORD, "name": " Ann " });
        let reply = post(&server, "/api/auth/signup", &[("cookie", &guest.cookie)], &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let user = &reply.json()["user"];
        assert_eq!(
            (&user["guest"], &user["name"], &user["email"]),
            (&json!(false), &json!("Ann"), &json!("Ann@example.org"))
        );
        let ann = signed_in(&server, &reply);
        assert_eq!(ann.get(&path).await.status, 200);
        guest.get(&path).await.problem(401);
        let session = Request::get("http://127.0.0.1:8787/api/auth/session").header("cookie", &guest.cookie);
        server.send(session.body(Body::empty()).unwrap()).await.problem(401);
    });
}

#[test]
fn signs_in_with_the_right_password_alone_and_says_no_more() {
    run(async {
        let server = Server::default();
        sign_up(&server, "ann@example.org").await;
        let login = async |email: &str, password: &str| {
            post(&server, "/api/auth/login", &[], &json!({ "email": email, "password": password })).await
        };
        let reply = login("ANN@example.org", PASSWORD).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let mut answers = Vec::new();
        for (email, password) in [("ann@example.org", "wrong password"), ("bob@example.org", PASSWORD)] {
            let mut problem = login(email, password).await.problem(401);
            problem["requestId"] = Value::Null;
            answers.push(problem);
        }
        assert_eq!(answers[0], answers[1], "who has an account is not told");
        let twice =
            post(&server, "/api/auth/signup", &[], &json!({ "email": "ann@EXAMPLE.org", "password": PASSWORD })).await;
        twice.problem(409);
    });
}

#[test]
fn bad_fields_are_named_and_nothing_is_made() {
    run(async {
        let server = Server::default();
        for (body, pointer) in [
            (json!({ "email": "ann", "password": PASSWORD }), "/email"),
            (json!({ "email": "ann@example.org", "password": "short" }), "/password"),
            (json!({ "email": "ann@example.org", "password": "a".repeat(1_025) }), "/password"),
            (json!({ "email": "ann@example.org", "password": PASSWORD, "name": "\u{7}" }), "/name"),
            (json!({ "email": "ann@example.org", "password": PASSWORD, "role": "admin" }), "/role"),
            (json!({ "email": "ann@example.org", "password": PASSWORD, "id": "x" }), "/id"),
            (json!({ "email": 7, "password": PASSWORD }), "/email"),
        ] {
            let problem = post(&server, "/api/auth/signup", &[], &body).await.problem(422);
            let pointers: Vec<_> =
                problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
            assert!(pointers == [json!(pointer)] || pointers == [json!("")], "{body}: {problem}");
        }
        sign_up(&server, "ann@example.org").await;
    });
}

#[test]
fn a_session_ends_for_its_cookie_and_its_token_at_once() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let other = signed_in(
            &server,
            &post(&server, "/api/auth/login", &[], &json!({ "email": "ann@example.org", "password": PASSWORD })).await,
        );
        let list = ann.get("/api/users/me/sessions").await.json();
        let sessions = list["sessions"].as_array().unwrap();
        assert_eq!(sessions.len(), 2);
        assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
        let others = sessions.iter().find(|session| session["current"] == false).unwrap();
        let path = format!("/api/users/me/sessions/{}", others["id"].as_str().unwrap());
        assert_eq!(ann.call("DELETE", &path, "").await.status, 204);
        other.get("/api/auth/session").await.problem(401);
        assert_eq!(ann.call("POST", "/api/auth/logout", "").await.status, 204);
        ann.get("/api/auth/session").await.problem(401);
    });
}

#[test]
fn a_new_password_signs_everybody_else_out() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let change =
            |current: &str| json!({ "currentPassword": current, "newPassword": "another horse battery" }).to_string();
        ann.call("POST", "/api/auth/password", &change("wrong password")).await.problem(422);
        let reply = ann.call("POST", "/api/auth/password", &change(PASSWORD)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        ann.get("/api/auth/session").await.problem(401);
        assert_eq!(signed_in(&server, &reply).get("/api/auth/session").await.status, 200);
        for (password, status) in [(PASSWORD, 401), ("another horse battery", 200)] {
            let body = json!({ "email": "ann@example.org", "password": password });
            assert_eq!(post(&server, "/api/auth/login", &[], &body).await.status, status);
        }
    });
}

#[test]
fn a_new_password_leaves_nobody_inside_whatever_fails() {
    run(async {
        for (batch, call) in [(Some(1), None), (None, Some(4))] {
            let server = Server::default();
            let ann = sign_up(&server, "ann@example.org").await;
            let body = json!({ "email": "ann@example.org", "password": PASSWORD });
            let other = signed_in(&server, &post(&server, "/api/auth/login", &[], &body).await);
            // The row is read, then written; the account admits, counts, forgives, ends and opens.
            batch.into_iter().for_each(|nth| server.ports.database().break_batch(nth, Break::Before));
            call.into_iter().for_each(|nth| server.ports.accounts().break_call(nth, Break::Before));
            let change = json!({ "currentPassword": PASSWORD, "newPassword": "another horse battery" }).to_string();
            ann.call("POST", "/api/auth/password", &change).await.problem(503);
            other.get("/api/auth/session").await.problem(401);
            let old = post(&server, "/api/auth/login", &[], &body).await.status;
            assert_eq!(old, if batch.is_some() { 200 } else { 401 });
        }
    });
}

#[test]
fn a_refresh_token_is_changed_for_the_next() {
    run(async {
        let server = Server::default();
        let reply = post(&server, "/api/auth/guest", &[], &json!({})).await;
        let guest = signed_in(&server, &reply);
        let first = reply.json()["refreshToken"].clone();
        let refresh =
            async |token: &Value| post(&server, "/api/auth/refresh", &[], &json!({ "refreshToken": token })).await;
        let second = refresh(&first).await.json();
        assert_ne!(second["refreshToken"], first);
        refresh(&json!("x")).await.problem(401);
        refresh(&json!(guest.token)).await.problem(401);
        server.ports.clock().advance(20_000);
        refresh(&first).await.problem(401);
        refresh(&second["refreshToken"]).await.problem(401);
        // A browser has its cookie, and gets no refresh token.
        let browser = server.guest().await;
        let reply = post(&server, "/api/auth/refresh", &[("cookie", &browser.cookie)], &json!({})).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.json()["refreshToken"], Value::Null);
        post(&server, "/api/auth/refresh", &[], &json!({})).await.problem(401);
    });
}

#[test]
fn a_key_does_what_its_scopes_say_and_no_more() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let path = ann.conversation().await;
        let make = async |body: Value| ann.call("POST", "/api/users/me/keys", &body.to_string()).await;
        let reply = make(json!({ "name": "ci", "scopes": ["chat:read"] })).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let made = reply.json();
        let reader = Guest { token: made["secret"].as_str().unwrap().into(), ..ann.clone() };
        assert_eq!(reader.get(&path).await.status, 200);
        reader.call("PATCH", &path, r#"{"title":"x"}"#).await.problem(403);
        reader.post_json(&format!("{path}/messages"), r#"{"content":"x"}"#).await.problem(403);
        reader.call("POST", "/api/chat/conversations", "{}").await.problem(403);
        let by_header = Request::get(format!("http://127.0.0.1:8787{path}")).header("x-api-key", &reader.token);
        assert_eq!(server.send(by_header.body(Body::empty()).unwrap()).await.status, 200);
        let writer = make(json!({ "name": "all" })).await.json();
        let writer = Guest { token: writer["secret"].as_str().unwrap().into(), ..ann.clone() };
        assert_eq!(writer.post_json(&format!("{path}/messages"), r#"{"content":"x"}"#).await.status, 202);
        for path in ["/api/users/me", "/api/users/me/keys", "/api/users/me/sessions"] {
            writer.get(path).await.problem(403);
        }
        let list = ann.get("/api/users/me/keys").await.text;
        assert!(!list.contains(&reader.token), "a secret is shown once");
        let path_of_key = format!("/api/users/me/keys/{}", made["key"]["id"].as_str().unwrap());
        assert_eq!(ann.call("DELETE", &path_of_key, "").await.status, 204);
        reader.get(&path).await.problem(401);
        ann.call("DELETE", &path_of_key, "").await.problem(404);
        for bad in
            [json!({ "name": "" }), json!({ "name": "k", "scopes": [] }), json!({ "name": "k", "scopes": ["root"] })]
        {
            make(bad).await.problem(422);
        }
    });
}

#[test]
fn says_where_everybody_stands_and_refuses_the_21st() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let path = format!("{}/messages", guest.conversation().await);
        server.ports.accounts().set_rates(Rates { chat: Rate { requests: 3, window_ms: 60_000 }, ..Rates::default() });
        for left in (0..3).rev() {
            let reply = guest.post_json(&path, r#"{"content":"x"}"#).await;
            assert_eq!(reply.status, 202);
            assert_eq!(reply.headers["x-ratelimit-limit"], "3");
            assert_eq!(reply.headers["x-ratelimit-remaining"], left.to_string());
            assert_eq!(reply.headers["ratelimit-policy"], "\"chat\";q=3;w=60");
        }
        server.ports.take_hops();
        let refused = guest.post_json(&path, r#"{"content":"x"}"#).await;
        assert_eq!(server.ports.take_hops().len(), 1, "the conversation is not asked");
        let problem = refused.problem(429);
        assert_eq!(
            (&problem["error"], &problem["message"]),
            (&json!("Too many requests"), &json!("Rate limit exceeded"))
        );
        assert!(problem["reset"].as_str().unwrap().ends_with('Z'));
        assert_eq!(refused.headers["retry-after"], "60");
        assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
        assert_eq!(
            guest.get("/api/auth/session").await.headers["ratelimit-policy"],
            "\"general\";q=100;w=60;approximate"
        );
        server.ports.clock().advance(60_000);
        assert_eq!(guest.post_json(&path, r#"{"content":"x"}"#).await.status, 202);
    });
}

#[test]
fn whoever_guesses_is_stopped_and_whoever_knows_is_not() {
    run(async {
        let server = Server::default();
        sign_up(&server, "ann@example.org").await;
        server.ports.accounts().set_rates(Rates::default());
        let login = async |password: &str| {
            post(&server, "/api/auth/login", &[], &json!({ "email": "ann@example.org", "password": password })).await
        };
        for _ in 0..8 {
            assert_eq!(login(PASSWORD).await.status, 200);
        }
        for _ in 0..5 {
            login("wrong password").await.problem(401);
        }
        login(PASSWORD).await.problem(429);
        server.ports.clock().advance(15 * 60_000);
        assert_eq!(login(PASSWORD).await.status, 200);
    });
}

#[test]
fn the_first_administrator_knows_the_secret() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let bob = sign_up(&server, "bob@example.org").await;
        let ask = async |who: &Guest, secret: &str| {
            who.call("POST", "/api/auth/bootstrap", &json!({ "secret": secret }).to_string()).await
        };
        ask(&ann, "wrong").await.problem(404);
        ask(&server.guest().await, crate::client::BOOTSTRAP_SECRET).await.problem(404);
        assert_eq!(ask(&ann, crate::client::BOOTSTRAP_SECRET).await.json()["user"]["role"], "admin");
        assert_eq!(ask(&ann, crate::client::BOOTSTRAP_SECRET).await.status, 200, "asking again changes nothing");
        ask(&bob, crate::client::BOOTSTRAP_SECRET).await.problem(409);
        assert_eq!(ann.get("/api/users/me").await.json()["role"], "admin");
    });
}

#[test]
fn a_deletion_that_was_cut_off_can_be_finished() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let body = json!({ "password": PASSWORD }).to_string();
        // The account admits, counts, forgives and is closed.
        server.ports.accounts().break_call(3, Break::Before);
        ann.call("DELETE", "/api/users/me", &body).await.problem(503);
        assert_eq!(ann.get("/api/auth/session").await.status, 200);
        assert_eq!(ann.call("DELETE", "/api/users/me", &body).await.status, 204);
        ann.get("/api/auth/session").await.problem(401);
    });
}

#[test]
fn a_deleted_account_is_gone() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        ann.call("DELETE", "/api/users/me", "").await.problem(422);
        ann.call("DELETE", "/api/users/me", &json!({ "password": "wrong password" }).to_string()).await.problem(422);
        let reply = ann.call("DELETE", "/api/users/me", &json!({ "password": PASSWORD }).to_string()).await;
        assert_eq!(reply.status, 204, "{}", reply.text);
        ann.get("/api/auth/session").await.problem(401);
        let body = json!({ "email": "ann@example.org", "password": PASSWORD });
        post(&server, "/api/auth/login", &[], &body).await.problem(401);
        sign_up(&server, "ann@example.org").await;
    });
}

#[test]
fn a_deletion_that_was_cut_in_the_middle_can_be_finished() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        server.ports.script("DELETE FROM users");
        assert_eq!(ann.call("DELETE", "/api/users/me", "").await.status, 204);
        ann.get("/api/auth/session").await.problem(401);
    });
}

#[test]
fn a_browser_whose_window_is_full_is_told_so_and_not_signed_out() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let general = Rate { requests: 3, window_ms: 60_000 };
        server.ports.accounts().set_rates(Rates { general, ..Rates::default() });
        for _ in 0..3 {
            assert_eq!(guest.get("/api/auth/session").await.status, 200);
        }
        post(&server, "/api/auth/refresh", &[("cookie", &guest.cookie)], &json!({})).await.problem(429);
    });
}
