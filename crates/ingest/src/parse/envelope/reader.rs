//! Reads what was inside an envelope: log lines with a prefix, csvlog, jsonlog,
//! or CloudNativePG's JSON.
//!
//! Text taken out of envelopes comes in, records and failures go out, placed
//! where the envelope stands in the input and completed by what it says: its
//! server and process where the text names none, its time where the prefix has
//! none.

use std::sync::{Arc, Mutex};

use kumki_model::Location;
use memchr::memchr;

use super::cloudnativepg::{self, Said};
use super::sink::Origin;
use crate::parse::assemble::Assembler;
use crate::parse::csvlog::CsvlogParser;
use crate::parse::jsonlog::JsonlogParser;
use crate::parse::options::ParserOptions;
use crate::parse::stderr::StderrParser;
use crate::parse::text::{decode, sample};
use crate::parse::time::TimeReader;
use crate::parse::{Block, Failure, FailureKind, Output, RecordParser};

/// Readers of the formats that travel in envelopes.
pub(crate) struct Reader {
    options: ParserOptions,
    times: TimeReader,
    stderr: StderrParser,
    csvlog: CsvlogParser,
    jsonlog: JsonlogParser,
    /// Lines with a prefix, kept for finding out which prefix.
    tap: Option<Tap>,
}

/// Where a reader leaves a copy of the lines it is given.
pub(crate) type Tap = Arc<Mutex<Tapped>>;

/// Lines with a prefix, as they are and with the envelope's time before them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tapped {
    /// As they are.
    pub(crate) plain: Vec<u8>,
    /// With [`Tapped::STAMP`] before every line that does not begin with a tab.
    pub(crate) stamped: Vec<u8>,
}

impl Tapped {
    /// A time and a blank, so that a prefix without a time can be worked out
    /// like one that begins with `%m `.
    pub(crate) const STAMP: &'static [u8] = b"2000-01-01 00:00:00.000 UTC ";
    /// What the stamp is in a prefix.
    pub(crate) const STAMP_PREFIX: &'static str = "%m ";

    fn add(&mut self, lines: &[u8]) {
        if self.plain.len() >= TAP_BYTES {
            return;
        }
        for line in lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            self.plain.extend_from_slice(line);
            self.plain.push(b'\n');
            if line.first() != Some(&b'\t') {
                self.stamped.extend_from_slice(Self::STAMP);
            }
            self.stamped.extend_from_slice(line);
            self.stamped.push(b'\n');
        }
    }
}

/// How much of them is kept.
const TAP_BYTES: usize = 128 << 10;

/// What the text in hand is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Lines,
    Csvlog,
    Json,
}

impl Reader {
    /// A reader for logs read as `options` say.
    pub(crate) fn new(options: &ParserOptions) -> Self {
        Self {
            options: options.clone(),
            times: TimeReader::new(options.timezone.clone()),
            stderr: StderrParser::new(options),
            csvlog: CsvlogParser::new(options),
            jsonlog: JsonlogParser::new(options),
            tap: None,
        }
    }

    /// Leaves a copy of the lines it is given in `tap`.
    pub(crate) fn with_tap(options: &ParserOptions, tap: Tap) -> Self {
        Self {
            tap: Some(tap),
            ..Self::new(options)
        }
    }

    /// The same readers in their initial state.
    pub(crate) fn fork(&self) -> Self {
        Self {
            tap: self.tap.clone(),
            ..Self::new(&self.options)
        }
    }

    /// How logs are read.
    pub(crate) fn options(&self) -> &ParserOptions {
        &self.options
    }

    /// The `log_line_prefix` given for the text inside.
    pub(crate) fn prefix(&self) -> Option<&str> {
        self.options
            .prefix
            .as_ref()
            .map(crate::parse::prefix::Prefix::text)
    }

    /// Whether a record need not wait for the line after it.
    pub(crate) fn is_complete(&self, text: &[u8]) -> bool {
        match inside(text) {
            Inside::Lines => false,
            Inside::Csvlog => memchr::memchr_iter(b'"', text).count().is_multiple_of(2),
            Inside::Json => true,
        }
    }

    /// Reads records out of `text`, whose lines stand where `marks` say, and
    /// returns how many bytes they span. With `end` that is all of it.
    pub(crate) fn read<'a>(
        &mut self,
        text: &'a [u8],
        end: bool,
        marks: &[(usize, Location)],
        origin: Origin<'_>,
        block: &Block<'a>,
        out: &mut Output<'a>,
    ) -> usize {
        let (records, failures, lines) = (out.records.len(), out.failures.len(), out.lines);
        let mut used = 0;
        while used < text.len() {
            let (from_record, from_failure) = (out.records.len(), out.failures.len());
            let rest: &'a [u8] = text.get(used..).unwrap_or_default();
            let taken = match inside(rest) {
                Inside::Lines => self.read_lines(rest, end, origin, block, out),
                Inside::Csvlog => self.csvlog.parse(&inner(rest, end, block), out),
                Inside::Json => self.read_json(rest, block, out),
            };
            for record in out.records.iter_mut().skip(from_record) {
                record.location.offset += used as u64;
            }
            for failure in out.failures.iter_mut().skip(from_failure) {
                failure.location.offset += used as u64;
            }
            used += taken;
            if taken == 0 {
                break;
            }
        }
        out.lines = lines;
        let place = |location: Location| {
            let offset = usize::try_from(location.offset).unwrap_or(usize::MAX);
            let mark = marks
                .partition_point(|mark| mark.0 <= offset)
                .saturating_sub(1);
            marks.get(mark).map_or(location, |mark| mark.1)
        };
        let server = origin.server.filter(|_| out.records.len() > records);
        let server: Option<&'a str> = server.map(|name| &*block.arena.alloc_str(name));
        for record in out.records.iter_mut().skip(records) {
            record.location = place(record.location);
            if server.is_some() && record.server == self.options.server.as_deref() {
                record.server = server;
            }
            record.pid = record.pid.or(origin.pid);
        }
        for failure in out.failures.iter_mut().skip(failures) {
            failure.location = place(failure.location);
        }
        if end { text.len() } else { used }
    }

    /// Reads one line of jsonlog or of CloudNativePG.
    fn read_json<'a>(&mut self, text: &'a [u8], block: &Block<'a>, out: &mut Output<'a>) -> usize {
        let length = memchr(b'\n', text).map_or(text.len(), |at| at + 1);
        let (line, _) = text.split_at(length);
        if memchr::memmem::find(line, b"\"logger\"").is_some() {
            let assembler = Assembler::new(block.arena, &self.options);
            let text = decode(line, block.arena);
            match cloudnativepg::read(text, &mut self.times, &assembler, block.arena) {
                Some(Said::Record(record)) => {
                    out.records.push(*record);
                    return length;
                }
                Some(Said::Other) => {
                    out.ignored += 1;
                    return length;
                }
                Some(Said::BadTime) => {
                    out.failures
                        .push(failure(FailureKind::BadTime, line, block));
                    return length;
                }
                None => {}
            }
        }
        self.jsonlog.parse(&inner(line, true, block), out);
        length
    }

    /// Reads lines with a prefix, up to the next line of JSON.
    fn read_lines<'a>(
        &mut self,
        text: &'a [u8],
        end: bool,
        origin: Origin<'_>,
        block: &Block<'a>,
        out: &mut Output<'a>,
    ) -> usize {
        let json = memchr::memmem::find(text, b"\n{").map(|at| at + 1);
        let lines = text.get(..json.unwrap_or(text.len())).unwrap_or(text);
        self.stderr.assume_time(origin.time);
        let used = self
            .stderr
            .parse(&inner(lines, end || json.is_some(), block), out);
        let used = if json.is_some() { lines.len() } else { used };
        if let Some(mut kept) = self.tap.as_ref().and_then(|tap| tap.lock().ok()) {
            kept.add(lines.get(..used).unwrap_or_default());
        }
        used
    }
}

/// What a text begins with: jsonlog is an object per line; csvlog has a time
/// and then a comma, which no prefix in use has.
fn inside(text: &[u8]) -> Inside {
    match text.first() {
        Some(b'{') => Inside::Json,
        Some(b'0'..=b'9') if is_csvlog(text) => Inside::Csvlog,
        _ => Inside::Lines,
    }
}

/// `2026-01-31 10:00:04.123 UTC,"user","database",1234,…`
fn is_csvlog(text: &[u8]) -> bool {
    let head = text.get(..text.len().min(48)).unwrap_or_default();
    let Some(comma) = memchr(b',', head) else {
        return false;
    };
    let is_time = comma >= 20
        && head.get(..comma).unwrap_or_default().iter().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'.' | b' ' | b'+')
        });
    is_time && matches!(head.get(comma + 1), Some(b'"' | b','))
}

fn inner<'a>(text: &'a [u8], end: bool, block: &Block<'a>) -> Block<'a> {
    Block {
        bytes: text,
        arena: block.arena,
        source: block.source,
        first_line: 1,
        offset: 0,
        end,
    }
}

fn failure(kind: FailureKind, text: &[u8], block: &Block<'_>) -> Failure {
    let location = Location {
        source: block.source,
        ..Location::default()
    };
    Failure {
        kind,
        location,
        sample: sample(text),
    }
}
