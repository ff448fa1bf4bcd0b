//! Restrictions, sort orders and columns as people write them at a shell. Owns the grammar and its errors; what a
//! restriction means is in `restriction`.
//!
//! ```text
//! where   = and { "or" and }
//! and     = not { "and" not }
//! not     = "not" not | "(" where ")" | test
//! test    = "exists" "(" name ")"            the object has the property
//!         | "size" "(" name ")" relop number the size of the value in bytes
//!         | name relop value                 relop: = == != <> < <= > >=
//!         | name "~" value                   contains, without regard to case
//!         | name "^=" value                  begins with, without regard to case
//!         | name "&" number                  at least one of these bits is set
//!         | name "!&" number                 none of these bits is set
//!         | name                             a boolean property that is true
//! sort    = key { "," key }                  key = name [ ":asc" | ":desc" ]
//! columns = name { "," name }
//! name    = a canonical name, a short name, or a tag as a number
//! ```
//!
//! `and` binds tighter than `or`, `not` tighter than both; words are the same in any case. A value is read by the
//! property's type: text in `"` or `'` (`\` before a quote or a backslash), or bare if it is one word; `true` or
//! `false`; numbers, decimal or with `0x`; times as RFC 3339 or `YYYY-MM-DD` (the day's beginning in UTC); GUIDs as
//! usual; bytes as `0x` and hex digits. A list property takes one value, and holds if it holds for one of its values.
//!
//! Example: `subject ~ "invoice" and (size > 10000 or not read) and received >= 2024-01-01 and flags & 1`.

mod lexer;
mod literal;

use lexer::{Kind, Token, lex};

use super::names::{similar_name, tag_by_name};
use super::restriction::{MAX_DEPTH, RestrictionError, check};
use super::sort::{self, SortError};
use super::value::PropertyType;
use crate::bindings::mapistore::backend::types::{
    BitmaskMatch, ContentMatch, MatchFlags, MatchKind, PropertyMatch, PropertyTag, PropertyValue, Relop,
    RestrictionNode, SizeMatch, SortDirection, SortKey, SortOrder,
};

/// What is wrong with an expression. Columns count characters from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// Something else was expected.
    #[error("column {column}: found {found}, expected {expected}")]
    Unexpected {
        /// Where it stands.
        column: usize,
        /// The token, in backticks, or `the end`.
        found: String,
        /// What may stand there.
        expected: String,
    },
    /// A name that no property has.
    #[error("column {column}: there is no property `{name}`")]
    UnknownProperty {
        /// Where it stands.
        column: usize,
        /// The name.
        name: String,
        /// The name that was probably meant.
        similar: Option<&'static str>,
    },
    /// `not` and parentheses inside each other, too often.
    #[error("column {column}: more than {limit} levels of `not` and parentheses")]
    TooDeep {
        /// Where the limit is passed.
        column: usize,
        /// The limit.
        limit: usize,
    },
    /// The whole is no restriction.
    #[error(transparent)]
    Restriction(#[from] RestrictionError),
    /// The whole is no sort order that the host can use.
    #[error(transparent)]
    Sort(#[from] SortError),
}

/// Reads a restriction, the argument of `--where`.
///
/// # Errors
/// Where it stops making sense, and what was expected there.
pub fn parse_where(text: &str) -> Result<Vec<RestrictionNode>, ExpressionError> {
    let mut parser = Parser { tokens: lex(text)?, next: 0 };
    let tree = parser.any_of(0)?;
    parser.end("`and`, `or` or the end")?;
    let mut nodes = Vec::new();
    tree.flatten(&mut nodes);
    check(&nodes)?;
    Ok(nodes)
}

/// Reads a sort order, such as `received:desc,subject`.
///
/// # Errors
/// As [`parse_where`].
pub fn parse_sort(text: &str) -> Result<SortOrder, ExpressionError> {
    let mut keys = Vec::new();
    for (column, item) in items(text) {
        let (name, direction) = match item.rsplit_once(':') {
            None => (item, SortDirection::Ascending),
            Some((name, word)) if word.eq_ignore_ascii_case("asc") => (name, SortDirection::Ascending),
            Some((name, word)) if word.eq_ignore_ascii_case("desc") => (name, SortDirection::Descending),
            Some((name, word)) => {
                let column = column + name.chars().count() + 1;
                return Err(unexpected(column, word, "`asc` or `desc`"));
            }
        };
        keys.push(SortKey { tag: property_name(column, name)?, direction });
    }
    let order = SortOrder { keys, categories: 0, expanded: 0 };
    sort::check(&order)?;
    Ok(order)
}

/// Reads column names, such as `subject,from,0x0E080003`.
///
/// # Errors
/// As [`parse_where`].
pub fn parse_columns(text: &str) -> Result<Vec<PropertyTag>, ExpressionError> {
    items(text).map(|(column, item)| property_name(column, item)).collect()
}

/// The parts between commas, trimmed, each with its column.
fn items(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut column = 1;
    text.split(',').map(move |part| {
        let start = column + part.chars().take_while(|c| c.is_whitespace()).count();
        column += part.chars().count() + 1;
        (start, part.trim())
    })
}

fn property_name(column: usize, name: &str) -> Result<PropertyTag, ExpressionError> {
    let tag = tag_by_name(name).ok_or_else(|| {
        if name.is_empty() {
            return unexpected(column, name, "a property name or tag");
        }
        ExpressionError::UnknownProperty { column, name: name.to_owned(), similar: similar_name(name) }
    })?;
    if PropertyType::from_tag(tag).is_none() {
        return Err(unexpected(column, name, "a tag with a known property type"));
    }
    Ok(tag)
}

fn unexpected(column: usize, found: &str, expected: impl Into<String>) -> ExpressionError {
    let found = if found.is_empty() { "the end".into() } else { format!("`{found}`") };
    ExpressionError::Unexpected { column, found, expected: expected.into() }
}

/// A restriction as a tree, as it is read. Only as deep as the parser allows.
enum Tree {
    AllOf(Vec<Tree>),
    AnyOf(Vec<Tree>),
    Negate(Box<Tree>),
    Leaf(RestrictionNode),
}

impl Tree {
    /// Appends this tree, each parent before its children, and returns its position.
    fn flatten(self, nodes: &mut Vec<RestrictionNode>) -> u32 {
        let position = nodes.len();
        let node = match self {
            Self::Leaf(leaf) => {
                nodes.push(leaf);
                return index(position);
            }
            Self::Negate(child) => {
                nodes.push(RestrictionNode::Negate(0));
                RestrictionNode::Negate(child.flatten(nodes))
            }
            Self::AllOf(children) => {
                nodes.push(RestrictionNode::AllOf(Vec::new()));
                RestrictionNode::AllOf(children.into_iter().map(|child| child.flatten(nodes)).collect())
            }
            Self::AnyOf(children) => {
                nodes.push(RestrictionNode::AnyOf(Vec::new()));
                RestrictionNode::AnyOf(children.into_iter().map(|child| child.flatten(nodes)).collect())
            }
        };
        if let Some(slot) = nodes.get_mut(position) {
            *slot = node;
        }
        index(position)
    }
}

/// More nodes than fit are more than [`check`] lets through.
fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Each level makes at most an `or`, an `and` and a `not` node.
const MAX_LEVELS: usize = MAX_DEPTH / 3;

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
}

impl<'a> Parser<'a> {
    /// The next token; `lex` has put an `End` behind the last one.
    fn peek(&self) -> Token<'a> {
        let last = Token { kind: Kind::End, text: "", column: 1 };
        self.tokens.get(self.next).or(self.tokens.last()).cloned().unwrap_or(last)
    }

    fn take(&mut self) -> Token<'a> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn take_word(&mut self, word: &str) -> bool {
        let token = self.peek();
        let is_it = token.kind == Kind::Word && token.text.eq_ignore_ascii_case(word);
        self.next += usize::from(is_it);
        is_it
    }

    fn take_operator(&mut self, operator: &str) -> bool {
        let token = self.peek();
        let is_it = token.kind == Kind::Operator && token.text == operator;
        self.next += usize::from(is_it);
        is_it
    }

    fn expect_operator(&mut self, operator: &str) -> Result<(), ExpressionError> {
        if self.take_operator(operator) {
            Ok(())
        } else {
            Err(self.peek().unexpected(format!("`{operator}`")))
        }
    }

    fn end(&self, expected: &str) -> Result<(), ExpressionError> {
        let token = self.peek();
        if token.kind == Kind::End { Ok(()) } else { Err(token.unexpected(expected)) }
    }

    fn any_of(&mut self, level: usize) -> Result<Tree, ExpressionError> {
        let first = self.all_of(level)?;
        let mut children = vec![first];
        while self.take_word("or") {
            children.push(self.all_of(level)?);
        }
        Ok(one_or(children, Tree::AnyOf))
    }

    fn all_of(&mut self, level: usize) -> Result<Tree, ExpressionError> {
        let first = self.not(level)?;
        let mut children = vec![first];
        while self.take_word("and") {
            children.push(self.not(level)?);
        }
        Ok(one_or(children, Tree::AllOf))
    }

    fn not(&mut self, level: usize) -> Result<Tree, ExpressionError> {
        if level > MAX_LEVELS {
            return Err(ExpressionError::TooDeep { column: self.peek().column, limit: MAX_LEVELS });
        }
        if self.take_word("not") {
            return Ok(Tree::Negate(Box::new(self.not(level + 1)?)));
        }
        if self.take_operator("(") {
            let inner = self.any_of(level + 1)?;
            self.expect_operator(")")?;
            return Ok(inner);
        }
        self.test().map(Tree::Leaf)
    }

    fn test(&mut self) -> Result<RestrictionNode, ExpressionError> {
        let word = self.take();
        if word.kind != Kind::Word {
            return Err(word.unexpected("a property name, `exists`, `size`, `not` or `(`"));
        }
        // `size` is also a property: only parentheses make it a function.
        let is_call = self.peek().kind == Kind::Operator && self.peek().text == "(";
        if is_call && word.text.eq_ignore_ascii_case("exists") {
            return Ok(RestrictionNode::Exists(self.argument()?));
        }
        if is_call && word.text.eq_ignore_ascii_case("size") {
            let tag = self.argument()?;
            let operator = self.take();
            let op =
                relop(&operator).ok_or_else(|| operator.unexpected("`=`, `!=`, `<`, `<=`, `>` or `>=`"))?;
            return Ok(RestrictionNode::Size(SizeMatch { op, tag, size: self.number()? }));
        }
        let tag = property_name(word.column, word.text)?;
        self.comparison(&word, tag)
    }

    /// A property name in parentheses.
    fn argument(&mut self) -> Result<PropertyTag, ExpressionError> {
        self.expect_operator("(")?;
        let name = self.take();
        if name.kind != Kind::Word {
            return Err(name.unexpected("a property name"));
        }
        let tag = property_name(name.column, name.text)?;
        self.expect_operator(")")?;
        Ok(tag)
    }

    /// What follows the property `name`, whose tag is `tag`.
    fn comparison(&mut self, name: &Token<'a>, tag: PropertyTag) -> Result<RestrictionNode, ExpressionError> {
        let kind = PropertyType::from_tag(tag).map_or(PropertyType::Unspecified, PropertyType::element);
        let operator = self.peek();
        if let Some(op) = relop(&operator) {
            self.next += 1;
            let value = self.value(kind)?;
            return Ok(RestrictionNode::Property(PropertyMatch { op, tag, value }));
        }
        match (operator.kind, operator.text) {
            (Kind::Operator, "~" | "^=") => {
                if !kind.is_text() && kind != PropertyType::Binary {
                    let expected = format!("a comparison: `{}` is {}, not text", name.text, kind.name());
                    return Err(operator.unexpected(expected));
                }
                self.next += 1;
                let part = if operator.text == "~" { MatchKind::Substring } else { MatchKind::Prefix };
                let (value, options) = (self.value(kind)?, MatchFlags::IGNORE_CASE);
                Ok(RestrictionNode::Content(ContentMatch { tag, value, kind: part, options }))
            }
            (Kind::Operator, "&" | "!&") => {
                if kind != PropertyType::Integer32 {
                    let expected =
                        format!("a comparison: `{}` is {}, bits need PtypInteger32", name.text, kind.name());
                    return Err(operator.unexpected(expected));
                }
                self.next += 1;
                let (non_zero, mask) = (operator.text == "&", self.number()?);
                Ok(RestrictionNode::Bitmask(BitmaskMatch { non_zero, tag, mask }))
            }
            _ if kind == PropertyType::Boolean => {
                let value = PropertyValue::Boolean(true);
                Ok(RestrictionNode::Property(PropertyMatch { op: Relop::Eq, tag, value }))
            }
            _ => Err(operator.unexpected("one of `=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `^=`, `&`, `!&`")),
        }
    }

    fn value(&mut self, kind: PropertyType) -> Result<PropertyValue, ExpressionError> {
        let token = self.take();
        let text = token.value();
        text.and_then(|text| literal::parse(kind, &text))
            .ok_or_else(|| token.unexpected(literal::expected(kind)))
    }

    fn number(&mut self) -> Result<u32, ExpressionError> {
        let token = self.take();
        let number =
            token.value().and_then(|text| literal::unsigned(&text)).and_then(|n| u32::try_from(n).ok());
        number.ok_or_else(|| token.unexpected("a number of at most 32 bits"))
    }
}

fn one_or(mut children: Vec<Tree>, several: impl Fn(Vec<Tree>) -> Tree) -> Tree {
    match children.pop() {
        Some(only) if children.is_empty() => only,
        last => {
            children.extend(last);
            several(children)
        }
    }
}

fn relop(token: &Token<'_>) -> Option<Relop> {
    if token.kind != Kind::Operator {
        return None;
    }
    Some(match token.text {
        "=" | "==" => Relop::Eq,
        "!=" | "<>" => Relop::Ne,
        "<" => Relop::Lt,
        "<=" => Relop::Le,
        ">" => Relop::Gt,
        ">=" => Relop::Ge,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
