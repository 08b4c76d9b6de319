//! Files over the API: taken, kept once, served, sent with messages, collected.

use axum::body::Body;
use edgewise_domain::{
    files::{
        PART_BYTES,
        shown::How,
        sweep::{KEEP_PENDING_MS, Round, sweep},
    },
    ports::{Attachments, Clock, Ports},
};
use edgewise_testkit::memory::Break;
use http::StatusCode;
use serde_json::{Value, json};

use crate::client::{Guest, Reply, Server, run};

const FILES: &str = "/api/chat/attachments";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest of it";

async fn put(guest: &Guest, name: &str, kind: &str, bytes: impl Into<Body>) -> Reply {
    let request = guest.request("POST", &format!("{FILES}?name={name}")).header("content-type", kind);
    guest.server.send(request.body(bytes.into()).unwrap()).await
}

/// The id of a file that must be taken.
async fn file(guest: &Guest, name: &str, kind: &str, bytes: impl Into<Body>) -> String {
    let reply = put(guest, name, kind, bytes).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
    reply.json()["id"].as_str().unwrap().to_owned()
}

async fn get(guest: &Guest, id: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = guest.request("GET", &format!("{FILES}/{id}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    guest.server.send(request.body(Body::empty()).unwrap()).await
}

async fn swept(server: &Server) -> Round {
    let now_ms = server.ports.clock().now_ms();
    sweep(server.ports.files(), server.ports.attachments(), now_ms).await.unwrap()
}

#[test]
fn a_file_is_taken_described_and_served() {
    run(async {
        let guest = Server::default().guest().await;
        let reply = put(&guest, "..%2Fn%C3%B6te.md", "text/markdown", "# Hi\r\n").await;
        let made = reply.json();
        let id = made["id"].as_str().unwrap().to_owned();
        assert_eq!(reply.headers["location"], format!("{FILES}/{id}").as_str());
        assert_eq!((made["name"].as_str(), made["mediaType"].as_str()), (Some("nöte.md"), Some("text/markdown")));
        assert_eq!((made["size"].as_u64(), made["textBytes"].as_u64()), (Some(6), Some(4)));
        assert_eq!((made["status"].as_str(), made["scanned"].as_bool()), (Some("ready"), Some(false)));
        assert_eq!(guest.get(&format!("{FILES}/{id}/info")).await.json(), made);

        let served = get(&guest, &id, &[]).await;
        assert_eq!((served.status.as_u16(), served.text.as_str()), (200, "# Hi\r\n"));
        for (name, value) in [
            ("content-type", "application/octet-stream"),
            ("content-disposition", "attachment; filename=\"n_te.md\"; filename*=UTF-8''n%C3%B6te.md"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "private, no-cache"),
        ] {
            assert_eq!(served.headers[name], value, "{name}");
        }
        let etag = served.headers["etag"].to_str().unwrap();
        assert_eq!(etag, format!("\"{}\"", made["sha256"].as_str().unwrap()));
        let known = get(&guest, &id, &[("if-none-match", etag)]).await;
        assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
        let part = get(&guest, &id, &[("range", "bytes=2-3"), ("if-range", etag)]).await;
        assert_eq!((part.status.as_u16(), part.text.as_str()), (206, "Hi"));
        assert_eq!(part.headers["content-range"], "bytes 2-3/6");
        let none = get(&guest, &id, &[("range", "bytes=6-")]).await;
        none.problem(416);
        assert_eq!(none.headers["content-range"], "bytes */6");

        let image = file(&guest, "a.png", "image/png", PNG).await;
        let served = get(&guest, &image, &[]).await;
        assert_eq!((served.headers["content-type"].to_str().unwrap(), served.bytes.as_slice()), ("image/png", PNG));
        assert!(served.headers["content-disposition"].to_str().unwrap().starts_with("inline;"));
    });
}

#[test]
fn a_form_brings_one_file() {
    run(async {
        let guest = Server::default().guest().await;
        let form = |end: &str| {
            format!(
                "--B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\ncontent-type: text/csv\r\n\r\na,b{end}"
            )
        };
        let send = async |body: String| {
            let request = guest.request("POST", FILES).header("content-type", "multipart/form-data; boundary=B");
            guest.server.send(request.body(Body::from(body)).unwrap()).await
        };
        let reply = send(form("\r\n--B--\r\n")).await;
        assert_eq!((reply.status.as_u16(), reply.json()["name"].as_str()), (201, Some("a.csv")), "{}", reply.text);
        send(form("")).await.problem(400);
        send("--B--".into()).await.problem(400);
        let request = guest.request("POST", FILES).header("content-type", "multipart/form-data");
        guest.server.send(request.body(Body::empty()).unwrap()).await.problem(400);
        swept(&guest.server).await;
        assert_eq!(guest.server.ports.files().keys().len(), 2, "of what was cut nothing stays");
    });
}

#[test]
fn an_upload_too_many_is_told_to_come_again() {
    run(async {
        let guest = Server::default().guest().await;
        let endless = || Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
        let mut under_way: Vec<_> = (0..6).map(|_| Box::pin(put(&guest, "a.txt", "text/plain", endless()))).collect();
        for upload in &mut under_way {
            assert!(futures::poll!(upload).is_pending());
        }
        let refused = put(&guest, "b.txt", "text/plain", "b").await;
        refused.problem(429);
        assert!(refused.headers.contains_key("retry-after"));
        under_way.pop();
        file(&guest, "b.txt", "text/plain", "b").await;
    });
}

#[test]
fn what_is_not_what_it_says_leaves_nothing() {
    run(async {
        let server = Server::with(&[("MAX_FILE_SIZE_MB", "6")]);
        let guest = server.guest().await;
        put(&guest, "a.png", "image/png", "<script>").await.problem(415);
        put(&guest, "a.txt", "text/plain", PNG).await.problem(415);
        put(&guest, "a.exe", "application/x-msdownload", "MZ").await.problem(415);
        put(&guest, "a.txt", "text/plain", "").await.problem(422);
        assert_eq!(put(&guest, "%2F", "text/plain", "x").await.problem(422)["errors"][0]["pointer"], "name");
        put(&guest, "a.txt", "text/plain", vec![b'a'; 6 * 1024 * 1024 + 1]).await.problem(413);
        let begun = r#"{"name":"a.txt","size":6291457}"#;
        guest.call("POST", &format!("{FILES}/uploads"), begun).await.problem(413);
        swept(&server).await;
        assert_eq!((server.ports.files().keys(), server.ports.files().uploads()), (Vec::new(), 0));
    });
}

#[test]
fn the_same_content_is_kept_once_for_each_tenant() {
    run(async {
        let server = Server::default();
        let (ann, bob) = (server.guest().await, server.guest().await);
        let first = file(&ann, "a.txt", "text/plain", "same").await;
        let second = file(&ann, "b.txt", "text/plain", "same").await;
        assert_eq!(server.ports.files().keys().len(), 2, "the bytes and their text");
        file(&bob, "a.txt", "text/plain", "same").await;
        assert_eq!(server.ports.files().keys().len(), 4, "tenants share nothing");
        get(&bob, &first, &[]).await.problem(404);

        assert_eq!(ann.call("DELETE", &format!("{FILES}/{first}"), "").await.status, StatusCode::NO_CONTENT);
        get(&ann, &first, &[]).await.problem(404);
        assert_eq!(swept(&server).await.rows, 1);
        assert_eq!(get(&ann, &second, &[]).await.text, "same", "another row holds the object");
        ann.call("DELETE", &format!("{FILES}/{second}"), "").await;
        assert_eq!(swept(&server).await.rows, 1);
        assert_eq!(server.ports.files().keys().len(), 2);
        assert_eq!(swept(&server).await, Round::default(), "nothing is left to do");
    });
}

#[test]
fn an_upload_in_parts_goes_on_wherever_it_was_cut() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let size = 2 * PART_BYTES as usize + 5;
        let whole: Vec<u8> = (0..size).map(|at| b'a' + (at % 26) as u8).collect();
        let begun = json!({ "name": "big.txt", "mediaType": "text/plain", "size": size }).to_string();
        let begun = guest.call("POST", &format!("{FILES}/uploads"), &begun).await;
        assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text);
        let path = format!("{FILES}/{}", begun.json()["id"].as_str().unwrap());
        assert_eq!(begun.json()["upload"], json!({ "partBytes": PART_BYTES, "partCount": 3, "parts": [] }));
        let part = async |number: usize, bytes: &[u8]| {
            let request = guest.request("PUT", &format!("{path}/parts/{number}"));
            server.send(request.body(Body::from(bytes.to_vec())).unwrap()).await
        };
        let chunks: Vec<_> = whole.chunks(PART_BYTES as usize).collect();
        part(3, chunks[2]).await;
        part(2, b"short").await.problem(422);
        part(4, b"x").await.problem(404);
        part(1, &whole).await.problem(413);
        get(&guest, path.rsplit('/').next().unwrap(), &[]).await.problem(409);
        guest.call("POST", &format!("{path}/complete"), "").await.problem(409);
        part(1, chunks[1]).await;
        assert_eq!(part(1, chunks[0]).await.json()["upload"]["parts"], json!([1, 3]), "once more replaces it");
        part(2, chunks[1]).await;
        // The answer is lost; whoever asks again finds it done.
        server.ports.files().break_call(0, Break::After);
        let done = guest.call("POST", &format!("{path}/complete"), "").await;
        assert_eq!((done.status.as_u16(), done.json()["status"].as_str()), (200, Some("ready")), "{}", done.text);
        assert_eq!(guest.call("POST", &format!("{path}/complete"), "").await.json(), done.json());
        assert_eq!(done.json()["textNote"], "The file is too long to read its text: at most 8 MiB.");
        assert!(get(&guest, path.rsplit('/').next().unwrap(), &[]).await.bytes == whole);
        part(1, chunks[0]).await.problem(409);

        let same = put(&guest, "again.txt", "text/plain", whole).await;
        assert_eq!(same.json()["sha256"], done.json()["sha256"]);
        assert_eq!(
            (server.ports.files().keys().len(), server.ports.files().uploads()),
            (1, 0),
            "the second was dropped"
        );
    });
}

#[test]
fn what_is_left_behind_is_collected_in_both_directions() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let begun = guest.call("POST", &format!("{FILES}/uploads"), r#"{"name":"a.txt","size":9}"#).await.json();
        let kept = file(&guest, "kept.txt", "text/plain", "kept").await;
        let lost = file(&guest, "lost.txt", "text/plain", "lost").await;
        let lost_key = server.ports.files().keys().into_iter().find(|key| key.ends_with(&lost)).unwrap();
        // The object is there, and the process dies before its row says so.
        server.ports.database().break_batch(2, Break::Before);
        let dead = put(&guest, "dead.txt", "text/plain", "dead").await;
        assert!(dead.status.is_server_error(), "{}", dead.text);
        server.ports.script("DELETE FROM attachments WHERE name = 'dead.txt'");
        assert_eq!(swept(&server).await, Round::default(), "what is a day old may be somebody's");
        server.ports.clock().advance(KEEP_PENDING_MS + 1);
        assert_eq!(server.ports.files().uploads(), 1);
        assert_eq!(swept(&server).await, Round { rows: 1, objects: 2, lost: 0 });
        assert_eq!(server.ports.files().uploads(), 0);
        let is_known = async |id: &str| {
            let found = server.ports.attachments().find(&[id.parse().unwrap()]).await.unwrap();
            !found.is_empty()
        };
        assert!(!is_known(begun["id"].as_str().unwrap()).await);

        server.ports.files().lose(&lost_key);
        assert_eq!(swept(&server).await.lost, 1);
        assert!(!is_known(&lost).await);
        assert_eq!(swept(&server).await.rows, 1);
        assert!(is_known(&kept).await);
        assert_eq!(server.ports.files().keys().len(), 2);
    });
}

#[test]
fn a_message_holds_its_files_and_the_prompt_wants_them() {
    run(async {
        let server = Server::default();
        let (guest, other) = (server.guest().await, server.guest().await);
        let path = guest.conversation().await;
        let text = file(&guest, "a.txt", "text/plain", "hello").await;
        let image = file(&guest, "p.png", "image/png", PNG).await;
        let foreign = file(&other, "b.txt", "text/plain", "theirs").await;
        let pending = guest.call("POST", &format!("{FILES}/uploads"), r#"{"name":"a.txt","size":9}"#).await.json();
        let send = async |content: &str, ids: Value| {
            let body = json!({ "content": content, "attachments": ids }).to_string();
            guest.post_json(&format!("{path}/messages"), &body).await
        };
        for bad in [json!(foreign), pending["id"].clone(), json!("x"), json!("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")] {
            let problem = send("x", json!([text, bad])).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], "/attachments/1");
        }
        send("x", json!([text, text])).await.problem(422);
        send("x", json!(vec![&text; 11])).await.problem(422);
        send("", json!([])).await.problem(422);

        let sent = send("", json!([text, image])).await;
        assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.text);
        let message = &sent.json()["message"];
        assert_eq!(message["attachments"], json!([text, image]));
        let url = format!("{FILES}/{text}");
        let part = json!({"type":"file","id":text,"filename":"a.txt","mediaType":"text/plain","size":5,"url":url});
        assert_eq!(message["parts"][0], part);
        assert_eq!(guest.get(&path).await.json()["title"], "a.txt");
        let listed = guest.get(&format!("{path}/messages")).await.json();
        assert_eq!(listed["messages"][0]["parts"][0], part);
        let wanted = server.ports.conversations().take_files_asked();
        let shown: Vec<_> =
            wanted.iter().map(|wanted| (wanted.message, wanted.file.name.as_str(), wanted.how)).collect();
        assert_eq!(shown, [(0, "a.txt", How::Text), (0, "p.png", How::Image)]);
        send("and now?", json!([])).await;
        let wanted = server.ports.conversations().take_files_asked();
        assert_eq!(wanted.len(), 2, "the next question is asked with what was shown before");
    });
}

#[test]
fn the_ai_sdks_file_parts_are_ours() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let text = file(&guest, "a.txt", "text/plain", "hello").await;
        let chat = async |url: &str| {
            let file = json!({"type": "file", "mediaType": "text/plain", "url": url});
            let parts = json!([file, {"type": "text", "text": "what?"}]);
            let body = json!({"id": "c", "messages": [{"id": url, "role": "user", "parts": parts}]});
            guest.call("POST", "/api/chat", &body.to_string()).await
        };
        let sent = chat(&format!("http://127.0.0.1:8787{FILES}/{text}")).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.text);
        assert_eq!(server.ports.conversations().take_files_asked().len(), 1);
        chat("data:text/plain,x").await.problem(422);
        chat(&format!("{FILES}/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")).await.problem(422);
    });
}

#[test]
fn a_file_goes_with_the_last_conversation_that_holds_it() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let (one, two) = (guest.conversation().await, guest.conversation().await);
        let both = file(&guest, "both.txt", "text/plain", "both").await;
        let alone = file(&guest, "alone.txt", "text/plain", "alone").await;
        let unsent = file(&guest, "unsent.txt", "text/plain", "unsent").await;
        for (path, ids) in [(&one, json!([both, alone])), (&two, json!([both]))] {
            let body = json!({ "content": "x", "attachments": ids }).to_string();
            assert_eq!(guest.post_json(&format!("{path}/messages"), &body).await.status, StatusCode::ACCEPTED);
        }
        guest.call("DELETE", &one, "").await;
        get(&guest, &alone, &[]).await.problem(404);
        assert_eq!(get(&guest, &both, &[]).await.status, StatusCode::OK);
        guest.call("DELETE", &two, "").await;
        get(&guest, &both, &[]).await.problem(404);
        assert_eq!(swept(&server).await.rows, 2);
        assert_eq!(server.ports.files().keys().len(), 2);
        assert_eq!(get(&guest, &unsent, &[]).await.status, StatusCode::OK);
    });
}
