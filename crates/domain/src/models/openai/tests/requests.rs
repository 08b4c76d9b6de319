//! What is sent to a model's server.

use super::*;

fn check(prompt: &Prompt, expected: &str) {
    assert_eq!(encode(prompt), expected);
}

#[test]
fn encoded_bytes_are_pinned() {
    check(
        &prompt(Some("Be brief."), &[(Role::User, "Hi \"you\"\n😀"), (Role::Assistant, "Hello"), (Role::User, "Why?")]),
        r#"{"model":"gpt","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi \"you\"\n😀"},{"role":"assistant","content":"Hello"},{"role":"user","content":"Why?"}],"stream":true,"stream_options":{"include_usage":true}}"#,
    );
    check(
        &prompt(None, &[(Role::User, "Hi")]),
        r#"{"model":"gpt","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true}}"#,
    );
    check(
        &prompt(Some(""), &[]),
        r#"{"model":"gpt","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#,
    );
}

#[test]
fn a_cut_answer_stays_last_and_the_model_is_told() {
    for (system, begins) in [(Some("Be brief."), "Be brief.\n\nThe last message"), (None, "The last message")] {
        let body = encode(&prompt(system, &[(Role::User, "Count"), (Role::Assistant, "1, 2, ")]));
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let messages = body["messages"].as_array().unwrap();
        assert_eq!(messages.len(), 3);
        let said = messages[0]["content"].as_str().unwrap();
        assert!(
            messages[0]["role"] == "system" && said.starts_with(begins) && said.contains("exactly where"),
            "{said}"
        );
        assert_eq!(messages[2], serde_json::json!({ "role": "assistant", "content": "1, 2, " }));
    }
}

#[test]
fn images_stand_before_the_text_that_speaks_of_them() {
    let mut asked = prompt(None, &[(Role::User, "What is this?")]);
    asked.messages[0].images = vec![wire::tests::image()];
    let body: serde_json::Value = serde_json::from_str(&encode(&asked)).unwrap();
    assert_eq!(
        body["messages"][0]["content"],
        serde_json::json!([
            { "type": "image_url", "image_url": { "url": "data:image/png;base64,iVBORw==" } },
            { "type": "text", "text": "What is this?" },
        ])
    );
}

#[test]
fn tools_and_what_came_of_them() {
    let body = wire::tests::with_tools(Wire::ChatCompletions);
    assert_eq!(body["tools"][0]["function"]["name"], "now");
    assert_eq!(
        body["messages"].as_array().unwrap()[1..],
        serde_json::json!([
            { "role": "assistant", "content": "Let me look.", "tool_calls": [
                { "id": "c1", "type": "function", "function": { "name": "now", "arguments": "{\"zone\":\"UTC\"}" } },
            ] },
            { "role": "tool", "tool_call_id": "c1", "content": "12:00" },
        ])
        .as_array()
        .unwrap()[..]
    );
}

#[test]
fn workers_ai_is_told_a_greatest_length() {
    let body = encode_for_workers_ai(&prompt(Some("Be brief."), &[(Role::User, "Hi")]));
    assert_eq!(
        body,
        r#"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],"stream":true,"max_tokens":4096}"#
    );
}
