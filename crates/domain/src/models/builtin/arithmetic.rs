//! Sums that people ask: found in a sentence, worked out exactly where possible, and explained where impossible.

mod lexer;
mod list;
mod number;
mod parser;
#[cfg(test)]
mod tests;

use std::ops::Range;

use self::lexer::{Spanned, Token};

/// A sum that takes more than this to write is not asked of a chat.
const MAX_LENGTH: usize = 4_000;

/// Why an expression has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    DivisionByZero,
    NoRealResult,
    TooLarge,
    TooDeep,
}

impl Trouble {
    const fn sentence(self) -> &'static str {
        match self {
            Self::DivisionByZero => "has no answer, because nothing can be divided by zero.",
            Self::NoRealResult => "has no answer among the real numbers.",
            Self::TooLarge => "is too large for me.",
            Self::TooDeep => "has more brackets inside one another than I can follow.",
        }
    }
}

/// One line for each sum in the sentence; `None` when it is about something else.
pub(super) fn answer(sentence: &str) -> Option<String> {
    if sentence.len() > MAX_LENGTH || !sentence.chars().any(char::is_alphanumeric) {
        return None;
    }
    if let Some(line) = list::answer(sentence) {
        return Some(line);
    }
    // A comma before a space separates clauses; in a number no space follows it.
    let lines = sentence.split([';', '\n']).flat_map(|part| part.split(", ")).flat_map(clause);
    let lines: Vec<_> = lines.map(|(_, line)| line).collect();
    (!lines.is_empty()).then(|| lines.join("\n\n"))
}

/// The sums in the sentence, as they are written; none when it is about something else.
pub(super) fn sums(sentence: &str) -> Vec<String> {
    if sentence.len() > MAX_LENGTH || list::answer(sentence).is_some() {
        return Vec::new();
    }
    sentence.split([';', '\n']).flat_map(|part| part.split(", ")).flat_map(clause).map(|(written, _)| written).collect()
}

/// The value of an expression with nothing around it.
///
/// # Errors
/// Why it has none.
pub(crate) fn evaluate(expression: &str) -> Result<String, String> {
    let tokens = lexer::tokens(expression);
    let bare: Vec<_> = tokens.iter().map(|(token, _)| *token).filter(|token| *token != Token::Filler).collect();
    let fits = expression.len() <= MAX_LENGTH;
    match parser::evaluate(&bare).filter(|_| fits) {
        Some(Ok(number)) => Ok(number.to_string()),
        Some(Err(trouble)) => Err(format!("It {}", trouble.sentence())),
        None => Err("It is not an expression: numbers, + - * / ^ %, brackets and sqrt are known.".into()),
    }
}

/// What may stand around a sum without making the clause a story that merely has numbers in it.
const AROUND: &[&str] = &[
    "a",
    "and",
    "answer",
    "are",
    "calculate",
    "can",
    "compute",
    "could",
    "do",
    "does",
    "equal",
    "equals",
    "evaluate",
    "find",
    "for",
    "give",
    "hello",
    "hey",
    "hi",
    "how",
    "is",
    "it",
    "make",
    "many",
    "math",
    "maths",
    "me",
    "much",
    "now",
    "ok",
    "out",
    "please",
    "quick",
    "result",
    "s",
    "so",
    "solve",
    "tell",
    "then",
    "value",
    "what",
    "whats",
    "work",
    "would",
    "you",
];

/// Each sum in a clause, as it is written and worked out.
fn clause(clause: &str) -> Vec<(String, String)> {
    let tokens = lexer::tokens(clause);
    let fits = |(token, span): &Spanned| {
        let word = clause.get(span.clone()).unwrap_or_default();
        *token != Token::Other
            || !word.chars().any(char::is_alphanumeric)
            || AROUND.contains(&word.to_lowercase().as_str())
    };
    if !tokens.iter().all(fits) {
        return Vec::new();
    }
    tokens.split(|(token, _)| *token == Token::Other).filter_map(|run| expression(clause, run)).collect()
}

fn expression(clause: &str, run: &[Spanned]) -> Option<(String, String)> {
    // `square` says nothing that `root` does not, but it is quoted.
    let square = |span: &Range<usize>| clause.get(span.clone()).is_some_and(|word| word.eq_ignore_ascii_case("square"));
    let idle = |(token, span): &Spanned| matches!(token, Token::Filler | Token::Of) && !square(span);
    let start = run.iter().position(|token| !idle(token))?;
    let end = run.iter().rposition(|token| !idle(token))?;
    let run = run.get(start..=end)?;
    let bare: Vec<_> = run.iter().map(|(token, _)| *token).filter(|token| *token != Token::Filler).collect();
    let operands = bare.iter().filter(|token| matches!(token, Token::Number(_))).count();
    let alone = bare.iter().any(|token| matches!(token, Token::Percent | Token::Root | Token::Raised(_)));
    if operands == 0 || (operands == 1 && !alone) {
        return None;
    }
    let result = parser::evaluate(&bare)?;
    let written = clause.get(run.first()?.1.start..run.last()?.1.end)?.replace('`', "");
    let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = match result {
        Ok(number) => equation(&written, &number.to_string()),
        Err(trouble) => format!("`{written}` {}", trouble.sentence()),
    };
    Some((written, line))
}

/// In a code span, because a bare `*` is Markdown.
pub(super) fn equation(written: &str, number: &str) -> String {
    // 100/7 = 100/7 says nothing.
    let number = match number.split_once(", ") {
        Some((fraction, about)) if written.replace(' ', "") == fraction => about,
        _ => number,
    };
    let verb = if number.starts_with("about") { "is" } else { "=" };
    format!("`{written}` {verb} {number}")
}
