//! Quoting what was said before, and summaries.

use super::*;

fn check(said: &str, question: &str, expected: &[&str]) {
    assert_eq!(find(question, sentences(said), 0.4), expected, "{question}");
}

const ABOUT_ME: &str = "Hello! My name is Ada. I live in Berlin, near the park. My dog is called Rex. I am 36 years old. \
                        My favourite colour is green. I was born on 10 December 1985. I work as an engineer at Acme. \
                        The meeting with Dr. Brown is at 15:30 on Tuesday. The report costs 3.50 euros.";

#[test]
fn facts_are_found_again() {
    for (question, expected) in [
        ("What is my name?", "My name is Ada."),
        ("Who am I?", "My name is Ada."),
        ("What's my dog's name?", "My dog is called Rex."),
        ("What am I called?", "My name is Ada."),
        ("Where do I live?", "I live in Berlin, near the park."),
        ("How old am I?", "I am 36 years old."),
        ("What is my favorite color?", "My favourite colour is green."),
        ("When is my birthday?", "I was born on 10 December 1985."),
        ("Where do I work?", "I work as an engineer at Acme."),
        ("When is the meeting?", "The meeting with Dr. Brown is at 15:30 on Tuesday."),
        ("What is the price of the report?", "The report costs 3.50 euros."),
    ] {
        assert_eq!(find(question, sentences(ABOUT_ME), 0.4).first().map(String::as_str), Some(expected), "{question}");
    }
}

#[test]
fn what_was_not_said_is_not_found() {
    for question in ["What is my phone number?", "Who wrote Hamlet?", "How tall is the tower in Paris?", "", "?", "why"]
    {
        check(ABOUT_ME, question, &[]);
    }
    check("", "What is my name?", &[]);
}

#[test]
fn later_words_correct_earlier_ones() {
    check("My name is Ada. My name is Eve.", "What is my name?", &["My name is Eve.", "My name is Ada."]);
    check("My name is Ada. My name is Ada.", "What is my name?", &["My name is Ada."]);
    check("I'm Ada", "What is my name?", &["I'm Ada"]);
}

#[test]
fn other_languages() {
    check("Ich heiße Zoë. Ich wohne in Köln.", "Wo wohne ich?", &["Ich wohne in Köln."]);
    check("我住在北京。我叫小明。", "我住在哪里？", &["我住在北京。"]);
    check("Меня зовут Анна. Я люблю чай.", "Что я люблю?", &["Я люблю чай."]);
    check("اسمي ليلى", "ما اسمي", &["اسمي ليلى"]);
}

#[test]
fn sentences_are_cut_where_people_end_them() {
    for (text, expected) in [
        ("A b. C d! E?", vec!["A b.", "C d!", "E?"]),
        ("Version 1.2.3 is out. Dr. No agrees", vec!["Version 1.2.3 is out.", "Dr. No agrees"]),
        ("- one\n* two\n\n---\n# three", vec!["one", "two", "three"]),
        ("你好。再见！", vec!["你好。", "再见！"]),
        ("wait... what", vec!["wait...", "what"]),
        ("-5 + 3", vec!["-5 + 3"]),
        ("", vec![]),
        ("...", vec![]),
    ] {
        assert_eq!(sentences(text).collect::<Vec<_>>(), expected, "{text}");
    }
}

#[test]
fn summaries() {
    let text = "Bees are insects. Bees make honey from nectar. My uncle once fell off a ladder. \
                Honey made by bees feeds the bees in winter. It rained. Beekeepers harvest the honey of bees.";
    assert_eq!(
        summary(text),
        [
            "Bees make honey from nectar.",
            "Honey made by bees feeds the bees in winter.",
            "Beekeepers harvest the honey of bees."
        ]
    );
    assert_eq!(summary("One. Two."), ["One.", "Two."]);
    assert!(summary("").is_empty());
}

#[test]
fn work_is_bounded() {
    let long = "word and more words here. ".repeat(40_000);
    assert!(find(&long, sentences(&long), 0.4).len() <= 2);
    assert_eq!(summary(&long).len(), 5);
    let endless = "é".repeat(500_000);
    assert!(find(&endless, sentences(&endless), 0.4).iter().all(|quote| quote.len() <= MAX_SENTENCE));
}
