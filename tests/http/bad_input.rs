//! Whatever is typed in: a clear problem, and nothing else happens.

use axum::body::Body;
use http::Request;

use crate::client::{Server, run};

#[test]
fn bad_bodies_are_told_what_is_wrong() {
    run(async {
        let guest = Server::default().guest().await;
        let path = guest.conversation().await;
        let messages = format!("{path}/messages");
        let deep = format!(r#"{{"content":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        let huge = format!(r#"{{"content":"{}"}}"#, "x".repeat(11 * 1024 * 1024));
        let long = format!(r#"{{"content":"{}"}}"#, "x".repeat(300 * 1024));
        let long_key = format!(r#"{{"content":"a","clientMessageId":"{}"}}"#, "k".repeat(129));
        for (method, at, body, status) in [
            ("POST", &messages, "", 400),
            ("POST", &messages, "{", 400),
            ("POST", &messages, "nonsense", 400),
            ("POST", &messages, r#"{"content":"a"} trailing"#, 400),
            ("POST", &messages, "[]", 422),
            ("POST", &messages, r#" ["in the order of the fields"]"#, 422),
            ("POST", &messages, r#"["half"#, 400),
            ("POST", &"/api/chat/conversations".to_owned(), r#"["title"]"#, 422),
            ("POST", &messages, "null", 422),
            ("POST", &messages, "{}", 422),
            ("POST", &messages, r#"{"content":1}"#, 422),
            ("POST", &messages, r#"{"content":""}"#, 422),
            ("POST", &messages, r#"{"content":" \n "}"#, 422),
            ("POST", &messages, r#"{"content":"a","owner":"me"}"#, 422),
            ("POST", &messages, r#"{"content":"a","parentId":"nobody"}"#, 422),
            ("POST", &messages, r#"{"content":"a","parentId":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"}"#, 422),
            ("POST", &messages, r#"{"content":"a","clientMessageId":""}"#, 422),
            ("POST", &messages, r#"{"content":"a","clientMessageId":"é"}"#, 422),
            ("POST", &messages, r#"{"content":"a","attachments":["x"]}"#, 422),
            ("POST", &messages, &long_key, 413),
            ("POST", &messages, &deep, 400),
            ("POST", &messages, &long, 413),
            ("POST", &messages, &huge, 413),
            ("PATCH", &path, r#"{"title":""}"#, 422),
            ("PATCH", &path, r#"{"tags":7}"#, 422),
            ("POST", &"/api/chat/conversations".to_owned(), r#"{"title":7}"#, 422),
            ("POST", &"/api/chat".to_owned(), r#"{"id":"x","messages":[]}"#, 422),
            ("POST", &"/api/chat".to_owned(), r#"{"id":"","messages":[{"role":"user","parts":[]}]}"#, 422),
        ] {
            let shown: String = body.chars().take(60).collect();
            let reply = guest.call(method, at, body).await;
            assert_eq!(reply.status.as_u16(), status, "{method} {at} {shown}: {}", reply.text);
            reply.problem(status);
        }
        let messages = guest.get(&messages).await.json();
        assert!(messages["messages"].as_array().unwrap().is_empty(), "nothing was stored");
    });
}

#[test]
fn a_key_that_cannot_be_kept_is_refused() {
    run(async {
        let guest = Server::default().guest().await;
        let path = format!("{}/messages", guest.conversation().await);
        let request = guest.request("POST", &path).header("content-type", "application/json");
        let request = request.header("idempotency-key", http::HeaderValue::from_bytes("é".as_bytes()).unwrap());
        guest.server.send(request.body(r#"{"content":"a"}"#.into()).unwrap()).await.problem(422);
    });
}

#[test]
fn a_field_error_points_at_its_field() {
    run(async {
        let guest = Server::default().guest().await;
        let path = format!("{}/messages", guest.conversation().await);
        let problem = guest.call("POST", &path, r#"{"content":1}"#).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/content");
    });
}

#[test]
fn bad_queries_paths_and_methods() {
    run(async {
        let guest = Server::default().guest().await;
        let path = guest.conversation().await;
        for (at, status) in [
            ("/api/chat/conversations?limit=0".to_owned(), 422),
            ("/api/chat/conversations?limit=many".to_owned(), 422),
            ("/api/chat/conversations?limit=-1".to_owned(), 422),
            ("/api/chat/conversations?cursor=x".to_owned(), 422),
            (format!("/api/chat/conversations?q={}", "x".repeat(49)), 422),
            (format!("{path}/messages?limit=1000"), 422),
            (format!("{path}/messages?cursor=-3"), 422),
            (format!("{path}/events?after=-1"), 422),
            (format!("{path}/ws"), 400),
            ("/api/chat/conversations/nobody".to_owned(), 404),
            ("/api/chat/conversations/../../etc".to_owned(), 404),
            ("/api/nothing".to_owned(), 404),
            ("/".to_owned(), 404),
        ] {
            guest.get(&at).await.problem(status);
        }
        guest.call("PUT", &path, "{}").await.problem(405);
        // A path has one spelling, and a method is what it is.
        for at in [format!("{path}/"), "/health/".to_owned(), "//health".to_owned(), "/API/health".to_owned()] {
            guest.get(&at).await.problem(404);
        }
        assert_eq!(guest.call("HEAD", &path, "").await.status, 200);
        let trace = guest.call("TRACE", &path, "").await;
        trace.problem(405);
        assert_eq!(trace.headers["allow"], "GET,HEAD,PATCH,DELETE");
        let disguised = guest.request("POST", &path).header("x-http-method-override", "DELETE");
        guest.server.send(disguised.body("".into()).unwrap()).await.problem(405);
        assert_eq!(guest.get(&path).await.status, 200);
        let search = guest.get("/api/chat/conversations?q=%25_%5C'%22;--").await;
        assert_eq!(search.json()["conversations"].as_array().unwrap().len(), 0);
        let form = guest.request("POST", &format!("{path}/messages")).header("content-type", "text/plain");
        guest.server.send(form.body(r#"{"content":"a"}"#.into()).unwrap()).await.problem(415);
    });
}

#[test]
fn a_credential_that_is_there_counts() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let get = |name: &'static str, value: String| {
            let request = Request::get("http://127.0.0.1:8787/api/auth/session").header(name, value);
            let server = server.clone();
            async move { server.send(request.body(Body::empty()).unwrap()).await }
        };
        assert_eq!(get("authorization", format!("Bearer {}", guest.token)).await.status, 200);
        assert_eq!(get("cookie", format!("other=1; {}", guest.cookie)).await.status, 200);
        for (name, value) in [
            ("x-nothing", String::new()),
            ("authorization", "Bearer".into()),
            ("authorization", "Bearer x".into()),
            ("authorization", format!("Basic {}", guest.token)),
            // A token serves one purpose.
            ("authorization", format!("Bearer {}", guest.cookie.trim_start_matches("sid="))),
            ("cookie", format!("sid={}", guest.token)),
            ("cookie", "sid=".into()),
            ("x-api-key", guest.token.clone()),
            ("sec-websocket-protocol", format!("bearer, {}", guest.token)),
        ] {
            get(name, value).await.problem(401);
        }
        // The bad one is not saved by a good one beside it.
        let request = Request::get("http://127.0.0.1:8787/api/auth/session")
            .header("authorization", "Bearer x")
            .header("cookie", guest.cookie);
        server.send(request.body(Body::empty()).unwrap()).await.problem(401);
    });
}

#[test]
fn bodies_are_plain_json_of_a_size_and_a_depth() {
    run(async {
        let guest = Server::default().guest().await;
        let nested = |depth: usize| format!(r#"{{"title":{}1{}}}"#, "[".repeat(depth), "]".repeat(depth));
        for (headers, body, status) in [
            (vec![("content-type", "application/json")], "{}".to_owned(), 201),
            (vec![("content-type", "Application/JSON; charset=\"UTF-8\"")], "{}".into(), 201),
            (vec![], String::new(), 201),
            (vec![], "{}".into(), 415),
            (vec![("content-type", "application/x-www-form-urlencoded")], "title=x".into(), 415),
            (vec![("content-type", "application/x-www-form-urlencoded")], String::new(), 415),
            (vec![("content-type", "multipart/form-data; boundary=x")], "--x--".into(), 415),
            (vec![("content-type", "text/plain")], "{}".into(), 415),
            (vec![("content-type", "")], "{}".into(), 415),
            (vec![("content-type", "application/json; charset=utf-16")], "{}".into(), 415),
            (vec![("content-type", "application/jsonp")], "{}".into(), 415),
            (vec![("content-type", "application/json"), ("content-type", "text/plain")], "{}".into(), 415),
            (vec![("content-type", "application/json"), ("content-encoding", "gzip")], "{}".into(), 415),
            (vec![("content-type", "application/json"), ("content-length", "10485761")], String::new(), 413),
            (vec![("content-type", "application/json")], nested(63), 422),
            (vec![("content-type", "application/json")], nested(64), 400),
            (vec![("content-type", "application/json")], format!("\"{}\"", "x".repeat(2 * 1024 * 1024)), 413),
        ] {
            let mut request = guest.request("POST", "/api/chat/conversations");
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            let reply = guest.server.send(request.body(body.into()).unwrap()).await;
            assert_eq!(reply.status.as_u16(), status, "{headers:?}: {}", reply.text);
            if status == 400 {
                assert!(reply.problem(400)["detail"].as_str().unwrap().contains("at most 64"));
            }
        }
    });
}

#[test]
fn a_hole_that_is_no_text_names_nothing() {
    run(async {
        let guest = Server::default().guest().await;
        for (method, path, status) in [
            ("GET", "/api/chat/conversations/%FF", 404),
            ("GET", "/api/chat/%FF/stream", 204),
            ("POST", "/api/chat/%ED%A0%80/stop", 404),
            ("DELETE", "/api/users/me/sessions/%FF", 204),
            ("DELETE", "/api/users/me/keys/%C3%28", 404),
            ("DELETE", "/api/users/me/passkeys/%FF", 404),
            ("DELETE", "/api/admin/flags/%FF", 404),
            ("GET", "/api/organizations/%FF", 404),
            ("GET", "/api/organizations/%FF/members", 404),
            ("DELETE", "/api/organizations/%FF/members/%FF", 404),
            ("DELETE", "/api/organizations/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b/invitations/%FF", 404),
            ("GET", "/api/organizations/%FF/projects/x", 404),
            ("GET", "/api/auth/oauth/%FF", 302),
            ("GET", "/api/auth/oauth/%FF/callback", 302),
        ] {
            let reply = guest.call(method, path, "").await;
            assert_eq!(reply.status.as_u16(), status, "{method} {path}: {}", reply.text);
            if status == 404 {
                reply.problem(status);
            }
        }
    });
}

#[test]
fn what_is_bad_is_named() {
    run(async {
        let guest = Server::default().guest().await;
        let path = guest.conversation().await;
        let list = "/api/chat/conversations";
        let [messages, stop, events] = ["messages", "stop", "events"].map(|rest| format!("{path}/{rest}"));
        let nobody = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        let parent = format!(r#"{{"content":"x","parentId":"{nobody}"}}"#);
        let turn = format!(r#"{{"turnId":"{nobody}"}}"#);
        let chat = |rest: &str| {
            format!(
                r#"{{"id":"c","messages":[{{"id":"é","role":"user","parts":[{{"type":"text","text":"x"}}]}}]{rest}}}"#
            )
        };
        for (method, at, body, pointer) in [
            ("GET", &format!("{list}?limit=x"), "", "limit"),
            ("GET", &format!("{list}?q=a&limit=1&limit=2"), "", "limit"),
            ("GET", &format!("{list}?limit=1&%6cimit=2"), "", ""),
            ("GET", &format!("{events}?wait=-1"), "", "wait"),
            ("GET", &format!("{events}?after=9"), "", "after"),
            ("GET", &format!("{events}?lastEventId=9&after=1"), "", "lastEventId"),
            ("PATCH", &path, r#"{"title":" "}"#, "/title"),
            ("POST", &list.to_owned(), r#"{"model":"a b"}"#, "/model"),
            ("POST", &messages, r#"{"content":" "}"#, "/content"),
            ("POST", &messages, r#"{"content":"x","clientMessageId":"é"}"#, "/clientMessageId"),
            ("POST", &messages, &parent, "/parentId"),
            ("POST", &stop, &turn, "/turnId"),
            ("POST", &"/api/chat".to_owned(), &chat(""), "/messages"),
            ("POST", &"/api/chat".to_owned(), &chat(r#","model":"a b""#), "/messages"),
            ("POST", &"/api/users/me/keys".to_owned(), r#"{"name":"k","scopes":["chat:read","chat:read"]}"#, "/scopes"),
        ] {
            let problem = guest.call(method, at, body).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{method} {at} {body}: {problem}");
            assert_eq!(problem["errors"][0]["detail"], problem["detail"], "{problem}");
        }
    });
}

#[test]
fn a_first_message_that_is_refused_makes_no_conversation() {
    run(async {
        let guest = Server::default().guest().await;
        let id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        let message = r#"{"id":"m","role":"user","parts":[{"type":"text","text":"x"}]}"#;
        for parent in ["nobody", "018bcfe5-6800-7074-8000-0001ee3f4a5b"] {
            let body = format!(r#"{{"id":"{id}","messages":[{message}],"parentId":"{parent}"}}"#);
            let problem = guest.call("POST", "/api/chat", &body).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], "/parentId", "{problem}");
            guest.get(&format!("/api/chat/conversations/{id}")).await.problem(404);
        }
    });
}
