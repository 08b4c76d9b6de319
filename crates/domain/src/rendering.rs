//! Conversations as documents: Markdown, and HTML that can do nothing but be read; and the pages of forms for browsers
//! without JavaScript.

pub mod basic;
mod inline;
mod markdown;
mod page;

pub use markdown::to_html;
pub use page::{Html, Markdown, content_security_policy};

/// Text as it stands in HTML, in an attribute too.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 16);
    push_escaped(&mut escaped, text);
    escaped
}

fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No document may hold it, and a parser would put another character there.
            '\0' => {}
            _ => out.push(character),
        }
    }
}
