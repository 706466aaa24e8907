//! What the text of a statement shows apart from its grammar: its length, and
//! whether its end was cut off.

use std::ops::Range;

use crate::lex::{Kind, tokens};

/// Texts longer than this many bytes are lost by some log pipelines.
pub(crate) const OVERSIZED: usize = 16 * 1024;

/// Texts longer than this many bytes are judged by their first part only.
pub(crate) const MAX_LENGTH: usize = 256 * 1024;

/// An unclosed quote in a text longer than this is taken for truncation by a log.
const MAX_UNCLOSED: usize = 8 * 1024;

/// A comment no longer than this says nothing: it is there to cut.
const MAX_BARE_COMMENT: usize = 2;

pub(crate) fn is_oversized(sql: &str) -> bool {
    sql.len() > OVERSIZED
}

pub(crate) fn is_too_long(sql: &str) -> bool {
    sql.len() > MAX_LENGTH
}

/// The part of the text that is judged, cut at a character boundary.
pub(crate) fn judged(sql: &str) -> &str {
    sql.get(..sql.floor_char_boundary(MAX_LENGTH))
        .unwrap_or(sql)
}

/// Whether the line comment at `comment`, the last of the text, cuts off what
/// followed the statement, which ends at `statement_end`: it stands on the
/// statement's last line with nothing behind it, and is empty or holds the
/// other half of something.
pub(crate) fn is_cut(sql: &str, statement_end: usize, comment: Range<usize>) -> bool {
    let behind = sql.get(comment.end..).unwrap_or_default();
    let between = sql.get(statement_end..comment.start).unwrap_or_default();
    if statement_end == 0 || comment.start < statement_end || !behind.trim().is_empty() {
        return false;
    }
    if between.contains(['\n', '\r']) {
        return false;
    }
    let body = sql
        .get(comment.start + 2..comment.end)
        .unwrap_or_default()
        .trim();
    body.len() <= MAX_BARE_COMMENT || quotes(body) % 2 == 1 || unbalanced(body)
}

/// Single quotes that are not apostrophes.
fn quotes(body: &str) -> usize {
    let bytes = body.as_bytes();
    let letter = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte > 0x7f)
    };
    memchr::memchr_iter(b'\'', bytes)
        .filter(|&at| !(letter(at.checked_sub(1)) && letter(Some(at + 1))))
        .count()
}

/// Whether a parenthesis closes that was not opened in the comment.
fn unbalanced(body: &str) -> bool {
    let mut depth = 0i64;
    for byte in body.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            // An enumeration such as "a) first" is no other half.
            return body.trim_start().starts_with(')');
        }
    }
    false
}

/// What one pass over the tokens tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outline {
    /// Whether the text ends in a cut: a line comment that hides something, or a
    /// quote or comment that never closes.
    pub(crate) cut: bool,
    /// Whether PostgreSQL's scanner would take time that grows with the square
    /// of the length: it reads a run of signs, or of nested comment openers,
    /// again for every token in it.
    pub(crate) slow: bool,
}

/// Signs in a row, and comment openers in a run of operator characters, beyond
/// which the scanner is spared the text.
const MAX_SIGNS: usize = 64;

pub(crate) fn outline(sql: &str) -> Outline {
    let (mut statement_end, mut comment, mut signs) = (0, None, 0usize);
    let mut outline = Outline {
        cut: false,
        slow: false,
    };
    for token in tokens(sql) {
        signs = if token.kind == Kind::Operator {
            signs + 1
        } else {
            0
        };
        outline.slow |= signs > MAX_SIGNS;
        if token.kind == Kind::BlockComment {
            outline.slow |= nests_densely(token.text);
        }
        if !token.terminated {
            outline.cut = sql.len() <= MAX_UNCLOSED;
            return outline;
        }
        match token.kind {
            Kind::Space | Kind::BlockComment => {}
            Kind::LineComment => comment = Some(token.start..token.end()),
            _ => statement_end = token.end(),
        }
    }
    outline.cut = comment.is_some_and(|comment| is_cut(sql, statement_end, comment));
    outline
}

/// Whether many comment openers stand in one run of operator characters.
fn nests_densely(comment: &str) -> bool {
    let operator = |byte: &u8| b"+-*/<>=~!@#%^&|`?".contains(byte);
    comment
        .as_bytes()
        .split(|byte| !operator(byte))
        .any(|run| memchr::memmem::find_iter(run, b"/*").count() > MAX_SIGNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_told_from_comments() {
        for sql in [
            "SELECT 1 FROM users WHERE id = '1' OR 1=1 --' AND password = 'x'",
            "SELECT 1 FROM users WHERE id = 1 -- -",
            "SELECT 1 FROM users WHERE id = 1--",
            "SELECT 1 FROM users WHERE (id = 1) --) LIMIT 1",
            "SELECT 1 FROM users; DROP TABLE users; --",
            "SELECT 1 FROM users WHERE id = '1''",
            "SELECT 1 FROM users WHERE id = 1 /* AND a = 2",
        ] {
            assert!(outline(sql).cut, "{sql}");
        }
        for sql in [
            "-- name: GetUser\nSELECT 1 FROM users WHERE id = $1",
            "SELECT 1 /* route='x' */",
            "SELECT 1 FROM users -- all the users we've got",
            "SELECT 1 FROM users -- where's 'it'",
            "SELECT 1 FROM users\n-- ",
            "SELECT 1 -- a) first b) second",
            "-- nothing",
            "SELECT 'it''s' -- ok it is (really)\n",
        ] {
            assert!(!outline(sql).cut, "{sql}");
        }
    }

    #[test]
    fn what_the_scanner_reads_again_and_again_is_known() {
        for sql in [
            "/*".repeat(100),
            "/*-".repeat(100),
            format!("SELECT {}1", "+-".repeat(100)),
        ] {
            assert!(outline(&sql).slow, "{sql}");
        }
        let banner = format!("/{}/ SELECT 1 -- {}", "*".repeat(500), "-".repeat(500));
        for sql in [
            banner.as_str(),
            "SELECT 1 + - 1",
            "/* /* */ */ SELECT 'x' <> 'y'",
        ] {
            assert!(!outline(sql).slow, "{sql}");
        }
    }
}
