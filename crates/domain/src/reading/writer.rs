//! Writes text as plain Markdown, line by line, up to a limit: blanks are folded, blocks stand apart.

/// What belongs between what was written and what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    Nothing,
    Blank,
    Line,
    Block,
}

/// Deeper lists and quotes are written as deep as this.
const MAX_DEPTH: usize = 8;

#[derive(Debug)]
pub struct Writer {
    out: String,
    limit: usize,
    is_full: bool,
    gap: Gap,
    /// Written before the next word: the mark of a heading or of a list's item.
    lead: String,
    quotes: usize,
    /// Each list's next number; `None` of one without numbers.
    lists: Vec<Option<u32>>,
    /// Where the text of an open link begins.
    link: Option<usize>,
    is_verbatim: bool,
    tables: usize,
    /// Cells of the row that is open, rows of its table.
    cells: usize,
    rows: usize,
}

impl Writer {
    pub fn new(limit: usize) -> Self {
        Self {
            out: String::new(),
            limit,
            is_full: false,
            gap: Gap::Nothing,
            lead: String::new(),
            quotes: 0,
            lists: Vec::new(),
            link: None,
            is_verbatim: false,
            tables: 0,
            cells: 0,
            rows: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// The text, and whether there was more.
    pub fn finish(self) -> (String, bool) {
        (self.out.trim_end().to_owned(), self.is_full)
    }

    /// What comes begins a new block.
    pub fn block(&mut self) {
        self.widen(Gap::Block);
    }

    /// What comes begins a new line.
    pub fn line(&mut self) {
        self.widen(Gap::Line);
    }

    pub fn heading(&mut self, level: usize) {
        self.block();
        if self.tables == 0 {
            self.lead = format!("{} ", "#".repeat(level));
        }
    }

    pub fn rule(&mut self) {
        self.block();
        self.word("---");
        self.block();
    }

    pub fn open_quote(&mut self) {
        self.block();
        self.quotes += 1;
    }

    pub fn close_quote(&mut self) {
        self.block();
        self.quotes = self.quotes.saturating_sub(1);
    }

    pub fn open_list(&mut self, is_numbered: bool) {
        if self.lists.is_empty() {
            self.block()
        } else {
            self.line()
        }
        if self.lists.len() < MAX_DEPTH {
            self.lists.push(is_numbered.then_some(1));
        }
    }

    pub fn close_list(&mut self) {
        self.lists.pop();
        self.lead.clear();
        if self.lists.is_empty() { self.block() } else { self.line() }
    }

    pub fn item(&mut self) {
        self.line();
        self.lead = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".into(),
        };
    }

    /// Code as it stands.
    pub fn open_code_block(&mut self) {
        self.block();
        self.word("```\n");
        self.is_verbatim = true;
    }

    pub fn close_code_block(&mut self) {
        if std::mem::take(&mut self.is_verbatim) {
            let ends_line = self.out.ends_with('\n');
            self.push(if ends_line { "```" } else { "\n```" });
            self.block();
        }
    }

    /// The mark on both sides of code within a line.
    pub fn code_mark(&mut self) {
        if !self.is_verbatim {
            self.word("`");
        }
    }

    pub fn open_link(&mut self) {
        if self.link.is_none() && !self.is_verbatim {
            self.word("[");
            self.link = Some(self.out.len());
        }
    }

    /// Ends a link to `href`; one without words was no link for a reader.
    pub fn close_link(&mut self, href: &str) {
        let Some(begin) = self.link.take() else { return };
        if self.out.len() > begin {
            self.push(&format!("]({href})"));
        } else if self.out.ends_with('[') {
            self.out.pop();
        }
    }

    pub fn open_table(&mut self) {
        self.block();
        self.tables += 1;
        if self.tables == 1 {
            self.rows = 0;
        }
    }

    pub fn close_table(&mut self) {
        self.close_row();
        self.tables = self.tables.saturating_sub(1);
        self.block();
    }

    /// Tables within a table's cell are read as its words.
    pub fn open_row(&mut self) {
        if self.tables == 1 {
            self.close_row();
            self.gap = Gap::Line.max(self.gap);
        }
    }

    pub fn cell(&mut self) {
        if self.tables != 1 {
            return self.line();
        }
        if self.cells == 0 {
            if self.rows > 0 {
                self.gap = Gap::Line;
            }
            self.flush();
            self.push("| ");
        } else {
            self.push(" | ");
        }
        self.cells += 1;
        self.gap = Gap::Nothing;
    }

    fn close_row(&mut self) {
        if self.tables != 1 || self.cells == 0 {
            return;
        }
        self.push(" |");
        if self.rows == 0 {
            self.push("\n|");
            self.push(&"---|".repeat(self.cells));
        }
        (self.cells, self.rows) = (0, self.rows + 1);
        self.gap = Gap::Line;
    }

    /// Adds text; its blanks are folded unless it stands verbatim.
    pub fn text(&mut self, text: &str) {
        if self.is_full {
            return;
        }
        if self.is_verbatim {
            // HTML takes the first line break of a block of code for none.
            let text = if self.out.ends_with("```\n") { text.strip_prefix('\n').unwrap_or(text) } else { text };
            let clean: String = text.chars().filter(|c| is_readable(*c)).collect();
            return self.push(&clean);
        }
        for (at, words) in text.split(char::is_whitespace).enumerate() {
            if at > 0 && self.gap == Gap::Nothing && !self.out.is_empty() {
                self.gap = Gap::Blank;
            }
            if !words.is_empty() {
                let clean: String = words.chars().filter(|c| is_readable(*c)).collect();
                self.word(if self.cells > 0 { clean.replace('|', "\\|") } else { clean }.as_str());
            }
        }
    }

    fn word(&mut self, word: &str) {
        if !word.is_empty() {
            self.flush();
            self.push(word);
        }
    }

    /// Writes what belongs before the next word.
    fn flush(&mut self) {
        let gap = std::mem::replace(&mut self.gap, Gap::Nothing);
        let starts = self.out.is_empty();
        match gap {
            Gap::Nothing => {}
            // After a link's bracket or a cell's bar there is no blank.
            Gap::Blank if starts || self.out.ends_with(' ') || self.link == Some(self.out.len()) => {}
            Gap::Blank => self.push(" "),
            Gap::Line | Gap::Block => {
                let quote = "> ".repeat(self.quotes.min(MAX_DEPTH));
                if !starts {
                    self.push("\n");
                    if gap == Gap::Block {
                        self.push(quote.trim_end());
                        self.push("\n");
                    }
                }
                self.push(&quote);
                // An item's first line has its mark, at the depth of its list; the others stand below its words.
                let deep = self.lists.len() - usize::from(!self.lead.is_empty() && !self.lists.is_empty());
                self.push(&"  ".repeat(deep));
            }
        }
        let lead = std::mem::take(&mut self.lead);
        self.push(&lead);
    }

    fn widen(&mut self, gap: Gap) {
        if self.is_verbatim {
            return;
        }
        // Within a cell everything is one line.
        let gap = if self.cells > 0 { Gap::Blank } else { gap };
        self.gap = self.gap.max(gap);
    }

    fn push(&mut self, text: &str) {
        if self.is_full {
            return;
        }
        let room = self.limit.saturating_sub(self.out.len());
        if text.len() > room {
            self.is_full = true;
            let end = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            self.out.push_str(text.get(..end).unwrap_or_default());
        } else {
            self.out.push_str(text);
        }
    }
}

/// Text that is plain already: its lines as they are. Also whether there was more than `limit` bytes.
pub fn plain(text: &str, limit: usize) -> (String, bool) {
    let mut writer = Writer { is_verbatim: true, ..Writer::new(limit) };
    writer.text(&text.replace("\r\n", "\n"));
    writer.finish()
}

/// Not what a person cannot see: controls, and Unicode's tags, in which words can be hidden.
fn is_readable(c: char) -> bool {
    matches!(c, '\n' | '\t') || !(c.is_control() || matches!(c, '\u{E0000}'..='\u{E007F}' | '\u{FEFF}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_and_ends_at_a_character() {
        assert_eq!(plain("a\r\n\tb\u{0}\u{202E}c\u{E0041}\n\n", 100), ("a\n\tb\u{202E}c".into(), false));
        assert_eq!(plain("ääää", 5), ("ää".into(), true));
        assert_eq!(plain("1234", 4), ("1234".into(), false));
        assert_eq!(plain("", 4), (String::new(), false));
    }
}
