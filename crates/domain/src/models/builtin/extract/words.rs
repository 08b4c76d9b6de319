//! Text as sentences, words, and the stems of the words that mean something.

use std::collections::HashSet;

/// Pieces that end with `.`, `!` or `?` before a space, with their East Asian fellows, or with the line.
pub(in super::super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| Sentences { rest: unbulleted(line) }).filter(|sentence| {
        // A line of dashes says nothing.
        sentence.chars().any(char::is_alphanumeric)
    })
}

/// A mark is a bullet only before a space: in front of a number it is a sign.
fn unbulleted(line: &str) -> &str {
    let line = line.trim_start();
    let rest = line.trim_start_matches(['-', '*', '•', '>', '#']);
    if rest.starts_with(char::is_whitespace) { rest } else { line }
}

struct Sentences<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Sentences<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let mut chars = rest.char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            let stops = match c {
                '。' | '！' | '？' => true,
                '.' => next.is_none_or(char::is_whitespace) && !abbreviates(rest.get(..at).unwrap_or_default()),
                '!' | '?' => next.is_none_or(char::is_whitespace),
                _ => false,
            };
            if stops {
                end = at + c.len_utf8();
                break;
            }
        }
        let (sentence, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        self.rest = rest;
        Some(sentence.trim_end())
    }
}

fn abbreviates(before: &str) -> bool {
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = before.get(start..).unwrap_or_default();
    ["Mr", "Mrs", "Ms", "Dr", "Prof", "St", "No", "e.g", "i.e", "vs", "approx"].contains(&word)
}

/// Runs of letters and digits, lower-cased; where no spaces part the words, each character is one.
pub(in super::super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if is_ideographic(c) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            words.push(c.to_string());
        } else if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        } else if !matches!(c, '\'' | '’') {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

const fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// What a sentence is about.
pub(super) fn content(text: &str) -> HashSet<String> {
    let words = words(text);
    let mut content: HashSet<String> =
        words.iter().filter(|word| !STOP.contains(&word.as_str())).map(|word| stem(word)).collect();
    // "I am Ada" tells a name without the word.
    let introduces =
        matches!(words.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), ["i", "am", _] | ["im", _]);
    if introduces {
        content.insert("name".into());
    }
    content
}

/// One line, however it was broken.
pub(super) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Light: one ending at most, and the words that questions and answers use for the same thing.
fn stem(word: &str) -> String {
    let same = match word {
        "called" | "call" | "named" | "names" | "name" => Some("name"),
        "home" | "reside" | "resides" | "address" | "living" | "lives" | "lived" | "live" => Some("live"),
        "old" | "age" | "aged" => Some("age"),
        "job" | "profession" | "employed" | "employer" | "occupation" | "work" | "works" | "working" => Some("work"),
        "birthday" | "birth" | "born" => Some("born"),
        "cost" | "costs" | "price" | "prices" | "priced" => Some("price"),
        _ => None,
    };
    if let Some(same) = same {
        return same.to_owned();
    }
    let length = word.chars().count();
    let ends = [("ies", "y", 5), ("ing", "", 6), ("ed", "", 5), ("ly", "", 5), ("es", "", 5), ("s", "", 4)];
    let cut = ends.iter().find_map(|(end, instead, least)| {
        let stem = word.strip_suffix(end).filter(|stem| length >= *least && !stem.ends_with('s'))?;
        Some(format!("{stem}{instead}"))
    });
    let mut stem = cut.unwrap_or_else(|| word.to_owned());
    // live and lives, favour and favor, run and running.
    if length > 3 && stem.ends_with('e') {
        stem.pop();
    }
    let mut stem = stem.replace("our", "or");
    let mut last = stem.chars().rev();
    if length > 4
        && let (Some(a), Some(b)) = (last.next(), last.next())
        && a == b
    {
        stem.pop();
    }
    stem
}

const STOP: &[&str] = &[
    "a",
    "about",
    "again",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "ask",
    "asked",
    "at",
    "be",
    "been",
    "but",
    "by",
    "can",
    "could",
    "did",
    "do",
    "does",
    "earlier",
    "for",
    "give",
    "had",
    "has",
    "have",
    "he",
    "hello",
    "her",
    "hey",
    "hi",
    "his",
    "how",
    "i",
    "id",
    "if",
    "im",
    "in",
    "is",
    "it",
    "its",
    "ive",
    "just",
    "kind",
    "many",
    "me",
    "mention",
    "mentioned",
    "message",
    "messages",
    "much",
    "my",
    "of",
    "on",
    "or",
    "our",
    "please",
    "previous",
    "previously",
    "recall",
    "remember",
    "remind",
    "said",
    "say",
    "she",
    "should",
    "so",
    "tell",
    "text",
    "that",
    "thats",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "to",
    "told",
    "us",
    "was",
    "we",
    "were",
    "what",
    "whats",
    "when",
    "where",
    "wheres",
    "which",
    "who",
    "whom",
    "whos",
    "whose",
    "why",
    "will",
    "with",
    "would",
    "you",
    "your",
];
