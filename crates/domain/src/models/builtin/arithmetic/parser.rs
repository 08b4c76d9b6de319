//! Tokens to a number by recursive descent: sums, products, signs, powers, and what stands alone.

use super::{Trouble, lexer::Token, number::Number};

/// Deeper than anyone writes, and shallow enough for any stack.
const MAX_DEPTH: u32 = 64;

/// `None`: these tokens are not an expression.
pub(super) fn evaluate(tokens: &[Token]) -> Option<Result<Number, Trouble>> {
    let mut parser = Parser { tokens, depth: 0 };
    match parser.sum() {
        Ok(value) if parser.tokens.is_empty() => Some(Ok(value.number)),
        Ok(_) | Err(Stop::NotArithmetic) => None,
        Err(Stop::Trouble(trouble)) => Some(Err(trouble)),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    depth: u32,
}

/// Percent is remembered until the next operation: 200 + 10% is 220.
#[derive(Clone, Copy)]
struct Value {
    number: Number,
    percent: bool,
}

enum Stop {
    NotArithmetic,
    Trouble(Trouble),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

type Parsed = Result<Value, Stop>;

const fn plain(number: Number) -> Value {
    Value { number, percent: false }
}

impl Parser<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.first().copied()
    }

    fn take(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn takes(&mut self, token: Token) -> bool {
        let found = self.peek() == Some(token);
        if found {
            self.take();
        }
        found
    }

    fn deeper(&mut self, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.depth == MAX_DEPTH {
            return Err(Trouble::TooDeep.into());
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        while let Some(sign @ (Token::Plus | Token::Minus)) = self.peek() {
            self.take();
            let right = self.product()?;
            let right = if right.percent && !left.percent { left.number.times(right.number)? } else { right.number };
            left.number = if sign == Token::Plus { left.number.plus(right)? } else { left.number.minus(right)? };
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.signed()?;
        while let Some(sign @ (Token::Times | Token::Of | Token::Divide | Token::Modulo | Token::Percent)) = self.peek()
        {
            self.take();
            let right = self.signed()?.number;
            left = plain(match sign {
                Token::Divide => left.number.over(right)?,
                Token::Times | Token::Of => left.number.times(right)?,
                _ => left.number.modulo(right)?,
            });
        }
        Ok(left)
    }

    fn signed(&mut self) -> Parsed {
        if self.takes(Token::Minus) {
            let value = self.deeper(Self::signed)?;
            return Ok(Value { number: value.number.negated(), ..value });
        }
        if self.takes(Token::Plus) {
            return self.deeper(Self::signed);
        }
        self.power()
    }

    /// Binds tighter than the sign before it and looser than the one after it: -2^2 is -4, 2^-1 is a half.
    fn power(&mut self) -> Parsed {
        let base = self.postfix()?;
        if !self.takes(Token::Power) {
            return Ok(base);
        }
        self.takes(Token::Of);
        let exponent = self.deeper(Self::signed)?;
        Ok(plain(base.number.power(exponent.number)?))
    }

    fn postfix(&mut self) -> Parsed {
        let mut value = self.atom()?;
        loop {
            match self.tokens {
                [Token::Raised(exponent), ..] => value = plain(value.number.power(Number::whole(*exponent))?),
                // Before another operand the sign means the remainder: 17 % 5.
                [Token::Percent, Token::Number(_) | Token::Open | Token::Root, ..] => return Ok(value),
                [Token::Percent, ..] => {
                    value = Value { number: value.number.over(Number::whole(100))?, percent: true };
                }
                _ => return Ok(value),
            }
            self.take();
        }
    }

    fn atom(&mut self) -> Parsed {
        match self.take() {
            Some(Token::Number(number)) => Ok(plain(number)),
            Some(Token::Open) => {
                let inner = self.deeper(Self::sum)?;
                if self.takes(Token::Close) { Ok(plain(inner.number)) } else { Err(Stop::NotArithmetic) }
            }
            Some(Token::Root) => {
                self.takes(Token::Of);
                let inner = self.deeper(Self::atom)?;
                Ok(plain(inner.number.root()?))
            }
            _ => Err(Stop::NotArithmetic),
        }
    }
}
