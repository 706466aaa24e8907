//! PostgreSQL's log inside other people's envelopes: container runtimes, the
//! journal, CloudNativePG, Azure, AWS, Google Cloud, and the file of
//! pgauditlogtofile.
//!
//! Bytes of an envelope come in; what is inside is taken out and read by the
//! core formats, or turned field by field into what they would have read. Every
//! wrapped record ends as a record, as a failure, or counted as set aside. All
//! of them run on one machine (`parser`) in bounded room.

pub(crate) mod activity_stream;
pub(crate) mod audit_file;
pub(crate) mod azure;
pub(crate) mod cloud_sql;
pub(crate) mod cloudnativepg;
pub(crate) mod cloudwatch;
pub(crate) mod container;
pub(crate) mod fabric;
pub(crate) mod framing;
pub(crate) mod journald;
pub(crate) mod moment;
pub(crate) mod parser;
pub(crate) mod reader;
pub(crate) mod scalar;
pub(crate) mod sink;
pub(crate) mod streams;
pub(crate) mod typed;

use self::framing::{Framer, Framing, Piece};
use self::parser::{EnvelopeParser, Wrapping};
use self::reader::{Reader, Tap, Tapped};
use super::RecordParser;
use super::options::{FormatName, ParserOptions};
use super::prefix::Prefix;
use super::registry::{Claim, Sample, claim_by_parsing};
use super::stderr::detect::claim_stderr;
use super::syslog::year::Years;
use super::syslog::{self, logplex};
use super::time::TimeReader;

/// A parser of one of the formats of this module and of [`super::syslog`], or
/// nothing when `format` is none of them.
pub fn make_parser(format: FormatName, options: &ParserOptions) -> Option<Box<dyn RecordParser>> {
    let usual = match format {
        FormatName::Heroku => logplex::PREFIXES.last().copied(),
        FormatName::Cloudwatch => Some(cloudwatch::PREFIX),
        FormatName::Gcp => Some(cloud_sql::PREFIX),
        _ => None,
    };
    let usual = || usual.and_then(|prefix| Prefix::compile(prefix).ok());
    let prefix = options.prefix.clone().or_else(usual);
    let options = &ParserOptions {
        prefix,
        ..options.clone()
    };
    parser_with(format, options, Reader::new(options))
}

fn parser_with(
    format: FormatName,
    options: &ParserOptions,
    reader: Reader,
) -> Option<Box<dyn RecordParser>> {
    let years = || Years::new(options.timezone.clone(), options.reference);
    let times = || TimeReader::new(options.timezone.clone());
    let ident = || options.syslog_ident.clone();
    Some(match format {
        FormatName::Syslog => boxed(syslog::Syslog::new(years(), ident()), reader),
        FormatName::Heroku => boxed(logplex::Logplex::new(years()), reader),
        FormatName::Journald => boxed(journald::Journald::new(years(), ident()), reader),
        FormatName::Container => boxed(container::Container, reader),
        FormatName::Cloudnativepg => boxed(cloudnativepg::CloudNativePg::new(times()), reader),
        FormatName::Azure => boxed(azure::Azure::new(times()), reader),
        FormatName::Fabric => boxed(fabric::Fabric::new(times()), reader),
        FormatName::Cloudwatch => boxed(cloudwatch::CloudWatch, reader),
        FormatName::Aurora => boxed(activity_stream::ActivityStream::new(times()), reader),
        FormatName::Gcp => boxed(cloud_sql::CloudSql::new(times()), reader),
        FormatName::Pgauditlogtofile => boxed(audit_file::AuditFile::new(times()), reader),
        _ => return None,
    })
}

fn boxed<W: Wrapping>(wrapping: W, reader: Reader) -> Box<dyn RecordParser> {
    Box::new(EnvelopeParser::new(wrapping, reader))
}

/// Claims a sample for a format when it fits that format best, and finds the
/// prefix of the lines inside.
pub(crate) fn claim(
    format: FormatName,
    sample: &Sample<'_>,
    options: &ParserOptions,
) -> Option<Claim> {
    let scores = sniff(sample.bytes);
    let is_given = options.format == Some(format);
    let is_best = scores
        .first()
        .is_some_and(|(best, score)| *best == format && *score >= LEAST);
    if !is_given && !is_best {
        return None;
    }
    let tap = Tap::default();
    let parser = parser_with(format, options, Reader::with_tap(options, tap.clone()))?;
    // What waits for its other half counts as well.
    let whole = Sample {
        bytes: sample.bytes,
        whole: true,
    };
    let mut claim = claim_by_parsing(&whole, parser).unwrap_or(Claim {
        // One object that is larger than the sample.
        read: u64::from(is_best && !sample.whole),
        total: 1,
        ..Claim::default()
    });
    let tapped = tap.lock().map(|tapped| tapped.clone()).unwrap_or_default();
    claim.prefix = match format {
        _ if options.prefix.is_some() => options.prefix.clone(),
        FormatName::Heroku => logplex::prefix_of(&tapped.plain),
        _ => prefix_inside(&tapped, options),
    };
    Some(claim)
}

/// The prefix of lines found inside: one with a time, or else one without,
/// whose time the envelope has.
fn prefix_inside(tapped: &Tapped, options: &ParserOptions) -> Option<Prefix> {
    let claim = |bytes| claim_stderr(&Sample { bytes, whole: true }, options);
    let plain =
        claim(&tapped.plain).filter(|claim| claim.prefix.as_ref().is_some_and(Prefix::has_time));
    let stamped = claim(&tapped.stamped);
    // Every line with a time of its own also reads as one with two.
    let without_time = stamped.filter(|stamped| {
        plain
            .as_ref()
            .is_none_or(|plain| stamped.read > 2 * plain.read)
    });
    let Some(stamped) = without_time.and_then(|claim| claim.prefix) else {
        return plain.and_then(|claim| claim.prefix);
    };
    let text = stamped.text().strip_prefix(Tapped::STAMP_PREFIX)?;
    Prefix::compile(text).ok()
}

/// The least score that claims a sample.
const LEAST: u8 = 60;

/// Which of the formats of this module and of [`super::syslog`] the beginning of
/// a log fits, with how surely (0 to 100), best first.
pub fn sniff(head: &[u8]) -> Vec<(FormatName, u8)> {
    type Sniff = fn(&[u8]) -> Option<u8>;
    let sniffers: [(FormatName, Sniff); 11] = [
        (FormatName::Heroku, logplex::sniff),
        (FormatName::Syslog, syslog::sniff),
        (FormatName::Journald, journald::sniff),
        (FormatName::Cloudnativepg, cloudnativepg::sniff),
        (FormatName::Container, container::sniff),
        (FormatName::Azure, azure::sniff),
        (FormatName::Fabric, fabric::sniff),
        (FormatName::Cloudwatch, cloudwatch::sniff),
        (FormatName::Aurora, activity_stream::sniff),
        (FormatName::Gcp, cloud_sql::sniff),
        (FormatName::Pgauditlogtofile, audit_file::sniff),
    ];
    let head = head.get(..head.len().min(SNIFF_BYTES)).unwrap_or(head);
    let mut found: Vec<(FormatName, u8)> = sniffers
        .iter()
        .filter_map(|(format, sniff)| Some((*format, sniff(head)?)))
        .collect();
    found.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    found
}

/// How much of a log is looked at.
const SNIFF_BYTES: usize = 256 << 10;

/// The first whole JSON object.
fn first_object(head: &[u8]) -> Option<&[u8]> {
    let mut framer = Framer::new(Framing::Json);
    let mut at = 0;
    // A log may begin in the middle of a line.
    for _ in 0..2 {
        let cut = framer.next(head, at, false, head.len() + 1)?;
        if cut.piece == Piece::Value {
            return head.get(cut.start..cut.end);
        }
        at = cut.end;
    }
    None
}

/// Whether it is a JSON object, or an array of them, that begins.
fn starts_with_object(head: &[u8]) -> bool {
    let start = head
        .iter()
        .find(|byte| !byte.is_ascii_whitespace() && **byte != b'[');
    start == Some(&b'{')
}

/// Whether a word occurs where a log begins.
fn mentions(head: &[u8], word: &str) -> bool {
    let start = head.get(..head.len().min(16 << 10)).unwrap_or(head);
    memchr::memmem::find(start, word.as_bytes()).is_some()
}
