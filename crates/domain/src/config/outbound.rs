//! The settings of the wall: what may be fetched of what others supply.

use super::Environment;
use crate::{outbound::Rules, web};

/// Documented by its makers for programs, with JSON and without a key.
const CLOUDFLARE: &str = "https://cloudflare-dns.com/dns-query";
const MAX_ENTRIES: usize = 32;

/// The rules that the settings make; what is wrong with them goes to `faults`.
pub fn read(
    environment: Environment,
    text: &impl Fn(&str) -> Option<String>,
    app_origin: Option<&str>,
    faults: &mut Vec<String>,
) -> Rules {
    let plain_http = match text("OUTBOUND_HTTP").as_deref() {
        None => environment != Environment::Production,
        Some("true") => true,
        Some("false") => false,
        Some(_) => {
            faults.push("OUTBOUND_HTTP must be true or false.".into());
            false
        }
    };
    let ports: Vec<_> = list(text("OUTBOUND_PORTS")).iter().map(|port| port.parse().unwrap_or(0)).collect();
    if ports.contains(&0) || ports.len() > MAX_ENTRIES {
        faults
            .push(format!("OUTBOUND_PORTS must be at most {MAX_ENTRIES} port numbers with commas between: 8080,8443."));
    }
    let exempt = list(text("OUTBOUND_ALLOW_HOSTS"));
    if !exempt.is_empty() && environment.is_deployed() {
        faults.push("OUTBOUND_ALLOW_HOSTS is for development alone: it opens a way into private networks.".into());
    }
    if exempt.len() > MAX_ENTRIES || !exempt.iter().all(|entry| is_place(entry)) {
        faults.push(format!(
            "OUTBOUND_ALLOW_HOSTS must be at most {MAX_ENTRIES} host:port with commas between: 127.0.0.1:9000."
        ));
    }
    let resolver_url = text("RESOLVER_URL").unwrap_or_else(|| CLOUDFLARE.to_owned());
    if !web::is_safe(&resolver_url) || (environment.is_deployed() && !resolver_url.starts_with("https://")) {
        faults.push("RESOLVER_URL must begin with https:// (http:// is for localhost in development alone).".into());
    }
    let site = app_origin.map(|origin| format!(" (+{origin})")).unwrap_or_default();
    let agent = format!("EdgewiseBot/{}{site}", env!("CARGO_PKG_VERSION"));
    Rules { plain_http, more_ports: ports, exempt, resolver_url, agent }
}

fn list(value: Option<String>) -> Vec<String> {
    let value = value.unwrap_or_default();
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// Whether an entry is `host:port` as the parser would write it.
fn is_place(entry: &str) -> bool {
    let is_plain = |host: &str| {
        !host.is_empty()
            && host.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b':' | b'[' | b']'))
    };
    entry.rsplit_once(':').is_some_and(|(host, port)| is_plain(host) && port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(environment: Environment, given: &[(&str, &str)]) -> (Rules, Vec<String>) {
        let mut faults = Vec::new();
        let text = |name: &str| given.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let rules = read(environment, &text, Some("https://chat.example.com"), &mut faults);
        (rules, faults)
    }

    #[test]
    fn usually_the_web_and_nothing_else() {
        let (rules, faults) = settings(Environment::Production, &[]);
        assert_eq!(faults, Vec::<String>::new());
        let agent = format!("EdgewiseBot/{} (+https://chat.example.com)", env!("CARGO_PKG_VERSION"));
        let resolver_url = CLOUDFLARE.to_owned();
        assert_eq!(rules, Rules { plain_http: false, more_ports: vec![], exempt: vec![], resolver_url, agent });
        assert!(settings(Environment::Development, &[]).0.plain_http);
        assert!(settings(Environment::Production, &[("OUTBOUND_HTTP", "true")]).0.plain_http);
    }

    #[test]
    fn development_may_reach_a_server_of_its_own() {
        let given = [
            ("OUTBOUND_ALLOW_HOSTS", "127.0.0.1:9000, [::1]:9001"),
            ("OUTBOUND_PORTS", "8080, 8443"),
            ("RESOLVER_URL", "http://127.0.0.1:9002/dns-query"),
        ];
        let (rules, faults) = settings(Environment::Development, &given);
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(rules.exempt, ["127.0.0.1:9000", "[::1]:9001"]);
        assert_eq!(rules.more_ports, [8080, 8443]);
        for environment in [Environment::Production, Environment::Staging, Environment::Preview] {
            let (_, faults) = settings(environment, &given);
            assert_eq!(faults.len(), 2, "{faults:?}");
            assert!(faults[0].starts_with("OUTBOUND_ALLOW_HOSTS") && faults[1].starts_with("RESOLVER_URL"));
        }
    }

    #[test]
    fn every_fault_names_its_setting() {
        let many = ["80"; 33].join(",");
        for (name, value) in [
            ("OUTBOUND_HTTP", "yes"),
            ("OUTBOUND_PORTS", "80,x"),
            ("OUTBOUND_PORTS", "0"),
            ("OUTBOUND_PORTS", "65536"),
            ("OUTBOUND_PORTS", many.as_str()),
            ("OUTBOUND_ALLOW_HOSTS", "127.0.0.1"),
            ("OUTBOUND_ALLOW_HOSTS", "*:80"),
            ("OUTBOUND_ALLOW_HOSTS", "http://127.0.0.1:80"),
            ("OUTBOUND_ALLOW_HOSTS", ":80"),
            ("OUTBOUND_ALLOW_HOSTS", "Localhost:80"),
            ("RESOLVER_URL", "http://resolver.example/dns-query"),
            ("RESOLVER_URL", "resolver"),
        ] {
            let (_, faults) = settings(Environment::Development, &[(name, value)]);
            assert!(faults.len() == 1 && faults[0].starts_with(name), "{value}: {faults:?}");
        }
    }
}
