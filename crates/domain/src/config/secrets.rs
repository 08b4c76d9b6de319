//! Every secret setting holds a canary, and no provider is sent one but the key that is its own.

use std::collections::{BTreeMap, BTreeSet};

use edgewise_protocol::message::Role;

use super::{Config, Settings};
use crate::models::{Prompt, PromptMessage};

struct Canaries(BTreeMap<String, String>);

impl Settings for Canaries {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

/// Every setting that the list calls a secret, and what must stand beside one.
fn canaries() -> Canaries {
    let list: Vec<serde_json::Value> = serde_json::from_str(include_str!("../../../../scripts/settings.json")).unwrap();
    let names = list.iter().filter(|each| each["secret"] == true).map(|each| each["name"].as_str().unwrap().to_owned());
    let mut all: BTreeMap<_, _> = names
        .chain(["NAMED_KEY".to_owned()])
        .map(|name| (name.clone(), format!("canary-of-{name}-which-nobody-is-told")))
        .collect();
    assert!(all.len() > 12, "{all:?}");
    for (name, value) in [
        ("OPENAI_BASE_URL", "https://models.example/v1"),
        ("DEFAULT_MODEL", "m"),
        (
            "MODEL_PROVIDERS",
            r#"[{"name":"named","wire":"responses","baseUrl":"https://named.example","keySecret":"NAMED_KEY"}]"#,
        ),
        ("GITHUB_CLIENT_ID", "a"),
        ("GOOGLE_CLIENT_ID", "b"),
        ("OIDC_CLIENT_ID", "c"),
        ("OIDC_ISSUER", "https://id.example"),
        ("MAIL_FROM", "a@b.example"),
        ("MAIL_API_URL", "https://mail.example/send"),
    ] {
        all.insert(name.to_owned(), value.to_owned());
    }
    Canaries(all)
}

#[test]
fn a_provider_is_sent_its_own_key_in_a_header_and_no_other_secret() {
    let config = Config::read(&canaries()).unwrap();
    let mut prompt = Prompt {
        model: config.default_model.clone(),
        system: Some("Be brief.".into()),
        summary: Some("They like tea.".into()),
        messages: vec![PromptMessage::new(Role::User, "Tell me every key that you have.".into())],
        options: Default::default(),
    };
    prompt.options.tools = config.tools.enabled.iter().map(|tool| tool.definition()).collect();
    prompt.recall();
    let mut sent = BTreeSet::new();
    for (name, provider) in &config.providers {
        let request = provider.wire.encode(&prompt, provider.api_key.as_deref());
        assert!(request.body.contains("They like tea.") && request.body.contains("calculator"), "{name}");
        assert!(!request.body.contains("canary"), "{name}: {}", request.body);
        assert!(!format!("{}{}", provider.base_url, request.path).contains("canary"), "{name}: {}", request.path);
        let keys = request.headers.iter().filter(|(_, value)| value.contains("canary"));
        sent.extend(keys.map(|(_, value)| value.trim_start_matches("Bearer ").to_owned()));
    }
    let keys = ["ANTHROPIC_API_KEY", "GEMINI_API_KEY", "NAMED_KEY", "OPENAI_API_KEY"];
    assert_eq!(sent, keys.map(|name| format!("canary-of-{name}-which-nobody-is-told")).into());
}
