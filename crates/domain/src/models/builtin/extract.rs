//! Answers that a person has given already: the sentences nearest to a question, quoted.

#[cfg(test)]
mod tests;
mod words;

use std::collections::{HashMap, HashSet};

use words::content;
pub(super) use words::{sentences, words};

/// Bounds on one answer's work: 5,000 sentences against 32 words are some 10 ms.
const MAX_SENTENCES: usize = 5_000;
const MAX_QUESTION_WORDS: usize = 32;
/// What is quoted or read of one sentence.
const MAX_SENTENCE: usize = 600;

/// The best one or two sentences, best first. Of equals the later one wins: it may correct the earlier.
/// `near` is the share of the question that a sentence must meet.
pub(super) fn find<'a>(question: &str, said: impl IntoIterator<Item = &'a str>, near: f64) -> Vec<String> {
    let question = clip(question, MAX_SENTENCE);
    let mut asked = content(question);
    if question.to_lowercase().contains("who am i") {
        asked.insert("name".into());
    }
    let said: Vec<(&str, HashSet<String>)> = said
        .into_iter()
        .take(MAX_SENTENCES)
        .map(|sentence| clip(sentence, MAX_SENTENCE))
        .map(|sentence| (sentence, content(sentence)))
        .collect();
    let mut frequency: HashMap<&str, f64> = HashMap::new();
    for word in said.iter().flat_map(|(_, words)| words).filter(|word| asked.contains(*word)) {
        *frequency.entry(word).or_default() += 1.0;
    }
    // Rare words weigh more; one that nobody said weighs as if half a sentence had it.
    let count = said.len() as f64;
    let weight = |word: &str| (1.0 + count.max(1.0) / frequency.get(word).unwrap_or(&0.5)).ln();
    // In a fixed order, because sums of floats depend on it and answers must not.
    let mut asked: Vec<(&String, f64)> = asked.iter().map(|word| (word, weight(word))).collect();
    asked.sort_by(|a, b| a.0.cmp(b.0));
    asked.truncate(MAX_QUESTION_WORDS);
    let whole: f64 = asked.iter().map(|(_, weight)| weight).sum();
    // Of other languages the words that mean little are not known here, so less of them has to be met.
    let near = if question.chars().any(|c| c.is_ascii_alphabetic()) { near } else { near / 2.0 };
    let wants_number = wants_number(question);
    let mut scored: Vec<(f64, usize, &str)> = Vec::new();
    for (at, (sentence, words)) in said.iter().enumerate() {
        let met: f64 = asked.iter().filter(|(word, _)| words.contains(*word)).map(|(_, weight)| weight).sum();
        if met <= 0.0 || met < whole * near {
            continue;
        }
        let fits = wants_number && sentence.chars().any(|c| c.is_numeric());
        // Of two sentences that meet as much, the shorter says it more plainly.
        let plain = 1.0 + words.len() as f64 / 40.0;
        scored.push((met * if fits { 1.3 } else { 1.0 } / plain, at, sentence));
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    let best = scored.first().map_or(0.0, |(score, ..)| *score);
    let mut quotes: Vec<String> = Vec::new();
    for (_, _, sentence) in scored.iter().take_while(|(score, ..)| *score >= best * 0.75) {
        let quote = words::squeezed(sentence);
        if !quotes.contains(&quote) {
            quotes.push(quote);
        }
        if quotes.len() == 2 {
            break;
        }
    }
    quotes
}

fn wants_number(question: &str) -> bool {
    let question = question.to_lowercase();
    ["when", "how many", "how much", "how old", "what time", "which year", "number"]
        .iter()
        .any(|asks| question.contains(asks))
}

/// The sentences that say most of what the text says, in their order; all of them when there are few.
pub(super) fn summary(text: &str) -> Vec<String> {
    let all: Vec<&str> = sentences(text).take(MAX_SENTENCES).map(|sentence| clip(sentence, MAX_SENTENCE)).collect();
    let wanted = if all.len() > 30 { 5 } else { 3 };
    let contents: Vec<HashSet<String>> = all.iter().map(|sentence| content(sentence)).collect();
    let mut frequency: HashMap<&str, u32> = HashMap::new();
    for word in contents.iter().flatten() {
        *frequency.entry(word).or_default() += 1;
    }
    let score = |words: &HashSet<String>| {
        // Words that stand once are no theme. The root keeps long sentences from winning by length.
        let sum: u32 = words.iter().filter_map(|word| frequency.get(word.as_str())).filter(|count| **count > 1).sum();
        f64::from(sum) / (words.len().max(4) as f64).sqrt()
    };
    let mut ranked: Vec<(f64, usize)> = contents.iter().map(score).zip(0..).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<usize> = ranked.into_iter().take(wanted).map(|(_, at)| at).collect();
    kept.sort_unstable();
    kept.into_iter().filter_map(|at| all.get(at)).map(|sentence| words::squeezed(sentence)).collect()
}

pub(super) fn clip(text: &str, length: usize) -> &str {
    text.get(..text.floor_char_boundary(length)).unwrap_or_default()
}
