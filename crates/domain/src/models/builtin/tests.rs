//! The built-in model as a whole: introductions, recoveries, and input that nothing may break.

use proptest::prelude::*;

use super::*;

/// Friday, 17 May 2024, 14:05 UTC
const NOW: u64 = 1_715_954_700_000;

fn prompt(messages: &[(Role, &str)]) -> Prompt {
    let messages = messages.iter().map(|&(role, text)| PromptMessage::new(role, text.into())).collect();
    Prompt { model: MODEL.into(), system: None, summary: None, messages, options: Default::default() }
}

/// The answer to the last of what a person says, each of the others having been answered.
fn talk(said: &[&str]) -> String {
    let mut messages = vec![(Role::User, "Hi"), (Role::Assistant, "Hello.")];
    for (at, text) in said.iter().enumerate() {
        messages.push((Role::User, text));
        if at + 1 < said.len() {
            messages.push((Role::Assistant, "Noted."));
        }
    }
    answer(&prompt(&messages), NOW)
}

fn check(said: &[&str], expected: &str) {
    assert_eq!(talk(said), expected, "{said:?}");
}

fn check_begins(said: &[&str], expected: &str) {
    let answer = talk(said);
    assert!(answer.starts_with(expected), "{said:?}: {answer}");
}

#[test]
fn computes() {
    for (asked, expected) in [
        ("What is 12 * 7?", "`12 * 7` = 84"),
        ("Hello! What is 15% of 80?", "`15% of 80` = 12"),
        ("2+2\n3*3", "`2+2` = 4\n\n`3*3` = 9"),
        ("What is 1/0?", "`1/0` has no answer, because nothing can be divided by zero."),
        ("What day is it?", "Today is Friday, 17 May 2024 (UTC)."),
        ("Hi. What is 2+2? And what day is 2000-01-01?", "`2+2` = 4\n\n1 January 2000 is a Saturday."),
        ("-5 + 3", "`-5 + 3` = -2"),
        ("Uppercase: hello", "HELLO"),
        ("How many words are in \"a b c\"?", "3 words, and 5 characters."),
        ("Sort: b, a", "a, b"),
    ] {
        check(&[asked], expected);
    }
}

#[test]
fn remembers() {
    for (said, expected) in [
        (&["My name is Ada.", "What is my name?"][..], "You said: “My name is Ada.”"),
        (&["My name is Ada.", "I like tea.", "Tell me my name"], "You said: “My name is Ada.”"),
        (&["Hi, my name is Ada. I live in Rome.", "2+2", "Where do I live?"], "You said: “I live in Rome.”"),
        (&["Remember that the code is 4711.", "What is the code?"], "You said: “Remember that the code is 4711.”"),
        (&["I have a cat. I have a dog.", "What did I say?"], "You said: “I have a cat. I have a dog.”"),
        (&["My name is Ada.", "What is 2+2? And what is my name?"], "`2+2` = 4\n\nYou said: “My name is Ada.”"),
        (
            &["The treaty was signed in 1848. It rained. When was the treaty signed?"],
            "You said: “The treaty was signed in 1848.”",
        ),
        (
            &["When was the bridge built?\nThe bridge was built in 1932. It spans the river."],
            "You said: “The bridge was built in 1932.”",
        ),
        (&["uppercase: abc", "reverse it"], "cba :esacreppu"),
    ] {
        check(said, expected);
    }
}

#[test]
fn talks() {
    for (asked, begins) in [
        ("hello", "Hello! This is what I can do:\n\n- **Arithmetic**"),
        ("Good morning!", "Hello!"),
        ("thanks a lot", "You are welcome."),
        ("bye", "Goodbye."),
        ("Ok.", "All right."),
        ("help", "This is what I can do:"),
        ("What can you do?", "This is what I can do:"),
        ("Who are you?", "I am `edgewise-offline`"),
        ("How are you today?", "I am a small program"),
        ("My name is Ada.", "Noted."),
        ("What is my name?", "I cannot know that offline"),
        ("Who wrote Hamlet?", "I cannot know that offline"),
        ("Write a poem about cats", "I cannot know that offline"),
        ("", "I see no words in that."),
        ("🤷", "I see no words in that."),
        ("Summarise: Bees fly. Bees hum.", "The sentences that say most:\n\n- Bees fly.\n- Bees hum."),
        ("summarise", "The sentences that say most:\n\n- Hi"),
        ("你叫什么名字？", "I cannot know that offline"),
    ] {
        check_begins(&[asked], begins);
    }
}

#[test]
fn only_the_first_answer_introduces_it() {
    let first = answer(&prompt(&[(Role::User, "What is 2+2?")]), NOW);
    assert_eq!(first, format!("{INTRODUCTION}\n\n`2+2` = 4"));
    for setting in ["offline model", "OPENAI_BASE_URL", "OPENAI_API_KEY", "DEFAULT_MODEL", "restart"] {
        assert!(first.contains(setting), "{setting}");
    }
    assert!(!talk(&["What is 2+2?"]).contains("OPENAI"));
    // An answer that failed before its first word has introduced nobody.
    let failed = prompt(&[(Role::User, "a"), (Role::Assistant, ""), (Role::User, "2+2")]);
    assert!(answer(&failed, NOW).starts_with(INTRODUCTION));
    assert!(answer(&prompt(&[]), NOW).starts_with(INTRODUCTION));
}

#[test]
fn a_cut_answer_is_gone_on_with_from_every_byte() {
    let asked = [(Role::User, "My name is Zoë 😀."), (Role::Assistant, "Noted."), (Role::User, "What is my name?")];
    let whole = answer(&prompt(&asked), NOW);
    for at in (0..=whole.len()).filter(|at| whole.is_char_boundary(*at)) {
        let mut cut = asked.to_vec();
        let (said, rest) = whole.split_at(at);
        cut.push((Role::Assistant, said));
        assert_eq!(answer(&prompt(&cut), NOW + 86_400_000), rest, "cut at {at}");
    }
    let first = answer(&prompt(&asked[..1]), NOW);
    assert_eq!(answer(&prompt(&[asked[0], (Role::Assistant, "I am")]), NOW), first.split_at(4).1);
    let mut other = asked.to_vec();
    other.push((Role::Assistant, "Something else"));
    assert_eq!(answer(&prompt(&other), NOW), "");
}

#[test]
fn the_time_of_day_is_told_only_when_asked() {
    let at_noon = |text| answer(&prompt(&[(Role::User, text)]), NOW);
    let later = |text| answer(&prompt(&[(Role::User, text)]), NOW + 3_600_000);
    for text in ["hello", "What day is it?", "What is 2+2?", "My name is Ada.", "Why?", "How many days until 1 June?"] {
        assert_eq!(at_noon(text), later(text), "{text}");
    }
    assert_ne!(at_noon("What time is it?"), later("What time is it?"));
}

#[test]
fn pieces_are_words_with_their_space() {
    for (answer, expected) in [
        ("", vec![]),
        ("one", vec!["one"]),
        ("one two\n\nthree ", vec!["one ", "two\n\n", "three "]),
        (" - one", vec![" - ", "one"]),
        ("é 😀", vec!["é ", "😀"]),
    ] {
        assert_eq!(pieces(answer).collect::<Vec<_>>(), expected, "{answer:?}");
    }
    assert_eq!(pieces(&"漢".repeat(100)).map(|piece| piece.chars().count()).collect::<Vec<_>>(), [40, 40, 20]);
}

#[test]
fn huge_input_is_bounded_work() {
    for unit in ["a", "a ", "1+", "((", "é漢 ", "What is my name? ", "x. ", "\n", ":", "\"", "2024-01-01 ", "and "] {
        let huge = unit.repeat(1_048_576 / unit.len());
        assert!(talk(&[&huge, "What is my name?"]).len() < 10_000, "{unit}");
        assert!(talk(&[&huge]).len() < 10_000, "{unit}");
        for task in ["summarise", "sort", "reverse", "count words in"] {
            assert!(talk(&[&format!("{task}: {huge}")]).len() < 10_000, "{task} {unit}");
        }
    }
}

proptest! {
    #[test]
    fn nothing_breaks_it(said in prop::collection::vec("\\PC{0,80}|(?s).{0,40}", 1..4), now in any::<u64>(), partial in "\\PC{0,9}") {
        let mut messages: Vec<(Role, &str)> = said.iter().map(|text| (Role::User, text.as_str())).collect();
        let whole = answer(&prompt(&messages), now);
        prop_assert_eq!(pieces(&whole).collect::<String>(), whole.as_str());
        prop_assert_eq!(answer(&prompt(&messages), now), whole);
        messages.push((Role::Assistant, &partial));
        answer(&prompt(&messages), now);
    }

    #[test]
    fn nothing_made_of_its_own_words_breaks_it(
        words in prop::collection::vec(prop::sample::select(vec![
            "what", "is", "1", "0", "9999999999999999999", "-", "+", "*", "/", "%", "^", "(", ")", "sqrt", "of", "days",
            "in", "until", "ago", "february", "29", "2024-02-30", "31/12/9999", "a", "leap", "year", "next", "monday",
            "sort", ":", "\"", "count", "to", "reverse", "uppercase", "hundred", "million", "and", "many", "how", "words",
            "my", "?", ".", "\n", "5%", "1e308", "-9999", "after", "christmas", "between", "29 february", "r's", "'",
        ]), 0..14),
        glue in prop::sample::select(vec![" ", ""]),
        now in prop::sample::select(vec![0, NOW, u64::MAX, 253_402_300_799_999, 8_210_266_876_799_999]),
    ) {
        answer(&prompt(&[(Role::User, &words.join(glue))]), now);
    }
}
