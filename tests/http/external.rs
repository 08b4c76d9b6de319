//! Tokens of other issuers at the doors: who comes in, what that costs, and what a forger can make us do.

use edgewise_domain::{ports::Ports, web::WebFault};
use edgewise_protocol::calls::account::{AccountName, Call, ProfileChange};
use edgewise_testkit::{
    issuer::Issuer,
    ports::{
        FakePorts,
        Hop::{self, Account, Cache, Object, Web},
    },
};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::client::{Guest, Reply, Server, run};

const JWKS: &str = "https://id.example/jwks";
const ISSUERS: (&str, &str) = (
    "EXTERNAL_ISSUERS",
    r#"[{"issuer":"https://id.example","audience":"edgewise","jwksUrl":"https://id.example/jwks"}]"#,
);
const NOW_S: u64 = 1_795_248_132;
const MINUTE: u64 = 60_000;

/// A server that takes the word of an issuer which publishes its first key.
fn server() -> (Server, Issuer) {
    let (server, issuer) = (Server::with(&[ISSUERS]), Issuer::new(1));
    server.ports.web().answer(JWKS, 200, issuer.jwks());
    (server, issuer)
}

fn claims(subject: &str) -> Value {
    json!({ "iss": "https://id.example", "aud": "edgewise", "sub": subject, "exp": NOW_S + 7_200, "iat": NOW_S })
}

fn caller(server: &Server, token: String) -> Guest {
    Guest { server: server.clone(), token, cookie: String::new() }
}

async fn session(server: &Server, token: &str) -> Reply {
    caller(server, token.into()).get("/api/auth/session").await
}

async fn ban(server: &Server, user: &Value) {
    let name = AccountName::User(user["id"].as_str().unwrap().parse().unwrap());
    let change = ProfileChange { banned: Some(true), ..ProfileChange::default() };
    edgewise_domain::ports::Accounts::call(server.ports.accounts(), &name, Call::Change { change }).await.unwrap();
}

#[test]
fn a_stranger_with_a_good_token_is_somebody_from_then_on() {
    run(async {
        let (server, issuer) = server();
        let mut first = claims("ann");
        first["email"] = json!("Ann@Example.org");
        first["email_verified"] = json!(true);
        first["name"] = json!(" Ann ");
        let ann = caller(&server, issuer.token(&first));
        let user = ann.get("/api/auth/session").await.json()["user"].clone();
        assert_eq!(
            (&user["guest"], &user["name"], &user["email"]),
            (&json!(false), &json!("Ann"), &json!("Ann@example.org"))
        );
        assert_eq!((&user["emailVerified"], &user["role"]), (&json!(false), &json!("user")), "not our word");
        let path = ann.conversation().await;
        // Another token, which says less, is the same person's.
        let later = caller(&server, issuer.token(&claims("ann")));
        assert_eq!(later.get("/api/auth/session").await.json()["user"], user);
        assert_eq!(later.get(&path).await.status, 200);
        let bob = caller(&server, issuer.token(&claims("bob")));
        assert_ne!(bob.get("/api/auth/session").await.json()["user"]["id"], user["id"]);
        bob.get(&path).await.problem(404);
    });
}

#[test]
fn an_address_leads_to_nobody() {
    run(async {
        let (server, issuer) = server();
        let body = json!({ "email": "ann@example.org", "password": "correct horse battery" });
        let request = Request::post("http://127.0.0.1:8787/api/auth/signup").header("content-type", "application/json");
        let reply = server.send(request.body(body.to_string().into()).unwrap()).await;
        assert_eq!(reply.status, StatusCode::CREATED);
        let mut claims = claims("mallory");
        claims["email"] = json!("ann@example.org");
        claims["email_verified"] = json!(true);
        let user = session(&server, &issuer.token(&claims)).await.json()["user"].clone();
        assert_ne!(user["id"], reply.json()["user"]["id"]);
    });
}

#[test]
fn other_tokens_prove_nothing() {
    run(async {
        let (server, issuer) = server();
        let changed = |name: &str, value: Value| {
            let mut claims = claims("ann");
            claims[name] = value;
            issuer.token(&claims)
        };
        for (name, token) in [
            ("another issuer", changed("iss", json!("https://id.example/"))),
            ("another audience", changed("aud", json!("other"))),
            ("expired", changed("exp", json!(NOW_S - 61))),
            ("no subject", changed("sub", json!(""))),
            ("another key by the same name", {
                let token = Issuer::new(2).token(&claims("ann"));
                let good = issuer.token(&claims("ann"));
                format!("{}.{}", good.rsplit_once('.').unwrap().0, token.rsplit_once('.').unwrap().1)
            }),
            ("no token", "a.b.c".into()),
        ] {
            assert_eq!(session(&server, &token).await.status, 401, "{name}");
        }
        let plain = Server::default();
        plain.ports.web().answer(JWKS, 200, issuer.jwks());
        session(&plain, &issuer.token(&claims("ann"))).await.problem(401);
        assert!(plain.ports.web().take_requests().is_empty(), "whom nobody configured is not asked");
        // A token is no API key and no cookie.
        let request = Request::get("http://127.0.0.1:8787/api/auth/session");
        let request = request.header("x-api-key", issuer.token(&claims("ann")));
        server.send(request.body(Default::default()).unwrap()).await.problem(401);
    });
}

#[test]
fn a_message_takes_no_more_hops_once_the_keys_are_known() {
    run(async {
        let (server, issuer) = server();
        let hops = async |server: &Server, path: &str| {
            let ann = caller(server, issuer.token(&claims("ann")));
            server.ports.take_hops();
            assert_eq!(ann.post_json(&format!("{path}/messages"), r#"{"content":"x"}"#).await.status, 202);
            server.ports.take_hops()
        };
        let path = caller(&server, issuer.token(&claims("ann"))).conversation().await;
        let warm: &[Hop] = &[Account, Object];
        assert_eq!(hops(&server, &path).await, warm);
        server.ports.clock().advance(5 * MINUTE);
        assert_eq!(hops(&server, &path).await, [Cache, Account, Object], "another instance may know newer keys");
        assert_eq!(hops(&server, &path).await, warm);
        let another = Server::over(server.ports.clone(), &[ISSUERS]);
        assert_eq!(hops(&another, &path).await, [Cache, Account, Object]);
        server.ports.clock().advance(56 * MINUTE);
        assert_eq!(hops(&server, &path).await, [Cache, Web, Cache, Account, Object], "an hour is the longest");
    });
}

#[test]
fn a_made_up_key_does_not_make_us_hammer_its_issuer() {
    run(async {
        let (server, issuer) = server();
        let forged = Issuer::new(2).token(&claims("ann"));
        let asked = |server: &Server| server.ports.web().take_requests().len();
        for _ in 0..20 {
            session(&server, &forged).await.problem(401);
        }
        assert_eq!(asked(&server), 1, "the first time, when nothing was known");
        server.ports.clock().advance(MINUTE);
        for _ in 0..20 {
            session(&server, &forged).await.problem(401);
        }
        assert_eq!(asked(&server), 1);
        // A new instance finds in the cache when the issuer was last asked.
        session(&Server::over(server.ports.clone(), &[ISSUERS]), &forged).await.problem(401);
        assert_eq!(asked(&server), 0);
        // The issuer has a new key: within a minute its tokens are good.
        server.ports.web().answer(JWKS, 200, Issuer::new(2).jwks());
        server.ports.clock().advance(MINUTE);
        assert_eq!(session(&server, &forged).await.status, 200);
        session(&server, &issuer.token(&claims("ann"))).await.problem(401);
    });
}

#[test]
fn an_issuer_that_is_down_is_not_the_callers_fault() {
    run(async {
        let (server, issuer) = server();
        let token = issuer.token(&claims("ann"));
        let huge = format!("{{\"keys\":[{}]}}", " ".repeat(300_000));
        for (status, body) in [(500, "{}"), (200, "<html>"), (200, r#"{"keys":[]}"#), (302, "{}"), (200, &huge)] {
            server.ports.web().answer(JWKS, status, body);
            server.ports.clock().advance(10_000);
            session(&server, &token).await.problem(503);
        }
        server.ports.web().fail(JWKS, WebFault::Timeout);
        server.ports.clock().advance(10_000);
        server.ports.web().take_requests();
        for _ in 0..5 {
            session(&server, &token).await.problem(503);
        }
        assert_eq!(server.ports.web().take_requests().len(), 1, "it is left alone for a moment");
        server.ports.web().answer(JWKS, 200, issuer.jwks());
        server.ports.clock().advance(10_000);
        assert_eq!(session(&server, &token).await.status, 200);
        // What is known goes on being good for its hour, also when the cache has lost it.
        server.ports.web().fail(JWKS, WebFault::Unreachable);
        server.ports.cache().clear();
        server.ports.clock().advance(50 * MINUTE);
        assert_eq!(session(&server, &token).await.status, 200);
        server.ports.clock().advance(10 * MINUTE);
        session(&server, &token).await.problem(503);
    });
}

#[test]
fn a_ban_counts_and_keys_are_not_theirs_to_make() {
    run(async {
        let (server, issuer) = server();
        let ann = caller(&server, issuer.token(&claims("ann")));
        let user = ann.get("/api/auth/session").await.json()["user"].clone();
        ann.call("POST", "/api/users/me/keys", r#"{"name":"k"}"#).await.problem(403);
        ban(&server, &user).await;
        ann.get("/api/auth/session").await.problem(401);
    });
}

#[test]
fn a_socket_opens_with_a_token_as_its_subprotocol() {
    run(async {
        let (server, issuer) = server();
        let ann = caller(&server, issuer.token(&claims("ann")));
        let path = ann.conversation().await;
        let request = Request::get(format!("http://127.0.0.1:8787{path}/ws"))
            .header("upgrade", "websocket")
            .header("sec-websocket-protocol", format!("bearer, {}", ann.token));
        let reply = server.send(request.body(Default::default()).unwrap()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    });
}

#[test]
fn nothing_of_a_token_is_kept() {
    run(async {
        let (server, issuer) = server();
        let token = issuer.token(&claims("ann"));
        session(&server, &token).await;
        let ports: FakePorts = server.ports;
        assert!(!format!("{ports:?}").contains(&token));
    });
}
