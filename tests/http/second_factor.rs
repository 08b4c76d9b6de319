//! The second factor through the real router: set up, asked for, spent, taken away.

use edgewise_domain::{
    identity::totp,
    limits::{Rate, Rates},
    ports::{Clock, Ports},
};
use edgewise_testkit::memory::Break;
use serde_json::{Value, json};

use crate::{
    client::{Guest, Reply, Server, run},
    identity::{PASSWORD, post, sign_up, signed_in},
    mail::{ban_everybody, code as letter_code, mailbox},
};

const STEP_MS: u64 = 30_000;

/// The authenticator app.
struct Phone {
    server: Server,
    secret: [u8; totp::SECRET_BYTES],
}

impl Phone {
    /// Reads what was typed in: base32, back to bytes.
    fn typed(server: &Server, text: &str) -> Self {
        let (mut held, mut bits, mut bytes) = (0_u32, 0, Vec::new());
        for character in text.bytes() {
            let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|each| *each == character).unwrap();
            held = (held << 5) | u32::try_from(value).unwrap();
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push(u8::try_from((held >> bits) & 255).unwrap());
            }
        }
        Self { server: server.clone(), secret: bytes.try_into().unwrap() }
    }

    fn shows(&self) -> String {
        totp::code(&self.secret, totp::step_at(self.server.ports.clock().now_ms())).unwrap()
    }

    /// The next code, half a minute later.
    fn next(&self) -> String {
        self.server.ports.clock().advance(STEP_MS);
        self.shows()
    }
}

async fn begin(who: &Guest) -> Reply {
    who.call("POST", "/api/users/me/totp", &json!({ "password": PASSWORD }).to_string()).await
}

async fn confirm(who: &Guest, code: &str) -> Reply {
    who.call("POST", "/api/users/me/totp/confirm", &json!({ "code": code }).to_string()).await
}

async fn remove(who: &Guest, password: &str, code: &str) -> Reply {
    who.call("DELETE", "/api/users/me/totp", &json!({ "password": password, "code": code }).to_string()).await
}

async fn login(server: &Server) -> Reply {
    let body = json!({ "email": "ann@example.org", "password": PASSWORD });
    post(server, "/api/auth/login", &[], &body).await
}

async fn second(server: &Server, challenge: &Value, code: &str) -> Reply {
    post(server, "/api/auth/login/second", &[], &json!({ "challenge": challenge, "code": code })).await
}

/// Ann with a phone, and her recovery codes.
async fn ann_with_phone(server: &Server) -> (Guest, Phone, Vec<String>) {
    let ann = sign_up(server, "ann@example.org").await;
    let begun = begin(&ann).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    let phone = Phone::typed(server, begun.json()["secret"].as_str().unwrap());
    let confirmed = confirm(&ann, &phone.shows()).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    let codes = confirmed.json()["recoveryCodes"].as_array().unwrap().clone();
    (ann, phone, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

/// The challenge of a sign-in with the right password.
async fn challenge(server: &Server) -> Value {
    let problem = login(server).await.problem(401);
    assert_eq!(problem["error"], "Second factor needed");
    problem["challenge"].clone()
}

#[test]
fn is_set_up_by_a_code_and_then_asked_for() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        assert_eq!(ann.get("/api/users/me").await.json()["twoFactor"], false);
        let begun = begin(&ann).await.json();
        let uri = begun["uri"].as_str().unwrap();
        assert!(uri.starts_with("otpauth://totp/Edgewise:ann%40example.org?secret="), "{uri}");
        assert!(uri.contains(begun["secret"].as_str().unwrap()));
        assert_eq!(login(&server).await.status, 200, "not before it is confirmed");
        let phone = Phone::typed(&server, begun["secret"].as_str().unwrap());
        assert_eq!(confirm(&ann, "000000").await.problem(422)["errors"][0]["pointer"], "/code");
        let confirmed = confirm(&ann, &phone.shows()).await;
        assert_eq!(confirmed.json()["recoveryCodes"].as_array().unwrap().len(), 10);
        assert_eq!(ann.get("/api/users/me").await.json()["twoFactor"], true);
        assert_eq!(ann.get("/api/auth/session").await.json()["user"]["twoFactor"], true);
        let reply = login(&server).await;
        assert!(!reply.headers.contains_key("set-cookie"));
        assert!(!reply.text.contains("accessToken"));
        let challenge = challenge(&server).await;
        let reply = second(&server, &challenge, &phone.next()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.json()["user"]["twoFactor"], true);
        assert_eq!(signed_in(&server, &reply).get("/api/users/me").await.json()["twoFactor"], true);
        // A wrong password is a wrong password: it is not said that there is more to know.
        let body = json!({ "email": "ann@example.org", "password": "wrong password" });
        let problem = post(&server, "/api/auth/login", &[], &body).await.problem(401);
        assert_eq!((&problem["error"], &problem["challenge"]), (&json!("Unauthorized"), &Value::Null));
    });
}

#[test]
fn each_step_and_each_recovery_code_opens_once() {
    run(async {
        let server = Server::default();
        let (_, phone, codes) = ann_with_phone(&server).await;
        let challenge = challenge(&server).await;
        second(&server, &challenge, &phone.shows()).await.problem(422);
        let code = phone.next();
        assert_eq!(second(&server, &challenge, &code).await.status, 200);
        second(&server, &challenge, &code).await.problem(422);
        for code in &codes[..2] {
            assert_eq!(second(&server, &challenge, &code.to_lowercase()).await.status, 200);
            second(&server, &challenge, code).await.problem(422);
        }
        for bad in ["", "000000", "0000-0000-0000-0000", "x"] {
            assert_eq!(second(&server, &challenge, bad).await.problem(422)["errors"][0]["pointer"], "/code");
        }
    });
}

#[test]
fn a_code_whose_answer_was_lost_is_spent() {
    run(async {
        let server = Server::default();
        let (_, phone, _) = ann_with_phone(&server).await;
        let challenge = challenge(&server).await;
        let code = phone.next();
        // The address's window is asked first, then the account.
        server.ports.accounts().break_call(1, Break::After);
        second(&server, &challenge, &code).await.problem(503);
        second(&server, &challenge, &code).await.problem(422);
        server.ports.accounts().break_call(1, Break::Before);
        let code = phone.next();
        second(&server, &challenge, &code).await.problem(503);
        assert_eq!(second(&server, &challenge, &code).await.status, 200);
    });
}

#[test]
fn a_challenge_opens_nothing_and_nothing_else_is_one() {
    run(async {
        let server = Server::default();
        let (ann, phone, _) = ann_with_phone(&server).await;
        let bob = sign_up(&server, "bob@example.org").await;
        let challenge = challenge(&server).await;
        let thief = Guest { token: challenge.as_str().unwrap().into(), ..ann.clone() };
        thief.get("/api/users/me").await.problem(401);
        let code = phone.next();
        for bad in [json!(ann.token), json!(bob.token), json!("x"), json!("")] {
            second(&server, &bad, &code).await.problem(401);
        }
        for body in [json!({ "code": code }), json!({ "challenge": challenge }), json!({ "challenge": 7, "code": "1" })]
        {
            post(&server, "/api/auth/login/second", &[], &body).await.problem(422);
        }
        assert_eq!(second(&server, &challenge, &code).await.status, 200, "none of these spent the code");
        server.ports.clock().advance(7 * 60_000);
        second(&server, &challenge, &phone.shows()).await.problem(401);
    });
}

#[test]
fn whoever_was_banned_between_the_factors_stays_outside() {
    run(async {
        let server = Server::default();
        let (_, phone, _) = ann_with_phone(&server).await;
        let challenge = challenge(&server).await;
        ban_everybody(&server).await;
        second(&server, &challenge, &phone.next()).await.problem(401);
    });
}

#[test]
fn whoever_guesses_codes_is_stopped() {
    run(async {
        let server = Server::default();
        let (_, phone, _) = ann_with_phone(&server).await;
        let challenge = challenge(&server).await;
        let login = Rate { requests: 3, window_ms: 120_000 };
        server.ports.accounts().set_rates(Rates { login, ..Rates::default() });
        for _ in 0..3 {
            second(&server, &challenge, "000000").await.problem(422);
        }
        let refused = second(&server, &challenge, &phone.next()).await;
        refused.problem(429);
        assert_eq!(refused.headers["x-ratelimit-limit"], "3");
        server.ports.clock().advance(120_000);
        // Those who know are not counted.
        for _ in 0..4 {
            assert_eq!(second(&server, &challenge, &phone.next()).await.status, 200);
        }
    });
}

#[test]
fn is_taken_away_by_password_and_code_together() {
    run(async {
        let server = Server::default();
        let (ann, phone, codes) = ann_with_phone(&server).await;
        begin(&ann).await.problem(409);
        confirm(&ann, &phone.next()).await.problem(409);
        let code = phone.next();
        assert_eq!(remove(&ann, "wrong password", &code).await.problem(422)["errors"][0]["pointer"], "/password");
        assert_eq!(remove(&ann, PASSWORD, "000000").await.problem(422)["errors"][0]["pointer"], "/code");
        let old = challenge(&server).await;
        assert_eq!(remove(&ann, PASSWORD, &code).await.status, 204);
        assert_eq!(ann.get("/api/users/me").await.json()["twoFactor"], false);
        assert_eq!(login(&server).await.status, 200);
        remove(&ann, PASSWORD, &phone.next()).await.problem(409);
        second(&server, &old, &codes[0]).await.problem(401);
        // The next one has a secret and codes of its own.
        let begun = begin(&ann).await.json();
        confirm(&ann, &phone.next()).await.problem(422);
        let new = Phone::typed(&server, begun["secret"].as_str().unwrap());
        assert_eq!(confirm(&ann, &new.next()).await.status, 200);
        let challenge = challenge(&server).await;
        second(&server, &challenge, &codes[0]).await.problem(422);
    });
}

#[test]
fn a_recovery_code_takes_it_away_too() {
    run(async {
        let server = Server::default();
        let (ann, _, codes) = ann_with_phone(&server).await;
        assert_eq!(remove(&ann, PASSWORD, &codes[9]).await.status, 204);
    });
}

#[test]
fn is_for_signed_in_people_alone() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let key = ann.call("POST", "/api/users/me/keys", r#"{"name":"k"}"#).await.json();
        let by_key = Guest { token: key["secret"].as_str().unwrap().into(), ..ann.clone() };
        let nobody = Guest { token: "x".into(), ..ann.clone() };
        for (who, status) in [(&nobody, 401), (&by_key, 403), (&server.guest().await, 403)] {
            begin(who).await.problem(status);
            confirm(who, "000000").await.problem(status);
            remove(who, PASSWORD, "000000").await.problem(status);
        }
        let wrong = ann.call("POST", "/api/users/me/totp", r#"{"password":"wrong password"}"#).await;
        assert_eq!(wrong.problem(422)["errors"][0]["pointer"], "/password");
        confirm(&ann, "000000").await.problem(422);
        assert_eq!(login(&server).await.status, 200, "nothing was set up");
    });
}

#[test]
fn a_secret_that_was_not_confirmed_in_time_is_worth_nothing() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let phone = Phone::typed(&server, begin(&ann).await.json()["secret"].as_str().unwrap());
        server.ports.clock().advance(15 * 60_000);
        confirm(&ann, &phone.shows()).await.problem(422);
        assert_eq!(ann.get("/api/users/me").await.json()["twoFactor"], false);
    });
}

#[test]
fn a_new_password_by_letter_does_not_get_around_it() {
    run(async {
        let server = Server::default();
        let (ann, phone, _) = ann_with_phone(&server).await;
        post(&server, "/api/auth/reset", &[], &json!({ "email": "ann@example.org" })).await;
        let code = letter_code(&mailbox(&server).await.json(), 0);
        let body = json!({ "code": code, "newPassword": "another horse battery" });
        let reply = post(&server, "/api/auth/reset/confirm", &[], &body).await;
        let problem = reply.problem(401);
        assert_eq!(problem["error"], "Second factor needed");
        ann.get("/api/auth/session").await.problem(401);
        assert_eq!(second(&server, &problem["challenge"], &phone.next()).await.status, 200);
    });
}

#[test]
fn changing_the_password_keeps_it() {
    run(async {
        let server = Server::default();
        let (ann, _, _) = ann_with_phone(&server).await;
        let body = json!({ "currentPassword": PASSWORD, "newPassword": "another horse battery" });
        let reply = ann.call("POST", "/api/auth/password", &body.to_string()).await;
        assert_eq!(reply.status, 200, "who is inside needs no code");
        assert_eq!(reply.json()["user"]["twoFactor"], true);
        assert_eq!(signed_in(&server, &reply).get("/api/users/me").await.json()["twoFactor"], true);
    });
}
