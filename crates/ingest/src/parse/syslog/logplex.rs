//! Heroku's Logplex: what `heroku logs` prints and what log drains receive.
//!
//! `2026-01-31T10:00:04+00:00 app[postgres.123]: [DATABASE] [9-1]  sql_error_code
//! = 00000 LOG:  …`: a line of an add-on's PostgreSQL, which itself went through
//! syslog. The attachment's name is taken as the server. Samples of
//! `heroku-postgres` and lines of dynos and routers are set aside and counted.

use super::header::{self, Header};
use super::year::Years;
use super::{Messages, process_key, without_octet_count};
use crate::parse::envelope::framing::Framing;
use crate::parse::envelope::parser::Wrapping;
use crate::parse::envelope::sink::Sink;
use crate::parse::prefix::Prefix;

/// The prefixes Heroku has used, newest first; neither names user or client.
pub(crate) const PREFIXES: [&str; 2] = [
    " sql_error_code = %e time_ms = \"%m\" pid=\"%p\" proc_start_time=\"%s\" session_id=\"%c\" vtid=\"%v\" tid=\"%x\" log_line=\"%l\" %qdatabase=\"%d\" connection_source=\"%r\" user=\"%u\" application_name=\"%a\" ",
    " sql_error_code = %e ",
];

/// Logplex lines.
pub(crate) struct Logplex {
    messages: Messages,
}

impl Logplex {
    /// Lines of any attachment.
    pub(crate) fn new(years: Years) -> Self {
        Self {
            messages: Messages::new(years),
        }
    }
}

impl Wrapping for Logplex {
    const NAME: &'static str = "heroku";
    const FRAMING: Framing = Framing::Lines;

    fn unwrap<'a>(&mut self, line: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        let Some(header) = header::read(without_octet_count(line), self.messages.years().zone())
        else {
            return false;
        };
        let Some((process, attachment, message)) = postgres(&header) else {
            sink.ignore();
            return true;
        };
        let header = Header {
            host: attachment,
            process,
            ..header
        };
        let key = process_key(&header);
        self.messages
            .take(&key, &header, message, Some(attachment), sink);
        true
    }

    fn finish(&mut self, sink: &mut Sink<'_, '_>) {
        self.messages.finish(sink);
    }

    fn fork(&self) -> Self {
        Self::new(self.messages.initial())
    }
}

/// Process id, attachment and message of a line of PostgreSQL's own.
fn postgres<'a>(header: &Header<'a>) -> Option<(&'a str, &'a str, &'a [u8])> {
    let process = header
        .process
        .strip_prefix("postgres.")
        .filter(|_| header.ident == "app")?;
    let rest = header.message.strip_prefix(b"[")?;
    let close = memchr::memchr(b']', rest)?;
    let attachment = std::str::from_utf8(rest.get(..close)?).ok()?;
    let message = rest.get(close + 1..)?;
    Some((
        process,
        attachment,
        message.strip_prefix(b" ").unwrap_or(message),
    ))
}

/// The prefix among [`PREFIXES`] that reads most of the lines.
pub(crate) fn prefix_of(lines: &[u8]) -> Option<Prefix> {
    let text = String::from_utf8_lossy(lines);
    let reads = |prefix: &Prefix| {
        text.lines()
            .filter(|line| prefix.read(line).is_some())
            .count()
    };
    let prefixes = PREFIXES
        .iter()
        .filter_map(|prefix| Prefix::compile(prefix).ok());
    let best = prefixes.map(|prefix| (reads(&prefix), prefix));
    let (read, prefix) = best.max_by_key(|(read, _)| *read)?;
    (read > 0).then_some(prefix)
}

/// How surely `head` is Logplex with PostgreSQL in it, 0 to 100.
pub(crate) fn sniff(head: &[u8]) -> Option<u8> {
    let zone = jiff::tz::TimeZone::UTC;
    let lines = head
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .take(200);
    let headers = lines.filter_map(|line| header::read(without_octet_count(line), &zone));
    let mut score = None;
    for header in headers {
        if postgres(&header).is_some() || header.process == "heroku-postgres" {
            return Some(95);
        }
        if matches!(header.ident, "app" | "heroku") && header.host.is_empty() {
            score = Some(30);
        }
    }
    score
}
