//! Which pages may speak with us from a browser, by their exact origin.

/// The setting `ALLOWED_ORIGINS`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Allowed {
    /// Our own pages alone.
    #[default]
    Own,
    /// These too, as if they were ours.
    These(Vec<String>),
    /// Every page, but without the cookie.
    Any,
}

/// What a page may do, by the origin that its browser tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The request's own origin, or the one that the app is served from.
    Own,
    /// Listed: may act as its user does, with the cookie.
    Listed,
    /// Anybody's, where anybody may ask: whatever it shows must be in its own hands, never the browser's.
    Public,
    /// May change nothing and read nothing.
    Unknown,
}

impl Page {
    /// Whether the browser's cookie may speak for it.
    pub const fn is_trusted(self) -> bool {
        matches!(self, Self::Own | Self::Listed)
    }
}

impl Allowed {
    /// Reads the setting.
    ///
    /// # Errors
    /// A sentence that says what to write.
    pub fn read(text: &str, is_deployed: bool) -> Result<Self, String> {
        let list: Vec<&str> = text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
        if list.as_slice() == ["*"] {
            return Ok(Self::Any);
        }
        match list.iter().find(|origin| !is_origin(origin, is_deployed)) {
            _ if list.is_empty() => Ok(Self::Own),
            None => Ok(Self::These(list.into_iter().map(str::to_owned).collect())),
            Some(&"*") => {
                Err("ALLOWED_ORIGINS may be * alone, for any page without its cookie, or a list, not both.".into())
            }
            Some(_) => Err("ALLOWED_ORIGINS must list origins as browsers write them, with commas between: \
                            https://chat.example.com, in lower case, without a path or a slash at the end."
                .into()),
        }
    }

    /// What a page of `origin` may do to a Worker at `own`, whose app is at `app` if that is elsewhere.
    pub fn judge(&self, origin: &str, own: &str, app: Option<&str>) -> Page {
        match self {
            // What has no origin of its own (a sandbox, a file, a redirect) could be anybody.
            _ if origin.is_empty() || origin == "null" => Page::Unknown,
            _ if origin == own || app == Some(origin) => Page::Own,
            Self::These(list) if list.iter().any(|listed| listed == origin) => Page::Listed,
            Self::Any => Page::Public,
            _ => Page::Unknown,
        }
    }
}

/// `scheme://host[:port]`, as a browser writes it.
fn is_origin(text: &str, is_deployed: bool) -> bool {
    let (is_secure, host) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(host), _) => (true, host),
        (_, Some(host)) => (false, host),
        _ => return false,
    };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let usual = if is_secure { 443 } else { 80 };
    let good_port =
        port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number != usual && number.to_string() == port));
    let is_bracketed = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let good_name = match is_bracketed {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok_and(|v6| v6.to_string() == address),
        None => {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
            !name.is_empty() && name.chars().all(fits) && !name.starts_with('.') && !name.ends_with('.')
        }
    };
    good_port && good_name && (is_secure || !is_deployed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_is_exact_or_refused() {
        let read = |text| Allowed::read(text, true);
        assert_eq!(read(""), Ok(Allowed::Own));
        assert_eq!(read(" * "), Ok(Allowed::Any));
        let two = ["https://a.example".to_owned(), "https://b.example:8443".to_owned()];
        assert_eq!(read("https://a.example, https://b.example:8443,"), Ok(Allowed::These(two.to_vec())));
        assert!(read("https://[::1]:8443").is_ok());
        for bad in [
            "*,https://a.example",
            "null",
            "a.example",
            "//a.example",
            "http://a.example",
            "https://a.example/",
            "https://a.example/x",
            "https://A.example",
            "https://a.example:443",
            "https://a.example:",
            "https://a.example:08443",
            "https://a.example:99999",
            "https://*.a.example",
            "https://u@a.example",
            "https://a.example?x",
            "https://",
            "https://a.example https://b.example",
            "https://a.example.",
            "https://ä.example",
            "ftp://a.example",
        ] {
            assert!(read(bad).unwrap_err().starts_with("ALLOWED_ORIGINS"), "{bad}");
        }
        assert!(Allowed::read("http://127.0.0.1:5173", false).is_ok());
    }

    #[test]
    fn nothing_but_the_whole_origin_matches() {
        let (own, app) = ("https://api.example", Some("https://app.example"));
        let these = Allowed::read("https://a.example", true).unwrap();
        for (origin, page) in [
            (own, Page::Own),
            ("https://app.example", Page::Own),
            ("https://a.example", Page::Listed),
            ("https://a.example:444", Page::Unknown),
            ("https://a.example.evil", Page::Unknown),
            ("https://xa.example", Page::Unknown),
            ("http://a.example", Page::Unknown),
            ("https://a.exampl", Page::Unknown),
            ("null", Page::Unknown),
            ("", Page::Unknown),
        ] {
            assert_eq!(these.judge(origin, own, app), page, "{origin}");
        }
        assert_eq!(Allowed::Any.judge("https://x.example", own, app), Page::Public);
        assert_eq!(Allowed::Any.judge("null", own, app), Page::Unknown);
        assert_eq!(Allowed::Own.judge("https://a.example", own, None), Page::Unknown);
    }
}
