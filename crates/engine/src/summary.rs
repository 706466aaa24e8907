//! What a run saw, apart from its findings: the numbers behind `--stats`, the
//! end-of-scan summary and the reports.

use std::collections::BTreeMap;

use kumki_model::Timestamp;
use serde::Serialize;

/// What a run saw. `records == events' records + unreadable` always holds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Bytes read after decompression.
    pub bytes: u64,
    /// Log records seen, readable or not.
    pub records: u64,
    /// Events by kind, for example `statement`.
    pub events: BTreeMap<&'static str, u64>,
    /// Records that could not be read.
    pub unreadable: Unreadable,
    /// Distinct sessions.
    pub sessions: u64,
    /// Gaps in per-session record numbers, and how many records they hide.
    pub gaps: Gaps,
    /// Event time of the first record.
    pub first: Option<Timestamp>,
    /// Event time of the last record.
    pub last: Option<Timestamp>,
    /// Wall-clock seconds the run took.
    pub seconds: f64,
    /// One entry per input.
    pub sources: Vec<SourceSummary>,
    /// Event counts over event time, at most 120 buckets of equal length.
    pub timeline: Vec<Bucket>,
    /// Roles by number of events, most first (at most 10).
    pub top_users: Vec<Counted>,
    /// Client addresses by number of events.
    pub top_clients: Vec<Counted>,
    /// Databases by number of events.
    pub top_databases: Vec<Counted>,
    /// Relations by number of statements that name them.
    pub top_tables: Vec<Counted>,
    /// Errors by number, `SQLSTATE message` with literals masked.
    pub top_errors: Vec<Counted>,
    /// What the log's settings made impossible to see, and how to change that.
    pub coverage: Vec<CoverageGap>,
}

/// Records that could not be read.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Unreadable {
    /// How many.
    pub count: u64,
    /// By reason.
    pub by_reason: BTreeMap<&'static str, u64>,
    /// A few of them.
    pub samples: Vec<UnreadableSample>,
}

/// A record that could not be read.
#[derive(Debug, Clone, Serialize)]
pub struct UnreadableSample {
    /// `file:line`.
    pub source: String,
    /// Why.
    pub reason: &'static str,
    /// How it begins, passwords masked, at most 200 characters.
    pub text: String,
}

/// Gaps in per-session record numbers.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Gaps {
    /// How many gaps.
    pub count: u64,
    /// How many records are missing in all.
    pub missing_records: u64,
}

/// One input of the run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SourceSummary {
    /// Path, or `-` for standard input.
    pub path: String,
    /// Format it was read as, for example `csvlog`.
    pub format: String,
    /// `log_line_prefix` it was read with, for formats that have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Records.
    pub records: u64,
    /// Records that could not be read.
    pub unreadable: u64,
    /// Bytes after decompression.
    pub bytes: u64,
    /// Event time of the first record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// Event time of the last record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
}

/// One step of the timeline.
#[derive(Debug, Clone, Serialize)]
pub struct Bucket {
    /// Start of the bucket.
    pub start: Timestamp,
    /// Events in it.
    pub events: u64,
    /// Errors and refused connections among them.
    pub errors: u64,
}

/// A name and how often it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The name.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// Something the log cannot show with the settings it was written with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CoverageGap {
    /// What cannot be seen, for example `client addresses`.
    pub missing: String,
    /// What follows from that.
    pub consequence: String,
    /// SQL lines that change it.
    pub fix: Vec<String>,
}
