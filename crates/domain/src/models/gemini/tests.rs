//! Gemini's streams, cut at every byte, and what is sent to it.

use edgewise_protocol::message::Role;
use serde_json::json;

use super::*;
use crate::models::{
    Thinking,
    wire::{
        Wire,
        tests::{body, check_recorded, check_stream, image, prompt, with_tools},
    },
};

const WIRE: Wire = Wire::Gemini;

const STREAM: &str = concat!(
    r#"data: {"candidates":[{"content":{"parts":[{"text":"**Grüße** \ud83d\ude00","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":19,"cachedContentTokenCount":8,"thoughtsTokenCount":21,"totalTokenCount":40},"modelVersion":"gemini","responseId":"r1"}"#,
    "\n\n",
    r#"data: {"candidates":[{"content":{"parts":[{"text":"Hallo, "},{"text":"世界 😀"}],"role":"model"},"index":0,"safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","probability":"NEGLIGIBLE"}]}]}"#,
    "\n\n",
    r#"data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"get_weather","args":{"city":"Zürich"}},"thoughtSignature":"CpQC"}],"role":"model"},"index":0}]}"#,
    "\n\n",
    r#"data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":19,"cachedContentTokenCount":8,"candidatesTokenCount":10,"thoughtsTokenCount":21,"totalTokenCount":50}}"#,
    "\n\n",
);

fn usage(output_tokens: u32) -> Delta {
    Delta::Usage(Usage {
        input_tokens: 19,
        output_tokens,
        cached_input_tokens: 8,
        reasoning_tokens: 21,
        cost_micro_usd: None,
    })
}

#[test]
fn a_stream_cut_at_every_byte() {
    let expected = [
        Delta::Reasoning("**Grüße** 😀".into()),
        usage(21),
        Delta::Text("Hallo, ".into()),
        Delta::Text("世界 😀".into()),
        Delta::ToolCall { index: 0, id: "call_0".into(), name: "get_weather".into(), signature: Some("CpQC".into()) },
        Delta::ToolArguments { index: 0, json: r#"{"city":"Zürich"}"#.into() },
        Delta::Finish(FinishReason::ToolCalls),
        usage(31),
    ];
    check_recorded(WIRE, STREAM, &expected);
}

#[test]
fn finish_reasons() {
    for (reason, expected) in [
        ("STOP", FinishReason::Stop),
        ("MAX_TOKENS", FinishReason::Length),
        ("SAFETY", FinishReason::ContentFilter),
        ("RECITATION", FinishReason::ContentFilter),
        ("MALFORMED_FUNCTION_CALL", FinishReason::Other),
        ("OF_NEXT_YEAR", FinishReason::Other),
    ] {
        let chunk = format!("data: {{\"candidates\":[{{\"finishReason\":\"{reason}\",\"index\":0}}]}}\n\n");
        check_stream(WIRE, format!("{chunk}{chunk}").as_bytes(), &[Delta::Finish(expected)]);
    }
    let blocked = b"data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n";
    check_stream(WIRE, blocked, &[Delta::Finish(FinishReason::ContentFilter)]);
    check_stream(WIRE, b"data: {\"candidates\":[{\"finishReason\":\"FINISH_REASON_UNSPECIFIED\"}]}\n\n", &[]);
}

#[test]
fn other_candidates_are_not_read() {
    let chunk = r#"{"candidates":[{"index":1,"content":{"parts":[{"text":"b"}]}},{"index":0,"content":{"parts":[{"text":"a\ud83d"}]}}]}"#;
    check_stream(WIRE, format!("data: {chunk}\n\n").as_bytes(), &[Delta::Text("a\u{fffd}".into())]);
}

#[test]
fn an_error_in_the_middle_ends_it() {
    let stream = concat!(
        r#"data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#,
        "\n\n",
        r#"data: {"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#,
        "\n\n",
        r#"data: {"candidates":[{"content":{"parts":[{"text":"late"}]}}]}"#,
        "\n\n",
    );
    let expected = [Delta::Text("a".into()), Delta::Error("The model is overloaded.".into())];
    check_stream(WIRE, stream.as_bytes(), &expected);
}

#[test]
fn lies_about_usage_are_clamped() {
    let counts =
        r#"{"promptTokenCount":-5,"cachedContentTokenCount":99,"candidatesTokenCount":1e30,"thoughtsTokenCount":1}"#;
    let clamped = Usage {
        input_tokens: 0,
        output_tokens: u32::MAX,
        cached_input_tokens: 0,
        reasoning_tokens: 1,
        cost_micro_usd: None,
    };
    check_stream(WIRE, format!("data: {{\"usageMetadata\":{counts}}}\n\n").as_bytes(), &[Delta::Usage(clamped)]);
}

#[test]
fn a_body_that_is_not_streamed() {
    let body = r#"{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}]}"#;
    let expected = [Delta::Text("Hi".into()), Delta::Finish(FinishReason::Stop), Delta::Done];
    assert_eq!(WIRE.decode_body(body.as_bytes()), expected);
}

#[test]
fn encoded_prompt_is_pinned() {
    let mut asked = prompt(&[(Role::User, "Hi"), (Role::Assistant, "Hello"), (Role::User, "What is this?")]);
    asked.messages[2].images = vec![image()];
    asked.options.max_output_tokens = Some(100);
    asked.options.thinking = Some(Thinking::Budget(50));
    assert_eq!(
        body(WIRE, &asked),
        json!({
            "systemInstruction": { "parts": [{ "text": "Be brief." }] },
            "generationConfig": {
                "maxOutputTokens": 100, "thinkingConfig": { "includeThoughts": true, "thinkingBudget": 50 },
            },
            "contents": [
                { "role": "user", "parts": [{ "text": "Hi" }] },
                { "role": "model", "parts": [{ "text": "Hello" }] },
                { "role": "user", "parts": [
                    { "inlineData": { "mimeType": "image/png", "data": "iVBORw==" } },
                    { "text": "What is this?" },
                ] },
            ],
        })
    );
}

#[test]
fn a_cut_answer_is_followed_by_the_wish_to_go_on() {
    let body = body(WIRE, &prompt(&[(Role::User, "Count"), (Role::Assistant, "1, 2, ")]));
    assert_eq!(body["contents"][1], json!({ "role": "model", "parts": [{ "text": "1, 2, " }] }));
    assert_eq!(body["contents"][2]["role"], "user");
    assert!(body["contents"][2]["parts"][0]["text"].as_str().unwrap().contains("exactly where"));
}

#[test]
fn a_models_name_cannot_change_the_address() {
    assert_eq!(path("a/../b?key=x#"), "/models/a%2F..%2Fb%3Fkey%3Dx%23:streamGenerateContent?alt=sse");
}

#[test]
fn tools_and_what_came_of_them() {
    let body = with_tools(WIRE);
    assert_eq!(body["tools"][0]["functionDeclarations"][0]["name"], "now");
    assert_eq!(
        body["contents"].as_array().unwrap()[1..],
        [
            json!({ "role": "model", "parts": [
                { "text": "Let me look." },
                { "functionCall": { "name": "now", "args": { "zone": "UTC" } }, "thoughtSignature": "sealed too" },
            ] }),
            json!({ "role": "user", "parts": [
                { "functionResponse": { "name": "now", "response": { "output": "12:00" } } },
            ] }),
        ]
    );
}
