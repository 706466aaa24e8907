//! The formats there are: how each recognises a log as its own, and its parser.
//!
//! A format is added by adding one entry to [`FORMATS`].

use bumpalo::Bump;
use kumki_model::SourceId;

use super::csvlog::CsvlogParser;
use super::envelope::{self, cloudwatch};
use super::jsonlog::JsonlogParser;
use super::options::{FormatName, ParserOptions};
use super::prefix::Prefix;
use super::stderr::{StderrParser, detect::claim_stderr};
use super::{Block, Output, RecordParser};

/// The beginning of an input, cut after its last whole line.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether they are the whole input.
    pub whole: bool,
}

/// What a format made of a sample.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// Records (for stderr: lines) it read.
    pub read: u64,
    /// Records it should have read.
    pub total: u64,
    /// The prefix it read them with, for formats that have one.
    pub prefix: Option<Prefix>,
    /// Where the prefix is from, or what else should be told.
    pub note: String,
}

impl Claim {
    /// Share of the sample that was read, from 0 to 1.
    pub fn share(&self) -> f64 {
        if self.total == 0 {
            0.0
        } else {
            self.read as f64 / self.total as f64
        }
    }
}

/// One format.
pub struct FormatEntry {
    /// Its name.
    pub name: FormatName,
    /// Tries to read a sample; nothing when it is clearly of another format.
    pub claim: fn(&Sample<'_>, &ParserOptions) -> Option<Claim>,
    /// Makes its parser; `options.prefix` is the detected one.
    pub parser: fn(&ParserOptions) -> Box<dyn RecordParser>,
}

/// The entry of a wrapping format.
macro_rules! wrapping {
    ($name:ident) => {
        FormatEntry {
            name: FormatName::$name,
            claim: |sample, options| envelope::claim(FormatName::$name, sample, options),
            parser: |options| {
                envelope::make_parser(FormatName::$name, options)
                    .unwrap_or_else(|| Box::new(StderrParser::new(options)))
            },
        }
    };
}

/// Every format, the likelier first; wrapping formats before what they wrap.
pub static FORMATS: &[FormatEntry] = &[
    wrapping!(Syslog),
    wrapping!(Heroku),
    wrapping!(Journald),
    wrapping!(Container),
    wrapping!(Cloudnativepg),
    wrapping!(Azure),
    wrapping!(Fabric),
    wrapping!(Cloudwatch),
    wrapping!(Aurora),
    wrapping!(Gcp),
    wrapping!(Pgauditlogtofile),
    FormatEntry {
        name: FormatName::Rds,
        claim: claim_rds,
        parser: |options| Box::new(StderrParser::new(&with_rds_prefix(options))),
    },
    FormatEntry {
        name: FormatName::Jsonlog,
        claim: claim_jsonlog,
        parser: |options| Box::new(JsonlogParser::new(options)),
    },
    FormatEntry {
        name: FormatName::Csvlog,
        claim: claim_csvlog,
        parser: |options| Box::new(CsvlogParser::new(options)),
    },
    FormatEntry {
        name: FormatName::Stderr,
        claim: claim_stderr,
        parser: |options| Box::new(StderrParser::new(options)),
    },
];

/// Tries a sample with a parser: what most formats claim is what they read.
pub fn claim_by_parsing(sample: &Sample<'_>, mut parser: Box<dyn RecordParser>) -> Option<Claim> {
    let arena = Bump::new();
    let block = Block {
        bytes: sample.bytes,
        arena: &arena,
        source: SourceId(0),
        first_line: 1,
        offset: 0,
        end: sample.whole,
    };
    let mut out = Output::default();
    parser.parse(&block, &mut out);
    let read = out.records.len() as u64 + out.ignored;
    let total = read + out.failures.len() as u64;
    (read > 0).then(|| Claim {
        read,
        total,
        ..Claim::default()
    })
}

/// RDS's files are stderr logs; the name only gives the prefix.
fn claim_rds(sample: &Sample<'_>, options: &ParserOptions) -> Option<Claim> {
    let is_given = options.format == Some(FormatName::Rds);
    if is_given {
        claim_stderr(sample, &with_rds_prefix(options))
    } else {
        None
    }
}

fn with_rds_prefix(options: &ParserOptions) -> ParserOptions {
    let prefix = options
        .prefix
        .clone()
        .or_else(|| Prefix::compile(cloudwatch::PREFIX).ok());
    ParserOptions {
        prefix,
        ..options.clone()
    }
}

fn claim_jsonlog(sample: &Sample<'_>, options: &ParserOptions) -> Option<Claim> {
    memchr::memchr(b'{', sample.bytes)?;
    claim_by_parsing(sample, Box::new(JsonlogParser::new(options)))
}

fn claim_csvlog(sample: &Sample<'_>, options: &ParserOptions) -> Option<Claim> {
    memchr::memmem::find(sample.bytes, b",\"")?;
    claim_by_parsing(sample, Box::new(CsvlogParser::new(options)))
}
