//! Which names a public server may have: not one that means something only inside somebody's own network.

const MAX_NAME_CHARS: usize = 253;
const MAX_LABEL_CHARS: usize = 63;

/// Names that no public server has, and everything below them: those of RFC 6761, 6762, 7686, 8375 and 9476, ICANN's
/// `.internal`, and what networks and clusters call themselves.
const CLOSED: &[&str] = &[
    "alt",
    "arpa",
    "consul",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "test",
    // Where hosters answer their own machines.
    "metadata.packet.net",
    "metadata.platformequinix.com",
];

/// Whether `name`, lower-case ASCII as the parser gives it, may be a public server's. One dot at its end is the root.
pub fn may_be_public(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_label = |label: &str| {
        (1..=MAX_LABEL_CHARS).contains(&label.len())
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    let is_closed =
        |closed: &&str| name.strip_suffix(*closed).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    // What ends in a number would be an address to some, a name to others.
    let ends_in_word = name.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()));
    let is_whole = name.len() <= MAX_NAME_CHARS && name.contains('.') && name.split('.').all(is_label);
    is_whole && ends_in_word && !CLOSED.iter().any(is_closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_inner_networks_are_closed() {
        for name in [
            "",
            ".",
            "com",
            "com.",
            "intranet",
            "localhost",
            "localhost.",
            "a.localhost",
            "a.localhost.",
            "localhost.localdomain",
            "ip6-localhost",
            "printer.local",
            "metadata.google.internal",
            "metadata.google.internal.",
            "host.docker.internal",
            "metadata",
            "instance-data",
            "kubernetes.default.svc.cluster.local",
            "router.home.arpa",
            "1.0.0.127.in-addr.arpa",
            "x.onion",
            "x.test",
            "x.invalid",
            "x.example",
            "metadata.packet.net",
            "a..com",
            ".a.com",
            "a.com..",
            "a b.com",
            "a.com%00",
            "a.com]",
            "A.com",
            "ä.com",
            "127.0.0.1",
            "127.1",
            "0x7f.0x1",
            "a.0x7f",
        ] {
            assert!(!may_be_public(name), "{name}");
        }
        assert!(!may_be_public(&format!("{}.com", "a".repeat(64))));
        assert!(!may_be_public(&format!("{}com", "a.".repeat(126))));
    }

    #[test]
    fn public_names_are_open() {
        for name in [
            "example.com",
            "example.com.",
            "a.b.c.org",
            "xn--bcher-kva.de",
            "_dmarc.example.com",
            "1.a2.net",
            "mylocal.com",
            "notlocalhost.org",
            "latest.io",
        ] {
            assert!(may_be_public(name), "{name}");
        }
        assert!(may_be_public(&format!("{}.com", "a".repeat(63))));
    }
}
