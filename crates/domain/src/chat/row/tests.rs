//! What rests in rows is read and written as it was: these texts are on somebody's disk. Never change one, only add.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use super::{Change, Head, Meta};

const ID: &str = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

fn unchanged<T: Serialize + DeserializeOwned + Debug>(texts: &[&str]) {
    for text in texts {
        let text = text.replace("ID", ID);
        let read: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(serde_json::to_string(&read).unwrap(), text, "{read:?}");
    }
}

#[test]
fn head_formats_unchanged() {
    unchanged::<Head>(&[
        r#"{"v":1,"id":"ID","owner":"ID","model":"m"}"#,
        r#"{"v":1,"id":"ID","owner":"ID","place":{"project":"ID","organization":"ID"},"title":"t","system":"s","model":"m","details":{"forkedFrom":{"conversationId":"ID","messageId":"ID"},"pinned":true,"archived":true,"tags":["a"],"folder":"f","parameters":{"temperature":0.7,"maxTokens":9,"reasoningEffort":"low"}},"pruned":[2,7],"compacted":[[3,9]],"ledgered":5}"#,
        r#"{"v":1,"id":"ID","owner":"ID","model":"m","deleted":9,"owed":[{"id":"ID/3","kind":"turn","at":"1970-01-01T00:00:00.001Z","userId":"ID","conversationId":"ID","messageId":"ID","model":"m","inputTokens":1,"outputTokens":2,"costMicroUsd":3,"priced":true}],"unsettled":[["user:ID",{"lease":"7","costMicroUsd":3}]]}"#,
        r#"{"v":1,"id":"ID","owner":"ID","model":"m","details":{"temporary":true}}"#,
        r#"{"v":2,"id":"ID","owner":"ID","model":"m","fromLater":[1]}"#,
    ]);
}

#[test]
fn change_formats_unchanged() {
    unchanged::<Change>(&[
        r#"{"k":"d","i":"ID"}"#,
        r#"{"k":"s","m":"model","d":{"pinned":true}}"#,
        r#"{"k":"v","i":"ID","u":"ID","w":{"value":"down","reason":"r"}}"#,
        r#"{"k":"v","i":"ID","u":"ID"}"#,
        r#"{"k":"c","i":"ID","t":"what was said","b":900,"a":100}"#,
    ]);
}

#[test]
fn meta_formats_unchanged() {
    unchanged::<Meta>(&[
        "{}",
        r#"{"m":"other","f":"length","u":[12,3],"c":[4,1],"d":114,"w":7}"#,
        r#"{"t":"a thought","e":"what went wrong","r":2,"l":99,"b":[5,6]}"#,
        r#"{"g":[{"p":"openai","m":"m","u":{"inputTokens":1,"outputTokens":2,"cachedInputTokens":1,"reasoningTokens":1,"costMicroUsd":3}},{"p":"anthropic","m":"n","r":"key-refused","a":12,"o":true}]}"#,
        r#"{"y":{"u":"ID","k":"ID","l":"7","o":true}}"#,
        r#"{"o":[{"k":"c","i":"1","n":"clock","a":{"zone":"UTC"},"s":0,"p":3,"t":4,"b":"openai","g":"s","h":"c","u":[5,6]},{"k":"q","i":"1"},{"k":"d","i":"1","y":false,"r":"no"},{"k":"f","i":"1","r":{"o":{"now":1}},"m":8},{"k":"f","i":"2","r":{"e":"failed"},"m":8},{"k":"f","i":"3","r":{"d":null},"m":8}]}"#,
        r#"{"x":["clock"],"a":[{"id":"ID","name":"a.md","mediaType":"text/markdown","size":3,"object":"files/t/i","textBytes":3}]}"#,
        r#"{"z":true,"h":["ID"]}"#,
        r#"{"v":{"value":"up"},"j":["ID",12]}"#,
        r#"{"k":{"p":{"inputMicroUsd":1,"outputMicroUsd":2},"u":{"inputTokens":1,"outputTokens":2},"w":7,"l":{"inputTokens":1,"outputTokens":0},"f":{"inputTokens":0,"outputTokens":3},"a":{"i":40,"s":8,"c":{"inputTokens":9,"outputTokens":1},"b":4,"o":true}}}"#,
        r#"{"k":{"a":{"i":0}}}"#,
        r#"{"n":true}"#,
    ]);
}
