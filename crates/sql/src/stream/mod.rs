//! Statements without their literals.
//!
//! One pass of the lexer writes the normalised statement into a buffer that is
//! used again and again: words folded to lower case, comments and superfluous
//! space dropped, constants and parameters replaced by a marker byte, lists of
//! them folded. The buffer serves twice: followed by the few literals that
//! facts depend on it is the key of the cache, and with the markers numbered it
//! is the text that is shown and fingerprinted.

mod fold;
mod retain;
#[cfg(test)]
mod tests;
mod word;
mod words;

use crate::lex::{Kind, Raw, scan};
use crate::text;

use fold::Groups;
use retain::Retainer;
pub(crate) use words::is_no_function;

/// Stands for a constant.
pub(crate) const LITERAL: u8 = 0x01;
/// Stands for a parameter, or for a list that holds one.
pub(crate) const PARAMETER: u8 = 0x02;
/// Separates the normalised text from what follows it in a key.
const SEPARATOR: u8 = 0x00;

/// Reusable buffers that hold one statement at a time.
#[derive(Debug)]
pub(crate) struct Stream {
    text: Vec<u8>,
    groups: Groups,
    retainer: Retainer,
    /// The last token taken in.
    previous: Kind,
    /// Where the last name stands in the text.
    name_start: usize,
    /// Whether a semicolon stood behind the last token.
    pending_semicolon: bool,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            text: Vec::new(),
            groups: Groups::default(),
            retainer: Retainer::default(),
            previous: Kind::Semicolon,
            name_start: 0,
            pending_semicolon: false,
        }
    }
}

impl Stream {
    /// Takes in a statement and returns its cache key: equal for two statements
    /// exactly when their facts are.
    pub(crate) fn key(&mut self, sql: &str) -> &[u8] {
        self.take::<true>(text::judged(sql));
        self.text.push(SEPARATOR);
        self.retainer.finish(sql, &mut self.text);
        &self.text
    }

    /// Takes in a statement and returns it with constants and parameters
    /// replaced by `$1`, `$2`, …
    pub(crate) fn normalised(&mut self, sql: &str) -> String {
        self.take::<false>(text::judged(sql));
        let mut shown = Vec::with_capacity(self.text.len() + 16);
        let mut number = 0u32;
        for &byte in &self.text {
            if byte == LITERAL || byte == PARAMETER {
                number += 1;
                shown.extend_from_slice(format!("${number}").as_bytes());
            } else {
                shown.push(byte);
            }
        }
        // Markers replaced whole tokens, so the rest is as valid as the input was.
        String::from_utf8(shown)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    fn take<const KEY: bool>(&mut self, sql: &str) {
        let bytes = sql.as_bytes();
        self.text.clear();
        // Every token is written with at most one space and one semicolon beside it.
        self.text.reserve(2 * bytes.len() + 16);
        self.groups.clear();
        self.retainer.clear();
        self.previous = Kind::Semicolon;
        self.pending_semicolon = false;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            at = match byte {
                b' ' => at + 1,
                _ if is_letter(byte) && !begins_string(bytes, at) => self.word::<KEY>(bytes, at),
                b',' => {
                    self.separate();
                    self.text.push(b',');
                    self.previous = Kind::Comma;
                    self.retainer.punctuation(at + 1);
                    at + 1
                }
                b'.' if bytes
                    .get(at + 1)
                    .is_some_and(|&next| is_letter(next) || next == b'"')
                    && self.previous.is_name() =>
                {
                    self.separate();
                    self.groups.spoil();
                    self.text.push(b'.');
                    self.previous = Kind::Dot;
                    self.retainer.punctuation(at + 1);
                    at + 1
                }
                _ => self.other::<KEY>(bytes, at),
            };
        }
    }

    /// Writes the semicolon that stood before the token to come: the last one of
    /// a text is dropped.
    #[inline]
    fn separate(&mut self) {
        if self.pending_semicolon {
            self.text.push(b';');
            self.previous = Kind::Semicolon;
            self.pending_semicolon = false;
            self.groups.clear();
        }
    }

    /// Writes the word at `at`; returns the offset behind it.
    #[inline]
    fn word<const KEY: bool>(&mut self, bytes: &[u8], at: usize) -> usize {
        self.separate();
        if space_between(self.previous, Kind::Word, false) && !self.text.is_empty() {
            self.text.push(b' ');
        }
        self.name_start = self.text.len();
        let end = at + word::append(&mut self.text, bytes.get(at..).unwrap_or_default());
        let written = self.text.get(self.name_start..).unwrap_or_default();
        self.groups.word(written);
        if KEY {
            self.retainer
                .word(written, self.previous == Kind::Semicolon, end);
        }
        self.previous = Kind::Word;
        end
    }

    /// Takes in any other token at `at`; returns the offset behind it.
    fn other<const KEY: bool>(&mut self, bytes: &[u8], at: usize) -> usize {
        let raw = scan(bytes, at);
        match raw.kind {
            Kind::Word => return self.word::<KEY>(bytes, at),
            Kind::Semicolon => self.pending_semicolon = !self.text.is_empty(),
            Kind::Space => {}
            kind if kind.is_blank() => {
                if KEY {
                    self.retainer.comment(kind, at, raw.end, raw.terminated);
                }
            }
            kind => {
                self.separate();
                self.token::<KEY>(raw, bytes.get(at..raw.end).unwrap_or_default(), at);
                self.previous = kind;
            }
        }
        raw.end
    }

    /// Writes any other token.
    fn token<const KEY: bool>(&mut self, raw: Raw, token: &[u8], start: usize) {
        let call = match raw.kind {
            Kind::OpenParenthesis | Kind::OpenBracket => self.call(),
            _ => false,
        };
        if KEY {
            let name = if call {
                self.text.get(self.name_start..)
            } else {
                None
            };
            self.retainer
                .token(raw, token, start, self.groups.depth(), name);
        }
        match raw.kind {
            Kind::Parameter => self.marker(PARAMETER),
            kind if kind.is_literal() => self.marker(LITERAL),
            kind => {
                if space_between(self.previous, kind, call) && !self.text.is_empty() {
                    self.text.push(b' ');
                }
                self.plain_token(kind, token, call);
            }
        }
    }

    /// Whether a parenthesis that follows now opens the arguments of a call.
    fn call(&self) -> bool {
        match self.previous {
            Kind::Word => !is_no_function(self.text.get(self.name_start..).unwrap_or_default()),
            Kind::QuotedIdentifier | Kind::UnicodeIdentifier => true,
            _ => false,
        }
    }

    fn marker(&mut self, marker: u8) {
        // `'a' 'b'` over two lines is one constant.
        if self.previous.is_literal() || self.previous == Kind::Parameter {
            return;
        }
        if self.previous == Kind::Operator && self.groups.drop_sign(&mut self.text) {
            // The sign of a list's element went with it.
        } else if space_between(self.previous, Kind::Number, false) && !self.text.is_empty() {
            self.text.push(b' ');
        }
        self.groups.marker(marker);
        self.text.push(marker);
    }

    fn plain_token(&mut self, kind: Kind, token: &[u8], call: bool) {
        let start = self.text.len();
        match kind {
            Kind::OpenParenthesis | Kind::OpenBracket => {
                self.groups.open(start, call);
                self.text.extend_from_slice(token);
            }
            Kind::CloseParenthesis | Kind::CloseBracket => {
                let close = token.first().copied().unwrap_or(b')');
                self.groups.close(&mut self.text, close);
            }
            Kind::Comma => self.text.push(b','),
            Kind::Dot => {
                self.groups.spoil();
                self.text.push(b'.');
            }
            Kind::Other => {
                // Control characters must not look like markers.
                self.groups.spoil();
                let byte = token.first().copied().unwrap_or(b'?');
                self.text.push(if byte < b' ' || byte == 0x7f {
                    b'?'
                } else {
                    byte
                });
            }
            Kind::Operator => {
                self.groups.operator(start, token);
                self.text.extend_from_slice(token);
            }
            _ => {
                self.groups.spoil();
                self.name_start = start;
                self.text.extend_from_slice(token);
            }
        }
    }
}

#[inline]
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// Whether the letter at `at` may be the prefix of a string.
#[inline]
fn begins_string(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at + 1), Some(b'\'' | b'&'))
}

/// Whether a space stands between two tokens. The rules keep the tokens apart,
/// so that the result, read again, gives the same tokens.
#[inline]
fn space_between(previous: Kind, kind: Kind, call: bool) -> bool {
    match kind {
        Kind::CloseParenthesis | Kind::CloseBracket | Kind::Comma | Kind::Dot => {
            matches!(previous, Kind::Operator | Kind::Other)
                && !matches!(
                    kind,
                    Kind::CloseParenthesis | Kind::CloseBracket | Kind::Comma
                )
        }
        Kind::Cast => matches!(previous, Kind::Operator | Kind::Colon | Kind::Other),
        Kind::OpenParenthesis => {
            !(call
                || matches!(
                    previous,
                    Kind::OpenParenthesis | Kind::OpenBracket | Kind::Dot | Kind::Cast
                ))
        }
        Kind::OpenBracket => {
            !(previous.is_name()
                || matches!(
                    previous,
                    Kind::CloseParenthesis
                        | Kind::CloseBracket
                        | Kind::OpenParenthesis
                        | Kind::OpenBracket
                        | Kind::Dot
                        | Kind::Cast
                ))
        }
        _ => !matches!(
            previous,
            Kind::OpenParenthesis | Kind::OpenBracket | Kind::Dot | Kind::Cast
        ),
    }
}
