//! Signing in elsewhere: what is asked, what comes back, and what strangers send instead.

use serde_json::{Value, json};

use super::*;
use crate::identity::{
    jwks::{
        Algorithm, Refusal,
        tests::{NOW_MS, claims, jwks, token},
    },
    tokens::{BadToken, Keys},
};

fn keys() -> Keys {
    Keys::new(b"0123456789abcdef0123456789abcdef", None)
}

fn attempt() -> Attempt {
    Attempt::new(&[[1; 32], [2; 32], [3; 32]], "example", "/c/7?a=b#d", None)
}

fn document() -> Value {
    json!({
        "issuer": "https://id.example",
        "authorization_endpoint": "https://id.example/authorize?tenant=7",
        "token_endpoint": "https://id.example/token",
        "jwks_uri": "https://id.example/jwks",
        "id_token_signing_alg_values_supported": ["HS256", "none", "ES256", "EdDSA"],
    })
}

fn discovered(document: &Value) -> Option<Provider> {
    Provider::discovered("example", "https://id.example", document.to_string().as_bytes(), "edgewise", "s:e/c")
}

/// RFC 7636, appendix B.
#[test]
fn the_challenge_is_that_of_the_rfc() {
    let expected = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    assert_eq!(challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), expected);
}

#[test]
fn the_browser_is_sent_with_all_it_needs() {
    let url = authorize_url(&Provider::github("id&x", "secret"), "https://chat.example/cb?a=b", &attempt());
    assert!(url.starts_with(
        "https://github.com/login/oauth/authorize?response_type=code&client_id=id%26x\
         &redirect_uri=https%3A%2F%2Fchat.example%2Fcb%3Fa%3Db&scope=read%3Auser%20user%3Aemail&state=AQEBAQ"
    ));
    assert!(url.contains("&code_challenge_method=S256"));
    assert!(!url.contains("nonce") && !url.contains("secret") && !url.contains(&attempt().verifier));

    let url = authorize_url(&discovered(&document()).unwrap(), "https://chat.example/cb", &attempt());
    assert!(url.starts_with("https://id.example/authorize?tenant=7&response_type=code"));
    assert!(url.ends_with(&format!("&nonce={}", attempt().nonce)));
    let google = authorize_url(&Provider::google("id", "secret"), "https://chat.example/cb", &attempt());
    assert!(google.contains("&scope=openid%20email%20profile&"));
}

#[test]
fn the_code_is_sent_with_its_verifier() {
    let request = token_request(&Provider::github("id", "s&c"), "https://chat.example/cb", "co&de=1", &attempt());
    assert_eq!(
        request.body,
        format!(
            "grant_type=authorization_code&code=co%26de%3D1&redirect_uri=https%3A%2F%2Fchat.example%2Fcb\
             &code_verifier={}&client_id=id&client_secret=s%26c",
            attempt().verifier
        )
    );
    assert_eq!(request.authorization, None);
    // The standard's default is the header; "edgewise:s%3Ae%2Fc".
    let request = token_request(&discovered(&document()).unwrap(), "https://chat.example/cb", "c", &attempt());
    assert_eq!(request.authorization.as_deref(), Some("Basic ZWRnZXdpc2U6cyUzQWUlMkZj"));
    assert!(!request.body.contains("client"));
    let mut in_body = document();
    in_body["token_endpoint_auth_methods_supported"] = json!(["client_secret_basic", "client_secret_post"]);
    assert_eq!(token_request(&discovered(&in_body).unwrap(), "", "c", &attempt()).authorization, None);
}

#[test]
fn discovery_is_believed_with_care() {
    let provider = discovered(&document()).unwrap();
    let issuer = provider.external_issuer().unwrap();
    assert_eq!(issuer.algorithms, [Algorithm::Es256, Algorithm::EdDsa]);
    assert_eq!((issuer.audience.as_str(), issuer.jwks_url.as_str()), ("edgewise", "https://id.example/jwks"));
    for (name, value) in [
        ("issuer", json!("https://evil.example")),
        ("issuer", json!("https://id.example/")),
        ("token_endpoint", json!("http://id.example/token")),
        ("token_endpoint", json!("http://localhost.evil.example/token")),
        ("token_endpoint", json!("http://localhost@evil.example/token")),
        ("token_endpoint", json!("https://a@evil.example/token")),
        ("token_endpoint", json!("https:///token")),
        ("token_endpoint", json!("file:///etc/passwd")),
        ("token_endpoint", json!(null)),
        ("jwks_uri", json!("https://id.example/jw ks")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!("https://id.example/\r\nset-cookie:a=b")),
        ("id_token_signing_alg_values_supported", json!(["none", "HS256"])),
    ] {
        let mut document = document();
        document[name] = value.clone();
        assert_eq!(discovered(&document), None, "{name} {value}");
    }
    let mut local = document();
    local["token_endpoint"] = json!("http://localhost:9000/token");
    assert!(discovered(&local).is_some());
    assert!(Provider::discovered("a", "b", &vec![b' '; 1 << 20], "c", "d").is_none());
    assert_eq!(discovery_url("https://id.example/"), "https://id.example/.well-known/openid-configuration");
}

#[test]
fn an_attempt_is_of_its_browser() {
    let attempt = attempt();
    let cookie = attempt.seal(&keys(), NOW_MS).unwrap();
    let open = |cookie: &str, provider, state: &str, now_ms| Attempt::open(&keys(), cookie, provider, state, now_ms);
    assert_eq!(open(&cookie, "example", &attempt.state, NOW_MS), Ok(attempt.clone()));
    assert!(open(&cookie, "example", &attempt.state, NOW_MS + 600_000).is_ok());
    assert_eq!(open(&cookie, "example", &attempt.state, NOW_MS + 601_000), Err(BadToken));
    assert_eq!(open(&cookie, "github", &attempt.state, NOW_MS), Err(BadToken));
    for state in ["", &attempt.nonce, &format!("{}=", attempt.state), attempt.state.trim_start_matches('A')] {
        assert_eq!(open(&cookie, "example", state, NOW_MS), Err(BadToken));
    }
    assert_eq!(Attempt::open(&Keys::new(&[1; 32], None), &cookie, "example", &attempt.state, NOW_MS), Err(BadToken));
    for at in 0..cookie.len() {
        let changed: String = cookie
            .chars()
            .enumerate()
            .map(|(i, c)| if i == at { if c == 'A' { 'B' } else { 'A' } } else { c })
            .collect();
        assert_eq!(open(&changed, "example", &attempt.state, NOW_MS), Err(BadToken), "{at}");
    }
    assert_eq!(open(&"a".repeat(1 << 20), "example", &attempt.state, NOW_MS), Err(BadToken));
    assert_eq!(attempt.seal(&keys(), u64::MAX), Err(BadToken));
    let printed = format!("{attempt:?}");
    assert!(!printed.contains(&attempt.state) && !printed.contains(&attempt.verifier));
}

/// Both kinds are signed with the same secret; neither passes for the other.
#[test]
fn attempts_and_sessions_are_not_mixed_up() {
    use edgewise_protocol::ids::{SessionId, UserId};
    let cookie = attempt().seal(&keys(), NOW_MS).unwrap();
    assert_eq!(keys().verify_access(&cookie, NOW_MS), Err(BadToken));
    let access = keys().sign_access(UserId::new(NOW_MS, &[7; 10]), SessionId::new(NOW_MS, &[8; 10]), NOW_MS).unwrap();
    assert_eq!(Attempt::open(&keys(), &access, "example", "", NOW_MS), Err(BadToken));
    // Nor does what looks like an attempt and is for something else.
    let open = |purpose: &str| {
        let token = keys().sign(json!({"use": purpose, "attempt": attempt()}), 60, NOW_MS).unwrap();
        Attempt::open(&keys(), &token, "example", &attempt().state, NOW_MS)
    };
    assert_eq!(open("oauth"), Ok(attempt()));
    assert_eq!(open("access"), Err(BadToken));
}

/// The longest path, with every character escaped, still fits.
#[test]
fn the_longest_attempt_comes_back() {
    let next = format!("/?{}", "\"".repeat(1_022));
    let attempt = Attempt::new(&[[1; 32]; 3], "example", &next, None);
    let cookie = attempt.seal(&keys(), NOW_MS).unwrap();
    assert_eq!(Attempt::open(&keys(), &cookie, "example", &attempt.state, NOW_MS).unwrap().next, next);
}

#[test]
fn nobody_is_led_elsewhere() {
    for good in ["/", "/c/7", "/c/7?next=//a#//b", "/a%20b", "/a:b@c"] {
        assert_eq!(local_path(good), Some(good));
    }
    for bad in [
        "",
        "c",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/a\r\nset-cookie: a=b",
        " /a",
        "/a b",
        "https://evil.example",
        "javascript:alert(1)",
        "/.//evil.example",
        "/..//evil.example",
        "/a//b",
        "/./a",
        "/a/..",
        "/é",
        "/\u{0}",
        "/\u{7f}",
        "?a",
        "#a",
        &format!("/{}", "a".repeat(2_000)),
    ] {
        assert_eq!(local_path(bad), None, "{bad:?}");
        assert_eq!(Attempt::new(&[[1; 32]; 3], "example", bad, None).next, "/");
    }
}

#[test]
fn id_tokens_are_of_this_attempt() {
    let provider = discovered(&document()).unwrap();
    let check = |changes: Value, nonce: &str| {
        let mut claims = claims();
        claims["nonce"] = json!("n");
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        id_token_user(&token("EdDSA", &claims), &jwks(), &provider, nonce, NOW_MS)
    };
    assert_eq!(check(json!({}), "n").unwrap().subject, "ann");
    assert!(check(json!({"azp": "edgewise"}), "n").is_ok());
    assert!(check(json!({"aud": ["edgewise"]}), "n").is_ok());
    assert!(check(json!({"aud": ["edgewise", "b"], "azp": "edgewise"}), "n").is_ok());
    for (changes, nonce) in [
        (json!({}), "m"),
        (json!({}), ""),
        (json!({"nonce": ""}), ""),
        (json!({"nonce": null}), "n"),
        (json!({"nonce": ["n"]}), "n"),
        (json!({"azp": "b"}), "n"),
        (json!({"azp": null}), "n"),
        (json!({"azp": ["edgewise"]}), "n"),
        (json!({"aud": ["edgewise", "b"]}), "n"),
        (json!({"aud": ["edgewise", "b"], "azp": "b"}), "n"),
        (json!({"aud": "b", "azp": "edgewise"}), "n"),
        (json!({"iss": "https://evil.example"}), "n"),
        (json!({"exp": 7}), "n"),
        (json!({"sub": 7}), "n"),
    ] {
        assert_eq!(check(changes.clone(), nonce), Err(Refusal::BadToken), "{changes}");
    }
    // Google's issuer does not sign for this one, and GitHub signs nothing.
    for other in [Provider::google("edgewise", ""), Provider::github("edgewise", "")] {
        let token = token("RS256", &claims());
        assert_eq!(id_token_user(&token, &jwks(), &other, "n", NOW_MS), Err(Refusal::BadToken));
    }
    assert_eq!(id_token_user(&token("RS256", &claims()), &jwks(), &provider, "n", NOW_MS), Err(Refusal::BadToken));
}

#[test]
fn token_replies_are_read() {
    let tokens =
        token_reply(br#"{"access_token":"gho_1","token_type":"bearer","scope":"","id_token":"a.b.c"}"#).unwrap();
    assert_eq!((tokens.access_token.as_str(), tokens.id_token.as_deref()), ("gho_1", Some("a.b.c")));
    assert!(!format!("{tokens:?}").contains("gho_1"));
    // GitHub's way, with status 200.
    let refusal = token_reply(br#"{"error":"bad_verification_code","error_description":"The code is incorrect"}"#);
    assert_eq!(refusal, Err(TokenFault::Refused("bad_verification_code".into())));
    assert_eq!(token_reply(b"{\"error\":\"a\\n<b>\"}"), Err(TokenFault::Refused("ab".into())));
    for body in [
        &b""[..],
        b"access_token=a&token_type=bearer",
        b"{}",
        br#"{"access_token":""}"#,
        br#"{"access_token":7}"#,
        br#"{"access_token":"a\r\nb"}"#,
        br#"{"access_token":"a","token_type":"mac"}"#,
        &[b' '; 1 << 20],
    ] {
        assert_eq!(token_reply(body), Err(TokenFault::Unreadable));
    }
}

#[test]
fn github_says_who_it_is() {
    let user = br#"{"id":583231,"login":"octocat","name":null,"email":"liar@example.org"}"#;
    let emails = br#"[{"email":"old@example.org","primary":false,"verified":true,"visibility":null},
        {"email":"Octo@Example.org","primary":true,"verified":true}]"#;
    let octocat = github_user("https://github.com", user, emails).unwrap();
    assert_eq!((octocat.issuer.as_str(), octocat.subject.as_str()), ("https://github.com", "583231"));
    assert_eq!(octocat.email.unwrap().as_str(), "Octo@example.org");
    assert_eq!((octocat.email_verified, octocat.name.as_deref()), (true, Some("octocat")));

    let unverified = br#"[{"email":"octo@example.org","primary":true,"verified":false}]"#;
    let octocat = github_user("https://github.com", br#"{"id":1,"login":"o","name":"Octo Cat"}"#, unverified).unwrap();
    assert_eq!((octocat.email, octocat.email_verified, octocat.name.as_deref()), (None, false, Some("Octo Cat")));
    for bad in
        [&br#"{"message":"Bad credentials"}"#[..], b"", br#"{"id":"1","login":"o"}"#, br#"{"id":-1,"login":"o"}"#]
    {
        assert_eq!(github_user("", bad, emails), None);
        assert_eq!(github_user("", user, bad), None);
    }
}
