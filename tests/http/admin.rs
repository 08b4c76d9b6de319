//! What administrators see and do: whoever is banned is out at once, and somebody is always left who can undo it.

use edgewise_domain::{
    limits::{PlanRates, Rate, Rates},
    ports::{Ports, Users},
    users::tell_all,
};
use edgewise_testkit::memory::Break;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::{
    client::{Guest, Server, run},
    flags::admin,
    identity::{PASSWORD, post, sign_up, signed_in},
};

const UNKNOWN: &str = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

async fn id(guest: &Guest) -> String {
    guest.get("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().to_owned()
}

/// The same person, by an API key of theirs.
async fn by_key(guest: &Guest) -> Guest {
    let made = guest.call("POST", "/api/users/me/keys", r#"{"name":"k"}"#).await.json();
    Guest { token: made["secret"].as_str().unwrap().into(), ..guest.clone() }
}

async fn patch(admin: &Guest, id: &str, change: Value) -> crate::client::Reply {
    admin.call("PATCH", &format!("/api/admin/users/{id}"), &change.to_string()).await
}

async fn login(server: &Server, email: &str) -> crate::client::Reply {
    post(server, "/api/auth/login", &[], &json!({ "email": email, "password": PASSWORD })).await
}

#[test]
fn the_list_is_searched_and_paged() {
    run(async {
        let server = Server::default();
        let ann = admin(&server).await;
        for n in 0..4 {
            sign_up(&server, &format!("person{n}@example.org")).await;
        }
        let list = async |query: &str| ann.get(&format!("/api/admin/users{query}")).await.json();
        let emails = |page: &Value| -> Vec<String> {
            page["users"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().to_owned()).collect()
        };
        let (mut cursor, mut seen) = (String::new(), Vec::new());
        loop {
            let page = list(&format!("?limit=2&cursor={cursor}")).await;
            seen.extend(emails(&page));
            let Some(next) = page["nextCursor"].as_str() else { break };
            next.clone_into(&mut cursor);
        }
        let newest_first = ["person3", "person2", "person1", "person0", "ann"];
        assert_eq!(seen, newest_first.map(|name| format!("{name}@example.org")));
        let bob = list("?q=PERSON1").await;
        assert_eq!(emails(&bob), ["person1@example.org"]);
        let id = bob["users"][0]["id"].as_str().unwrap();
        assert_eq!(patch(&ann, id, json!({ "name": "Bob 100%" })).await.json()["name"], "Bob 100%");
        assert_eq!(emails(&list("?q=0%25").await), ["person1@example.org"], "a sign that means anything is a sign");
        assert_eq!(emails(&list("?q=_").await), Vec::<String>::new());
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("cursor=x", "cursor"),
            (&format!("q={}", "a".repeat(49)), "q"),
        ] {
            let problem = ann.get(&format!("/api/admin/users?{query}")).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], field);
        }
    });
}

#[test]
fn one_user_is_shown_with_what_their_account_knows() {
    run(async {
        let server = Server::default();
        let (ann, bob, guest) = (admin(&server).await, sign_up(&server, "bob@example.org").await, server.guest().await);
        login(&server, "bob@example.org").await;
        bob.call("POST", "/api/users/me/keys", r#"{"name":"k"}"#).await;
        let shown = ann.get(&format!("/api/admin/users/{}", id(&bob).await)).await.json();
        for (field, value) in [
            ("email", json!("bob@example.org")),
            ("sessions", json!(2)),
            ("keys", json!(1)),
            ("plan", json!("free")),
            ("banned", json!(false)),
            ("twoFactor", json!(false)),
        ] {
            assert_eq!(shown[field], value, "{field}");
        }
        assert!(shown["lastSeenAt"].is_string());
        let shown = ann.get(&format!("/api/admin/users/{}", id(&guest).await)).await.json();
        assert_eq!((&shown["guest"], &shown["sessions"]), (&json!(true), &json!(1)));
        for (method, rest) in [("GET", ""), ("PATCH", ""), ("POST", "/sign-out"), ("DELETE", "/keys")] {
            for unknown in [UNKNOWN, "x"] {
                let reply = ann.call(method, &format!("/api/admin/users/{unknown}{rest}"), r#"{"banned":true}"#).await;
                assert_eq!(reply.problem(404)["error"], "User not found", "{method} {rest}");
            }
        }
        assert_eq!(server.ports.audit().await, [], "what was not done is not told");
    });
}

#[test]
fn a_ban_ends_everything_and_lets_nothing_begin() {
    run(async {
        let server = Server::default();
        let (ann, bob) = (admin(&server).await, sign_up(&server, "bob@example.org").await);
        let bobs = id(&bob).await;
        let key = by_key(&bob).await;
        let refresh = login(&server, "bob@example.org").await.json()["refreshToken"].clone();
        let path = bob.conversation().await;
        let socket = bob.request("GET", &format!("{path}/ws")).header("upgrade", "websocket");
        server.send(socket.body(axum::body::Body::empty()).unwrap()).await;
        server.ports.accounts().take_revoked();

        let reply = patch(&ann, &bobs, json!({ "banned": true })).await;
        assert_eq!((reply.status, &reply.json()["banned"]), (StatusCode::OK, &json!(true)));
        assert_eq!(server.ports.accounts().take_revoked().len(), 1, "what is open is told before the answer");
        bob.get("/api/auth/session").await.problem(401);
        key.get("/api/chat/conversations").await.problem(401);
        let cookie = Request::get("http://127.0.0.1:8787/api/auth/session").header("cookie", &bob.cookie);
        server.send(cookie.body(axum::body::Body::empty()).unwrap()).await.problem(401);
        post(&server, "/api/auth/refresh", &[], &json!({ "refreshToken": refresh })).await.problem(401);
        login(&server, "bob@example.org").await.problem(401);
        post(&server, "/api/auth/reset", &[], &json!({ "email": "bob@example.org" })).await;
        let mailbox = ann.get("/api/dev/mailbox").await.text;
        assert!(!mailbox.contains("/reset?code="), "nobody who is banned gets a link");

        assert_eq!(patch(&ann, &bobs, json!({ "banned": false })).await.status, 200);
        assert_eq!(login(&server, "bob@example.org").await.status, 200);
        bob.get("/api/auth/session").await.problem(401);
        let told: Vec<_> = server.ports.audit().await.into_iter().map(|(action, _, detail)| (action, detail)).collect();
        let change = |detail: &str| ("user.change".to_owned(), detail.to_owned());
        assert_eq!(told, [change("banned"), change("not banned")]);
    });
}

#[test]
fn a_guest_and_a_guest_who_signs_up_are_banned_by_their_id() {
    run(async {
        let server = Server::default();
        let (ann, guest) = (admin(&server).await, server.guest().await);
        let guests = id(&guest).await;
        let problem = patch(&ann, &guests, json!({ "role": "admin" })).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/role");
        assert_eq!(patch(&ann, &guests, json!({ "banned": true, "plan": "pro" })).await.json()["plan"], "pro");
        guest.get("/api/auth/session").await.problem(401);
        // Whoever shows a session that is no more signs up as somebody new.
        let body = json!({ "email": "new@example.org", "password": PASSWORD });
        let reply = post(&server, "/api/auth/signup", &[("cookie", &guest.cookie)], &body).await;
        assert_ne!(reply.json()["user"]["id"], guests.as_str());
        patch(&ann, &guests, json!({ "banned": false })).await;
        assert_eq!(ann.get(&format!("/api/admin/users/{guests}")).await.json()["banned"], false);
    });
}

#[test]
fn somebody_is_always_left_who_is_an_administrator() {
    run(async {
        let server = Server::default();
        let (ann, bob) = (admin(&server).await, sign_up(&server, "bob@example.org").await);
        let (anns, bobs) = (id(&ann).await, id(&bob).await);
        for change in [json!({ "role": "user" }), json!({ "banned": true })] {
            patch(&ann, &anns, change).await.problem(409);
        }
        assert_eq!(patch(&ann, &anns, json!({ "name": "Ann" })).await.status, 200);
        bob.get("/api/admin/users").await.problem(404);
        assert_eq!(patch(&ann, &bobs, json!({ "role": "admin" })).await.json()["role"], "admin");
        assert_eq!(bob.get("/api/admin/users").await.status, 200, "from the next request");
        // Each takes it from the other at once: the account of the second has not heard yet.
        server.ports.accounts().break_call(1, Break::Before);
        patch(&ann, &bobs, json!({ "role": "user" })).await.problem(503);
        assert_eq!(bob.get("/api/admin/users").await.status, 200);
        assert_eq!(patch(&bob, &anns, json!({ "role": "user" })).await.problem(404)["error"], "Route not found");
        assert_eq!(tell_all(server.ports.users(), server.ports.accounts()).await, Ok(vec![]));
        bob.get("/api/admin/users").await.problem(404);
        assert_eq!(ann.get("/api/admin/users").await.status, 200);
        // A banned administrator is none.
        patch(&ann, &bobs, json!({ "role": "admin", "banned": true })).await;
        patch(&ann, &anns, json!({ "role": "user" })).await.problem(409);
    });
}

#[test]
fn a_ban_whose_word_is_lost_holds_all_the_same() {
    run(async {
        for how in [Break::Before, Break::After] {
            let server = Server::default();
            let (ann, bob) = (admin(&server).await, sign_up(&server, "bob@example.org").await);
            let bobs = id(&bob).await;
            // One call lets the administrator in.
            server.ports.accounts().break_call(1, how);
            patch(&ann, &bobs, json!({ "banned": true })).await.problem(503);
            login(&server, "bob@example.org").await.problem(401);
            // Again, by hand or by the cron.
            if how == Break::Before {
                assert_eq!(tell_all(server.ports.users(), server.ports.accounts()).await, Ok(vec![]));
            } else {
                assert_eq!(patch(&ann, &bobs, json!({ "banned": true })).await.status, 200);
            }
            bob.get("/api/auth/session").await.problem(401);
            assert_eq!(server.ports.users().untold(9).await, Ok(vec![]));
            assert_eq!(server.ports.audit().await.len(), 1, "it was done once");
        }
    });
}

#[test]
fn signing_out_and_taking_keys_away_are_two_things() {
    run(async {
        let server = Server::default();
        let (ann, bob) = (admin(&server).await, sign_up(&server, "bob@example.org").await);
        let bobs = id(&bob).await;
        let key = by_key(&bob).await;
        let sign_out = async |key: &str| {
            let request = ann.request("POST", &format!("/api/admin/users/{bobs}/sign-out"));
            server.send(request.header("idempotency-key", key).body(axum::body::Body::empty()).unwrap()).await
        };
        assert_eq!(sign_out("one").await.status, 204);
        bob.get("/api/auth/session").await.problem(401);
        assert_eq!(key.get("/api/chat/conversations").await.status, 200);
        let again = signed_in(&server, &login(&server, "bob@example.org").await);
        assert_eq!(sign_out("one").await.status, 204);
        assert_eq!(again.get("/api/auth/session").await.status, 200, "it was done: the answer alone is repeated");
        assert_eq!(ann.call("DELETE", &format!("/api/admin/users/{bobs}/keys"), "").await.status, 204);
        key.get("/api/chat/conversations").await.problem(401);
        assert_eq!(again.get("/api/users/me/keys").await.json(), json!({ "keys": [] }));

        let audit = async |query: &str| ann.get(&format!("/api/admin/audit{query}")).await.json();
        let actions = |page: &Value| -> Vec<String> {
            page["entries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| entry["action"].as_str().unwrap().to_owned())
                .collect()
        };
        let first = audit(&format!("?limit=1&target={bobs}")).await;
        assert_eq!(actions(&first), ["user.remove-keys"]);
        let cursor = first["nextCursor"].as_str().unwrap();
        let second = audit(&format!("?limit=1&target={bobs}&cursor={cursor}")).await;
        assert_eq!((actions(&second), &second["nextCursor"]), (vec!["user.sign-out".to_owned()], &Value::Null));
        assert_eq!(second["entries"][0]["actor"], id(&ann).await);
        assert_eq!(actions(&audit(&format!("?actor={bobs}")).await), Vec::<String>::new());
        for query in ["limit=x", "cursor=x", &format!("actor={}", "a".repeat(101))] {
            ann.get(&format!("/api/admin/audit?{query}")).await.problem(422);
        }
    });
}

#[test]
fn a_plan_holds_from_the_next_request() {
    run(async {
        let plans = ("RATE_LIMITS_BY_PLAN", r#"{"pro":{"chat":4}}"#);
        let server = Server::with(&[plans]);
        let (ann, bob) = (admin(&server).await, sign_up(&server, "bob@example.org").await);
        let (bobs, path) = (id(&bob).await, format!("{}/messages", bob.conversation().await));
        server.ports.accounts().set_rates(Rates {
            chat: Rate { requests: 2, window_ms: 60_000 },
            by_plan: [("pro".parse().unwrap(), PlanRates { chat: Some(4), ..PlanRates::default() })].into(),
            ..Rates::default()
        });
        let sent = async || bob.post_json(&path, r#"{"content":"x"}"#).await.status.as_u16();
        assert_eq!([sent().await, sent().await, sent().await], [202, 202, 429]);
        assert_eq!(patch(&ann, &bobs, json!({ "plan": "pro" })).await.json()["plan"], "pro");
        // Whoever was just refused may be refused for a second more, without being asked.
        edgewise_testkit::ports::TestClock::advance(server.ports.clock(), 1_000);
        assert_eq!([sent().await, sent().await, sent().await], [202, 202, 429]);
        patch(&ann, &bobs, json!({ "plan": "free" })).await;
        edgewise_testkit::ports::TestClock::advance(server.ports.clock(), 1_000);
        assert_eq!(sent().await, 429);
        let problem = patch(&ann, &bobs, json!({ "plan": "No plan" })).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/plan");
    });
}

#[test]
fn what_is_no_id_names_nobody() {
    run(async {
        let ann = admin(&Server::default()).await;
        for (method, rest, body) in
            [("GET", "", ""), ("PATCH", "", "{}"), ("POST", "/sign-out", ""), ("DELETE", "/keys", "")]
        {
            for id in ["x", "%FF", "%C3%28"] {
                let problem = ann.call(method, &format!("/api/admin/users/{id}{rest}"), body).await.problem(404);
                assert_eq!(problem["error"], "User not found", "{method} {id}{rest}");
            }
        }
    });
}
