//! How the built-in model uses tools: it has sums worked out and asks the clock, and says what they gave.

use edgewise_protocol::message::Role;
use serde_json::{Value, json};

use super::{Prompt, arithmetic, dates, extract};
use crate::{models::Step, tools::Tool};

/// Sums of one message that are worked out.
const MAX_SUMS: usize = 4;
/// A longer message is about something else.
const MAX_ASKED_BYTES: usize = 1_000;

/// The tools that it calls before it answers, with their arguments; none when it needs none, or has called already.
pub fn calls(prompt: &Prompt, now_ms: u64) -> Vec<(String, Value)> {
    let options = &prompt.options;
    let is_offered = |tool: Tool| options.tools.iter().any(|offered| offered.name == tool.name());
    let Some(last) = prompt.messages.last().filter(|last| last.role == Role::User) else { return Vec::new() };
    if !options.steps.is_empty() || options.tools_closed || last.text.len() > MAX_ASKED_BYTES {
        return Vec::new();
    }
    let mut sentences = extract::sentences(&last.text);
    // Several questions at once are answered one by one, without tools.
    let (Some(sentence), None) = (sentences.next(), sentences.next()) else { return Vec::new() };
    if is_offered(Tool::Calculator) && dates::answer(sentence, now_ms).is_none() {
        let sums = arithmetic::sums(sentence);
        if (1..=MAX_SUMS).contains(&sums.len()) {
            let call = |sum| (Tool::Calculator.name().to_owned(), json!({ "expression": sum }));
            return sums.into_iter().map(call).collect();
        }
    }
    let asks_time = extract::words(sentence).iter().any(|word| matches!(word.as_str(), "time" | "clock"));
    if is_offered(Tool::Clock) && asks_time && dates::answer(sentence, now_ms).is_some() {
        return vec![(Tool::Clock.name().to_owned(), json!({}))];
    }
    Vec::new()
}

/// What the tools gave, in words.
pub(super) fn report(steps: &[Step]) -> String {
    let pairs = steps.iter().flat_map(|step| step.calls.iter().zip(&step.results));
    let lines: Vec<String> = pairs
        .map(|(call, result)| {
            let field = |json: &str, name: &str| {
                let value: Value = serde_json::from_str(json).unwrap_or_default();
                value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            match Tool::named(&call.name) {
                Some(Tool::Calculator) if result.is_error => {
                    format!("`{}` could not be worked out. {}", field(&call.arguments, "expression"), result.text)
                }
                Some(Tool::Calculator) => {
                    arithmetic::equation(&field(&call.arguments, "expression"), &field(&result.text, "result"))
                }
                Some(Tool::Clock) if !result.is_error => {
                    format!("It is {}, {}.", field(&result.text, "weekday"), field(&result.text, "iso"))
                }
                _ => format!("The tool {} gave: {}", call.name, result.text),
            }
        })
        .collect();
    lines.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{Options, PromptMessage, ToolCall, ToolResult, builtin};

    const NOW_MS: u64 = 1_700_000_000_000;

    fn prompt(asked: &str) -> Prompt {
        let message = PromptMessage::new(Role::User, asked.into());
        let tools = Tool::ALL.into_iter().map(Tool::definition).collect();
        let options = Options { tools, ..Options::default() };
        Prompt { model: builtin::MODEL.into(), system: None, summary: None, messages: vec![message], options }
    }

    #[test]
    fn sums_and_the_time_are_left_to_tools() {
        let called = |asked: &str| calls(&prompt(asked), NOW_MS);
        assert_eq!(called("What is 12 * 7?"), [("calculator".into(), json!({ "expression": "12 * 7" }))]);
        assert_eq!(called("What is 1+1, and 2+2?").len(), 2);
        assert_eq!(called("What time is it?"), [("clock".into(), json!({}))]);
        for asked in ["Hello", "Tell me a story", "What is 2+2? And what is the weather?", ""] {
            assert_eq!(called(asked), [], "{asked}");
        }
        let mut none = prompt("What is 12 * 7?");
        none.options.tools.clear();
        assert_eq!(calls(&none, NOW_MS), []);
    }

    #[test]
    fn results_are_told_and_a_cut_report_goes_on() {
        let mut asked = prompt("What is 12 * 7?");
        let call = |name: &str, arguments: &str| ToolCall {
            id: "c".into(),
            name: name.into(),
            arguments: arguments.into(),
            signature: None,
        };
        let result = |text: &str, is_error| ToolResult { text: text.into(), is_error };
        asked.options.steps = vec![Step {
            calls: vec![
                call("calculator", r#"{"expression":"12 * 7"}"#),
                call("calculator", r#"{"expression":"1/0"}"#),
            ],
            results: vec![result(r#"{"result":"84"}"#, false), result("It cannot be.", true)],
            ..Step::default()
        }];
        let whole = builtin::answer(&asked, NOW_MS);
        assert!(whole.ends_with("`12 * 7` = 84\n\n`1/0` could not be worked out. It cannot be."), "{whole}");
        asked.options.partial = whole.get(..30).unwrap().into();
        assert_eq!(builtin::answer(&asked, NOW_MS), whole.get(30..).unwrap());
        assert_eq!(calls(&asked, NOW_MS), []);
    }
}
