//! `EXTERNAL_ISSUERS`: whose tokens are taken beside our own.

use serde::Deserialize;

use crate::{
    identity::jwks::{Algorithm, ExternalIssuer},
    web,
};

const NAME: &str = "EXTERNAL_ISSUERS";
/// More than anybody has; each may be asked for its keys.
const MAX_ISSUERS: usize = 16;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    issuer: String,
    audience: String,
    jwks_url: String,
    algorithms: Option<Vec<String>>,
}

/// The issuers in the setting's value; what is wrong with it goes to `faults`.
pub fn read(text: &str, faults: &mut Vec<String>) -> Vec<ExternalIssuer> {
    let entries: Vec<Entry> = match serde_json::from_str(text) {
        Ok(entries) => entries,
        Err(error) => {
            faults.push(format!("{NAME} must be a JSON list of {{issuer, audience, jwksUrl, algorithms?}}: {error}."));
            return Vec::new();
        }
    };
    if entries.len() > MAX_ISSUERS {
        faults.push(format!("{NAME} may name {MAX_ISSUERS} issuers at most."));
    }
    let mut issuers: Vec<ExternalIssuer> = Vec::new();
    for (at, entry) in entries.into_iter().take(MAX_ISSUERS).enumerate() {
        let mut fault = |field: &str, what: &str| faults.push(format!("{NAME}[{at}].{field} {what}."));
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain(&entry.issuer) {
            fault("issuer", "must be exactly the `iss` of its tokens, for example https://id.example.com");
        }
        if issuers.iter().any(|known| known.issuer == entry.issuer) {
            fault("issuer", "is there twice");
        }
        if !plain(&entry.audience) {
            fault("audience", "must be exactly the `aud` that its tokens have for this deployment");
        }
        if !web::is_safe(&entry.jwks_url) {
            fault("jwksUrl", "must begin with https:// (http:// is for localhost alone)");
        }
        let names = entry.algorithms.unwrap_or_else(|| ["RS256", "ES256", "EdDSA"].map(String::from).into());
        let algorithms: Option<Vec<_>> = names.iter().map(|name| Algorithm::named(name)).collect();
        let algorithms = algorithms.filter(|algorithms| !algorithms.is_empty()).unwrap_or_else(|| {
            fault("algorithms", "must name some of RS256, ES256 and EdDSA");
            Vec::new()
        });
        issuers.push(ExternalIssuer {
            issuer: entry.issuer,
            audience: entry.audience,
            jwks_url: entry.jwks_url,
            algorithms,
        });
    }
    issuers
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"issuer":"https://id.example","audience":"edgewise","jwksUrl":"https://id.example/jwks"}"#;

    fn faults(text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        read(text, &mut faults);
        faults
    }

    #[test]
    fn issuers_are_read() {
        let mut faults = Vec::new();
        let narrow = GOOD.replace("id.example", "other.example").replace('}', r#","algorithms":["ES256"]}"#);
        let issuers = read(&format!("[{GOOD},{narrow}]"), &mut faults);
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(issuers[0].algorithms, [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa]);
        assert_eq!(
            (issuers[1].issuer.as_str(), &issuers[1].algorithms),
            ("https://other.example", &vec![Algorithm::Es256])
        );
        assert!(read("[]", &mut faults).is_empty() && faults.is_empty());
    }

    #[test]
    fn every_fault_names_its_field() {
        let with = |from: &str, to: &str| format!("[{}]", GOOD.replace(from, to));
        for (text, field) in [
            ("{}".to_owned(), "EXTERNAL_ISSUERS must be"),
            ("[7]".into(), "EXTERNAL_ISSUERS must be"),
            (with("audience", "audiences"), "EXTERNAL_ISSUERS must be"),
            (with("\"https://id.example\"", "\"\""), "EXTERNAL_ISSUERS[0].issuer"),
            (with("\"https://id.example\"", "\"a b\""), "EXTERNAL_ISSUERS[0].issuer"),
            (with("\"edgewise\"", "\"\""), "EXTERNAL_ISSUERS[0].audience"),
            (with("https://id.example/jwks", "http://id.example/jwks"), "EXTERNAL_ISSUERS[0].jwksUrl"),
            (with("}", ",\"algorithms\":[]}"), "EXTERNAL_ISSUERS[0].algorithms"),
            (with("}", ",\"algorithms\":[\"HS256\"]}"), "EXTERNAL_ISSUERS[0].algorithms"),
            (with("}", ",\"algorithms\":[\"none\"]}"), "EXTERNAL_ISSUERS[0].algorithms"),
            (format!("[{GOOD},{GOOD}]"), "EXTERNAL_ISSUERS[1].issuer"),
        ] {
            let found = faults(&text);
            assert!(found.len() == 1 && found[0].starts_with(field), "{text}: {found:?}");
        }
        let many: Vec<_> = (0..17).map(|n| GOOD.replace("id.example", &format!("{n}.example"))).collect();
        assert_eq!(faults(&format!("[{}]", many.join(","))), ["EXTERNAL_ISSUERS may name 16 issuers at most."]);
    }
}
