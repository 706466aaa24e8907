//! A total PostgreSQL lexer.
//!
//! In comes any text, out come tokens that cover it without gap or overlap,
//! white space and comments included. Nothing fails: a string or comment that
//! never ends is a token whose [`Token::terminated`] is false, a byte that
//! belongs nowhere is [`Kind::Other`]. The rules are those of the manual's
//! chapter "Lexical Structure" with `standard_conforming_strings` on.

mod quoted;
mod scan;
#[cfg(test)]
mod tests;

pub(crate) use quoted::decode_string;
pub(crate) use scan::{Raw, scan};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// White space.
    Space,
    /// `-- …` up to the end of the line, exclusive.
    LineComment,
    /// `/* … */`, nested.
    BlockComment,
    /// A key word or unquoted identifier.
    Word,
    /// `"…"`.
    QuotedIdentifier,
    /// `U&"…"`.
    UnicodeIdentifier,
    /// `'…'`.
    String,
    /// `E'…'`.
    EscapeString,
    /// `U&'…'`.
    UnicodeString,
    /// `N'…'`.
    NationalString,
    /// `B'…'` or `X'…'`.
    BitString,
    /// `$tag$…$tag$`.
    DollarString,
    /// A number: decimal, hexadecimal, octal, binary, with underscores or exponent.
    Number,
    /// `$1`.
    Parameter,
    /// An operator.
    Operator,
    /// `::`.
    Cast,
    /// `(`.
    OpenParenthesis,
    /// `)`.
    CloseParenthesis,
    /// `[`.
    OpenBracket,
    /// `]`.
    CloseBracket,
    /// `,`.
    Comma,
    /// `;`.
    Semicolon,
    /// `.`.
    Dot,
    /// `:` or `:=`.
    Colon,
    /// Anything else: a psql backslash, braces, control characters.
    Other,
}

impl Kind {
    /// Whether the token is a constant: string, bit string or number.
    pub const fn is_literal(self) -> bool {
        self.is_string() || matches!(self, Self::Number)
    }

    /// Whether the token is a quoted constant.
    pub const fn is_string(self) -> bool {
        matches!(
            self,
            Self::String
                | Self::EscapeString
                | Self::UnicodeString
                | Self::NationalString
                | Self::BitString
                | Self::DollarString
        )
    }

    /// Whether the token is white space or a comment.
    pub const fn is_blank(self) -> bool {
        matches!(self, Self::Space | Self::LineComment | Self::BlockComment)
    }

    /// Whether the token can name something.
    pub const fn is_name(self) -> bool {
        matches!(
            self,
            Self::Word | Self::QuotedIdentifier | Self::UnicodeIdentifier
        )
    }
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text, delimiters included.
    pub text: &'a str,
    /// Byte offset of its first byte.
    pub start: usize,
    /// Whether its closing delimiter was seen; true for tokens that have none.
    pub terminated: bool,
}

impl Token<'_> {
    /// Whether the token is this key word, whatever its case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Byte offset behind the token.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// The name it stands for: folded to lower case unless quoted.
    /// Empty when the token is no name.
    pub fn name(&self) -> String {
        match self.kind {
            Kind::Word => self.text.to_ascii_lowercase(),
            Kind::QuotedIdentifier | Kind::UnicodeIdentifier => quoted::decode_identifier(self),
            _ => String::new(),
        }
    }

    /// The value of a string constant, escapes decoded; `None` for other tokens.
    pub fn string_value(&self) -> Option<String> {
        decode_string(self)
    }
}

/// Iterator over the tokens of a text.
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

/// Splits a text into tokens that cover it.
pub fn tokens(text: &str) -> Lexer<'_> {
    Lexer { text, at: 0 }
}

/// The tokens of a text without white space and comments.
pub fn significant(text: &str) -> impl Iterator<Item = Token<'_>> {
    tokens(text).filter(|token| !token.kind.is_blank())
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if self.at >= self.text.len() {
            return None;
        }
        let raw = scan(self.text.as_bytes(), self.at);
        let start = self.at;
        self.at = raw.end;
        // Tokens begin and end beside ASCII bytes or take runs of other bytes whole.
        let text = self.text.get(start..raw.end).unwrap_or_default();
        Some(Token {
            kind: raw.kind,
            text,
            start,
            terminated: raw.terminated,
        })
    }
}
