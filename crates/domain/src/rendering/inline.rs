//! What stands within a paragraph of Markdown: code, emphasis and links. Everything is text until it is known to be more,
//! and each character is looked at a bounded number of times, whatever is written.

use std::collections::HashMap;

use super::{escape, push_escaped};

const MAX_URL_BYTES: usize = 2_048;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Strong,
    Emphasis,
    Deleted,
}

impl Mark {
    const fn name(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Emphasis => "em",
            Self::Deleted => "del",
        }
    }
}

/// A piece of the output: HTML, or a mark that may yet turn out to be text.
enum Piece {
    Html(String),
    Mark { mark: Mark, text: &'static str, tag: Option<bool> },
}

/// The HTML of one paragraph's text.
pub fn render(text: &str, out: &mut String) {
    let mut reader = Reader { text, at: 0, pieces: Vec::new(), open: Vec::new(), runs: last_runs(text), unbroken: 0 };
    reader.read();
    for piece in reader.pieces {
        match piece {
            Piece::Html(html) => out.push_str(&html),
            Piece::Mark { text, tag: None, .. } => out.push_str(text),
            Piece::Mark { mark, tag: Some(opens), .. } => {
                out.push_str(if opens { "<" } else { "</" });
                out.push_str(mark.name());
                out.push('>');
            }
        }
    }
}

/// Where the last run of so many backticks begins: without one ahead there is nothing to search for.
fn last_runs(text: &str) -> HashMap<usize, usize> {
    let mut runs = HashMap::new();
    let (mut begin, mut length) = (0, 0);
    for (at, byte) in text.bytes().chain([0]).enumerate() {
        if byte == b'`' {
            if length == 0 {
                begin = at;
            }
            length += 1;
        } else if length > 0 {
            runs.insert(length, begin);
            length = 0;
        }
    }
    runs
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    pieces: Vec<Piece>,
    /// Marks that may be closed: each kind once at most, so this is short.
    open: Vec<(Mark, usize)>,
    runs: HashMap<usize, usize>,
    /// Up to here nothing ends the address that was looked at last.
    unbroken: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn read(&mut self) {
        let mut last = ' ';
        let mut next_bracket = 0;
        while let Some(character) = self.rest().chars().next() {
            let begun = self.at;
            match character {
                '\\' if self.rest().chars().nth(1).is_some_and(|next| next.is_ascii_punctuation()) => {
                    let escaped: String = self.rest().chars().skip(1).take(1).collect();
                    self.push(&escape(&escaped));
                    self.at += 1 + escaped.len();
                }
                '`' => self.code(),
                '*' | '_' | '~' => self.mark(character, last),
                '[' => {
                    if next_bracket <= self.at {
                        let found = self.rest().find(']').map(|at| self.at + at);
                        next_bracket = found.unwrap_or(self.text.len());
                    }
                    self.link(next_bracket);
                }
                'h' if !last.is_alphanumeric() => self.address(),
                '\n' => {
                    self.push("<br>\n");
                    self.at += 1;
                }
                _ => {}
            }
            if self.at == begun {
                let plain = self.rest();
                let skip = character.len_utf8();
                let end = plain.get(skip..).and_then(|rest| rest.find(['\\', '`', '*', '_', '~', '[', 'h', '\n']));
                let end = end.map_or(plain.len(), |end| end + skip);
                let plain = plain.get(..end).unwrap_or_default();
                self.push(&escape(plain));
                self.at += plain.len();
            }
            last = self.text.get(..self.at).and_then(|before| before.chars().next_back()).unwrap_or(' ');
        }
    }

    fn push(&mut self, html: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Html(before)) => before.push_str(html),
            _ => self.pieces.push(Piece::Html(html.to_owned())),
        }
    }

    fn code(&mut self) {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches('`').len();
        let fence = rest.get(..length).unwrap_or_default();
        let mut from = length;
        if self.runs.get(&length).is_some_and(|last| *last > self.at) {
            while let Some(found) = rest.get(from..).and_then(|rest| rest.find('`')).map(|found| from + found) {
                let after = rest.get(found..).unwrap_or_default();
                let run = after.len() - after.trim_start_matches('`').len();
                if run == length {
                    let code = rest.get(length..found).unwrap_or_default().replace('\n', " ");
                    let bare = code.strip_prefix(' ').and_then(|code| code.strip_suffix(' '));
                    let shown = bare.filter(|bare| !bare.trim().is_empty()).unwrap_or(&code);
                    let html = format!("<code>{}</code>", escape(shown));
                    self.push(&html);
                    self.at += found + run;
                    return;
                }
                from = found + run;
            }
        }
        self.push(fence);
        self.at += length;
    }

    fn mark(&mut self, character: char, last: char) {
        let rest = self.rest();
        let doubled = rest.chars().nth(1) == Some(character);
        let (mark, text) = match (character, doubled) {
            ('*', true) => (Mark::Strong, "**"),
            ('_', true) => (Mark::Strong, "__"),
            ('*', false) => (Mark::Emphasis, "*"),
            ('_', false) => (Mark::Emphasis, "_"),
            ('~', true) => (Mark::Deleted, "~~"),
            _ => return,
        };
        let next = rest.get(text.len()..).and_then(|after| after.chars().next()).unwrap_or(' ');
        // A name like snake_case has no emphasis in it.
        let inside = character == '_' && last.is_alphanumeric() && next.is_alphanumeric();
        let (can_open, can_close) = (!next.is_whitespace() && !inside, !last.is_whitespace() && !inside);
        let at = self.pieces.len();
        let opened = self.open.iter().position(|(open, begin)| *open == mark && self.is_written(*begin, text));
        let mut tag = None;
        match opened {
            Some(position) if can_close => {
                if let Some((_, begin)) = self.open.get(position).copied()
                    && let Some(Piece::Mark { tag: opener, .. }) = self.pieces.get_mut(begin)
                {
                    *opener = Some(true);
                    tag = Some(false);
                }
                // What was opened within and not closed stays text.
                self.open.truncate(position);
            }
            None if can_open && !self.open.iter().any(|(open, _)| *open == mark) => self.open.push((mark, at)),
            _ => {}
        }
        self.pieces.push(Piece::Mark { mark, text, tag });
        self.at += text.len();
    }

    fn is_written(&self, piece: usize, as_text: &str) -> bool {
        matches!(self.pieces.get(piece), Some(Piece::Mark { text, .. }) if *text == as_text)
    }

    /// `[label](address)`, the label without brackets. An image is a link too: nothing is fetched for a reader.
    fn link(&mut self, close: usize) {
        let Some(label) = self.text.get(self.at + 1..close).filter(|label| !label.contains('[')) else { return };
        let Some(after) = self.text.get(close + 1..).and_then(|after| after.strip_prefix('(')) else { return };
        let stops = |c: char| c.is_whitespace() || matches!(c, ')' | '[' | '<' | '>' | '"');
        let Some(end) = after.find(stops).filter(|end| *end <= MAX_URL_BYTES) else { return };
        let (url, closed) = (after.get(..end).unwrap_or_default(), after.get(end..).unwrap_or_default());
        if closed.starts_with(')') && is_harmless(url) {
            let html = anchor(url, label);
            self.push(&html);
            self.at = close + 2 + end + 1;
        }
    }

    /// An address that stands by itself.
    fn address(&mut self) {
        let rest = self.rest();
        if !rest.starts_with("https://") && !rest.starts_with("http://") {
            return;
        }
        let stops =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '\'' | '`' | '|' | '*');
        // What is longer is no link, wherever it ends; and what was looked through for one address is not for the next.
        let within = rest.get(..rest.ceil_char_boundary(MAX_URL_BYTES + 1)).unwrap_or(rest);
        let known = self.unbroken.saturating_sub(self.at).min(within.len());
        let end = within.get(known..).and_then(|new| new.find(stops)).map_or(within.len(), |end| known + end);
        self.unbroken = self.unbroken.max(self.at + end);
        if end > MAX_URL_BYTES {
            return;
        }
        let url = within.get(..end).unwrap_or_default();
        let url = url.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '_']);
        if url.len() <= MAX_URL_BYTES && is_harmless(url) {
            let html = anchor(url, url);
            self.push(&html);
            self.at += url.len();
        }
    }
}

/// Schemes that lead away and run nothing here.
fn is_harmless(url: &str) -> bool {
    let known = ["http://", "https://", "mailto:"];
    let begins = |scheme: &&str| url.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    let scheme = known.iter().find(|scheme| begins(scheme));
    scheme.is_some_and(|scheme| url.len() > scheme.len()) && !url.chars().any(char::is_control)
}

fn anchor(url: &str, label: &str) -> String {
    let mut html = String::from("<a href=\"");
    push_escaped(&mut html, url);
    html.push_str("\" rel=\"noopener noreferrer nofollow\">");
    push_escaped(&mut html, label);
    html.push_str("</a>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        let mut out = String::new();
        render(text, &mut out);
        out
    }

    #[test]
    fn marks_become_tags_in_pairs() {
        for (text, expected) in [
            ("plain", "plain"),
            ("**a** *b* _c_ __d__ ~~e~~", "<strong>a</strong> <em>b</em> <em>c</em> <strong>d</strong> <del>e</del>"),
            ("**a *b* c**", "<strong>a <em>b</em> c</strong>"),
            ("snake_case_name", "snake_case_name"),
            ("2 * 3 * 4", "2 * 3 * 4"),
            ("**open", "**open"),
            ("*a **b* c**", "<em>a **b</em> c**"),
            ("a\nb", "a<br>\nb"),
            (r"\*a\* \<", "*a* &lt;"),
            ("`a < b` ``c`d``", "<code>a &lt; b</code> <code>c`d</code>"),
            ("`open", "`open"),
            ("``a`", "``a`"),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn links_lead_away_and_nowhere_else() {
        let link =
            |url: &str, label: &str| format!(r#"<a href="{url}" rel="noopener noreferrer nofollow">{label}</a>"#);
        for (text, expected) in [
            ("[a](https://x.example/?a=1&b)", link("https://x.example/?a=1&amp;b", "a")),
            ("[a](mailto:x@y.example)", link("mailto:x@y.example", "a")),
            ("see https://x.example/a.", format!("see {}.", link("https://x.example/a", "https://x.example/a"))),
            ("![pixel](https://x.example/p.gif)", format!("!{}", link("https://x.example/p.gif", "pixel"))),
            ("[a](javascript:alert(1))", "[a](javascript:alert(1))".into()),
            ("[a](JaVaScRiPt:x)", "[a](JaVaScRiPt:x)".into()),
            ("[a](data:text/html,x)", "[a](data:text/html,x)".into()),
            ("[a](//x.example)", "[a](//x.example)".into()),
            ("[a](https://)", "[a](https://)".into()),
            ("[<b>](https://x.example)", link("https://x.example", "&lt;b&gt;")),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_are_looked_through_once() {
        let text = "http://".repeat(10_000);
        let mut reader =
            Reader { text: &text, at: 0, pieces: Vec::new(), open: Vec::new(), runs: HashMap::new(), unbroken: 0 };
        reader.address();
        assert_eq!((reader.at, reader.unbroken), (0, MAX_URL_BYTES + 1));
        reader.at = 7;
        reader.address();
        assert_eq!((reader.at, reader.unbroken), (7, MAX_URL_BYTES + 8));
        let longest = format!("http://{}", "é".repeat((MAX_URL_BYTES - 7) / 2));
        assert_eq!(html(&format!("{longest} {longest}")).matches("<a ").count(), 2);
        assert!(!html(&format!("{longest}ää")).contains("<a "));
    }

    #[test]
    fn no_text_takes_long() {
        for pattern in
            ["[", "](", "[](", "*", "**a", "_a*b~~", "`", "``a`", "\\", "h", "https://", "[a](https://x", "<", "`a``"]
        {
            let text = pattern.repeat(300_000 / pattern.len());
            assert!(html(&text).len() >= text.len() / 2, "{pattern}");
        }
    }
}
