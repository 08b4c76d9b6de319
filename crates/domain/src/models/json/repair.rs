//! Almost-JSON made into JSON: what vendors send and a strict parser refuses, without changing anything else.

/// Half of a surrogate pair becomes U+FFFD, a bare control character is escaped, `NaN` and `Infinity` become null, and a
/// number beyond a double becomes the largest round one.
pub(super) fn repair(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 16);
    let mut rest = json;
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            out.push('"');
            rest = string(rest.get(1..).unwrap_or_default(), &mut out);
        } else if is_word(c) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            out.push_str(literal(word));
            rest = after;
        } else {
            out.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
}

fn literal(word: &str) -> &str {
    match word {
        "NaN" | "-NaN" | "Infinity" | "-Infinity" => "null",
        _ if word.ends_with(|c: char| c.is_ascii_digit()) => match word.parse::<f64>() {
            Ok(number) if number == f64::INFINITY => "1e308",
            Ok(number) if number == f64::NEG_INFINITY => "-1e308",
            _ => word,
        },
        _ => word,
    }
}

/// Copies the inside of a string and its closing quote; gives what follows.
fn string<'a>(mut rest: &'a str, out: &mut String) -> &'a str {
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        if c == '\\' {
            rest = escape(rest, out);
            continue;
        }
        rest = after;
        if c.is_control() && c.is_ascii() {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
        if c == '"' {
            break;
        }
    }
    rest
}

/// Copies one escape, or two where they are the halves of one character.
fn escape<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let Some(first) = unit(rest) else {
        let end = rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at);
        let (whole, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        out.push_str(whole);
        return after;
    };
    let after = rest.get(6..).unwrap_or_default();
    match (first, unit(after)) {
        (0xd800..0xdc00, Some(0xdc00..0xe000)) => {
            out.push_str(rest.get(..12).unwrap_or_default());
            return after.get(6..).unwrap_or_default();
        }
        (0xd800..0xe000, _) => out.push('\u{fffd}'),
        _ => out.push_str(rest.get(..6).unwrap_or_default()),
    }
    after
}

/// The number in a leading `\uXXXX`.
fn unit(rest: &str) -> Option<u16> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    // `from_str_radix` would take a sign.
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}
