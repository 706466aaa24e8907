//! csvlog: 23 columns up to PostgreSQL 12, 24 in 13, 26 from 14 on.
//!
//! Quotes inside quoted text are doubled, so a line that a client forges
//! inside its SQL is read as the text it is. A record that is cut off is
//! counted, and reading resumes at the first line that begins like a record
//! and is one; forged lines cannot pass that check either, because every quote
//! a client can write stands in a run of even length.

use kumki_model::{Location, LogLevel, SqlState};

use crate::parse::assemble::{Assembler, Draft};
use crate::parse::label;
use crate::parse::options::ParserOptions;
use crate::parse::prefix::PrefixFields;
use crate::parse::stderr::lines_in;
use crate::parse::template::measure_time;
use crate::parse::text::{decode, halve_quotes, is_binary, sample};
use crate::parse::time::TimeReader;
use crate::parse::{Block, Failure, FailureKind, Output, RecordParser};

mod split;

use split::{Field, Fields, MOST_COLUMNS, Split, split};

/// Parser of csvlog.
#[derive(Clone)]
pub struct CsvlogParser {
    times: TimeReader,
    starts: TimeReader,
    options: ParserOptions,
    state: State,
}

/// Where in the stream the parser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a record.
    Record,
    /// In a line after a failure; the next line may be where reading resumes.
    Line,
    /// At the start of a line after a failure.
    LineStart,
    /// In a run of NUL bytes.
    Nuls,
}

impl CsvlogParser {
    /// A parser with these options.
    pub fn new(options: &ParserOptions) -> Self {
        let times = TimeReader::new(options.timezone.clone());
        Self {
            starts: times.clone(),
            times,
            options: options.clone(),
            state: State::Record,
        }
    }
}

/// One call of `parse`.
struct Run<'p, 'a, 'o> {
    parser: &'p mut CsvlogParser,
    block: &'p Block<'a>,
    out: &'o mut Output<'a>,
    assembler: Assembler<'a>,
    at: usize,
    /// Line number of `counted_to`.
    line: u64,
    counted_to: usize,
}

impl RecordParser for CsvlogParser {
    fn parse<'a>(&mut self, block: &Block<'a>, out: &mut Output<'a>) -> usize {
        let assembler = Assembler::new(block.arena, &self.options);
        let line = block.first_line;
        let mut run = Run {
            parser: self,
            block,
            out,
            assembler,
            at: 0,
            line,
            counted_to: 0,
        };
        while run.at < block.bytes.len() && run.step() {}
        let consumed = if block.end { block.bytes.len() } else { run.at };
        let counted = run.counted_to.min(consumed);
        let passed = run.line - line;
        out.lines += passed + lines_in(&block.bytes[counted..consumed], block.end);
        consumed
    }

    fn splittable(&self) -> bool {
        true
    }

    fn is_skipping(&self) -> bool {
        self.state != State::Record
    }

    fn fork(&self) -> Box<dyn RecordParser> {
        Box::new(Self {
            state: State::Record,
            ..self.clone()
        })
    }

    fn last_record_start(&self, bytes: &[u8]) -> Option<usize> {
        let mut end = bytes.len();
        let mut fields = Fields::default();
        for _ in 0..LOOK_BACK {
            let newline = memchr::memrchr(b'\n', &bytes[..end])?;
            if is_resumption(bytes, newline + 1, false, &mut fields) == Resumption::Yes
                && let Split::Record { next, .. } = split(bytes, newline + 1, false, &mut fields)
            {
                return Some(next);
            }
            end = newline;
        }
        None
    }

    fn format(&self) -> &'static str {
        "csvlog"
    }
}

/// How many lines are looked at for the start of the last record.
const LOOK_BACK: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resumption {
    Yes,
    No,
    Undecided,
}

/// Whether a record begins at `start`: its time, and all of it in the quoting
/// that PostgreSQL uses, with a message that no client can have forged.
fn is_resumption(bytes: &[u8], start: usize, end: bool, fields: &mut Fields) -> Resumption {
    let head = &bytes[start..];
    if head.len() < TIME_WINDOW && !end {
        return Resumption::Undecided;
    }
    if measure_time(head).is_none_or(|length| head.get(length) != Some(&b',')) {
        return Resumption::No;
    }
    match split(bytes, start, end, fields) {
        Split::Incomplete => Resumption::Undecided,
        Split::Malformed { .. } => Resumption::No,
        Split::Record { .. } => {
            let message = fields[MESSAGE];
            let text = &bytes[message.start..message.end];
            if message.quoted && text.iter().any(|byte| *byte != b'"') {
                Resumption::Yes
            } else {
                Resumption::No
            }
        }
    }
}

/// Bytes that hold any time with its zone.
const TIME_WINDOW: usize = 40;

/// Index of the column with the message.
const MESSAGE: usize = 13;

impl<'a> Run<'_, 'a, '_> {
    /// Makes one step; false when more bytes are needed.
    fn step(&mut self) -> bool {
        match self.parser.state {
            State::Record => self.record(),
            State::Line => {
                let rest = &self.block.bytes[self.at..];
                match memchr::memchr(b'\n', rest) {
                    Some(found) => {
                        self.at += found + 1;
                        self.parser.state = State::LineStart;
                    }
                    None => self.at = self.block.bytes.len(),
                }
                true
            }
            State::LineStart => self.resume(),
            State::Nuls => {
                let rest = &self.block.bytes[self.at..];
                match rest.iter().position(|byte| *byte != 0) {
                    Some(found) => {
                        self.at += found;
                        self.parser.state = State::Record;
                    }
                    None => self.at = self.block.bytes.len(),
                }
                true
            }
        }
    }

    /// The bytes a record that begins here may reach, and whether they are the
    /// last ones.
    fn reach(&self) -> (&'a [u8], bool) {
        let bytes = self.block.bytes;
        let limit = self.at.saturating_add(self.parser.options.max_record_bytes);
        (
            &bytes[..limit.min(bytes.len())],
            self.block.end && limit >= bytes.len(),
        )
    }

    fn resume(&mut self) -> bool {
        let (bytes, end) = self.reach();
        let is_full = bytes.len() < self.block.bytes.len()
            || bytes.len() - self.at >= self.parser.options.max_record_bytes;
        // A run of NUL bytes is what a truncated file left, not a client.
        if self.block.bytes[self.at] == 0 {
            self.parser.state = State::Record;
            return true;
        }
        let mut fields = Fields::default();
        match is_resumption(bytes, self.at, end, &mut fields) {
            Resumption::Yes => self.parser.state = State::Record,
            Resumption::Undecided if !is_full => return false,
            Resumption::Undecided | Resumption::No => self.parser.state = State::Line,
        }
        true
    }

    fn location(&mut self, at: usize) -> Location {
        let passed = &self.block.bytes[self.counted_to..at];
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.counted_to = at;
        Location {
            source: self.block.source,
            line: self.line,
            offset: self.block.offset + at as u64,
        }
    }

    fn fail(&mut self, kind: FailureKind, shown: &[u8]) {
        let location = self.location(self.at);
        self.out.failures.push(Failure {
            kind,
            location,
            sample: sample(shown),
        });
    }

    fn record(&mut self) -> bool {
        let (bytes, end) = self.reach();
        let start = self.at;
        let rest = &bytes[start..];
        match rest {
            [b'\n', ..] => {
                self.at += 1;
                return true;
            }
            [b'\r', b'\n', ..] => {
                self.at += 2;
                return true;
            }
            [0, ..] => {
                self.fail(FailureKind::Binary, &rest[..1]);
                self.parser.state = State::Nuls;
                return true;
            }
            [0xef, 0xbb, 0xbf, ..] => {
                self.at += 3;
                return true;
            }
            [0xef] | [0xef, 0xbb] if !end => return false,
            _ => {}
        }
        let mut fields = [Field::default(); MOST_COLUMNS];
        match split(bytes, start, end, &mut fields) {
            Split::Record { columns, next } => {
                self.well_formed(&bytes[start..next], &mut fields, columns);
                self.at = next;
            }
            Split::Incomplete if bytes.len() - start < self.parser.options.max_record_bytes => {
                return false;
            }
            Split::Incomplete => {
                self.fail(FailureKind::TooLarge, rest);
                self.parser.state = State::Line;
            }
            Split::Malformed { seen } => self.malformed(&bytes[start..seen.min(bytes.len())]),
        }
        true
    }

    fn malformed(&mut self, seen: &[u8]) {
        let line = memchr::memchr(b'\n', seen).map_or(seen, |end| &seen[..end]);
        if line.starts_with(b"log_time,") {
            self.out.ignored += 1;
        } else {
            let kind = if measure_time(line).is_some() {
                FailureKind::Truncated
            } else if is_binary(line) {
                FailureKind::Binary
            } else {
                FailureKind::Unrecognised
            };
            self.fail(kind, line);
        }
        self.parser.state = State::Line;
    }

    fn well_formed(&mut self, record: &'a [u8], fields: &mut Fields, columns: usize) {
        let text = decode(record, self.block.arena);
        let mut base = self.at;
        if text.len() != record.len() || text.as_ptr() != record.as_ptr() {
            // Repaired text is longer; its quotes and commas are the same.
            base = 0;
            if !matches!(
                split(text.as_bytes(), 0, true, fields),
                Split::Record { .. }
            ) {
                self.fail(FailureKind::Binary, record);
                return;
            }
        }
        let row = Row {
            text,
            base,
            fields,
            columns,
            arena: self.block.arena,
        };
        if row.get(0) == Some("log_time") {
            self.out.ignored += 1;
            return;
        }
        let Some(time) = row.get(0).and_then(|time| self.parser.times.read(time)) else {
            self.fail(FailureKind::BadTime, record);
            return;
        };
        let location = self.location(self.at);
        let (client, client_port) = host_and_port(row.get(4));
        let sqlstate = row
            .get(12)
            .and_then(|code| SqlState::parse(code.as_bytes()));
        let sqlstate = sqlstate.unwrap_or_default();
        let level = row
            .get(11)
            .and_then(label::level)
            .unwrap_or_else(|| level_of(sqlstate));
        let mut draft = Draft::new(time, level, row.get(MESSAGE).unwrap_or_default(), location);
        draft.sqlstate = sqlstate;
        draft.session_start = row.get(8).and_then(|time| self.parser.starts.read(time));
        draft.detail = row.get(14);
        draft.hint = row.get(15);
        draft.context = row.get(18);
        draft.statement = row.get(19).or_else(|| row.get(16));
        let number = |column| row.get(column).and_then(|text| text.parse::<u64>().ok());
        draft.fields = PrefixFields {
            pid: number(3).and_then(|pid| u32::try_from(pid).ok()),
            session_id: row.get(5),
            line_num: number(6),
            user: row.name(1),
            database: row.name(2),
            application: row.name(22),
            client,
            client_port,
            backend_type: row.get(23),
            command_tag: row.get(7),
            vxid: row.get(9),
            xid: number(10).filter(|xid| *xid != 0),
            query_id: row
                .get(25)
                .and_then(|id| id.parse().ok())
                .filter(|id| *id != 0),
            ..PrefixFields::default()
        };
        self.out.records.push(self.assembler.record(draft));
    }
}

/// A record's fields as text.
struct Row<'a, 'f> {
    text: &'a str,
    /// What the fields' positions count from.
    base: usize,
    fields: &'f Fields,
    columns: usize,
    arena: &'a bumpalo::Bump,
}

impl<'a> Row<'a, '_> {
    /// The text of a column; absent when it is empty or the row has none.
    #[inline]
    fn get(&self, column: usize) -> Option<&'a str> {
        let field = self.fields.get(column).filter(|_| column < self.columns)?;
        if field.start == field.end {
            return None;
        }
        let text = self
            .text
            .get(field.start - self.base..field.end - self.base)?;
        Some(if field.doubled {
            halve_quotes(text, self.arena)
        } else {
            text
        })
    }

    /// A name; absent also when the server does not know it yet.
    fn name(&self, column: usize) -> Option<&'a str> {
        self.get(column).filter(|name| !label::is_unknown(name))
    }
}

/// `10.0.0.5:51234`, `::1:51234`, `[local]`.
fn host_and_port(text: Option<&str>) -> (Option<&str>, Option<u16>) {
    let Some(text) = text.filter(|host| !label::is_unknown(host) && *host != "???") else {
        return (None, None);
    };
    match text.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (Some(host), Some(port)),
            Err(_) => (Some(text), None),
        },
        None => (Some(text), None),
    }
}

/// The level of a record whose severity is in no known language, by its code.
fn level_of(sqlstate: SqlState) -> LogLevel {
    match (sqlstate.class(), sqlstate.as_str()) {
        ("00", _) => LogLevel::Log,
        ("01", _) => LogLevel::Warning,
        ("28" | "3D", _) | (_, "53300" | "57P01" | "57P02" | "57P03" | "57P05") => LogLevel::Fatal,
        _ => LogLevel::Error,
    }
}

#[cfg(test)]
mod tests;
