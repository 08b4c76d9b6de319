//! In which charset a page says that it is, by the order of the HTML standard: its first bytes, its server, itself.

/// Where a page may name its own charset.
const MAX_PRESCAN_BYTES: usize = 1_024;

/// The name of the charset, if anything names one.
pub fn of(content_type: Option<&str>, body: &[u8], is_html: bool) -> Option<String> {
    let by_mark = match body {
        [0xEF, 0xBB, 0xBF, ..] => Some("utf-8"),
        [0xFE, 0xFF, ..] => Some("utf-16be"),
        [0xFF, 0xFE, ..] => Some("utf-16le"),
        _ => None,
    };
    by_mark.map(str::to_owned).or_else(|| named(content_type?)).or_else(|| if is_html { by_page(body) } else { None })
}

fn by_page(body: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(body.get(..MAX_PRESCAN_BYTES).unwrap_or(body));
    let charset = start
        .split('<')
        .filter(|tag| tag.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("meta")))
        .find_map(named)?;
    // A page in UTF-16 could not be read this far: it means UTF-8.
    Some(if charset.starts_with("utf-16") { "utf-8".into() } else { charset })
}

/// What stands behind `charset=`.
fn named(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (_, rest) = lower.split_once("charset")?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let charset: String = value
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
        .take(40)
        .collect();
    Some(charset).filter(|charset| !charset.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_counts() {
        let check = |content_type: Option<&str>, body: &[u8], expected: Option<&str>| {
            assert_eq!(of(content_type, body, true).as_deref(), expected, "{content_type:?}");
        };
        check(None, b"", None);
        check(Some("text/html"), b"<p>", None);
        check(Some("text/html; charset=Shift_JIS"), b"", Some("shift_jis"));
        check(Some("text/html;charset=\"utf-8\""), b"", Some("utf-8"));
        check(Some("text/html; charset="), b"", None);
        check(Some("text/html; charset=iso-8859-1"), b"\xEF\xBB\xBFx", Some("utf-8"));
        check(None, b"\xFF\xFEx\0", Some("utf-16le"));
        check(None, b"\xFE\xFF\0x", Some("utf-16be"));
        check(None, b"<!doctype html><META charset='gbk'>", Some("gbk"));
        check(None, b"<meta http-equiv=content-type content=\"text/html; charset=koi8-r\">", Some("koi8-r"));
        check(None, b"<meta charset=utf-16le>", Some("utf-8"));
        check(None, b"<p>charset=gbk", None);
        check(Some("text/html; charset=utf-8"), b"<meta charset=gbk>", Some("utf-8"));
        assert_eq!(of(None, b"<meta charset=gbk>", false), None);
        let far = format!("{}<meta charset=gbk>", " ".repeat(MAX_PRESCAN_BYTES));
        check(None, far.as_bytes(), None);
    }
}
