//! What every format is tested with: streams cut at every byte, with every line break, and prompts with everything in them.

use edgewise_protocol::message::Role;

use super::*;
use crate::models::{Options, PromptImage, PromptMessage, Step, Tool, ToolCall, ToolResult};

pub(in crate::models) fn decode<'a>(wire: Wire, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Delta>, bool) {
    let mut decoder = Decoder::new(wire);
    let mut deltas = Vec::new();
    let failed = pieces.into_iter().any(|piece| decoder.push_into(piece, &mut deltas).is_err());
    (deltas, failed)
}

/// A stream gives the same deltas however it is cut.
pub(in crate::models) fn check_stream(wire: Wire, stream: &[u8], expected: &[Delta]) {
    let whole = (expected.to_vec(), false);
    let shown = String::from_utf8_lossy(stream);
    assert_eq!(decode(wire, [stream]), whole, "{shown}");
    for at in 0..=stream.len() {
        assert_eq!(decode(wire, [&stream[..at], &stream[at..]]), whole, "{shown} cut at {at}");
    }
    for size in [1, 2, 3, 7] {
        assert_eq!(decode(wire, stream.chunks(size)), whole, "{shown} in pieces of {size}");
    }
}

/// The same with every line break, with comments, a byte order mark and fields that nobody knows; and no beginning of it
/// is taken for the whole.
pub(in crate::models) fn check_recorded(wire: Wire, stream: &str, expected: &[Delta]) {
    check_stream(wire, stream.as_bytes(), expected);
    check_stream(wire, stream.replace('\n', "\r\n").as_bytes(), expected);
    check_stream(wire, stream.replace('\n', "\r").as_bytes(), expected);
    let noisy = stream.replace("data: {", ": ping\r\n\r\nid: 1\nretry: 10\ndata:{\"new\":{\"deep\":[1,{}]},");
    check_stream(wire, format!("\u{feff}{noisy}").as_bytes(), expected);
    let finishes = |deltas: &[Delta]| deltas.iter().any(|delta| matches!(delta, Delta::Finish(_) | Delta::Done));
    let mut known = 0;
    for at in 0..stream.len() {
        let (deltas, failed) = decode(wire, [&stream.as_bytes()[..at]]);
        assert!(!failed && expected.starts_with(&deltas) && deltas.len() >= known, "cut at {at}: {deltas:?}");
        known = deltas.len();
        // Half of it is never an end.
        assert!(at > stream.len() / 2 || !finishes(&deltas), "cut at {at}: {deltas:?}");
    }
}

pub(in crate::models) fn prompt(messages: &[(Role, &str)]) -> Prompt {
    let messages = messages.iter().map(|&(role, text)| PromptMessage::new(role, text.into())).collect();
    Prompt {
        model: "some-model".into(),
        system: Some("Be brief.".into()),
        summary: None,
        messages,
        options: Default::default(),
    }
}

pub(in crate::models) fn image() -> PromptImage {
    PromptImage { media_type: "image/png".into(), bytes: (*b"\x89PNG").into() }
}

pub(in crate::models) fn body(wire: Wire, prompt: &Prompt) -> serde_json::Value {
    serde_json::from_str(&wire.encode(prompt, None).body).unwrap()
}

/// The body that tells of a tool, of one call of it and of what came of that.
pub(in crate::models) fn with_tools(wire: Wire) -> serde_json::Value {
    let mut asked = prompt(&[(Role::User, "What time is it?")]);
    asked.system = None;
    asked.options.tools = vec![Tool {
        name: "now".into(),
        description: "The time.".into(),
        parameters: serde_json::json!({ "type": "object" }),
    }];
    asked.options.steps = vec![Step {
        thought: "I need a clock.".into(),
        signature: Some("sealed".into()),
        text: "Let me look.".into(),
        calls: vec![ToolCall {
            id: "c1".into(),
            name: "now".into(),
            arguments: r#"{"zone":"UTC"}"#.into(),
            signature: Some("sealed too".into()),
        }],
        results: vec![ToolResult { text: "12:00".into(), is_error: false }],
        by: "somebody".into(),
    }];
    body(wire, &asked)
}

const ALL: [Wire; 5] = [Wire::ChatCompletions, Wire::Responses, Wire::Anthropic, Wire::Gemini, Wire::WorkersAi];

#[test]
fn each_vendor_has_its_address_and_its_header_for_the_key() {
    let asked = prompt(&[(Role::User, "Hi")]);
    let shown = |wire: Wire| {
        let request = wire.encode(&asked, Some("k"));
        let headers: Vec<_> = request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("{} {}", request.path, headers.join(", "))
    };
    assert_eq!(
        ALL.map(shown),
        [
            "/chat/completions authorization: Bearer k",
            "/responses authorization: Bearer k",
            "/messages anthropic-version: 2023-06-01, x-api-key: k",
            "/models/some-model:streamGenerateContent?alt=sse x-goog-api-key: k",
            "some-model ",
        ]
    );
    for wire in ALL {
        let request = wire.encode(&asked, None);
        assert!(request.headers.iter().all(|(name, _)| *name == "anthropic-version"), "no key, no header: {wire:?}");
    }
}

#[test]
fn half_an_answer_after_a_step_is_gone_on_with_and_no_more_is_called() {
    for wire in ALL {
        let mut asked = prompt(&[(Role::User, "What time is it?")]);
        let call =
            ToolCall { id: "c1".into(), name: "now".into(), arguments: "{}".into(), signature: Some("a".into()) };
        asked.options.tools =
            vec![Tool { name: "now".into(), description: "d".into(), parameters: serde_json::json!({}) }];
        asked.options.steps = vec![Step {
            signature: Some("sealed".into()),
            calls: vec![call],
            results: vec![ToolResult { text: "12:00".into(), is_error: false }],
            by: crate::models::speaker("p", "m"),
            ..Step::default()
        }];
        (asked.options.partial, asked.options.tools_closed) = ("It is tw".into(), true);
        let options = Options { tools: asked.options.tools.clone(), ..Options::default() };
        asked.put_to("p", "m", options.clone());
        assert_eq!(asked.options.steps[0].signature.as_deref(), Some("sealed"), "their own");
        let sent = body(wire, &asked).to_string();
        // Workers AI knows no choice: it is offered none.
        let is_closed = sent.to_lowercase().contains("none") || !sent.contains("\"tools\"");
        assert!(sent.contains("It is tw") && is_closed, "{wire:?} {sent}");
        assert!(sent.contains("12:00") && sent.find("12:00") < sent.find("It is tw"), "{wire:?} {sent}");
        assert!(sent.contains("continue it exactly where it stopped"), "{wire:?} {sent}");
        asked.put_to("q", "m", options);
        let step = &asked.options.steps[0];
        assert_eq!((&step.signature, &step.calls[0].signature), (&None, &None), "another's seals are nobody's");
        assert!(!body(wire, &asked).to_string().contains("sealed"));
    }
}

#[test]
fn what_is_no_answer_is_an_error_everywhere() {
    for wire in ALL {
        for data in ["not json", "[]", "\"text\"", "{", "<!doctype html>", "{\"x\":"] {
            let (deltas, failed) = decode(wire, [format!("data: {data}\n\ndata: {{}}\n\n").as_bytes()]);
            assert!(!failed && matches!(&deltas[..], [Delta::Error(_)]), "{wire:?} {data}: {deltas:?}");
        }
        let error = r#"data: {"error":{"message":"Overloaded, key sk-abc"}}"#;
        let (deltas, _) = decode(wire, [format!("{error}\n\n").as_bytes()]);
        assert_eq!(deltas, [Delta::Error("Overloaded, key …".into())], "{wire:?}");
        for body in ["", "{}", "<html>", r#"{"error":{"message":"no"}}"#] {
            assert!(matches!(wire.decode_body(body.as_bytes())[..], [Delta::Error(_)]), "{wire:?} {body}");
        }
    }
}

#[test]
fn an_endless_line_and_deep_nesting_end_everywhere() {
    for wire in ALL {
        let mut decoder = Decoder::new(wire);
        assert_eq!(decoder.push(&vec![b'x'; crate::models::sse::MAX_LINE]), Ok(vec![]));
        assert!(decoder.push(b"x").is_err());
        let deep = format!("data: {{\"x\":{}\n\n", "[".repeat(50_000));
        assert!(matches!(decode(wire, [deep.as_bytes()]).0[..], [Delta::Error(_)]), "{wire:?}");
    }
}

/// Each call of a body, and each result, in the order in which the vendor reads them.
fn calls_and_results(body: &serde_json::Value, found: &mut Vec<String>) {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    match body {
        serde_json::Value::Array(all) => all.iter().for_each(|each| calls_and_results(each, found)),
        serde_json::Value::Object(fields) => {
            let kind = fields.get("type").map(text).unwrap_or_default();
            match (kind.as_str(), fields.get("role").and_then(|role| role.as_str())) {
                ("function" | "function_call" | "tool_use", _) => {
                    // A tool that is offered has a type as well, and no name for a call.
                    let id = fields.get("call_id").or_else(|| fields.get("id"));
                    found.extend(id.map(|id| format!("call {}", text(id))));
                }
                ("function_call_output", _) => found.push(format!("result {}", text(&fields["call_id"]))),
                ("tool_result", _) => found.push(format!("result {}", text(&fields["tool_use_id"]))),
                (_, Some("tool")) => found.push(format!("result {}", text(&fields["tool_call_id"]))),
                _ => {}
            }
            // Gemini tells them apart by their order alone.
            fields.keys().for_each(|key| match key.as_str() {
                "functionCall" => found.push("call".into()),
                "functionResponse" => found.push("result".into()),
                _ => {}
            });
            fields.values().for_each(|value| calls_and_results(value, found));
        }
        _ => {}
    }
}

#[test]
fn calls_of_earlier_answers_stand_before_what_was_said_after_them() {
    let step = |id: &str| Step {
        text: "Let me look. ".into(),
        calls: vec![ToolCall { id: id.into(), name: "now".into(), arguments: "{}".into(), signature: None }],
        results: vec![ToolResult { text: "12:00".into(), is_error: false }],
        ..Step::default()
    };
    for wire in ALL {
        let mut asked = prompt(&[
            (Role::User, "One?"),
            (Role::Assistant, "It is noon."),
            (Role::User, "Two?"),
            (Role::Assistant, ""),
            (Role::User, "Three?"),
        ]);
        asked.messages[1].steps = vec![step("a"), step("b")];
        asked.messages[3].steps = vec![step("c")];
        let tools = vec![Tool { name: "now".into(), description: "d".into(), parameters: serde_json::json!({}) }];
        let mut offered = asked.clone();
        offered.put_to("p", "m", Options { tools, ..Options::default() });
        let sent = body(wire, &offered);
        let mut found = Vec::new();
        calls_and_results(&sent, &mut found);
        let expected = ["call a", "result a", "call b", "result b", "call c", "result c"];
        match wire {
            Wire::Gemini => assert_eq!(found, expected.map(|each| each.split(' ').next().unwrap())),
            _ => assert_eq!(found, expected, "{wire:?} {sent}"),
        }
        let sent = sent.to_string();
        assert!(sent.rfind("12:00").unwrap() < sent.find("Three?").unwrap(), "{wire:?} {sent}");
        assert!(
            !sent.contains("\"text\":\"\"") && !sent.contains("\"content\":[]") && !sent.contains("\"parts\":[]"),
            "{sent}"
        );
        // Whoever is offered no tools reads what was said, and no call.
        asked.put_to("p", "m", Options::default());
        let sent = body(wire, &asked);
        let mut found = Vec::new();
        calls_and_results(&sent, &mut found);
        assert_eq!(found, Vec::<String>::new(), "{wire:?}");
        assert!(sent.to_string().contains("Let me look. Let me look. It is noon."), "{wire:?} {sent}");
    }
}
