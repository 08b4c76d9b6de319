//! What the bytes of a shown string mean: by the font's own table to Unicode, else by the encoding that most files use.

use std::collections::HashMap;

use super::{
    file::File,
    object::{Tokens, Value},
};

/// Characters of one table.
const MAX_CODES: usize = 70_000;
/// UTF-16 units of what one code means: a ligature has a few.
const MAX_UNITS: usize = 16;

#[derive(Debug, Clone, Default)]
pub struct Font {
    /// Unicode by code, where the font says.
    table: Option<HashMap<u32, String>>,
    /// Codes are two bytes long.
    is_wide: bool,
    /// Nobody knows what its codes mean.
    is_silent: bool,
}

/// Windows-1252 where it is not Latin 1.
const HIGH: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘', '’', '“', '”', '•', '–',
    '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

impl Font {
    pub fn read(file: &mut File<'_>, id: u32) -> Self {
        let font = file.object(id);
        let is_wide = font.get("Subtype").name() == Some("Type0");
        let table = match font.get("ToUnicode") {
            Value::Ref(id) => file.stream(*id),
            _ => None,
        };
        match table {
            Some(table) => {
                let font = Self::of_table(&table, is_wide, MAX_CODES.min(file.codes));
                file.codes = file.codes.saturating_sub(font.table.as_ref().map_or(0, HashMap::len));
                font
            }
            None => Self { table: None, is_wide, is_silent: is_wide },
        }
    }

    fn of_table(table: &[u8], is_wide: bool, most: usize) -> Self {
        let mut codes = HashMap::new();
        let mut tokens = Tokens::new(table);
        let mut operands: Vec<Value> = Vec::new();
        while let Some(value) = tokens.next_value() {
            match value {
                Value::Operator(word) => {
                    match word.as_str() {
                        "endbfchar" => {
                            for pair in operands.chunks(2) {
                                if let [Value::Text(code), Value::Text(text)] = pair
                                    && codes.len() < most
                                {
                                    codes.insert(number(code), utf16(text));
                                }
                            }
                        }
                        "endbfrange" => operands.chunks(3).for_each(|range| add_range(range, most, &mut codes)),
                        _ => {}
                    }
                    operands.clear();
                }
                value if operands.len() < 3 * MAX_CODES => operands.push(value),
                _ => {}
            }
        }
        Self { is_silent: codes.is_empty() && is_wide, table: Some(codes).filter(|codes| !codes.is_empty()), is_wide }
    }

    /// Appends what `bytes` say, until there is more than `limit`.
    pub fn decode(&self, bytes: &[u8], limit: usize, out: &mut String) {
        if self.is_silent {
            return;
        }
        let Some(table) = &self.table else {
            let most = limit.saturating_sub(out.len()).saturating_add(1);
            out.extend(bytes.iter().map(|byte| usual(*byte)).filter(|c| !c.is_control()).take(most));
            return;
        };
        for code in bytes.chunks(if self.is_wide { 2 } else { 1 }) {
            if out.len() > limit {
                return;
            }
            match (table.get(&number(code)), code) {
                (Some(text), _) => out.extend(text.chars().filter(|c| !c.is_control())),
                (None, [byte]) if !self.is_wide => out.extend(Some(usual(*byte)).filter(|c| !c.is_control())),
                (None, _) => {}
            }
        }
    }
}

/// `<01> <05> <0041>`, or with a list of texts.
fn add_range(range: &[Value], most: usize, codes: &mut HashMap<u32, String>) {
    let [Value::Text(from), Value::Text(to), texts] = range else { return };
    let (from, to) = (number(from), number(to));
    let count = to.saturating_sub(from).saturating_add(1).min(0x1_0000);
    for (step, code) in (0..count).zip(from..) {
        if codes.len() >= most {
            return;
        }
        let text = match texts {
            Value::Text(first) => {
                let mut bytes = first.get(..2 * MAX_UNITS).unwrap_or(first).to_vec();
                let last = u32::from_be_bytes([0, 0, nth_last(&bytes, 1), nth_last(&bytes, 0)])
                    .wrapping_add(step)
                    .to_be_bytes();
                let keep = bytes.len().saturating_sub(2);
                let width = bytes.len().min(2);
                bytes.truncate(keep);
                bytes.extend(last.into_iter().skip(4 - width));
                utf16(&bytes)
            }
            list => match list.items().get(step as usize) {
                Some(Value::Text(text)) => utf16(text),
                _ => return,
            },
        };
        codes.insert(code, text);
    }
}

fn nth_last(bytes: &[u8], back: usize) -> u8 {
    bytes.iter().rev().nth(back).copied().unwrap_or(0)
}

fn number(code: &[u8]) -> u32 {
    code.iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn utf16(bytes: &[u8]) -> String {
    if let [byte] = bytes {
        return char::from(*byte).to_string();
    }
    let units = bytes.chunks(2).take(MAX_UNITS).map(|pair| u16::from_be_bytes([nth_last(pair, 1), nth_last(pair, 0)]));
    char::decode_utf16(units).filter_map(Result::ok).collect()
}

fn usual(byte: u8) -> char {
    match byte {
        0x80..=0x9F => HIGH.get(usize::from(byte) - 0x80).copied().unwrap_or(' '),
        byte => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_means_a_few_letters_and_no_book() {
        let book = "0041".repeat(1_000);
        let table = format!("<0000> <{book}> endbfchar <0001> <FFFF> <{book}> endbfrange");
        let font = Font::of_table(table.as_bytes(), true, 1_000);
        let codes = font.table.as_ref().unwrap();
        assert_eq!(codes.len(), 1_000);
        assert!(codes.values().all(|text| text.len() <= 3 * MAX_UNITS));

        let mut out = String::new();
        font.decode(&[0; 20_000], 100, &mut out);
        assert!((100..200).contains(&out.len()));
        let mut out = String::new();
        Font::default().decode(&[b'a'; 20_000], 100, &mut out);
        assert_eq!(out.len(), 101);
    }
}
