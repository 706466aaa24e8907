//! csvlog: 23, 24 or 26 columns, quoted as the server quotes them.

use memchr::memchr;

use crate::calendar::Calendar;
use crate::digits::decimal;
use crate::entry::Entry;
use crate::options::{CsvColumns, Verbosity};
use crate::process::Process;

/// Writes csvlog.
pub(crate) struct Csv {
    calendar: Calendar,
    columns: CsvColumns,
    verbosity: Verbosity,
    value: String,
}

impl Csv {
    /// A writer with the columns of one version.
    pub(crate) fn new(calendar: Calendar, columns: CsvColumns, verbosity: Verbosity) -> Self {
        Self {
            calendar,
            columns,
            verbosity,
            value: String::new(),
        }
    }

    /// Appends one record.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, process: &Process, entry: &Entry<'_>) {
        self.calendar.millis(out, entry.time);
        out.push(b',');
        self.session(out, process);
        out.extend_from_slice(entry.level.word().as_bytes());
        out.push(b',');
        out.extend_from_slice(entry.sqlstate.as_bytes());
        out.push(b',');
        quoted(out, entry.message);
        out.push(b',');
        optional(out, entry.detail);
        optional(out, entry.hint);
        // Internal query and its position are never set here.
        out.extend_from_slice(b",,");
        optional(out, entry.context);
        optional(out, entry.statement);
        if entry.statement.is_some() && entry.position > 0 {
            decimal(out, entry.position);
        }
        out.push(b',');
        if self.verbosity == Verbosity::Verbose {
            out.push(b'"');
            out.extend_from_slice(entry.origin.function.as_bytes());
            out.extend_from_slice(b", ");
            out.extend_from_slice(entry.origin.file.as_bytes());
            out.push(b':');
            decimal(out, entry.origin.line);
            out.push(b'"');
        }
        out.push(b',');
        quoted(out, process.application());
        if self.columns != CsvColumns::V12 {
            out.push(b',');
            quoted(out, process.backend);
        }
        if self.columns == CsvColumns::V14 {
            out.extend_from_slice(b",,");
            decimal(out, process.query_id);
        }
        out.push(b'\n');
    }

    /// The columns from the user to the transaction id.
    fn session(&mut self, out: &mut Vec<u8>, process: &Process) {
        optional(out, process.known().map(|who| &*who.user));
        optional(out, process.known().map(|who| &*who.database));
        decimal(out, process.pid);
        out.push(b',');
        if let Some(port) = &process.port {
            out.push(b'"');
            out.extend_from_slice(port.identity.host.as_bytes());
            if port.number != 0 {
                out.push(b':');
                decimal(out, port.number);
            }
            out.push(b'"');
        }
        out.push(b',');
        out.extend_from_slice(process.session.as_bytes());
        out.push(b',');
        decimal(out, process.line);
        out.push(b',');
        optional(out, process.port.is_some().then_some(process.tag));
        self.calendar.seconds(out, process.started);
        out.push(b',');
        self.value.clear();
        process.virtual_xid(&mut self.value);
        out.extend_from_slice(self.value.as_bytes());
        out.push(b',');
        decimal(out, process.xid);
        out.push(b',');
    }
}

/// Appends a quoted field and a comma; only the comma when it is absent.
fn optional(out: &mut Vec<u8>, text: Option<&str>) {
    if let Some(text) = text {
        quoted(out, text);
    }
    out.push(b',');
}

/// Appends a field in quotes, quotes in it doubled.
fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(end) = memchr(b'"', rest) {
        let (head, next) = rest.split_at(end + 1);
        out.extend_from_slice(head);
        out.push(b'"');
        rest = next;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
