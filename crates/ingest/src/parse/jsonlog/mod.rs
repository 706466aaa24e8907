//! jsonlog (PostgreSQL 15 and later): one flat JSON object per line.
//!
//! Quotes and newlines in text are escaped, so a line that a client forges
//! stays inside its string, and the start of a record can stand nowhere else.

use kumki_model::{Location, LogLevel, SqlState};

use crate::parse::assemble::{Assembler, Draft};
use crate::parse::label;
use crate::parse::options::ParserOptions;
use crate::parse::prefix::PrefixFields;
use crate::parse::stderr::lines_in;
use crate::parse::text::{decode, is_binary, sample, trim_newline};
use crate::parse::time::TimeReader;
use crate::parse::{Block, Failure, FailureKind, Output, RecordParser};

mod scan;

use scan::{Member, Row};

/// Parser of jsonlog.
#[derive(Clone)]
pub struct JsonlogParser {
    times: TimeReader,
    starts: TimeReader,
    options: ParserOptions,
    state: State,
}

/// Where in the stream the parser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a line.
    Line,
    /// In a line that is too long.
    Skip,
    /// In a run of NUL bytes.
    Nuls,
}

/// How every record of PostgreSQL begins.
const BEGINNING: &[u8] = b"{\"timestamp\":\"";

impl JsonlogParser {
    /// A parser with these options.
    pub fn new(options: &ParserOptions) -> Self {
        let times = TimeReader::new(options.timezone.clone());
        Self {
            starts: times.clone(),
            times,
            options: options.clone(),
            state: State::Line,
        }
    }

    fn draft<'a>(&mut self, row: &Row<'a>, location: Location) -> Option<Draft<'a>> {
        let time = self.times.read(row.get(Member::Timestamp)?)?;
        let sqlstate = row
            .get(Member::StateCode)
            .and_then(|code| SqlState::parse(code.as_bytes()));
        let level = row
            .get(Member::ErrorSeverity)
            .and_then(label::level)
            .unwrap_or(LogLevel::Log);
        let mut draft = Draft::new(
            time,
            level,
            row.get(Member::Message).unwrap_or_default(),
            location,
        );
        draft.sqlstate = sqlstate.unwrap_or_default();
        draft.session_start = row
            .get(Member::SessionStart)
            .and_then(|time| self.starts.read(time));
        draft.detail = row.get(Member::Detail);
        draft.hint = row.get(Member::Hint);
        draft.context = row.get(Member::Context);
        draft.statement = row
            .get(Member::Statement)
            .or(row.get(Member::InternalQuery));
        let name = |text: Option<&'a str>| {
            text.filter(|text| !text.is_empty() && !label::is_unknown(text))
        };
        draft.fields = PrefixFields {
            pid: row.get(Member::Pid).and_then(|text| text.parse().ok()),
            session_id: row.get(Member::SessionId),
            line_num: row.get(Member::LineNum).and_then(|text| text.parse().ok()),
            user: name(row.get(Member::User)),
            database: name(row.get(Member::Dbname)),
            application: name(row.get(Member::ApplicationName)),
            client: name(row.get(Member::RemoteHost)).filter(|host| *host != "???"),
            client_port: row
                .get(Member::RemotePort)
                .and_then(|text| text.parse().ok()),
            backend_type: name(row.get(Member::BackendType)),
            command_tag: name(row.get(Member::Ps)),
            vxid: name(row.get(Member::Vxid)),
            xid: row
                .get(Member::Txid)
                .and_then(|text| text.parse().ok())
                .filter(|xid| *xid != 0),
            query_id: row
                .get(Member::QueryId)
                .and_then(|text| text.parse().ok())
                .filter(|id| *id != 0),
            ..PrefixFields::default()
        };
        Some(draft)
    }
}

impl RecordParser for JsonlogParser {
    fn parse<'a>(&mut self, block: &Block<'a>, out: &mut Output<'a>) -> usize {
        let assembler = Assembler::new(block.arena, &self.options);
        let bytes = block.bytes;
        let limit = self.options.max_record_bytes;
        let mut at = 0;
        let mut line_number = block.first_line;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let newline = match self.state {
                State::Nuls => match rest.iter().position(|byte| *byte != 0) {
                    Some(run) => {
                        at += run;
                        self.state = State::Line;
                        continue;
                    }
                    None => {
                        at = bytes.len();
                        break;
                    }
                },
                State::Line | State::Skip => memchr::memchr(b'\n', rest),
            };
            let length = newline.map_or(rest.len(), |newline| newline + 1);
            let location = Location {
                source: block.source,
                line: line_number,
                offset: block.offset + at as u64,
            };
            let mut fail = |kind, shown: &[u8]| {
                out.failures.push(Failure {
                    kind,
                    location,
                    sample: sample(shown),
                });
            };
            match self.state {
                State::Skip if newline.is_some() => self.state = State::Line,
                State::Skip => {}
                _ if rest[0] == 0 => {
                    fail(FailureKind::Binary, &rest[..1]);
                    self.state = State::Nuls;
                    continue;
                }
                _ if length > limit => {
                    fail(FailureKind::TooLarge, &rest[..limit]);
                    if newline.is_none() {
                        self.state = State::Skip;
                    }
                }
                _ if newline.is_none() && !block.end => break,
                _ => self.line(&rest[..length], location, &assembler, block, out),
            }
            at += length;
            line_number += u64::from(newline.is_some());
        }
        let consumed = if block.end { bytes.len() } else { at };
        out.lines += lines_in(&bytes[..consumed], block.end);
        consumed
    }

    fn splittable(&self) -> bool {
        true
    }

    fn is_skipping(&self) -> bool {
        self.state != State::Line
    }

    fn fork(&self) -> Box<dyn RecordParser> {
        Box::new(Self {
            state: State::Line,
            ..self.clone()
        })
    }

    fn last_record_start(&self, bytes: &[u8]) -> Option<usize> {
        memchr::memrchr(b'\n', bytes).map(|newline| newline + 1)
    }

    fn format(&self) -> &'static str {
        "jsonlog"
    }
}

impl JsonlogParser {
    fn line<'a>(
        &mut self,
        line: &'a [u8],
        location: Location,
        assembler: &Assembler<'a>,
        block: &Block<'a>,
        out: &mut Output<'a>,
    ) {
        let trimmed = trim_newline(line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line));
        if trimmed.is_empty() {
            return;
        }
        let mut fail = |kind| {
            out.failures.push(Failure {
                kind,
                location,
                sample: sample(trimmed),
            })
        };
        let text = decode(trimmed, block.arena);
        if let Some(row) = scan::read(text, block.arena) {
            match self.draft(&row, location) {
                Some(draft) => out.records.push(assembler.record(draft)),
                None => fail(FailureKind::BadTime),
            }
            return;
        }
        fail(if is_binary(trimmed) {
            FailureKind::Binary
        } else if trimmed.starts_with(b"{") {
            FailureKind::Truncated
        } else {
            FailureKind::Unrecognised
        });
        // What was cut off may be followed by a whole record in the same line.
        let inner = memchr::memmem::rfind(trimmed, BEGINNING).filter(|inner| *inner > 0);
        if let Some(inner) = inner
            && let Some(row) = scan::read(decode(&trimmed[inner..], block.arena), block.arena)
        {
            let bom = line.len() - line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).len();
            let offset = location.offset + (inner + bom) as u64;
            if let Some(draft) = self.draft(&row, Location { offset, ..location }) {
                out.records.push(assembler.record(draft));
            }
        }
    }
}

#[cfg(test)]
mod tests;
