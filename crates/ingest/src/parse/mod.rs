//! Bytes in, [`Record`]s out. Pure: no I/O, no clock.
//!
//! A parser is a sequential machine over a byte stream that arrives in blocks.
//! However the stream is cut, the records and failures are the same.

pub mod assemble;
pub mod audit;
pub mod csvlog;
pub mod detect;
pub mod envelope;
pub mod jsonlog;
pub mod label;
pub mod message;
pub mod options;
pub mod prefix;
pub mod registry;
mod short;
pub mod stderr;
pub mod syslog;
mod template;
pub mod text;
pub mod time;

use bumpalo::Bump;
use kumki_model::{Location, Record, SourceId};

/// A stretch of one input, beginning at a record boundary.
pub struct Block<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Where text that has to be rebuilt (unquoted, decoded, joined) is put.
    pub arena: &'a Bump,
    /// The input it belongs to.
    pub source: SourceId,
    /// Line number of its first byte, from 1.
    pub first_line: u64,
    /// Offset of its first byte in the input.
    pub offset: u64,
    /// Whether the input ends here. Otherwise the last record may be incomplete.
    pub end: bool,
}

/// What a parser made of a block.
#[derive(Default)]
pub struct Output<'a> {
    /// Records, in source order.
    pub records: Vec<Record<'a>>,
    /// Records that could not be read.
    pub failures: Vec<Failure>,
    /// Records that were read and deliberately set aside, such as heartbeats
    /// and control messages, counted so that totals add up.
    pub ignored: u64,
    /// Lines the consumed bytes span.
    pub lines: u64,
}

/// Why a record could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// It fits neither the detected format nor any known one.
    Unrecognised,
    /// It ends before it is complete.
    Truncated,
    /// Its time cannot be read.
    BadTime,
    /// It holds bytes that are no text.
    Binary,
    /// It is larger than the limit.
    TooLarge,
    /// Parts of it never arrived.
    MissingParts,
}

impl FailureKind {
    /// The word used on every surface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unrecognised => "unrecognised",
            Self::Truncated => "truncated",
            Self::BadTime => "bad_time",
            Self::Binary => "binary",
            Self::TooLarge => "too_large",
            Self::MissingParts => "missing_parts",
        }
    }
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub kind: FailureKind,
    /// Where it starts.
    pub location: Location,
    /// How it begins: at most 200 characters, passwords masked, control
    /// characters escaped.
    pub sample: String,
}

/// Reads one format.
///
/// Contract: feeding a stream in any sequence of blocks, each beginning with
/// the bytes the previous call did not consume, gives the same records and
/// failures. A parser that is [`splittable`](Self::splittable) keeps no state
/// between records.
pub trait RecordParser: Send {
    /// Reads the complete records of `block` and returns how many bytes they
    /// span. With `block.end` everything is consumed. Without it the parser
    /// leaves a last record that may go on, up to its size limit.
    fn parse<'a>(&mut self, block: &Block<'a>, out: &mut Output<'a>) -> usize;

    /// Whether records can be read without what came before them, so that
    /// blocks may be read in parallel.
    fn splittable(&self) -> bool;

    /// A parser in the same configuration and initial state.
    fn fork(&self) -> Box<dyn RecordParser>;

    /// A guess at the start of the last record in `bytes`, where a block may be
    /// cut for parallel reading: where [`parse`](Self::parse) would stop if it
    /// were given `bytes` without `end`. A wrong guess costs time, never
    /// correctness: one reader is given all of `bytes`, the next one begins at
    /// the guess, and the caller checks that the first did stop there.
    fn last_record_start(&self, bytes: &[u8]) -> Option<usize>;

    /// Whether the parser is inside something it skips, such as a line over the
    /// size limit, so that what follows cannot be read by another one.
    fn is_skipping(&self) -> bool {
        false
    }

    /// Name of the format, as `--log-format` takes it.
    fn format(&self) -> &'static str;

    /// The `log_line_prefix` in use, for formats that have one.
    fn prefix(&self) -> Option<&str> {
        None
    }
}
