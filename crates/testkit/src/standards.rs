//! Addresses and charsets without a runtime: the crates that browsers' engines use for them.

use edgewise_domain::{outbound::Parts, ports::WebStandards};
use encoding_rs::Encoding;
use url::Url;

#[derive(Debug, Clone, Copy, Default)]
pub struct Standards;

impl WebStandards for Standards {
    fn parse_url(&self, url: &str, base: Option<&str>) -> Option<Parts> {
        let base = base.map(Url::parse).transpose().ok()?;
        let parsed = Url::options().base_url(base.as_ref()).parse(url).ok()?;
        Some(Parts {
            href: parsed.to_string(),
            scheme: parsed.scheme().to_owned(),
            has_credentials: !parsed.username().is_empty() || parsed.password().is_some_and(|word| !word.is_empty()),
            host: parsed.host_str().unwrap_or_default().to_owned(),
            port: parsed.port(),
        })
    }

    fn decode(&self, bytes: &[u8], charset: &str) -> Option<String> {
        Some(Encoding::for_label(charset.as_bytes())?.decode(bytes).0.into_owned())
    }
}
