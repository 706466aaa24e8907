//! The forms a log takes. One record comes in, bytes go out.
//!
//! No chance is involved here: the same activity can be written in every form.

mod csv;
mod json;
mod prefix;
mod stderr;
mod syslog;

use crate::calendar::Calendar;
use crate::entry::Entry;
use crate::error::SimError;
use crate::options::{Format, Options};
use crate::process::Process;

/// Writes records in the chosen form.
pub(crate) enum Form {
    /// Text with a prefix.
    Stderr(stderr::Stderr),
    /// csvlog.
    Csv(csv::Csv),
    /// jsonlog.
    Json(json::Json),
    /// RFC 3164.
    Syslog(syslog::Syslog),
}

impl Form {
    /// The form that `options` ask for.
    pub(crate) fn new(options: &Options) -> Result<Self, SimError> {
        let calendar = Calendar::new(&options.timezone)?;
        let verbosity = options.verbosity;
        Ok(match &options.format {
            Format::Csv(columns) => Self::Csv(csv::Csv::new(calendar, *columns, verbosity)),
            Format::Json => Self::Json(json::Json::new(calendar, verbosity)),
            Format::Stderr => {
                Self::Stderr(stderr::Stderr::new(calendar, &options.prefix, verbosity))
            }
            Format::Syslog(form) => {
                let text = stderr::Stderr::new(calendar, &options.prefix, verbosity);
                Self::Syslog(syslog::Syslog::new(text, form))
            }
        })
    }

    /// Appends one record of `process`, which runs on the host `server`.
    pub(crate) fn write(
        &mut self,
        out: &mut Vec<u8>,
        server: &str,
        process: &mut Process,
        entry: &Entry<'_>,
    ) {
        process.line += 1;
        match self {
            Self::Stderr(form) => form.write(out, process, entry),
            Self::Csv(form) => form.write(out, process, entry),
            Self::Json(form) => form.write(out, process, entry),
            Self::Syslog(form) => form.write(out, server, process, entry),
        }
    }
}

#[cfg(test)]
mod tests;
