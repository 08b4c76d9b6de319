//! What turns one text into another, line by line: Myers' algorithm over what is between the common beginning and end.
//! Its work is bounded; texts that have less in common are shown as one replaced by the other.

use std::collections::BTreeMap;

use edgewise_protocol::api::{DiffLine, DiffOp, Hunk};

/// Lines around each change.
const CONTEXT: usize = 3;
/// Lines that are taken away or put in, of texts whose common lines are looked for. What is remembered meanwhile grows
/// with its square: 1,000 are a million numbers, 4 MB.
const MAX_CHANGES: usize = 1_000;

/// The changes, as hunks that have nothing between them but equal lines.
pub fn hunks(from: &str, to: &str) -> Vec<Hunk> {
    let (old, new) = (lines(from), lines(to));
    let steps = steps(&old, &new);
    let (mut hunks, mut open): (Vec<Hunk>, Option<Open>) = (Vec::new(), None);
    let (mut old_at, mut new_at) = (0, 0);
    let mut before: Vec<&str> = Vec::new();
    for op in steps {
        let text = match op {
            DiffOp::Added => new.get(new_at),
            DiffOp::Same | DiffOp::Removed => old.get(old_at),
        };
        let text = text.copied().unwrap_or_default();
        if op == DiffOp::Same {
            if let Some(hunk) = &mut open {
                hunk.say(op, text);
                hunk.equal += 1;
                if hunk.equal > 2 * CONTEXT {
                    hunks.extend(open.take().map(Open::close));
                    // Those that may belong to the next one.
                    let from = old_at.saturating_sub(CONTEXT - 1);
                    before = old.get(from..=old_at).unwrap_or_default().to_vec();
                }
            } else {
                if before.len() == CONTEXT {
                    before.remove(0);
                }
                before.push(text);
            }
        } else {
            let hunk = open.get_or_insert_with(|| Open::begin(old_at, new_at, std::mem::take(&mut before)));
            hunk.say(op, text);
            hunk.equal = 0;
        }
        old_at += usize::from(op != DiffOp::Added);
        new_at += usize::from(op != DiffOp::Removed);
    }
    hunks.extend(open.map(Open::close));
    hunks
}

/// A hunk that grows.
struct Open {
    hunk: Hunk,
    /// Lines at its end that are as they were.
    equal: usize,
}

impl Open {
    fn begin(old_at: usize, new_at: usize, before: Vec<&str>) -> Self {
        let number = |at: usize| u32::try_from(at + 1 - before.len()).unwrap_or(u32::MAX);
        let mut open =
            Self { hunk: Hunk { from_line: number(old_at), to_line: number(new_at), lines: Vec::new() }, equal: 0 };
        for text in before {
            open.say(DiffOp::Same, text);
        }
        open
    }

    fn say(&mut self, op: DiffOp, text: &str) {
        self.hunk.lines.push(DiffLine { op, text: text.to_owned() });
    }

    fn close(mut self) -> Hunk {
        let kept = self.hunk.lines.len() - self.equal.saturating_sub(CONTEXT);
        self.hunk.lines.truncate(kept);
        self.hunk
    }
}

/// The lines of a text. An end of line at its end is a line of its own that is empty, so that it can come and go.
fn lines(text: &str) -> Vec<&str> {
    if text.is_empty() { Vec::new() } else { text.split('\n').collect() }
}

/// What is done with each line, in order.
fn steps(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    // Numbers are compared faster than lines.
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut number = |line| {
        let next = numbers.len();
        *numbers.entry(line).or_insert(next)
    };
    let old: Vec<usize> = old.iter().copied().map(&mut number).collect();
    let new: Vec<usize> = new.iter().copied().map(&mut number).collect();
    let head = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let rest = |lines: &[usize]| lines.get(head..).unwrap_or_default().to_vec();
    let (mut old, mut new) = (rest(&old), rest(&new));
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    old.truncate(old.len() - tail);
    new.truncate(new.len() - tail);
    let mut steps = vec![DiffOp::Same; head];
    steps.extend(shortest(&old, &new).unwrap_or_else(|| {
        let mut all = vec![DiffOp::Removed; old.len()];
        all.resize(old.len() + new.len(), DiffOp::Added);
        all
    }));
    steps.resize(steps.len() + tail, DiffOp::Same);
    steps
}

/// The fewest steps; `None`: they are too many.
fn shortest(old: &[usize], new: &[usize]) -> Option<Vec<DiffOp>> {
    let most = (old.len() + new.len()).min(MAX_CHANGES);
    // `reach[most + 1 + k]`: how far one comes in `old` on the diagonal `k`, which is the place in `old` less that in `new`.
    let middle = most + 1;
    let mut reach = vec![0_usize; 2 * middle + 1];
    let at = |reach: &[usize], diagonal: isize| -> usize {
        middle.checked_add_signed(diagonal).and_then(|place| reach.get(place)).copied().unwrap_or(0)
    };
    let mut trail: Vec<Vec<usize>> = Vec::new();
    for changes in 0..=most {
        let span = changes.cast_signed();
        // Of the ones before, the part that can be asked for.
        trail.push(reach.get(middle - changes..=middle + changes).unwrap_or_default().to_vec());
        for diagonal in (-span..=span).step_by(2) {
            let adds = diagonal == -span || (diagonal != span && at(&reach, diagonal - 1) < at(&reach, diagonal + 1));
            let mut x = if adds { at(&reach, diagonal + 1) } else { at(&reach, diagonal - 1) + 1 };
            let y = |x: usize| x.checked_add_signed(-diagonal);
            while let Some(below) = y(x)
                && let (Some(one), Some(other)) = (old.get(x), new.get(below))
                && one == other
            {
                x += 1;
            }
            if let Some(place) = middle.checked_add_signed(diagonal).and_then(|place| reach.get_mut(place)) {
                *place = x;
            }
            if x >= old.len() && y(x).is_some_and(|y| y >= new.len()) {
                return Some(walk_back(&trail, old.len(), new.len()));
            }
        }
    }
    None
}

/// The steps, read from their end.
fn walk_back(trail: &[Vec<usize>], old: usize, new: usize) -> Vec<DiffOp> {
    let (mut x, mut y, mut steps) = (old, new, Vec::new());
    for (changes, reach) in trail.iter().enumerate().rev() {
        let span = changes.cast_signed();
        let at = |diagonal: isize| changes.checked_add_signed(diagonal).and_then(|place| reach.get(place)).copied();
        let diagonal = x.cast_signed() - y.cast_signed();
        let less = |one: isize, other: isize| at(one).unwrap_or(0) < at(other).unwrap_or(0);
        let adds = diagonal == -span || (diagonal != span && less(diagonal - 1, diagonal + 1));
        let before = if adds { diagonal + 1 } else { diagonal - 1 };
        let before_x = if changes == 0 { 0 } else { at(before).unwrap_or(0) };
        let before_y = if changes == 0 { 0 } else { before_x.checked_add_signed(-before).unwrap_or(0) };
        while x > before_x && y > before_y {
            steps.push(DiffOp::Same);
            (x, y) = (x - 1, y - 1);
        }
        if changes > 0 {
            steps.push(if adds { DiffOp::Added } else { DiffOp::Removed });
            (x, y) = (before_x, before_y);
        }
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The newer text, made of the older one and the hunks.
    fn patched(from: &str, hunks: &[Hunk]) -> String {
        let old = lines(from);
        let (mut made, mut at): (Vec<String>, usize) = (Vec::new(), 0);
        for hunk in hunks {
            let begins = hunk.from_line as usize - 1;
            made.extend(old[at..begins].iter().map(|line| (*line).to_owned()));
            at = begins;
            assert_eq!(hunk.to_line as usize - 1, made.len());
            for line in &hunk.lines {
                if line.op != DiffOp::Added {
                    assert_eq!(old[at], line.text);
                    at += 1;
                }
                if line.op != DiffOp::Removed {
                    made.push(line.text.clone());
                }
            }
        }
        made.extend(old[at..].iter().map(|line| (*line).to_owned()));
        made.join("\n")
    }

    fn shown(from: &str, to: &str) -> String {
        let mut shown = String::new();
        for hunk in hunks(from, to) {
            shown.push_str(&format!("@{},{}", hunk.from_line, hunk.to_line));
            for DiffLine { op, text } in hunk.lines {
                let op = match op {
                    DiffOp::Same => ' ',
                    DiffOp::Added => '+',
                    DiffOp::Removed => '-',
                };
                shown.push_str(&format!("|{op}{text}"));
            }
        }
        shown
    }

    #[test]
    fn changes_are_shown_with_three_lines_around_them() {
        let text = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13";
        assert_eq!(shown(text, text), "");
        assert_eq!(shown(text, &text.replace("5\n", "five\n")), "@2,2| 2| 3| 4|-5|+five| 6| 7| 8");
        let two = text.replace("2\n3", "2\n2b\n3").replace("\n12\n", "\n");
        assert_eq!(shown(text, &two), "@1,1| 1| 2|+2b| 3| 4| 5@9,10| 9| 10| 11|-12| 13");
        let near = text.replace("4\n", "").replace("10\n", "");
        assert_eq!(shown(text, &near), "@1,1| 1| 2| 3|-4| 5| 6| 7| 8| 9|-10| 11| 12| 13");
        assert_eq!(shown("", "a"), "@1,1|+a");
        assert_eq!(shown("a", ""), "@1,1|-a");
        assert_eq!(shown("a", "a\n"), "@1,1| a|+");
    }

    #[test]
    fn texts_that_have_little_in_common_are_replaced() {
        let (from, to): (String, String) =
            ((0..4_000).map(|n| format!("a{n}\n")).collect(), (0..4_000).map(|n| format!("b{n}\n")).collect());
        let hunks = hunks(&format!("same\n{from}"), &format!("same\n{to}"));
        assert_eq!(hunks.len(), 1);
        assert_eq!(patched(&format!("same\n{from}"), &hunks), format!("same\n{to}"));
        assert_eq!(hunks[0].lines.len(), 1 + 8_000 + 1);
    }

    proptest! {
        #[test]
        fn a_text_and_its_hunks_make_the_other(from in "[abc\n]{0,60}", to in "[abc\n]{0,60}") {
            let hunks = hunks(&from, &to);
            prop_assert_eq!(patched(&from, &hunks), to);
        }

        #[test]
        fn no_fewer_steps_would_do(from in proptest::collection::vec(0_usize..3, 0..12), to in proptest::collection::vec(0_usize..3, 0..12)) {
            let common = longest_common(&from, &to);
            let steps = shortest(&from, &to).unwrap();
            prop_assert_eq!(steps.iter().filter(|op| **op == DiffOp::Same).count(), common);
        }
    }

    fn longest_common(one: &[usize], other: &[usize]) -> usize {
        let mut best = vec![vec![0; other.len() + 1]; one.len() + 1];
        for (i, a) in one.iter().enumerate() {
            for (j, b) in other.iter().enumerate() {
                best[i + 1][j + 1] = if a == b { best[i][j] + 1 } else { best[i][j + 1].max(best[i + 1][j]) };
            }
        }
        best[one.len()][other.len()]
    }
}
