//! jsonlog: one object a line, absent values left out.

use crate::calendar::Calendar;
use crate::digits::decimal;
use crate::entry::Entry;
use crate::options::Verbosity;
use crate::process::Process;

/// Writes jsonlog.
pub(crate) struct Json {
    calendar: Calendar,
    verbosity: Verbosity,
    value: String,
}

impl Json {
    /// A writer of jsonlog.
    pub(crate) fn new(calendar: Calendar, verbosity: Verbosity) -> Self {
        Self {
            calendar,
            verbosity,
            value: String::new(),
        }
    }

    /// Appends one record.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, process: &Process, entry: &Entry<'_>) {
        out.extend_from_slice(b"{\"timestamp\":\"");
        self.calendar.millis(out, entry.time);
        out.push(b'"');
        self.session(out, process);
        text(out, "error_severity", entry.level.word());
        if entry.sqlstate != "00000" {
            text(out, "state_code", entry.sqlstate);
        }
        text(out, "message", entry.message);
        for (key, value) in [
            ("detail", entry.detail),
            ("hint", entry.hint),
            ("context", entry.context),
            ("statement", entry.statement),
        ] {
            if let Some(value) = value {
                text(out, key, value);
            }
        }
        if entry.statement.is_some() && entry.position > 0 {
            number(out, "cursor_position", entry.position);
        }
        if self.verbosity == Verbosity::Verbose {
            text(out, "func_name", entry.origin.function);
            text(out, "file_name", entry.origin.file);
            number(out, "file_line_num", entry.origin.line);
        }
        if !process.application().is_empty() {
            text(out, "application_name", process.application());
        }
        text(out, "backend_type", process.backend);
        number(out, "query_id", process.query_id);
        out.extend_from_slice(b"}\n");
    }

    /// The keys from the user to the transaction id.
    fn session(&mut self, out: &mut Vec<u8>, process: &Process) {
        if let Some(who) = process.known() {
            text(out, "user", &who.user);
            text(out, "dbname", &who.database);
        }
        number(out, "pid", process.pid);
        if let Some(port) = &process.port {
            text(out, "remote_host", &port.identity.host);
            if port.number != 0 {
                number(out, "remote_port", port.number);
            }
        }
        text(out, "session_id", &process.session);
        number(out, "line_num", process.line);
        if process.port.is_some() {
            text(out, "ps", process.tag);
        }
        out.extend_from_slice(b",\"session_start\":\"");
        self.calendar.seconds(out, process.started);
        out.push(b'"');
        if process.slot != 0 {
            self.value.clear();
            process.virtual_xid(&mut self.value);
            text(out, "vxid", &self.value);
        }
        number(out, "txid", process.xid);
    }
}

fn key(out: &mut Vec<u8>, key: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

fn number(out: &mut Vec<u8>, name: &str, value: impl itoa::Integer) {
    key(out, name);
    decimal(out, value);
}

fn text(out: &mut Vec<u8>, name: &str, value: &str) {
    key(out, name);
    out.push(b'"');
    escaped(out, value.as_bytes());
    out.push(b'"');
}

/// Appends text escaped as the server's `escape_json` does.
fn escaped(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    let special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    while let Some(at) = rest.iter().position(special) {
        let (plain, next) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((&byte, tail)) = next.split_first() else {
            return;
        };
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            8 => out.extend_from_slice(b"\\b"),
            12 => out.extend_from_slice(b"\\f"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.push(b'0' + (byte >> 4));
                out.push(if byte & 15 < 10 {
                    b'0' + (byte & 15)
                } else {
                    b'a' + (byte & 15) - 10
                });
            }
        }
        rest = tail;
    }
    out.extend_from_slice(rest);
}
