//! Words as people write them and as the index knows them: texts without spaces between words are found by any piece of
//! them, and nothing that somebody types is a command.

use edgewise_protocol::api::SnippetPart;

/// Longest search.
pub const MAX_WORDS_BYTES: usize = 256;
const MAX_TERMS: usize = 16;
/// Stands between the characters of languages that put no spaces between words, so that each is a word of the index. It
/// and the two below are control characters, of which a kept text has none of its own.
const BETWEEN: char = '\u{1}';
/// Where a hit begins and ends; the index's SQL says the same.
const BEGIN: char = '\u{2}';
const END: char = '\u{3}';

/// A text as the index keeps it.
pub fn kept(text: &str) -> String {
    let mut kept = String::with_capacity(text.len() + text.len() / 8);
    let mut last_is_word = false;
    let mut last_alone = false;
    for character in text.chars() {
        if matches!(character, '\0' | BETWEEN | BEGIN | END) {
            continue;
        }
        let alone = stands_alone(character);
        if last_is_word && (alone || last_alone) && is_word(character) {
            kept.push(BETWEEN);
        }
        kept.push(character);
        (last_is_word, last_alone) = (is_word(character), alone);
    }
    kept
}

/// A piece of a kept text with marked hits, in parts.
pub fn parts(marked: &str) -> Vec<SnippetPart> {
    let mut parts: Vec<SnippetPart> = Vec::new();
    let mut hit = false;
    for character in marked.chars() {
        match character {
            BETWEEN => {}
            BEGIN => hit = true,
            END => hit = false,
            _ => match parts.last_mut() {
                Some(part) if part.hit == hit => part.text.push(character),
                _ => parts.push(SnippetPart { text: character.into(), hit }),
            },
        }
    }
    parts
}

/// What is looked for: all of several words, beginnings of words and phrases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(String);

impl Words {
    /// Reads `hello wor* "a phrase"`. `None`: there is nothing in it that a text could hold.
    pub fn read(typed: &str) -> Option<Self> {
        let mut terms = Vec::new();
        for (at, piece) in typed.split('"').enumerate() {
            // Every second piece stands in quotation marks.
            if at % 2 == 1 {
                terms.extend(term(piece, false));
            } else {
                terms.extend(piece.split_whitespace().filter_map(|word| term(word, word.ends_with('*'))));
            }
        }
        terms.truncate(MAX_TERMS);
        (!terms.is_empty()).then(|| Self(terms.join(" ")))
    }

    /// As FTS5 reads it: quoted strings, each perhaps with a star.
    pub fn query(&self) -> &str {
        &self.0
    }
}

fn term(text: &str, is_beginning: bool) -> Option<String> {
    // What has no letter and no digit is no word of the index, and would match nothing.
    text.chars().any(is_word).then(|| format!("\"{}\"{}", kept(text), if is_beginning { "*" } else { "" }))
}

/// Letters and digits, and the marks upon them.
fn is_word(character: char) -> bool {
    character.is_alphanumeric()
}

/// Of scripts that are written without spaces, or with words that grow by endings: Thai to Khmer, Hangul, kana, Han.
const fn stands_alone(character: char) -> bool {
    matches!(character as u32,
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1100..=0x11ff | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3130..=0x318f
        | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0xff66..=0xff9d
        | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_never_a_command() {
        for (typed, query) in [
            ("hello", Some("\"hello\"")),
            ("hello world", Some("\"hello\" \"world\"")),
            ("wor*", Some("\"wor*\"*")),
            ("say \"hello world\" now", Some("\"say\" \"hello world\" \"now\"")),
            ("\"open", Some("\"open\"")),
            ("a OR b NOT c", Some("\"a\" \"OR\" \"b\" \"NOT\" \"c\"")),
            ("NEAR(a b, 3) text:x ^y {z} -w", Some("\"NEAR(a\" \"b,\" \"3)\" \"text:x\" \"^y\" \"{z}\" \"-w\"")),
            ("日本", Some("\"日\u{1}本\"")),
            ("", None),
            (" \"\" * -- !? ", None),
        ] {
            assert_eq!(Words::read(typed).as_ref().map(Words::query), query, "{typed}");
        }
        assert_eq!(Words::read(&"a ".repeat(100)).unwrap().query().matches('a').count(), MAX_TERMS);
    }

    #[test]
    fn a_kept_text_is_given_back_as_it_was() {
        for text in ["plain words", "日本語とRust言語", "가나다 abc", "é 🙂 x", "ภาษาไทย"] {
            let whole: String = parts(&kept(text)).into_iter().map(|part| part.text).collect();
            assert_eq!(whole, text);
        }
        assert_eq!(kept("日本 a"), "日\u{1}本 a");
        assert_eq!(kept("東京tower塔"), "東\u{1}京\u{1}tower\u{1}塔");
        assert_eq!(kept("a\u{1}b\0\u{2}\u{3}"), "ab", "its own marks cannot be forged");
    }

    #[test]
    fn hits_are_marked() {
        let part = |text: &str, hit| SnippetPart { text: text.into(), hit };
        assert_eq!(parts("a \u{2}b\u{3} c"), [part("a ", false), part("b", true), part(" c", false)]);
        assert_eq!(parts(""), []);
    }
}
