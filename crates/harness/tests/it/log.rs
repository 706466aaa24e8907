//! Reads a jsonlog, enough to see who wrote what and when.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

/// One record of a jsonlog.
pub(crate) struct LogRecord(Value);

impl LogRecord {
    pub(crate) fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }

    /// `2026-01-31 10:00:04.123 UTC`; the servers of these tests log in UTC.
    pub(crate) fn time(&self) -> Timestamp {
        let text = self
            .text("timestamp")
            .strip_suffix(" UTC")
            .expect("a time in UTC");
        let time: DateTime = text.parse().expect("a time");
        time.to_zoned(TimeZone::UTC)
            .expect("a time in range")
            .timestamp()
    }

    /// The client, if the record is of a session that came over TCP. Records from
    /// before the session's context is known name it in their message.
    pub(crate) fn client(&self) -> Option<&str> {
        let host = self.text("remote_host");
        (!host.is_empty()).then_some(host)
    }
}

/// All records of a jsonlog.
pub(crate) fn read(file: &Path) -> Vec<LogRecord> {
    let text = std::fs::read_to_string(file).expect("a log file");
    text.lines()
        .map(|line| LogRecord(serde_json::from_str(line).expect("JSON")))
        .collect()
}
