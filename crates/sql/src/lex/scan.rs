//! One step of the lexer, on bytes.
//!
//! [`scan`] takes the text and an offset inside it and returns the kind and end
//! of the token there. The end is always beyond the offset and on a character
//! boundary, so repeated steps cover the text.

use memchr::{memchr, memchr2, memmem};

use super::Kind;

/// A token without its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw {
    pub(crate) kind: Kind,
    pub(crate) end: usize,
    pub(crate) terminated: bool,
}

impl Raw {
    const fn closed(kind: Kind, end: usize) -> Self {
        Self {
            kind,
            end,
            terminated: true,
        }
    }
}

/// What a byte can begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Space,
    Letter,
    Digit,
    Operator,
    Quote,
    DoubleQuote,
    Dollar,
    Dot,
    Colon,
    Single(Kind),
}

const fn class_of(byte: u8) -> Class {
    match byte {
        b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => Class::Space,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xff => Class::Letter,
        b'0'..=b'9' => Class::Digit,
        b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'=' | b'~' | b'!' | b'@' | b'#' | b'%'
        | b'^' | b'&' | b'|' | b'`' | b'?' => Class::Operator,
        b'\'' => Class::Quote,
        b'"' => Class::DoubleQuote,
        b'$' => Class::Dollar,
        b'.' => Class::Dot,
        b':' => Class::Colon,
        b'(' => Class::Single(Kind::OpenParenthesis),
        b')' => Class::Single(Kind::CloseParenthesis),
        b'[' => Class::Single(Kind::OpenBracket),
        b']' => Class::Single(Kind::CloseBracket),
        b',' => Class::Single(Kind::Comma),
        b';' => Class::Single(Kind::Semicolon),
        _ => Class::Other,
    }
}

static CLASS: [Class; 256] = {
    let mut table = [Class::Other; 256];
    let mut byte = 0usize;
    while byte < 256 {
        table[byte] = class_of(byte as u8);
        byte += 1;
    }
    table
};

/// Bytes that continue an identifier.
static IDENTIFIER: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0usize;
    while byte < 256 {
        table[byte] = matches!(
            class_of(byte as u8),
            Class::Letter | Class::Digit | Class::Dollar
        );
        byte += 1;
    }
    table
};

#[inline]
fn peek(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// The token at `at`, which must lie inside `bytes`.
#[inline]
pub(crate) fn scan(bytes: &[u8], at: usize) -> Raw {
    let byte = peek(bytes, at);
    match CLASS[byte as usize] {
        Class::Letter => word(bytes, at, byte),
        Class::Space => Raw::closed(Kind::Space, skip(bytes, at + 1, is_space)),
        Class::Single(kind) => Raw::closed(kind, at + 1),
        Class::Digit => Raw::closed(Kind::Number, number(bytes, at)),
        Class::Quote => string(bytes, at + 1, Kind::String),
        Class::DoubleQuote => delimited(bytes, at + 1, b'"', Kind::QuotedIdentifier),
        Class::Operator => operator_or_comment(bytes, at),
        Class::Dollar => dollar(bytes, at),
        Class::Dot if peek(bytes, at + 1).is_ascii_digit() => {
            Raw::closed(Kind::Number, number(bytes, at))
        }
        Class::Dot => Raw::closed(Kind::Dot, at + 1),
        Class::Colon => match peek(bytes, at + 1) {
            b':' => Raw::closed(Kind::Cast, at + 2),
            b'=' => Raw::closed(Kind::Colon, at + 2),
            _ => Raw::closed(Kind::Colon, at + 1),
        },
        Class::Other => Raw::closed(Kind::Other, at + 1),
    }
}

#[inline]
fn is_space(byte: u8) -> bool {
    matches!(CLASS[byte as usize], Class::Space)
}

#[inline]
fn skip(bytes: &[u8], mut at: usize, keep: fn(u8) -> bool) -> usize {
    while let Some(&byte) = bytes.get(at) {
        if !keep(byte) {
            break;
        }
        at += 1;
    }
    at
}

#[inline]
fn word(bytes: &[u8], at: usize, first: u8) -> Raw {
    let mut end = at + 1;
    while let Some(&byte) = bytes.get(end) {
        if !IDENTIFIER[byte as usize] {
            break;
        }
        end += 1;
    }
    if end == at + 1 {
        let next = peek(bytes, end);
        if next == b'\'' || next == b'&' {
            return prefixed(bytes, at, first, next);
        }
    }
    Raw::closed(Kind::Word, end)
}

/// A one-letter word before `'` or `&`: perhaps the prefix of a string.
fn prefixed(bytes: &[u8], at: usize, letter: u8, next: u8) -> Raw {
    if next == b'\'' {
        match letter | 0x20 {
            b'e' => return escape_string(bytes, at + 2),
            b'b' | b'x' => return string(bytes, at + 2, Kind::BitString),
            b'n' => return string(bytes, at + 2, Kind::NationalString),
            _ => {}
        }
    } else if letter | 0x20 == b'u' {
        match peek(bytes, at + 2) {
            b'\'' => return string(bytes, at + 3, Kind::UnicodeString),
            b'"' => return delimited(bytes, at + 3, b'"', Kind::UnicodeIdentifier),
            _ => {}
        }
    }
    Raw::closed(Kind::Word, at + 1)
}

/// Digits with underscores, fraction and exponent, or `0x`, `0o`, `0b` digits.
fn number(bytes: &[u8], at: usize) -> usize {
    let digit = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    if peek(bytes, at) == b'0' {
        let based: Option<fn(u8) -> bool> = match peek(bytes, at + 1) | 0x20 {
            b'x' => Some(|byte| byte.is_ascii_hexdigit() || byte == b'_'),
            b'o' => Some(|byte| matches!(byte, b'0'..=b'7' | b'_')),
            b'b' => Some(|byte| matches!(byte, b'0' | b'1' | b'_')),
            _ => None,
        };
        if let Some(based) = based {
            let end = skip(bytes, at + 2, based);
            if end > at + 2 {
                return end;
            }
        }
    }
    let mut end = skip(bytes, at, digit);
    // `1..10` is a range of PL/pgSQL, not the number `1.`.
    if peek(bytes, end) == b'.' && peek(bytes, end + 1) != b'.' {
        end = skip(bytes, end + 1, digit);
    }
    if peek(bytes, end) | 0x20 == b'e' {
        let sign = usize::from(matches!(peek(bytes, end + 1), b'+' | b'-'));
        if peek(bytes, end + 1 + sign).is_ascii_digit() {
            end = skip(bytes, end + 1 + sign, digit);
        }
    }
    end
}

/// `at` lies behind the opening quote; doubled quotes stay inside.
fn string(bytes: &[u8], at: usize, kind: Kind) -> Raw {
    delimited(bytes, at, b'\'', kind)
}

fn delimited(bytes: &[u8], mut at: usize, quote: u8, kind: Kind) -> Raw {
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr(quote, rest)) {
        at += found + 1;
        if peek(bytes, at) != quote {
            return Raw::closed(kind, at);
        }
        at += 1;
    }
    Raw {
        kind,
        end: bytes.len(),
        terminated: false,
    }
}

fn escape_string(bytes: &[u8], mut at: usize) -> Raw {
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'\'', b'\\', rest)) {
        at += found + 1;
        if peek(bytes, at - 1) == b'\\' {
            // An escaped character may be long: its other bytes are no delimiters.
            at += 1;
        } else if peek(bytes, at) == b'\'' {
            at += 1;
        } else {
            return Raw::closed(Kind::EscapeString, at);
        }
    }
    Raw {
        kind: Kind::EscapeString,
        end: bytes.len(),
        terminated: false,
    }
}

/// `$1`, `$tag$…$tag$`, or a lone dollar.
fn dollar(bytes: &[u8], at: usize) -> Raw {
    let next = peek(bytes, at + 1);
    if next.is_ascii_digit() {
        return Raw::closed(
            Kind::Parameter,
            skip(bytes, at + 1, |byte| byte.is_ascii_digit()),
        );
    }
    let tag_end = match CLASS[next as usize] {
        Class::Letter => skip(bytes, at + 1, |byte| {
            IDENTIFIER[byte as usize] && byte != b'$'
        }),
        _ => at + 1,
    };
    if peek(bytes, tag_end) != b'$' {
        return Raw::closed(Kind::Other, at + 1);
    }
    let body = tag_end + 1;
    let (Some(tag), Some(rest)) = (bytes.get(at..body), bytes.get(body..)) else {
        return Raw::closed(Kind::Other, at + 1);
    };
    match memmem::find(rest, tag) {
        Some(found) => Raw::closed(Kind::DollarString, body + found + tag.len()),
        None => Raw {
            kind: Kind::DollarString,
            end: bytes.len(),
            terminated: false,
        },
    }
}

fn operator_or_comment(bytes: &[u8], at: usize) -> Raw {
    match (peek(bytes, at), peek(bytes, at + 1)) {
        (b'-', b'-') => {
            let rest = bytes.get(at..).unwrap_or_default();
            let end = memchr2(b'\n', b'\r', rest).map_or(bytes.len(), |found| at + found);
            Raw::closed(Kind::LineComment, end)
        }
        (b'/', b'*') => block_comment(bytes, at),
        _ => Raw::closed(Kind::Operator, operator(bytes, at)),
    }
}

/// Bytes an operator can be long: a name is no longer, and a run of signs is
/// looked at once for each of them.
const MAX_OPERATOR: usize = 64;

/// The longest run of operator characters that holds no comment. As in
/// PostgreSQL, a trailing `+` or `-` is left off unless a character occurs that
/// no standard SQL operator has, so that `=-1` is `=` and `-`.
fn operator(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    let mut own = false;
    while let Some(&byte) = bytes.get(end) {
        let comment = matches!((byte, peek(bytes, end + 1)), (b'-', b'-') | (b'/', b'*'));
        let over = !matches!(CLASS[byte as usize], Class::Operator) || end - at >= MAX_OPERATOR;
        if over || (comment && end > at) {
            break;
        }
        own |= matches!(
            byte,
            b'~' | b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'|' | b'`' | b'?'
        );
        end += 1;
    }
    while !own && end > at + 1 && matches!(peek(bytes, end - 1), b'+' | b'-') {
        end -= 1;
    }
    end
}

fn block_comment(bytes: &[u8], at: usize) -> Raw {
    let mut depth = 1usize;
    let mut end = at + 2;
    while let Some(found) = bytes.get(end..).and_then(|rest| memchr2(b'*', b'/', rest)) {
        end += found + 1;
        match (peek(bytes, end - 1), peek(bytes, end)) {
            (b'*', b'/') => {
                depth -= 1;
                end += 1;
                if depth == 0 {
                    return Raw::closed(Kind::BlockComment, end);
                }
            }
            (b'/', b'*') => {
                depth += 1;
                end += 1;
            }
            _ => {}
        }
    }
    Raw {
        kind: Kind::BlockComment,
        end: bytes.len(),
        terminated: false,
    }
}
