//! What a page of another site would have a browser do.

use axum::body::Body;
use http::Request;

use crate::client::{Server, run};

const HOST: &str = "http://127.0.0.1:8787";

#[test]
fn another_sites_page_changes_nothing() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let post = |origin: &'static str| {
            let request = Request::post(format!("{HOST}/api/chat/conversations"))
                .header("cookie", guest.cookie.clone())
                .header("origin", origin);
            let server = server.clone();
            async move { server.send(request.body(Body::empty()).unwrap()).await }
        };
        assert_eq!(post(HOST).await.status, 201);
        for origin in
            ["https://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:87870", "HTTP://127.0.0.1:8787"]
        {
            post(origin).await.problem(403);
        }
    });
}

#[test]
fn a_socket_with_a_cookie_comes_from_our_page_or_not_at_all() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let path = guest.conversation().await;
        let open = |headers: Vec<(&'static str, String)>| {
            let mut request = Request::get(format!("{HOST}{path}/ws")).header("upgrade", "websocket");
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let server = server.clone();
            async move { server.send(request.body(Body::empty()).unwrap()).await }
        };
        let cookie = || ("cookie", guest.cookie.clone());
        let bearer = || ("authorization", format!("Bearer {}", guest.token));
        let protocol = || ("sec-websocket-protocol", format!("bearer, {}", guest.token));
        let origin = |origin: &str| ("origin", origin.to_owned());
        assert_eq!(open(vec![cookie(), origin(HOST)]).await.status, 200);
        assert_eq!(open(vec![bearer()]).await.status, 200);
        let by_protocol = open(vec![protocol(), origin(HOST)]).await;
        assert_eq!(by_protocol.headers["sec-websocket-protocol"], "bearer");
        open(vec![cookie()]).await.problem(403);
        open(vec![cookie(), origin("https://evil.example")]).await.problem(403);
        open(vec![bearer(), origin("https://evil.example")]).await.problem(403);
        open(vec![protocol(), origin("https://evil.example")]).await.problem(403);
        open(vec![origin(HOST)]).await.problem(401);
        open(vec![("sec-websocket-protocol", "bearer, x".into())]).await.problem(401);
    });
}

#[test]
fn the_cookie_is_shut_in() {
    run(async {
        let server = Server::default();
        let cookie = |host: &'static str| {
            let server = server.clone();
            async move {
                let request = Request::post(format!("{host}/api/auth/guest")).body(Body::empty()).unwrap();
                server.send(request).await.headers["set-cookie"].to_str().unwrap().to_owned()
            }
        };
        let plain = cookie(HOST).await;
        assert!(plain.starts_with("sid=") && plain.contains("HttpOnly") && plain.contains("SameSite=Lax"), "{plain}");
        let secure = cookie("https://chat.example").await;
        assert!(secure.starts_with("__Host-sid=") && secure.contains("; Secure"), "{secure}");
    });
}
