//! Which format a log is in, judged by what its beginning is read as. Pure.

use super::RecordParser;
use super::options::{FormatName, ParserOptions};
use super::prefix::Prefix;
use super::registry::{Claim, FORMATS, FormatEntry, Sample};
use super::text::{is_binary, sample};

/// How much of an input is looked at, in bytes.
pub const SAMPLE_BYTES: usize = 256 << 10;

/// Share of a sample a format must read to be taken for it.
const LEAST_SHARE: f64 = 0.05;

/// The format of a log, and why.
#[derive(Clone)]
pub struct Detection {
    entry: &'static FormatEntry,
    claim: Claim,
    given: bool,
}

impl Detection {
    /// The format.
    pub fn format(&self) -> FormatName {
        self.entry.name
    }

    /// The prefix, for formats that have one.
    pub fn prefix(&self) -> Option<&Prefix> {
        self.claim.prefix.as_ref()
    }

    /// Share of the sample that was read, from 0 to 1.
    pub fn share(&self) -> f64 {
        self.claim.share()
    }

    /// One line that says what was chosen and why.
    pub fn explain(&self) -> String {
        let Claim {
            read,
            total,
            prefix,
            note,
        } = &self.claim;
        let mut text = format!(
            "{}: {read} of {total} records of the sample read",
            self.format()
        );
        if let Some(prefix) = prefix {
            text.push_str(&format!(
                ", log_line_prefix '{}'",
                prefix.text().escape_debug()
            ));
        }
        if !note.is_empty() {
            text.push_str(&format!(" ({note})"));
        }
        if self.given {
            text.push_str(", format as given");
        }
        text
    }
}

impl std::fmt::Debug for Detection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.explain())
    }
}

/// Why no format could be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DetectError {
    /// There is nothing in it yet.
    #[error("the log is empty")]
    Empty,
    /// It is UTF-16.
    #[error("the log is UTF-16 text; convert it first: iconv -f UTF-16 -t UTF-8")]
    Utf16,
    /// It is no text.
    #[error("the log is binary data that no supported compression begins with: {sample}")]
    Binary {
        /// How it begins.
        sample: String,
    },
    /// Its lines carry no time.
    #[error(
        "the lines have a severity but no time ({sample}); put %m into log_line_prefix, \
         or name the prefix with --log-line-prefix if the time is in an unusual form"
    )]
    NoTime {
        /// How it begins.
        sample: String,
    },
    /// No format reads it.
    #[error(
        "no known format reads it{tried}. It begins with: {sample}. \
         Name the format with --log-format and, for stderr, the server's \
         log_line_prefix with --log-line-prefix"
    )]
    Unrecognised {
        /// What was tried, and how much each read.
        tried: String,
        /// How it begins.
        sample: String,
    },
    /// The format was named, but this build cannot read it.
    #[error("the format `{0}` cannot be read by this build")]
    Unavailable(FormatName),
}

/// Tells the format of a log from its beginning; `head` should hold
/// [`SAMPLE_BYTES`] or the whole input.
///
/// # Errors
/// When nothing fits; the error says what was tried and what to do.
pub fn detect(head: &[u8], options: &ParserOptions) -> Result<Detection, DetectError> {
    if head.is_empty() {
        return Err(DetectError::Empty);
    }
    if is_utf16(head) {
        return Err(DetectError::Utf16);
    }
    let cut = whole_lines(head);
    if let Some(name) = options.format {
        let entry = FORMATS.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or(DetectError::Unavailable(name))?;
        let mut claim = (entry.claim)(&cut, options).unwrap_or_default();
        claim.prefix = options.prefix.clone().or(claim.prefix);
        return Ok(Detection {
            entry,
            claim,
            given: true,
        });
    }
    let mut best: Option<Detection> = None;
    let mut tried = Vec::new();
    for entry in FORMATS {
        let Some(claim) = (entry.claim)(&cut, options) else {
            continue;
        };
        tried.push(format!("{} {} of {}", entry.name, claim.read, claim.total));
        let is_better = best
            .as_ref()
            .is_none_or(|best| claim.share() > best.share());
        if claim.share() >= LEAST_SHARE && is_better {
            best = Some(Detection {
                entry,
                claim,
                given: false,
            });
        }
    }
    best.ok_or_else(|| refusal(head, &attempts(&tried)))
}

/// The parser of a detected format.
pub fn make_parser(detection: &Detection, options: &ParserOptions) -> Box<dyn RecordParser> {
    let prefix = options
        .prefix
        .clone()
        .or_else(|| detection.prefix().cloned());
    let format = Some(detection.format());
    (detection.entry.parser)(&ParserOptions {
        prefix,
        format,
        ..options.clone()
    })
}

/// The formats that read a part of it, for the message.
fn attempts(tried: &[String]) -> String {
    if tried.is_empty() {
        return String::new();
    }
    format!(" well enough ({})", tried.join(", "))
}

fn refusal(head: &[u8], tried: &str) -> DetectError {
    let first = head
        .split(|byte| *byte == b'\n')
        .find(|line| !line.is_empty());
    let sample = sample(first.unwrap_or(head));
    if is_binary(head) {
        return DetectError::Binary { sample };
    }
    let text = String::from_utf8_lossy(head);
    let has_severity = text.lines().take(200).any(|line| {
        let end = line.floor_char_boundary(256);
        super::label::find(&line[..end], 0).is_some()
    });
    if has_severity {
        DetectError::NoTime { sample }
    } else {
        DetectError::Unrecognised {
            tried: tried.to_owned(),
            sample,
        }
    }
}

/// The first whole lines of `head`, or all of it when it has only one.
fn whole_lines(head: &[u8]) -> Sample<'_> {
    if head.len() < SAMPLE_BYTES {
        return Sample {
            bytes: head,
            whole: true,
        };
    }
    let head = &head[..SAMPLE_BYTES];
    let bytes = memchr::memrchr(b'\n', head).map_or(head, |newline| &head[..=newline]);
    Sample {
        bytes,
        whole: false,
    }
}

fn is_utf16(head: &[u8]) -> bool {
    if matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return true;
    }
    let head = &head[..head.len().min(512)];
    let zero_at = |parity: usize| {
        head.iter()
            .skip(parity)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
            * 4
            > head.len()
    };
    let plain = |parity: usize| {
        head.iter()
            .skip(parity)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
            * 16
            < head.len()
    };
    head.len() >= 8 && (zero_at(0) && plain(1) || zero_at(1) && plain(0))
}

#[cfg(test)]
mod tests;
