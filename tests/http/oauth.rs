//! Signing in with an account elsewhere, through the real router: whose session begins, and who is sent away.

use std::collections::BTreeMap;

use edgewise_domain::{
    limits::{Rate, Rates},
    ports::Ports,
    web::WebFault,
};
use edgewise_testkit::{issuer::Issuer, ports::Down};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::client::{Reply, Server, run};

const HOST: &str = "http://127.0.0.1:8787";
const GITHUB: &str = "http://127.0.0.1:9001";
const OIDC: &str = "http://localhost:9002";
const GOOGLE: &str = "http://127.0.0.1:9003";
const PASSWORD: &str = "correct horse battery";
const NOW_S: u64 = 1_795_248_132;

fn server() -> Server {
    let server = Server::with(&[
        ("GITHUB_CLIENT_ID", "hub-id"),
        ("GITHUB_CLIENT_SECRET", "hub-secret"),
        ("GITHUB_BASE_URL", GITHUB),
        ("GOOGLE_CLIENT_ID", "goo-id"),
        ("GOOGLE_CLIENT_SECRET", "goo-secret"),
        ("GOOGLE_BASE_URL", GOOGLE),
        ("OIDC_CLIENT_ID", "own-id"),
        ("OIDC_CLIENT_SECRET", "own-secret"),
        ("OIDC_ISSUER", OIDC),
        ("OIDC_NAME", "Our school"),
    ]);
    let web = server.ports.web();
    web.answer(
        &format!("{GITHUB}/login/oauth/access_token"),
        200,
        json!({ "access_token": "hub-token", "token_type": "bearer" }),
    );
    let endpoints = json!({
        "issuer": OIDC, "authorization_endpoint": format!("{OIDC}/authorize"), "token_endpoint": format!("{OIDC}/token"),
        "jwks_uri": format!("{OIDC}/jwks"), "id_token_signing_alg_values_supported": ["EdDSA"],
    });
    web.answer(&format!("{OIDC}/.well-known/openid-configuration"), 200, endpoints);
    web.answer(&format!("{OIDC}/jwks"), 200, Issuer::new(1).jwks());
    web.answer(&format!("{GOOGLE}/oauth2/v3/certs"), 200, Issuer::new(1).jwks());
    server
}

/// From now on GitHub says that this is who comes.
fn github_says(server: &Server, id: u64, emails: Value) {
    let web = server.ports.web();
    web.answer(&format!("{GITHUB}/api/v3/user"), 200, json!({ "id": id, "login": "ann", "name": "Ann" }));
    web.answer(&format!("{GITHUB}/api/v3/user/emails"), 200, emails);
}

fn verified(email: &str) -> Value {
    json!([{ "email": email, "primary": true, "verified": true }])
}

/// Somebody's browser.
struct Browser<'a> {
    server: &'a Server,
    jar: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    fn new(server: &'a Server) -> Self {
        Self { server, jar: BTreeMap::new() }
    }

    fn cookie(&self) -> String {
        self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    async fn ask(&mut self, method: &str, path: &str, body: &Value) -> Reply {
        let request = Request::builder().method(method).uri(format!("{HOST}{path}")).header("cookie", self.cookie());
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply =
            self.server.send(request.header("content-type", "application/json").body(body.into()).unwrap()).await;
        for cookie in reply.headers.get_all("set-cookie") {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.jar.insert(name.into(), value.into());
            self.jar.retain(|_, value| !value.is_empty());
        }
        reply
    }

    async fn get(&mut self, path: &str) -> Reply {
        self.ask("GET", path, &Value::Null).await
    }

    async fn sign_up(&mut self, email: &str) -> Value {
        let reply = self.ask("POST", "/api/auth/signup", &json!({ "email": email, "password": PASSWORD })).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
        reply.json()["user"].clone()
    }

    /// Goes away to the provider; gives the parameters it is sent with.
    async fn leave(&mut self, path: &str) -> BTreeMap<String, String> {
        let reply = self.get(path).await;
        let to = location(&reply);
        assert!(self.jar.contains_key("oauth"), "{to}");
        form(to.split_once('?').unwrap().1)
    }

    /// Goes away to GitHub and comes back.
    async fn round(&mut self) -> String {
        let sent = self.leave("/api/auth/oauth/github?next=/c/7").await;
        location(&self.get(&format!("/api/auth/oauth/github/callback?code=c&state={}", sent["state"])).await)
    }

    async fn user(&mut self) -> Value {
        self.get("/api/auth/session").await.json()["user"].clone()
    }
}

fn location(reply: &Reply) -> String {
    assert_eq!(reply.status, 302, "{}", reply.text);
    assert!(reply.text.is_empty());
    reply.headers["location"].to_str().unwrap().to_owned()
}

fn form(text: &str) -> BTreeMap<String, String> {
    text.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(k, v)| (k.into(), v.into())).collect()
}

fn stopped(word: &str) -> String {
    format!("/sign-in?error={word}")
}

#[test]
fn somebody_new_comes_from_github_and_comes_again() {
    run(async {
        let server = server();
        let list =
            server.send(Request::get(format!("{HOST}/api/auth/providers")).body(Default::default()).unwrap()).await;
        assert_eq!(
            list.json()["providers"],
            json!([{"id":"github","name":"GitHub"},{"id":"google","name":"Google"},{"id":"oidc","name":"Our school"}])
        );
        github_says(&server, 7, verified("Ann@Example.org"));
        let mut ann = Browser::new(&server);
        let reply = ann.get("/api/auth/oauth/github?next=/c/7").await;
        let cookie = reply.headers["set-cookie"].to_str().unwrap();
        assert!(
            cookie.starts_with("oauth=ey")
                && cookie.ends_with("; Path=/api/auth/oauth; HttpOnly; SameSite=Lax; Max-Age=600")
        );
        let to = location(&reply);
        assert!(
            to.starts_with("http://127.0.0.1:9001/login/oauth/authorize?response_type=code&client_id=hub-id&"),
            "{to}"
        );
        let sent = form(to.split_once('?').unwrap().1);
        assert_eq!(sent["redirect_uri"], "http%3A%2F%2F127.0.0.1%3A8787%2Fapi%2Fauth%2Foauth%2Fgithub%2Fcallback");
        let back = ann.get(&format!("/api/auth/oauth/github/callback?code=c0de&state={}", sent["state"])).await;
        assert_eq!(location(&back), "/c/7");
        assert!(!ann.jar.contains_key("oauth"), "the attempt is forgotten");
        let user = ann.user().await;
        assert_eq!(
            (&user["guest"], &user["email"], &user["emailVerified"], &user["name"]),
            (&json!(false), &json!("Ann@example.org"), &json!(true), &json!("Ann"))
        );
        let asked = server.ports.web().take_requests();
        assert_eq!(
            asked.iter().map(|request| request.url.trim_start_matches(GITHUB)).collect::<Vec<_>>(),
            ["/login/oauth/access_token", "/api/v3/user", "/api/v3/user/emails"]
        );
        let body = form(asked[0].body.as_ref().unwrap());
        assert_eq!((body["code"].as_str(), body["client_secret"].as_str()), ("c0de", "hub-secret"));
        assert_eq!(body["redirect_uri"], sent["redirect_uri"]);
        assert!(asked[1].headers.contains(&("authorization", "Bearer hub-token".into())));
        // On another device, with another address by now: the same person.
        github_says(&server, 7, verified("new@example.org"));
        let mut phone = Browser::new(&server);
        assert_eq!(phone.round().await, "/c/7");
        assert_eq!(phone.user().await["id"], user["id"]);
        github_says(&server, 8, verified("bob@example.org"));
        let mut bob = Browser::new(&server);
        bob.round().await;
        assert_ne!(bob.user().await["id"], user["id"]);
    });
}

#[test]
fn a_guest_keeps_their_conversations() {
    run(async {
        let server = server();
        github_says(&server, 7, verified("ann@example.org"));
        let mut ann = Browser::new(&server);
        ann.ask("POST", "/api/auth/guest", &Value::Null).await;
        let (guest, before) = (ann.user().await, ann.cookie());
        assert_eq!(guest["guest"], true);
        let id = ann.ask("POST", "/api/chat/conversations", &Value::Null).await.json()["id"].clone();
        assert_eq!(ann.round().await, "/c/7");
        let user = ann.user().await;
        assert_eq!(
            (&user["id"], &user["guest"], &user["createdAt"]),
            (&guest["id"], &json!(false), &guest["createdAt"])
        );
        assert_eq!(ann.get(&format!("/api/chat/conversations/{}", id.as_str().unwrap())).await.status, 200);
        let old = Request::get(format!("{HOST}/api/auth/session")).header("cookie", before);
        server.send(old.body(Default::default()).unwrap()).await.problem(401);
    });
}

#[test]
fn whoever_is_signed_in_adds_the_identity_to_themselves() {
    run(async {
        let server = server();
        github_says(&server, 7, verified("elsewhere@example.org"));
        let mut ann = Browser::new(&server);
        let user = ann.sign_up("ann@example.org").await;
        let session = ann.jar["sid"].clone();
        assert_eq!(ann.round().await, "/c/7");
        assert_eq!(ann.round().await, "/c/7", "again changes nothing");
        assert_eq!((&ann.user().await["id"], &ann.jar["sid"]), (&user["id"], &session), "the session goes on");
        let mut phone = Browser::new(&server);
        phone.round().await;
        assert_eq!(phone.user().await["email"], "ann@example.org");
        let mut bob = Browser::new(&server);
        bob.sign_up("bob@example.org").await;
        assert_eq!(bob.round().await, stopped("identity_taken"));
        assert_eq!(bob.user().await["email"], "bob@example.org");
    });
}

#[test]
fn an_address_leads_to_an_account_when_both_sides_have_shown_that_it_is_theirs() {
    run(async {
        let server = server();
        github_says(&server, 7, verified("ANN@example.org"));
        let user = Browser::new(&server).sign_up("ann@example.org").await;
        assert_eq!(
            Browser::new(&server).round().await,
            stopped("email_taken"),
            "whoever typed it first may be a thief"
        );
        let id = user["id"].as_str().unwrap();
        server.ports.script(&format!("UPDATE users SET email_verified_at_ms = 1 WHERE id = '{id}'"));
        let unverified = json!([{ "email": "ann@example.org", "primary": true, "verified": false }]);
        github_says(&server, 7, unverified);
        assert_eq!(Browser::new(&server).round().await, stopped("email_missing"));
        github_says(&server, 7, verified("ann@example.org"));
        let mut ann = Browser::new(&server);
        assert_eq!(ann.round().await, "/c/7");
        assert_eq!(ann.user().await["id"], user["id"]);
        server.ports.script("UPDATE users SET banned = 1");
        for number in [7, 8] {
            github_says(&server, number, verified("ann@example.org"));
            let mut ann = Browser::new(&server);
            assert_eq!(ann.round().await, stopped("blocked"));
            assert!(ann.jar.is_empty());
        }
    });
}

#[test]
fn nobody_finishes_what_another_browser_began() {
    run(async {
        let server = server();
        github_says(&server, 7, verified("ann@example.org"));
        let back = |state: &str| format!("/api/auth/oauth/github/callback?code=c&state={state}");
        let mut ann = Browser::new(&server);
        let sent = ann.leave("/api/auth/oauth/github").await;
        let cookie = ann.jar["oauth"].clone();
        let with = |cookie: &str| Browser { server: &server, jar: [("oauth".to_owned(), cookie.to_owned())].into() };
        let mut mallory = Browser::new(&server);
        assert_eq!(location(&mallory.get(&back(&sent["state"])).await), stopped("expired"), "no cookie");
        mallory.leave("/api/auth/oauth/github").await;
        assert_eq!(location(&mallory.get(&back(&sent["state"])).await), stopped("expired"), "another browser's");
        for state in ["", "x", &sent["code_challenge"]] {
            assert_eq!(location(&with(&cookie).get(&back(state)).await), stopped("expired"), "{state}");
        }
        let google = format!("/api/auth/oauth/google/callback?code=c&state={}", sent["state"]);
        assert_eq!(location(&with(&cookie).get(&google).await), stopped("expired"), "another provider's");
        assert_eq!(location(&with("x").get(&back(&sent["state"])).await), stopped("expired"));
        assert!(server.ports.web().take_requests().is_empty(), "no provider was asked for any of them");
        assert_eq!(location(&with(&cookie).get(&back(&sent["state"])).await), "/");
        server.ports.web().take_requests();
        assert_eq!(location(&with(&cookie).get(&back(&sent["state"])).await), stopped("expired"), "replayed");
        assert!(server.ports.web().take_requests().is_empty());
        let mut late = Browser::new(&server);
        let sent = late.leave("/api/auth/oauth/github").await;
        server.ports.clock().advance(601_000);
        assert_eq!(location(&late.get(&back(&sent["state"])).await), stopped("expired"));
    });
}

#[test]
fn what_one_person_began_another_does_not_finish_in_the_same_browser() {
    run(async {
        let server = server();
        github_says(&server, 7, verified("elsewhere@example.org"));
        let mut browser = Browser::new(&server);
        browser.sign_up("ann@example.org").await;
        let sent = browser.leave("/api/auth/oauth/github").await;
        let back = format!("/api/auth/oauth/github/callback?code=c&state={}", sent["state"]);
        browser.sign_up("bob@example.org").await;
        assert_eq!(location(&browser.get(&back).await), stopped("expired"));
        browser.ask("POST", "/api/auth/logout", &Value::Null).await;
        // Nobody was signed in when it began: the account that is there now gets no identity added.
        let sent = browser.leave("/api/auth/oauth/github").await;
        browser.sign_up("eve@example.org").await;
        let back = format!("/api/auth/oauth/github/callback?code=c&state={}", sent["state"]);
        assert_eq!(location(&browser.get(&back).await), "/");
        assert_eq!(browser.user().await["email"], "elsewhere@example.org");
        let page = Request::get(format!("{HOST}/api/auth/oauth/github")).header("sec-fetch-site", "cross-site");
        let reply = server.send(page.body(Default::default()).unwrap()).await;
        assert_eq!(location(&reply), stopped("failed"), "another site's page begins nothing");
    });
}

#[test]
fn nobody_is_led_to_another_place() {
    run(async {
        let server = server();
        github_says(&server, 7, verified("ann@example.org"));
        for next in
            ["https://evil.example", "//evil.example", "/%5Cevil.example", "javascript:alert(1)", "/a&next=/b", ""]
        {
            let mut ann = Browser::new(&server);
            let sent = ann.leave(&format!("/api/auth/oauth/github?next={next}")).await;
            let back = format!("/api/auth/oauth/github/callback?code=c&state={}", sent["state"]);
            assert_eq!(location(&ann.get(&back).await), "/", "{next}");
        }
    });
}

#[test]
fn failures_are_one_word() {
    run(async {
        let server = server();
        github_says(&server, 7, verified("ann@example.org"));
        let token = format!("{GITHUB}/login/oauth/access_token");
        let back = async |query: &str| {
            let mut ann = Browser::new(&server);
            let sent = ann.leave("/api/auth/oauth/github").await;
            let reply = ann.get(&format!("/api/auth/oauth/github/callback?state={}&{query}", sent["state"])).await;
            assert!(ann.jar.is_empty(), "no session, and no attempt");
            location(&reply)
        };
        assert_eq!(back("error=access_denied&error_description=%3Cb%3E").await, stopped("denied"));
        assert_eq!(back("error=server_error").await, stopped("failed"));
        assert_eq!(back("").await, stopped("failed"));
        assert_eq!(back("code=").await, stopped("failed"));
        assert_eq!(back("code=a&code=b").await, stopped("failed"));
        server.ports.web().answer(
            &token,
            200,
            json!({ "error": "bad_verification_code", "error_description": "hush" }),
        );
        assert_eq!(back("code=c").await, stopped("failed"));
        server.ports.web().answer(&token, 502, "<html>");
        assert_eq!(back("code=c").await, stopped("unavailable"));
        server.ports.web().fail(&token, WebFault::Timeout);
        assert_eq!(back("code=c").await, stopped("unavailable"));
        server.ports.web().answer(&token, 200, json!({ "access_token": "t" }));
        server.ports.web().answer(&format!("{GITHUB}/api/v3/user/emails"), 403, "{}");
        assert_eq!(back("code=c").await, stopped("unavailable"));
        let mut ann = Browser::new(&server);
        assert_eq!(location(&ann.get("/api/auth/oauth/nobody").await), stopped("failed"));
        assert_eq!(location(&ann.get("/api/auth/oauth/nobody/callback").await), stopped("failed"));
        let sent = ann.leave("/api/auth/oauth/github").await;
        server.ports.break_down(Down::Database);
        let reply = ann.get(&format!("/api/auth/oauth/github/callback?code=c&state={}", sent["state"])).await;
        assert_eq!(location(&reply), stopped("unavailable"));
        server.ports.break_down(Down::Nothing);
        let general = Rate { requests: 1, window_ms: 60_000 };
        server.ports.accounts().set_rates(Rates { general, ..Rates::default() });
        ann.get("/api/auth/oauth/github").await;
        assert_eq!(location(&ann.get("/api/auth/oauth/github").await), stopped("limited"));
    });
}

#[test]
fn an_issuer_of_ones_own_is_discovered_and_its_id_token_checked() {
    run(async {
        let server = server();
        let claims = |nonce: &str| json!({ "iss": OIDC, "aud": "own-id", "sub": "7", "exp": NOW_S + 7_200, "nonce": nonce, "email": "ann@example.org" });
        let round = async |change: &dyn Fn(&mut Value)| {
            let mut ann = Browser::new(&server);
            let sent = ann.leave("/api/auth/oauth/oidc").await;
            let mut claims = claims(&sent["nonce"]);
            change(&mut claims);
            let tokens = json!({ "access_token": "t", "id_token": Issuer::new(1).token(&claims) });
            server.ports.web().answer(&format!("{OIDC}/token"), 200, tokens);
            let back = format!("/api/auth/oauth/oidc/callback?code=c&state={}", sent["state"]);
            (location(&ann.get(&back).await), ann.user().await)
        };
        for (name, value) in
            [("nonce", json!("another")), ("aud", json!("hub-id")), ("iss", json!(GOOGLE)), ("exp", json!(7))]
        {
            assert_eq!(round(&|claims| claims[name] = value.clone()).await.0, stopped("failed"), "{name}");
        }
        assert_eq!(round(&|claims| claims["email"] = json!("nonsense")).await.0, stopped("email_missing"));
        let (to, user) = round(&|_| {}).await;
        assert_eq!((to.as_str(), &user["emailVerified"]), ("/", &json!(false)), "as the issuer says");
        assert_eq!(round(&|claims| claims["email"] = json!("x@example.org")).await.1["id"], user["id"]);
        assert_eq!(round(&|claims| claims["sub"] = json!("8")).await.0, stopped("email_taken"));
        let asked = server.ports.web().take_requests();
        let of = |path: &str| asked.iter().filter(|request| request.url.ends_with(path)).count();
        assert_eq!((of("/openid-configuration"), of("/jwks")), (1, 1), "both are kept");
        let token = asked.iter().find(|request| request.url.ends_with("/token")).unwrap();
        assert!(token.headers.iter().any(|(name, value)| *name == "authorization" && value.starts_with("Basic ")));
        server.ports.cache().clear();
        server.ports.web().answer(
            &format!("{OIDC}/.well-known/openid-configuration"),
            200,
            json!({ "issuer": GOOGLE }),
        );
        assert_eq!(location(&Browser::new(&server).get("/api/auth/oauth/oidc").await), stopped("unavailable"));
    });
}

#[test]
fn the_same_subject_of_two_providers_is_two_people() {
    run(async {
        let server = server();
        github_says(&server, 7, verified("ann@example.org"));
        let mut ann = Browser::new(&server);
        ann.round().await;
        let mut bob = Browser::new(&server);
        let sent = bob.leave("/api/auth/oauth/google").await;
        let claims = json!({
            "iss": GOOGLE, "aud": "goo-id", "sub": "7", "exp": NOW_S + 7_200, "nonce": sent["nonce"],
            "email": "bob@example.org", "email_verified": true,
        });
        let tokens = json!({ "access_token": "t", "id_token": Issuer::new(1).token(&claims) });
        server.ports.web().answer(&format!("{GOOGLE}/token"), 200, tokens);
        let back = format!("/api/auth/oauth/google/callback?code=c&state={}", sent["state"]);
        assert_eq!(location(&bob.get(&back).await), "/");
        assert_ne!(bob.user().await["id"], ann.user().await["id"]);
    });
}

#[test]
fn an_account_without_a_password_can_be_deleted_and_made_anew() {
    run(async {
        let server = server();
        github_says(&server, 7, verified("ann@example.org"));
        let mut ann = Browser::new(&server);
        ann.round().await;
        let user = ann.user().await;
        let login = json!({ "email": "ann@example.org", "password": PASSWORD });
        Browser::new(&server).ask("POST", "/api/auth/login", &login).await.problem(401);
        assert_eq!(ann.ask("DELETE", "/api/users/me", &Value::Null).await.status, 204);
        ann.get("/api/auth/session").await.problem(401);
        let mut again = Browser::new(&server);
        assert_eq!(again.round().await, "/c/7");
        assert_ne!(again.user().await["id"], user["id"]);
    });
}
