//! Search, files and links, through the router.

use edgewise_domain::ports::{Answer, Conversations, Ports};
use edgewise_domain::search::feed;
use edgewise_protocol::calls::conversation::{Call, Reply as ObjectReply};
use edgewise_testkit::ports::{Down, Hop};
use http::Request;

use crate::client::{Guest, Reply, Server, run};

const CLAUDE: &str = include_str!("../fixtures/imports/claude.json");

async fn said(guest: &Guest, path: &str, text: &str) {
    let reply = guest.post_json(&format!("{path}/messages"), &format!(r#"{{"content":"{text}"}}"#)).await;
    assert_eq!(reply.status, 202, "{}", reply.text);
}

/// What the queue does soon after.
async fn indexed(server: &Server, path: &str) {
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let Answer::Reply(reply) = server.ports.conversations().call(id, None, Call::Get).await.unwrap() else { panic!() };
    let ObjectReply::Conversation { project, .. } = *reply else { panic!("{reply:?}") };
    feed(server.ports.conversations(), server.ports.accounts(), &project).await.unwrap();
}

/// As anybody sees it.
async fn open(server: &Server, path: &str) -> Reply {
    server.send(Request::get(format!("http://127.0.0.1:8787{path}")).body(String::new().into()).unwrap()).await
}

#[test]
fn a_search_costs_two_hops_and_finds_ones_own() {
    run(async {
        let server = Server::default();
        let (guest, stranger) = (server.guest().await, server.guest().await);
        let path = guest.conversation().await;
        said(&guest, &path, "where do apples grow").await;
        indexed(&server, &path).await;
        server.ports.take_hops();
        let found = guest.get("/api/search?q=apple*").await;
        assert_eq!(server.ports.take_hops(), [Hop::Account, Hop::Account]);
        let found = found.json();
        let hit = found["hits"].as_array().unwrap().iter().find(|hit| hit["role"] == "user").unwrap();
        assert_eq!(hit["snippet"][1]["text"], "apples");
        assert!(path.ends_with(hit["conversationId"].as_str().unwrap()));
        assert_eq!(stranger.get("/api/search?q=apples").await.json()["hits"].as_array().unwrap().len(), 0);
        for (query, field) in [
            ("", "q"),
            ("?q=", "q"),
            ("?q=%22%21", "q"),
            ("?q=a&limit=0", "limit"),
            ("?q=a&limit=51", "limit"),
            ("?q=a&cursor=x", "cursor"),
            ("?q=a&cursor=500", "cursor"),
        ] {
            let problem = guest.get(&format!("/api/search{query}")).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], field, "{query}");
        }
        guest.get("/api/search?q=a&project=x").await.problem(404);
    });
}

#[test]
fn a_project_is_searched_by_its_members_as_long_as_they_are() {
    run(async {
        let server = Server::default();
        let owner = crate::access::sign_up(&server, "ann@example.org").await;
        let made = owner.call("POST", "/api/organizations", r#"{"name":"O"}"#).await.json();
        let organization = made["id"].as_str().unwrap().to_owned();
        let projects = format!("/api/organizations/{organization}/projects");
        let project = owner.call("POST", &projects, r#"{"name":"P"}"#).await.json()["id"].as_str().unwrap().to_owned();
        let body = format!(r#"{{"projectId":"{project}"}}"#);
        let id = owner.call("POST", "/api/chat/conversations", &body).await.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/chat/conversations/{id}");
        said(&owner, &path, "shared apples").await;
        indexed(&server, &path).await;
        let search = format!("/api/search?q=apples&project={project}");
        assert!(!owner.get(&search).await.json()["hits"].as_array().unwrap().is_empty());
        assert_eq!(owner.get("/api/search?q=apples").await.json()["hits"].as_array().unwrap().len(), 0);
        let stranger = crate::access::sign_up(&server, "bob@example.org").await;
        stranger.get(&search).await.problem(404);
    });
}

#[test]
fn exports_are_files_that_run_nothing() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let path = guest.conversation().await;
        guest.call("PATCH", &path, r#"{"title":"<b>T</b>"}"#).await;
        said(&guest, &path, "<script>alert(1)</script>").await;
        let json = guest.get(&format!("{path}/export")).await;
        assert_eq!(json.headers["content-type"], "application/json");
        assert!(json.headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\""));
        let file = json.json();
        assert_eq!((file["format"].as_str(), file["version"].as_u64()), (Some("edgewise.conversation"), Some(1)));
        let listed = guest.get(&format!("{path}/messages")).await.json();
        assert_eq!(file["messages"], listed["messages"]);
        let html = guest.get(&format!("{path}/export?format=html")).await;
        assert!(
            html.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("default-src 'none'; style-src 'sha256-")
        );
        assert!(html.text.contains("&lt;script&gt;") && !html.text.contains("<script") && !html.text.contains("<b>"));
        assert!(html.text.ends_with("</html>\n"));
        let markdown = guest.get(&format!("{path}/export?format=markdown")).await;
        assert!(markdown.text.starts_with("# <b>T</b>\n\n## User"), "{}", markdown.text);
        let problem = guest.get(&format!("{path}/export?format=pdf")).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "format");
    });
}

#[test]
fn a_long_conversation_is_exported_in_pages() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let path = guest.conversation().await;
        for n in 0..250 {
            said(&guest, &path, &format!("message {n}")).await;
        }
        server.ports.take_hops();
        let html = guest.get(&format!("{path}/export?format=html")).await;
        let objects = server.ports.take_hops().into_iter().filter(|hop| *hop == Hop::Object).count();
        assert_eq!(objects, 1 + 3 + 3, "the conversation, the tree, and the texts");
        assert_eq!(html.text.matches("<article").count(), 500);
        let file = guest.get(&format!("{path}/export")).await.json();
        assert_eq!(file["messages"].as_array().unwrap().len(), 500);
    });
}

#[test]
fn imports_are_taken_once_and_come_back_from_exports() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let outcome = |reply: &Reply| reply.json()["conversations"][0]["outcome"].as_str().unwrap().to_owned();
        let first = guest.call("POST", "/api/import", CLAUDE).await;
        assert_eq!(first.status, 200, "{}", first.text);
        assert_eq!(outcome(&first), "created");
        assert_eq!(outcome(&guest.call("POST", "/api/import", CLAUDE).await), "unchanged");
        let id = first.json()["conversations"][0]["conversationId"].as_str().unwrap().to_owned();
        let path = format!("/api/chat/conversations/{id}");
        assert_eq!(guest.get(&path).await.json()["title"], "Garden plans");
        let file = guest.get(&format!("{path}/export")).await.text;

        let other = server.guest().await;
        let copied = other.call("POST", "/api/import", &file).await.json();
        let copy = copied["conversations"][0]["conversationId"].as_str().unwrap().to_owned();
        let again = other.get(&format!("/api/chat/conversations/{copy}/export")).await.json();
        let texts = |file: &serde_json::Value| {
            let each = file["messages"].as_array().unwrap().iter();
            each.map(|m| {
                (m["role"].clone(), m["content"].clone(), m["createdAt"].clone(), m["status"].clone(), m["seq"].clone())
            })
            .collect::<Vec<_>>()
        };
        assert_eq!(texts(&serde_json::from_str(&file).unwrap()), texts(&again));

        guest.call("DELETE", &path, "").await;
        assert_eq!(outcome(&guest.call("POST", "/api/import", CLAUDE).await), "deleted");
        assert_eq!(outcome(&guest.call("POST", "/api/import", "[{}]").await), "failed");
        for body in ["7", "x", "PK\u{3}\u{4}", ""] {
            let problem = guest.call("POST", "/api/import", body).await.problem(422);
            assert!(problem["detail"].as_str().unwrap().ends_with('.'), "{problem}");
        }
        server.ports.break_down(Down::Objects);
        guest.call("POST", "/api/import", CLAUDE).await.problem(503);
    });
}

async fn share(guest: &Guest, path: &str, body: &str) -> (String, String) {
    let made = guest.call("POST", &format!("{path}/shares"), body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let url = made["url"].as_str().unwrap().trim_start_matches("http://127.0.0.1:8787").to_owned();
    (made["share"]["id"].as_str().unwrap().to_owned(), url)
}

#[test]
fn a_snapshot_stays_and_a_live_link_follows() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let path = guest.conversation().await;
        guest.call("POST", &format!("{path}/shares"), r#"{"kind":"live"}"#).await.problem(409);
        said(&guest, &path, "first words").await;
        let (snapshot, live) =
            (share(&guest, &path, r#"{"kind":"snapshot"}"#).await, share(&guest, &path, r#"{"kind":"live"}"#).await);
        said(&guest, &path, "second words").await;
        let page = open(&server, &snapshot.1).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("first words") && !page.text.contains("second words"));
        for (header, value) in [
            ("referrer-policy", "no-referrer"),
            ("x-robots-tag", "noindex, nofollow"),
            ("cache-control", "private, no-cache"),
        ] {
            assert_eq!(page.headers[header], value);
        }
        let page = open(&server, &live.1).await;
        assert!(page.text.contains("second words"));
        let tag = page.headers["etag"].clone();
        let known = Request::get(format!("http://127.0.0.1:8787{}", live.1)).header("if-none-match", tag);
        let known = server.send(known.body(String::new().into()).unwrap()).await;
        assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
        let listed = guest.get(&format!("{path}/shares")).await;
        assert_eq!(listed.json()["shares"].as_array().unwrap().len(), 2);
        assert!(!listed.text.contains("share/"), "the address is told once");
        guest.call("DELETE", &format!("{path}/shares/{}", live.0), "").await;
        guest.call("DELETE", &format!("{path}/shares/{}", live.0), "").await.problem(404);
        let gone = open(&server, &live.1).await.problem(404);
        let never = open(&server, "/share/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.problem(404);
        assert_eq!(gone["detail"], never["detail"], "nobody is told which");
    });
}

#[test]
fn links_end_by_time_and_with_what_they_show() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let path = guest.conversation().await;
        said(&guest, &path, "words").await;
        let problem = guest
            .call("POST", &format!("{path}/shares"), r#"{"kind":"live","expiresAt":"2020-01-01T00:00:00.000Z"}"#)
            .await
            .problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/expiresAt");
        let (_, short) = share(&guest, &path, r#"{"kind":"live","expiresAt":"2100-01-01T00:00:00.000Z"}"#).await;
        let (_, long) = share(&guest, &path, r#"{"kind":"snapshot"}"#).await;
        assert_eq!(open(&server, &short).await.status, 200);
        server.ports.script("UPDATE shares SET expires_at_ms = 1 WHERE expires_at_ms IS NOT NULL");
        open(&server, &short).await.problem(404);
        assert_eq!(guest.get(&format!("{path}/shares")).await.json()["shares"].as_array().unwrap().len(), 1);
        guest.call("DELETE", &path, "").await;
        open(&server, &long).await.problem(404);

        let path = guest.conversation().await;
        said(&guest, &path, "words").await;
        for _ in 0..50 {
            share(&guest, &path, r#"{"kind":"live"}"#).await;
        }
        guest.call("POST", &format!("{path}/shares"), r#"{"kind":"live"}"#).await.problem(409);
    });
}

/// Everything that has ever made a page run something.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt&#58;alert(1))",
    "[a](java\\nscript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "![a](javascript:x)",
    "[a](https://x.example/\\\" onmouseover=alert(1) x=\\\")",
    "<https://x.example/\\\" onclick=x>",
    "https://x.example/\\\"onmouseover=alert(1)",
    "https://x.example/'onmouseover='alert(1)",
    "```<script>\\n</code></pre><script>alert(1)</script>\\n```",
    "`</code><svg onload=alert(1)>`",
    "# <iframe src=javascript:alert(1)>",
    "- </li></ul></article></main><base href=//x>",
    "> <style>@import '//x'</style>",
    "**<b onclick=x>** *a **b* c** ~~</del>~~",
    "</title><script>alert(1)</script>",
    "&lt;script&gt; &#x3c;script&#x3e;",
    "[x]: javascript:alert(1)",
    "<!-- --><script>x</script>",
    "\\u0000<scr\\u0000ipt>",
    "<meta http-equiv=refresh content=0;url=//x>",
    "[<img src=x onerror=alert(1)>](https://x.example)",
];

#[test]
fn nothing_on_a_page_is_active() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        let path = guest.conversation().await;
        let title = format!(r#"{{"title":"{}"}}"#, "</title><script>alert(1)</script>");
        guest.call("PATCH", &path, &title).await;
        for text in HOSTILE {
            // The scripted model says its question again, so that it stands in Markdown too.
            said(&guest, &path, text).await;
        }
        let (_, url) = share(&guest, &path, r#"{"kind":"live"}"#).await;
        let page = open(&server, &url).await.text;
        assert!(page.matches("<article").count() >= HOSTILE.len());
        assert_harmless(&page);
        let direct: String = HOSTILE
            .iter()
            .map(|text| edgewise_domain::rendering::to_html(&text.replace("\\n", "\n").replace("\\\"", "\"")))
            .collect();
        assert_harmless(&direct);
    });
}

/// Reads the page as a browser's tokenizer does: every tag is one of ours, with attributes of ours.
#[track_caller]
fn assert_harmless(page: &str) {
    const TAGS: &[&str] = &[
        "!doctype",
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "article",
        "header",
        "time",
        "p",
        "pre",
        "code",
        "ul",
        "ol",
        "li",
        "blockquote",
        "strong",
        "em",
        "del",
        "a",
        "br",
        "hr",
    ];
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        let (tag, after) = rest.split_at(at + 1).1.split_once('>').expect("every tag ends");
        let (name, attributes) =
            tag.trim_start_matches('/').split_once([' ', '\n']).unwrap_or((tag.trim_start_matches('/'), ""));
        assert!(TAGS.contains(&name), "<{tag}>");
        if name == "a" && !tag.starts_with('/') {
            let url = attributes.strip_prefix("href=\"").expect("a link").split('"').next().unwrap();
            let begins = |scheme: &&str| url.to_ascii_lowercase().starts_with(scheme);
            assert!(["http://", "https://", "mailto:"].iter().any(begins), "{url}");
            assert_eq!(attributes, format!("href=\"{url}\" rel=\"noopener noreferrer nofollow\""), "<{tag}>");
        } else {
            assert!(!attributes.contains(" on") && !attributes.starts_with("on"), "<{tag}>");
        }
        rest = after;
    }
}
