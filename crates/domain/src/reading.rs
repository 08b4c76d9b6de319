//! Reads a page of the web for somebody: fetched through the wall, its main text in plain words.

mod charset;
mod html;
mod writer;

use edgewise_protocol::{api::PageText, timestamp::Timestamp};

use crate::{
    outbound::{self, Errand, Fetched, Refusal, Rules},
    ports::{Clock, Ports, WebStandards},
    web::{Head, Verb},
};

/// Of a page, decoded. The longest articles are a few hundred kilobytes of HTML.
pub const MAX_PAGE_BYTES: usize = 2 * 1024 * 1024;
/// Of text: about 25,000 tokens.
pub const MAX_TEXT_BYTES: usize = 100 * 1024;
const MAX_TITLE_CHARS: usize = 300;
/// Each is resolved by the runtime's parser; a page with more is a directory.
const MAX_LINKS: usize = 1_000;
const ACCEPT: &str = "text/html, application/xhtml+xml, text/markdown, text/plain, application/json;q=0.9";

/// Why a page cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// Not allowed, or not reached.
    Refused(Refusal),
    /// The page's server says no.
    Status(u16),
    /// It is of a type that has no text for us, if of any.
    Kind(Option<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Html,
    Plain,
}

/// Reads the page at `url`. `own_hosts` are this service's own.
///
/// # Errors
/// [`Unread`].
pub async fn read<P: Ports>(ports: &P, rules: &Rules, own_hosts: &[&str], url: &str) -> Result<PageText, Unread> {
    let errand = Errand { url, verb: Verb::Get, body: None, accept: ACCEPT, wants, max_bytes: MAX_PAGE_BYTES };
    let fetched = outbound::fetch(ports, rules, own_hosts, errand).await.map_err(Unread::Refused)?;
    if !is_success(&fetched.head) {
        return Err(Unread::Status(fetched.head.status));
    }
    let Some(kind) = kind(&fetched.head) else { return Err(Unread::Kind(essence(&fetched.head))) };
    Ok(text(ports, kind, fetched))
}

fn text<P: Ports>(ports: &P, kind: Kind, fetched: Fetched) -> PageText {
    let standards = ports.standards();
    let charset = charset::of(fetched.head.content_type.as_deref(), &fetched.body, kind == Kind::Html);
    let decoded = charset.and_then(|charset| standards.decode(&fetched.body, &charset));
    // What names no charset that is known is most likely in the one that nearly everything is in.
    let decoded = decoded.unwrap_or_else(|| String::from_utf8_lossy(&fetched.body).into_owned());
    let (title, text, full) = match kind {
        Kind::Html => {
            let resolve = |href: &str| standards.parse_url(href, Some(&fetched.url));
            html::read(&decoded, &resolve)
        }
        Kind::Plain => {
            let (text, full) = writer::plain(&decoded, MAX_TEXT_BYTES);
            (None, text, full)
        }
    };
    let fetched_at = Timestamp(ports.clock().now_ms());
    PageText { url: fetched.url, title, text, truncated: full || fetched.cut, fetched_at }
}

/// The text of a document that is at hand, and whether there was more. Links that lead from it nowhere without an
/// address of its own are left out.
pub fn document(standards: &impl WebStandards, content_type: &str, body: &[u8]) -> (String, bool) {
    let head = Head { status: 200, content_type: Some(content_type.to_owned()), ..Head::default() };
    let is_html = kind(&head) == Some(Kind::Html);
    let charset = charset::of(Some(content_type), body, is_html);
    let decoded = charset.and_then(|charset| standards.decode(body, &charset));
    let decoded = decoded.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    if is_html {
        let (_, text, full) = html::read(&decoded, &|href| standards.parse_url(href, None));
        return (text, full);
    }
    writer::plain(&decoded, MAX_TEXT_BYTES)
}

fn wants(head: &Head) -> bool {
    is_success(head) && kind(head).is_some() && head.is_decoded()
}

const fn is_success(head: &Head) -> bool {
    matches!(head.status, 200..=299)
}

/// The type without its parameters, if it is one.
fn essence(head: &Head) -> Option<String> {
    let essence = head.content_type.as_deref()?.split(';').next()?.trim().to_ascii_lowercase();
    let is_type =
        |text: &str| text.len() <= 100 && text.contains('/') && text.bytes().all(|byte| byte.is_ascii_graphic());
    Some(essence).filter(|essence| is_type(essence))
}

fn kind(head: &Head) -> Option<Kind> {
    match essence(head)?.as_str() {
        "text/html" | "application/xhtml+xml" => Some(Kind::Html),
        "text/plain" | "text/markdown" | "text/x-markdown" | "application/json" => Some(Kind::Plain),
        other if other.starts_with("application/") && other.ends_with("+json") => Some(Kind::Plain),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(content_type: &str) -> Head {
        Head { status: 200, content_type: Some(content_type.into()), ..Head::default() }
    }

    #[test]
    fn text_is_wanted_and_nothing_else() {
        for (content_type, expected) in [
            ("text/html", Some(Kind::Html)),
            ("Text/HTML ; charset=x", Some(Kind::Html)),
            ("application/xhtml+xml", Some(Kind::Html)),
            ("text/plain;charset=utf-8", Some(Kind::Plain)),
            ("text/markdown", Some(Kind::Plain)),
            ("application/json", Some(Kind::Plain)),
            ("application/ld+json", Some(Kind::Plain)),
            ("image/png", None),
            ("text/css", None),
            ("application/pdf", None),
            ("application/octet-stream", None),
            ("html", None),
            ("", None),
        ] {
            assert_eq!(kind(&head(content_type)), expected, "{content_type}");
            assert_eq!(wants(&head(content_type)), expected.is_some(), "{content_type}");
        }
        assert_eq!(kind(&Head { status: 200, ..Head::default() }), None);
        assert!(!wants(&Head { status: 404, ..head("text/html") }));
        assert!(!wants(&Head { content_encoding: Some("zstd".into()), ..head("text/html") }));
        assert_eq!(essence(&head("text/\u{1}html")), None);
    }
}
