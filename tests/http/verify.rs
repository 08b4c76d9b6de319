//! Proving an address: the letter, its link, and what becomes of the link.

use edgewise_domain::{
    limits::{Rate, Rates},
    ports::Ports,
};
use edgewise_testkit::{memory::Break, ports::Down};
use serde_json::{Value, json};

use crate::{
    client::{Guest, Reply, Server, run},
    identity::{post, sign_up},
    mail::{code, mailbox},
};

const DAY_MS: u64 = 24 * 3_600_000;

async fn verify(server: &Server, code: &str) -> Reply {
    post(server, "/api/auth/verify", &[], &json!({ "code": code })).await
}

async fn is_verified(who: &Guest) -> bool {
    who.get("/api/users/me").await.json()["emailVerified"].as_bool().unwrap()
}

#[test]
fn the_link_of_the_letter_proves_the_address_once() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "Ann@Example.org").await;
        let letters = mailbox(&server).await.json();
        let letter = &letters["letters"][0];
        assert_eq!((letter["to"].as_str(), letter["attempts"].as_u64()), (Some("Ann@example.org"), Some(0)));
        assert!(letter["text"].as_str().unwrap().contains("\nhttp://127.0.0.1:8787/verify?code="));
        assert!(!is_verified(&ann).await);
        let code = code(&letters, 0);
        assert_eq!(verify(&server, &code).await.status, 204);
        assert!(is_verified(&ann).await);
        verify(&server, &code).await.problem(422);
        // The row has it too: a new session knows.
        let body = json!({ "email": "ann@example.org", "password": crate::identity::PASSWORD });
        let again = post(&server, "/api/auth/login", &[], &body).await.json();
        assert_eq!(again["user"]["emailVerified"], true);
        ann.call("POST", "/api/auth/verify/send", "").await.problem(409);
        assert_eq!(mailbox(&server).await.json()["letters"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_guest_of_old_has_a_day_too() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        server.ports.clock().advance(30 * DAY_MS);
        let body = json!({ "email": "ann@example.org", "password": crate::identity::PASSWORD });
        let reply = post(&server, "/api/auth/signup", &[("cookie", &guest.cookie)], &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        server.ports.clock().advance(DAY_MS - 1_000);
        let code = code(&mailbox(&server).await.json(), 0);
        assert_eq!(verify(&server, &code).await.status, 204);
    });
}

#[test]
fn the_link_leads_to_the_configured_origin() {
    run(async {
        let server = Server::with(&[("APP_ORIGIN", "https://chat.example.com")]);
        sign_up(&server, "ann@example.org").await;
        let letters = mailbox(&server).await.json();
        assert!(letters["letters"][0]["text"].as_str().unwrap().contains("\nhttps://chat.example.com/verify?code="));
    });
}

#[test]
fn a_link_that_is_late_old_or_forged_proves_nothing() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let first = code(&mailbox(&server).await.json(), 0);
        server.ports.clock().advance(1);
        assert_eq!(ann.call("POST", "/api/auth/verify/send", "").await.status, 202);
        let second = code(&mailbox(&server).await.json(), 0);
        assert_ne!(first, second);
        for bad in ["", "x", &"A".repeat(43), &format!("{second}A"), &first] {
            let problem = verify(&server, bad).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], "/code", "{bad}");
        }
        server.ports.clock().advance(DAY_MS);
        verify(&server, &second).await.problem(422);
        let body = json!({ "email": "ann@example.org", "password": crate::identity::PASSWORD });
        let user = post(&server, "/api/auth/login", &[], &body).await.json();
        assert_eq!(user["user"]["emailVerified"], false);
    });
}

#[test]
fn only_those_who_signed_up_are_written_to_and_not_too_often() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        post(&server, "/api/auth/verify/send", &[], &json!({})).await.problem(401);
        server.guest().await.call("POST", "/api/auth/verify/send", "").await.problem(403);
        let login = Rate { requests: 2, window_ms: 60_000 };
        server.ports.accounts().set_rates(Rates { login, ..Rates::default() });
        for _ in 0..2 {
            assert_eq!(ann.call("POST", "/api/auth/verify/send", "").await.status, 202);
        }
        ann.call("POST", "/api/auth/verify/send", "").await.problem(429);
        assert_eq!(mailbox(&server).await.json()["letters"].as_array().unwrap().len(), 3);
    });
}

#[test]
fn an_address_that_is_taken_gets_no_letter_from_the_second_who_tries() {
    run(async {
        let server = Server::default();
        sign_up(&server, "ann@example.org").await;
        let first = mailbox(&server).await.json();
        let body = json!({ "email": "ann@example.org", "password": "another horse battery" });
        post(&server, "/api/auth/signup", &[], &body).await.problem(409);
        assert_eq!(mailbox(&server).await.json(), first, "and the first letter's link stays good");
        assert_eq!(verify(&server, &code(&first, 0)).await.status, 204);
    });
}

#[test]
fn nothing_is_half_made_when_something_is_down() {
    run(async {
        let server = Server::default();
        server.ports.break_down(Down::Database);
        let body = json!({ "email": "ann@example.org", "password": crate::identity::PASSWORD });
        post(&server, "/api/auth/signup", &[], &body).await.problem(503);
        server.ports.break_down(Down::Nothing);
        assert_eq!(mailbox(&server).await.json()["letters"], Value::Array(Vec::new()));
        let ann = sign_up(&server, "ann@example.org").await;
        let code = code(&mailbox(&server).await.json(), 0);
        server.ports.break_down(Down::Database);
        verify(&server, &code).await.problem(503);
        server.ports.break_down(Down::Nothing);
        assert_eq!(verify(&server, &code).await.status, 204, "the code was not spent");
        assert!(is_verified(&ann).await);
    });
}

#[test]
fn an_account_that_did_not_hear_of_it_hears_later() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let code = code(&mailbox(&server).await.json(), 0);
        // The address's window is asked first, then the account is told.
        server.ports.accounts().break_call(1, Break::Before);
        assert_eq!(verify(&server, &code).await.status, 204);
        assert!(!is_verified(&ann).await);
        ann.call("POST", "/api/auth/verify/send", "").await.problem(409);
        assert!(is_verified(&ann).await);
    });
}
