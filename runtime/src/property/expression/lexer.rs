//! Cuts an expression into tokens. Knows words, quoted texts and operators; does not know what they mean.

use std::borrow::Cow;

use super::{ExpressionError, unexpected};

/// Longest first, so that `<=` is not read as `<`.
const OPERATORS: [&str; 14] = ["==", "!=", "<>", "<=", ">=", "^=", "!&", "=", "<", ">", "~", "&", "(", ")"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// With its quotes.
    Quoted,
    Operator,
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// In characters, from 1.
    pub(super) column: usize,
}

impl<'a> Token<'a> {
    pub(super) fn unexpected(&self, expected: impl Into<String>) -> ExpressionError {
        unexpected(self.column, self.text, expected)
    }

    /// The text of a word, or of a quoted text without its quotes and escapes; `None` for anything else.
    pub(super) fn value(&self) -> Option<Cow<'a, str>> {
        match self.kind {
            Kind::Word => Some(Cow::Borrowed(self.text)),
            Kind::Quoted => {
                let mut inner = self.text.chars();
                // Both quotes are there: without the second one this would be no token.
                inner.next();
                inner.next_back();
                Some(Cow::Owned(unescape(inner.as_str())))
            }
            Kind::Operator | Kind::End => None,
        }
    }
}

/// A backslash makes a quote or a backslash literal; before anything else it stands for itself.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match rest.peek() {
            Some(&escaped @ ('"' | '\'' | '\\')) if c == '\\' => {
                rest.next();
                plain.push(escaped);
            }
            _ => plain.push(c),
        }
    }
    plain
}

/// The tokens of `text`, with an [`Kind::End`] behind them.
pub(super) fn lex(text: &str) -> Result<Vec<Token<'_>>, ExpressionError> {
    let mut tokens = Vec::new();
    let (mut rest, mut column) = (text, 1);
    loop {
        let trimmed = rest.trim_start();
        column += count(rest) - count(trimmed);
        let Some(first) = trimmed.chars().next() else {
            tokens.push(Token { kind: Kind::End, text: "", column });
            return Ok(tokens);
        };
        let (kind, length) = if first == '"' || first == '\'' {
            let length = quoted_length(trimmed, first);
            (Kind::Quoted, length.ok_or_else(|| unexpected(column, trimmed, format!("a closing `{first}`")))?)
        } else if let Some(operator) = OPERATORS.iter().find(|operator| trimmed.starts_with(**operator)) {
            (Kind::Operator, operator.len())
        } else if is_word(first) {
            (Kind::Word, trimmed.find(|c| !is_word(c)).unwrap_or(trimmed.len()))
        } else {
            let found = first.escape_debug().to_string();
            return Err(unexpected(column, &found, "a name, a value, an operator or a parenthesis"));
        };
        let (token, after) = trimmed.split_at_checked(length).unwrap_or((trimmed, ""));
        tokens.push(Token { kind, text: token, column });
        column += count(token);
        rest = after;
    }
}

fn count(text: &str) -> usize {
    text.chars().count()
}

/// Letters of any script, digits, and what dates, numbers, addresses and file names are made of.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "_-+.:@/{}".contains(c)
}

/// The bytes up to and with the closing quote.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at + quote.len_utf8()),
            _ => {}
        }
    }
    None
}
