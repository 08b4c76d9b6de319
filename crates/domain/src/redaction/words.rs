//! The passes of the redaction: each finds one kind of value and puts the mark in its place.

use super::MARK;

/// Names whose value is a secret, compared without case, `_` and `-`; a name that ends with one counts too.
const NAMES: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "authorization",
    "cookie",
    "credential",
    "pepper",
    "privatekey",
];
/// Of these, the rest of the line after a colon is the value.
const HEADERS: [&str; 4] = ["authorization", "cookie", "setcookie", "xapikey"];
/// How makers of keys begin them.
const PREFIXES: [&str; 25] = [
    "ew_",
    "sk-",
    "sk_",
    "rk_",
    "pk_",
    "whsec_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "AIza",
    "hf_",
    "npm_",
    "SG.",
    "gsk_",
    "r8_",
    "xai-",
    "dckr_pat_",
    "EAAC",
    "ya29.",
    "eyJ",
];
/// Shorter ones are names.
const MIN_KEY_CHARS: usize = 16;
/// Shorter words are read by people; longer ones that mix letters and digits are made by machines.
const MIN_RANDOM_CHARS: usize = 32;

/// A cursor over a text: what was read goes out unless it is replaced.
struct Scan<'a> {
    rest: &'a str,
    out: String,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text, out: String::with_capacity(text.len()) }
    }

    /// Splits off the longest beginning of the rest whose characters are `in_it`.
    fn take(&mut self, in_it: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !in_it(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn copy(&mut self, in_it: impl Fn(char) -> bool) {
        let taken = self.take(in_it);
        self.out.push_str(taken);
    }

    fn copy_one(&mut self) {
        let mut characters = self.rest.chars();
        self.out.extend(characters.next());
        self.rest = characters.as_str();
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn is_word(c: char) -> bool {
    is_name(c) || c == '.' || c == '~' || c == '+' || c == '='
}

fn ends_value(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '&' | '<' | '>' | '(' | ')' | '{' | '}')
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | '}')
}

/// The user, the query and the fragment of a URL, and the query of a bare path.
pub fn urls(text: &str) -> String {
    let mut scan = Scan::new(text);
    while !scan.rest.is_empty() {
        let at_word = scan.out.chars().next_back().is_none_or(|c| ends_url(c) || c == '(');
        if let Some(rest) = scan.rest.strip_prefix("://") {
            scan.out.push_str("://");
            scan.rest = rest;
            let authority = scan.take(|c| !ends_url(c) && !matches!(c, '/' | '?' | '#'));
            match authority.rsplit_once('@') {
                Some((_, host)) => scan.out.extend([MARK, "@", host]),
                None => scan.out.push_str(authority),
            }
            path(&mut scan);
        } else if at_word && scan.rest.starts_with('/') {
            path(&mut scan);
        } else {
            scan.copy_one();
        }
    }
    scan.out
}

fn path(scan: &mut Scan<'_>) {
    scan.copy(|c| !ends_url(c) && !matches!(c, '?' | '#'));
    let query = scan.take(|c| !ends_url(c));
    if query.len() > 1 {
        scan.out.extend(["?", MARK]);
    } else {
        scan.out.push_str(query);
    }
}

/// Values of fields that are named like secrets, and what follows `Bearer` and `Basic`.
pub fn named(text: &str) -> String {
    let mut scan = Scan::new(text);
    while !scan.rest.is_empty() {
        let name = scan.take(is_name);
        if name.is_empty() {
            scan.copy_one();
            continue;
        }
        scan.out.push_str(name);
        let plain: String =
            name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
        if plain == "bearer" || plain == "basic" {
            credential(&mut scan);
        } else if NAMES.iter().any(|secret| plain.ends_with(secret)) || HEADERS.contains(&plain.as_str()) {
            value(&mut scan, &plain);
        }
    }
    scan.out
}

fn credential(scan: &mut Scan<'_>) {
    scan.copy(|c| c == ' ');
    let word = scan.take(|c| is_word(c) || c == '/');
    let is_made = word.chars().skip(1).any(|c| !c.is_ascii_lowercase() && c != '.' && c != '-');
    scan.out.push_str(if word.len() >= 8 && is_made || word.len() >= MIN_RANDOM_CHARS { MARK } else { word });
}

fn value(scan: &mut Scan<'_>, name: &str) {
    scan.copy(|c| matches!(c, '"' | '\''));
    scan.copy(|c| c == ' ');
    let (sign, rest) = match scan.rest.chars().next() {
        Some(sign @ (':' | '=')) => (sign, scan.rest.get(1..).unwrap_or_default()),
        _ => return,
    };
    // `token::Kind` is a name of the code's.
    if sign == ':' && rest.starts_with(':') {
        return;
    }
    scan.out.push(sign);
    scan.rest = rest;
    scan.copy(|c| c == ' ');
    if let Some(quote @ ('"' | '\'')) = scan.rest.chars().next() {
        scan.copy_one();
        let end = end_of_quoted(scan.rest, quote);
        let (inside, rest) = scan.rest.split_at_checked(end).unwrap_or((scan.rest, ""));
        scan.rest = rest;
        scan.out.push_str(if inside.is_empty() { "" } else { MARK });
        return;
    }
    let is_header = sign == ':' && HEADERS.contains(&name);
    let inside = if is_header { scan.take(|c| c != '\n') } else { scan.take(|c| !ends_value(c)) };
    scan.out.push_str(if inside.is_empty() { "" } else { MARK });
}

fn end_of_quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at,
            _ => {}
        }
    }
    text.len()
}

/// Words that are keys, tokens or random.
pub fn secrets(text: &str) -> String {
    let mut scan = Scan::new(text);
    while !scan.rest.is_empty() {
        let word = scan.take(is_word);
        if word.is_empty() {
            scan.copy_one();
            continue;
        }
        let core = word.trim_end_matches('.');
        if is_secret(core) {
            scan.out.push_str(MARK);
            scan.out.extend(std::iter::repeat_n('.', word.len() - core.len()));
        } else {
            scan.out.push_str(word);
        }
    }
    scan.out
}

fn is_secret(word: &str) -> bool {
    let has_digit = word.chars().any(|c| c.is_ascii_digit());
    let has_upper = word.chars().skip(1).any(|c| c.is_ascii_uppercase());
    // `key=sk-…` is one word: what stands after the sign may be the key.
    let parts = || word.split('=').chain([word]);
    let begins = |part: &str| {
        let made = PREFIXES.iter().any(|prefix| part.starts_with(prefix));
        made && part.len() >= MIN_KEY_CHARS && (has_digit || has_upper)
    };
    let amazon = |part: &str| {
        (part.starts_with("AKIA") || part.starts_with("ASIA"))
            && part.len() >= 20
            && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    let random = |part: &str| {
        part.len() >= MIN_RANDOM_CHARS
            && has_digit
            && part.chars().any(|c| c.is_ascii_alphabetic())
            && !part.split(['=', '.']).all(|piece| is_uuid(piece) || piece.len() < MIN_KEY_CHARS)
    };
    parts().any(|part| begins(part) || amazon(part) || random(part))
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && word.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// `somebody@example.org`
pub fn emails(text: &str) -> String {
    let is_local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let is_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let mut scan = Scan::new(text);
    while !scan.rest.is_empty() {
        let local = scan.take(is_local);
        let Some(after) = scan.rest.strip_prefix('@') else {
            scan.out.push_str(local);
            scan.copy_one();
            continue;
        };
        scan.rest = after;
        let whole = scan.take(is_host);
        let host = whole.trim_end_matches(['.', '-']);
        let is_address = !local.is_empty()
            && host.rsplit_once('.').is_some_and(|(name, end)| {
                !name.is_empty() && end.chars().count() >= 2 && end.chars().all(char::is_alphabetic)
            });
        if is_address {
            scan.out.push_str(MARK);
            scan.out.push_str(whole.strip_prefix(host).unwrap_or_default());
        } else {
            scan.out.extend([local, "@", whole]);
        }
    }
    scan.out
}

/// `+` and 8 to 15 digits, however they are grouped; or three, three and four digits.
pub fn phones(text: &str) -> String {
    let mut scan = Scan::new(text);
    while !scan.rest.is_empty() {
        let begins =
            scan.out.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '-' | '.' | '+' | '_'));
        let length = if begins { phone(scan.rest) } else { 0 };
        if length == 0 {
            scan.copy_one();
            continue;
        }
        scan.out.push_str(MARK);
        scan.rest = scan.rest.get(length..).unwrap_or_default();
    }
    scan.out
}

/// Bytes of the phone number that the text begins with; 0 for none.
fn phone(text: &str) -> usize {
    let is_foreign = text.starts_with('+');
    let (mut digits, mut group, mut gap, mut end) = (0, 0, 0, 0);
    let mut groups = Vec::new();
    for (at, c) in text.char_indices().chain([(text.len(), '\n')]) {
        match c {
            '0'..='9' => {
                (digits, group, gap) = (digits + 1, group + 1, 0);
                continue;
            }
            '+' if at == 0 => continue,
            // A word that goes on is no number.
            c if c.is_alphanumeric() => break,
            _ => {}
        }
        if group > 0 {
            groups.push(group);
            group = 0;
            let is_one = if is_foreign { (8..=15).contains(&digits) } else { groups == [3, 3, 4] };
            if is_one {
                end = at;
            }
        }
        gap += 1;
        if !matches!(c, ' ' | '-' | '.' | '(' | ')') || gap > 2 {
            break;
        }
    }
    end
}
