//! A message as a command and the text that it is about.

use super::Task;

/// A command is short; what is longer is a text.
const MAX_COMMAND_WORDS: usize = 24;

pub(super) struct Request<'a> {
    message: &'a str,
    /// The command's words, lower-cased, without politeness in front.
    pub words: Vec<String>,
    /// What stands after a colon or a line break, or in quotation marks.
    explicit: Option<&'a str>,
}

impl<'a> Request<'a> {
    pub fn read(message: &'a str) -> Self {
        let message = message.trim();
        let (command, explicit) = split(message);
        let words = command.split_whitespace().take(MAX_COMMAND_WORDS).map(clean).filter(|word| !word.is_empty());
        let words = words.skip_while(|word| POLITE.contains(&word.as_str())).collect();
        Self { message, words, explicit }
    }

    pub fn verb(&self) -> Option<&str> {
        self.words.first().map(String::as_str)
    }

    pub fn says(&self, any: &[&str]) -> bool {
        self.first_of(any).is_some()
    }

    pub fn first_of(&self, any: &[&str]) -> Option<&str> {
        self.words.iter().map(String::as_str).find(|word| any.contains(word))
    }

    pub const fn is_explicit(&self) -> bool {
        self.explicit.is_some()
    }

    /// "How many r's are in strawberry", "how often does the letter r occur in …".
    pub fn letter(&self) -> Option<char> {
        let after = |word: &str| {
            let at = self.words.iter().position(|said| said == word)?;
            self.words.get(at + 1)
        };
        let single = |word: &String| {
            let word = word.trim_end_matches("'s").trim_end_matches("’s");
            let mut chars = word.chars();
            chars.next().filter(|c| chars.next().is_none() && c.is_alphabetic())
        };
        let plural = || after("many").filter(|word| word.contains(['\'', '’']) || word.chars().count() == 1);
        after("letter").and_then(single).or_else(|| plural().and_then(single))
    }

    /// What to work on; `before` when the command says "this" or nothing.
    pub fn text<'b>(&self, before: Option<&'b str>, task: &Task) -> Option<&'b str>
    where
        'a: 'b,
    {
        if let Some(text) = self.explicit {
            return Some(text).filter(|text| !text.is_empty());
        }
        let rest = self.implicit(task);
        match rest.split_whitespace().next() {
            None => before.map(str::trim).filter(|text| !text.is_empty()),
            // Somebody's affairs, of which only the name was given.
            Some("my" | "your" | "our" | "his" | "her" | "their") => None,
            // "How many words do you know" counts nothing that was given.
            Some(_) if self.verb() == Some("how") && !self.says(&["in"]) => None,
            Some(_) => Some(rest),
        }
    }

    /// The message without the words of the command at both ends.
    fn implicit(&self, task: &Task) -> &'a str {
        let counted_in = self.message.rsplit_once(" in ").filter(|_| matches!(task, Task::Count(_)));
        // Before the verb stands politeness; behind it "hello" may be the text itself.
        let mut verb_is_ahead = counted_in.is_none();
        let mut glue = |word: &str| {
            let word = clean(word);
            if self.verb() == Some(word.as_str()) {
                verb_is_ahead = false;
            }
            (verb_is_ahead && POLITE.contains(&word.as_str()))
                || GLUE.contains(&word.as_str())
                || (matches!(task, Task::Count(_)) && counted(&word))
        };
        let mut rest = counted_in.map_or(self.message, |(_, text)| text);
        loop {
            rest = rest.trim_start();
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let last_message =
                word == "my" && ["last", "previous", "message"].iter().any(|next| after.trim_start().starts_with(next));
            if word.is_empty() || !(glue(word) || last_message) {
                break;
            }
            rest = after;
        }
        if matches!(task, Task::Count(_)) {
            rest = rest.trim_end_matches(['?', '.', ' ']);
        }
        loop {
            let start = rest.rfind(char::is_whitespace);
            let word = start.and_then(|at| rest.get(at..)).unwrap_or_default().trim();
            match start.and_then(|at| rest.get(..at)) {
                Some(shorter) if TAIL.contains(&clean(word).as_str()) => rest = shorter.trim_end(),
                _ => return rest,
            }
        }
    }
}

fn clean(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn counted(word: &str) -> bool {
    matches!(word, "many" | "how" | "are" | "there" | "number" | "count" | "letter" | "often" | "times")
}

const POLITE: &[&str] =
    &["can", "could", "hello", "hey", "hi", "kindly", "me", "now", "ok", "please", "tell", "then", "would", "you"];

/// Commands and the small words around them, dropped from the front of a text that no mark sets apart.
const GLUE: &[&str] = &[
    "above",
    "after",
    "all",
    "alphabetise",
    "alphabetize",
    "arrange",
    "article",
    "ascending",
    "capitalise",
    "capitalize",
    "capitals",
    "case",
    "change",
    "characters",
    "convert",
    "descending",
    "echo",
    "essay",
    "flip",
    "following",
    "in",
    "into",
    "it",
    "items",
    "last",
    "letters",
    "line",
    "lines",
    "list",
    "lower",
    "lowercase",
    "make",
    "me",
    "message",
    "names",
    "numbers",
    "of",
    "order",
    "paragraph",
    "phrase",
    "poem",
    "previous",
    "put",
    "repeat",
    "reverse",
    "sentence",
    "sentences",
    "set",
    "sort",
    "spell",
    "string",
    "text",
    "that",
    "the",
    "these",
    "this",
    "title",
    "titlecase",
    "to",
    "transform",
    "turn",
    "upper",
    "uppercase",
    "word",
    "words",
    "write",
];

const TAIL: &[&str] = &[
    "all",
    "alphabetical",
    "alphabetically",
    "ascending",
    "backward",
    "backwards",
    "capital",
    "capitals",
    "caps",
    "case",
    "descending",
    "in",
    "into",
    "letters",
    "lower",
    "lowercase",
    "numerically",
    "order",
    "please",
    "title",
    "titlecase",
    "to",
    "upper",
    "uppercase",
];

/// The command and the text that a mark sets apart from it.
fn split(message: &str) -> (&str, Option<&str>) {
    let quote = message.char_indices().find_map(|(at, c)| Some((at, c, closing(c)?)));
    let mark = message.find([':', '\n']);
    if let Some((at, open, close)) = quote
        && mark.is_none_or(|mark| at < mark)
        && let Some(inside) = message.get(at + open.len_utf8()..)
        && let Some(end) = inside.rfind(close)
        && end > 0
    {
        let command = message.get(..at).unwrap_or_default();
        // "Is 'x' in uppercase": the command may go on behind the text.
        let command =
            if command.trim().is_empty() { inside.get(end + close.len_utf8()..).unwrap_or_default() } else { message };
        return (command, inside.get(..end));
    }
    match mark.and_then(|mark| message.split_at_checked(mark)) {
        Some((command, text)) => {
            let text = text.get(1..).unwrap_or_default().trim();
            let quoted = text.chars().next().and_then(closing).and_then(|close| {
                let inside = text.get(text.chars().next()?.len_utf8()..)?;
                inside.strip_suffix(close).filter(|inside| !inside.contains(close))
            });
            (command, Some(quoted.unwrap_or(text)))
        }
        None => (message, None),
    }
}

/// An apostrophe is no quotation mark often enough to be left out.
const fn closing(open: char) -> Option<char> {
    match open {
        '"' => Some('"'),
        '“' => Some('”'),
        '„' => Some('“'),
        '«' => Some('»'),
        '「' => Some('」'),
        '`' => Some('`'),
        _ => None,
    }
}
