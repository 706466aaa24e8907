//! Text with `log_line_prefix`: follow-up lines repeat the prefix, every other
//! line of a text begins with a TAB.

use memchr::memchr;

use super::prefix::{Moment, Prefix};
use crate::calendar::{Calendar, Local};
use crate::digits::decimal;
use crate::entry::Entry;
use crate::options::Verbosity;
use crate::process::Process;

/// Writes stderr logs.
pub(crate) struct Stderr {
    calendar: Calendar,
    prefix: Prefix,
    verbosity: Verbosity,
    value: String,
}

impl Stderr {
    /// A writer with `log_line_prefix`.
    pub(crate) fn new(calendar: Calendar, prefix: &str, verbosity: Verbosity) -> Self {
        Self {
            calendar,
            prefix: Prefix::new(prefix),
            verbosity,
            value: String::new(),
        }
    }

    /// Local parts of a moment, for the header of syslog.
    pub(crate) fn local(&mut self, time: i64) -> Local {
        self.calendar.local(time)
    }

    /// Appends one record.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, process: &mut Process, entry: &Entry<'_>) {
        self.begin(out, process, entry, entry.level.word());
        if self.verbosity == Verbosity::Verbose {
            out.extend_from_slice(entry.sqlstate.as_bytes());
            out.extend_from_slice(b": ");
        }
        with_tabs(out, entry.message);
        if entry.position > 0 {
            out.extend_from_slice(b" at character ");
            decimal(out, entry.position);
        }
        out.push(b'\n');
        if self.verbosity != Verbosity::Terse {
            for (word, text) in [
                ("DETAIL", entry.detail),
                ("HINT", entry.hint),
                ("CONTEXT", entry.context),
            ] {
                if let Some(text) = text {
                    self.begin(out, process, entry, word);
                    with_tabs(out, text);
                    out.push(b'\n');
                }
            }
        }
        if self.verbosity == Verbosity::Verbose {
            self.begin(out, process, entry, "LOCATION");
            out.extend_from_slice(entry.origin.function.as_bytes());
            out.extend_from_slice(b", ");
            out.extend_from_slice(entry.origin.file.as_bytes());
            out.push(b':');
            decimal(out, entry.origin.line);
            out.push(b'\n');
        }
        if let Some(text) = entry.statement {
            self.begin(out, process, entry, "STATEMENT");
            with_tabs(out, text);
            out.push(b'\n');
        }
    }

    fn begin(&mut self, out: &mut Vec<u8>, process: &mut Process, entry: &Entry<'_>, word: &str) {
        process.prefixed += 1;
        let moment = Moment {
            time: entry.time,
            sqlstate: entry.sqlstate,
        };
        self.prefix
            .write(out, &mut self.calendar, process, &moment, &mut self.value);
        out.extend_from_slice(word.as_bytes());
        out.extend_from_slice(b":  ");
    }
}

/// Appends text with a TAB after every newline.
fn with_tabs(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(end) = memchr(b'\n', rest) {
        let (line, next) = rest.split_at(end + 1);
        out.extend_from_slice(line);
        out.push(b'\t');
        rest = next;
    }
    out.extend_from_slice(rest);
}
