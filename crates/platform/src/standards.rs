//! Addresses and charsets as the runtime reads them: its own `URL` and `TextDecoder`.

use edgewise_domain::{outbound::Parts, ports::WebStandards};
use web_sys::{TextDecoder, Url};

#[derive(Debug, Clone, Copy, Default)]
pub struct RuntimeStandards;

impl WebStandards for RuntimeStandards {
    fn parse_url(&self, url: &str, base: Option<&str>) -> Option<Parts> {
        let parsed = match base {
            Some(base) => Url::new_with_base(url, base),
            None => Url::new(url),
        };
        let parsed = parsed.ok()?;
        let port = parsed.port();
        Some(Parts {
            href: parsed.href(),
            scheme: parsed.protocol().trim_end_matches(':').to_owned(),
            has_credentials: !parsed.username().is_empty() || !parsed.password().is_empty(),
            host: parsed.hostname(),
            port: if port.is_empty() { None } else { Some(port.parse().ok()?) },
        })
    }

    fn decode(&self, bytes: &[u8], charset: &str) -> Option<String> {
        let decoder = TextDecoder::new_with_label(charset).ok()?;
        decoder.decode_with_u8_array(bytes).ok()
    }
}
