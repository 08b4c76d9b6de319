//! Streams of OpenAI's responses, cut at every byte, and what is sent.

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

const WIRE: Wire = Wire::Responses;

const STREAM: &str = concat!(
    "event: response.created\n",
    r#"data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","output":[],"usage":null}}"#,
    "\n\nevent: response.output_item.added\n",
    r#"data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}"#,
    "\n\nevent: response.reasoning_summary_part.added\n",
    r#"data: {"type":"response.reasoning_summary_part.added","item_id":"rs_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}"#,
    "\n\nevent: response.reasoning_summary_text.delta\n",
    r#"data: {"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Grüße \ud83d\ude00"}"#,
    "\n\nevent: response.reasoning_summary_part.added\n",
    r#"data: {"type":"response.reasoning_summary_part.added","item_id":"rs_1","output_index":0,"summary_index":1,"part":{"type":"summary_text","text":""}}"#,
    "\n\nevent: response.reasoning_summary_text.delta\n",
    r#"data: {"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":1,"delta":"So:"}"#,
    "\n\nevent: response.output_item.added\n",
    r#"data: {"type":"response.output_item.added","output_index":1,"item":{"id":"msg_1","type":"message","role":"assistant","content":[]}}"#,
    "\n\nevent: response.output_text.delta\n",
    r#"data: {"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"Hallo, 世","logprobs":[]}"#,
    "\n\nevent: response.output_text.delta\n",
    r#"data: {"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"界 😀","logprobs":[]}"#,
    "\n\nevent: response.output_text.done\n",
    r#"data: {"type":"response.output_text.done","item_id":"msg_1","output_index":1,"content_index":0,"text":"Hallo, 世界 😀"}"#,
    "\n\nevent: response.output_item.added\n",
    r#"data: {"type":"response.output_item.added","output_index":2,"item":{"id":"fc_1","type":"function_call","call_id":"call_1","name":"get_weather","arguments":""}}"#,
    "\n\nevent: response.function_call_arguments.delta\n",
    r#"data: {"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":2,"delta":"{\"city\":\"Zürich\"}"}"#,
    "\n\nevent: response.function_call_arguments.done\n",
    r#"data: {"type":"response.function_call_arguments.done","item_id":"fc_1","output_index":2,"arguments":"{\"city\":\"Zürich\"}"}"#,
    "\n\nevent: response.completed\n",
    r#"data: {"type":"response.completed","response":{"id":"resp_1","status":"completed","usage":{"input_tokens":36,"input_tokens_details":{"cached_tokens":8},"output_tokens":87,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":123}}}"#,
    "\n\n",
);

#[test]
fn a_stream_cut_at_every_byte() {
    let usage = Usage {
        input_tokens: 36,
        output_tokens: 87,
        cached_input_tokens: 8,
        reasoning_tokens: 64,
        cost_micro_usd: None,
    };
    let expected = [
        Delta::Reasoning("Grüße 😀".into()),
        Delta::Reasoning("\n\n".into()),
        Delta::Reasoning("So:".into()),
        Delta::Text("Hallo, 世".into()),
        Delta::Text("界 😀".into()),
        Delta::ToolCall { index: 2, id: "call_1".into(), name: "get_weather".into(), signature: None },
        Delta::ToolArguments { index: 2, json: r#"{"city":"Zürich"}"#.into() },
        Delta::Finish(FinishReason::ToolCalls),
        Delta::Usage(usage),
        Delta::Done,
    ];
    check_recorded(WIRE, STREAM, &expected);
}

#[test]
fn how_it_ends() {
    let ends = |reason| vec![Delta::Finish(reason), Delta::Done];
    for (event, expected) in [
        (r#"{"type":"response.completed","response":{}}"#, ends(FinishReason::Stop)),
        (
            r#"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"}}}"#,
            ends(FinishReason::Length),
        ),
        (
            r#"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"content_filter"}}}"#,
            ends(FinishReason::ContentFilter),
        ),
        (r#"{"type":"response.incomplete","response":{"incomplete_details":null}}"#, ends(FinishReason::Other)),
        (
            r#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"It broke."}}}"#,
            vec![Delta::Error("It broke.".into())],
        ),
        (
            r#"{"type":"error","code":"rate_limit_exceeded","message":"Slow down, \ud83d.","param":null}"#,
            vec![Delta::Error("Slow down, \u{fffd}.".into())],
        ),
        (r#"{"type":"error","error":{"message":"No."}}"#, vec![Delta::Error("No.".into())]),
    ] {
        check_stream(WIRE, format!("data: {event}\n\ndata: {event}\n\n").as_bytes(), &expected);
    }
    let refusal = "data: {\"type\":\"response.refusal.delta\",\"delta\":\"I will not.\"}\n\n";
    check_stream(WIRE, refusal.as_bytes(), &[Delta::Text("I will not.".into())]);
}

#[test]
fn lies_about_usage_are_clamped() {
    let counts = r#"{"input_tokens":-1,"input_tokens_details":{"cached_tokens":5},"output_tokens":1e30,"output_tokens_details":{"reasoning_tokens":"7"}}"#;
    let stream = format!("data: {{\"type\":\"response.completed\",\"response\":{{\"usage\":{counts}}}}}\n\n");
    let clamped = Usage {
        input_tokens: 0,
        output_tokens: u32::MAX,
        cached_input_tokens: 0,
        reasoning_tokens: 7,
        cost_micro_usd: None,
    };
    check_stream(WIRE, stream.as_bytes(), &[Delta::Finish(FinishReason::Stop), Delta::Usage(clamped), Delta::Done]);
}

#[test]
fn encoded_prompt_is_pinned() {
    let mut asked = prompt(&[(Role::User, "Hi"), (Role::Assistant, "Hello"), (Role::User, "What is this?")]);
    asked.messages[2].images = vec![image()];
    asked.options.max_output_tokens = Some(100);
    asked.options.thinking = Some(Thinking::Adaptive);
    assert_eq!(
        body(WIRE, &asked),
        json!({
            "model": "some-model", "stream": true, "store": false, "instructions": "Be brief.",
            "max_output_tokens": 100, "reasoning": { "summary": "auto" },
            "input": [
                { "role": "user", "content": [{ "type": "input_text", "text": "Hi" }] },
                { "role": "assistant", "content": [{ "type": "output_text", "text": "Hello" }] },
                { "role": "user", "content": [
                    { "type": "input_image", "image_url": "data:image/png;base64,iVBORw==" },
                    { "type": "input_text", "text": "What is this?" },
                ] },
            ],
        })
    );
}

#[test]
fn a_cut_answer_stays_last_and_the_model_is_told() {
    let body = body(WIRE, &prompt(&[(Role::User, "Count"), (Role::Assistant, "1, 2, ")]));
    assert_eq!(body["input"].as_array().unwrap().len(), 2);
    assert!(body["instructions"].as_str().unwrap().starts_with("Be brief.\n\nThe last message"));
}

#[test]
fn tools_and_what_came_of_them() {
    let body = with_tools(WIRE);
    assert_eq!(body["tools"][0]["name"], "now");
    assert_eq!(
        body["input"].as_array().unwrap()[1..],
        [
            json!({ "role": "assistant", "content": [{ "type": "output_text", "text": "Let me look." }] }),
            json!({ "type": "function_call", "call_id": "c1", "name": "now", "arguments": r#"{"zone":"UTC"}"# }),
            json!({ "type": "function_call_output", "call_id": "c1", "output": "12:00" }),
        ]
    );
}
