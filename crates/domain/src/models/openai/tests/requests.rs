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
