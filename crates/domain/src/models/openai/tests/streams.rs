//! Streams, cut at every byte.

use super::*;

const RECORDED: &str = concat!(
    r#"data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1715900000,"model":"gpt-4o","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{"content":"Grüße"},"logprobs":null,"finish_reason":null}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{"content":", \u4e16界 \ud83d\ude00😀"},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-9","choices":[],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":0}}}"#,
    "\n\ndata: [DONE]\n\n",
);

fn recorded() -> Vec<Delta> {
    vec![text("Grüße"), text(", 世界 😀😀"), Delta::Finish(FinishReason::Stop), usage(19, 10), Delta::Done]
}

#[test]
fn a_recorded_stream_cut_at_every_byte() {
    check_stream(RECORDED.as_bytes(), &recorded());
    check_stream(RECORDED.replace('\n', "\r\n").as_bytes(), &recorded());
    check_stream(RECORDED.replace('\n', "\r").as_bytes(), &recorded());
    let noisy = RECORDED.replace("data: {", ": ping\r\n\r\nevent: chunk\nid: 1\nretry: 10\ndata:{");
    check_stream(format!("\u{feff}{noisy}").as_bytes(), &recorded());
}

#[test]
fn every_ending_before_the_end_mark_lacks_done() {
    let expected = recorded();
    for at in 0..RECORDED.len() - 1 {
        let (deltas, failed) = decode([&RECORDED.as_bytes()[..at]]);
        assert!(!failed && !deltas.contains(&Delta::Done) && expected.starts_with(&deltas), "cut at {at}: {deltas:?}");
    }
}

#[test]
fn the_end_comes_once() {
    check("[DONE]\n\ndata: [DONE]\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"late\"}}]}", &[Delta::Done]);
    check(" [DONE] ", &[Delta::Done]);
    let padded = format!("data: [DONE]\n\n{}", "x".repeat(2 * MAX_LINE));
    assert_eq!(decode([padded.as_bytes()]), (vec![Delta::Done], false));
    let mut decoder = Decoder::new(Wire::ChatCompletions);
    assert_eq!(decoder.push(b"data: [DONE]\n\n"), Ok(vec![Delta::Done]));
    assert_eq!(decoder.push(b"data: [DONE]\n\ndata: not json\n\n"), Ok(vec![]));
    assert_eq!(decoder.push(&vec![b'x'; 2 * MAX_LINE]), Ok(vec![]));
}

#[test]
fn texts() {
    for (delta, expected) in [
        (r#"{"role":"assistant"}"#, None),
        (r#"{"role":"assistant","content":""}"#, None),
        (r#"{"content":null}"#, None),
        (r#"{}"#, None),
        (r#"null"#, None),
        (r#"{"content":"a"}"#, Some("a")),
        (r#"{"content":" \n"}"#, Some(" \n")),
        (r#"{"refusal":"I will not."}"#, Some("I will not.")),
        (r#"{"content":"a","refusal":"b"}"#, Some("ab")),
        (r#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#, Some("ab")),
        (r#"{"content":[{"text":"a","type":"output_text"},{"type":"image_url","image_url":{"url":"x"}}]}"#, Some("a")),
        (r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},"b",null]}"#, Some("b")),
        (r#"{"content":7}"#, Some("7")),
        (r#"{"content":{"text":"a"}}"#, Some("a")),
        (r#"{"content":[]}"#, None),
        (r#"{"reasoning_content":"","reasoning":null,"content":"a","new":{"deep":[1,{"x":[]}]}}"#, Some("a")),
        (r#"{"content":"a\u0000b"}"#, Some("a\0b")),
        (r#"{"content":"\ud83d\ude00"}"#, Some("😀")),
        (r#"{"content":"a\ud83db"}"#, Some("a\u{fffd}b")),
        (r#"{"content":"\ud83d"}"#, Some("\u{fffd}")),
        (r#"{"content":"\ude00\ud83d"}"#, Some("\u{fffd}\u{fffd}")),
        (r#"{"content":"\ud83d\ud83d\ude00"}"#, Some("\u{fffd}😀")),
        (r#"{"content":"\ud83d\u0041\\ud83d\\\ud83d\n\"é"}"#, Some("\u{fffd}A\\ud83d\\\u{fffd}\n\"é")),
        (r#"{"content":"\uD83D漢"}"#, Some("\u{fffd}漢")),
        ("{\"content\":\"tab\there\u{0}\"}", Some("tab\there\0")),
        (r#"{"content":"a","logprobs":[NaN,-Infinity,1e999,-1e999]}"#, Some("a")),
    ] {
        check(
            &format!(r#"{{"choices":[{{"index":0,"delta":{delta}}}]}}"#),
            &expected.map(text).into_iter().collect::<Vec<_>>(),
        );
    }
}

#[test]
fn thoughts_come_before_the_text() {
    for name in ["reasoning_content", "reasoning"] {
        let chunk = format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"a","{name}":"hm"}}}}]}}"#);
        check(&chunk, &[Delta::Reasoning("hm".into()), text("a")]);
    }
}

#[test]
fn tool_calls_begin_once_and_their_arguments_gather() {
    let piece =
        |call: &str| format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"tool_calls\":[{call}]}}}}]}}\n\n");
    let begins =
        |index, id: &str, name: &str| Delta::ToolCall { index, id: id.into(), name: name.into(), signature: None };
    let more = |index, json: &str| Delta::ToolArguments { index, json: json.into() };
    let stream = [
        r#"{"index":0,"id":"c1","type":"function","function":{"name":"get_weather","arguments":""}}"#,
        r#"{"index":0,"function":{"arguments":"{\"city\":"}}"#,
        r#"{"index":1,"id":"c2","function":{"name":"now","arguments":"{}"}}"#,
        r#"{"index":0,"function":{"arguments":"\"Zürich\"}"}}"#,
        r#"{"index":2,"function":{"arguments":"of a call that nobody named"}}"#,
        r#"{"index":3,"function":{"name":"whole","arguments":{"a":1}}}"#,
    ];
    let expected = [
        begins(0, "c1", "get_weather"),
        more(0, r#"{"city":"#),
        begins(1, "c2", "now"),
        more(1, "{}"),
        more(0, r#""Zürich"}"#),
        begins(3, "call_3", "whole"),
        more(3, r#"{"a":1}"#),
    ];
    check_stream(stream.map(piece).concat().as_bytes(), &expected);
}

/// A stream of Workers AI, with a number for a token and the padding against eavesdroppers.
#[test]
fn workers_ai_speaks_in_clothes_of_its_own() {
    let stream = concat!(
        r#"data: {"response":"The answer is ","p":"abcdefghijk"}"#,
        "\n\n",
        r#"data: {"response":42,"p":"abc"}"#,
        "\n\n",
        r#"data: {"response":" 😀"}"#,
        "\n\n",
        r#"data: {"response":"","tool_calls":[{"name":"now","arguments":{"zone":"UTC"}}]}"#,
        "\n\n",
        r#"data: {"response":"","usage":{"prompt_tokens":5,"completion_tokens":9,"total_tokens":14}}"#,
        "\n\ndata: [DONE]\n\n"
    );
    let expected = [
        text("The answer is "),
        text("42"),
        text(" 😀"),
        Delta::ToolCall { index: 0, id: "call_0".into(), name: "now".into(), signature: None },
        Delta::ToolArguments { index: 0, json: r#"{"zone":"UTC"}"#.into() },
        usage(5, 9),
        Delta::Done,
    ];
    wire::tests::check_stream(Wire::WorkersAi, stream.as_bytes(), &expected);
}

#[test]
fn choices() {
    check(r#"{"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}"#, &[text("a")]);
    check(r#"{"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}]}"#, &[]);
    check(r#"{"choices":[{"delta":{"content":"a"}}]}"#, &[text("a")]);
    check(r#"{"choices":[{"index":"0","delta":{"content":"a"}},null]}"#, &[text("a")]);
    check(r#"{"choices":[]}"#, &[]);
    check(r#"{"choices":null}"#, &[]);
    check(r#"{"choices":{}}"#, &[]);
    check(r#"{"choices":[null]}"#, &[]);
    check(r#"{}"#, &[]);
    check(r#"{"ping":true}"#, &[]);
}

#[test]
fn finish_reasons() {
    for (reason, expected) in [
        (r#""stop""#, Some(FinishReason::Stop)),
        (r#""length""#, Some(FinishReason::Length)),
        (r#""content_filter""#, Some(FinishReason::ContentFilter)),
        (r#""tool_calls""#, Some(FinishReason::ToolCalls)),
        (r#""function_call""#, Some(FinishReason::ToolCalls)),
        (r#""eos""#, Some(FinishReason::Other)),
        (r#""""#, None),
        ("null", None),
    ] {
        let chunk = format!(r#"{{"choices":[{{"index":0,"delta":{{}},"finish_reason":{reason}}}]}}"#);
        check(&chunk, &expected.map(Delta::Finish).into_iter().collect::<Vec<_>>());
        check(&format!("{chunk}\n\ndata: {chunk}"), &expected.map(Delta::Finish).into_iter().collect::<Vec<_>>());
    }
    check(
        r#"{"choices":[{"delta":{"content":"end"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
        &[text("end"), Delta::Finish(FinishReason::Stop), usage(1, 2)],
    );
}

#[test]
fn usages() {
    for (counts, expected) in [
        (r#"{"prompt_tokens":3,"completion_tokens":4}"#, Some((3, 4))),
        (r#"{"input_tokens":3,"output_tokens":4}"#, Some((3, 4))),
        (r#"{"prompt_tokens":3,"input_tokens":9,"completion_tokens":4}"#, Some((3, 4))),
        (r#"{"prompt_tokens":-3,"completion_tokens":4.9}"#, Some((0, 4))),
        (r#"{"prompt_tokens":4294967296,"completion_tokens":99999999999999999999999}"#, Some((u32::MAX, u32::MAX))),
        (r#"{"prompt_tokens":1e400,"completion_tokens":-1e400}"#, Some((u32::MAX, 0))),
        (r#"{"prompt_tokens":NaN,"completion_tokens":4}"#, Some((0, 4))),
        (r#"{"prompt_tokens":null,"completion_tokens":4}"#, Some((0, 4))),
        (r#"{"prompt_tokens":"12","completion_tokens":"x"}"#, Some((12, 0))),
        (r#"{"completion_tokens":4}"#, Some((0, 4))),
        (r#"{"total_tokens":4}"#, None),
        ("{}", None),
        ("[]", None),
        ("null", None),
    ] {
        let expected = expected.map(|(input, output)| usage(input, output));
        check(&format!(r#"{{"choices":[],"usage":{counts}}}"#), &expected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn cached_input_and_thoughts_are_parts_of_the_whole() {
    for (counts, cached_input_tokens, reasoning_tokens) in [
        (r#""prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":1}"#, 2, 1),
        (r#""prompt_tokens_details":{"cached_tokens":99},"completion_tokens_details":{"reasoning_tokens":-1}"#, 3, 0),
        (r#""prompt_cache_hit_tokens":1,"prompt_tokens_details":null"#, 1, 0),
    ] {
        let usage =
            Usage { input_tokens: 3, output_tokens: 4, cached_input_tokens, reasoning_tokens, cost_micro_usd: None };
        let chunk = format!(r#"{{"choices":[],"usage":{{"prompt_tokens":3,"completion_tokens":4,{counts}}}}}"#);
        check(&chunk, &[Delta::Usage(usage)]);
    }
}

#[test]
fn errors_end_the_stream() {
    for (data, expected) in [
        (r#"{"error":{"message":"Overloaded","type":"server_error","code":null}}"#, "Overloaded"),
        (r#"{"error":"Overloaded"}"#, "Overloaded"),
        (r#"{"error":{"code":500}}"#, "no reason given"),
        (r#"{"error":{}}"#, "no reason given"),
        (r#"{"error":true}"#, "no reason given"),
        (r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, "Overloaded"),
        (r#"{"object":"error","message":"Overloaded","code":400}"#, "Overloaded"),
        (r#"{"type":"error","message":"Overloaded"}"#, "Overloaded"),
        (r#"{"error":{"message":"lone \ud83d"}}"#, "lone \u{fffd}"),
        (r#"{"error":{"message":"bad key sk-abcdef, or not"}}"#, "bad key … or not"),
        (r#"{"id":"x","choices":[{"delta":{"content":"a"}}],"error":{"message":"Overloaded"}}"#, "Overloaded"),
        ("not json", "the stream carries something that is not a JSON object"),
        ("[]", "the stream carries something that is not a JSON object"),
        (r#"[[{"delta":{"content":"a"}}]]"#, "the stream carries something that is not a JSON object"),
        ("42", "the stream carries something that is not a JSON object"),
        ("null", "the stream carries something that is not a JSON object"),
        ("<html><body>502</body></html>", "the stream carries something that is not a JSON object"),
        (r#"{"choices":[{"delta":{"content":"a"#, "the stream carries a malformed chunk"),
        (r#"{"choices":[{"delta":{"content":"\u12"}}]}"#, "the stream carries a malformed chunk"),
        (r#"{"choices":"none"}"#, "the stream carries a malformed chunk"),
    ] {
        check(&format!("{data}\n\ndata: [DONE]"), &[Delta::Error(expected.into())]);
    }
    check(r#"{"error":null,"choices":[{"delta":{"content":"a"}}]}"#, &[text("a")]);
    check(r#"{"error":false,"choices":[{"delta":{"content":"a"}}]}"#, &[text("a")]);
    check_stream(
        b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\nevent: error\ndata: {\"error\":{\"message\":\"m\"}}\n\n",
        &[text("a"), Delta::Error("m".into())],
    );
    let (deltas, _) = decode([format!("data: {{\"error\":\"{}\"}}\n\n", "é ".repeat(9_000)).as_bytes()]);
    assert!(matches!(&deltas[..], [Delta::Error(said)] if said.chars().count() == 300));
}

#[test]
fn broken_bytes_become_marks() {
    check_stream(
        b"data: {\"choices\":[{\"delta\":{\"content\":\"a\xf0\x9f\x98 b\xff\"}}]}\n\n",
        &[text("a\u{fffd} b\u{fffd}")],
    );
}

#[test]
fn deep_nesting_is_no_danger() {
    for open in ["[", "{\"text\":"] {
        check_deep(&format!(r#"{{"choices":[{{"delta":{{"content":{}"#, open.repeat(50_000)));
        check_deep(&format!(r#"{{"x":{}"#, open.repeat(50_000)));
    }
}

fn check_deep(data: &str) {
    let (deltas, _) = decode([format!("data: {data}\n\n").as_bytes()]);
    assert_eq!(deltas, [Delta::Error("the stream carries a malformed chunk".into())]);
}

#[test]
fn an_endless_line_fails() {
    let mut decoder = Decoder::new(Wire::ChatCompletions);
    assert_eq!(decoder.push(&vec![b'x'; MAX_LINE]), Ok(vec![]));
    assert!(decoder.push(b"x").is_err());
}

#[test]
fn a_body_that_is_not_streamed() {
    for (body, expected) in [
        (
            r#" {"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
            vec![text("Hi"), Delta::Finish(FinishReason::Stop), usage(1, 2), Delta::Done],
        ),
        (r#"{"error":{"message":"no"}}"#, vec![Delta::Error("no".into())]),
        (r#"{}"#, vec![Delta::Error("the body is not a finished answer".into())]),
        ("", vec![Delta::Error("the stream carries something that is not a JSON object".into())]),
    ] {
        assert_eq!(Wire::ChatCompletions.decode_body(body.as_bytes()), expected, "{body}");
    }
}
