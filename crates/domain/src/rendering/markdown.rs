//! Markdown as models write it, made into HTML: headings, lists, quotes, code and paragraphs. HTML that stands in it is
//! text. What is not known here stays readable as it was written.

use super::{escape, inline};

/// Deeper lists and quotes are shown at this depth.
const MAX_DEPTH: usize = 6;

/// The HTML of a message.
pub fn to_html(markdown: &str) -> String {
    let mut writer = Writer::default();
    for line in markdown.lines() {
        writer.line(line);
    }
    writer.finish()
}

struct Fence {
    character: char,
    length: usize,
    indent: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct List {
    indent: usize,
    ordered: bool,
}

impl List {
    const fn tag(self) -> &'static str {
        if self.ordered { "ol" } else { "ul" }
    }
}

#[derive(Default)]
struct Writer {
    out: String,
    paragraph: String,
    fence: Option<Fence>,
    lists: Vec<List>,
    quote: usize,
    /// A blank line came: what is not indented is no part of the list.
    blank: bool,
}

impl Writer {
    fn line(&mut self, line: &str) {
        if let Some(fence) = &self.fence {
            let bare = line.trim();
            let closes = bare.len() >= fence.length && bare.chars().all(|c| c == fence.character);
            if closes {
                self.out.push_str("</code></pre>\n");
                self.fence = None;
            } else {
                let indent = line.len() - line.trim_start_matches(' ').len();
                let shown = line.get(indent.min(fence.indent)..).unwrap_or_default();
                self.out.push_str(&escape(shown));
                self.out.push('\n');
            }
            return;
        }
        let (depth, rest) = quotes(line);
        if depth != self.quote {
            self.close_lists(0);
            self.set_quote(depth);
        }
        let indent = rest.len() - rest.trim_start().len();
        let bare = rest.trim();
        if bare.is_empty() {
            self.end_paragraph();
            self.blank = true;
            return;
        }
        self.block(bare, indent);
        self.blank = false;
    }

    fn block(&mut self, bare: &str, indent: usize) {
        if let Some((character, length)) = fence(bare) {
            self.end_paragraph();
            if indent == 0 {
                self.close_lists(0);
            }
            self.out.push_str("<pre><code>");
            self.fence = Some(Fence { character, length, indent });
        } else if let Some((level, text)) = heading(bare) {
            self.close_lists(0);
            self.out.push_str(&format!("<h{level}>"));
            inline::render(text, &mut self.out);
            self.out.push_str(&format!("</h{level}>\n"));
        } else if is_rule(bare) {
            self.close_lists(0);
            self.out.push_str("<hr>\n");
        } else if let Some((ordered, start, text)) = item(bare) {
            self.end_paragraph();
            self.item(List { indent, ordered }, start);
            self.paragraph.push_str(text);
        } else {
            if self.blank && indent == 0 {
                self.close_lists(0);
            }
            if !self.paragraph.is_empty() {
                self.paragraph.push('\n');
            }
            self.paragraph.push_str(bare);
        }
    }

    fn item(&mut self, list: List, start: Option<u32>) {
        while self.lists.last().is_some_and(|open| open.indent > list.indent) {
            self.close_lists(self.lists.len() - 1);
        }
        match self.lists.last() {
            Some(open) if open.indent == list.indent && open.ordered == list.ordered => self.out.push_str("</li>\n"),
            Some(open) if open.indent == list.indent => {
                self.close_lists(self.lists.len() - 1);
                self.open_list(list, start);
            }
            Some(_) if self.lists.len() >= MAX_DEPTH => self.out.push_str("</li>\n"),
            _ => self.open_list(list, start),
        }
        self.out.push_str("<li>");
    }

    fn open_list(&mut self, list: List, start: Option<u32>) {
        match start {
            Some(start) if start != 1 => self.out.push_str(&format!("<ol start=\"{start}\">\n")),
            _ => self.out.push_str(&format!("<{}>\n", list.tag())),
        }
        self.lists.push(list);
    }

    fn close_lists(&mut self, down_to: usize) {
        self.end_paragraph();
        while self.lists.len() > down_to {
            if let Some(list) = self.lists.pop() {
                self.out.push_str(&format!("</li>\n</{}>\n", list.tag()));
            }
        }
    }

    fn set_quote(&mut self, depth: usize) {
        self.end_paragraph();
        while self.quote > depth {
            self.out.push_str("</blockquote>\n");
            self.quote -= 1;
        }
        while self.quote < depth {
            self.out.push_str("<blockquote>\n");
            self.quote += 1;
        }
    }

    fn end_paragraph(&mut self) {
        if self.paragraph.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.paragraph);
        if self.lists.is_empty() {
            self.out.push_str("<p>");
            inline::render(&text, &mut self.out);
            self.out.push_str("</p>\n");
        } else {
            inline::render(&text, &mut self.out);
        }
    }

    fn finish(mut self) -> String {
        if self.fence.take().is_some() {
            self.out.push_str("</code></pre>\n");
        }
        self.close_lists(0);
        self.set_quote(0);
        self.out
    }
}

/// How deep a line is quoted, and the rest of it.
fn quotes(line: &str) -> (usize, &str) {
    let (mut depth, mut rest) = (0, line);
    while let Some(quoted) = rest.trim_start().strip_prefix('>').filter(|_| depth < MAX_DEPTH) {
        rest = quoted.strip_prefix(' ').unwrap_or(quoted);
        depth += 1;
    }
    (depth, rest)
}

fn fence(bare: &str) -> Option<(char, usize)> {
    let character = bare.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = bare.trim_start_matches(character);
    let length = bare.len() - info.len();
    (length >= 3 && !info.contains('`')).then_some((character, length))
}

fn heading(bare: &str) -> Option<(usize, &str)> {
    let text = bare.trim_start_matches('#');
    let level = bare.len() - text.len();
    // The page's own heading is the first one.
    ((1..=6).contains(&level) && text.starts_with(' ')).then(|| ((level + 1).min(6), text.trim().trim_end_matches('#')))
}

fn is_rule(bare: &str) -> bool {
    let mut marks = bare.chars().filter(|c| !c.is_whitespace());
    let Some(first) = marks.next().filter(|c| matches!(c, '-' | '*' | '_')) else { return false };
    let mut count = 1;
    marks.all(|mark| {
        count += 1;
        mark == first
    }) && count >= 3
}

/// Whether the list is ordered, its number, and the item's text.
fn item(bare: &str) -> Option<(bool, Option<u32>, &str)> {
    for bullet in ["- ", "* ", "+ "] {
        if let Some(text) = bare.strip_prefix(bullet) {
            return Some((false, None, text.trim_start()));
        }
    }
    let digits = bare.len() - bare.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = bare.split_at_checked(digits)?;
    let text = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))?;
    Some((true, Some(number.parse().ok()?), text.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_elements() {
        for (markdown, html) in [
            ("", ""),
            ("a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>\n"),
            ("# A\n### B ##", "<h2>A</h2>\n<h4>B </h4>\n"),
            ("#no heading", "<p>#no heading</p>\n"),
            ("- a\n- b\n  - c\n- d", "<ul>\n<li>a</li>\n<li>b<ul>\n<li>c</li>\n</ul>\n</li>\n<li>d</li>\n</ul>\n"),
            ("3. a\n4. b\n\nc", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n<p>c</p>\n"),
            (
                "```rust\nlet a = \"<b>\";\n\n```\nx",
                "<pre><code>let a = &quot;&lt;b&gt;&quot;;\n\n</code></pre>\n<p>x</p>\n",
            ),
            ("```\nopen", "<pre><code>open\n</code></pre>\n"),
            (
                "> a\n> > b\nc",
                "<blockquote>\n<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>\n</blockquote>\n<p>c</p>\n",
            ),
            ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>\n"),
            ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ] {
            assert_eq!(to_html(markdown), html, "{markdown}");
        }
    }
}
