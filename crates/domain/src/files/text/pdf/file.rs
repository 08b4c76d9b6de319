//! The objects of a PDF, found by looking for them: a table of contents that is damaged, or a lie, changes nothing.

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
};

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::object::{MAX_STEPS, Tokens, Value};

const MAX_OBJECTS: usize = 100_000;
/// Of one stream, unpacked.
const MAX_STREAM_BYTES: usize = 8 * 1024 * 1024;
/// Of all streams together, unpacked: a bomb of many small ones ends here.
const MAX_UNPACKED_BYTES: usize = 48 * 1024 * 1024;
/// Of all tables of fonts together.
const MAX_CODES: usize = 200_000;
/// From the end of a stream to the word that says so, with the word.
const MAX_GAP: usize = 64;
/// Nodes of the tree of pages.
const MAX_NODES: usize = 20_000;
/// How far up a page inherits.
const MAX_PARENTS: usize = 32;

/// Where an object's text begins.
#[derive(Debug, Clone, Copy)]
enum Place {
    File(usize),
    /// In an unpacked stream of objects, by its place in the list of these.
    Inside(usize, usize),
}

#[derive(Debug)]
pub struct File<'a> {
    bytes: &'a [u8],
    places: HashMap<u32, Place>,
    unpacked: Vec<Vec<u8>>,
    /// Bytes that may still be unpacked.
    left: usize,
    /// Bytes that were stepped over.
    stepped: Cell<usize>,
    /// Codes of fonts that may still be told the meaning of.
    pub codes: usize,
    root: Value,
    is_protected: bool,
}

impl<'a> File<'a> {
    /// `None` when there is no object in it.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        let mut file = Self {
            bytes,
            places: HashMap::new(),
            unpacked: Vec::new(),
            left: MAX_UNPACKED_BYTES,
            stepped: Cell::new(0),
            codes: MAX_CODES,
            root: Value::Null,
            is_protected: false,
        };
        file.find_objects();
        if file.places.is_empty() {
            return None;
        }
        file.open_streams();
        Some(file)
    }

    pub const fn is_protected(&self) -> bool {
        self.is_protected
    }

    /// Whether there was more to read or to unpack than may be.
    pub const fn is_spent(&self) -> bool {
        self.left == 0 || self.stepped.get() >= MAX_STEPS
    }

    /// `12 0 obj` and `trailer`, wherever they stand; of two with the same number the later one counts.
    fn find_objects(&mut self) {
        let mut at = 0;
        while let Some(rest) = self.bytes.get(at..) {
            let Some(next) = rest.iter().position(|byte| matches!(byte, b'o' | b't')) else { return };
            let here = at + next;
            at = here + 1;
            let Some(word) = self.bytes.get(here..) else { return };
            if word.starts_with(b"trailer") {
                let trailer = Tokens::from(self.bytes, here + 7, &self.stepped).next_value().unwrap_or(Value::Null);
                self.trailer(&trailer);
            } else if word.starts_with(b"obj")
                && let Some(id) = self.number_before(here)
                && self.places.len() < MAX_OBJECTS
            {
                self.places.insert(id, Place::File(here + 3));
            }
        }
    }

    fn trailer(&mut self, trailer: &Value) {
        self.is_protected |= *trailer.get("Encrypt") != Value::Null;
        if let root @ Value::Ref(_) = trailer.get("Root") {
            self.root = root.clone();
        }
    }

    /// The `12` of `12 0 obj`.
    fn number_before(&self, at: usize) -> Option<u32> {
        let before = self.bytes.get(at.saturating_sub(24)..at)?;
        let text = String::from_utf8_lossy(before);
        let mut words = text.split_ascii_whitespace().rev();
        words.next()?.parse::<u32>().ok()?;
        let digits = words.next()?;
        let from = digits.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
        digits.get(from..)?.parse().ok()
    }

    /// Objects may rest in streams of objects, and what the trailer says in one of its own.
    fn open_streams(&mut self) {
        let mut ids: Vec<_> = self.places.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            let dictionary = self.object(id);
            if dictionary.is_type("XRef") {
                self.trailer(&dictionary);
            }
            if !dictionary.is_type("ObjStm") {
                continue;
            }
            let (Some(count), Some(first)) = (dictionary.get("N").count(), dictionary.get("First").count()) else {
                continue;
            };
            let Some(stream) = self.stream(id) else { continue };
            let mut tokens = Tokens::new(&stream);
            let mut found = Vec::new();
            for _ in 0..count.min(MAX_OBJECTS) {
                let (Some(Value::Number(id)), Some(Value::Number(offset))) = (tokens.next_value(), tokens.next_value())
                else {
                    break;
                };
                found.push((id as u32, first.saturating_add(offset as usize)));
            }
            let inside = self.unpacked.len();
            for (id, at) in found {
                if self.places.len() < MAX_OBJECTS {
                    self.places.insert(id, Place::Inside(inside, at));
                }
            }
            self.unpacked.push(stream);
        }
    }

    fn place(&self, id: u32) -> Option<(&[u8], usize)> {
        match *self.places.get(&id)? {
            Place::File(at) => Some((self.bytes, at)),
            Place::Inside(stream, at) => Some((self.unpacked.get(stream)?, at)),
        }
    }

    pub fn object(&self, id: u32) -> Value {
        let Some((bytes, at)) = self.place(id) else { return Value::Null };
        Tokens::from(bytes, at, &self.stepped).next_value().unwrap_or(Value::Null)
    }

    /// What a value means, where it is a reference.
    pub fn resolved(&self, value: &Value) -> Value {
        match value {
            Value::Ref(id) => self.object(*id),
            value => value.clone(),
        }
    }

    /// A stream's bytes, unpacked; `None` when it is none, or is packed in a way that is not known.
    pub fn stream(&mut self, id: u32) -> Option<Vec<u8>> {
        let Place::File(at) = *self.places.get(&id)? else { return None };
        let mut tokens = Tokens::from(self.bytes, at, &self.stepped);
        let dictionary = tokens.next_value()?;
        if tokens.next_value()? != Value::Operator("stream".into()) {
            return None;
        }
        let mut from = tokens.at;
        from += match self.bytes.get(from..)? {
            [b'\r', b'\n', ..] => 2,
            [b'\n' | b'\r', ..] => 1,
            _ => 0,
        };
        let rest = self.bytes.get(from..)?;
        let told = self.resolved(dictionary.get("Length")).count();
        let is_end = |length: &usize| {
            let after = rest.get(*length..).unwrap_or_default();
            after.get(..MAX_GAP).unwrap_or(after).trim_ascii_start().starts_with(b"endstream")
        };
        let length = told.filter(is_end).or_else(|| rest.windows(9).position(|window| window == b"endstream"));
        let packed = rest.get(..length.unwrap_or(rest.len()))?;
        self.stepped.set(self.stepped.get().saturating_add(packed.len()));
        let filters = match self.resolved(dictionary.get("Filter")) {
            Value::List(filters) => filters,
            Value::Null => Vec::new(),
            one => vec![one],
        };
        self.unpack(packed, &filters)
    }

    fn unpack(&mut self, packed: &[u8], filters: &[Value]) -> Option<Vec<u8>> {
        let most = MAX_STREAM_BYTES.min(self.left);
        let mut bytes = packed.get(..most).unwrap_or(packed).to_vec();
        for filter in filters.iter().take(4) {
            bytes = match filter.name()? {
                "FlateDecode" | "Fl" => match decompress_to_vec_zlib_with_limit(&bytes, most) {
                    Ok(bytes) => bytes,
                    // What a damaged or too long stream begins with is better than nothing.
                    Err(error) => error.output,
                },
                "ASCII85Decode" | "A85" => ascii85(&bytes, most),
                "ASCIIHexDecode" | "AHx" => {
                    let text = [b"<", bytes.as_slice()].concat();
                    match Tokens::new(&text).next_value()? {
                        Value::Text(bytes) => bytes,
                        _ => return None,
                    }
                }
                _ => return None,
            };
        }
        self.left = self.left.saturating_sub(bytes.len());
        Some(bytes)
    }

    /// The pages in their order; without a tree that leads to them, in that of their numbers.
    pub fn pages(&self, most: usize) -> Vec<Value> {
        let mut pages = Vec::new();
        let mut seen = HashSet::new();
        let mut next = vec![self.resolved(&self.root).get("Pages").clone()];
        while let Some(node) = next.pop() {
            if pages.len() >= most || seen.len() > MAX_NODES {
                break;
            }
            if let Value::Ref(id) = node
                && !seen.insert(id)
            {
                continue;
            }
            let node = self.resolved(&node);
            match self.resolved(node.get("Kids")) {
                Value::List(kids) => next.extend(kids.into_iter().rev().filter(|kid| matches!(kid, Value::Ref(_)))),
                _ if node.is_type("Page") => pages.push(node),
                _ => {}
            }
        }
        if pages.is_empty() {
            let mut ids: Vec<_> = self.places.keys().copied().collect();
            ids.sort_unstable();
            pages.extend(ids.into_iter().map(|id| self.object(id)).filter(|node| node.is_type("Page")).take(most));
        }
        pages
    }

    /// What a page or one of those above it says.
    pub fn inherited(&self, page: &Value, key: &str) -> Value {
        let mut node = page.clone();
        for _ in 0..MAX_PARENTS {
            match node.get(key) {
                Value::Null => node = self.resolved(node.get("Parent")),
                found => return self.resolved(found),
            }
        }
        Value::Null
    }

    /// The operators of a page.
    pub fn contents(&mut self, page: &Value) -> Vec<u8> {
        let streams = match page.get("Contents") {
            Value::Ref(id) => match self.object(*id) {
                Value::List(streams) => streams,
                _ => vec![Value::Ref(*id)],
            },
            Value::List(streams) => streams.clone(),
            _ => Vec::new(),
        };
        let mut out = Vec::new();
        for stream in streams.iter().take(1_000) {
            if let Value::Ref(id) = stream
                && out.len() < MAX_STREAM_BYTES
            {
                out.extend(self.stream(*id).unwrap_or_default());
                out.push(b'\n');
            }
        }
        out
    }
}

/// Gives `most` bytes of it, or a group more.
fn ascii85(text: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut group: Vec<u8> = Vec::with_capacity(5);
    for byte in text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()) {
        if out.len() >= most {
            return out;
        }
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            _ => {}
        }
        if group.len() == 5 {
            out.extend(group_bytes(&group));
            group.clear();
        }
    }
    if group.len() > 1 {
        let whole = group.len() - 1;
        group.resize(5, 84);
        out.extend(group_bytes(&group).into_iter().take(whole));
    }
    out
}

fn group_bytes(group: &[u8]) -> [u8; 4] {
    group.iter().fold(0_u32, |sum, digit| sum.wrapping_mul(85).wrapping_add(u32::from(*digit))).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii85_is_that_of_the_standard() {
        assert_eq!(ascii85(b"87cURD]i,\"Ebo80~>", 100), b"Hello World!");
        assert_eq!(ascii85(b"z 87cUR D]~>", 100), b"\0\0\0\0Hello");
        assert_eq!(ascii85(b"\xFF~", 100), b"");
        assert_eq!(ascii85(&[b'z'; 1_000], 100), [0; 100]);
    }

    #[test]
    fn no_file_is_stepped_through_for_each_of_its_objects() {
        let numbered = |behind: &str| (0..30_000).map(|n| format!("{n} 0 obj{behind}")).collect::<String>();
        let stream = "1 0 obj << /Type /Page /Contents [".to_owned()
            + &"2 0 R ".repeat(1_000)
            + "] >> 2 0 obj << /Filter /FlateDecode >> stream\n"
            + &" ".repeat(1_000_000);
        for bytes in [numbered("("), numbered(" 5%"), "trailer(".repeat(30_000) + "1 0 obj"] {
            let file = File::open(bytes.as_bytes()).unwrap();
            assert!(file.is_spent() && file.stepped.get() <= MAX_STEPS + 2 * bytes.len(), "{:?}", file.stepped);
        }
        let mut file = File::open(stream.as_bytes()).unwrap();
        for page in file.pages(10) {
            file.contents(&page);
        }
        assert!(file.stepped.get() <= MAX_STEPS + 2 * stream.len(), "{:?}", file.stepped);
    }
}
