//! Requests to addresses that the operator configured: what is asked, how much is listened to, and which address is safe.

/// What is done at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Get,
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
