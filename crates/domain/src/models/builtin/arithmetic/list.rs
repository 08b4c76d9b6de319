//! Sums told as a request: `add 3 and 5`, `the average of 2, 4 and 9`, `subtract 3 from 10`.

use super::{
    Trouble, equation,
    lexer::{Token, tokens},
    number::Number,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Sum,
    Product,
    Average,
    Largest,
    Smallest,
    /// The second from the first, or the other way round for `subtract 3 from 10`.
    Difference,
    Quotient,
}

fn task(word: &str) -> Option<Task> {
    Some(match word {
        "add" | "sum" | "total" => Task::Sum,
        "multiply" | "product" => Task::Product,
        "average" | "mean" => Task::Average,
        "largest" | "biggest" | "maximum" | "max" | "greatest" => Task::Largest,
        "smallest" | "minimum" | "min" | "least" => Task::Smallest,
        "subtract" | "difference" => Task::Difference,
        "divide" => Task::Quotient,
        _ => return None,
    })
}

const AROUND: &[&str] = &[
    "and",
    "all",
    "between",
    "calculate",
    "can",
    "compute",
    "could",
    "find",
    "following",
    "for",
    "from",
    "give",
    "in",
    "is",
    "list",
    "me",
    "number",
    "numbers",
    "please",
    "s",
    "tell",
    "these",
    "those",
    "together",
    "up",
    "what",
    "which",
    "with",
    "you",
];

pub(super) fn answer(sentence: &str) -> Option<String> {
    let mut asked = None;
    let mut backwards = false;
    let mut negative = false;
    let mut numbers = Vec::new();
    for (token, span) in tokens(sentence) {
        let written = sentence.get(span).unwrap_or_default();
        let word = written.to_lowercase();
        match token {
            Token::Number(number) => {
                numbers.push(if std::mem::take(&mut negative) { number.negated() } else { number });
            }
            Token::Minus if asked.is_some() && !negative => negative = true,
            Token::Of | Token::Filler => {}
            Token::Other if word == "from" => backwards = true,
            Token::Other if asked.is_none() && task(&word).is_some() => asked = task(&word),
            Token::Other if AROUND.contains(&word.as_str()) || matches!(written, "," | ":" | ";" | "&") => {}
            _ => return None,
        }
    }
    if numbers.len() < 2 || numbers.len() > 1_000 || negative {
        return None;
    }
    let asked = asked?;
    if backwards && asked == Task::Difference {
        numbers.reverse();
    }
    let result = work_out(asked, &numbers);
    let written = describe(asked, &numbers);
    Some(match result? {
        Ok(number) => equation(&written, &number.to_string()),
        Err(trouble) => format!("`{written}` {}", trouble.sentence()),
    })
}

fn work_out(task: Task, numbers: &[Number]) -> Option<Result<Number, Trouble>> {
    let sum = || numbers.iter().try_fold(Number::whole(0), |sum, number| sum.plus(*number));
    let (first, rest) = numbers.split_first()?;
    Some(match (task, rest) {
        (Task::Sum, _) => sum(),
        (Task::Product, _) => rest.iter().try_fold(*first, |product, number| product.times(*number)),
        (Task::Average, _) => sum().and_then(|sum| sum.over(Number::whole(numbers.len() as i128))),
        (Task::Largest, _) => Ok(rest.iter().fold(*first, |best, number| if *number > best { *number } else { best })),
        (Task::Smallest, _) => Ok(rest.iter().fold(*first, |best, number| if *number < best { *number } else { best })),
        (Task::Difference, [second]) => first.minus(*second),
        (Task::Quotient, [second]) => first.over(*second),
        (Task::Difference | Task::Quotient, _) => return None,
    })
}

fn describe(task: Task, numbers: &[Number]) -> String {
    let join = |by: &str| numbers.iter().map(Number::to_string).collect::<Vec<_>>().join(by);
    match task {
        Task::Sum => join(" + "),
        Task::Product => join(" * "),
        Task::Difference => join(" - "),
        Task::Quotient => join(" / "),
        Task::Average => format!("average({})", join(", ")),
        Task::Largest => format!("largest({})", join(", ")),
        Task::Smallest => format!("smallest({})", join(", ")),
    }
}
