//! A client of the router in process.

use axum::{Router, body::Body};
use edgewise::{app::App, router::router};
use edgewise_domain::config::{Config, Settings};
use edgewise_testkit::ports::FakePorts;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

pub const BOOTSTRAP_SECRET: &str = "the secret of the first administrator";

/// The settings of a test, before the usual ones.
struct Given(Vec<(&'static str, &'static str)>);

impl Settings for Given {
    fn get(&self, name: &str) -> Option<String> {
        if let Some((_, value)) = self.0.iter().find(|(key, _)| *key == name) {
            return Some((*value).to_owned());
        }
        match name {
            "AUTH_SECRET" => Some("b1946ac92492d2347c6235b4d2611184".into()),
            "BOOTSTRAP_SECRET" => Some(BOOTSTRAP_SECRET.into()),
            _ => None,
        }
    }
}

#[derive(Clone)]
pub struct Server {
    pub ports: FakePorts,
    router: Router,
}

impl Default for Server {
    fn default() -> Self {
        Self::with(&[])
    }
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// What is no UTF-8 is shown as such.
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// Checks that this is a whole problem document.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let problem = self.json();
        for field in ["type", "title", "status", "detail", "requestId", "error", "message"] {
            assert!(!problem[field].is_null(), "{field} in {problem}");
        }
        assert_eq!(problem["requestId"], self.headers["x-request-id"].to_str().unwrap());
        assert_eq!(problem["status"], status);
        problem
    }
}

impl Server {
    /// A server with settings of its own.
    pub fn with(settings: &[(&'static str, &'static str)]) -> Self {
        Self::over(FakePorts::default(), settings)
    }

    /// A server that has forgotten everything that is not behind a port.
    pub fn over(ports: FakePorts, settings: &[(&'static str, &'static str)]) -> Self {
        let router = router(App::new(ports.clone(), Config::read(&Given(settings.to_vec())).unwrap()));
        Self { ports, router }
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        assert!(parts.headers.contains_key("x-request-id"));
        assert_eq!(parts.headers["x-content-type-options"], "nosniff");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Reply { status: parts.status, headers: parts.headers, text, bytes: bytes.to_vec() }
    }

    /// A new guest.
    pub async fn guest(&self) -> Guest {
        let request = Request::post("http://127.0.0.1:8787/api/auth/guest").body(Body::empty()).unwrap();
        let reply = self.send(request).await;
        assert_eq!(reply.status, StatusCode::CREATED);
        let cookie = reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let token = reply.json()["accessToken"].as_str().unwrap().to_owned();
        self.ports.take_hops();
        Guest { server: self.clone(), token, cookie }
    }
}

#[derive(Clone)]
pub struct Guest {
    pub server: Server,
    pub token: String,
    pub cookie: String,
}

impl Guest {
    pub fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1:8787{path}"))
            .header("authorization", format!("Bearer {}", self.token))
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.server.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub async fn call(&self, method: &str, path: &str, body: &str) -> Reply {
        let request = self.request(method, path).header("content-type", "application/json");
        self.server.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// As a program that wants JSON.
    pub async fn call_json(&self, method: &str, path: &str, body: &str) -> Reply {
        let request = self.request(method, path).header("content-type", "application/json");
        self.server.send(request.header("accept", "application/json").body(Body::from(body.to_owned())).unwrap()).await
    }

    pub async fn post_json(&self, path: &str, body: &str) -> Reply {
        self.call_json("POST", path, body).await
    }

    /// The same, by a new API key, which does not run out.
    pub async fn with_key(&self, scopes: &str) -> Self {
        let body = format!(r#"{{"name":"k","scopes":{scopes}}}"#);
        let made = self.call("POST", "/api/users/me/keys", &body).await.json();
        Self { token: made["secret"].as_str().unwrap().to_owned(), ..self.clone() }
    }

    /// A new conversation's path.
    pub async fn conversation(&self) -> String {
        let reply = self.call("POST", "/api/chat/conversations", "").await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
        self.server.ports.take_hops();
        format!("/api/chat/conversations/{}", reply.json()["id"].as_str().unwrap())
    }
}

pub fn run<T>(test: impl Future<Output = T>) -> T {
    futures::executor::block_on(test)
}
