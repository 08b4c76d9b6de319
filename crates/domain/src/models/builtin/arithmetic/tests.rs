//! Arithmetic, as people type it.

use super::answer;

fn check(input: &str, expected: &str) {
    assert_eq!(answer(input).as_deref(), Some(expected), "{input}");
}

fn check_value(expression: &str, value: &str) {
    check(expression, &format!("`{expression}` {} {value}", if value.starts_with("about") { "is" } else { "=" }));
}

fn ignores(input: &str) {
    assert_eq!(answer(input), None, "{input}");
}

#[test]
fn values() {
    for (expression, value) in [
        ("2+2", "4"),
        ("2 + 3 * 4", "14"),
        ("(2 + 3) * 4", "20"),
        ("2 - 3 - 4", "-5"),
        ("2^3^2", "512"),
        ("2**10", "1024"),
        ("-2^2", "-4"),
        ("2^-2", "0.25"),
        ("2--3", "5"),
        ("-5 + +3", "-2"),
        ("0.1 + 0.2", "0.3"),
        ("10 / 4", "2.5"),
        ("1 / 3", "about 0.3333333333"),
        ("10 / 6", "5/3, about 1.6666666667"),
        ("1 / 3 * 3", "1"),
        ("17 % 5", "2"),
        ("-1 mod 12", "11"),
        ("5.5 % 2", "1.5"),
        ("15% of 80", "12"),
        ("15 percent of 80", "12"),
        ("200 + 10%", "220"),
        ("200 - 10%", "180"),
        ("50% * 50%", "0.25"),
        ("5%", "0.05"),
        ("1,234,567 + 1", "1234568"),
        ("1_000 * 2", "2000"),
        ("12.50 * 3", "37.5"),
        (".5 + .5", "1"),
        ("6.02e23 * 2", "about 1.204 × 10^24"),
        ("1e3 + 1", "1001"),
        ("99999999999 * 99999999999", "9999999999800000000001"),
        ("2^100", "1267650600228229401496703205376"),
        ("2^200", "about 1.606938044259 × 10^60"),
        ("0^0", "1"),
        ("4^0.5", "2"),
        ("2^0.5", "about 1.4142135624"),
        ("sqrt(16)", "4"),
        ("sqrt 2", "about 1.4142135624"),
        ("sqrt(2.25)", "1.5"),
        ("√81 + 1", "10"),
        ("square root of 144", "12"),
        ("3 squared", "9"),
        ("3² + 4²", "25"),
        ("2 cubed plus 1", "9"),
        ("2 to the power of 8", "256"),
        ("12 times 7", "84"),
        ("12 x 7", "84"),
        ("12×7÷2", "42"),
        ("100 divided by 8", "12.5"),
        ("100 multiplied by 8", "800"),
        ("seven plus five", "12"),
        ("twenty-one minus two", "19"),
        ("two hundred and five plus 1", "206"),
        ("three thousand four hundred times 2", "6800"),
        ("half of 9", "4.5"),
        ("2 * pi", "about 6.2831853072"),
        ("$20 * 3", "60"),
    ] {
        let written = expression.trim_start_matches('$');
        check(expression, &format!("`{written}` {} {value}", if value.starts_with("about") { "is" } else { "=" }));
    }
}

#[test]
fn sentences() {
    for (sentence, expected) in [
        ("What is 12 * 7?", "`12 * 7` = 84"),
        ("what's 5 plus 3", "`5 plus 3` = 8"),
        ("Calculate (1+2)*3, please.", "`(1+2)*3` = 9"),
        ("How much is 20% of 50?", "`20% of 50` = 10"),
        ("2+2=?", "`2+2` = 4"),
        ("2 + 2 and 3 * 3", "`2 + 2` = 4\n\n`3 * 3` = 9"),
        ("If I have 3 boxes of 4 apples, what is 3*4?", "`3*4` = 12"),
        ("What is the square root of 81?", "`square root of 81` = 9"),
        ("add 3 and 5", "`3 + 5` = 8"),
        ("What is the sum of 1, 2, 3 and 4?", "`1 + 2 + 3 + 4` = 10"),
        ("average of 2, 4 and 9", "`average(2, 4, 9)` = 5"),
        ("Subtract 3 from 10", "`10 - 3` = 7"),
        ("divide 10 by 4", "`10 / 4` = 2.5"),
        ("multiply 6 by 7", "`6 * 7` = 42"),
        ("What is the largest of 3, -9 and 7.5?", "`largest(3, -9, 7.5)` = 7.5"),
        ("the product of 2, 3 and 4", "`2 * 3 * 4` = 24"),
    ] {
        check(sentence, expected);
    }
}

#[test]
fn impossible() {
    for (sentence, why) in [
        ("1/0", "divided by zero"),
        ("5 % 0", "divided by zero"),
        ("0^-1", "divided by zero"),
        ("1/(2-2)", "divided by zero"),
        ("divide 10 by 0", "divided by zero"),
        ("sqrt(-1)", "real numbers"),
        ("(-8)^(1/3)", "real numbers"),
        ("10^400", "too large"),
        ("9^9^9^9", "too large"),
    ] {
        assert!(answer(sentence).is_some_and(|said| said.contains(why)), "{sentence}: {:?}", answer(sentence));
    }
    let deep = format!("{}1{} + 1", "(".repeat(500), ")".repeat(500));
    assert!(answer(&deep).is_some_and(|said| said.contains("brackets")));
    let signs = format!("1 {} 1", "-".repeat(3_000));
    assert!(answer(&signs).is_some_and(|said| said.contains("brackets")));
}

#[test]
fn what_is_not_arithmetic() {
    for sentence in [
        "",
        "hello",
        "42",
        "-42",
        "What is 42?",
        "I have 3 apples and 5 pears",
        "My score was 5-3 today",
        "2 +",
        "(2 + 3",
        "2 3",
        "++",
        "% %",
        "What is the sum of my numbers?",
        "add salt and 2 eggs, then 3 carrots",
        "version 1.2.3 - beta",
        "😀 + 😀",
        "١ + ١",
        "how are you?",
    ] {
        ignores(sentence);
    }
    ignores(&"1+".repeat(5_000));
}

#[test]
fn long_sums_are_worked_out() {
    check_value(&vec!["1"; 1_000].join("+"), "1000");
}
