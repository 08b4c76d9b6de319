//! The words of a PDF: numbers, names, strings, lists, dictionaries, references and operators.

use std::cell::Cell;

/// Bytes of one file that may be stepped over, those that are stepped over again counted again: its objects may stand in
/// one another, or be asked for without end.
pub const MAX_STEPS: usize = 64 * 1024 * 1024;
/// Lists inside one another; what is deeper is left out.
const MAX_DEPTH: usize = 24;
/// Members of one list or dictionary.
const MAX_MEMBERS: usize = 20_000;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Number(f64),
    Name(String),
    Text(Vec<u8>),
    List(Vec<Value>),
    Dictionary(Vec<(String, Value)>),
    Ref(u32),
    Operator(String),
}

impl Value {
    pub fn get(&self, key: &str) -> &Self {
        let found = self.entries().iter().find(|(name, _)| name == key);
        found.map_or(&Self::Null, |(_, value)| value)
    }

    pub fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Dictionary(entries) => entries,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    pub const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A number that counts something.
    pub fn count(&self) -> Option<usize> {
        self.number().filter(|number| (0.0..1e9).contains(number)).map(|number| number as usize)
    }

    pub fn is_type(&self, kind: &str) -> bool {
        self.get("Type").name() == Some(kind)
    }
}

/// Reads one value after another.
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    bytes: &'a [u8],
    pub at: usize,
    /// Bytes that were stepped over and are stepped over once more.
    again: usize,
    /// Of the whole file, where it is its bytes that are read.
    stepped: Option<&'a Cell<usize>>,
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

const fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

impl<'a> Tokens<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, again: 0, stepped: None }
    }

    /// Counts its steps, and gives nothing more when there were [`MAX_STEPS`].
    pub const fn from(bytes: &'a [u8], at: usize, stepped: &'a Cell<usize>) -> Self {
        Self { bytes, at, again: 0, stepped: Some(stepped) }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn starts_with(&self, word: &[u8]) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word))
    }

    pub fn skip_past(&mut self, word: &[u8]) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = rest.windows(word.len()).position(|window| window == word);
        self.at = found.map_or(self.bytes.len(), |at| self.at + at + word.len());
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn word(&mut self) -> &'a [u8] {
        let from = self.at;
        while self.peek().is_some_and(is_regular) {
            self.at += 1;
        }
        self.bytes.get(from..self.at).unwrap_or_default()
    }

    /// The next value; `None` at the end.
    pub fn next_value(&mut self) -> Option<Value> {
        let Some(stepped) = self.stepped else { return self.value(0) };
        if stepped.get() >= MAX_STEPS {
            return None;
        }
        let (from, again) = (self.at, self.again);
        let value = self.value(0);
        let steps = self.at.saturating_sub(from) + self.again.saturating_sub(again);
        stepped.set(stepped.get().saturating_add(steps));
        value
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_space();
        let first = self.peek()?;
        if self.starts_with(b"<<") {
            self.at += 2;
            return Some(self.dictionary(depth));
        }
        match first {
            b'/' => {
                self.at += 1;
                Some(Value::Name(name(self.word())))
            }
            b'(' => Some(Value::Text(self.literal())),
            b'<' => Some(Value::Text(self.hex_text())),
            b'[' => {
                self.at += 1;
                Some(self.list(depth))
            }
            byte if is_regular(byte) => Some(self.number_or_word()),
            // A bracket that closes nothing.
            _ => {
                self.at += 1;
                Some(Value::Operator(char::from(first).to_string()))
            }
        }
    }

    fn list(&mut self, depth: usize) -> Value {
        let mut items = Vec::new();
        if depth < MAX_DEPTH {
            while items.len() < MAX_MEMBERS {
                match self.value(depth + 1) {
                    None => break,
                    Some(Value::Operator(word)) if word == "]" => break,
                    Some(Value::Operator(word)) if word == "endobj" || word == "ET" => break,
                    Some(value) => items.push(value),
                }
            }
        }
        Value::List(items)
    }

    fn dictionary(&mut self, depth: usize) -> Value {
        let mut entries = Vec::new();
        while depth < MAX_DEPTH && entries.len() < MAX_MEMBERS {
            self.skip_space();
            if self.starts_with(b">>") {
                self.at += 2;
                break;
            }
            let Some(Value::Name(key)) = self.value(depth + 1) else { break };
            self.skip_space();
            if self.starts_with(b">>") {
                continue;
            }
            let Some(value) = self.value(depth + 1) else { break };
            entries.push((key, value));
        }
        Value::Dictionary(entries)
    }

    fn number_or_word(&mut self) -> Value {
        let word = self.word();
        let text = String::from_utf8_lossy(word);
        if !word.first().is_some_and(|first| first.is_ascii_digit() || b"+-.".contains(first)) {
            return if text == "null" { Value::Null } else { Value::Operator(text.into_owned()) };
        }
        if let Ok(id) = text.parse::<u32>() {
            // `12 0 R` is a reference.
            let back = self.at;
            self.skip_space();
            let generation = self.word();
            if !generation.is_empty() && generation.len() <= 5 && generation.iter().all(u8::is_ascii_digit) {
                self.skip_space();
                if self.word() == b"R" {
                    return Value::Ref(id);
                }
            }
            self.again += self.at.saturating_sub(back);
            self.at = back;
        }
        Value::Number(text.parse().unwrap_or(0.0))
    }

    fn literal(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => {
                    open += 1;
                    if open == 1 {
                        continue;
                    }
                }
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                b'\\' => {
                    self.escaped(&mut out);
                    continue;
                }
                _ => {}
            }
            out.push(byte);
        }
        out
    }

    fn escaped(&mut self, out: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' | b'f' => out.push(b' '),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    match self.peek() {
                        Some(digit @ b'0'..=b'7') => {
                            code = code * 8 + u32::from(digit - b'0');
                            self.at += 1;
                        }
                        _ => break,
                    }
                }
                out.push((code & 0xFF) as u8);
            }
            other => out.push(other),
        }
    }

    fn hex_text(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut digits = Vec::new();
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == b'>' {
                break;
            }
            digits.extend(hex(byte));
        }
        digits.chunks(2).map(|pair| pair.first().unwrap_or(&0) << 4 | pair.get(1).unwrap_or(&0)).collect()
    }
}

/// A name, with `#41` for what cannot stand in one.
fn name(word: &[u8]) -> String {
    let mut out = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'#', [high, low, behind @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                out.push(hex(*high).unwrap_or(0) << 4 | hex(*low).unwrap_or(0));
                rest = behind;
            }
            _ => out.push(*byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
