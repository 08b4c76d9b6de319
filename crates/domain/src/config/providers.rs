//! The settings of the model providers: whose servers there are, what they speak, and our keys.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::models::{
    list::{BUILTIN, OPENAI},
    wire::Wire,
};

/// A provider of models that is reached over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    pub wire: Wire,
    /// Without a slash at the end.
    pub base_url: String,
    pub api_key: Option<String>,
}

/// Reached by its binding, where there is one.
pub const WORKERS_AI: &str = "workers-ai";

const ANTHROPIC_URL: &str = "https://api.anthropic.com/v1";
const GEMINI_URL: &str = "https://generativelanguage.googleapis.com/v1beta";
const MAX_PROVIDERS: usize = 20;

/// One of MODEL_PROVIDERS.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Named {
    name: String,
    wire: Spoken,
    base_url: String,
    /// The secret that holds the key, by its name: this setting is none.
    key_secret: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Spoken {
    ChatCompletions,
    Responses,
    Anthropic,
    Gemini,
}

/// Every provider by its name; what is wrong with them goes to `faults`.
pub fn read(text: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> BTreeMap<String, Provider> {
    let mut providers = BTreeMap::new();
    let key = text("OPENAI_API_KEY");
    if let Some(url) = text("OPENAI_BASE_URL") {
        for (name, wire) in [(OPENAI, Wire::ChatCompletions), ("openai-responses", Wire::Responses)] {
            providers.insert(name.to_owned(), Provider { wire, base_url: url.clone(), api_key: key.clone() });
        }
    }
    for (name, wire, url, key, usual) in [
        ("anthropic", Wire::Anthropic, "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", ANTHROPIC_URL),
        ("gemini", Wire::Gemini, "GEMINI_BASE_URL", "GEMINI_API_KEY", GEMINI_URL),
    ] {
        let (given, api_key) = (text(url), text(key));
        if given.is_some() || api_key.is_some() {
            let base_url = given.unwrap_or_else(|| usual.to_owned());
            providers.insert(name.to_owned(), Provider { wire, base_url, api_key });
        }
    }
    match text("MODEL_PROVIDERS").map(|list| serde_json::from_str::<Vec<Named>>(&list)) {
        None => {}
        Some(Ok(list)) if list.len() <= MAX_PROVIDERS => {
            for Named { name, wire, base_url, key_secret } in list {
                if !is_name(&name) || [BUILTIN, WORKERS_AI].contains(&name.as_str()) || providers.contains_key(&name) {
                    faults.push(format!("MODEL_PROVIDERS: `{name}` is not a free name of a-z, 0-9 and hyphens."));
                }
                let wire = match wire {
                    Spoken::ChatCompletions => Wire::ChatCompletions,
                    Spoken::Responses => Wire::Responses,
                    Spoken::Anthropic => Wire::Anthropic,
                    Spoken::Gemini => Wire::Gemini,
                };
                let api_key = key_secret.as_deref().and_then(text);
                if let Some(missing) = key_secret.filter(|_| api_key.is_none()) {
                    faults.push(format!("MODEL_PROVIDERS: the secret {missing} of `{name}` is not set."));
                }
                providers.insert(name, Provider { wire, base_url, api_key });
            }
        }
        Some(_) => faults.push(format!(
            "MODEL_PROVIDERS must be a JSON list of at most {MAX_PROVIDERS} {{name, wire, baseUrl, keySecret?}}; wire is \
             chat-completions, responses, anthropic or gemini."
        )),
    }
    for (name, provider) in &mut providers {
        provider.base_url.truncate(provider.base_url.trim_end_matches('/').len());
        if !provider.base_url.starts_with("http://") && !provider.base_url.starts_with("https://") {
            let setting = match name.as_str() {
                OPENAI => "OPENAI_BASE_URL",
                // Told once.
                "openai-responses" => continue,
                "anthropic" => "ANTHROPIC_BASE_URL",
                "gemini" => "GEMINI_BASE_URL",
                _ => "MODEL_PROVIDERS: each baseUrl",
            };
            faults.push(format!("{setting} must begin with http:// or https://."));
        }
    }
    providers
}

fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_of(settings: &[(&str, &str)]) -> (BTreeMap<String, Provider>, Vec<String>) {
        let mut faults = Vec::new();
        let find = |name: &str| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        (read(&find, &mut faults), faults)
    }

    #[test]
    fn a_key_alone_is_enough_for_those_that_everybody_knows() {
        let (providers, faults) = read_of(&[("ANTHROPIC_API_KEY", "a"), ("GEMINI_BASE_URL", "http://localhost:1/v1/")]);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(providers.keys().collect::<Vec<_>>(), ["anthropic", "gemini"]);
        let anthropic = Provider { wire: Wire::Anthropic, base_url: ANTHROPIC_URL.into(), api_key: Some("a".into()) };
        assert_eq!(providers["anthropic"], anthropic);
        assert_eq!(providers["gemini"].base_url, "http://localhost:1/v1");
    }

    #[test]
    fn others_are_named_and_their_keys_are_secrets_of_their_own() {
        let list = r#"[{"name":"groq","wire":"chat-completions","baseUrl":"https://g","keySecret":"GROQ_API_KEY"}]"#;
        let (providers, faults) = read_of(&[("MODEL_PROVIDERS", list), ("GROQ_API_KEY", "k")]);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(providers["groq"].api_key.as_deref(), Some("k"));
        for (list, says) in [
            (list, "GROQ_API_KEY"),
            ("{}", "JSON list"),
            (r#"[{"name":"x","wire":"smoke","baseUrl":"https://g"}]"#, "JSON list"),
            (r#"[{"name":"A b","wire":"gemini","baseUrl":"https://g"}]"#, "free name"),
            (r#"[{"name":"builtin","wire":"gemini","baseUrl":"https://g"}]"#, "free name"),
            (r#"[{"name":"x","wire":"gemini","baseUrl":"ftp://g"}]"#, "must begin with"),
        ] {
            let (_, faults) = read_of(&[("MODEL_PROVIDERS", list)]);
            assert!(faults.len() == 1 && faults[0].contains(says), "{list}: {faults:?}");
        }
    }
}
