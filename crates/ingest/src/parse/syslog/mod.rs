//! Syslog: lines of a daemon in, records out.
//!
//! Read are RFC 3164 and RFC 5424 lines, rsyslog's and journalctl's variants of
//! them, and Heroku's Logplex. Lines of other programs and the daemon's own are
//! set aside and counted. What PostgreSQL sent in pieces is put together first;
//! a record's time is that of its own prefix, and the daemon's only where the
//! prefix has none.

pub(crate) mod assembly;
pub(crate) mod chunk;
pub(crate) mod header;
pub(crate) mod logplex;
pub(crate) mod year;

use kumki_model::Timestamp;

use self::assembly::Assembly;
use self::chunk::{Chunk, Number};
use self::header::{Header, When};
use self::year::Years;
use super::envelope::framing::Framing;
use super::envelope::parser::Wrapping;
use super::envelope::sink::{Origin, Sink};

/// Syslog lines.
pub(crate) struct Syslog {
    messages: Messages,
    ident: Option<String>,
    last: Vec<u8>,
    indent: usize,
}

impl Syslog {
    /// Lines of the program `ident` (`syslog_ident`); without it, of any
    /// program that is called postgres or numbers its messages like it.
    pub(crate) fn new(years: Years, ident: Option<String>) -> Self {
        Self {
            messages: Messages::new(years),
            ident,
            last: Vec::new(),
            indent: 0,
        }
    }

    fn is_postgres(&self, header: &Header<'_>) -> bool {
        match &self.ident {
            Some(ident) => header.ident == ident,
            None => {
                let is_named = header.ident.to_ascii_lowercase().contains("postgres");
                is_named || matches!(chunk::split(header.message).number, Number::Both(..))
            }
        }
    }

    /// A line without a head goes on in the message before it.
    fn go_on<'a>(&mut self, line: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        let is_indented = line
            .first()
            .is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        if !is_indented || self.last.is_empty() {
            return false;
        }
        // journalctl indents what follows by the width of the head.
        let text = match line.get(..self.indent) {
            Some(blank) if self.indent > 0 && blank.iter().all(|byte| *byte == b' ') => {
                line.get(self.indent..).unwrap_or_default()
            }
            _ => line,
        };
        let text = if text.starts_with(b"\t") {
            text.to_vec()
        } else {
            [b"\t", text].concat()
        };
        sink.lines(&self.last, &text, true, Origin::default());
        true
    }
}

impl Wrapping for Syslog {
    const NAME: &'static str = "syslog";
    const FRAMING: Framing = Framing::Lines;

    fn unwrap<'a>(&mut self, line: &'a [u8], sink: &mut Sink<'_, 'a>) -> bool {
        let line = without_octet_count(line);
        let Some(header) = header::read(line, self.messages.years.zone()) else {
            if line.starts_with(b"-- ") {
                sink.ignore();
                return true;
            }
            return self.go_on(line, sink);
        };
        if is_repetition(header.message) || !self.is_postgres(&header) {
            self.last.clear();
            sink.ignore();
            return true;
        }
        let key = process_key(&header);
        let server = Some(header.host).filter(|host| !host.is_empty());
        self.messages
            .take(&key, &header, header.message, server, sink);
        self.indent = line.len() - header.message.len();
        self.last = key;
        true
    }

    fn finish(&mut self, sink: &mut Sink<'_, '_>) {
        self.messages.finish(sink);
        self.last.clear();
    }

    fn fork(&self) -> Self {
        Self::new(self.messages.initial.clone(), self.ident.clone())
    }
}

/// How surely `head` is syslog with PostgreSQL in it, 0 to 100.
pub(crate) fn sniff(head: &[u8]) -> Option<u8> {
    let zone = jiff::tz::TimeZone::UTC;
    let mut lines = 0;
    let mut heads = 0;
    let mut ours = 0;
    for line in head
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .take(200)
    {
        lines += 1;
        if let Some(header) = header::read(without_octet_count(line), &zone) {
            heads += 1;
            let is_named = header.ident.to_ascii_lowercase().contains("postgres");
            let is_numbered = matches!(chunk::split(header.message).number, Number::Both(..));
            ours += usize::from(is_named || is_numbered);
        }
    }
    match (lines, heads, ours) {
        (0, ..) | (_, 0, _) => None,
        (_, heads, _) if heads * 2 < lines => None,
        (_, _, 0) => Some(20),
        _ => Some(90),
    }
}

/// Which process a line is from.
pub(crate) fn process_key(header: &Header<'_>) -> Vec<u8> {
    [header.host, header.ident, header.process]
        .join("\0")
        .into_bytes()
}

/// RFC 6587 octet counting: `123 <134>1 …`.
pub(crate) fn without_octet_count(line: &[u8]) -> &[u8] {
    let digits = line
        .iter()
        .take(8)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    match line.get(digits..) {
        Some(rest) if digits > 0 && rest.starts_with(b" <") => &rest[1..],
        _ => line,
    }
}

/// What rsyslog and syslogd write in place of equal lines. PostgreSQL numbers
/// its messages so that there are none.
fn is_repetition(message: &[u8]) -> bool {
    (message.starts_with(b"last message repeated ") || message.starts_with(b"message repeated "))
        && memchr::memmem::find(message, b" times").is_some()
}

/// Messages of PostgreSQL, numbered or not.
pub(crate) struct Messages {
    years: Years,
    initial: Years,
    assembly: Assembly,
}

impl Messages {
    /// No messages yet.
    pub(crate) fn new(years: Years) -> Self {
        Self {
            initial: years.clone(),
            years,
            assembly: Assembly::default(),
        }
    }

    /// The years as they were at first.
    pub(crate) fn initial(&self) -> Years {
        self.initial.clone()
    }

    /// The zone of times that name none.
    pub(crate) fn years(&self) -> &Years {
        &self.years
    }

    /// Takes one message of the process `key`.
    pub(crate) fn take<'a>(
        &mut self,
        key: &[u8],
        header: &Header<'_>,
        message: &'a [u8],
        server: Option<&str>,
        sink: &mut Sink<'_, 'a>,
    ) {
        let before = sink.out.records.len();
        let time = match header.when {
            When::Moment(moment) => Some(moment),
            When::Yearless(civil) => self.years.resolve(civil),
            When::Unknown => None,
        };
        let origin = Origin {
            server,
            pid: header.pid(),
            time,
        };
        let Chunk { number, text } = chunk::split(message);
        match number {
            Number::Both(sequence, piece) => {
                self.assembly
                    .push(key, (sequence, piece), text, origin, sink);
            }
            Number::One | Number::Absent => sink.pieces(key, text, origin),
        }
        self.learn(
            sink.out
                .records
                .get(before..)
                .unwrap_or_default()
                .last()
                .map(|r| r.time),
        );
    }

    /// Emits what waits.
    pub(crate) fn finish(&mut self, sink: &mut Sink<'_, '_>) {
        self.assembly.finish(sink);
        self.years = self.initial.clone();
    }

    fn learn(&mut self, time: Option<Timestamp>) {
        if let Some(time) = time {
            self.years.learn(time);
        }
    }
}
