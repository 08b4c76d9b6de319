//! Marks: which event numbers an answer's text was said under, in about two bytes for each event.
//!
//! A folded answer keeps its marks, so that a reader who resumes in the middle of it gets exactly the events
//! that it lacks, with the numbers that everybody else saw.

/// What one mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// `turn.started` of a turn that had waited.
    Started,
    /// `message.delta` of so many bytes.
    Said(usize),
    /// `turn.ended`.
    Ended,
    /// `message.reasoning` of so many bytes.
    Thought(usize),
    /// `turn.rerouted`; the row's meta tells where to.
    Rerouted,
    /// Something of a tool; the row's meta tells what.
    Noted,
}

/// A list of (number, mark), stored as varints: the distance to the number before, then `size << 2 | kind`; the
/// fourth kind has two bits more to say which.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    bytes: Vec<u8>,
    last: u64,
}

impl Marks {
    /// An empty list; numbers are counted from `origin`, the number of the row that holds it.
    pub const fn new(origin: u64) -> Self {
        Self { bytes: Vec::new(), last: origin }
    }

    /// The list as it was stored in the row `origin`. Stops at the first thing that it cannot read.
    pub fn stored(origin: u64, bytes: Vec<u8>) -> Self {
        let mut marks = Self { bytes, last: origin };
        marks.last = marks.iter(origin).last().map_or(origin, |(seq, _)| seq);
        marks
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The newest number in the list; the origin when it is empty.
    pub const fn last(&self) -> u64 {
        self.last
    }

    pub fn push(&mut self, seq: u64, mark: Mark) {
        let value = match mark {
            Mark::Said(bytes) => (bytes as u64) << 2,
            Mark::Started => 1,
            Mark::Ended => 2,
            Mark::Thought(bytes) => (bytes as u64) << 4 | 3,
            Mark::Rerouted => 0b0111,
            Mark::Noted => 0b1011,
        };
        write_varint(&mut self.bytes, seq.saturating_sub(self.last));
        write_varint(&mut self.bytes, value);
        self.last = seq;
    }

    /// Appends the marks of a later list.
    pub fn extend(&mut self, origin: u64, later: &Self) {
        for (seq, mark) in later.iter(origin) {
            self.push(seq, mark);
        }
    }

    pub fn iter(&self, origin: u64) -> impl Iterator<Item = (u64, Mark)> + '_ {
        let mut rest = self.bytes.as_slice();
        let mut seq = origin;
        std::iter::from_fn(move || {
            let distance = read_varint(&mut rest)?;
            let value = read_varint(&mut rest)?;
            seq = seq.checked_add(distance)?;
            let mark = match value & 3 {
                0 => Mark::Said(usize::try_from(value >> 2).ok()?),
                1 => Mark::Started,
                2 => Mark::Ended,
                _ => match value >> 2 & 3 {
                    0 => Mark::Thought(usize::try_from(value >> 4).ok()?),
                    1 => Mark::Rerouted,
                    2 => Mark::Noted,
                    _ => return None,
                },
            };
            Some((seq, mark))
        })
    }
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read_varint(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stored_marks_unchanged() {
        let mut marks = Marks::new(10);
        marks.push(12, Mark::Started);
        marks.push(13, Mark::Said(5));
        marks.push(14, Mark::Said(300));
        marks.push(15, Mark::Ended);
        assert_eq!(marks.bytes(), [2, 1, 1, 20, 1, 0xb0, 0x09, 1, 2]);
        let mut marks = Marks::new(10);
        marks.push(11, Mark::Thought(9));
        marks.push(12, Mark::Rerouted);
        marks.push(13, Mark::Noted);
        assert_eq!(marks.bytes(), [1, 0x93, 0x01, 1, 7, 1, 11]);
        assert_eq!(
            marks.iter(10).collect::<Vec<_>>(),
            [(11, Mark::Thought(9)), (12, Mark::Rerouted), (13, Mark::Noted)]
        );
    }

    #[test]
    fn damaged_marks_end_the_list() {
        for bytes in [vec![0x80], vec![1], vec![1, 15], vec![0xff; 30]] {
            assert_eq!(Marks::stored(1, bytes).iter(1).count(), 0);
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_wrote(origin in 1_u64..1000, steps in prop::collection::vec((1_u64..500, 0_usize..100_000), 0..50)) {
            let mut marks = Marks::new(origin);
            let mut wrote = Vec::new();
            let mut seq = origin;
            for (gap, size) in steps {
                seq += gap;
                marks.push(seq, Mark::Said(size));
                wrote.push((seq, Mark::Said(size)));
            }
            let read = Marks::stored(origin, marks.bytes().to_vec());
            prop_assert_eq!(read.iter(origin).collect::<Vec<_>>(), wrote);
            prop_assert_eq!(read.last(), marks.last());
        }
    }
}
