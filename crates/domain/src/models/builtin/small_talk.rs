//! Greetings, thanks and help, and what to say when there is nothing to compute and nothing to quote.

use super::extract::{clip, sentences, words};

const ABILITIES: &str = "\
- **Arithmetic**: `15% of 80`, `sqrt(2) * (3 + 4)^2`\n\
- **Dates**: `What day is 1 May 2030?`, `How many days until Christmas?`\n\
- **Text**: count words or characters, upper and lower case, reverse, sort a list\n\
- **Memory**: tell me something, ask about it later, and I quote what you said\n\
- **Summaries**: `summarise:` and a text";

/// A whole message that is only a greeting, thanks, a farewell or a call for help.
pub(super) fn answer(message: &str) -> Option<String> {
    let words = words(clip(message, 200));
    if words.is_empty() {
        return Some(format!("I see no words in that. This is what I can do:\n\n{ABILITIES}"));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let only = |known: &[&str]| {
        words.iter().any(|word| known.contains(word))
            && words.iter().all(|word| known.contains(word) || FILLERS.contains(word))
    };
    let asks = |phrases: &[&[&str]]| {
        words.len() <= 10 && phrases.iter().any(|phrase| words.windows(phrase.len()).any(|window| window == *phrase))
    };
    if message.len() > 200 {
        return None;
    }
    if only(THANKS) {
        return Some("You are welcome.".into());
    }
    if only(ASSENTS) {
        return Some("All right. What next?".into());
    }
    if only(FAREWELLS) {
        return Some("Goodbye. This conversation stays here for when you come back.".into());
    }
    if only(&["help"])
        || asks(&[
            &["what", "can", "you", "do"],
            &["can", "you", "help"],
            &["help", "me"],
            &["what", "are", "you", "able"],
        ])
    {
        return Some(format!("This is what I can do:\n\n{ABILITIES}"));
    }
    if asks(&[
        &["who", "are", "you"],
        &["what", "are", "you"],
        &["your", "name"],
        &["which", "model"],
        &["what", "model"],
    ]) {
        return Some(format!(
            "I am `{}`, the small offline model built into Edgewise. This is what I can do:\n\n{ABILITIES}",
            super::MODEL
        ));
    }
    if asks(&[&["how", "are", "you"]]) && words.len() <= 6 {
        return Some("I am a small program and in good order. What can I work out for you?".into());
    }
    only(GREETINGS).then(|| format!("Hello! This is what I can do:\n\n{ABILITIES}"))
}

const GREETINGS: &[&str] = &[
    "hello",
    "hi",
    "hey",
    "hiya",
    "howdy",
    "greetings",
    "morning",
    "afternoon",
    "evening",
    "hallo",
    "hola",
    "bonjour",
    "salut",
    "ciao",
    "moin",
    "servus",
    "olá",
    "hej",
    "ahoj",
    "привет",
    "γεια",
    "salam",
    "مرحبا",
    "नमस्ते",
    "test",
    "ping",
];
const THANKS: &[&str] =
    &["thanks", "thank", "thx", "cheers", "danke", "merci", "gracias", "grazie", "obrigado", "спасибо"];
const ASSENTS: &[&str] = &["yes", "no", "ok", "okay", "fine", "alright", "great", "nice"];
const FAREWELLS: &[&str] = &["bye", "goodbye", "farewell", "tschüss", "adieu", "adiós", "cya"];
const FILLERS: &[&str] = &[
    "a",
    "again",
    "all",
    "and",
    "assistant",
    "dear",
    "edgewise",
    "everyone",
    "for",
    "friend",
    "good",
    "lot",
    "model",
    "much",
    "now",
    "ok",
    "please",
    "so",
    "that",
    "the",
    "there",
    "this",
    "to",
    "very",
    "world",
    "you",
    "your",
    "help",
];

/// Whether the message tells something rather than asks for it.
pub(super) fn tells(message: &str) -> bool {
    if message.trim_end().ends_with(['?', '？']) {
        return false;
    }
    const BEGINS: &[&str] = &[
        "a",
        "an",
        "everyone",
        "he",
        "here",
        "his",
        "her",
        "i",
        "id",
        "ill",
        "im",
        "it",
        "its",
        "ive",
        "mine",
        "my",
        "note",
        "nobody",
        "our",
        "remember",
        "she",
        "somebody",
        "that",
        "the",
        "their",
        "there",
        "these",
        "they",
        "this",
        "those",
        "today",
        "tomorrow",
        "we",
        "were",
        "yesterday",
    ];
    let words = words(clip(message, 300));
    let mut words = words.iter().map(String::as_str).skip_while(|word| GREETINGS.contains(word) || *word == "please");
    let begins = words.next().is_some_and(|first| BEGINS.contains(&first));
    begins && words.next().is_some()
}

pub(super) fn acknowledgement(message: &str) -> Option<String> {
    let long = sentences(message).take(4).count() > 3 && !message.trim_end().ends_with(['?', '？']);
    (tells(message) || long)
        .then(|| "Noted. Ask me about it later in this conversation, and I will quote what you said.".into())
}

pub(super) fn unknown() -> String {
    format!(
        "I cannot know that offline: I have no knowledge of the world, and you have not told me. What I can do:\n\n{ABILITIES}"
    )
}
