//! The settings, read once into one typed value.

use crate::{chat::turn::Limits, models::builtin};

/// Where the environment's text values come from.
pub trait Settings {
    fn get(&self, name: &str) -> Option<String>;
}

/// An OpenAI-compatible server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Up to and with `/v1`, without a slash at the end.
    pub base_url: String,
    pub api_key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Signs tokens.
    pub auth_secret: Vec<u8>,
    /// `None`: the built-in offline model answers.
    pub provider: Option<Provider>,
    pub default_model: String,
    pub limits: Limits,
    /// The origin that browsers come from, when it is not the one of the request.
    pub app_origin: Option<String>,
    pub production: bool,
}

/// Shortest secret that is one: 32 bytes of text carry at least 128 bits when made by a machine.
const MIN_SECRET_BYTES: usize = 32;

impl Config {
    /// Reads every setting.
    ///
    /// # Errors
    /// All faults together, each a sentence that names the setting and what to do.
    pub fn read(settings: &impl Settings) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let text =
            |name: &str| settings.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());

        let auth_secret = text("AUTH_SECRET").unwrap_or_default().into_bytes();
        if auth_secret.len() < MIN_SECRET_BYTES {
            faults.push(format!("AUTH_SECRET must be set to at least {MIN_SECRET_BYTES} random characters."));
        }
        let provider = text("OPENAI_BASE_URL")
            .map(|url| Provider { base_url: url.trim_end_matches('/').to_owned(), api_key: text("OPENAI_API_KEY") });
        if let Some(provider) = &provider
            && !provider.base_url.starts_with("http://")
            && !provider.base_url.starts_with("https://")
        {
            faults.push("OPENAI_BASE_URL must begin with http:// or https://.".into());
        }
        let default_model = match (text("DEFAULT_MODEL"), &provider) {
            (Some(model), _) => model,
            (None, None) => builtin::MODEL.to_owned(),
            (None, Some(_)) => {
                faults.push("DEFAULT_MODEL must name a model of the server at OPENAI_BASE_URL.".into());
                String::new()
            }
        };
        let mut number = |name: &str, default: u64, least: u64, most: u64| match text(name).map(|value| value.parse()) {
            None => default,
            Some(Ok(value)) if (least..=most).contains(&value) => value,
            Some(_) => {
                faults.push(format!("{name} must be a whole number from {least} to {most}."));
                default
            }
        };
        let usual = Limits::default();
        let limits = Limits {
            first_byte_timeout_ms: number("FIRST_BYTE_TIMEOUT_MS", usual.first_byte_timeout_ms, 10, 600_000),
            idle_timeout_ms: number("IDLE_TIMEOUT_MS", usual.idle_timeout_ms, 10, 600_000),
            total_timeout_ms: number("CHAT_TIMEOUT_MS", usual.total_timeout_ms, 10, 3_600_000),
            batch_ms: number("STREAM_BATCH_MS", usual.batch_ms, 0, 5_000),
        };
        let production = text("ENVIRONMENT").is_some_and(|environment| environment == "production");
        let app_origin = text("APP_ORIGIN").map(|origin| origin.trim_end_matches('/').to_owned());
        if faults.is_empty() {
            Ok(Self { auth_secret, provider, default_model, limits, app_origin, production })
        } else {
            Err(faults)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Map(&'static [(&'static str, &'static str)]);

    impl Settings for Map {
        fn get(&self, name: &str) -> Option<String> {
            self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        }
    }

    const SECRET: (&str, &str) = ("AUTH_SECRET", "0123456789abcdef0123456789abcdef");

    #[test]
    fn without_a_provider_the_built_in_model_answers() {
        let config = Config::read(&Map(&[SECRET])).unwrap();
        assert_eq!(config.provider, None);
        assert_eq!(config.default_model, builtin::MODEL);
        assert_eq!(config.limits, Limits::default());
    }

    #[test]
    fn all_faults_are_told_together_by_name() {
        let faults = Config::read(&Map(&[
            ("AUTH_SECRET", "short"),
            ("OPENAI_BASE_URL", "ftp://x"),
            ("IDLE_TIMEOUT_MS", "soon"),
        ]))
        .unwrap_err();
        for name in ["AUTH_SECRET", "OPENAI_BASE_URL", "DEFAULT_MODEL", "IDLE_TIMEOUT_MS"] {
            assert!(faults.iter().any(|fault| fault.starts_with(name)), "{name} in {faults:?}");
        }
    }
}
