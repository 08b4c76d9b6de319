//! The session's cookie: how a browser that comes back keeps it.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::client::{Reply, Server, run};

const OLD: &str = "b1946ac92492d2347c6235b4d2611184";
const NEW: &str = "7c211433f02071597741e6ff5a8ea34789";

async fn ask(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::builder().method(method).uri(format!("http://127.0.0.1:8787{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

/// The cookie that an answer sets, and for how long, seconds.
fn set(reply: &Reply) -> Option<(String, u32)> {
    let text = reply.headers.get("set-cookie")?.to_str().unwrap();
    let seconds = text.split("Max-Age=").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    Some((text.split(';').next().unwrap().to_owned(), seconds))
}

#[test]
fn a_browser_that_comes_back_keeps_its_cookie() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let renewed = Some((guest.cookie.clone(), 90 * 24 * 3600));
        for (method, path) in [("GET", "/api/auth/session"), ("POST", "/api/auth/refresh")] {
            let reply = ask(&server, method, path, &[("cookie", &guest.cookie)]).await;
            assert_eq!((reply.status.as_u16(), set(&reply)), (200, renewed.clone()), "{method} {path}");
        }
        let bearer = format!("Bearer {}", guest.token);
        for headers in
            [&[("authorization", bearer.as_str())][..], &[("authorization", &bearer), ("cookie", &guest.cookie)]]
        {
            let reply = ask(&server, "GET", "/api/auth/session", headers).await;
            assert_eq!((reply.status.as_u16(), set(&reply)), (200, None), "nothing is known of its cookie");
        }
        let both = [("authorization", "Bearer expired"), ("cookie", guest.cookie.as_str())];
        let reply = ask(&server, "POST", "/api/auth/refresh", &both).await;
        assert_eq!((reply.status.as_u16(), set(&reply)), (200, renewed), "the token is what it comes for");
        guest.call("POST", "/api/auth/logout", "").await;
        for (method, path) in [("GET", "/api/auth/session"), ("POST", "/api/auth/refresh")] {
            let reply = ask(&server, method, path, &[("cookie", &guest.cookie)]).await;
            reply.problem(401);
            assert_eq!(set(&reply), None, "what has ended is not renewed");
        }
        ask(&server, "POST", "/api/auth/refresh", &[]).await.problem(401);
    });
}

#[test]
fn a_cookie_that_is_renewed_outlives_the_secret_that_sealed_it() {
    run(async {
        let first = Server::with(&[("AUTH_SECRET", OLD)]);
        let guest = first.guest().await;
        let rotating = Server::over(first.ports.clone(), &[("AUTH_SECRET", NEW), ("AUTH_SECRET_PREVIOUS", OLD)]);
        let (renewed, _) =
            set(&ask(&rotating, "GET", "/api/auth/session", &[("cookie", &guest.cookie)]).await).unwrap();
        let after = Server::over(first.ports.clone(), &[("AUTH_SECRET", NEW)]);
        ask(&after, "GET", "/api/auth/session", &[("cookie", &guest.cookie)]).await.problem(401);
        let reply = ask(&after, "GET", "/api/auth/session", &[("cookie", &renewed)]).await;
        assert_eq!(reply.json()["user"]["guest"], json!(true));
    });
}
