//! Passkeys through the real router: made by their owner, used by whoever has them, once for each challenge.

use edgewise_domain::{
    limits::Rates,
    ports::{Accounts, Ports},
};
use edgewise_protocol::calls::account::{AccountName, Call, ProfileChange};
use edgewise_testkit::authenticator::Authenticator;
use http::Request;
use serde_json::{Value, json};

use crate::client::{Guest, Reply, Server, run};

const HOST: &str = "http://127.0.0.1:8787";

async fn post(server: &Server, path: &str, body: &Value) -> Reply {
    let request = Request::post(format!("{HOST}{path}")).header("content-type", "application/json");
    server.send(request.body(body.to_string().into()).unwrap()).await
}

async fn sign_up(server: &Server, email: &str) -> Guest {
    let reply = post(server, "/api/auth/signup", &json!({ "email": email, "password": "correct horse battery" })).await;
    let token = reply.json()["accessToken"].as_str().unwrap().to_owned();
    Guest { server: server.clone(), token, cookie: String::new() }
}

/// What a browser posts to make a passkey.
async fn made(who: &Guest, authenticator: &mut Authenticator) -> Value {
    let options = who.call("POST", "/api/users/me/passkeys/options", "").await.json();
    json!({ "name": "Key", "attempt": options["attempt"], "credential": authenticator.create(&options["publicKey"]) })
}

async fn register(who: &Guest, body: &Value) -> Reply {
    who.call("POST", "/api/users/me/passkeys", &body.to_string()).await
}

async fn with_passkey(server: &Server, email: &str) -> (Guest, Authenticator) {
    let ann = sign_up(server, email).await;
    let mut authenticator = Authenticator::new(1, HOST);
    let reply = register(&ann, &made(&ann, &mut authenticator).await).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    (ann, authenticator)
}

/// What a browser posts to sign in.
async fn signed(server: &Server, authenticator: &mut Authenticator) -> Value {
    let options = post(server, "/api/auth/passkey/options", &json!({})).await.json();
    json!({ "attempt": options["attempt"], "credential": authenticator.get(&options["publicKey"]) })
}

async fn sign_in(server: &Server, authenticator: &mut Authenticator) -> Reply {
    let body = signed(server, authenticator).await;
    post(server, "/api/auth/passkey", &body).await
}

#[test]
fn whoever_has_the_passkey_is_signed_in() {
    run(async {
        let server = Server::default();
        let (ann, mut authenticator) = with_passkey(&server, "ann@example.org").await;
        let options = ann.call("POST", "/api/users/me/passkeys/options", "").await.json()["publicKey"].clone();
        assert_eq!((&options["rp"]["id"], &options["user"]["name"]), (&json!("127.0.0.1"), &json!("ann@example.org")));
        assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1);
        server.ports.take_hops();
        let reply = sign_in(&server, &mut authenticator).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert!(reply.headers["set-cookie"].to_str().unwrap().starts_with("sid="));
        let token = reply.json()["accessToken"].as_str().unwrap().to_owned();
        let again = Guest { server: server.clone(), token, cookie: String::new() };
        assert_eq!(again.get("/api/auth/session").await.json()["user"]["email"], "ann@example.org");
        let list = again.get("/api/users/me/passkeys").await.json();
        assert_eq!(list["passkeys"][0]["name"], "Key");
        assert!(list["passkeys"][0]["lastUsedAt"].is_string());
        assert!(!list.to_string().contains("publicKey"));
        let path = format!("/api/users/me/passkeys/{}", list["passkeys"][0]["id"].as_str().unwrap());
        assert_eq!(again.call("DELETE", &path, "").await.status, 204);
        again.call("DELETE", &path, "").await.problem(404);
        sign_in(&server, &mut authenticator).await.problem(401);
    });
}

#[test]
fn a_challenge_is_answered_once_and_in_time() {
    run(async {
        let server = Server::default();
        let (ann, mut authenticator) = with_passkey(&server, "ann@example.org").await;
        let body = signed(&server, &mut authenticator).await;
        assert_eq!(post(&server, "/api/auth/passkey", &body).await.status, 200);
        post(&server, "/api/auth/passkey", &body).await.problem(401);
        let late = signed(&server, &mut authenticator).await;
        let creation = made(&ann, &mut Authenticator::new(2, HOST)).await;
        server.ports.clock().advance(301_000);
        for problem in [post(&server, "/api/auth/passkey", &late).await, register(&ann, &creation).await] {
            assert_eq!(problem.problem(422)["errors"][0]["pointer"], "/attempt");
        }
        let creation = made(&ann, &mut Authenticator::new(2, HOST)).await;
        assert_eq!(register(&ann, &creation).await.status, 201);
        let id = creation["credential"]["id"].as_str().unwrap();
        ann.call("DELETE", &format!("/api/users/me/passkeys/{id}"), "").await;
        register(&ann, &creation).await.problem(409);
    });
}

#[test]
fn a_copy_another_page_and_another_user_prove_nothing() {
    run(async {
        let server = Server::default();
        let (ann, authenticator) = with_passkey(&server, "ann@example.org").await;
        let bob = sign_up(&server, "bob@example.org").await;
        let refused = async |change: &dyn Fn(&mut Authenticator)| {
            let mut changed = authenticator.clone();
            change(&mut changed);
            sign_in(&server, &mut changed).await.status.as_u16()
        };
        assert_eq!(refused(&|_| {}).await, 200);
        assert_eq!(refused(&|changed| changed.origin = "https://evil.example".into()).await, 401);
        assert_eq!(refused(&|changed| changed.counter = 7).await, 200);
        assert_eq!(refused(&|changed| changed.counter = 7).await, 401, "the counter stood still: a copy");
        assert_eq!(refused(&|changed| changed.counter = 8).await, 200);
        assert_eq!(refused(&|changed| changed.handle = "AAAAAAAAAAAAAAAAAAAAAA".into()).await, 401);
        assert_eq!(refused(&|changed| changed.handle = String::new()).await, 422);
        let mut other = Authenticator::new(2, HOST);
        other.handle = authenticator.handle.clone();
        sign_in(&server, &mut other).await.problem(401);
        // What Ann was asked is not Bob's to answer, nor is a sign-in's challenge good for a new passkey.
        let hers = made(&ann, &mut Authenticator::new(3, HOST)).await;
        register(&bob, &hers).await.problem(422);
        let mut mixed = made(&bob, &mut Authenticator::new(3, HOST)).await;
        mixed["attempt"] = post(&server, "/api/auth/passkey/options", &json!({})).await.json()["attempt"].clone();
        register(&bob, &mixed).await.problem(422);
    });
}

#[test]
fn bad_fields_are_named_and_there_are_twenty_at_most() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        for (name, value, pointer) in [
            ("name", json!(""), "/name"),
            ("attempt", json!("x"), "/attempt"),
            ("credential", json!({}), "/credential"),
            (
                "credential",
                json!({ "id": "AQ", "response": { "clientDataJSON": "AQ", "attestationObject": "AQ" } }),
                "/credential",
            ),
        ] {
            let mut body = made(&ann, &mut Authenticator::new(1, HOST)).await;
            body[name] = value;
            assert_eq!(register(&ann, &body).await.problem(422)["errors"][0]["pointer"], pointer);
        }
        for number in 0..20 {
            let body = made(&ann, &mut Authenticator::new(number, HOST)).await;
            assert_eq!(register(&ann, &body).await.status, 201);
        }
        let body = made(&ann, &mut Authenticator::new(20, HOST)).await;
        register(&ann, &body).await.problem(409);
        server.guest().await.call("POST", "/api/users/me/passkeys/options", "").await.problem(409);
    });
}

#[test]
fn a_ban_and_the_end_of_the_account_count() {
    run(async {
        let server = Server::default();
        let (ann, mut authenticator) = with_passkey(&server, "ann@example.org").await;
        let user = ann.get("/api/users/me").await.json();
        let name = AccountName::User(user["id"].as_str().unwrap().parse().unwrap());
        let accounts = server.ports.accounts();
        let change = |banned| {
            let change = ProfileChange { version: 2, banned: Some(banned), ..ProfileChange::default() };
            accounts.call(&name, Call::Change { change })
        };
        change(true).await.unwrap();
        sign_in(&server, &mut authenticator).await.problem(401);
        change(false).await.unwrap();
        assert_eq!(sign_in(&server, &mut authenticator).await.status, 200);
        accounts.call(&name, Call::Close).await.unwrap();
        sign_in(&server, &mut authenticator).await.problem(401);
    });
}

#[test]
fn whoever_tries_is_stopped_and_whoever_has_it_is_not() {
    run(async {
        let server = Server::default();
        let (_, mut authenticator) = with_passkey(&server, "ann@example.org").await;
        server.ports.accounts().set_rates(Rates::default());
        for _ in 0..8 {
            assert_eq!(sign_in(&server, &mut authenticator).await.status, 200);
        }
        let mut stranger = Authenticator::new(2, HOST);
        stranger.handle = authenticator.handle.clone();
        for _ in 0..5 {
            sign_in(&server, &mut stranger).await.problem(401);
        }
        sign_in(&server, &mut authenticator).await.problem(429);
    });
}
