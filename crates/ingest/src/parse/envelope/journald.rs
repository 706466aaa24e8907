//! The journal, as `journalctl -o json` exports it.
//!
//! One JSON object per entry. What PostgreSQL sent to syslog is put together
//! like syslog; what it wrote to standard error is a line per entry, without
//! empty lines and without white space at line ends. Entries of other programs
//! are set aside and counted.

use kumki_model::Timestamp;
use serde::Deserialize;

use super::framing::Framing;
use super::parser::Wrapping;
use super::scalar::Scalar;
use super::sink::{Origin, Sink};
use crate::parse::syslog::Messages;
use crate::parse::syslog::header::{Header, When};
use crate::parse::syslog::year::Years;
use crate::parse::text::decode;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "UPPERCASE")]
struct Entry<'a> {
    #[serde(borrow)]
    message: Option<Scalar<'a>>,
    syslog_identifier: Scalar<'a>,
    syslog_pid: Scalar<'a>,
    #[serde(rename = "_PID")]
    pid: Scalar<'a>,
    #[serde(rename = "_COMM")]
    command: Scalar<'a>,
    #[serde(rename = "_HOSTNAME")]
    host: Scalar<'a>,
    #[serde(rename = "_SYSTEMD_UNIT")]
    unit: Scalar<'a>,
    #[serde(rename = "_TRANSPORT")]
    transport: Scalar<'a>,
    #[serde(rename = "_STREAM_ID")]
    stream: Scalar<'a>,
    #[serde(rename = "_CONTAINER_NAME", alias = "CONTAINER_NAME")]
    container: Scalar<'a>,
    #[serde(rename = "CONTAINER_PARTIAL_MESSAGE")]
    partial: Scalar<'a>,
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    written: Option<Scalar<'a>>,
    #[serde(rename = "_SOURCE_REALTIME_TIMESTAMP")]
    sent: Scalar<'a>,
}

impl Entry<'_> {
    fn is_postgres(&self, ident: Option<&str>) -> bool {
        match ident {
            Some(ident) => self.syslog_identifier.as_str() == ident,
            None => [
                &self.syslog_identifier,
                &self.command,
                &self.unit,
                &self.container,
            ]
            .iter()
            .any(|name| name.as_str().contains("postgres")),
        }
    }

    fn time(&self) -> Option<Timestamp> {
        let micros = self
            .sent
            .number()
            .or_else(|| self.written.as_ref()?.number());
        micros.map(Timestamp::from_micros)
    }
}

/// The journal's export.
pub(crate) struct Journald {
    messages: Messages,
    ident: Option<String>,
}

impl Journald {
    /// Entries of the program `ident`; without it, of whatever is called postgres.
    pub(crate) fn new(years: Years, ident: Option<String>) -> Self {
        Self {
            messages: Messages::new(years),
            ident,
        }
    }
}

impl Wrapping for Journald {
    const NAME: &'static str = "journald";
    const FRAMING: Framing = Framing::Json;

    fn unwrap<'a>(&mut self, piece: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        let Ok(entry) = serde_json::from_str::<Entry<'a>>(decode(piece, sink.arena())) else {
            return false;
        };
        if entry.written.is_none() {
            return false;
        }
        let time = entry.time();
        let is_ours = entry.is_postgres(self.ident.as_deref());
        let (Some(message), true) = (&entry.message, is_ours) else {
            sink.ignore();
            return true;
        };
        let server = Some(entry.host.as_str()).filter(|host| !host.is_empty());
        if entry.transport.as_str() == "syslog" {
            let process = if entry.syslog_pid.is_empty() {
                &entry.pid
            } else {
                &entry.syslog_pid
            };
            let header = Header {
                when: time.map_or(When::Unknown, When::Moment),
                host: entry.host.as_str(),
                ident: entry.syslog_identifier.as_str(),
                process: process.as_str(),
                message: &[],
            };
            let key = crate::parse::syslog::process_key(&header);
            let text = sink.arena().alloc_str(message.as_str()).as_bytes();
            self.messages.take(&key, &header, text, server, sink);
            return true;
        }
        // All of a service's processes share its standard error, so the process
        // id of the entry is not that of the backend.
        let key = [
            entry.host.as_str(),
            entry.unit.as_str(),
            entry.container.as_str(),
            entry.stream.as_str(),
        ]
        .join("\0");
        let origin = Origin {
            server,
            pid: None,
            time,
        };
        let ends = entry.partial.as_str() != "true";
        sink.lines(key.as_bytes(), message.as_str().as_bytes(), ends, origin);
        true
    }

    fn finish(&mut self, sink: &mut Sink<'_, '_>) {
        self.messages.finish(sink);
    }

    fn fork(&self) -> Self {
        Self::new(self.messages.initial(), self.ident.clone())
    }
}

/// How surely `head` is the journal, 0 to 100.
pub(crate) fn sniff(head: &[u8]) -> Option<u8> {
    let line = super::first_object(head)?;
    let entry: Entry<'_> = serde_json::from_slice(line).ok()?;
    entry.written.is_some().then_some(95)
}
