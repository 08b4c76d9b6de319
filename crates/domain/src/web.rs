//! Requests to the web: what is asked, how much is listened to, and which of the operator's addresses is safe.

use crate::outbound::Passed;

/// What is done at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Get,
    Head,
    Post,
}

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub struct WebRequest {
    pub verb: Verb,
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
}

/// Says nothing of headers and body: they carry secrets.
impl std::fmt::Debug for WebRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.verb, self.url)
    }
}

impl WebRequest {
    /// Asks for JSON.
    pub fn get(url: &str) -> Self {
        let headers = vec![("accept", "application/json".to_owned())];
        Self { verb: Verb::Get, url: url.to_owned(), headers, body: None }
    }
}

/// How much and how long is listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebLimits {
    pub max_bytes: usize,
    /// From the first moment to the last byte.
    pub timeout_ms: u32,
}

/// An answer, whole.
#[derive(Clone, PartialEq, Eq)]
pub struct WebReply {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Says nothing of the body: it may hold tokens.
impl std::fmt::Debug for WebReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}

/// A visit to an address that others supplied.
#[derive(Debug, Clone)]
pub struct Visit {
    pub passed: Passed,
    pub verb: Verb,
    /// Names in lower case. No others are sent, but for what the runtime itself needs.
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
    /// Whether a body is listened to whose head says this.
    pub wants: fn(&Head) -> bool,
}

/// What an answer says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    pub location: Option<String>,
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub retry_after: Option<String>,
}

impl Head {
    /// Where the answer sends us.
    pub fn redirect(&self) -> Option<&str> {
        self.location.as_deref().filter(|_| matches!(self.status, 301 | 302 | 303 | 307 | 308))
    }

    /// Whether what follows a redirect is asked as the first was: browsers make a GET of a POST that was moved.
    pub fn keeps_verb(&self, verb: Verb) -> bool {
        verb != Verb::Post || matches!(self.status, 307 | 308)
    }

    /// Whether the runtime has undone the encoding of the body: it knows two, and none twice.
    pub fn is_decoded(&self) -> bool {
        let encoding = self.content_encoding.as_deref().unwrap_or_default().trim().to_ascii_lowercase();
        matches!(encoding.as_str(), "" | "identity" | "gzip" | "br")
    }
}

/// The answer to a [`Visit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visited {
    pub head: Head,
    /// Empty when it was not wanted.
    pub body: Vec<u8>,
    /// It was longer.
    pub cut: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebFault {
    #[error("it cannot be reached")]
    Unreachable,
    #[error("it took too long")]
    Timeout,
    #[error("it said too much")]
    TooLarge,
}

/// Encrypted, or of this very machine, for whoever develops.
pub fn is_safe(url: &str) -> bool {
    let plain = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') && !url.contains(['#', '@']);
    let local = ["http://localhost", "http://127.0.0.1"]
        .iter()
        .filter_map(|host| url.strip_prefix(host))
        .any(|rest| rest.starts_with(['/', ':']));
    let encrypted =
        url.strip_prefix("https://").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
    plain && (encrypted || local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_is_encrypted_or_at_home() {
        for url in ["https://id.example/jwks?a=b", "http://localhost:9000/", "http://127.0.0.1/x"] {
            assert!(is_safe(url), "{url}");
        }
        for url in [
            "",
            "http://id.example/jwks",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost@evil.example/",
            "https://a@evil.example/",
            "https:///x",
            "https://id.example/a b",
            "https://id.example/\r\nx",
            "https://id.example\\@evil.example",
            "ftp://id.example/",
            "file:///etc/passwd",
        ] {
            assert!(!is_safe(url), "{url}");
        }
    }

    #[test]
    fn encodings_that_nobody_offered_stay() {
        let head = |encoding: &str| Head { content_encoding: Some(encoding.into()), ..Head::default() };
        assert!(Head::default().is_decoded());
        assert!(["", "gzip", " GZIP ", "br", "identity"].iter().all(|encoding| head(encoding).is_decoded()));
        assert!(["deflate", "gzip, gzip", "zstd", "x"].iter().all(|encoding| !head(encoding).is_decoded()));
    }

    #[test]
    fn requests_and_replies_do_not_print_secrets() {
        let request = WebRequest {
            headers: vec![("authorization", "hush".into())],
            body: Some("hush".into()),
            ..WebRequest::get("u")
        };
        assert!(!format!("{request:?}").contains("hush"));
        assert!(!format!("{:?}", WebReply { status: 200, body: b"hush".to_vec() }).contains("104"));
    }
}
