//! Who may do what, as one table over every route of the router: a route that is not in the table fails here.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::json;

use crate::client::{Guest, Server, run};

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nobody,
    /// Nothing, and it looks at what is shown all the same.
    Anybody,
    /// A session or a key that may read.
    Read,
    /// A session or a key that may write.
    Write,
    /// A session.
    Session,
    /// A session of an administrator; to everybody else the route does not exist.
    Admin,
}
use Needs::{Admin, Anybody, Nobody, Read, Session, Write};

/// Every route: method, pattern, what it needs, and a body that it would take.
pub const ROUTES: &[(&str, &str, Needs, &str)] = &[
    ("GET", "/health", Nobody, ""),
    ("GET", "/api/health", Nobody, ""),
    ("GET", "/api/ready", Nobody, ""),
    ("POST", "/api/auth/guest", Nobody, ""),
    ("POST", "/api/auth/signup", Anybody, r#"{"email":"x@example.org","password":"short"}"#),
    ("POST", "/api/auth/login", Anybody, r#"{"email":"nobody@example.org","password":"correct horse battery"}"#),
    ("POST", "/api/auth/logout", Anybody, ""),
    ("POST", "/api/auth/refresh", Anybody, ""),
    ("POST", "/api/auth/login/second", Anybody, r#"{"challenge":"x","code":"123456"}"#),
    ("POST", "/api/auth/verify", Anybody, r#"{"code":"x"}"#),
    ("POST", "/api/auth/verify/send", Session, ""),
    ("POST", "/api/auth/reset", Anybody, r#"{"email":"nobody@example.org"}"#),
    ("POST", "/api/auth/reset/confirm", Anybody, r#"{"code":"x","newPassword":"short"}"#),
    ("GET", "/api/auth/providers", Nobody, ""),
    ("GET", "/api/auth/oauth/{provider}", Anybody, ""),
    ("GET", "/api/auth/oauth/{provider}/callback", Anybody, ""),
    ("POST", "/api/auth/passkey/options", Anybody, ""),
    ("POST", "/api/auth/passkey", Anybody, "{}"),
    ("GET", "/api/auth/session", Read, ""),
    ("POST", "/api/auth/password", Session, r#"{"currentPassword":"x","newPassword":"y"}"#),
    ("POST", "/api/auth/bootstrap", Session, r#"{"secret":"x"}"#),
    ("GET", "/api/users/me", Session, ""),
    ("PATCH", "/api/users/me", Session, r#"{"name":"N"}"#),
    ("DELETE", "/api/users/me", Session, r#"{"password":"wrong password"}"#),
    ("GET", "/api/users/me/sessions", Session, ""),
    ("DELETE", "/api/users/me/sessions", Session, ""),
    ("DELETE", "/api/users/me/sessions/{id}", Session, ""),
    ("GET", "/api/users/me/keys", Session, ""),
    ("POST", "/api/users/me/keys", Session, r#"{"name":"k"}"#),
    ("DELETE", "/api/users/me/keys/{id}", Session, ""),
    ("GET", "/api/users/me/provider-keys", Session, ""),
    ("GET", "/api/users/me/provider-keys/{provider}", Session, ""),
    ("PUT", "/api/users/me/provider-keys/{provider}", Session, r#"{"key":"sk-of-my-own"}"#),
    ("DELETE", "/api/users/me/provider-keys/{provider}", Session, ""),
    ("POST", "/api/users/me/totp", Session, r#"{"password":"x"}"#),
    ("DELETE", "/api/users/me/totp", Session, r#"{"password":"x","code":"123456"}"#),
    ("POST", "/api/users/me/totp/confirm", Session, r#"{"code":"123456"}"#),
    ("GET", "/api/users/me/passkeys", Session, ""),
    ("POST", "/api/users/me/passkeys", Session, "{}"),
    ("POST", "/api/users/me/passkeys/options", Session, ""),
    ("DELETE", "/api/users/me/passkeys/{id}", Session, ""),
    ("GET", "/api/admin/users", Admin, ""),
    ("GET", "/api/admin/users/{id}", Admin, ""),
    ("PATCH", "/api/admin/users/{id}", Admin, r#"{"banned":true}"#),
    ("POST", "/api/admin/users/{id}/sign-out", Admin, ""),
    ("DELETE", "/api/admin/users/{id}/keys", Admin, ""),
    ("GET", "/api/admin/audit", Admin, ""),
    ("GET", "/api/admin/limits/{scope}/{id}", Admin, ""),
    ("PUT", "/api/admin/limits/{scope}/{id}", Admin, r#"{"dayMicroUsd":1}"#),
    ("POST", "/api/admin/users/{id}/credits", Admin, r#"{"microUsd":1}"#),
    ("GET", "/api/admin/usage", Admin, ""),
    ("GET", "/api/usage", Read, ""),
    ("GET", "/api/subscription", Session, ""),
    ("POST", "/api/subscription/checkout", Session, r#"{"plan":"pro"}"#),
    ("POST", "/api/subscription/portal", Session, ""),
    ("POST", "/api/stripe/webhook", Nobody, ""),
    ("GET", "/api/flags", Read, ""),
    ("GET", "/api/admin/flags", Admin, ""),
    ("PUT", "/api/admin/flags/{name}", Admin, r#"{"enabled":true,"percent":100}"#),
    ("DELETE", "/api/admin/flags/{name}", Admin, ""),
    ("GET", "/api/models", Read, ""),
    ("GET", "/api/admin/models", Admin, ""),
    ("PUT", "/api/admin/models/{name}", Admin, r#"{"routes":[{"provider":"builtin","model":"m"}]}"#),
    ("DELETE", "/api/admin/models/{name}", Admin, ""),
    ("GET", "/api/dev/mailbox", Nobody, ""),
    ("GET", "/api/organizations", Session, ""),
    ("POST", "/api/organizations", Session, r#"{"name":"O"}"#),
    ("GET", "/api/organizations/{id}", Session, ""),
    ("PATCH", "/api/organizations/{id}", Session, r#"{"name":"O"}"#),
    ("DELETE", "/api/organizations/{id}", Session, ""),
    ("GET", "/api/organizations/{id}/members", Session, ""),
    ("PATCH", "/api/organizations/{id}/members/{user}", Session, r#"{"role":"viewer"}"#),
    ("DELETE", "/api/organizations/{id}/members/{user}", Session, ""),
    ("GET", "/api/organizations/{id}/invitations", Session, ""),
    ("POST", "/api/organizations/{id}/invitations", Session, r#"{"email":"x@example.org","role":"viewer"}"#),
    ("DELETE", "/api/organizations/{id}/invitations/{invitation}", Session, ""),
    ("POST", "/api/invitations/accept", Session, r#"{"code":"x"}"#),
    ("GET", "/api/organizations/{id}/projects", Session, ""),
    ("POST", "/api/organizations/{id}/projects", Session, r#"{"name":"P"}"#),
    ("GET", "/api/organizations/{id}/projects/{project}", Session, ""),
    ("PATCH", "/api/organizations/{id}/projects/{project}", Session, r#"{"name":"P"}"#),
    ("DELETE", "/api/organizations/{id}/projects/{project}", Session, ""),
    ("GET", "/api/chat/conversations", Read, ""),
    ("POST", "/api/chat/conversations", Write, ""),
    ("GET", "/api/chat/conversations/{id}", Read, ""),
    ("PATCH", "/api/chat/conversations/{id}", Write, r#"{"title":"T"}"#),
    ("DELETE", "/api/chat/conversations/{id}", Write, ""),
    ("GET", "/api/chat/conversations/{id}/messages", Read, ""),
    ("POST", "/api/chat/conversations/{id}/messages", Write, r#"{"content":"x"}"#),
    ("POST", "/api/chat/conversations/{id}/approvals/{call}", Write, r#"{"approved":true}"#),
    ("DELETE", "/api/chat/conversations/{id}/messages/{message}", Write, ""),
    ("PUT", "/api/chat/conversations/{id}/messages/{message}/vote", Write, r#"{"value":null}"#),
    ("POST", "/api/chat/conversations/{id}/messages/{message}/regenerate", Write, ""),
    ("POST", "/api/chat/conversations/{id}/messages/{message}/continue", Write, ""),
    ("POST", "/api/chat/conversations/{id}/fork", Write, ""),
    ("POST", "/api/chat/conversations/{id}/stop", Write, ""),
    ("GET", "/api/chat/conversations/{id}/events", Read, ""),
    ("GET", "/api/chat/conversations/{id}/ws", Write, ""),
    ("GET", "/api/chat/conversations/{id}/export", Read, ""),
    ("GET", "/api/chat/conversations/{id}/shares", Read, ""),
    ("POST", "/api/chat/conversations/{id}/shares", Write, r#"{"kind":"live"}"#),
    ("DELETE", "/api/chat/conversations/{id}/shares/{share}", Write, ""),
    ("GET", "/share/{token}", Anybody, ""),
    ("GET", "/api/search", Read, ""),
    ("POST", "/api/import", Write, "[]"),
    ("GET", "/api/presets", Read, ""),
    ("POST", "/api/presets", Write, r#"{"name":"P"}"#),
    ("GET", "/api/presets/{id}", Read, ""),
    ("PUT", "/api/presets/{id}", Write, r#"{"name":"P"}"#),
    ("DELETE", "/api/presets/{id}", Write, ""),
    ("GET", "/api/prompts", Read, ""),
    ("POST", "/api/prompts", Write, r#"{"title":"P","command":"p","text":"x"}"#),
    ("GET", "/api/prompts/{id}", Read, ""),
    ("PUT", "/api/prompts/{id}", Write, r#"{"title":"P","command":"p","text":"x"}"#),
    ("DELETE", "/api/prompts/{id}", Write, ""),
    ("POST", "/api/chat/attachments", Write, "x"),
    ("POST", "/api/chat/attachments/uploads", Write, r#"{"name":"a.txt","size":1}"#),
    ("GET", "/api/chat/attachments/{id}", Read, ""),
    ("DELETE", "/api/chat/attachments/{id}", Write, ""),
    ("GET", "/api/chat/attachments/{id}/info", Read, ""),
    ("PUT", "/api/chat/attachments/{id}/parts/{number}", Write, "x"),
    ("POST", "/api/chat/attachments/{id}/complete", Write, ""),
    ("GET", "/api/artifacts", Read, ""),
    ("POST", "/api/artifacts", Write, r#"{"title":"T","kind":"text","content":""}"#),
    ("GET", "/api/artifacts/{id}", Read, ""),
    ("PATCH", "/api/artifacts/{id}", Write, r#"{"title":"T"}"#),
    ("DELETE", "/api/artifacts/{id}", Write, ""),
    ("GET", "/api/artifacts/{id}/content", Read, ""),
    ("PUT", "/api/artifacts/{id}/content", Write, r#"{"content":"","baseVersion":1}"#),
    ("GET", "/api/artifacts/{id}/versions", Read, ""),
    ("POST", "/api/artifacts/{id}/restore", Write, r#"{"version":1}"#),
    ("GET", "/api/artifacts/{id}/diff", Read, ""),
    ("GET", "/api/agents", Read, ""),
    ("POST", "/api/agents", Write, r#"{"name":"A"}"#),
    ("GET", "/api/agents/{id}", Read, ""),
    ("PUT", "/api/agents/{id}", Write, r#"{"name":"A"}"#),
    ("DELETE", "/api/agents/{id}", Write, ""),
    ("GET", "/api/agents/{id}/versions", Read, ""),
    ("POST", "/api/agents/{id}/restore", Write, r#"{"version":1}"#),
    ("POST", "/api/agents/{id}/runs", Write, r#"{"input":"x"}"#),
    ("GET", "/api/agents/{id}/schedules", Read, ""),
    ("POST", "/api/agents/{id}/schedules", Write, r#"{"input":"x","cron":"0 9 * * *"}"#),
    ("GET", "/api/agents/{id}/schedules/{schedule}", Read, ""),
    ("PUT", "/api/agents/{id}/schedules/{schedule}", Write, r#"{"input":"x","cron":"0 9 * * *"}"#),
    ("DELETE", "/api/agents/{id}/schedules/{schedule}", Write, ""),
    ("GET", "/api/runs", Read, ""),
    ("GET", "/api/runs/{id}", Read, ""),
    ("GET", "/api/runs/{id}/events", Read, ""),
    ("POST", "/api/runs/{id}/events/{name}", Write, r#"{"data":1}"#),
    ("POST", "/api/runs/{id}/rerun", Write, "{}"),
    ("POST", "/api/runs/{id}/cancel", Write, ""),
    ("POST", "/api/runs/{id}/approvals/{call}", Write, r#"{"approved":true}"#),
    ("GET", "/api/webhooks/endpoints", Read, ""),
    ("POST", "/api/webhooks/endpoints", Session, r#"{"url":"https://example.com/"}"#),
    ("GET", "/api/webhooks/endpoints/{id}", Read, ""),
    ("PATCH", "/api/webhooks/endpoints/{id}", Session, r#"{"enabled":true}"#),
    ("DELETE", "/api/webhooks/endpoints/{id}", Session, ""),
    ("POST", "/api/webhooks/endpoints/{id}/rotate", Session, ""),
    ("POST", "/api/webhooks/endpoints/{id}/test", Write, ""),
    ("POST", "/api/webhooks/endpoints/{id}/replay", Write, r#"{"after":0}"#),
    ("GET", "/api/webhooks/endpoints/{id}/attempts", Read, ""),
    ("GET", "/api/webhooks/endpoints/{id}/events", Read, ""),
    ("GET", "/api/tools", Read, ""),
    (
        "POST",
        "/api/chat",
        Write,
        r#"{"id":"{id}","messages":[{"id":"m","role":"user","parts":[{"type":"text","text":"x"}]}]}"#,
    ),
    ("GET", "/api/chat/{id}/stream", Read, ""),
    ("POST", "/api/chat/{id}/stop", Write, ""),
    ("POST", "/api/web/read", Write, r#"{"url":"https://example.com/"}"#),
    ("GET", "/basic", Anybody, ""),
    ("POST", "/basic/guest", Nobody, ""),
    ("GET", "/basic/sign-up", Nobody, ""),
    ("POST", "/basic/sign-up", Anybody, "email=x@example.org&password=short"),
    ("GET", "/basic/sign-in", Nobody, ""),
    ("POST", "/basic/sign-in", Anybody, "email=nobody@example.org&password=correct+horse+battery"),
    ("POST", "/basic/sign-in/second", Anybody, "challenge=x&code=123456"),
    ("POST", "/basic/sign-out", Anybody, ""),
    ("POST", "/basic/chats", Write, "key=k&content=x"),
    ("GET", "/basic/chats/{id}", Read, ""),
    ("POST", "/basic/chats/{id}/messages", Write, "key=k&content=x"),
    ("POST", "/basic/chats/{id}/stop", Write, ""),
];

/// The routes as `src/router.rs` has them.
fn routes_of_the_router() -> BTreeSet<(String, String)> {
    let source: String = include_str!("../../src/router.rs").split_whitespace().collect();
    let mut found = BTreeSet::new();
    for part in source.split(".route(").skip(1) {
        let (path, handlers) = part.trim_start_matches('"').split_once('"').unwrap();
        for method in ["get", "post", "put", "patch", "delete"] {
            if handlers.contains(&format!("{method}(")) {
                found.insert((method.to_uppercase(), path.to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_route_is_in_the_table() {
    let table: BTreeSet<_> =
        ROUTES.iter().map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(table, routes_of_the_router());
}

/// What a request shows, and how.
#[derive(Debug, Clone)]
struct Shown {
    name: &'static str,
    headers: Vec<(&'static str, String)>,
    query: String,
    holds: Holds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Nothing that counts.
    Nothing,
    /// Something that is not good.
    Bad,
    ReadKey,
    WriteKey,
    Session,
}

impl Holds {
    pub const fn meets(self, needs: Needs) -> bool {
        match needs {
            Nobody | Anybody => true,
            Read => matches!(self, Self::ReadKey | Self::WriteKey | Self::Session),
            Write => matches!(self, Self::WriteKey | Self::Session),
            Session => matches!(self, Self::Session),
            // Nobody in this test is one; the routes' own tests have somebody who is.
            Admin => false,
        }
    }
}

/// A whole world: an owner with a conversation, and what they and others may show.
struct World {
    server: Server,
    owner: Guest,
    id: String,
    organization: String,
    read_key: String,
    write_key: String,
    ended: Guest,
}

pub async fn sign_up(server: &Server, email: &str) -> Guest {
    let request = Request::post("http://127.0.0.1:8787/api/auth/signup").header("content-type", "application/json");
    let body = json!({ "email": email, "password": "correct horse battery" });
    let reply = server.send(request.body(Body::from(body.to_string())).unwrap()).await;
    let cookie = reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    Guest { server: server.clone(), token: reply.json()["accessToken"].as_str().unwrap().to_owned(), cookie }
}

impl World {
    async fn new() -> Self {
        let server = Server::default();
        let owner = sign_up(&server, "ann@example.org").await;
        let id = owner.conversation().await.rsplit('/').next().unwrap().to_owned();
        let key = async |scopes: &str| {
            let body = format!(r#"{{"name":"k","scopes":{scopes}}}"#);
            owner.call("POST", "/api/users/me/keys", &body).await.json()["secret"].as_str().unwrap().to_owned()
        };
        let (read_key, write_key) = (key(r#"["chat:read"]"#).await, key(r#"["chat:read","chat:write"]"#).await);
        let made = owner.call("POST", "/api/organizations", r#"{"name":"O"}"#).await;
        let organization = made.json()["id"].as_str().unwrap().to_owned();
        // A guest, whom it costs no password to make.
        let ended = server.guest().await;
        ended.call("POST", "/api/auth/logout", "").await;
        Self { server, owner, id, organization, read_key, write_key, ended }
    }

    /// The path and the body of a request about what this world has.
    fn filled(&self, pattern: &str, body: &str) -> (String, String) {
        let id = if pattern.starts_with("/api/organizations") { &self.organization } else { &self.id };
        (pattern.replace("{id}", id), body.replace("{id}", &self.id))
    }

    /// Each way in which `of` can show what they hold, and each in which somebody shows what does not count.
    fn shown(&self) -> Vec<Shown> {
        let plain = |name, header: &'static str, value: String, holds| Shown {
            name,
            headers: vec![(header, value)],
            query: String::new(),
            holds,
        };
        let bearer = |token: &str| format!("Bearer {token}");
        let (owner, ended) = (&self.owner, &self.ended);
        let forged = format!("{}A", owner.token);
        vec![
            Shown { name: "nothing", headers: Vec::new(), query: String::new(), holds: Holds::Nothing },
            Shown {
                name: "token in the query",
                headers: Vec::new(),
                query: format!("?access_token={}", owner.token),
                holds: Holds::Nothing,
            },
            Shown {
                name: "key in the query",
                headers: Vec::new(),
                query: format!("?key={}", self.write_key),
                holds: Holds::Nothing,
            },
            plain("cookie", "cookie", owner.cookie.clone(), Holds::Session),
            plain("cookie of an ended session", "cookie", ended.cookie.clone(), Holds::Bad),
            plain("token as cookie", "cookie", format!("sid={}", owner.token), Holds::Bad),
            plain("another cookie", "cookie", format!("other={}", owner.token), Holds::Nothing),
            plain("bearer", "authorization", bearer(&owner.token), Holds::Session),
            plain("bearer of an ended session", "authorization", bearer(&ended.token), Holds::Bad),
            plain("forged bearer", "authorization", bearer(&forged), Holds::Bad),
            plain("basic", "authorization", format!("Basic {}", owner.token), Holds::Bad),
            plain("cookie as bearer", "authorization", bearer(owner.cookie.trim_start_matches("sid=")), Holds::Bad),
            plain("reading key", "authorization", bearer(&self.read_key), Holds::ReadKey),
            plain("writing key", "authorization", bearer(&self.write_key), Holds::WriteKey),
            plain("reading key by its header", "x-api-key", self.read_key.clone(), Holds::ReadKey),
            plain("writing key by its header", "x-api-key", self.write_key.clone(), Holds::WriteKey),
            plain("token by the key's header", "x-api-key", owner.token.clone(), Holds::Bad),
            plain(
                "forged key",
                "x-api-key",
                self.write_key.replacen("ew_", "ew_B", 1).chars().take(69).collect(),
                Holds::Bad,
            ),
            plain("key as cookie", "cookie", format!("sid={}", self.write_key), Holds::Bad),
            Shown {
                name: "reading key beside the owner's cookie",
                headers: vec![("x-api-key", self.read_key.clone()), ("cookie", owner.cookie.clone())],
                query: String::new(),
                holds: Holds::ReadKey,
            },
            Shown {
                name: "forged bearer beside the owner's cookie",
                headers: vec![("authorization", bearer(&forged)), ("cookie", owner.cookie.clone())],
                query: String::new(),
                holds: Holds::Bad,
            },
        ]
    }

    async fn ask(&self, shown: &Shown, method: &str, path: &str, body: &str) -> crate::client::Reply {
        let uri = format!("http://127.0.0.1:8787{path}{}", shown.query);
        let mut request = Request::builder().method(method).uri(uri).header("accept", "application/json");
        if !body.is_empty() {
            let kind = if path.starts_with("/basic") { "x-www-form-urlencoded" } else { "json" };
            request = request.header("content-type", format!("application/{kind}"));
        }
        if path.ends_with("/ws") {
            request = request.header("upgrade", "websocket").header("origin", "http://127.0.0.1:8787");
        }
        for (name, value) in &shown.headers {
            request = request.header(*name, value);
        }
        self.server.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }
}

#[test]
fn each_way_to_show_something_opens_what_it_may_and_nothing_else() {
    run(async {
        let mut cells = 0;
        for (method, pattern, needs, body) in ROUTES {
            // A world for each route: some of them end it.
            let mut world = World::new().await;
            for at in 0..world.shown().len() {
                let shown = world.shown()[at].clone();
                let (path, body) = world.filled(pattern, body);
                let reply = world.ask(&shown, method, &path, &body).await;
                let cell = format!("{method} {pattern} with {}: {} {}", shown.name, reply.status, reply.text);
                let kept_out = match needs {
                    Admin => reply.status == StatusCode::NOT_FOUND,
                    _ => matches!(reply.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN),
                };
                match needs {
                    // Wrong passwords and missing refresh tokens are refused too, so only 5xx would be wrong here.
                    Nobody | Anybody => assert!(!reply.status.is_server_error(), "{cell}"),
                    _ => assert_eq!(!kept_out, shown.holds.meets(*needs), "{cell}"),
                }
                if kept_out && !matches!(needs, Nobody | Anybody | Admin) {
                    let known = !matches!(shown.holds, Holds::Nothing | Holds::Bad);
                    let expected = if known { 403 } else { 401 };
                    assert_eq!(reply.status, expected, "{cell}");
                }
                cells += 1;
                // Of all that can be done, this alone changes what the next one shows.
                let about_oneself =
                    ["/api/auth", "/api/users/me", "/basic/sign"].iter().any(|begin| pattern.starts_with(begin));
                if (*method == "DELETE" || *method != "GET" && about_oneself) && !kept_out {
                    world = World::new().await;
                }
            }
        }
        assert!(cells > 600, "{cells}");
    });
}

#[test]
fn what_is_somebody_elses_looks_like_what_does_not_exist() {
    run(async {
        let world = World::new().await;
        let deleted = world.owner.conversation().await;
        world.owner.call("DELETE", &deleted, "").await;
        let deleted = deleted.rsplit('/').next().unwrap().to_owned();
        let strangers = [world.server.guest().await, sign_up(&world.server, "bob@example.org").await];
        let never = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".to_owned();
        for (method, pattern, needs, body) in ROUTES {
            if !pattern.starts_with("/api/chat/conversations/{id}") || !matches!(needs, Read | Write) {
                continue;
            }
            for stranger in &strangers {
                for id in [&world.id, &deleted, &never, &"not-an-id".to_owned(), &"../../users/me".replace('/', "%2F")]
                {
                    let shown = Shown {
                        name: "a stranger",
                        headers: vec![("authorization", format!("Bearer {}", stranger.token))],
                        query: String::new(),
                        holds: Holds::Session,
                    };
                    let reply = world.ask(&shown, method, &pattern.replace("{id}", id), body).await;
                    // A handshake is answered by the object itself, with a close code.
                    if pattern.ends_with("/ws") && id.len() == 36 {
                        continue;
                    }
                    let mut problem = reply.problem(404);
                    problem["requestId"] = json!(null);
                    assert_eq!(problem["error"], "Conversation not found", "{method} {pattern} {id}");
                    assert_eq!(problem.as_object().unwrap().len(), 7, "{problem}");
                }
            }
        }
        // Nothing happened to it.
        let shown = world.owner.get(&format!("/api/chat/conversations/{}", world.id)).await;
        assert_eq!((shown.status.as_u16(), shown.json()["messageCount"].as_u64()), (200, Some(0)));
    });
}
