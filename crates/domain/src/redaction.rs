//! Takes secrets and people out of a text before it is logged: values, never a whole line for a word in it.
//!
//! What it knows: values of fields named like secrets, bearer and basic credentials, whole cookie headers, API keys
//! by their makers' prefixes, JWTs, long random words, e-mail addresses, phone numbers (`+` and 8 to 15 digits, or
//! 3-3-4), and the user and query of URLs. Ids (UUIDs), numbers, paths and prose stay as they are: a line is for reading.

mod words;

/// What stands in the place of whatever was taken out.
pub const MARK: &str = "[redacted]";
/// Longest text that is logged, in characters: a cause is a sentence.
const MAX_CHARS: usize = 2_000;
/// Taking one thing out may lay bare another; three rounds settle whatever the tests have found.
const MAX_ROUNDS: usize = 8;

/// The text without secrets. Doing it twice changes nothing more.
pub fn redact(text: &str) -> String {
    let mut now: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).take(MAX_CHARS).collect();
    for _ in 0..MAX_ROUNDS {
        let next = words::phones(&words::emails(&words::secrets(&words::named(&words::urls(&now)))));
        if next == now {
            break;
        }
        now = next;
    }
    now
}

/// The network of an address: /24 of IPv4, /48 of IPv6. Enough to see where a flood comes from, and nobody's home.
pub fn network(address: &str) -> String {
    match address.trim().parse::<std::net::IpAddr>().map(|address| address.to_canonical()) {
        Ok(std::net::IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Ok(std::net::IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
        Err(_) => "unknown".into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_out_the_value_and_leaves_the_line() {
        for (text, clean) in [
            ("D1 failed: password=hunter2 for ann", "D1 failed: password=[redacted] for ann"),
            (r#"{"password":"hun\"ter2","n":1}"#, r#"{"password":"[redacted]","n":1}"#),
            (r#"{"accessToken" : "x", "n":1}"#, r#"{"accessToken" : "[redacted]", "n":1}"#),
            ("client_secret: abc", "client_secret: [redacted]"),
            ("Authorization: Bearer abc.def-123 x\nnext", "Authorization: [redacted]\nnext"),
            ("sent Bearer 9f8e7d6c5b4a to it", "sent Bearer [redacted] to it"),
            ("Cookie: sid=1; theme=dark", "Cookie: [redacted]"),
            (
                "GET https://u:p@api.example.com:8443/v1/x?key=1&b=2#f now",
                "GET https://[redacted]@api.example.com:8443/v1/x?[redacted] now",
            ),
            ("GET /api/chat?q=my+illness", "GET /api/chat?[redacted]"),
            ("ask ann.lee+x@example.co.uk, please", "ask [redacted], please"),
            ("call +49 (171) 234-5678 now", "call [redacted] now"),
            ("call 555-123-4567.", "call [redacted]."),
            ("key sk-proj-abcdEFGH12345678 is bad", "key [redacted] is bad"),
            ("AKIAIOSFODNN7EXAMPLE", "[redacted]"),
            ("xoxb-123456789012-abcdefABCDEF", "[redacted]"),
            ("(ghp_16C7e42F292c6912E7710c838347Ae178B4a)", "([redacted])"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[redacted]"),
        ] {
            assert_eq!(redact(text), clean);
        }
    }

    #[test]
    fn leaves_what_is_no_secret() {
        for text in [
            "the token has expired and the password is wrong",
            "an object's reply does not fit the call",
            "conversation 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b was not told of a sign-out: the object is overloaded",
            "no such column: users.email_key at offset 12: SQLITE_ERROR (7500)",
            "2026-11-21T13:05:30.197Z took 1795248132000 ms, 10.0.0.1, v0.8.7",
            "Bearer tokens end after a day; basic understanding; a cookie, a secret, an e-mail @ noon",
            "/api/chat/conversations/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b/messages",
            "https://api.example.com/v1/chat/completions answered 429",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn a_network_is_no_home() {
        assert_eq!(network(" 203.0.113.77"), "203.0.113.0/24");
        assert_eq!(network("::ffff:203.0.113.77"), "203.0.113.0/24");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
        assert_eq!(network("nonsense"), "unknown");
    }

    /// A secret, as it would be planted in a line.
    fn planted() -> impl Strategy<Value = (String, String)> {
        let random = "[A-Za-z0-9]{9}[0-9][A-Z][A-Za-z0-9]{13,30}";
        prop_oneof![
            random.prop_map(|s| (format!("password={s}"), s)),
            random.prop_map(|s| (format!("{{\"password\":\"{s}\"}}"), s)),
            random.prop_map(|s| (format!("token={s}"), s)),
            random.prop_map(|s| (format!("Bearer {s}"), s)),
            random.prop_map(|s| (format!("authorization: Basic {s}"), s)),
            random.prop_map(|s| (format!("https://u:{s}@example.com/x"), s)),
            random.prop_map(|s| (format!("https://example.com/x?a=1&key={s}"), s)),
            ("(sk-|sk-ant-|sk_live_|ghp_|gho_|github_pat_|xoxb-|xoxp-|glpat-|hf_|AIza|whsec_)", random)
                .prop_map(|(prefix, s)| (format!("{prefix}{s}"), s)),
            "(AKIA|ASIA)[A-Z0-9]{16}".prop_map(|s| (s.clone(), s)),
            "ew_[A-Za-z0-9_-]{22}_[A-Za-z0-9_-]{40}1aZ".prop_map(|s| (s.clone(), s)),
            "eyJ[A-Za-z0-9_-]{20}\\.eyJ[A-Za-z0-9_-]{20}\\.[A-Za-z0-9_-]{20}".prop_map(|s| (s.clone(), s)),
            "[a-z]{3,12}\\.[a-z]{2,8}@[a-z]{3,10}\\.(com|org|example)".prop_map(|s| (s.clone(), s)),
            "\\+[1-9][0-9]{8,13}".prop_map(|s| (s.clone(), s)),
        ]
    }

    fn prose() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "the",
            "token",
            "password",
            "cookie",
            "secret",
            "Bearer of",
            "failed",
            "store,",
            "D1",
            "answered",
            "503.",
            "key",
            "authorization",
            "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
            "phone",
            "e-mail",
            "(7500)",
            "12",
            "naïve",
            "你好",
            "—",
        ]);
        prop::collection::vec(words, 0..30).prop_map(|words| words.join(" "))
    }

    proptest! {
        #[test]
        fn twice_is_once(text in "(.{0,60}|[ -~]{0,80}|[a-z:/?=@.+0-9\" ]{0,80})") {
            let once = redact(&text);
            prop_assert_eq!(redact(&once), once);
        }

        #[test]
        fn no_planted_secret_survives(before in prose(), (line, secret) in planted(), after in prose()) {
            let clean = redact(&format!("{before} {line} {after}"));
            prop_assert!(!clean.contains(&secret), "{}", clean);
            prop_assert_eq!(redact(&clean), clean);
        }

        #[test]
        fn prose_stays(text in prose()) {
            prop_assert_eq!(redact(&text), text);
        }
    }
}
