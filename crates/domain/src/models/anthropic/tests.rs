//! Anthropic's streams, cut at every byte, and what is sent to it.

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

const WIRE: Wire = Wire::Anthropic;

const STREAM: &str = concat!(
    "event: message_start\n",
    r#"data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"cache_creation_input_tokens":20,"cache_read_input_tokens":300,"output_tokens":1,"service_tier":"standard"}}}"#,
    "\n\nevent: content_block_start\n",
    r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
    "\n\nevent: ping\n",
    r#"data: {"type":"ping"}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Grüße \ud83d\ude00?"}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB"}}"#,
    "\n\nevent: content_block_stop\n",
    r#"data: {"type":"content_block_stop","index":0}"#,
    "\n\nevent: content_block_start\n",
    r#"data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hallo, 世"}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"界 😀"}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"x"}}}"#,
    "\n\nevent: content_block_stop\n",
    r#"data: {"type":"content_block_stop","index":1}"#,
    "\n\nevent: content_block_start\n",
    r#"data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\": \"Züri"}}"#,
    "\n\nevent: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"ch\"}"}}"#,
    "\n\nevent: content_block_stop\n",
    r#"data: {"type":"content_block_stop","index":2}"#,
    "\n\nevent: something_new\n",
    r#"data: {"type":"something_new","index":{"not":"a number"}}"#,
    "\n\nevent: message_delta\n",
    r#"data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89}}"#,
    "\n\nevent: message_stop\n",
    r#"data: {"type":"message_stop"}"#,
    "\n\n",
);

fn usage(output_tokens: u32) -> Delta {
    Delta::Usage(Usage {
        input_tokens: 327,
        output_tokens,
        cached_input_tokens: 300,
        reasoning_tokens: 0,
        cost_micro_usd: None,
    })
}

#[test]
fn a_stream_cut_at_every_byte() {
    let expected = [
        usage(1),
        Delta::Reasoning("Grüße 😀?".into()),
        Delta::Signature("EqQB".into()),
        Delta::Text("Hallo, 世".into()),
        Delta::Text("界 😀".into()),
        Delta::ToolCall { index: 2, id: "toolu_1".into(), name: "get_weather".into(), signature: None },
        Delta::ToolArguments { index: 2, json: "{\"city\": \"Züri".into() },
        Delta::ToolArguments { index: 2, json: "ch\"}".into() },
        Delta::Finish(FinishReason::ToolCalls),
        usage(89),
        Delta::Done,
    ];
    check_recorded(WIRE, STREAM, &expected);
}

#[test]
fn finish_reasons() {
    for (reason, expected) in [
        ("end_turn", FinishReason::Stop),
        ("stop_sequence", FinishReason::Stop),
        ("max_tokens", FinishReason::Length),
        ("model_context_window_exceeded", FinishReason::Length),
        ("tool_use", FinishReason::ToolCalls),
        ("refusal", FinishReason::ContentFilter),
        ("pause_turn", FinishReason::Other),
    ] {
        let event = format!("data: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"{reason}\"}}}}\n\n");
        check_stream(WIRE, format!("{event}{event}").as_bytes(), &[Delta::Finish(expected)]);
    }
    check_stream(WIRE, b"data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":null}}\n\n", &[]);
}

#[test]
fn an_error_in_the_middle_ends_it() {
    let stream = concat!(
        r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\ud83d"}}"#,
        "\n\nevent: error\n",
        r#"data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
        "\n\n",
        r#"data: {"type":"message_stop"}"#,
        "\n\n",
    );
    let expected = [Delta::Text("a\u{fffd}".into()), Delta::Error("Overloaded".into())];
    check_stream(WIRE, stream.as_bytes(), &expected);
}

#[test]
fn lies_about_usage_are_clamped() {
    let counts = r#"{"input_tokens":-5,"cache_read_input_tokens":1e30,"cache_creation_input_tokens":"x","output_tokens":99999999999}"#;
    let stream = format!("data: {{\"type\":\"message_start\",\"message\":{{\"usage\":{counts}}}}}\n\n");
    let all =
        Usage { input_tokens: u32::MAX, cached_input_tokens: u32::MAX, output_tokens: u32::MAX, ..Usage::default() };
    check_stream(WIRE, stream.as_bytes(), &[Delta::Usage(all)]);
}

#[test]
fn encoded_prompt_is_pinned() {
    let mut asked = prompt(&[(Role::User, "Hi"), (Role::Assistant, "Hello"), (Role::User, "What is this?")]);
    asked.messages[2].images = vec![image()];
    assert_eq!(
        body(WIRE, &asked),
        json!({
            "model": "some-model", "max_tokens": 8192, "stream": true,
            "system": [{ "type": "text", "text": "Be brief.", "cache_control": { "type": "ephemeral" } }],
            "messages": [
                { "role": "user", "content": [{ "type": "text", "text": "Hi" }] },
                { "role": "assistant", "content": [{ "type": "text", "text": "Hello" }] },
                { "role": "user", "content": [
                    { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "iVBORw==" } },
                    { "type": "text", "text": "What is this?", "cache_control": { "type": "ephemeral" } },
                ] },
            ],
        })
    );
    asked.options.max_output_tokens = Some(100);
    for (thinking, expected) in [
        (Thinking::Adaptive, json!({ "type": "adaptive", "display": "summarized" })),
        (Thinking::Budget(2_000), json!({ "type": "enabled", "budget_tokens": 2_000 })),
    ] {
        asked.options.thinking = Some(thinking);
        let body = body(WIRE, &asked);
        assert_eq!((&body["thinking"], &body["max_tokens"]), (&expected, &json!(100)));
    }
}

#[test]
fn a_cut_answer_is_prefilled_only_where_that_is_taken() {
    let cut = |takes_prefill, thinking, said: &str| {
        let mut asked = prompt(&[(Role::User, "Count"), (Role::Assistant, said)]);
        asked.options.takes_prefill = takes_prefill;
        asked.options.thinking = thinking;
        let body = body(WIRE, &asked);
        let messages = body["messages"].as_array().unwrap().clone();
        assert_eq!(messages[1], json!({ "role": "assistant", "content": [{ "type": "text", "text": said }] }));
        messages.len()
    };
    assert_eq!(cut(true, None, "1, 2,"), 2, "it goes on from its own words");
    assert_eq!(cut(false, None, "1, 2,"), 3, "it is told to go on");
    assert_eq!(cut(true, None, "1, 2, "), 3, "a prefill that ends in white space is refused");
    assert_eq!(cut(true, Some(Thinking::Adaptive), "1, 2,"), 3, "and so is one beside thoughts");
}

#[test]
fn tools_and_what_came_of_them() {
    let body = with_tools(WIRE);
    assert_eq!(
        body["tools"],
        json!([{ "name": "now", "description": "The time.", "input_schema": { "type": "object" } }])
    );
    assert_eq!(
        body["messages"].as_array().unwrap()[1..],
        [
            json!({ "role": "assistant", "content": [
                { "type": "thinking", "thinking": "I need a clock.", "signature": "sealed" },
                { "type": "text", "text": "Let me look." },
                { "type": "tool_use", "id": "c1", "name": "now", "input": { "zone": "UTC" } },
            ] }),
            json!({ "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "c1", "content": "12:00", "is_error": false },
            ] }),
        ]
    );
}
