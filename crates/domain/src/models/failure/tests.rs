//! Refusals of a model's server.

use super::*;

/// Sun, 06 Nov 1994 08:49:37 GMT
const NOW: u64 = 784_111_777_000;

fn check(status: u16, retry_after: Option<&str>, body: &str, retry: Retry, kind: FailureKind) {
    let failure = classify(status, retry_after, NOW, body);
    assert_eq!((failure.retry, failure.kind), (retry, kind), "{status} {retry_after:?} {body}");
    assert!(failure.sentence.ends_with('.'));
}

fn after(ms: u64) -> Retry {
    Retry::After { ms }
}

#[test]
fn statuses() {
    use FailureKind::*;
    for status in [500, 502, 503, 504, 520, 524, 529, 530] {
        check(status, None, "", after(0), Overloaded);
        check(status, Some("2"), "<html>", after(2_000), Overloaded);
    }
    check(408, None, "", after(0), Overloaded);
    check(429, None, "", after(0), RateLimited);
    check(429, Some("3"), r#"{"error":{"code":"rate_limit_exceeded"}}"#, after(3_000), RateLimited);
    check(429, Some("3"), r#"{"error":{"code":"insufficient_quota"}}"#, Retry::No, Unfit);
    check(401, Some("3"), r#"{"error":{"message":"bad key sk-123"}}"#, Retry::No, Revoked);
    check(403, None, "", Retry::No, Revoked);
    check(403, None, r#"{"error":{"code":"model_not_found"}}"#, Retry::No, Unfit);
    check(403, None, r#"{"error":{"message":"Project x does not have access to model y"}}"#, Retry::No, Unfit);
    for status in [402, 404] {
        check(status, Some("3"), "{}", Retry::No, Unfit);
    }
    for status in [400, 405, 409, 418, 422, 425, 499] {
        check(status, Some("3"), "{}", Retry::No, BadRequest);
    }
    for status in [0, 204, 302, 501, 505, 599] {
        check(status, Some("3"), "", Retry::No, Other);
    }
    let google = r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#;
    check(400, None, google, Retry::No, Revoked);
    let anthropic = r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#;
    check(400, None, anthropic, Retry::No, Unfit);
    let overloaded = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    check(529, Some("1"), overloaded, after(1_000), Overloaded);
    check(413, None, "", Retry::No, ContextTooLong);
    check(400, None, r#"{"error":{"code":"context_length_exceeded"}}"#, Retry::No, ContextTooLong);
    check(400, None, "This model's maximum Context Length is 8192 tokens", Retry::No, ContextTooLong);
    check(422, None, "prompt is too long: 210000 tokens", Retry::No, ContextTooLong);
    check(400, None, &format!("{}context length", "é".repeat(20_000)), Retry::No, BadRequest);
}

#[test]
fn retry_after() {
    for (header, ms) in [
        ("0", 0),
        (" 7 ", 7_000),
        ("1.5", 2_000),
        ("30", 30_000),
        ("31", 30_000),
        ("99999999999999999999999999", 30_000),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        ("1e9", 0),
        ("Sun, 06 Nov 1994 08:49:47 GMT", 10_000),
        ("Sunday, 06-Nov-94 08:49:47 GMT", 10_000),
        ("Sun Nov  6 08:49:47 1994", 10_000),
        ("Sun, 06 Nov 1994 09:49:37 GMT", 30_000),
        ("Sun, 06 Nov 1994 08:49:30 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 30_000),
        ("Thu, 01 Jan 1900 00:00:00 GMT", 0),
        ("Sun, 99 Nov 1994 08:49:47 GMT", 0),
    ] {
        check(429, Some(header), "", after(ms), FailureKind::RateLimited);
    }
}

#[test]
fn no_sentence_quotes_the_vendor() {
    for status in 0..=600 {
        assert!(!classify(status, None, NOW, "secret sk-123").sentence.contains("sk-"));
    }
}

#[test]
fn only_streams_and_json_are_read() {
    for (content_type, expected) in [
        (None, Some(ReplyFormat::Stream)),
        (Some("text/event-stream"), Some(ReplyFormat::Stream)),
        (Some("Text/Event-Stream; charset=utf-8"), Some(ReplyFormat::Stream)),
        (Some("application/json; charset=utf-8"), Some(ReplyFormat::Json)),
        (Some("application/problem+json"), Some(ReplyFormat::Json)),
        (Some("text/html; charset=utf-8"), None),
        (Some("text/plain"), None),
        (Some("application/octet-stream"), None),
    ] {
        assert_eq!(reply_format(content_type), expected, "{content_type:?}");
    }
    assert_eq!(unusable_reply().retry, after(0));
}
