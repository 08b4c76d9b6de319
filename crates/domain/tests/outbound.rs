//! The wall over scripted ports: every hop is judged anew, nothing of ours goes along, and nothing takes for ever.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    outbound::{DEADLINE_MS, Errand, Fetched, Refusal, Rules, fetch},
    ports::{Ports, WebStandards},
    web::{Head, Verb, WebFault},
};
use edgewise_testkit::{ports::FakePorts, standards::Standards};
use futures::executor::block_on;
use serde_json::{Value, json};

const RESOLVER: &str = "https://resolver.example/dns-query";

struct World {
    ports: FakePorts,
    rules: Rules,
}

impl World {
    fn new() -> Self {
        let rules = Rules {
            plain_http: true,
            more_ports: Vec::new(),
            exempt: Vec::new(),
            resolver_url: RESOLVER.into(),
            agent: "EdgewiseBot/1".into(),
        };
        Self { ports: FakePorts::default(), rules }
    }

    fn name(&self, name: &str, v4: &Value, v6: &Value) {
        let web = self.ports.web();
        web.answer(&format!("{RESOLVER}?name={name}&type=1"), 200, json!({ "Status": 0, "Answer": v4 }));
        web.answer(&format!("{RESOLVER}?name={name}&type=28"), 200, json!({ "Status": 0, "Answer": v6 }));
    }

    /// A name with one public address.
    fn public(&self, name: &str) {
        self.name(name, &json!([{ "name": name, "type": 1, "data": "8.8.8.8" }]), &json!([]));
    }

    fn page(&self, url: &str) {
        let head = Head { status: 200, content_type: Some("text/plain".into()), ..Head::default() };
        self.ports.web().page(url, head, "hello");
    }

    fn redirect(&self, status: u16, from: &str, to: &str) {
        let head = Head { status, location: Some(to.into()), ..Head::default() };
        self.ports.web().page(from, head, "moved");
    }

    fn run(&self, verb: Verb, url: &str) -> Result<Fetched, Refusal> {
        let body = (verb == Verb::Post).then(|| "the body".to_owned());
        let errand = Errand { url, verb, body, accept: "text/plain", wants: |head| head.status == 200, max_bytes: 4 };
        block_on(fetch(&self.ports, &self.rules, &["chat.example.com"], errand))
    }

    fn get(&self, url: &str) -> Result<String, Refusal> {
        self.run(Verb::Get, url).map(|fetched| fetched.url)
    }

    fn visited(&self) -> Vec<String> {
        self.ports.web().take_visits().into_iter().map(|visit| visit.passed.url().to_owned()).collect()
    }
}

#[test]
fn a_name_is_looked_up_and_then_visited() {
    let world = World::new();
    world.public("example.com");
    world.page("https://example.com/x");
    let fetched = world.run(Verb::Get, "HTTPS://EXAMPLE.com:443/x").unwrap();
    assert_eq!(
        (fetched.url.as_str(), fetched.body.as_slice(), fetched.cut),
        ("https://example.com/x", &b"hell"[..], true)
    );
    let asked: Vec<_> = world.ports.web().take_requests().into_iter().map(|request| request.url).collect();
    assert_eq!(asked, [format!("{RESOLVER}?name=example.com&type=1"), format!("{RESOLVER}?name=example.com&type=28")]);
    let visit = world.ports.web().take_visits().pop().unwrap();
    assert_eq!(visit.headers, [("user-agent", "EdgewiseBot/1".to_owned()), ("accept", "text/plain".to_owned())]);
}

#[test]
fn a_name_that_is_not_wholly_public_is_not_visited() {
    let a = |data: &str| json!({ "name": "n.org", "type": 1, "data": data });
    let aaaa = |data: &str| json!({ "name": "n.org", "type": 28, "data": data });
    for (v4, v6, why) in [
        (json!([a("127.0.0.1")]), json!([]), Refusal::PrivateName),
        (json!([a("8.8.8.8"), a("10.0.0.1")]), json!([]), Refusal::PrivateName),
        (json!([a("8.8.8.8")]), json!([aaaa("::1")]), Refusal::PrivateName),
        (json!([]), json!([aaaa("fd00::1")]), Refusal::PrivateName),
        (json!([]), json!([]), Refusal::NoAddress),
        (json!([a("8.8.8.8")]), json!("nonsense"), Refusal::NoAnswer),
    ] {
        let world = World::new();
        world.name("n.org", &v4, &v6);
        world.page("https://n.org/");
        assert_eq!(world.get("https://n.org/"), Err(why), "{v4} {v6}");
        assert_eq!(world.visited(), Vec::<String>::new());
    }
}

#[test]
fn without_the_resolver_nothing_is_visited() {
    let world = World::new();
    world.public("n.org");
    world.page("https://n.org/");
    for fault in [WebFault::Unreachable, WebFault::Timeout, WebFault::TooLarge] {
        world.ports.web().fail(&format!("{RESOLVER}?name=n.org&type=28"), fault);
        assert_eq!(world.get("https://n.org/"), Err(Refusal::NoAnswer));
    }
    world.ports.web().answer(&format!("{RESOLVER}?name=n.org&type=28"), 500, "{\"Status\":0}");
    assert_eq!(world.get("https://n.org/"), Err(Refusal::NoAnswer));
    assert_eq!(world.visited(), Vec::<String>::new());
}

#[test]
fn every_hop_is_judged_anew() {
    for status in [301, 302, 303, 307, 308] {
        for (to, why) in [
            ("http://127.0.0.1/", Refusal::Address),
            ("http://[::1]/", Refusal::Address),
            ("//169.254.169.254/latest/meta-data", Refusal::Address),
            ("http://0x7f.1/", Refusal::Address),
            ("http://localhost/", Refusal::Name),
            ("file:///etc/passwd", Refusal::Scheme),
            ("javascript:alert(1)", Refusal::Scheme),
            ("https://u@n.org/", Refusal::Credentials),
            ("https://n.org:22/", Refusal::Port),
            ("https://chat.example.com/", Refusal::Ourselves),
            ("https://inner.org/", Refusal::PrivateName),
            ("http://[", Refusal::Unreadable),
        ] {
            let world = World::new();
            world.public("n.org");
            world.name("inner.org", &json!([{ "name": "inner.org", "type": 1, "data": "10.1.2.3" }]), &json!([]));
            world.redirect(302, "https://n.org/", "/two");
            world.redirect(status, "https://n.org/two", to);
            assert_eq!(world.get("https://n.org/"), Err(why), "{status} {to}");
            assert_eq!(world.visited(), ["https://n.org/", "https://n.org/two"]);
        }
    }
}

#[test]
fn five_redirects_and_no_more() {
    let world = World::new();
    world.public("n.org");
    for at in 0..6 {
        world.redirect(302, &format!("https://n.org/{at}"), &format!("{}", at + 1));
    }
    world.page("https://n.org/6");
    assert_eq!(world.get("https://n.org/1"), Ok("https://n.org/6".into()));
    world.visited();
    assert_eq!(world.get("https://n.org/0"), Err(Refusal::Redirects));
    assert_eq!(world.visited().len(), 6);
    world.redirect(302, "https://n.org/loop", "loop");
    assert_eq!(world.get("https://n.org/loop"), Err(Refusal::Redirects));
    // What has no place to go is where it is.
    world.ports.web().page("https://n.org/x", Head { status: 302, ..Head::default() }, "");
    world.redirect(300, "https://n.org/y", "/6");
    assert_eq!(world.get("https://n.org/x"), Ok("https://n.org/x".into()));
    assert_eq!(world.get("https://n.org/y"), Ok("https://n.org/y".into()));
}

#[test]
fn what_is_sent_to_one_server_is_not_sent_to_another() {
    for (verb, status, to, verb_then, body_then) in [
        (Verb::Post, 301, "/two", Verb::Get, None),
        (Verb::Post, 302, "/two", Verb::Get, None),
        (Verb::Post, 303, "/two", Verb::Get, None),
        (Verb::Post, 307, "/two", Verb::Post, Some("the body")),
        (Verb::Post, 308, "/two", Verb::Post, Some("the body")),
        (Verb::Post, 307, "https://other.org/two", Verb::Get, None),
        (Verb::Post, 308, "http://n.org/two", Verb::Get, None),
        (Verb::Head, 302, "/two", Verb::Head, None),
        (Verb::Head, 303, "https://other.org/two", Verb::Head, None),
        (Verb::Get, 307, "https://other.org/two", Verb::Get, None),
    ] {
        let world = World::new();
        world.public("n.org");
        world.public("other.org");
        world.redirect(status, "https://n.org/", to);
        for url in ["https://n.org/two", "http://n.org/two", "https://other.org/two"] {
            world.page(url);
        }
        world.run(verb, "https://n.org/").unwrap();
        let visits = world.ports.web().take_visits();
        assert_eq!((visits[0].verb, visits[0].body.is_some()), (verb, verb == Verb::Post));
        assert_eq!((visits[1].verb, visits[1].body.as_deref()), (verb_then, body_then), "{verb:?} {status} {to}");
    }
}

#[test]
fn an_encoding_that_the_runtime_does_not_undo_is_refused() {
    let world = World::new();
    let head = Head { status: 200, content_encoding: Some("gzip, gzip".into()), ..Head::default() };
    world.ports.web().page("https://8.8.8.8/", head, "x");
    assert_eq!(world.get("https://8.8.8.8/"), Err(Refusal::Encoding));
}

#[test]
fn all_hops_together_have_one_deadline() {
    let world = World::new();
    world.redirect(302, "https://8.8.8.8/", "https://8.8.4.4/");
    world.page("https://8.8.4.4/");
    world.ports.web().takes(u64::from(DEADLINE_MS) + 1, world.ports.clock());
    assert_eq!(world.get("https://8.8.8.8/"), Err(Refusal::Fault(WebFault::Timeout)));
    assert_eq!(world.visited(), ["https://8.8.8.8/"]);
    world.ports.web().takes(u64::from(DEADLINE_MS) / 2, world.ports.clock());
    world.get("https://8.8.8.8/").unwrap();
    let limits = world.ports.web().take_limits();
    assert!(limits[0].timeout_ms > 9_000 && limits.last().unwrap().timeout_ms <= 5_000, "{limits:?}");
}

/// The parser of these tests, against what the runtime's gives (`tests/workerd/wall.test.mjs` asks it for the same).
#[test]
fn addresses_are_read_as_the_runtime_reads_them() {
    let cases: Vec<(String, Option<String>, Value)> =
        serde_json::from_str(include_str!("../../../tests/fixtures/addresses.json")).unwrap();
    assert!(cases.len() > 100);
    let differ = |(url, base, expected): &(String, Option<String>, Value)| {
        let parts = Standards.parse_url(url, base.as_deref()).map(|parts| {
            let port = parts.port.map(|port| port.to_string()).unwrap_or_default();
            json!([parts.href, parts.scheme, parts.has_credentials, parts.host, port])
        });
        let found = parts.unwrap_or(Value::Null);
        (found != *expected).then(|| format!("{url:?} {base:?}: {found}, not {expected}"))
    };
    assert_eq!(cases.iter().filter_map(differ).collect::<Vec<_>>(), Vec::<String>::new());
}
