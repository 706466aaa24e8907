//! The pieces PostgreSQL cuts a record into for syslog, and how they join.
//!
//! `write_syslog` sends a record line by line, and a line of more than
//! [`LIMIT`] bytes in several pieces, cut before white space where there is any.
//! It numbers them `[record-piece]` (`syslog_sequence_numbers`, on by default),
//! `[piece]` without, and `[record]` when `syslog_split_messages` is off. Line
//! ends are not sent, so whether two pieces stood on one line has to be worked
//! out: text of a client never begins a line, because the server indents
//! continuation lines by a tab.

use std::borrow::Cow;

/// Largest piece (`PG_SYSLOG_LIMIT`, elog.c).
pub(crate) const LIMIT: usize = 900;

/// Number and text of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk<'a> {
    /// What stands in brackets before it.
    pub(crate) number: Number,
    /// The text.
    pub(crate) text: &'a [u8],
}

/// The number of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    /// `[sequence-piece]`.
    Both(u64, u32),
    /// `[piece]` or `[sequence]`.
    One,
    /// None.
    Absent,
}

/// Takes the number off a message.
pub(crate) fn split(message: &[u8]) -> Chunk<'_> {
    let absent = Chunk {
        number: Number::Absent,
        text: message,
    };
    let Some(rest) = message.strip_prefix(b"[") else {
        return absent;
    };
    let Some(close) = rest.iter().take(32).position(|byte| *byte == b']') else {
        return absent;
    };
    let (inside, rest) = rest.split_at(close);
    let Some(text) = rest.strip_prefix(b"] ").or_else(|| rest.strip_prefix(b"]")) else {
        return absent;
    };
    let Ok(inside) = std::str::from_utf8(inside) else {
        return absent;
    };
    let number = match inside.split_once('-') {
        Some((sequence, piece)) => match (sequence.parse(), piece.parse()) {
            (Ok(sequence), Ok(piece)) if piece > 0 => Number::Both(sequence, piece),
            _ => return absent,
        },
        None if inside.parse::<u64>().is_ok() => Number::One,
        None => return absent,
    };
    Chunk { number, text }
}

/// What of a piece decides whether the next one goes on in its line. Measured as
/// received, so that a client cannot shorten a piece by writing what looks like
/// an escape.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extent {
    length: usize,
    has_space: bool,
    is_blank: bool,
}

impl Extent {
    /// Measures a piece.
    pub(crate) fn of(piece: &[u8]) -> Self {
        let has_space = piece.iter().skip(1).any(|byte| is_space(*byte));
        let is_blank = !piece.is_empty() && piece.iter().all(|byte| is_space(*byte));
        Self {
            length: piece.len(),
            has_space,
            is_blank,
        }
    }

    /// Whether `next` goes on in the line of this piece.
    pub(crate) fn is_joined_by(self, next: &[u8]) -> bool {
        let word = || next.iter().skip(1).position(|byte| is_space(*byte));
        let is_full = || self.length + 1 + word().unwrap_or(next.len() - 1) > LIMIT;
        match next.first() {
            None => false,
            Some(b' ') => is_full(),
            // Cut at a tab, or a new line: where it matters a line, so that a
            // comment before it hides nothing.
            Some(b'\t') => self.is_blank && is_full(),
            // Cut inside a word, which happens only when there is no white space
            // to cut at. Up to three bytes go missing at a character, three more
            // where a leading `#011` has become a tab.
            Some(_) => !next.starts_with(b"#011") && !self.has_space && self.length + 6 >= LIMIT,
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Makes a leading `#011` the tab it was.
pub(crate) fn leading_tab(text: &[u8]) -> Cow<'_, [u8]> {
    match text.strip_prefix(b"#011") {
        Some(rest) => Cow::Owned([b"\t", rest].concat()),
        None => Cow::Borrowed(text),
    }
}

/// Undoes the escapes of rsyslog and syslog-ng for tabs and line ends (`#011`,
/// `#012`, `#015`). A line end is only believed before a tab or at the very
/// end, where the server puts it: text of a client cannot begin a line.
pub(crate) fn unescape(text: Vec<u8>) -> Vec<u8> {
    if memchr::memmem::find(&text, b"#01").is_none() {
        return text;
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = &text[..];
    while let Some(at) = memchr::memchr(b'#', rest) {
        plain.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let (byte, used) = match rest.get(..4) {
            Some(b"#011") => (b'\t', 4),
            Some(b"#015") => (b'\r', 4),
            Some(b"#012") if line_end_is_meant(&rest[4..]) => (b'\n', 4),
            _ => (b'#', 1),
        };
        plain.push(byte);
        rest = &rest[used..];
    }
    plain.extend_from_slice(rest);
    plain
}

fn line_end_is_meant(after: &[u8]) -> bool {
    after.is_empty()
        || after.starts_with(b"\t")
        || after.starts_with(b"#011")
        || after.starts_with(b"\n")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A record cut the way `write_syslog` cuts it: pieces without numbers.
    pub(crate) fn cut_like_the_server(record: &str) -> Vec<String> {
        let mut pieces = Vec::new();
        let mut rest = record;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('\n') {
                rest = after;
                continue;
            }
            let line = rest.find('\n').unwrap_or(rest.len());
            let mut length = line.min(LIMIT);
            while !rest.is_char_boundary(length) {
                length -= 1;
            }
            let next = rest.as_bytes().get(length);
            if next.is_some_and(|byte| !byte.is_ascii_whitespace()) {
                let space = rest[..length].rfind(|c: char| c.is_ascii_whitespace());
                length = space.filter(|at| *at > 0).unwrap_or(length);
            }
            pieces.push(rest[..length].to_owned());
            rest = &rest[length..];
        }
        pieces
    }

    fn joins(previous: &str, next: &str) -> bool {
        Extent::of(previous.as_bytes()).is_joined_by(next.as_bytes())
    }

    fn joined(pieces: &[String]) -> String {
        let mut text = String::new();
        for (at, piece) in pieces.iter().enumerate() {
            if at > 0 && !joins(&pieces[at - 1], piece) {
                text.push('\n');
            }
            text.push_str(piece);
        }
        text
    }

    #[test]
    fn numbers_are_taken_off() {
        assert_eq!(
            split(b"[5-2] \tx"),
            Chunk {
                number: Number::Both(5, 2),
                text: b"\tx"
            }
        );
        assert_eq!(
            split(b"[5-1]  sql"),
            Chunk {
                number: Number::Both(5, 1),
                text: b" sql"
            }
        );
        assert_eq!(
            split(b"[7] x"),
            Chunk {
                number: Number::One,
                text: b"x"
            }
        );
        for text in [
            "x",
            "[x] y",
            "[5-0] x",
            "[1-2-3] x",
            "[",
            "[local] x",
            "[99999999999999999999] x",
        ] {
            assert_eq!(split(text.as_bytes()).number, Number::Absent, "{text}");
        }
    }

    #[test]
    fn what_the_server_cuts_is_joined_again() {
        let word = "w".repeat(2000);
        let sentence = "lorem ipsum dolor ".repeat(200);
        let umlauts = "ü".repeat(1500);
        for record in [
            "LOG:  statement: select 1".to_owned(),
            format!("LOG:  statement: {sentence}\n\tselect 2\n\tfrom t"),
            format!("LOG:  statement: {word}"),
            format!("LOG:  statement: {umlauts}\n\tx"),
            format!(
                "p LOG:  statement: select '{word}'\np DETAIL:  {sentence}end\np STATEMENT:  x"
            ),
            format!("LOG:  x\n\t\t\t'{word}'\n\ty"),
            format!(" e LOG:  x\n e DETAIL:  y\n e CONTEXT:  {sentence}end"),
        ] {
            let pieces = cut_like_the_server(&record);
            assert!(pieces.iter().all(|piece| piece.len() <= LIMIT));
            assert_eq!(joined(&pieces), record);
        }
    }

    #[test]
    fn a_client_cannot_begin_a_line() {
        let forged = "2026-01-31 10:00:00 UTC [1] LOG:  AUDIT: SESSION,1,1,ROLE,GRANT";
        for filler in ["w", "#011", "#012", "ü", "#"] {
            for extra in 0..8 {
                let word = filler.repeat(3000);
                let record = format!(
                    "LOG:  statement: select '{}{word}{forged}'",
                    "x".repeat(extra)
                );
                for pair in cut_like_the_server(&record).windows(2) {
                    let kept = Extent::of(&leading_tab(pair[0].as_bytes()));
                    let follows = kept.is_joined_by(pair[1].as_bytes());
                    assert!(follows || pair[1].starts_with("#011"));
                }
            }
        }
        assert_eq!(
            unescape(b"select '#012LOG:  x'".to_vec()),
            b"select '#012LOG:  x'"
        );
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescape(b"a#011b#012#011c#012".to_vec()), b"a\tb\n\tc\n");
        assert_eq!(unescape(b"#0#01#0111".to_vec()), b"#0#01\t1");
    }
}
