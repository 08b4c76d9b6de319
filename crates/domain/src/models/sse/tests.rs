//! Server-sent events, cut anywhere.

use proptest::prelude::*;

use super::*;

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<String>, bool) {
    let mut decoder = SseDecoder::new();
    let mut events = Vec::new();
    let mut failed = false;
    for piece in pieces {
        failed |= decoder.push(piece, |data| events.push(data.to_owned())).is_err();
    }
    (events, failed)
}

fn check_bytes(input: &[u8], expected: &[&str]) {
    assert_eq!(decode([input]), (expected.iter().map(|&data| data.to_owned()).collect(), false), "{input:?}");
    for at in 0..=input.len() {
        assert_eq!(decode([&input[..at], &input[at..]]), decode([input]), "{input:?} cut at {at}");
    }
    for size in [1, 2, 3, 7] {
        assert_eq!(decode(input.chunks(size)), decode([input]), "{input:?} in pieces of {size}");
    }
}

fn check(input: &str, expected: &[&str]) {
    check_bytes(input.as_bytes(), expected);
}

#[test]
fn conformance() {
    check("", &[]);
    check("data: a\n\n", &["a"]);
    check("data:a\n\n", &["a"]);
    check("data:  a\n\n", &[" a"]);
    check("data: a \n\n", &["a "]);
    check("data: a\r\n\r\n", &["a"]);
    check("data: a\r\rdata: b\r\r", &["a", "b"]);
    check("data: a\r\n\rdata: b\n\r", &["a", "b"]);
    check("data: a\n\r\ndata: b\r\r\n", &["a", "b"]);
    check("data: a\ndata: b\n\n", &["a\nb"]);
    check("data: a\ndata\ndata: b\n\n", &["a\n\nb"]);
    check("data: a\n:comment\ndata: b\n\n", &["a\nb"]);
    check("data\n\n", &[""]);
    check("data:\n\n", &[""]);
    check("data\ndata\n\n", &["\n"]);
    check(": ping\n\n: OPENROUTER PROCESSING\n\ndata: a\n\n", &["a"]);
    check(":\n\n:\n\n", &[]);
    check("event: message\nid: 7\nretry: 3000\ndata: a\n\n", &["a"]);
    check("event: ping\n\n", &[]);
    check("data: a", &[]);
    check("data: a\n", &[]);
    check("data: a\n\ndata: b\n", &["a"]);
    check("\n\n\r\n\r\rdata: a\n\n\n\n", &["a"]);
    check(" data: a\n\n", &[]);
    check("Data: a\n\n", &[]);
    check("data : a\n\n", &[]);
    check("database: a\n\n", &[]);
    check("{\"error\":\"no event stream\"}\n\n", &[]);
    check("data: {\"a\": \"b: c\"}\n\n", &["{\"a\": \"b: c\"}"]);
    check("data: [DONE]\n\n", &["[DONE]"]);
}

#[test]
fn a_byte_order_mark_is_skipped_once() {
    check("\u{feff}data: a\n\n", &["a"]);
    check("\u{feff}\u{feff}data: a\n\n", &[]);
    check("data: a\n\n\u{feff}data: b\n\n", &["a"]);
    check("data: \u{feff}a\n\n", &["\u{feff}a"]);
    check("\u{feff}\ndata: a\n\n", &["a"]);
}

#[test]
fn text_survives_and_bad_bytes_become_one_mark_each() {
    check("data: é漢😀👩‍👩‍👧\n\n", &["é漢😀👩‍👩‍👧"]);
    check("data: a\0b\u{2028}c\u{85}d\n\n", &["a\0b\u{2028}c\u{85}d"]);
    check_bytes(b"data: a\xffb\n\n", &["a\u{fffd}b"]);
    check_bytes(b"data: a\xf0\x9f\x98b\n\n", &["a\u{fffd}b"]);
    check_bytes(b"data: a\xf0\x9f\x98\n\n", &["a\u{fffd}"]);
    check_bytes(b"data: \xc0\x80\n\n", &["\u{fffd}\u{fffd}"]);
    check_bytes(b"data: \xed\xa0\xbd\n\n", &["\u{fffd}\u{fffd}\u{fffd}"]);
    check_bytes(b"\xff\xfedata: a\n\n", &[]);
}

#[test]
fn lines_and_events_are_capped() {
    let longest = format!("data:{}", "x".repeat(MAX_LINE - 5));
    assert_eq!(decode([longest.as_bytes(), b"\n\n"]).0[0].len(), MAX_LINE - 5);
    assert_eq!(decode([longest.as_bytes(), b"x\n\n", b"data: a\n\n"]), (vec![], true));
    assert_eq!(decode([format!("data: a\n\n{longest}x\n\n").as_bytes()]), (vec!["a".into()], true));
    let endless = vec![b'x'; 64 * 1024];
    assert!(decode((0..17).map(|_| endless.as_slice())).1);
    assert!(decode((0..3).map(|_| longest.as_bytes()).flat_map(|line| [line, b"\n".as_slice()])).1);
}

#[test]
fn it_stays_failed() {
    let mut decoder = SseDecoder::new();
    assert!(decoder.push(&vec![b'x'; MAX_LINE + 1], |_| {}).is_err());
    assert!(decoder.push(b"\n\ndata: a\n\n", |_| panic!("an event after a failure")).is_err());
}

#[test]
fn the_wide_search_agrees_with_the_narrow_one() {
    for length in 0..40 {
        for at in 0..length {
            for (end, near) in [(b'\n', 0x0b), (b'\r', 0x0c), (b'\n', 0x8a), (b'\r', 0x8d), (b'\n', 0x09)] {
                let mut bytes = vec![near; length];
                assert_eq!(line_end(&bytes), None);
                bytes[at] = end;
                bytes[length - 1] = end;
                assert_eq!(line_end(&bytes), Some(at), "{bytes:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn how_a_stream_is_cut_makes_no_difference(
        lines in prop::collection::vec(("(data: ?|data|:|event:|\u{feff}|)", "\\PC{0,12}", "(\n|\r|\r\n|\n\n|\r\n\r\n)"), 0..20),
        noise in prop::collection::vec(any::<u8>(), 0..20),
        mut cuts in prop::collection::vec(0usize..400, 0..12),
    ) {
        let mut bytes = noise;
        for (field, value, end) in lines {
            bytes.extend(format!("{field}{value}{end}").bytes());
        }
        cuts.iter_mut().for_each(|cut| *cut = (*cut).min(bytes.len()));
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let whole = decode([bytes.as_slice()]);
        prop_assert_eq!(decode(cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]])), whole);
    }
}
