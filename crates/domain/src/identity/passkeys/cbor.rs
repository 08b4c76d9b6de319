//! The little of CBOR that authenticators write: definite lengths, no tags, no fractions, nothing deep.

/// Deeper than any authenticator nests.
const MAX_DEPTH: u32 = 8;
/// More than any map of theirs has.
const MAX_ITEMS: u64 = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// Both kinds of whole numbers.
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Item<'a>>),
    Map(Vec<(Item<'a>, Item<'a>)>),
    Bool(bool),
    Null,
}

impl<'a> Item<'a> {
    pub fn bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub fn int(&self) -> Option<i64> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }

    /// What a map has under a key.
    pub fn get(&self, key: &Item<'_>) -> Option<&Item<'a>> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// The first item of `bytes`, and what stands behind it.
pub fn read(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    read_at(bytes, 0)
}

/// The only item of `bytes`.
pub fn read_only(bytes: &[u8]) -> Option<Item<'_>> {
    read(bytes).filter(|(_, rest)| rest.is_empty()).map(|(item, _)| item)
}

fn read_at(bytes: &[u8], depth: u32) -> Option<(Item<'_>, &[u8])> {
    if depth >= MAX_DEPTH {
        return None;
    }
    let (first, rest) = bytes.split_first()?;
    let (kind, low) = (first >> 5, first & 31);
    if kind == 7 {
        let item = match low {
            20 => Item::Bool(false),
            21 => Item::Bool(true),
            22 => Item::Null,
            _ => return None,
        };
        return Some((item, rest));
    }
    let (value, rest) = argument(low, rest)?;
    match kind {
        0 => Some((Item::Int(i64::try_from(value).ok()?), rest)),
        1 => Some((Item::Int(-1 - i64::try_from(value).ok()?), rest)),
        2 => {
            let (content, rest) = rest.split_at_checked(usize::try_from(value).ok()?)?;
            Some((Item::Bytes(content), rest))
        }
        3 => {
            let (content, rest) = rest.split_at_checked(usize::try_from(value).ok()?)?;
            Some((Item::Text(str::from_utf8(content).ok()?), rest))
        }
        4 if value <= MAX_ITEMS => array(value, rest, depth),
        5 if value <= MAX_ITEMS => map(value, rest, depth),
        _ => None,
    }
}

/// The number in a head: in its five low bits, or in the 1, 2, 4 or 8 bytes behind.
fn argument(low: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let length = match low {
        0..=23 => return Some((low.into(), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (bytes, rest) = rest.split_at_checked(length)?;
    Some((bytes.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)), rest))
}

fn array(length: u64, mut rest: &[u8], depth: u32) -> Option<(Item<'_>, &[u8])> {
    // The length is only a claim: room is made as items come.
    let mut items = Vec::new();
    for _ in 0..length {
        let (item, behind) = read_at(rest, depth + 1)?;
        items.push(item);
        rest = behind;
    }
    Some((Item::Array(items), rest))
}

fn map(length: u64, mut rest: &[u8], depth: u32) -> Option<(Item<'_>, &[u8])> {
    let mut entries: Vec<(Item<'_>, Item<'_>)> = Vec::new();
    for _ in 0..length {
        let (key, behind) = read_at(rest, depth + 1)?;
        let (value, behind) = read_at(behind, depth + 1)?;
        // A key that comes twice means two things. Keys are plain, so that comparing them is cheap.
        if !matches!(key, Item::Int(_) | Item::Text(_)) || entries.iter().any(|(known, _)| *known == key) {
            return None;
        }
        entries.push((key, value));
        rest = behind;
    }
    Some((Item::Map(entries), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 8949, appendix A, as far as we read it.
    #[test]
    fn reads_the_examples_of_the_rfc() {
        for (bytes, item) in [
            (&[0x00][..], Item::Int(0)),
            (&[0x18, 0x64], Item::Int(100)),
            (&[0x1a, 0x00, 0x0f, 0x42, 0x40], Item::Int(1_000_000)),
            (&[0x20], Item::Int(-1)),
            (&[0x39, 0x03, 0xe7], Item::Int(-1_000)),
            (&[0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Item::Int(i64::MIN)),
            (&[0x44, 1, 2, 3, 4], Item::Bytes(&[1, 2, 3, 4])),
            (&[0x62, 0xc3, 0xbc], Item::Text("ü")),
            (&[0xf5], Item::Bool(true)),
            (&[0xf6], Item::Null),
            (&[0x82, 0x01, 0x80], Item::Array(vec![Item::Int(1), Item::Array(vec![])])),
            (&[0xa1, 0x61, 0x61, 0x01], Item::Map(vec![(Item::Text("a"), Item::Int(1))])),
        ] {
            assert_eq!(read_only(bytes), Some(item));
        }
        assert_eq!(read(&[1, 2]), Some((Item::Int(1), &[2][..])));
    }

    #[test]
    fn refuses_the_rest() {
        for bytes in [
            &[][..],
            &[0x1c],                   // reserved
            &[0x18],                   // cut
            &[0x5f, 0x41, 0x01, 0xff], // no length
            &[0x9f, 0xff],
            &[0xc0, 0x00],       // a tag
            &[0xf9, 0x3c, 0x00], // a fraction
            &[0xf7],             // undefined
            &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0xbb, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
            &[0x9a, 0, 0, 0, 65],
            &[0x61, 0xff],             // not UTF-8
            &[0xa2, 1, 2, 1, 3],       // twice the same key
            &[0xa2, 1, 2, 0x18, 1, 3], // the same, written in another way
            &[0xa1, 0x80, 1],          // a key that is a list
            &[0x81; 9],                // too deep
            &[0x81; 100_000],
            &[0xa1; 100_000],
            &[1, 2], // something behind
        ] {
            assert_eq!(read_only(bytes), None);
        }
        let mut deep = vec![0x81; 7];
        deep.push(0x00);
        assert!(read_only(&deep).is_some());
    }

    proptest! {
        #[test]
        fn anything_may_be_read(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }
}
