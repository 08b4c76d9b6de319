//! A sentence as tokens: what belongs to arithmetic, in signs or in words, and what does not.

use std::ops::Range;

use super::number::Number;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token {
    Number(Number),
    Plus,
    Minus,
    Times,
    Divide,
    Percent,
    Modulo,
    Power,
    /// Already a whole power: `squared`, `²`.
    Raised(i128),
    Root,
    Of,
    Open,
    Close,
    /// Means nothing by itself: a currency sign, the `by` of `divided by`.
    Filler,
    /// A word or sign that is not arithmetic.
    Other,
}

pub(super) type Spanned = (Token, Range<usize>);

pub(super) fn tokens(text: &str) -> Vec<Spanned> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(c) = rest.chars().next()
    {
        let (token, length) = if c.is_ascii_digit() || (c == '.' && second_is_digit(rest)) {
            digits(rest)
        } else if c.is_alphabetic() {
            word(rest)
        } else {
            sign(rest, c)
        };
        if !c.is_whitespace() {
            tokens.push((token, at..at + length));
        }
        at += length;
    }
    tokens
}

fn second_is_digit(text: &str) -> bool {
    text.chars().nth(1).is_some_and(|c| c.is_ascii_digit())
}

fn sign(rest: &str, c: char) -> (Token, usize) {
    let token = match c {
        '+' => Token::Plus,
        '-' | '−' | '–' => Token::Minus,
        '*' if rest.starts_with("**") => return (Token::Power, 2),
        '*' | '×' | '·' | '∙' => Token::Times,
        '/' | '÷' => Token::Divide,
        '%' => Token::Percent,
        '^' => Token::Power,
        '²' => Token::Raised(2),
        '³' => Token::Raised(3),
        '√' => Token::Root,
        '(' => Token::Open,
        ')' => Token::Close,
        '$' | '€' | '£' | '¥' | '=' | '?' | '!' | '.' | '`' => Token::Filler,
        _ => Token::Other,
    };
    (token, c.len_utf8())
}

/// `1,234,567.89`, `.5`, `1_000`, `6.02e23`.
fn digits(rest: &str) -> (Token, usize) {
    let bytes = rest.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut number = String::new();
    let mut point = false;
    let mut at = 0;
    loop {
        match bytes.get(at) {
            Some(&byte) if byte.is_ascii_digit() => number.push(char::from(byte)),
            Some(b'.') if !point && digit(at + 1) => {
                point = true;
                number.push('.');
            }
            // A comma separates thousands only where exactly three digits follow it.
            Some(b',' | b'_' | b'\'') if !point && (1..=3).all(|i| digit(at + i)) && !digit(at + 4) => {}
            _ => break,
        }
        at += 1;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = bytes.get(at + 1 + signed..).unwrap_or_default();
        let count = exponent.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count > 0 {
            let end = at + 1 + signed + count;
            let written = format!("{number}{}", rest.get(at..end).unwrap_or_default());
            let number = written.parse::<f64>().ok().filter(|number| number.is_finite());
            return (number.map_or(Token::Other, |number| Token::Number(scientific(number))), end);
        }
    }
    (Number::decimal(&number).map_or(Token::Other, Token::Number), at)
}

fn scientific(number: f64) -> Number {
    // Doubles hold every integer up to 2^53.
    if number.fract() == 0.0 && number.abs() < 9e15 { Number::whole(number as i128) } else { Number::About(number) }
}

fn word(rest: &str) -> (Token, usize) {
    let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let word = rest.get(..length).unwrap_or_default().to_lowercase();
    let token = match word.as_str() {
        "plus" => Token::Plus,
        "minus" => Token::Minus,
        "times" | "multiplied" | "x" => Token::Times,
        "divided" | "over" => Token::Divide,
        "mod" | "modulo" => Token::Modulo,
        "percent" => Token::Percent,
        "power" => Token::Power,
        "squared" => Token::Raised(2),
        "cubed" => Token::Raised(3),
        "sqrt" | "root" => Token::Root,
        "of" => Token::Of,
        "pi" | "π" => Token::Number(Number::About(std::f64::consts::PI)),
        "half" => Token::Number(Number::fraction(1, 2)),
        "by" | "raised" | "to" | "the" | "square" => Token::Filler,
        _ => return spelled(rest).map_or((Token::Other, length), |(n, end)| (Token::Number(Number::whole(n)), end)),
    };
    (token, length)
}

/// `seven`, `twenty-one`, `two hundred and five`, `three million`.
fn spelled(rest: &str) -> Option<(i128, usize)> {
    let (mut total, mut group, mut end) = (0, None, 0);
    let mut at = 0;
    loop {
        let tail = rest.get(at..).unwrap_or_default();
        let length = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let word = tail.get(..length).unwrap_or_default().to_ascii_lowercase();
        let next = match (small(&word), word.as_str(), group) {
            (Some(n), _, None) => Some(n),
            (Some(n), _, Some(g)) if g % 100 == 0 && n > 0 => Some(g + n),
            (Some(n @ 1..=9), _, Some(g)) if g % 10 == 0 && g % 100 >= 20 => Some(g + n),
            (_, "hundred", Some(g @ 1..=99)) => Some(g * 100),
            (_, "thousand", Some(g)) => {
                total += g * 1_000;
                Some(0)
            }
            (_, "million", Some(g)) => {
                total += g * 1_000_000;
                Some(0)
            }
            _ => None,
        };
        let joins = word == "and" && group.is_some_and(|g: i128| g % 100 == 0);
        if next.is_some() {
            group = next;
            end = at + length;
        } else if !joins {
            break;
        }
        at += length;
        let joint = rest.get(at..).and_then(|tail| tail.chars().next());
        // More words than this spell nothing sensible.
        if !matches!(joint, Some(' ' | '-')) || at > 120 {
            break;
        }
        at += 1;
    }
    Some((total + group?, end))
}

fn small(word: &str) -> Option<i128> {
    const SMALL: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let at = |words: &[&str]| words.iter().position(|known| *known == word).map(|at| at as i128);
    at(&SMALL).or_else(|| at(&TENS).map(|at| (at + 2) * 10))
}
