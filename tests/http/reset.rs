//! A forgotten password: the letter that tells nobody anything, and the link that works once.

use edgewise_domain::identity::seals;
use edgewise_domain::{
    limits::Rates,
    ports::{Ports, Users},
    users::{CodePurpose, PasswordHash},
};
use edgewise_testkit::{
    memory::Break,
    ports::{Down, Hop},
};
use serde_json::{Value, json};

use crate::{
    client::{Reply, Server, run},
    identity::{PASSWORD, post, sign_up, signed_in},
    mail::{ban_everybody, code, mailbox},
};

const NEW: &str = "another horse battery";
const HOUR_MS: u64 = 3_600_000;

async fn ask(server: &Server, email: &str) -> Reply {
    post(server, "/api/auth/reset", &[], &json!({ "email": email })).await
}

async fn confirm(server: &Server, code: &str, password: &str) -> Reply {
    post(server, "/api/auth/reset/confirm", &[], &json!({ "code": code, "newPassword": password })).await
}

async fn login(server: &Server, password: &str) -> u16 {
    let body = json!({ "email": "ann@example.org", "password": password });
    post(server, "/api/auth/login", &[], &body).await.status.as_u16()
}

/// The code of a letter that Ann has just got.
async fn asked(server: &Server) -> String {
    server.ports.clock().advance(1);
    assert_eq!(ask(server, "ann@example.org").await.status, 202);
    code(&mailbox(server).await.json(), 0)
}

#[test]
fn a_new_password_ends_every_session_and_begins_one() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let code = asked(&server).await;
        let text = mailbox(&server).await.json()["letters"][0]["text"].clone();
        assert!(text.as_str().unwrap().contains("\nhttp://127.0.0.1:8787/reset?code="));
        let reply = confirm(&server, &code, NEW).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        ann.get("/api/auth/session").await.problem(401);
        let back = signed_in(&server, &reply);
        let list = back.get("/api/users/me/sessions").await.json();
        assert_eq!(list["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(reply.json()["user"]["emailVerified"], true, "who has the letter has the mailbox");
        assert_eq!((login(&server, PASSWORD).await, login(&server, NEW).await), (401, 200));
    });
}

#[test]
fn known_and_unknown_addresses_are_answered_alike() {
    run(async {
        let server = Server::default();
        sign_up(&server, "ann@example.org").await;
        let (mut answers, mut hops) = (Vec::new(), Vec::new());
        for email in ["ann@example.org", "bob@example.org"] {
            server.ports.take_hops();
            let reply = ask(&server, email).await;
            // The address is looked up in the mirror of refusals the first time, whoever it asks for.
            let taken = server.ports.take_hops().into_iter().filter(|hop| *hop != Hop::Cache);
            hops.push(taken.collect::<Vec<_>>());
            let mut headers = reply.headers.clone();
            headers.remove("x-request-id");
            answers.push((reply.status.as_u16(), format!("{headers:?}"), reply.text));
        }
        assert_eq!(answers[0].0, 202);
        assert_eq!((&answers[0], &hops[0]), (&answers[1], &hops[1]));
        let letters = mailbox(&server).await.json();
        let to: Vec<_> = letters["letters"].as_array().unwrap().iter().map(|letter| letter["to"].clone()).collect();
        assert_eq!(to, [json!("ann@example.org"), json!("ann@example.org")], "welcome and reset; nothing for Bob");
        ask(&server, "bob").await.problem(422);
    });
}

#[test]
fn asking_is_limited_for_known_and_unknown_alike() {
    run(async {
        for email in ["ann@example.org", "bob@example.org"] {
            let server = Server::default();
            sign_up(&server, "ann@example.org").await;
            server.ports.accounts().set_rates(Rates::default());
            for _ in 0..5 {
                assert_eq!(ask(&server, email).await.status, 202);
            }
            ask(&server, email).await.problem(429);
        }
    });
}

#[test]
fn a_code_works_once_in_its_hour_and_the_newest_alone() {
    run(async {
        let server = Server::default();
        sign_up(&server, "ann@example.org").await;
        let welcome = code(&mailbox(&server).await.json(), 0);
        let first = asked(&server).await;
        let second = asked(&server).await;
        confirm(&server, &first, NEW).await.problem(422);
        // A password that will not do costs no link.
        for (bad, pointer) in [("short", "/newPassword"), ("ann@example.org", "/newPassword")] {
            assert_eq!(confirm(&server, &second, bad).await.problem(422)["errors"][0]["pointer"], pointer);
        }
        // A link of one kind opens no door of the other.
        confirm(&server, &welcome, NEW).await.problem(422);
        post(&server, "/api/auth/verify", &[], &json!({ "code": second })).await.problem(422);
        assert_eq!(confirm(&server, &second, NEW).await.status, 200);
        let problem = confirm(&server, &second, "a third horse battery").await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/code");
        assert_eq!(login(&server, NEW).await, 200);
        let late = asked(&server).await;
        server.ports.clock().advance(HOUR_MS);
        confirm(&server, &late, "a third horse battery").await.problem(422);
        for body in [json!({ "code": late }), json!({ "code": late, "newPassword": NEW, "id": "x" }), json!({})] {
            post(&server, "/api/auth/reset/confirm", &[], &body).await.problem(422);
        }
    });
}

#[test]
fn two_who_press_at_once_do_not_both_set_a_password() {
    run(async {
        let server = Server::default();
        sign_up(&server, "ann@example.org").await;
        let digest = seals::digest(&asked(&server).await);
        let (users, now_ms) = (server.ports.users(), 1_795_248_133_000);
        // Both have looked, and both were told that the code is good.
        for _ in 0..2 {
            assert!(users.by_code(&digest, CodePurpose::ResetPassword, now_ms).await.unwrap().is_some());
        }
        assert!(users.reset_password(&digest, "one", now_ms).await.unwrap().is_some());
        assert!(users.reset_password(&digest, "two", now_ms).await.unwrap().is_none());
        // The database's own second try, when the answer to the first was lost.
        assert!(users.reset_password(&digest, "one", now_ms).await.unwrap().is_some());
        assert!(users.reset_password(&digest, "one", now_ms + 1).await.unwrap().is_none());
        let row = users.by_email("ann@example.org").await.unwrap().unwrap();
        assert_eq!(row.password_hash, Some(PasswordHash("one".into())));
        assert!(!format!("{row:?}").contains("\"one\""), "a hash is never shown");
    });
}

#[test]
fn whoever_was_inside_is_out_or_nothing_has_changed() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let code = asked(&server).await;
        server.ports.break_down(Down::Objects);
        confirm(&server, &code, NEW).await.problem(503);
        server.ports.break_down(Down::Database);
        confirm(&server, &code, NEW).await.problem(503);
        server.ports.break_down(Down::Nothing);
        assert_eq!(login(&server, PASSWORD).await, 200);
        // The sessions end, then the password is not written: the link is good still.
        server.ports.database().break_batch(1, Break::Before);
        confirm(&server, &code, NEW).await.problem(503);
        ann.get("/api/auth/session").await.problem(401);
        assert_eq!(confirm(&server, &code, NEW).await.status, 200);
    });
}

#[test]
fn whoever_is_banned_gets_no_letter_and_their_links_are_worth_nothing() {
    run(async {
        let server = Server::default();
        sign_up(&server, "ann@example.org").await;
        let welcome = code(&mailbox(&server).await.json(), 0);
        let reset = asked(&server).await;
        ban_everybody(&server).await;
        let before = mailbox(&server).await.json();
        assert_eq!(ask(&server, "ann@example.org").await.status, 202);
        assert_eq!(mailbox(&server).await.json(), before);
        confirm(&server, &reset, NEW).await.problem(422);
        post(&server, "/api/auth/verify", &[], &json!({ "code": welcome })).await.problem(422);
    });
}

#[test]
fn a_removed_account_gets_no_letter_and_its_link_is_worth_nothing() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let code = asked(&server).await;
        let reply = ann.call("DELETE", "/api/users/me", &json!({ "password": PASSWORD }).to_string()).await;
        assert_eq!(reply.status, 204);
        confirm(&server, &code, NEW).await.problem(422);
        let before = mailbox(&server).await.json()["letters"].as_array().map(Vec::len);
        assert_eq!(ask(&server, "ann@example.org").await.status, 202);
        assert_eq!(mailbox(&server).await.json()["letters"].as_array().map(Vec::len), before);
        assert_ne!(Value::Null, json!(before));
    });
}
