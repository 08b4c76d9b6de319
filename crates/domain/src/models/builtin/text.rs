//! Small tasks on a text: count, change case, reverse, sort, repeat.

mod request;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use request::Request;

/// More than this is neither changed nor given back: an answer is to be read.
const MAX_CHANGED: usize = 32 * 1024;
/// Numbers counted aloud.
const MAX_COUNT: i64 = 1_000;

/// `None` when the message asks for something else. `before` is what the person sent before, which "this" may mean.
pub(super) fn answer(message: &str, before: Option<&str>) -> Option<String> {
    let request = Request::read(message);
    if let Some(said) = count_aloud(&request) {
        return Some(said);
    }
    let task = task(&request)?;
    let Some(text) = request.text(before, &task) else {
        return match task {
            Task::Count(_) | Task::Repeat => None,
            _ => Some("Tell me the text after a colon, as in: `uppercase: hello`.".into()),
        };
    };
    if !matches!(task, Task::Count(_)) && text.len() > MAX_CHANGED {
        return Some(format!("That text is too long for me to give back: my limit is {MAX_CHANGED} bytes."));
    }
    Some(match task {
        Task::Count(Unit::Letter(letter)) => occurrences(letter, text),
        Task::Count(unit) => counts(unit, text),
        Task::Upper => text.to_uppercase(),
        Task::Lower => text.to_lowercase(),
        Task::Title => title(text),
        Task::Reverse { words: false } => clusters(text).rev().collect(),
        Task::Reverse { words: true } => text.split_whitespace().rev().collect::<Vec<_>>().join(" "),
        Task::Sort { down } => sorted(text, down),
        Task::Repeat => text.to_owned(),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Count(Unit),
    Upper,
    Lower,
    Title,
    Reverse { words: bool },
    Sort { down: bool },
    Repeat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Words,
    Characters,
    Sentences,
    Lines,
    /// How often one letter occurs.
    Letter(char),
}

fn task(request: &Request<'_>) -> Option<Task> {
    let first = request.verb()?;
    let says = |words: &[&str]| request.says(words);
    let changes = matches!(first, "convert" | "make" | "turn" | "write" | "put" | "change" | "transform" | "set");
    Some(match first {
        "count" | "how" | "number" | "word" | "character" | "letter" => Task::Count(unit(request)?),
        "what" if says(&["number", "count"]) => Task::Count(unit(request)?),
        "sort" | "alphabetise" | "alphabetize" | "order" | "arrange" => {
            Task::Sort { down: says(&["descending", "reverse", "backwards", "decreasing"]) }
        }
        "reverse" | "flip" => Task::Reverse { words: says(&["words"]) },
        "write" | "spell" if says(&["backwards", "backward"]) => Task::Reverse { words: false },
        "uppercase" | "upper" | "capitals" => Task::Upper,
        "lowercase" | "lower" => Task::Lower,
        "capitalise" | "capitalize" | "titlecase" | "title" => Task::Title,
        _ if changes && says(&["uppercase", "upper", "capital", "capitals", "caps"]) => Task::Upper,
        _ if changes && says(&["lowercase", "lower"]) => Task::Lower,
        _ if changes && says(&["titlecase", "title"]) => Task::Title,
        "repeat" | "echo" => Task::Repeat,
        "say" | "reply" | "respond" | "answer" | "print" | "output" if request.is_explicit() => Task::Repeat,
        _ => return None,
    })
}

fn unit(request: &Request<'_>) -> Option<Unit> {
    if request.verb() == Some("how") && !request.says(&["many", "often", "long"]) {
        return None;
    }
    if let Some(letter) = request.letter() {
        return Some(Unit::Letter(letter));
    }
    Some(match request.first_of(&["words", "word", "characters", "character", "letters", "sentences", "lines"])? {
        "words" | "word" => Unit::Words,
        "sentences" => Unit::Sentences,
        "lines" => Unit::Lines,
        _ => Unit::Characters,
    })
}

fn counts(unit: Unit, text: &str) -> String {
    let words = || {
        let count = text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
        amount(count, "word")
    };
    match unit {
        Unit::Words => format!("{}, and {}.", words(), amount(clusters(text).count(), "character")),
        Unit::Sentences => format!("{}.", amount(super::extract::sentences(text).count(), "sentence")),
        Unit::Lines => format!("{}.", amount(text.lines().count(), "line")),
        Unit::Characters | Unit::Letter(_) => {
            let (mut characters, mut visible) = (0, 0);
            for cluster in clusters(text) {
                characters += 1;
                visible += usize::from(!cluster.trim().is_empty());
            }
            format!("{}, of which {visible} are not spaces, in {}.", amount(characters, "character"), words())
        }
    }
}

fn amount(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn occurrences(letter: char, text: &str) -> String {
    let count = text.chars().flat_map(char::to_lowercase).filter(|c| *c == letter).count();
    let shown = super::extract::clip(text, 60);
    let more = if shown.len() < text.len() { "…" } else { "" };
    let times = if count == 1 { "once".into() } else { format!("{count} times") };
    format!("“{letter}” occurs {times} in “{shown}{more}”.")
}

fn title(text: &str) -> String {
    let mut begins = true;
    let mut title = String::with_capacity(text.len());
    for c in text.chars() {
        if begins {
            title.extend(c.to_uppercase());
        } else {
            title.push(c);
        }
        begins = c.is_whitespace();
    }
    title
}

/// Numbers by value when all are numbers, otherwise by letter, whatever the case.
fn sorted(text: &str, down: bool) -> String {
    let lines = text.contains('\n');
    let parts: Vec<&str> = match () {
        () if lines => text.lines().collect(),
        () if text.contains([',', ';']) => text.split([',', ';']).collect(),
        () => text.split_whitespace().collect(),
    };
    let clean = |part: &&str| part.trim().trim_start_matches(['-', '*', '•']).trim_start().len();
    let mut items: Vec<&str> = parts
        .iter()
        .map(|part| {
            let part = part.trim();
            // "c and d" at the end of a list; a sign stays with its number.
            let part = part.strip_prefix("and ").unwrap_or(part);
            if part.parse::<f64>().is_ok() { part } else { part.get(part.len() - clean(&part)..).unwrap_or(part) }
        })
        .filter(|part| !part.is_empty() && *part != "and")
        .collect();
    let numbers: Option<Vec<f64>> = items.iter().map(|item| item.parse().ok()).collect();
    if numbers.is_some() {
        let value = |item: &str| item.parse::<f64>().unwrap_or(0.0);
        items.sort_by(|a, b| value(a).total_cmp(&value(b)));
    } else {
        items.sort_by(|a, b| alphabetical(a, b));
    }
    if down {
        items.reverse();
    }
    if lines { items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n") } else { items.join(", ") }
}

fn alphabetical(a: &str, b: &str) -> Ordering {
    let folded = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    folded(a).cmp(&folded(b)).then(a.cmp(b))
}

/// "Count to 20", "count from 5 to 1".
fn count_aloud(request: &Request<'_>) -> Option<String> {
    let words: Vec<&str> = request.words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<i64>().ok().filter(|number| number.abs() <= 1_000_000_000);
    let (from, to) = match words.as_slice() {
        ["count", "to", to] | ["count", "up", "to", to] => (1, number(to)?),
        ["count", "from", from, "to", to] | ["count", "down", "from", from, "to", to] => (number(from)?, number(to)?),
        _ => return None,
    };
    if (to - from).abs() >= MAX_COUNT {
        return Some(format!("I count {MAX_COUNT} numbers at most."));
    }
    let numbers: Vec<String> =
        (0..=(to - from).abs()).map(|step| (if to < from { from - step } else { from + step }).to_string()).collect();
    Some(numbers.join(", "))
}

/// Characters as people see them, near enough: marks, joiners and skin tones stay with what they belong to.
fn clusters(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    let mut starts = Vec::new();
    let mut joined = false;
    let mut flags = 0;
    for (at, c) in text.char_indices() {
        let flag = matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
        let second_flag = flag && flags % 2 == 1;
        flags = if flag { flags + 1 } else { 0 };
        let follows = matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}');
        if !(joined || follows || second_flag) || at == 0 {
            starts.push(at);
        }
        joined = c == '\u{200d}';
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts.into_iter().zip(ends).collect::<Vec<_>>().into_iter().filter_map(|(start, end)| text.get(start..end))
}
