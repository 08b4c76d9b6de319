//! `Range` and `If-Range`: which bytes of a file are asked for.

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    Part {
        from: u64,
        length: u64,
    },
    /// There are no such bytes.
    Nothing,
}

/// Reads one range of a file of `size` bytes. What is no range that we know is passed over, as HTTP says; so are several
/// at once, and a condition that the file no longer meets.
pub fn wanted(range: Option<&str>, if_range: Option<&str>, etag: &str, size: u64) -> Wanted {
    if if_range.is_some_and(|condition| condition.trim() != etag) {
        return Wanted::Whole;
    }
    let Some((from, to)) = range.and_then(|range| range.trim().strip_prefix("bytes=")?.split_once('-')) else {
        return Wanted::Whole;
    };
    let number = |text: &str| {
        (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().unwrap_or(u64::MAX))
    };
    match (from.trim(), to.trim()) {
        ("", last) => match number(last) {
            Some(0) => Wanted::Nothing,
            Some(last) if size > 0 => Wanted::Part { from: size.saturating_sub(last), length: last.min(size) },
            Some(_) => Wanted::Nothing,
            None => Wanted::Whole,
        },
        (from, to) => {
            let (Some(from), Some(to)) = (number(from), if to.is_empty() { Some(u64::MAX) } else { number(to) }) else {
                return Wanted::Whole;
            };
            match to.min(size.saturating_sub(1)) {
                _ if from > to => Wanted::Whole,
                _ if from >= size => Wanted::Nothing,
                to => Wanted::Part { from, length: to - from + 1 },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_says() {
        let part = |from, length| Wanted::Part { from, length };
        for (range, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=2-4", part(2, 3)),
            ("bytes=5-", part(5, 5)),
            ("bytes=0-99999999999999999999999", part(0, 10)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-30", part(0, 10)),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=10-12", Wanted::Nothing),
            ("bytes=5-1", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=--1", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("items=0-1", Wanted::Whole),
        ] {
            assert_eq!(wanted(Some(range), None, "\"x\"", 10), expected, "{range}");
        }
        assert_eq!(wanted(Some("bytes=0-0"), Some("\"x\""), "\"x\"", 10), part(0, 1));
        assert_eq!(wanted(Some("bytes=0-0"), Some("\"y\""), "\"x\"", 10), Wanted::Whole);
        assert_eq!(wanted(None, None, "\"x\"", 10), Wanted::Whole);
    }
}
