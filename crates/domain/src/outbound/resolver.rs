//! Names over HTTPS, in the JSON that Cloudflare and Google document: what is asked, and what an answer is worth.

use std::net::IpAddr;

use serde::Deserialize;

use super::{Refusal, addresses::is_public, names::may_be_public};
use crate::web::{Verb, WebLimits, WebRequest};

/// Answers are a few hundred bytes; the largest of real names a few thousand.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// A resolver answers in tens of milliseconds, from far away in hundreds.
pub const TIMEOUT_MS: u32 = 3_000;
/// More addresses and aliases than any name needs.
const MAX_RECORDS: usize = 64;
const NO_ERROR: u16 = 0;
const CNAME: u16 = 5;
/// Signatures and the alias of a whole zone: their consequences stand beside them.
const IGNORED: [u16; 2] = [39, 46];

/// A kind of address to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    A,
    Aaaa,
}

impl Kind {
    const fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Aaaa => 28,
        }
    }

    const fn fits(self, address: IpAddr) -> bool {
        matches!((self, address), (Self::A, IpAddr::V4(_)) | (Self::Aaaa, IpAddr::V6(_)))
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Status")]
    status: u16,
    #[serde(rename = "TC", default)]
    truncated: bool,
    #[serde(rename = "Answer", default)]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    name: String,
    #[serde(rename = "type")]
    kind: u16,
    data: String,
}

/// The question for the addresses of `name`, which is lower-case ASCII without anything that a query would escape.
pub fn question(resolver_url: &str, name: &str, kind: Kind) -> WebRequest {
    let mark = if resolver_url.contains('?') { '&' } else { '?' };
    let url = format!("{resolver_url}{mark}name={}&type={}", plain(name), kind.number());
    WebRequest { verb: Verb::Get, url, headers: vec![("accept", "application/dns-json".into())], body: None }
}

/// How long and how much of an answer is listened to.
pub fn limits(left_ms: u32) -> WebLimits {
    WebLimits { max_bytes: MAX_ANSWER_BYTES, timeout_ms: left_ms.min(TIMEOUT_MS) }
}

/// How many addresses of this kind `name` has; all are public.
///
/// # Errors
/// [`Refusal::PrivateName`] when one is not, or a name on the way to it is closed; [`Refusal::NoAnswer`] for whatever
/// is not wholly understood.
pub fn read(body: &[u8], name: &str, kind: Kind) -> Result<usize, Refusal> {
    let answer: Answer = serde_json::from_slice(body).map_err(|_| Refusal::NoAnswer)?;
    if answer.status != NO_ERROR || answer.truncated || answer.records.len() > MAX_RECORDS {
        return Err(Refusal::NoAnswer);
    }
    let known = aliases(name, &answer.records)?;
    let mut count = 0;
    for record in &answer.records {
        if record.kind == CNAME || IGNORED.contains(&record.kind) {
            continue;
        }
        let address: IpAddr = record.data.trim().parse().map_err(|_| Refusal::NoAnswer)?;
        if record.kind != kind.number() || !kind.fits(address) || !known.contains(&plain(&record.name)) {
            return Err(Refusal::NoAnswer);
        }
        if !is_public(address) {
            return Err(Refusal::PrivateName);
        }
        count += 1;
    }
    Ok(count)
}

/// The name and all that it is an alias of.
fn aliases(name: &str, records: &[Record]) -> Result<Vec<String>, Refusal> {
    let mut known = vec![plain(name)];
    let mut at = 0;
    while let Some(owner) = known.get(at).cloned() {
        for record in records.iter().filter(|record| record.kind == CNAME && plain(&record.name) == owner) {
            let target = plain(&record.data);
            if !may_be_public(&target) {
                return Err(Refusal::PrivateName);
            }
            if !known.contains(&target) {
                known.push(target);
            }
        }
        at += 1;
    }
    Ok(known)
}

/// Names are compared without case and without the root's dot.
fn plain(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    name.strip_suffix('.').map(str::to_owned).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn judged(kind: Kind, records: Value) -> Result<usize, Refusal> {
        read(json!({ "Status": 0, "TC": false, "Answer": records }).to_string().as_bytes(), "www.example.com.", kind)
    }

    fn a(name: &str, data: &str) -> Value {
        json!({ "name": name, "type": 1, "TTL": 60, "data": data })
    }

    fn cname(name: &str, data: &str) -> Value {
        json!({ "name": name, "type": 5, "TTL": 60, "data": data })
    }

    #[test]
    fn questions_name_the_name_and_the_kind() {
        let request = question("https://resolver.example/dns-query", "Example.com.", Kind::Aaaa);
        assert_eq!(request.url, "https://resolver.example/dns-query?name=example.com&type=28");
        assert_eq!(request.headers, [("accept", "application/dns-json".to_owned())]);
        assert!(
            question("https://r.example/q?key=1", "example.com", Kind::A)
                .url
                .ends_with("/q?key=1&name=example.com&type=1")
        );
        assert_eq!((limits(500).timeout_ms, limits(9_000).timeout_ms), (500, 3_000));
    }

    #[test]
    fn public_addresses_are_counted() {
        assert_eq!(judged(Kind::A, json!([])), Ok(0));
        assert_eq!(judged(Kind::A, json!([a("www.example.com", "8.8.8.8"), a("WWW.example.com.", "1.1.1.1")])), Ok(2));
        let aaaa = json!({ "name": "www.example.com", "type": 28, "data": "2606:4700::1111" });
        assert_eq!(judged(Kind::Aaaa, json!([aaaa])), Ok(1));
        let chain = json!([
            cname("www.example.com", "a.cdn.net."),
            cname("a.cdn.net", "b.cdn.net"),
            a("b.cdn.net.", "8.8.8.8")
        ]);
        assert_eq!(judged(Kind::A, chain), Ok(1));
        let signed = json!([a("www.example.com", "8.8.8.8"), { "name": "www.example.com", "type": 46, "data": "a 8" }]);
        assert_eq!(judged(Kind::A, signed), Ok(1));
        // An answer without the list has nothing.
        assert_eq!(read(br#"{"Status":0}"#, "www.example.com", Kind::A), Ok(0));
    }

    #[test]
    fn one_private_address_closes_the_name() {
        for records in [
            json!([a("www.example.com", "127.0.0.1")]),
            json!([a("www.example.com", "8.8.8.8"), a("www.example.com", "169.254.169.254")]),
            json!([a("www.example.com", "10.0.0.1"), a("www.example.com", "8.8.8.8")]),
            json!([cname("www.example.com", "x.internal"), a("x.internal", "8.8.8.8")]),
            json!([cname("www.example.com", "localhost"), a("localhost", "8.8.8.8")]),
            json!([cname("www.example.com", "a.cdn.net"), cname("a.cdn.net", "127.0.0.1")]),
            json!([cname("www.example.com", "a.cdn.net"), a("a.cdn.net", "192.168.0.1")]),
        ] {
            assert_eq!(judged(Kind::A, records.clone()), Err(Refusal::PrivateName), "{records}");
        }
        let aaaa = json!({ "name": "www.example.com", "type": 28, "data": "::ffff:8.8.8.8" });
        assert_eq!(judged(Kind::Aaaa, json!([aaaa])), Err(Refusal::PrivateName));
    }

    #[test]
    fn what_is_not_understood_is_no_answer() {
        let many: Vec<_> = (0..65).map(|_| a("www.example.com", "8.8.8.8")).collect();
        let long: Vec<_> = (0..64).map(|n| cname(&format!("n{n}.com"), &format!("n{}.com", n + 1))).collect();
        for records in [
            json!(many),
            json!([a("other.example.com", "8.8.8.8")]),
            json!([a("www.example.com", "2606:4700::1111")]),
            json!([a("www.example.com", "0x7f000001")]),
            json!([a("www.example.com", "127.1")]),
            json!([{ "name": "www.example.com", "type": 28, "data": "2606:4700::1111" }]),
            json!([{ "name": "www.example.com", "type": 65, "data": "1 . alpn=h2" }]),
            json!([{ "name": "www.example.com", "data": "8.8.8.8" }]),
            json!({}),
        ] {
            assert_eq!(judged(Kind::A, records.clone()), Err(Refusal::NoAnswer), "{records}");
        }
        assert_eq!(judged(Kind::A, json!(long)), Ok(0));
        for body in
            [r#"{"Status":3}"#, r#"{"Status":2}"#, r#"{"Status":0,"TC":true}"#, r#"{"Answer":[]}"#, "", "no", "[]"]
        {
            assert_eq!(read(body.as_bytes(), "www.example.com", Kind::A), Err(Refusal::NoAnswer), "{body}");
        }
    }

    #[test]
    fn aliases_that_go_round_end() {
        let round = json!([cname("www.example.com", "b.example.com"), cname("b.example.com", "www.example.com")]);
        assert_eq!(judged(Kind::A, round), Ok(0));
    }
}
