//! The chat without JavaScript, as a browser goes through it: pages, forms, cookies, and nothing else.

use axum::body::Body;
use http::{Request, StatusCode};

use crate::client::{Reply, Server, run};

const ORIGIN: &str = "http://127.0.0.1:8787";

/// A browser that goes where it is led and keeps its cookie.
struct Browser {
    server: Server,
    cookie: String,
}

impl Browser {
    fn new(server: &Server) -> Self {
        Self { server: server.clone(), cookie: String::new() }
    }

    async fn go(&mut self, method: &str, path: &str, form: &str) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("{ORIGIN}{path}"));
        request = request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        if !self.cookie.is_empty() {
            request = request.header("cookie", &self.cookie);
        }
        if method == "POST" {
            request = request.header("origin", ORIGIN).header("content-type", "application/x-www-form-urlencoded");
        }
        let reply = self.server.send(request.body(Body::from(form.to_owned())).unwrap()).await;
        if let Some(cookie) = reply.headers.get("set-cookie") {
            cookie.to_str().unwrap().split(';').next().unwrap().clone_into(&mut self.cookie);
        }
        reply
    }

    /// A page that must be there.
    async fn page(&mut self, path: &str) -> String {
        let reply = self.go("GET", path, "").await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
        is_a_page(&reply);
        reply.text
    }

    /// Where a form that is taken leads.
    async fn send(&mut self, path: &str, form: &str) -> String {
        let reply = self.go("POST", path, form).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{path}: {}", reply.text);
        reply.headers["location"].to_str().unwrap().to_owned()
    }
}

fn is_a_page(reply: &Reply) {
    assert_eq!(reply.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(reply.headers["referrer-policy"], "same-origin", "or the origin of its forms would be null");
    let policy = reply.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && policy.contains("form-action 'self'"), "{policy}");
    assert!(!policy.contains("unsafe") && !reply.text.contains("<script"));
}

/// The key that a page's form of a message holds.
fn key(page: &str) -> &str {
    page.split("name=\"key\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form with a key")
}

#[test]
fn a_guest_asks_reads_asks_again_and_becomes_somebody() {
    run(async {
        let mut browser = Browser::new(&Server::default());
        assert!(browser.page("/basic").await.contains("Start as a guest"));
        assert_eq!(browser.send("/basic/guest", "").await, "/basic");
        let home = browser.page("/basic").await;
        assert!(home.contains("You are a guest") && home.contains("no conversations yet"));

        let form = format!("key={}&content=%3Cb%3Eone%3C%2Fb%3E%0D%0Atwo", key(&home));
        let there = browser.send("/basic/chats", &form).await;
        assert_eq!(browser.send("/basic/chats", &form).await, there, "sent twice, it is one message");
        let path = there.trim_end_matches("#end");
        let chat = browser.page(path).await;
        assert_eq!(chat.matches("&lt;b&gt;one&lt;/b&gt;\ntwo").count(), 1, "{chat}");
        assert_eq!(chat.matches("<article").count(), 2);
        let again = format!("key={}&content=more", key(&chat));
        assert_eq!(browser.send(&format!("{path}/messages"), &again).await, there);
        assert_eq!(browser.page(path).await.matches("<article").count(), 4);
        assert_eq!(browser.send(&format!("{path}/stop"), "").await, there);

        let account = "email=ann%40example.org&password=correct+horse+battery";
        assert_eq!(browser.send("/basic/sign-up", account).await, "/basic");
        assert!(browser.page("/basic").await.contains("ann@example.org"));
        assert!(browser.page(path).await.contains("more"), "a guest's conversations stay theirs");
        browser.send("/basic/sign-out", "").await;
        assert!(browser.page("/basic").await.contains("Start as a guest"));
        assert_eq!(browser.go("GET", path, "").await.status, StatusCode::UNAUTHORIZED);
        browser.send("/basic/sign-in", account).await;
        assert!(browser.page(path).await.contains("more"));
    });
}

#[test]
fn what_fails_is_a_page_and_what_was_typed_comes_back() {
    run(async {
        let server = Server::default();
        let mut browser = Browser::new(&server);
        let unknown = browser.go("POST", "/basic/sign-in", "email=x%40example.org&password=wrong+as+can+be").await;
        assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
        is_a_page(&unknown);
        assert!(unknown.text.contains("role=\"alert\""));
        for bad in ["", "email=x", "email=x&password=y&more=z", "%FF=%FF", "email=x%40example.org&password=short"] {
            let refused = browser.go("POST", "/basic/sign-up", bad).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
            is_a_page(&refused);
        }
        browser.send("/basic/guest", "").await;
        let long = "a".repeat(1_000_000);
        let refused = browser.go("POST", "/basic/chats", &format!("key=k&content=%3C{long}")).await;
        assert!(refused.status.is_client_error(), "{}", refused.status);
        is_a_page(&refused);
        assert!(refused.text.contains(&format!("&lt;{long}")) && key(&refused.text) == "k");
        let mut other = Browser::new(&server);
        let there = browser.send("/basic/chats", "key=mine&content=hello").await;
        other.send("/basic/guest", "").await;
        let hidden = other.go("GET", there.trim_end_matches("#end"), "").await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND);
        is_a_page(&hidden);
    });
}

#[test]
fn programs_still_get_documents_and_other_sites_get_nothing() {
    run(async {
        let server = Server::default();
        let mut browser = Browser::new(&server);
        let missing = browser.go("GET", "/api/nothing", "").await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        is_a_page(&missing);
        server.guest().await.get("/api/nothing").await.problem(404);

        browser.send("/basic/guest", "").await;
        let forged = |origin: &str| {
            let request = Request::post(format!("{ORIGIN}/basic/chats")).header("cookie", &browser.cookie);
            let request = request.header("origin", origin).header("content-type", "application/x-www-form-urlencoded");
            request.body(Body::from("key=k&content=forged")).unwrap()
        };
        for origin in ["https://evil.example", "null", "http://127.0.0.1:9999"] {
            server.send(forged(origin)).await.problem(403);
        }
        let json = server.guest().await.call("POST", "/basic/chats", r#"{"key":"k","content":"x"}"#).await;
        json.problem(415);
        let form = Request::post(format!("{ORIGIN}/api/chat/conversations")).header("cookie", &browser.cookie);
        let form = form.header("content-type", "application/x-www-form-urlencoded").body(Body::from("title=x"));
        server.send(form.unwrap()).await.problem(415);
    });
}
