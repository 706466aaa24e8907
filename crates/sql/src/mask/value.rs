//! The extent of the value that follows an announcement.
//!
//! Quotes may be doubled because the SQL stands inside a literal, a function
//! body or a CSV field; a run of `k` quotes then plays the part of one.

use memchr::{memchr2, memmem};

use std::ops::Range;

use crate::lex::{Kind, scan};

/// Skips white space and comments.
pub(super) fn skip_blank(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        let raw = scan(bytes, at);
        if !raw.kind.is_blank() {
            // A backslash escape of white space, as JSON and syslog write it.
            match bytes.get(at..at + 2) {
                Some(br"\n" | br"\t" | br"\r") => at += 2,
                _ => break,
            }
            continue;
        }
        at = raw.end;
    }
    at
}

/// The inside of a quoted value that begins at `at`, prefix letters included,
/// and the offset behind it. `None` when no quoted value begins there.
pub(super) fn quoted(bytes: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let rest = bytes.get(at..)?;
    let (prefix, escapes) = match rest {
        [b'e' | b'E', b'\'', ..] => (1, true),
        [b'n' | b'N' | b'b' | b'B' | b'x' | b'X', b'\'', ..] => (1, false),
        [b'u' | b'U', b'&', b'\'' | b'"', ..] => (2, false),
        [b'\\', b'\'' | b'"', ..] => (1, true),
        [b'\'' | b'"', ..] => (0, false),
        [b'$', ..] => return dollar(bytes, at),
        _ => return None,
    };
    Some(run(bytes, at + prefix, escapes))
}

fn dollar(bytes: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let raw = scan(bytes, at);
    if raw.kind != Kind::DollarString {
        return None;
    }
    let tag = memchr::memchr(b'$', bytes.get(at + 1..)?)? + 2;
    let end = if raw.terminated {
        raw.end - tag
    } else {
        raw.end
    };
    Some((at + tag..end.max(at + tag), raw.end))
}

/// A value between runs of quotes; `at` is the first quote.
fn run(bytes: &[u8], at: usize, escapes: bool) -> (Range<usize>, usize) {
    let quote = bytes.get(at).copied().unwrap_or(b'\'');
    let opening = length(bytes, at, quote);
    let width = match opening {
        2 if ends_value(bytes, at + 2) => return (at + 1..at + 1, at + 2),
        // A single quote whose content begins with an escaped quote.
        3 => 1,
        4 if ends_value(bytes, at + 4) => return (at + 2..at + 2, at + 4),
        other => other.max(1),
    };
    let start = at + width;
    let mut end = start;
    while let Some(found) = bytes
        .get(end..)
        .and_then(|rest| memchr2(quote, b'\\', rest))
    {
        end += found;
        if bytes.get(end) == Some(&b'\\') {
            // `\'` hides a quote in an escape string and in a connection string.
            end += if escapes || width > 1 || quote == b'"' {
                1 + length(bytes, end + 1, quote).min(width)
            } else {
                1
            };
            continue;
        }
        let closing = length(bytes, end, quote);
        if closing % (2 * width) >= width {
            let inside = closing - closing % (2 * width);
            return (start..end + inside, end + inside + width);
        }
        end += closing;
    }
    (start..bytes.len(), bytes.len())
}

fn length(bytes: &[u8], at: usize, quote: u8) -> usize {
    bytes
        .get(at..)
        .unwrap_or_default()
        .iter()
        .take_while(|&&byte| byte == quote)
        .count()
}

/// Whether a value can end before this offset.
fn ends_value(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        None => true,
        Some(byte) => {
            byte.is_ascii_whitespace() || matches!(byte, b';' | b')' | b',' | b'}' | b']')
        }
    }
}

/// An unquoted value: up to white space, a quote or a separator.
pub(super) fn bare(bytes: &[u8], at: usize) -> Range<usize> {
    let rest = bytes.get(at..).unwrap_or_default();
    let mut end = 0;
    while let Some(&byte) = rest.get(end) {
        match byte {
            b'\\'
                if rest
                    .get(end + 1)
                    .is_some_and(|next| matches!(next, b'n' | b't' | b'r')) =>
            {
                break;
            }
            b'\\' => end += 2,
            b'\'' | b'"' | b'&' | b',' | b';' | b')' | b'}' | b'`' => break,
            _ if byte.is_ascii_whitespace() => break,
            _ => end += 1,
        }
    }
    at..at + end.min(rest.len())
}

/// The constants of a text, for every token from `from` to `to`.
pub(super) fn constants(bytes: &[u8], from: usize, to: usize, found: &mut Vec<Range<usize>>) {
    let mut at = from;
    while at < to {
        if let Some((inside, end)) = quoted(bytes, at).filter(|_| bytes.get(at) != Some(&b'"')) {
            found.push(inside.start..inside.end.min(to));
            at = end.max(at + 1);
        } else {
            at = scan(bytes, at).end;
        }
    }
}

/// Offset of a needle at or behind `from`.
pub(super) fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    memmem::find(bytes.get(from..)?, needle).map(|found| from + found)
}
