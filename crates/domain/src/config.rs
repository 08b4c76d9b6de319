//! The settings, read once into one typed value.

mod annotations;
mod issuers;
mod mail;
mod money;
mod outbound;
mod plans;
mod providers;
#[cfg(test)]
mod secrets;
mod sign_in;
mod tools;

pub use annotations::AnnotationSettings;
pub use mail::MailProvider;
pub use providers::{Provider, WORKERS_AI};
pub use sign_in::{SignInProvider, Source};
pub use tools::ToolSettings;

use std::collections::BTreeMap;

use crate::{
    chat::turn::{HOUR_MS, Limits},
    identity::{
        jwks::ExternalIssuer,
        passwords::{Hasher, Pepper},
        seals,
        tokens::Keys,
        vault::Vault,
    },
    limits::{Rate, Rates},
    logs::Level,
    models::{builtin, list::OPENAI},
    money::{prices::Prices, stripe::Stripe},
    origins::Allowed,
    outbound::Rules,
};

/// Where the environment's text values come from.
pub trait Settings {
    fn get(&self, name: &str) -> Option<String>;
}

#[derive(Debug, Clone)]
pub struct Config {
    pub environment: Environment,
    /// Lines that matter less are not logged.
    pub log_level: Level,
    /// The deployed version, as the platform names it.
    pub version: String,
    /// Sign tokens and seal cookies.
    pub keys: Keys,
    /// Hashes passwords.
    pub passwords: Hasher,
    /// Seals users' own keys for providers. Empty in a deployment without its secret: none are taken there.
    pub vault: Vault,
    /// Makes whoever knows it the first administrator. `None`: nobody.
    pub bootstrap_secret: Option<String>,
    pub rates: Rates,
    /// An OpenAI-compatible server, for models that are in no list. `None`: the built-in offline model answers.
    pub provider: Option<Provider>,
    /// Every provider by its name, that one too.
    pub providers: BTreeMap<String, Provider>,
    /// `None`: letters are kept and not sent.
    pub mail: Option<MailProvider>,
    pub default_model: String,
    pub limits: Limits,
    /// The origin that browsers come from, when it is not the one of the request.
    pub app_origin: Option<String>,
    /// Pages of other origins that may speak with us.
    pub allowed_origins: Allowed,
    /// Whose tokens are taken beside our own.
    pub external_issuers: Vec<ExternalIssuer>,
    /// With whose accounts one can sign in.
    pub sign_in: Vec<SignInProvider>,
    /// What may be fetched of what others supply.
    pub outbound: Rules,
    /// What models cost.
    pub prices: Prices,
    /// `None`: nothing is sold here.
    pub stripe: Option<Stripe>,
    /// The largest file that is taken.
    pub max_file_bytes: u64,
    /// Daily copies of the database that are kept; 0: none is made.
    pub backup_keep_days: u32,
    /// Of the room that a model has for a prompt: beyond it, the older part is summarised. 0: never.
    pub compaction_share_percent: u64,
    pub tools: ToolSettings,
    pub annotations: AnnotationSettings,
}

/// Where the Worker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Development,
    Preview,
    Staging,
    Production,
}

impl Environment {
    /// Under Cloudflare, which tells the caller's address; on somebody's own machine nobody does.
    pub const fn is_deployed(self) -> bool {
        !matches!(self, Self::Development)
    }
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

        let environment = match text("ENVIRONMENT").as_deref() {
            None | Some("development") => Environment::Development,
            Some("preview") => Environment::Preview,
            Some("staging") => Environment::Staging,
            Some("production") => Environment::Production,
            Some(_) => {
                faults.push("ENVIRONMENT must be development, preview, staging or production.".into());
                Environment::Production
            }
        };
        let mut secret = |name: &str, is_needed: bool| {
            let value = text(name);
            let length = value.as_ref().map_or(0, String::len);
            if length < MIN_SECRET_BYTES && (is_needed || value.is_some()) {
                faults.push(format!("{name} must be set to at least {MIN_SECRET_BYTES} random characters."));
            }
            if environment.is_deployed() && value.as_deref().is_some_and(is_placeholder) {
                faults.push(format!("{name} is the example's: make your own with `openssl rand -hex 32`."));
            }
            value
        };
        let auth_secret = secret("AUTH_SECRET", true).unwrap_or_default();
        let previous = secret("AUTH_SECRET_PREVIOUS", false);
        let keys = Keys::new(auth_secret.as_bytes(), previous.as_deref().map(str::as_bytes));
        let bootstrap_secret = secret("BOOTSTRAP_SECRET", false);
        let peppers = [secret("PASSWORD_PEPPER", false), secret("PASSWORD_PEPPER_PREVIOUS", false)];
        // Each by a name of its own content, so that a hash says which one it was made with.
        let pepper =
            |key: String| Pepper::new(&seals::digest(&key).chars().take(8).collect::<String>(), key.as_bytes());
        let passwords = Hasher::new(peppers.into_iter().flatten().filter_map(pepper).collect());
        let vault_secrets = [secret("KEY_ENCRYPTION_KEY", false), secret("KEY_ENCRYPTION_KEY_PREVIOUS", false)];
        let vault = match vault_secrets {
            [None, _] if !environment.is_deployed() => Vault::new([auth_secret.as_str()]),
            // The one before opens alone: it seals nothing new.
            [None, Some(_)] => {
                faults.push("KEY_ENCRYPTION_KEY_PREVIOUS needs KEY_ENCRYPTION_KEY beside it.".into());
                Vault::default()
            }
            secrets => Vault::new(secrets.iter().flatten().map(String::as_str)),
        };
        let providers = providers::read(&text, &mut faults);
        let provider = providers.get(OPENAI).cloned();
        let (url, key, from) = (text("MAIL_API_URL"), text("MAIL_API_KEY"), text("MAIL_FROM"));
        let mail = mail::provider(environment, url, key, from, &mut faults);
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
            keep_temporary_ms: number("TEMPORARY_CHAT_HOURS", 24, 1, 720) * HOUR_MS,
        };
        let backup_keep_days = u32::try_from(number("BACKUP_KEEP_DAYS", 14, 0, 365)).unwrap_or(0);
        let compaction_share_percent = number("COMPACTION_SHARE_PERCENT", 75, 0, 95);
        // The platform takes bodies of 100 MB, and a form has something around its file.
        let max_file_bytes = number("MAX_FILE_SIZE_MB", 50, 1, 95) * 1024 * 1024;
        let usual = Rates::default();
        let mut rate = |name: &str, usual: Rate| {
            // A million in a minute is more than one object can answer; it serves as "no limit" for load tests.
            let requests = number(name, u64::from(usual.requests), 1, 1_000_000);
            Rate { requests: u32::try_from(requests).unwrap_or(usual.requests), ..usual }
        };
        let mut rates = Rates {
            enabled: true,
            chat: rate("RATE_LIMIT_CHAT", usual.chat),
            agent: rate("RATE_LIMIT_AGENT", usual.agent),
            general: rate("RATE_LIMIT_GENERAL", usual.general),
            crawl: rate("RATE_LIMIT_CRAWL", usual.crawl),
            login: rate("RATE_LIMIT_LOGIN", usual.login),
            by_plan: BTreeMap::new(),
            spending: BTreeMap::new(),
        };
        if let Some(plans) = text("RATE_LIMITS_BY_PLAN") {
            rates.by_plan = plans::read(&plans, &mut faults);
        }
        let (spending, prices, stripe) = money::read(&text, &mut faults);
        rates.spending = spending;
        match text("RATE_LIMIT_ENABLED").as_deref() {
            None | Some("true") => {}
            Some("false") if environment == Environment::Production => {
                faults.push("RATE_LIMIT_ENABLED may not be false in production.".into());
            }
            Some("false") => rates.enabled = false,
            Some(_) => faults.push("RATE_LIMIT_ENABLED must be true or false.".into()),
        }
        let log_level = text("LOG_LEVEL").map_or(Some(Level::default()), |level| Level::parse(&level));
        if log_level.is_none() {
            faults.push("LOG_LEVEL must be debug, info, warn or error.".into());
        }
        let app_origin = text("APP_ORIGIN").map(|origin| origin.trim_end_matches('/').to_owned());
        if let Some(origin) = &app_origin
            && !origin.starts_with("https://")
            && (environment.is_deployed() || !origin.starts_with("http://"))
        {
            faults.push("APP_ORIGIN must begin with https://, for example https://chat.example.com.".into());
        }
        let allowed = text("ALLOWED_ORIGINS").unwrap_or_default();
        let allowed_origins = Allowed::read(&allowed, environment.is_deployed()).unwrap_or_else(|fault| {
            faults.push(fault);
            Allowed::Own
        });
        let external_issuers =
            text("EXTERNAL_ISSUERS").map(|list| issuers::read(&list, &mut faults)).unwrap_or_default();
        let sign_in = sign_in::read(&text, &mut faults);
        let outbound = outbound::read(environment, &text, app_origin.as_deref(), &mut faults);
        let tools = tools::read(&text, &mut faults);
        let annotations = annotations::read(&text, !providers.is_empty(), &mut faults);
        if faults.is_empty() {
            Ok(Self {
                environment,
                log_level: log_level.unwrap_or_default(),
                version: text("CF_VERSION").unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
                keys,
                passwords,
                vault,
                bootstrap_secret,
                rates,
                provider,
                providers,
                mail,
                default_model,
                limits,
                app_origin,
                allowed_origins,
                external_issuers,
                sign_in,
                outbound,
                prices,
                stripe,
                max_file_bytes,
                backup_keep_days,
                compaction_share_percent,
                tools,
                annotations,
            })
        } else {
            Err(faults)
        }
    }
}

/// What stands in examples and tutorials. Whoever reads them knows it.
fn is_placeholder(secret: &str) -> bool {
    let lower = secret.to_ascii_lowercase();
    ["change-me", "changeme", "your-secret", "example", "placeholder", "0123456789abcdef0123456789abcdef"]
        .iter()
        .any(|known| lower.contains(known))
        || secret.chars().all(|character| secret.starts_with(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Map(&'static [(&'static str, &'static str)]);

    struct Pairs(Vec<(&'static str, &'static str)>);

    impl Settings for Pairs {
        fn get(&self, name: &str) -> Option<String> {
            self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        }
    }

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
    fn production_refuses_what_is_for_development() {
        const PRODUCTION: (&str, &str) = ("ENVIRONMENT", "production");
        let good = ("AUTH_SECRET", "b1946ac92492d2347c6235b4d2611184");
        assert!(Config::read(&Pairs(vec![PRODUCTION, good])).is_ok());
        for (bad, name) in [
            (SECRET, "AUTH_SECRET"),
            (("AUTH_SECRET", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "AUTH_SECRET"),
            (("AUTH_SECRET", "change-me-change-me-change-me-change-me"), "AUTH_SECRET"),
            (("BOOTSTRAP_SECRET", "short"), "BOOTSTRAP_SECRET"),
            (("RATE_LIMIT_ENABLED", "false"), "RATE_LIMIT_ENABLED"),
            (("APP_ORIGIN", "http://chat.example.com"), "APP_ORIGIN"),
            (("ALLOWED_ORIGINS", "http://chat.example.com"), "ALLOWED_ORIGINS"),
            (("LOG_LEVEL", "loud"), "LOG_LEVEL"),
        ] {
            let faults = Config::read(&Pairs(vec![bad, PRODUCTION, good])).unwrap_err();
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].starts_with(name), "{faults:?}");
        }
        let lifted = Config::read(&Map(&[SECRET, ("RATE_LIMIT_ENABLED", "false"), ("RATE_LIMIT_CHAT", "7")])).unwrap();
        assert_eq!((lifted.rates.enabled, lifted.rates.chat.requests), (false, 7));
    }

    #[test]
    fn all_faults_are_told_together_by_name() {
        let faults = Config::read(&Map(&[
            ("AUTH_SECRET", "short"),
            ("OPENAI_BASE_URL", "ftp://x"),
            ("IDLE_TIMEOUT_MS", "soon"),
            ("MAIL_API_KEY", "key"),
            ("RATE_LIMITS_BY_PLAN", "[]"),
        ]))
        .unwrap_err();
        for name in
            ["AUTH_SECRET", "OPENAI_BASE_URL", "DEFAULT_MODEL", "IDLE_TIMEOUT_MS", "MAIL_FROM", "RATE_LIMITS_BY_PLAN"]
        {
            assert!(faults.iter().any(|fault| fault.starts_with(name)), "{name} in {faults:?}");
        }
    }
}
