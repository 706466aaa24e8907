//! RFC 4180 as PostgreSQL writes it: one record into its fields, strictly.

use crate::parse::short::{find_any, find_either};

/// Columns of the newest csvlog.
pub(super) const MOST_COLUMNS: usize = 26;

/// One field: where its text stands, without the quotes around it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it was quoted.
    pub(super) quoted: bool,
    /// Whether doubled quotes stand in it.
    pub(super) doubled: bool,
}

/// The fields of a record.
pub(super) type Fields = [Field; MOST_COLUMNS];

/// What came of splitting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// A record of so many columns; the next one begins at `next`.
    Record { columns: usize, next: usize },
    /// The bytes end before the record does.
    Incomplete,
    /// No record of csvlog, as is plain from what stands before `seen`.
    Malformed { seen: usize },
}

/// Splits the record that begins at `start`. `end` says that no bytes follow.
pub(super) fn split(bytes: &[u8], start: usize, end: bool, fields: &mut Fields) -> Split {
    let mut at = start;
    let mut columns = 0;
    loop {
        let Some(field) = fields.get_mut(columns) else {
            return Split::Malformed { seen: at };
        };
        let after = if bytes.get(at) == Some(&b'"') {
            match quoted(bytes, at + 1) {
                Some(found) => {
                    *field = found;
                    found.end + 1
                }
                None if end => return Split::Malformed { seen: bytes.len() },
                None => return Split::Incomplete,
            }
        } else {
            let stop = match bytes.get(at) {
                Some(b',') => at,
                _ => find_any(bytes, at, *b",\n\""),
            };
            *field = Field {
                start: at,
                end: stop,
                quoted: false,
                doubled: false,
            };
            stop
        };
        columns += 1;
        let next = match &bytes[after..] {
            [b',', ..] => {
                at = after + 1;
                continue;
            }
            [b'\n', ..] => after + 1,
            [b'\r', b'\n', ..] => after + 2,
            [] | [b'\r'] if !end => return Split::Incomplete,
            [] => after,
            _ => return Split::Malformed { seen: after + 1 },
        };
        let last = &mut fields[columns - 1];
        if !last.quoted && last.end > last.start && bytes[last.end - 1] == b'\r' {
            last.end -= 1;
        }
        return match columns {
            23 | 24 | 26 => Split::Record { columns, next },
            _ => Split::Malformed { seen: next },
        };
    }
}

/// The field whose text begins at `start`, behind the opening quote.
fn quoted(bytes: &[u8], start: usize) -> Option<Field> {
    let mut from = start;
    let mut doubled = false;
    loop {
        let quote = find_either(bytes, from, *b"\"\"");
        if quote >= bytes.len() {
            return None;
        }
        match bytes.get(quote + 1) {
            Some(b'"') => {
                doubled = true;
                from = quote + 2;
            }
            // A quote at the very end may be the first of two; the caller
            // asks for more when more can come.
            _ => {
                return Some(Field {
                    start,
                    end: quote,
                    quoted: true,
                    doubled,
                });
            }
        }
    }
}
