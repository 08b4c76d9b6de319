//! Reading a page: what comes back, what is said when it cannot be read, and how often one may ask.

use edgewise_domain::{limits::Rates, ports::Ports, web::Head};
use edgewise_testkit::ports::Hop;
use serde_json::json;

use crate::client::{Guest, Reply, Server, run};

const URL: &str = "https://8.8.8.8/story";

fn head(status: u16, content_type: &str) -> Head {
    Head { status, content_type: Some(content_type.into()), ..Head::default() }
}

async fn read(guest: &Guest, url: &str) -> Reply {
    guest.call("POST", "/api/web/read", &json!({ "url": url }).to_string()).await
}

#[test]
fn a_page_is_read() {
    run(async {
        let server = Server::with(&[("APP_ORIGIN", "https://chat.example.com")]);
        let guest = server.guest().await;
        let page = "<title>A story</title><nav>menu</nav><h1>Once</h1><p>upon a <a href='/t'>time</a></p>";
        server.ports.web().page(URL, head(200, "text/html; charset=utf-8"), page);
        let reply = read(&guest, " https://8.8.8.8:443/story ").await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let body = reply.json();
        assert_eq!(body["url"], URL);
        assert_eq!(body["title"], "A story");
        assert_eq!(body["text"], "# Once\n\nupon a [time](https://8.8.8.8/t)");
        assert_eq!(body["truncated"], false);
        assert!(body["fetchedAt"].as_str().unwrap().starts_with("20"), "{body}");
        assert_eq!(server.ports.take_hops(), [Hop::Account, Hop::Web]);
        // Nothing of ours goes out.
        let visits = server.ports.web().take_visits();
        let names: Vec<_> = visits[0].headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["user-agent", "accept"]);
        assert!(visits[0].headers[0].1.starts_with("EdgewiseBot/"), "{:?}", visits[0].headers);
        assert!(visits[0].headers[0].1.ends_with(" (+https://chat.example.com)"), "{:?}", visits[0].headers);
    });
}

#[test]
fn what_is_refused_and_what_is_not_there_answer_alike() {
    run(async {
        let server = Server::with(&[("APP_ORIGIN", "https://chat.example.com"), ("RATE_LIMIT_CRAWL", "100")]);
        let guest = server.guest().await;
        let mut answers = Vec::new();
        for (url, why) in [
            ("https://8.8.8.8/nobody", "it cannot be reached"),
            ("http://127.0.0.2/", "its address is not public"),
            ("http://2130706434/", "its address is not public"),
            ("http://[::ffff:127.0.0.1]/", "its address is not public"),
            ("http://127.0.0.1:8787/", "it is this service itself"),
            ("http://intranet/", "its name is not public"),
            ("https://chat.example.com/", "it is this service itself"),
            ("https://chat.example.com./", "it is this service itself"),
            ("https://CHAT.example.com/", "it is this service itself"),
            ("https://example.com:22/", "its port is not allowed"),
            ("https://a:b@example.com/", "it carries credentials"),
            ("file:///etc/passwd", "its scheme is not allowed"),
            ("https://example.org/", "the resolver did not answer"),
            ("nonsense", "it is no address"),
        ] {
            server.ports.log().take();
            let reply = read(&guest, url).await;
            let mut problem = reply.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], "/url");
            problem["requestId"] = json!("");
            answers.push(problem);
            let lines = server.ports.log().take();
            assert!(lines.iter().any(|(_, line)| line.contains(why)), "{url}: {lines:?}");
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    });
}

#[test]
fn what_cannot_be_read_says_why() {
    run(async {
        let server = Server::default();
        let guest = server.guest().await;
        server.ports.web().page(URL, head(404, "text/html"), "gone");
        assert_eq!(read(&guest, URL).await.problem(422)["detail"], "The page's server answered with status 404.");
        server.ports.web().page(URL, head(200, "image/png"), "x");
        let problem = read(&guest, URL).await.problem(415);
        assert!(problem["detail"].as_str().unwrap().starts_with("The page is of type image/png"), "{problem}");
        server.ports.web().page(URL, Head { status: 200, ..Head::default() }, "x");
        assert!(read(&guest, URL).await.problem(415)["detail"].as_str().unwrap().contains("no type"));
        for body in ["", "{}", r#"{"url":7}"#, r#"{"url":""}"#, r#"{"url":" "}"#, r#"{"url":"x","method":"POST"}"#] {
            let reply = guest.call("POST", "/api/web/read", body).await;
            assert!(matches!(reply.status.as_u16(), 400 | 422), "{body}: {}", reply.text);
        }
        let long = format!("https://8.8.8.8/{}", "x".repeat(2_048));
        assert_eq!(read(&guest, &long).await.problem(422)["errors"][0]["pointer"], "/url");
    });
}

#[test]
fn ten_pages_in_a_quarter_of_an_hour() {
    run(async {
        let server = Server::default();
        server.ports.accounts().set_rates(Rates { enabled: true, ..Rates::default() });
        let guest = server.guest().await;
        server.ports.web().page(URL, head(200, "text/plain"), "hello");
        for left in (0..10).rev() {
            let reply = read(&guest, URL).await;
            assert_eq!((reply.status.as_u16(), reply.json()["text"].as_str()), (200, Some("hello")));
            assert_eq!(reply.headers["x-ratelimit-remaining"], left.to_string());
        }
        server.ports.take_hops();
        read(&guest, URL).await.problem(429);
        assert!(!server.ports.take_hops().contains(&Hop::Web));
        assert_eq!(read(&server.guest().await, URL).await.status, 200);
    });
}
