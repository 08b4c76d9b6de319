//! A conversation as one document: a beginning, its messages one by one, and an end, so that none is held whole.

use edgewise_protocol::{
    message::{Message, Role, Status},
    timestamp::Timestamp,
};
use sha2::{Digest, Sha256};

use super::{escape, to_html};
use base64ct::{Base64, Encoding};

pub(super) const STYLE: &str = "body{margin:0;background:#fff;color:#1a1a1a;font:16px/1.55 system-ui,sans-serif}\
main{max-width:46rem;margin:0 auto;padding:2rem 1rem}h1{font-size:1.5rem}\
article{margin:1.5rem 0;padding:0 0 0 1rem;border-left:3px solid #ccc}article.user{border-color:#3b6fd4}\
header{color:#666;font-size:.85rem}pre{overflow-x:auto;padding:.75rem;background:#f4f4f4}code{font-size:.9em}\
.said{white-space:pre-wrap;overflow-wrap:anywhere}p,li,h2,h3,h4,h5,h6{overflow-wrap:anywhere}\
@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}pre{background:#262626}a{color:#8ab4f8}}";

/// What a page may do: show its own style, and nothing else.
pub fn content_security_policy() -> String {
    let style = style_hash(STYLE);
    format!(
        "default-src 'none'; style-src {style}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    )
}

/// A style as a policy names it.
pub(super) fn style_hash(style: &str) -> String {
    format!("'sha256-{}'", Base64::encode_string(&Sha256::digest(style.as_bytes())))
}

/// A document of HTML that stands alone.
#[derive(Debug, Clone, Copy)]
pub struct Html;

impl Html {
    pub fn begin(title: &str) -> String {
        let title = escape(title);
        // A file that was saved has no headers: what it may do stands in itself too.
        let policy = escape(&content_security_policy().replace("frame-ancestors 'none'; sandbox", ""));
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex, nofollow\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        )
    }

    pub fn message(message: &Message) -> String {
        let (class, who) = match message.role {
            Role::User => ("user", "User"),
            Role::Assistant => ("assistant", "Assistant"),
        };
        let at = message.created_at;
        let body = match message.role {
            // A person's text is shown as it was typed.
            Role::User => format!("<p class=\"said\">{}</p>\n", escape(&message.content)),
            Role::Assistant => to_html(&message.content),
        };
        let note = ending(message).map(|note| format!("<p><em>{}</em></p>\n", escape(&note))).unwrap_or_default();
        format!(
            "<article class=\"{class}\">\n<header>{who} · <time datetime=\"{at}\">{}</time></header>\n{body}{note}\
             </article>\n",
            day(at)
        )
    }

    pub const fn end() -> &'static str {
        "</main>\n</body>\n</html>\n"
    }
}

/// A document of Markdown.
#[derive(Debug, Clone, Copy)]
pub struct Markdown;

impl Markdown {
    pub fn begin(title: &str) -> String {
        // A title is one line, or it would be more than a title.
        let line: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("# {line}\n")
    }

    pub fn message(message: &Message) -> String {
        let who = match message.role {
            Role::User => "User",
            Role::Assistant => "Assistant",
        };
        let note = ending(message).map(|note| format!("\n*{note}*\n")).unwrap_or_default();
        format!("\n## {who} · {}\n\n{}\n{note}", day(message.created_at), message.content.trim_end())
    }
}

/// What is to be said of an answer that did not end by itself.
pub(super) fn ending(message: &Message) -> Option<String> {
    match message.status {
        Status::Failed => Some(message.error.clone().unwrap_or_else(|| "This answer failed.".into())),
        Status::Stopped => Some("This answer was stopped.".into()),
        Status::Running | Status::Queued => Some("This answer was not finished.".into()),
        Status::Completed | Status::Superseded => None,
    }
}

/// Minutes, which is what people read.
pub(super) fn day(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {} UTC", text.get(..10).unwrap_or_default(), text.get(11..16).unwrap_or_default())
}
