//! A number that stays a fraction of integers while it can, so that 0.1 + 0.2 is 0.3.

use std::fmt;

use super::Trouble;

/// Past this the digits alone would fill a screen; powers are multiplied out at most this often.
const MAX_EXPONENT: i128 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// In lowest terms, the bottom above zero.
    Exact {
        top: i128,
        bottom: i128,
    },
    About(f64),
}

type Result = std::result::Result<Number, Trouble>;

impl Number {
    pub(super) const fn whole(number: i128) -> Self {
        Self::Exact { top: number, bottom: 1 }
    }

    /// `bottom` is not zero.
    pub(super) fn fraction(top: i128, bottom: i128) -> Self {
        let divisor = gcd(top.unsigned_abs(), bottom.unsigned_abs());
        let reduced = i128::try_from(divisor).ok().and_then(|divisor| {
            let sign = if bottom < 0 { -1 } else { 1 };
            let top = top.checked_div(divisor)?.checked_mul(sign)?;
            Some(Self::Exact { top, bottom: bottom.checked_div(divisor)?.checked_mul(sign)? })
        });
        reduced.unwrap_or(Self::About(top as f64 / bottom as f64))
    }

    /// Digits with at most one point.
    pub(super) fn decimal(digits: &str) -> Option<Self> {
        let about = || digits.parse().ok().map(Self::About);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let Ok(top) = format!("{whole}{part}").parse::<i128>() else { return about() };
        match u32::try_from(part.len()).ok().and_then(|places| 10i128.checked_pow(places)) {
            Some(bottom) => Some(Self::fraction(top, bottom)),
            None => about(),
        }
    }

    fn float(self) -> f64 {
        match self {
            Self::Exact { top, bottom } => top as f64 / bottom as f64,
            Self::About(number) => number,
        }
    }

    pub(super) fn is_zero(self) -> bool {
        self.float() == 0.0
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Exact { top, bottom } if top != i128::MIN => Self::Exact { top: -top, bottom },
            number => Self::About(-number.float()),
        }
    }

    fn combine(
        self,
        other: Self,
        exactly: impl FnOnce((i128, i128), (i128, i128)) -> Option<Self>,
        about: impl FnOnce(f64, f64) -> f64,
    ) -> Result {
        if let (Self::Exact { top, bottom }, Self::Exact { top: other_top, bottom: other_bottom }) = (self, other)
            && let Some(exact) = exactly((top, bottom), (other_top, other_bottom))
        {
            return Ok(exact);
        }
        bounded(about(self.float(), other.float()))
    }

    pub(super) fn plus(self, other: Self) -> Result {
        let exactly = |(a, b): (i128, i128), (c, d): (i128, i128)| {
            Some(Self::fraction(a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?, b.checked_mul(d)?))
        };
        self.combine(other, exactly, |a, b| a + b)
    }

    pub(super) fn minus(self, other: Self) -> Result {
        self.plus(other.negated())
    }

    pub(super) fn times(self, other: Self) -> Result {
        let exactly =
            |(a, b): (i128, i128), (c, d): (i128, i128)| Some(Self::fraction(a.checked_mul(c)?, b.checked_mul(d)?));
        self.combine(other, exactly, |a, b| a * b)
    }

    pub(super) fn over(self, other: Self) -> Result {
        if other.is_zero() {
            return Err(Trouble::DivisionByZero);
        }
        let exactly =
            |(a, b): (i128, i128), (c, d): (i128, i128)| Some(Self::fraction(a.checked_mul(d)?, b.checked_mul(c)?));
        self.combine(other, exactly, |a, b| a / b)
    }

    /// The remainder with the divisor's sign, as a clock has it: -1 mod 12 is 11.
    pub(super) fn modulo(self, other: Self) -> Result {
        let floor = match self.over(other)? {
            Self::Exact { top, bottom } => Self::whole(top.div_euclid(bottom)),
            Self::About(number) => Self::About(number.floor()),
        };
        self.minus(floor.times(other)?)
    }

    pub(super) fn power(self, exponent: Self) -> Result {
        if let Self::Exact { top: exponent, bottom: 1 } = exponent
            && exponent.abs() <= MAX_EXPONENT
            && let Some(exact) = self.whole_power(exponent)?
        {
            return Ok(exact);
        }
        if exponent == Self::fraction(1, 2) {
            return self.root();
        }
        if self.is_zero() && exponent.float() < 0.0 {
            return Err(Trouble::DivisionByZero);
        }
        bounded(self.float().powf(exponent.float()))
    }

    fn whole_power(self, exponent: i128) -> std::result::Result<Option<Self>, Trouble> {
        let Self::Exact { top, bottom } = self else { return Ok(None) };
        if exponent < 0 && top == 0 {
            return Err(Trouble::DivisionByZero);
        }
        let times = u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX);
        let (top, bottom) = if exponent < 0 { (bottom, top) } else { (top, bottom) };
        Ok(top.checked_pow(times).zip(bottom.checked_pow(times)).map(|(top, bottom)| Self::fraction(top, bottom)))
    }

    pub(super) fn root(self) -> Result {
        let number = self.float();
        if number < 0.0 {
            return Err(Trouble::NoRealResult);
        }
        let exact = |number: i128| Some(number.isqrt()).filter(|root| root * root == number);
        if let Self::Exact { top, bottom } = self
            && let Some((top, bottom)) = exact(top).zip(exact(bottom))
        {
            return Ok(Self::fraction(top, bottom));
        }
        bounded(number.sqrt())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.float().partial_cmp(&other.float())
    }
}

fn bounded(number: f64) -> Result {
    if number.is_nan() {
        Err(Trouble::NoRealResult)
    } else if number.is_infinite() {
        Err(Trouble::TooLarge)
    } else {
        Ok(Number::About(number))
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// Reads after "equals": `84`, `2.5`, `1/3, about 0.3333333333`, `about 1.4142135624`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Exact { top, bottom: 1 } => write!(f, "{top}"),
            Self::Exact { top, bottom } => match terminating(top, bottom) {
                Some(digits) => f.write_str(&digits),
                None if bottom < 1_000_000 => write!(f, "{top}/{bottom}, about {}", rounded(self.float())),
                None => write!(f, "about {}", rounded(self.float())),
            },
            Self::About(number) => write!(f, "about {}", rounded(number)),
        }
    }
}

/// All decimals, where they come to an end within thirty.
fn terminating(top: i128, bottom: i128) -> Option<String> {
    let base = bottom.unsigned_abs();
    let mut rest = top.unsigned_abs() % base;
    let mut digits = format!("{}{}.", if top < 0 { "-" } else { "" }, top.unsigned_abs() / base);
    for _ in 0..30 {
        rest = rest.checked_mul(10)?;
        digits.push_str(&(rest / base).to_string());
        rest %= base;
        if rest == 0 {
            return Some(digits);
        }
    }
    None
}

fn rounded(number: f64) -> String {
    let trim = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits.to_owned(),
    };
    if number == 0.0 || (1e-6..1e15).contains(&number.abs()) {
        return trim(&format!("{number:.10}"));
    }
    let digits = format!("{number:.12e}");
    match digits.split_once('e') {
        Some((digits, exponent)) => format!("{} × 10^{exponent}", trim(digits)),
        None => digits,
    }
}
