//! The rules of this deployment: what may be fetched, from the parts of an address alone.

use std::net::IpAddr;

use super::{Refusal, addresses::is_public, names::may_be_public};

/// Longest address that is looked at, in bytes. Browsers and servers agree on about as much.
pub const MAX_URL_BYTES: usize = 2_048;
/// Ports of the web, beside which a setting may name more.
const USUAL_PORTS: [u16; 2] = [80, 443];

/// What may be fetched of what others supply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Whether pages without encryption are read.
    pub plain_http: bool,
    /// Beside 80 and 443.
    pub more_ports: Vec<u16>,
    /// `host:port` to which no rule applies, for tests on somebody's own machine.
    pub exempt: Vec<String>,
    /// Answers names over HTTPS, in JSON.
    pub resolver_url: String,
    /// Who asks, in words.
    pub agent: String,
}

/// The parts of an address, as the parser gives them that also fetches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The whole address in its normal form.
    pub href: String,
    /// Without the colon: `https`.
    pub scheme: String,
    pub has_credentials: bool,
    /// Lower-case ASCII: a name, an IPv4 address with four decimal numbers, or an IPv6 address in brackets.
    pub host: String,
    /// `None`: the scheme's own.
    pub port: Option<u16>,
}

impl Parts {
    /// The port that is meant; 0 where the scheme has none.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => 0,
        })
    }

    /// Whether both are of one origin.
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.host == other.host && self.port() == other.port()
    }
}

/// What still has to be known before an address may be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Open,
    /// If every address that the name has is public.
    IfNamePublic,
}

impl Rules {
    /// Judges an address by its parts. `own_hosts` are ours: a Worker that fetches itself would never end.
    ///
    /// # Errors
    /// Why it may not be fetched.
    pub fn judge(&self, parts: &Parts, own_hosts: &[&str]) -> Result<Verdict, Refusal> {
        let is_web = parts.scheme == "https" || (parts.scheme == "http" && self.plain_http);
        if !is_web || parts.href.len() > MAX_URL_BYTES {
            return Err(Refusal::Scheme);
        }
        if parts.has_credentials {
            return Err(Refusal::Credentials);
        }
        let (host, port) = (parts.host.strip_suffix('.').unwrap_or(&parts.host), parts.port());
        if self.exempt.contains(&format!("{}:{port}", parts.host)) {
            return Ok(Verdict::Open);
        }
        if own_hosts.iter().any(|own| own.strip_suffix('.').unwrap_or(own).eq_ignore_ascii_case(host)) {
            return Err(Refusal::Ourselves);
        }
        if !USUAL_PORTS.contains(&port) && !self.more_ports.contains(&port) {
            return Err(Refusal::Port);
        }
        match literal(host) {
            Some(address) if is_public(address) => Ok(Verdict::Open),
            Some(_) => Err(Refusal::Address),
            None if may_be_public(host) => Ok(Verdict::IfNamePublic),
            None => Err(Refusal::Name),
        }
    }
}

/// The address that a host is, if it is one. Other spellings than the usual one are the parser's to settle: what it
/// leaves is a name, and none that [`may_be_public`] lets through is taken for an address by anybody.
fn literal(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(v6) => v6.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules {
            plain_http: true,
            more_ports: vec![8443],
            exempt: vec!["127.0.0.1:9000".into(), "[::1]:9001".into()],
            resolver_url: "https://resolver.example/dns-query".into(),
            agent: "EdgewiseBot".into(),
        }
    }

    fn parts(scheme: &str, host: &str, port: Option<u16>) -> Parts {
        let href = format!("{scheme}://{host}/");
        Parts { href, scheme: scheme.into(), has_credentials: false, host: host.into(), port }
    }

    fn judged(scheme: &str, host: &str, port: Option<u16>) -> Result<Verdict, Refusal> {
        rules().judge(&parts(scheme, host, port), &["chat.example.com"])
    }

    #[test]
    fn public_places_are_open() {
        assert_eq!(judged("https", "example.com", None), Ok(Verdict::IfNamePublic));
        assert_eq!(judged("http", "example.com.", Some(8443)), Ok(Verdict::IfNamePublic));
        assert_eq!(judged("https", "8.8.8.8", Some(80)), Ok(Verdict::Open));
        assert_eq!(judged("https", "[2606:4700::1111]", None), Ok(Verdict::Open));
    }

    #[test]
    fn everything_else_is_closed_and_says_why() {
        for (scheme, host, port, why) in [
            ("ftp", "example.com", None, Refusal::Scheme),
            ("file", "", None, Refusal::Scheme),
            ("ws", "example.com", None, Refusal::Scheme),
            ("https", "example.com", Some(22), Refusal::Port),
            ("https", "example.com", Some(0), Refusal::Port),
            ("https", "example.com", Some(65_535), Refusal::Port),
            ("https", "127.0.0.1", None, Refusal::Address),
            ("https", "127.0.0.1.", None, Refusal::Address),
            ("https", "[::1]", None, Refusal::Address),
            ("https", "[::ffff:7f00:1]", None, Refusal::Address),
            ("https", "[fe80::1%25lo]", None, Refusal::Name),
            ("https", "localhost", None, Refusal::Name),
            ("https", "", None, Refusal::Name),
            ("https", "chat.example.com", None, Refusal::Ourselves),
            ("https", "chat.example.com.", None, Refusal::Ourselves),
        ] {
            assert_eq!(judged(scheme, host, port), Err(why), "{scheme}://{host}:{port:?}");
        }
        let named = Parts { has_credentials: true, ..parts("https", "example.com", None) };
        assert_eq!(rules().judge(&named, &[]), Err(Refusal::Credentials));
        let long = Parts { href: "x".repeat(MAX_URL_BYTES + 1), ..parts("https", "example.com", None) };
        assert_eq!(rules().judge(&long, &[]), Err(Refusal::Scheme));
        let strict = Rules { plain_http: false, ..rules() };
        assert_eq!(strict.judge(&parts("http", "example.com", None), &[]), Err(Refusal::Scheme));
    }

    #[test]
    fn an_exemption_is_for_one_port_of_one_host() {
        assert_eq!(judged("http", "127.0.0.1", Some(9000)), Ok(Verdict::Open));
        assert_eq!(judged("http", "[::1]", Some(9001)), Ok(Verdict::Open));
        for (host, port) in [("127.0.0.1", 9001), ("127.0.0.2", 9000), ("localhost", 9000), ("[::1]", 9000)] {
            assert!(judged("http", host, Some(port)).is_err(), "{host}:{port}");
        }
        assert_eq!(judged("ftp", "127.0.0.1", Some(9000)), Err(Refusal::Scheme));
    }
}
