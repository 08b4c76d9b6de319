//! Small tasks on a text.

use super::answer;

fn check(message: &str, expected: &str) {
    assert_eq!(answer(message, Some("one two three")).as_deref(), Some(expected), "{message}");
}

#[test]
fn counting() {
    for (message, expected) in [
        ("Count the words in: the quick brown fox", "4 words, and 19 characters."),
        ("How many words are in \"to be or not\"?", "4 words, and 12 characters."),
        ("how many words are in this sentence", "3 words, and 13 characters."),
        ("Count words in my last message", "3 words, and 13 characters."),
        ("What is the number of words in a b c?", "3 words, and 5 characters."),
        ("how many letters are in hello", "5 characters, of which 5 are not spaces, in 1 word."),
        ("word count: one", "1 word, and 3 characters."),
        ("How many characters are in “naïve”?", "5 characters, of which 5 are not spaces, in 1 word."),
        ("count characters: a b", "3 characters, of which 2 are not spaces, in 2 words."),
        ("count characters: 👩‍👩‍👧🇩🇪é", "3 characters, of which 3 are not spaces, in 1 word."),
        ("Count the sentences in: One. Two! Three?", "3 sentences."),
        ("count lines:\na\nb", "2 lines."),
        ("How many letters are in the word banana?", "6 characters, of which 6 are not spaces, in 1 word."),
        ("How many r's are in strawberry?", "“r” occurs 3 times in “strawberry”."),
        ("how often does the letter S occur in \"Mississippi\"", "“s” occurs 4 times in “Mississippi”."),
        ("Count to 5", "1, 2, 3, 4, 5"),
        ("please count from 3 to 1.", "3, 2, 1"),
        ("count to 100000", "I count 1000 numbers at most."),
    ] {
        check(message, expected);
    }
}

#[test]
fn changing() {
    for (message, expected) in [
        ("uppercase: hello wörld", "HELLO WÖRLD"),
        ("Please convert this to uppercase: straße", "STRASSE"),
        ("Make \"hello\" uppercase", "HELLO"),
        ("uppercase hello there", "HELLO THERE"),
        ("convert hello there to upper case", "HELLO THERE"),
        ("write hello in capital letters", "HELLO"),
        ("Reply with exactly: pong", "pong"),
        ("uppercase", "ONE TWO THREE"),
        ("Can you make this lowercase: ΑΒΓ", "αβγ"),
        ("lowercase \"ABC\"", "abc"),
        ("Capitalise: the old man", "The Old Man"),
        ("Reverse: abc", "cba"),
        ("reverse the word \"désert\"", "treséd"),
        ("reverse hello", "olleh"),
        ("reverse: 👩‍👩‍👧a🇩🇪", "🇩🇪a👩‍👩‍👧"),
        ("Reverse the words: one two three", "three two one"),
        ("spell \"abc\" backwards", "cba"),
        ("say: hi there", "hi there"),
        ("Repeat after me: I am here", "I am here"),
    ] {
        check(message, expected);
    }
}

#[test]
fn sorting() {
    for (message, expected) in [
        ("sort: pear, apple, Fig", "apple, Fig, pear"),
        ("Sort this list: 10, 9, -2, 1.5", "-2, 1.5, 9, 10"),
        ("sort these numbers in descending order: 1, 3, 2", "3, 2, 1"),
        ("sort alphabetically: b, c, and a", "a, b, c"),
        ("Sort:\n- pear\n- apple", "- apple\n- pear"),
        ("sort b c a", "a, b, c"),
    ] {
        check(message, expected);
    }
}

#[test]
fn what_is_no_task() {
    for message in [
        "",
        "hello",
        "How many people live in Paris?",
        "How many words do you know?",
        "How many words are in my essay?",
        "how are you",
        "Write a poem about cats",
        "Say something nice",
        "count on me",
        "What is the order of the planets?",
        ":",
        "\"",
        ": x",
    ] {
        assert_eq!(answer(message, None), None, "{message}");
    }
}

#[test]
fn long_texts_are_not_given_back() {
    let long = format!("uppercase: {}", "a".repeat(100_000));
    assert!(answer(&long, None).is_some_and(|said| said.contains("too long")));
    let long = format!("count words: {}", "a ".repeat(500_000));
    assert!(answer(&long, None).is_some_and(|said| said.starts_with("500000 words")));
    assert!(answer("uppercase", None).is_some_and(|said| said.contains("colon")));
}
