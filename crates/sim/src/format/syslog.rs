//! RFC 3164 lines: the stderr text of a record cut into numbered chunks, one
//! or more for each line, at most 900 bytes each.

use memchr::memchr;

use super::stderr::Stderr;
use crate::calendar::Local;
use crate::digits::{decimal, padded};
use crate::entry::Entry;
use crate::options::SyslogForm;
use crate::process::Process;

/// Bytes of text in one chunk (`PG_SYSLOG_LIMIT`).
const CHUNK: usize = 900;
/// Facility `local0`.
const FACILITY: u16 = 16;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Writes syslog.
pub(crate) struct Syslog {
    text: Stderr,
    ident: String,
    priority: bool,
    escape: bool,
    record: Vec<u8>,
}

impl Syslog {
    /// A writer that cuts what `text` writes.
    pub(crate) fn new(text: Stderr, form: &SyslogForm) -> Self {
        Self {
            text,
            ident: form.ident.clone(),
            priority: form.priority,
            escape: form.escape_controls,
            record: Vec::new(),
        }
    }

    /// Appends one record.
    pub(crate) fn write(
        &mut self,
        out: &mut Vec<u8>,
        server: &str,
        process: &mut Process,
        entry: &Entry<'_>,
    ) {
        self.record.clear();
        self.text.write(&mut self.record, process, entry);
        process.sequence += 1;
        let local = self.text.local(entry.time);
        let mut number = 0_u32;
        let mut rest = self.record.as_slice();
        while let Some((chunk, next)) = next_chunk(rest) {
            number += 1;
            if self.priority {
                out.push(b'<');
                decimal(out, FACILITY * 8 + u16::from(entry.level.syslog()));
                out.push(b'>');
            }
            header(out, local, server, &self.ident, process.pid);
            out.push(b'[');
            decimal(out, process.sequence);
            out.push(b'-');
            decimal(out, number);
            out.extend_from_slice(b"] ");
            body(out, chunk, self.escape);
            out.push(b'\n');
            rest = next;
        }
    }
}

fn header(out: &mut Vec<u8>, local: Local, server: &str, ident: &str, pid: u32) {
    let month = MONTHS
        .get(usize::from(local.month).wrapping_sub(1))
        .unwrap_or(&"Jan");
    out.extend_from_slice(month.as_bytes());
    out.extend_from_slice(if local.day < 10 { b"  " } else { b" " });
    decimal(out, local.day);
    for (mark, part) in [
        (b' ', local.hour),
        (b':', local.minute),
        (b':', local.second),
    ] {
        out.push(mark);
        padded(out, u64::from(part), 2);
    }
    out.push(b' ');
    out.extend_from_slice(server.as_bytes());
    out.push(b' ');
    out.extend_from_slice(ident.as_bytes());
    out.push(b'[');
    decimal(out, pid);
    out.extend_from_slice(b"]: ");
}

/// The next chunk and what follows it: up to a newline, at most [`CHUNK`]
/// bytes, cut between characters and, if possible, between words.
fn next_chunk(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let skipped = text.iter().take_while(|&&byte| byte == b'\n').count();
    let text = text.get(skipped..).filter(|text| !text.is_empty())?;
    let mut length = memchr(b'\n', text).unwrap_or(text.len()).min(CHUNK);
    let at = |index: usize| text.get(index).copied().unwrap_or(b'\n');
    while length > 1 && at(length) & 0xC0 == 0x80 {
        length -= 1;
    }
    if !is_space(at(length)) {
        let word = (1..length).rev().find(|&index| is_space(at(index)));
        length = word.unwrap_or(length);
    }
    Some(text.split_at(length))
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0B
}

/// Appends a chunk, control characters as `#ooo` when `escape` is set.
fn body(out: &mut Vec<u8>, chunk: &[u8], escape: bool) {
    if !escape {
        out.extend_from_slice(chunk);
        return;
    }
    for &byte in chunk {
        if byte < b' ' || byte == 0x7F {
            out.push(b'#');
            out.extend([byte >> 6, (byte >> 3) & 7, byte & 7].map(|digit| b'0' + digit));
        } else {
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(text: &str) -> Vec<usize> {
        let mut sizes = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((chunk, next)) = next_chunk(rest) {
            assert!(std::str::from_utf8(chunk).is_ok());
            sizes.push(chunk.len());
            rest = next;
        }
        sizes
    }

    #[test]
    fn cuts_at_newlines_words_and_characters() {
        assert_eq!(chunks("one\n\ttwo\n"), [3, 4]);
        assert_eq!(chunks(&"x".repeat(1_900)), [900, 900, 100]);
        assert_eq!(chunks(&"abcd ".repeat(300))[0], 899);
        assert_eq!(chunks(&"é".repeat(700)), [900, 500]);
        assert_eq!(chunks("\n\n"), Vec::<usize>::new());
    }

    #[test]
    fn control_characters_become_octal() {
        let mut out = Vec::new();
        body(&mut out, b"\ta", true);
        assert_eq!(out, b"#011a");
    }
}
