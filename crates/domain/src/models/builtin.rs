//! The built-in offline model: a small program that answers what it can compute or has been told, and says so.

pub(crate) mod arithmetic;
mod dates;
mod extract;
mod small_talk;
#[cfg(test)]
mod tests;
mod text;
mod tools;

use edgewise_protocol::message::Role;

pub use self::tools::calls;
use super::{Prompt, PromptMessage};

pub const MODEL: &str = "edgewise-offline";

/// What is read of one message, and of all that was said before: enough for a book's chapter, and some 10 ms of work.
const MAX_READ: usize = 1024 * 1024;
const MAX_REMEMBERED: usize = 256 * 1024;
/// Sentences of one message that are tried as sums and dates.
const MAX_TRIED: usize = 50;

const INTRODUCTION: &str = "I am Edgewise's built-in offline model: a small program, not a language model. To use \
                            another model, set `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `DEFAULT_MODEL`, and restart.";

/// The whole answer, or what is missing of an answer that was cut. Nothing is missing when what was said is not how
/// the answer begins, as after midnight it may not be for a question about the date.
pub fn answer(prompt: &Prompt, now_ms: u64) -> String {
    if !prompt.options.steps.is_empty() {
        let whole = introduced(&prompt.messages, tools::report(&prompt.options.steps));
        return whole.strip_prefix(prompt.options.partial.as_str()).unwrap_or_default().to_owned();
    }
    match prompt.messages.split_last() {
        Some((last, before)) if last.role == Role::Assistant => {
            whole(before, now_ms).strip_prefix(last.text.as_str()).unwrap_or_default().to_owned()
        }
        _ => whole(&prompt.messages, now_ms),
    }
}

/// An answer in the pieces in which it is streamed: each a word and the space behind it.
pub fn pieces(answer: &str) -> impl Iterator<Item = &str> {
    let mut rest = answer;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at_checked(piece_end(rest))?;
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Not every script has spaces, so a word ends after so many characters at the latest.
const LONGEST_PIECE: usize = 40;

fn piece_end(text: &str) -> usize {
    let mut spaces = false;
    for (count, (at, c)) in text.char_indices().enumerate() {
        if (spaces && !c.is_whitespace()) || count == LONGEST_PIECE {
            return at;
        }
        // Space in front of the first word belongs to it.
        spaces = c.is_whitespace() && (spaces || count > 0);
    }
    text.len()
}

fn whole(messages: &[PromptMessage], now_ms: u64) -> String {
    let mut said = messages.iter().rev().filter(|message| message.role == Role::User).map(|message| &*message.text);
    let asked = extract::clip(said.next().unwrap_or_default(), MAX_READ);
    let mut room = MAX_REMEMBERED;
    // Newest first, until there is no room for more.
    let mut before: Vec<&str> = said
        .map_while(|text| {
            let text = extract::clip(text, room);
            room -= text.len();
            (room > 0).then_some(text)
        })
        .collect();
    before.reverse();
    introduced(messages, Conversation { asked, before, now_ms }.reply())
}

/// The first answer of a conversation says who speaks.
fn introduced(messages: &[PromptMessage], body: String) -> String {
    let introduced = messages.iter().any(|message| message.role == Role::Assistant && !message.text.is_empty());
    if introduced { body } else { format!("{INTRODUCTION}\n\n{body}") }
}

struct Conversation<'a> {
    asked: &'a str,
    /// What the person said before, oldest first.
    before: Vec<&'a str>,
    now_ms: u64,
}

impl Conversation<'_> {
    fn reply(&self) -> String {
        small_talk::answer(self.asked)
            .or_else(|| self.summary())
            .or_else(|| text::answer(self.asked, self.before.last().copied()))
            .or_else(|| self.each_sentence())
            .or_else(|| self.quotes(self.asked).filter(|_| !small_talk::tells(self.asked)))
            .or_else(|| small_talk::acknowledgement(self.asked))
            .unwrap_or_else(small_talk::unknown)
    }

    /// Several questions in one message are answered one by one.
    fn each_sentence(&self) -> Option<String> {
        let sentences: Vec<&str> = extract::sentences(self.asked).take(MAX_TRIED + 1).collect();
        // A text with a question behind it is full of dates and numbers that nobody asks about.
        let sentences = match sentences.split_last() {
            Some((last, others)) if others.len() > 4 || self.asked.len() > 1_000 => vec![*last],
            _ => sentences,
        };
        let compute = |sentence: &&str| dates::answer(sentence, self.now_ms).or_else(|| arithmetic::answer(sentence));
        let computed: Vec<Option<String>> = sentences.iter().map(compute).collect();
        if computed.iter().all(Option::is_none) {
            return None;
        }
        let answers: Vec<String> = sentences
            .iter()
            .zip(computed)
            .filter_map(|(sentence, computed)| {
                computed.or_else(|| sentence.ends_with('?').then(|| self.quotes(sentence)).flatten())
            })
            .collect();
        Some(answers.join("\n\n"))
    }

    fn summary(&self) -> Option<String> {
        let words: Vec<String> = extract::words(extract::clip(self.asked, 200));
        let asks = |word: &String| matches!(word.as_str(), "summarise" | "summarize" | "summary" | "tldr");
        if !words.iter().take(8).any(asks) {
            return None;
        }
        let text = self.asked.split_once([':', '\n']).map(|(_, text)| text.trim()).filter(|text| !text.is_empty());
        let lines = match text {
            Some(text) => extract::summary(text),
            None => extract::summary(&self.before.join("\n")),
        };
        Some(match lines.as_slice() {
            [] => "There is nothing to summarise yet. Send the text after a colon, as in: `summarise: …`.".into(),
            lines => format!("The sentences that say most:\n\n{}", list(lines)),
        })
    }

    /// What the person said, in this message or before, that is nearest to the question.
    fn quotes(&self, question: &str) -> Option<String> {
        let here: Vec<&str> = extract::sentences(extract::clip(self.asked, MAX_REMEMBERED)).collect();
        let asked = here.iter().rev().find(|sentence| is_question(sentence)).or(here.last());
        let question = if is_question(question) && here.contains(&question) { question } else { asked? };
        let told = |sentence: &&str| !is_question(sentence) && *sentence != question;
        // A text sent along with its question is what the question is about, so a weaker likeness will do.
        let mut quotes = extract::find(question, here.iter().copied().filter(told), 0.2);
        if quotes.is_empty() {
            let before = self.before.iter().flat_map(|text| extract::sentences(text)).filter(told);
            quotes = extract::find(question, before, 0.4);
        }
        if quotes.is_empty() && asks_for_last(question) {
            quotes.extend(self.before.iter().rev().take(1).map(|text| extract::clip(text, 400).trim().to_owned()));
        }
        let quotes: Vec<String> = quotes.iter().map(|quote| format!("“{quote}”")).collect();
        match quotes.as_slice() {
            [] => None,
            [quote] => Some(format!("You said: {quote}")),
            quotes => Some(format!("You said:\n\n{}", list(quotes))),
        }
    }
}

fn is_question(sentence: &str) -> bool {
    const ASKS: &[&str] = &[
        "can", "could", "did", "do", "does", "find", "give", "how", "is", "quote", "recall", "remind", "show", "tell",
        "was", "what", "whats", "when", "where", "which", "who", "whom", "whos", "whose", "why",
    ];
    sentence.ends_with(['?', '？'])
        || extract::words(extract::clip(sentence, 60)).first().is_some_and(|word| ASKS.contains(&word.as_str()))
}

fn asks_for_last(question: &str) -> bool {
    let words = extract::words(question);
    let says = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    says(&["i"]) && says(&["say", "said", "tell", "told", "ask", "asked", "write", "wrote"]) && words.len() <= 9
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n")
}
