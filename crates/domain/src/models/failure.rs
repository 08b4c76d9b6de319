//! What a vendor's refusal means: whether to ask again and when, and what to tell people.

#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDateTime};

/// A person waits for the answer, so a longer wait is a failure to be told of.
const MAX_WAIT_MS: u64 = 30_000;
/// An error's code stands near its beginning; a page of HTML behind it is not read.
const MAX_READ: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    No,
    /// Zero: the vendor names no time, use your own backoff.
    After {
        ms: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The key is not, or no longer, accepted: someone must act.
    Revoked,
    /// The account has no credit, or knows no such model: someone must act, and another provider may help.
    Unfit,
    RateLimited,
    Overloaded,
    /// Our request is at fault: it would be everywhere.
    BadRequest,
    ContextTooLong,
    /// Ours, not the vendor's: nobody pays for more.
    OverBudget,
    /// A key of the asker's own is not accepted: they must act.
    OwnKeyRefused,
    /// With a key of the asker's own there is no answer: they must act.
    OwnKey,
    Other,
}

impl FailureKind {
    /// Another provider may well answer where this one did not.
    pub const fn may_go_elsewhere(self) -> bool {
        !matches!(self, Self::BadRequest | Self::OverBudget | Self::OwnKeyRefused | Self::OwnKey)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    pub retry: Retry,
    pub kind: FailureKind,
    /// For people. Ours, never the vendor's: theirs may quote keys and prompts.
    pub sentence: &'static str,
}

/// Judges an answer whose status is not 200.
pub fn classify(status: u16, retry_after: Option<&str>, now_ms: u64, body: &str) -> Failure {
    use FailureKind::*;
    let after = Retry::After { ms: retry_after.map_or(0, |header| wait(header, now_ms, MAX_WAIT_MS)) };
    let failure = |retry, kind, sentence| Failure { retry, kind, sentence };
    match status {
        // OpenAI says so of a model that the key's project may not use.
        403 if mentions(body, &["model_not_found", "does not have access to model"]) => {
            failure(Retry::No, Unfit, "The model provider does not let us use this model.")
        }
        401 | 403 => failure(Retry::No, Revoked, "The model provider does not accept our key."),
        402 => failure(Retry::No, Unfit, "Our account at the model provider has no credit left."),
        404 => failure(Retry::No, Unfit, "The model provider does not know this model."),
        408 => failure(after, Overloaded, "The model provider took too long."),
        413 => failure(Retry::No, ContextTooLong, "This conversation is too long for the model."),
        // Asking again does not fill an account.
        429 if mentions(body, &["insufficient_quota"]) => {
            failure(Retry::No, Unfit, "Our quota at the model provider is used up.")
        }
        429 => failure(after, RateLimited, "The model provider has too many requests at the moment."),
        // Google says so of a key, and Anthropic of an empty account, with a status of its own choice.
        400 if mentions(body, &["api_key_invalid", "api key not valid", "api key expired"]) => {
            failure(Retry::No, Revoked, "The model provider does not accept our key.")
        }
        400 if mentions(body, &["credit balance is too low"]) => {
            failure(Retry::No, Unfit, "Our account at the model provider has no credit left.")
        }
        400 | 422 if mentions(body, TOO_LONG) => {
            failure(Retry::No, ContextTooLong, "This conversation is too long for the model.")
        }
        400..500 => failure(Retry::No, BadRequest, "The model provider refused the request."),
        // 520 to 530 are Cloudflare's, when the vendor stands behind it and does not answer.
        500 | 502 | 503 | 504 | 520..=530 => failure(after, Overloaded, "The model provider is having trouble."),
        _ => failure(Retry::No, Other, "The model provider answered in a way that we do not understand."),
    }
}

/// How vendors say that a prompt does not fit; there is no common code for it.
const TOO_LONG: &[&str] = &[
    "context_length_exceeded",
    "context length",
    "context window",
    "context size",
    "prompt is too long",
    "too many tokens",
    "maximum number of tokens",
    "string_above_max_length",
    "reduce the length",
    // Google: "The input token count (…) exceeds the maximum number of tokens allowed".
    "input token count",
    // Anthropic, of a body beyond its own limit.
    "request_too_large",
];

fn mentions(body: &str, phrases: &[&str]) -> bool {
    let body = body.get(..body.floor_char_boundary(MAX_READ)).unwrap_or_default().to_ascii_lowercase();
    phrases.iter().any(|phrase| body.contains(phrase))
}

/// `Retry-After` in milliseconds from now, capped; zero when it is past, absent or nonsense.
pub(crate) fn wait(header: &str, now_ms: u64, most_ms: u64) -> u64 {
    let header = header.trim();
    let whole = header.split_once('.').map_or(header, |(whole, _)| whole);
    if !whole.is_empty() && whole.bytes().all(|digit| digit.is_ascii_digit()) {
        // Only a number with too many digits fails to parse here. A fraction is rounded up.
        let seconds: u64 = whole.parse().unwrap_or(u64::MAX);
        return seconds.saturating_add(u64::from(whole != header)).saturating_mul(1_000).min(most_ms);
    }
    let at = http_date(header).and_then(|at| u64::try_from(at).ok());
    at.map_or(0, |at| at.saturating_sub(now_ms).min(most_ms))
}

/// The three spellings that RFC 9110 has every recipient understand.
fn http_date(header: &str) -> Option<i64> {
    if let Ok(date) = DateTime::parse_from_rfc2822(header) {
        return Some(date.timestamp_millis());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(header, format).ok())
        .map(|date| date.and_utc().timestamp_millis())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyFormat {
    /// Read it with a `Decoder`.
    Stream,
    /// Not streamed; read it with `decode_body`.
    Json,
}

/// How to read a 200; `None` when it is neither, such as a proxy's page of HTML. A reply that does not name its type is
/// read as a stream: if it is none, it has no end mark and counts as cut.
pub fn reply_format(content_type: Option<&str>) -> Option<ReplyFormat> {
    let Some(content_type) = content_type else { return Some(ReplyFormat::Stream) };
    let essence = content_type.split_once(';').map_or(content_type, |(essence, _)| essence).trim().to_ascii_lowercase();
    match essence.as_str() {
        "text/event-stream" | "" => Some(ReplyFormat::Stream),
        "application/json" | "text/json" => Some(ReplyFormat::Json),
        json if json.starts_with("application/") && json.ends_with("+json") => Some(ReplyFormat::Json),
        _ => None,
    }
}

/// A 200 that `reply_format` cannot read. A proxy in between may well be gone at the next attempt.
pub const fn unusable_reply() -> Failure {
    Failure {
        retry: Retry::After { ms: 0 },
        kind: FailureKind::Other,
        sentence: "The model provider answered with something that is not an answer.",
    }
}
