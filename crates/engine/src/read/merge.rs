//! Many inputs as one sequence of records in the order of event time.
//!
//! Inputs are opened when event time reaches their first record, so rotated
//! files are read one after the other and overlapping ones side by side.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Cursor, Read};

use bumpalo::Bump;
use kumki_ingest::parse::detect::{DetectError, detect, make_parser};
use kumki_ingest::parse::options::ParserOptions;
use kumki_ingest::parse::{Block, Output, RecordParser};
use kumki_ingest::source::{self, Input};
use kumki_model::{SourceId, Timestamp};
use kumki_sql::Shapes;
use thiserror::Error;

use super::batch::{Batch, Prepared};
use super::progress::Progress;
use super::stream::{Inline, Pool, Stream, Threaded};
use crate::summary::{SourceSummary, Unreadable, UnreadableSample};

/// Bytes from which the format of an input is told.
const HEAD_BYTES: usize = 256 * 1024;
/// Unreadable records kept as samples.
const SAMPLES: usize = 20;

/// What to read and how.
pub struct Reading {
    /// The inputs.
    pub inputs: Vec<Input>,
    /// How to read them.
    pub parser: ParserOptions,
    /// Threads to use in all, at least one.
    pub threads: usize,
    /// Counters for a progress bar.
    pub progress: Progress,
}

/// An input that could not be read, or not to its end.
#[derive(Debug, Error)]
#[error("{path}: {reason}")]
pub struct MergeError {
    /// The input.
    pub path: String,
    /// What went wrong.
    pub kind: MergeErrorKind,
    /// Why.
    pub reason: String,
}

/// What went wrong with an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeErrorKind {
    /// It is no PostgreSQL log in a known format.
    Unrecognised,
    /// It could not be read, or not to its end.
    Unreadable,
}

/// Why an input was not opened.
enum OpenError {
    /// There is nothing in it, which is no error.
    Empty,
    Failed(MergeErrorKind, String),
}

/// What the inputs gave, apart from records.
#[derive(Debug, Default)]
pub struct Merged {
    /// Per input.
    pub sources: Vec<SourceSummary>,
    /// Records that could not be read.
    pub unreadable: Unreadable,
    /// Records set aside by the parsers (heartbeats, control messages).
    pub ignored: u64,
    /// Inputs that could not be read, or not to their end.
    pub errors: Vec<MergeError>,
}

struct Pending {
    id: SourceId,
    first: Timestamp,
    parser: Box<dyn RecordParser>,
    /// What was read already, and the rest, where the input cannot be opened again.
    opened: Option<Box<dyn Read + Send>>,
}

struct Active {
    id: SourceId,
    stream: Stream,
    batch: Option<Batch>,
    next: usize,
}

impl Active {
    fn next_time(&self) -> Option<Timestamp> {
        self.batch
            .as_ref()?
            .records_from(self.next)
            .next()
            .map(|prepared| prepared.record.time)
    }
}

struct Merge<'r> {
    reading: &'r Reading,
    shapes: Shapes,
    pool: Option<Pool>,
    merged: Merged,
    counts: BTreeMap<&'static str, u64>,
}

impl Reading {
    /// Reads everything and hands each record to `take`, with the number of
    /// its input. Inputs that cannot be read are reported, the others are read.
    pub fn run(&self, shapes: &Shapes, take: &mut dyn FnMut(&Prepared<'_>)) -> Merged {
        // Judging records takes a fraction of what reading them takes, so the
        // thread that does it leaves room for all readers.
        let workers = if self.threads > 1 { self.threads } else { 0 };
        let mut merge = Merge {
            reading: self,
            shapes: shapes.clone(),
            pool: (workers > 0).then(|| Pool::start(workers, shapes)),
            merged: Merged::default(),
            counts: BTreeMap::new(),
        };
        let pending = merge.open_all();
        merge.merge(pending, take);
        let Merge {
            mut merged, counts, ..
        } = merge;
        merged.unreadable.by_reason = counts;
        merged
    }
}

impl Merge<'_> {
    fn open_all(&mut self) -> VecDeque<Pending> {
        let mut pending = Vec::new();
        for (index, input) in self.reading.inputs.iter().enumerate() {
            let id = SourceId(u32::try_from(index).unwrap_or(u32::MAX));
            self.merged.sources.push(SourceSummary {
                path: input.name(),
                ..SourceSummary::default()
            });
            match self.open(input, id) {
                Ok(opened) => pending.push(opened),
                Err(OpenError::Empty) => {}
                Err(OpenError::Failed(kind, reason)) => self.fail(id, kind, reason),
            }
        }
        pending.sort_by_key(|pending| (pending.first, pending.id));
        pending.into()
    }

    fn fail(&mut self, id: SourceId, kind: MergeErrorKind, reason: String) {
        let path = self
            .merged
            .sources
            .get(id.0 as usize)
            .map_or_else(String::new, |source| source.path.clone());
        self.merged.errors.push(MergeError { path, kind, reason });
    }

    /// Looks at the beginning of an input: its format, and its first moment.
    fn open(&mut self, input: &Input, id: SourceId) -> Result<Pending, OpenError> {
        let unreadable = |reason: String| OpenError::Failed(MergeErrorKind::Unreadable, reason);
        let mut reader = source::open(input).map_err(|error| unreadable(error.to_string()))?;
        let mut head = Vec::new();
        let looked = reader
            .by_ref()
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head);
        // An input that breaks off is read as far as it goes; the reading says so.
        if let (Err(error), true) = (looked, head.is_empty()) {
            return Err(unreadable(error.to_string()));
        }
        let whole = head.len() < HEAD_BYTES;
        let detection = detect(&head, &self.reading.parser).map_err(|error| match error {
            DetectError::Empty => OpenError::Empty,
            other => OpenError::Failed(MergeErrorKind::Unrecognised, other.to_string()),
        })?;
        let parser = make_parser(&detection, &self.reading.parser);
        if let Some(summary) = self.merged.sources.get_mut(id.0 as usize) {
            summary.format = parser.format().to_owned();
            summary.prefix = parser.prefix().map(str::to_owned);
        }
        let first = first_moment(&head, whole, parser.as_ref());
        // What is no plain file (standard input, a pipe) cannot be opened twice.
        let opened: Option<Box<dyn Read + Send>> = match input.stored_bytes() {
            Some(_) => None,
            None => Some(Box::new(Cursor::new(head).chain(reader))),
        };
        Ok(Pending {
            id,
            first,
            parser,
            opened,
        })
    }

    fn activate(&mut self, pending: Pending, active: &mut Vec<Active>) {
        let Pending {
            id, parser, opened, ..
        } = pending;
        let Some(input) = self.reading.inputs.get(id.0 as usize) else {
            return;
        };
        let reader = match opened {
            Some(reader) => reader,
            None => match source::open_counted(input, self.reading.progress.stored_counter()) {
                Ok(reader) => reader,
                Err(error) => {
                    return self.fail(id, MergeErrorKind::Unreadable, error.to_string());
                }
            },
        };
        let stream = match &self.pool {
            Some(pool) => Stream::Threaded(Box::new(Threaded::start(
                reader,
                id,
                parser,
                &self.shapes,
                pool,
                self.reading.parser.max_record_bytes,
            ))),
            None => Stream::Inline(Box::new(Inline::new(
                reader,
                id,
                parser,
                self.shapes.shaper(),
            ))),
        };
        let mut entry = Active {
            id,
            stream,
            batch: None,
            next: 0,
        };
        if self.advance(&mut entry) {
            active.push(entry);
        }
    }

    /// Loads the next batch with records; false at the end of the input.
    fn advance(&mut self, active: &mut Active) -> bool {
        loop {
            match active.stream.next() {
                Ok(Some(batch)) => {
                    self.account(&batch);
                    active.next = 0;
                    let has_records = batch.len() > 0;
                    active.batch = Some(batch);
                    if has_records {
                        return true;
                    }
                }
                Ok(None) => return false,
                Err(error) => {
                    let reason = format!("reading stopped early: {error}");
                    self.fail(active.id, MergeErrorKind::Unreadable, reason);
                    return false;
                }
            }
        }
    }

    fn account(&mut self, batch: &Batch) {
        let records = batch.len() as u64;
        let failed = batch.failures.len() as u64;
        self.reading.progress.add_records(records + failed);
        self.merged.ignored += batch.ignored;
        let Some(summary) = self
            .merged
            .sources
            .get_mut(batch.position.source.0 as usize)
        else {
            return;
        };
        summary.records += records + failed + batch.ignored;
        summary.unreadable += failed;
        summary.bytes += batch.consumed as u64;
        for prepared in batch.records_from(0) {
            let time = Some(prepared.record.time);
            summary.first = match summary.first {
                None => time,
                known => known.min(time),
            };
            summary.last = summary.last.max(time);
        }
        for failure in &batch.failures {
            *self.counts.entry(failure.kind.as_str()).or_default() += 1;
            self.merged.unreadable.count += 1;
            if self.merged.unreadable.samples.len() < SAMPLES {
                self.merged.unreadable.samples.push(UnreadableSample {
                    source: format!("{}:{}", summary.path, failure.location.line),
                    reason: failure.kind.as_str(),
                    text: failure.sample.clone(),
                });
            }
        }
    }

    fn merge(&mut self, mut pending: VecDeque<Pending>, take: &mut dyn FnMut(&Prepared<'_>)) {
        let mut active: Vec<Active> = Vec::new();
        let mut current = None;
        loop {
            let now = active.iter().filter_map(Active::next_time).min();
            while let Some(first) = pending.front().map(|pending| pending.first)
                && now.is_none_or(|now| first <= now)
                && let Some(next) = pending.pop_front()
            {
                self.activate(next, &mut active);
                if now.is_none() && !active.is_empty() {
                    break;
                }
            }
            let first_pending = pending.front().map(|next| next.first);
            let Some((index, limit)) = choose(&active, current, first_pending) else {
                if pending.is_empty() {
                    return;
                }
                continue;
            };
            let Some(entry) = active.get_mut(index) else {
                return;
            };
            current = Some(entry.id);
            if !run(entry, limit, take) && !self.advance(entry) {
                active.remove(index);
            }
        }
    }
}

/// How far records of one input may be out of order. Backends stamp a record
/// before they write it, so neighbours differ by milliseconds; going to another
/// input for that would tear sessions apart where a log was rotated.
const DISORDER_US: i64 = 1_000_000;

/// The input to read from, and until which moment. The input read last goes on
/// until another one is behind it by more than the usual disorder; otherwise it
/// is the one with the earliest record, ties going to the one named first.
fn choose(
    active: &[Active],
    current: Option<SourceId>,
    pending: Option<Timestamp>,
) -> Option<(usize, Option<Timestamp>)> {
    let times = || {
        active
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| Some((entry.next_time()?, entry.id, index)))
    };
    let (earliest, _, first) = times().min()?;
    let index = times()
        .find(|(time, id, _)| Some(*id) == current && *time < earliest.saturating_add(DISORDER_US))
        .map_or(first, |(_, _, index)| index);
    let others = times()
        .filter(|(_, _, other)| *other != index)
        .map(|(time, _, _)| time);
    let limit = others.chain(pending).min();
    Some((index, limit.map(|limit| limit.saturating_add(DISORDER_US))))
}

/// Hands over records before `limit`, at least one; false when the batch is used up.
fn run(entry: &mut Active, limit: Option<Timestamp>, take: &mut dyn FnMut(&Prepared<'_>)) -> bool {
    let Some(batch) = &entry.batch else {
        return false;
    };
    let start = entry.next;
    for prepared in batch.records_from(start) {
        if entry.next > start && limit.is_some_and(|limit| prepared.record.time >= limit) {
            return true;
        }
        take(&prepared);
        entry.next += 1;
    }
    false
}

/// Event time of the first record; the earliest moment when there is none in sight.
fn first_moment(head: &[u8], whole: bool, parser: &dyn RecordParser) -> Timestamp {
    let arena = Bump::new();
    let mut output = Output::default();
    let block = Block {
        bytes: head,
        arena: &arena,
        source: SourceId::default(),
        first_line: 1,
        offset: 0,
        end: whole,
    };
    parser.fork().parse(&block, &mut output);
    output
        .records
        .first()
        .map_or(Timestamp::MIN, |record| record.time)
}
