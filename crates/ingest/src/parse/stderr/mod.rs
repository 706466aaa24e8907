//! Lines with a `log_line_prefix`: what `log_destination = stderr` writes.
//!
//! The server puts a TAB before every continuation line, so text in column 0
//! begins something new: a record, a follow-up of the record just before
//! (`DETAIL`, `STATEMENT`, …, same process), or something that is no record.

use kumki_model::{Location, Timestamp};

use crate::parse::assemble::{Assembler, Draft};
use crate::parse::label::Label;
use crate::parse::options::ParserOptions;
use crate::parse::prefix::EVERYTHING;
use crate::parse::template::WINDOW;
use crate::parse::text::{decode, is_binary, sample, trim_newline};
use crate::parse::time::TimeReader;
use crate::parse::{Block, Failure, FailureKind, Output, RecordParser};

pub mod detect;
pub mod infer;
pub mod known;
pub mod line;
mod unit;

use line::{FollowUps, Line, LineGrammar, unfold};
use unit::{Skip, Unit, next_unit};

/// Parser of stderr logs.
#[derive(Clone)]
pub struct StderrParser {
    grammar: LineGrammar,
    times: TimeReader,
    starts: TimeReader,
    options: ParserOptions,
    skip: Skip,
    assumed_time: Option<Timestamp>,
}

impl StderrParser {
    /// A parser that tries `options.prefix` first.
    pub fn new(options: &ParserOptions) -> Self {
        Self {
            grammar: LineGrammar::new(options.prefix.clone()),
            times: TimeReader::new(options.timezone.clone()),
            starts: TimeReader::new(options.timezone.clone()),
            options: options.clone(),
            skip: Skip::None,
            assumed_time: None,
        }
    }

    /// Gives the time of records whose prefix carries none, as the envelope
    /// around them has it.
    pub(crate) fn assume_time(&mut self, time: Option<Timestamp>) {
        self.assumed_time = time;
    }
}

/// What is not finished yet.
#[derive(Default)]
struct Pending<'a> {
    /// A line that breaks off within its prefix; what follows it is in doubt.
    torn: Option<Failure>,
    /// A record that follow-ups may still belong to.
    draft: Option<Draft<'a>>,
    follow_ups: FollowUps<'a>,
    /// Where in the block the first of these began.
    start: usize,
}

impl Pending<'_> {
    fn start(&self) -> Option<usize> {
        (self.torn.is_some() || self.draft.is_some()).then_some(self.start)
    }
}

/// One call of `parse`.
struct Run<'p, 'a, 'o> {
    parser: &'p mut StderrParser,
    block: &'p Block<'a>,
    out: &'o mut Output<'a>,
    assembler: Assembler<'a>,
    pending: Pending<'a>,
    line: u64,
}

impl RecordParser for StderrParser {
    fn parse<'a>(&mut self, block: &Block<'a>, out: &mut Output<'a>) -> usize {
        let assembler = Assembler::new(block.arena, &self.options);
        let limit = self.options.max_record_bytes;
        let mut at = self.skip.resume(block.bytes, block.end);
        let line = block.first_line + newlines(&block.bytes[..at]);
        let mut run = Run {
            parser: self,
            block,
            out,
            assembler,
            pending: Pending::default(),
            line,
        };
        if run.parser.skip == Skip::None {
            while let Some(unit) = next_unit(block.bytes, at, block.end, limit) {
                at = run.take(unit);
                if run.parser.skip != Skip::None {
                    break;
                }
            }
        }
        let consumed = match run.pending.start() {
            _ if block.end => block.bytes.len(),
            Some(start) => start,
            None => at,
        };
        if block.end {
            run.flush();
        }
        out.lines += lines_in(&block.bytes[..consumed], block.end);
        consumed
    }

    fn splittable(&self) -> bool {
        true
    }

    fn is_skipping(&self) -> bool {
        self.skip != Skip::None
    }

    fn fork(&self) -> Box<dyn RecordParser> {
        Box::new(Self {
            skip: Skip::None,
            ..self.clone()
        })
    }

    fn last_record_start(&self, bytes: &[u8]) -> Option<usize> {
        let mut grammar = self.grammar.clone();
        // The last unit may go on, so the record before it is still open.
        let mut end = bytes.len() - usize::from(bytes.ends_with(b"\n"));
        let mut is_last_unit = true;
        for _ in 0..LOOK_BACK {
            let newline = memchr::memrchr(b'\n', &bytes[..end])?;
            let line = &bytes[newline + 1..end];
            end = newline;
            if line.is_empty() || matches!(line[0], b'\t' | b'\r') {
                continue;
            }
            if std::mem::take(&mut is_last_unit) {
                continue;
            }
            let head = &line[..line.len().min(WINDOW + 16)];
            let text = String::from_utf8_lossy(trim_newline(head));
            if grammar
                .read(&text)
                .is_some_and(|line| matches!(line.label, Label::Level(_)))
            {
                return Some(newline + 1);
            }
        }
        None
    }

    fn format(&self) -> &'static str {
        "stderr"
    }

    fn prefix(&self) -> Option<&str> {
        self.grammar.prefix().map(|prefix| prefix.text())
    }
}

/// How many lines are looked at for the start of the last record.
const LOOK_BACK: usize = 1024;

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Lines that `bytes` span; the last one counts without a newline at the end
/// of the input.
pub(crate) fn lines_in(bytes: &[u8], end: bool) -> u64 {
    newlines(bytes) + u64::from(end && bytes.last().is_some_and(|last| *last != b'\n'))
}

impl<'a> Run<'_, 'a, '_> {
    /// Takes a unit in, and returns where the next one begins.
    fn take(&mut self, unit: Unit) -> usize {
        let bytes = &self.block.bytes[unit.start..unit.end];
        let location = Location {
            source: self.block.source,
            line: self.line,
            offset: self.block.offset + unit.start as u64,
        };
        self.line += newlines(bytes);
        if unit.blank {
            return unit.end;
        }
        if unit.skip != Skip::None
            || unit.nuls
            || bytes.len() > self.parser.options.max_record_bytes
        {
            self.flush();
            self.parser.skip = unit.skip;
            let (kind, shown) = if unit.nuls {
                (FailureKind::Binary, 1)
            } else {
                (FailureKind::TooLarge, self.parser.options.max_record_bytes)
            };
            self.fail(kind, location, &bytes[..shown.min(bytes.len())]);
            return unit.end;
        }
        let text = decode(bytes, self.block.arena);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let head = memchr::memchr(b'\n', text.as_bytes()).map_or(text, |end| &text[..end]);
        match self
            .parser
            .grammar
            .read(head.strip_suffix('\r').unwrap_or(head))
        {
            Some(line) => self.line_read(line, text, head.len(), bytes, unit.start, location),
            None => {
                self.flush();
                let kind = kind_of_unread(bytes);
                if kind == FailureKind::Unrecognised && self.parser.grammar.is_torn(head) {
                    let failure = Failure {
                        kind,
                        location,
                        sample: sample(bytes),
                    };
                    self.pending.torn = Some(failure);
                    self.pending.start = unit.start;
                } else {
                    self.fail(kind, location, bytes);
                }
            }
        }
        unit.end
    }

    fn line_read(
        &mut self,
        line: Line<'a>,
        text: &'a str,
        head: usize,
        bytes: &'a [u8],
        start: usize,
        location: Location,
    ) {
        // The label's text continues on the lines after the head.
        let message = if head == text.len() {
            line.text
        } else {
            let begin = line.text.as_ptr() as usize - text.as_ptr() as usize;
            unfold(text.get(begin..).unwrap_or(line.text), self.block.arena)
        };
        match line.label {
            Label::FollowUp(kind) => {
                let pending = &mut self.pending;
                if let Some(draft) = &mut pending.draft
                    && draft.fields.pid == line.fields.pid
                    && pending.follow_ups.add(kind, message)
                {
                    draft.fields.ambiguous = draft.fields.ambiguous.with(line.fields.ambiguous);
                    return;
                }
                self.flush();
                self.fail(FailureKind::MissingParts, location, bytes);
            }
            Label::Level(level) => {
                if self.pending.draft.is_some() {
                    self.flush();
                }
                let time = match line.fields.time {
                    Some(time) => self.parser.times.read(time),
                    None => self.parser.assumed_time,
                };
                let Some(time) = time else {
                    self.flush();
                    self.fail(FailureKind::BadTime, location, bytes);
                    return;
                };
                let mut draft = Draft::new(time, level, message, location);
                draft.sqlstate = line.sqlstate;
                draft.fields = line.fields;
                if self.pending.torn.is_some() {
                    draft.fields.ambiguous = EVERYTHING;
                } else {
                    self.pending.start = start;
                }
                let session_start = line.fields.session_start;
                draft.session_start = session_start.and_then(|time| self.parser.starts.read(time));
                self.pending.draft = Some(draft);
            }
        }
    }

    fn flush(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        self.out.failures.extend(pending.torn);
        if let Some(mut draft) = pending.draft {
            let follow_ups = pending.follow_ups;
            draft.detail = follow_ups.detail;
            draft.hint = follow_ups.hint;
            draft.context = follow_ups.context;
            draft.statement = follow_ups.statement.or(follow_ups.query);
            self.out.records.push(self.assembler.record(draft));
        }
    }

    fn fail(&mut self, kind: FailureKind, location: Location, bytes: &[u8]) {
        self.out.failures.push(Failure {
            kind,
            location,
            sample: sample(bytes),
        });
    }
}

fn kind_of_unread(bytes: &[u8]) -> FailureKind {
    if is_binary(bytes) {
        FailureKind::Binary
    } else if bytes.starts_with(b"\t") {
        FailureKind::MissingParts
    } else {
        FailureKind::Unrecognised
    }
}

#[cfg(test)]
mod tests;
