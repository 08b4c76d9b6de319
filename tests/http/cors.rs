//! What pages of all sorts of origins may do, as a table of attempts.

use axum::body::Body;

use crate::client::{Guest, Reply, Server, run};

const OWN: &str = "http://127.0.0.1:8787";
const LISTED: &str = "https://partner.example";
const EVIL: &str = "https://evil.example";
type Settings = &'static [(&'static str, &'static str)];
const LIST: Settings = &[("ALLOWED_ORIGINS", "https://partner.example, http://localhost:5173")];
const ANY: Settings = &[("ALLOWED_ORIGINS", "*")];
const NONE: Settings = &[];

/// How the request proves who it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    Cookie,
    Bearer,
}
use Shows::{Bearer, Cookie};

/// What the answer lets the page read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    Nothing,
    /// Without the browser's credentials.
    Bare,
    All,
}
use Reads::{All, Bare, Nothing};

async fn send(guest: &Guest, method: &str, path: &str, shows: Shows, headers: &[(&str, &str)]) -> Reply {
    let mut request = http::Request::builder().method(method).uri(format!("{OWN}{path}"));
    request = match shows {
        Cookie => request.header("cookie", &guest.cookie),
        Bearer => request.header("authorization", format!("Bearer {}", guest.token)),
    };
    for (name, value) in headers.iter().filter(|(_, value)| *value != "-") {
        request = request.header(*name, *value);
    }
    guest.server.send(request.body(Body::empty()).unwrap()).await
}

fn reads(reply: &Reply, origin: &str) -> Reads {
    let header = |name: &str| reply.headers.get(name).map(|value| value.to_str().unwrap());
    assert!(header("vary").unwrap().contains("Origin"));
    match (header("access-control-allow-origin"), header("access-control-allow-credentials")) {
        (None, None) => Nothing,
        (Some("*"), None) => Bare,
        (Some(shown), Some("true")) if shown == origin => All,
        other => panic!("{other:?} for {origin}"),
    }
}

#[test]
fn every_attempt_across_origins_has_its_answer() {
    run(async {
        // Settings, method, origin, Sec-Fetch-Site, credential; status, and what the page reads.
        let cases: Vec<(Settings, &str, &str, &str, Shows, u16, Reads)> = vec![
            (NONE, "POST", "-", "-", Cookie, 201, Nothing),
            (NONE, "POST", "-", "cross-site", Cookie, 403, Nothing),
            (NONE, "POST", "-", "cross-site", Bearer, 201, Nothing),
            (NONE, "POST", "-", "none", Cookie, 201, Nothing),
            (NONE, "POST", OWN, "same-origin", Cookie, 201, All),
            (NONE, "POST", OWN, "cross-site", Cookie, 403, All),
            (NONE, "POST", EVIL, "cross-site", Cookie, 403, Nothing),
            (NONE, "POST", EVIL, "cross-site", Bearer, 403, Nothing),
            (NONE, "POST", EVIL, "same-origin", Cookie, 403, Nothing),
            (NONE, "POST", "null", "-", Cookie, 403, Nothing),
            (NONE, "POST", "null", "-", Bearer, 403, Nothing),
            (NONE, "POST", "", "-", Cookie, 403, Nothing),
            (NONE, "POST", "*", "-", Cookie, 403, Nothing),
            (NONE, "POST", "http://127.0.0.1", "-", Cookie, 403, Nothing),
            (NONE, "POST", "https://127.0.0.1:8787", "-", Cookie, 403, Nothing),
            (NONE, "POST", "http://127.0.0.1:8787/", "-", Cookie, 403, Nothing),
            (NONE, "POST", "http://127.0.0.1:8787.evil.example", "-", Cookie, 403, Nothing),
            (NONE, "POST", "http://localhost:8787", "-", Cookie, 403, Nothing),
            (NONE, "GET", EVIL, "cross-site", Cookie, 200, Nothing),
            (NONE, "GET", "null", "cross-site", Cookie, 200, Nothing),
            (NONE, "GET", OWN, "same-origin", Cookie, 200, All),
            (LIST, "POST", LISTED, "same-site", Cookie, 201, All),
            (LIST, "POST", LISTED, "cross-site", Bearer, 201, All),
            (LIST, "POST", LISTED, "cross-site", Cookie, 403, All),
            (LIST, "POST", "http://localhost:5173", "-", Bearer, 201, All),
            (LIST, "GET", LISTED, "cross-site", Bearer, 200, All),
            (LIST, "POST", "http://partner.example", "-", Bearer, 403, Nothing),
            (LIST, "POST", "https://partner.example:443", "-", Bearer, 403, Nothing),
            (LIST, "POST", "https://partner.example:8443", "-", Bearer, 403, Nothing),
            (LIST, "POST", "https://www.partner.example", "-", Bearer, 403, Nothing),
            (LIST, "POST", "https://evilpartner.example", "-", Bearer, 403, Nothing),
            (LIST, "POST", "https://partner.example.evil.example", "-", Bearer, 403, Nothing),
            (LIST, "POST", "https://partner.example@evil.example", "-", Bearer, 403, Nothing),
            (LIST, "POST", "https://Partner.example", "-", Bearer, 403, Nothing),
            (LIST, "POST", "https://partner.example.", "-", Bearer, 403, Nothing),
            (LIST, "POST", "https://partner.example, http://localhost:5173", "-", Bearer, 403, Nothing),
            (LIST, "POST", "null", "-", Bearer, 403, Nothing),
            (LIST, "GET", EVIL, "-", Bearer, 200, Nothing),
            (ANY, "POST", EVIL, "cross-site", Bearer, 201, Bare),
            (ANY, "POST", EVIL, "cross-site", Cookie, 403, Bare),
            (ANY, "POST", EVIL, "-", Cookie, 403, Bare),
            (ANY, "GET", EVIL, "cross-site", Bearer, 200, Bare),
            (ANY, "GET", EVIL, "cross-site", Cookie, 200, Bare),
            (ANY, "POST", "null", "-", Bearer, 403, Nothing),
            (ANY, "POST", OWN, "same-origin", Cookie, 201, All),
        ];
        assert!(cases.len() >= 30);
        for case in cases {
            let (settings, method, origin, site, shows, status, read) = case;
            let guest = Server::with(settings).guest().await;
            let headers = [("origin", origin), ("sec-fetch-site", site)];
            let reply = send(&guest, method, "/api/chat/conversations", shows, &headers).await;
            assert_eq!(reply.status.as_u16(), status, "{case:?}: {}", reply.text);
            assert_eq!(reads(&reply, origin), read, "{case:?}");
        }
    });
}

#[test]
fn a_preflight_is_answered_for_those_who_may() {
    run(async {
        let mut cases: Vec<(Settings, &str, u16, Reads)> = Vec::new();
        cases.extend([(NONE, OWN, 204, All), (NONE, EVIL, 403, Nothing), (NONE, "null", 403, Nothing)]);
        cases.extend([(LIST, LISTED, 204, All), (LIST, EVIL, 403, Nothing), (LIST, "", 403, Nothing)]);
        cases.extend([(ANY, EVIL, 204, Bare), (ANY, "null", 403, Nothing)]);
        for (settings, origin, status, read) in cases {
            let guest = Server::with(settings).guest().await;
            for path in ["/api/chat/conversations", "/api/nothing"] {
                let headers = [("origin", origin), ("access-control-request-method", "POST")];
                let reply = send(&guest, "OPTIONS", path, Cookie, &headers).await;
                assert_eq!(reply.status.as_u16(), status, "{settings:?} {origin}");
                assert_eq!(reads(&reply, origin), read, "{settings:?} {origin}");
                assert!(guest.server.ports.take_hops().is_empty(), "a preflight asks nobody");
                if status == 204 {
                    assert_eq!(reply.headers["access-control-max-age"], "600");
                    for header in ["access-control-allow-methods", "access-control-allow-headers"] {
                        let list = reply.headers[header].to_str().unwrap();
                        assert!(!list.contains('*') && list.contains(','), "{list}");
                    }
                }
            }
            // Nobody asks before sending: it is a method like any other.
            send(&guest, "OPTIONS", "/api/chat/conversations", Bearer, &[]).await.problem(405);
        }
    });
}

#[test]
fn two_origins_are_none() {
    run(async {
        let guest = Server::with(LIST).guest().await;
        let headers = [("origin", LISTED), ("origin", EVIL)];
        send(&guest, "POST", "/api/chat/conversations", Bearer, &headers).await.problem(403);
    });
}

#[test]
fn a_socket_obeys_the_list() {
    run(async {
        for (settings, origin, shows, status) in [
            (LIST, LISTED, Cookie, 200),
            (LIST, LISTED, Bearer, 200),
            (LIST, EVIL, Cookie, 403),
            (LIST, EVIL, Bearer, 403),
            (ANY, EVIL, Cookie, 403),
            (ANY, EVIL, Bearer, 200),
            (ANY, "null", Bearer, 403),
            (NONE, LISTED, Cookie, 403),
        ] {
            let guest = Server::with(settings).guest().await;
            let path = format!("{}/ws", guest.conversation().await);
            let reply = send(&guest, "GET", &path, shows, &[("origin", origin), ("upgrade", "websocket")]).await;
            assert_eq!(reply.status.as_u16(), status, "{settings:?} {origin} {shows:?}");
        }
    });
}
