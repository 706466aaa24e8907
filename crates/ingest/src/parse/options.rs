//! What the user decides about reading: format, prefix, zone, masking, limits.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use kumki_model::Timestamp;

use super::prefix::Prefix;

macro_rules! formats {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+) => {
        /// A log format, as `--log-format` names it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FormatName { $($(#[doc = $doc])+ $variant,)+ }

        impl FormatName {
            /// Every format.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word `--log-format` takes.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}

formats! {
    /// Lines with a `log_line_prefix`.
    Stderr = "stderr",
    /// PostgreSQL's csvlog.
    Csvlog = "csvlog",
    /// PostgreSQL's jsonlog.
    Jsonlog = "jsonlog",
    /// Syslog, RFC 3164 or RFC 5424.
    Syslog = "syslog",
    /// Heroku's logplex.
    Heroku = "heroku",
    /// `journalctl -o json`.
    Journald = "journald",
    /// JSON lines of a container runtime.
    Container = "container",
    /// CloudNativePG's JSON.
    Cloudnativepg = "cloudnativepg",
    /// Azure diagnostic settings.
    Azure = "azure",
    /// Rows of the table in Microsoft Fabric.
    Fabric = "fabric",
    /// AWS CloudWatch exports and subscriptions.
    Cloudwatch = "cloudwatch",
    /// AWS RDS log files.
    Rds = "rds",
    /// Aurora Database Activity Streams.
    Aurora = "aurora",
    /// Google Cloud Logging entries.
    Gcp = "gcp",
    /// Files of pgauditlogtofile.
    Pgauditlogtofile = "pgauditlogtofile",
}

impl fmt::Display for FormatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no log format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown log format `{}`; known are {}", .0.escape_debug(), names())]
pub struct UnknownFormat(pub String);

fn names() -> String {
    let names: Vec<&str> = FormatName::ALL.iter().map(|name| name.as_str()).collect();
    names.join(", ")
}

impl FromStr for FormatName {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let known = Self::ALL
            .iter()
            .find(|name| name.as_str().eq_ignore_ascii_case(text));
        known.copied().ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// Largest record read by default, in bytes: 16 MiB.
pub const MAX_RECORD_BYTES: usize = 16 << 20;

/// How logs are read.
#[derive(Debug, Clone)]
pub struct ParserOptions {
    /// The format; detected from the data when absent.
    pub format: Option<FormatName>,
    /// The `log_line_prefix`; inferred from the data when absent.
    pub prefix: Option<Prefix>,
    /// The zone of times that carry none, or only an abbreviation.
    pub timezone: TimeZone,
    /// Whether literals in SQL and parameters are masked as well as passwords.
    pub mask_literals: bool,
    /// Largest record, in bytes; a larger one is counted and skipped.
    pub max_record_bytes: usize,
    /// The server the log is about, where the log itself does not say.
    pub server: Option<String>,
    /// A moment after which nothing in the log was written, such as the time a
    /// file was last changed; tells the year where a log leaves it out.
    pub reference: Option<Timestamp>,
    /// `syslog_ident` of the server; when absent whatever is called postgres.
    pub syslog_ident: Option<String>,
}

impl Default for ParserOptions {
    fn default() -> Self {
        Self {
            format: None,
            prefix: None,
            timezone: TimeZone::UTC,
            mask_literals: false,
            max_record_bytes: MAX_RECORD_BYTES,
            server: None,
            reference: None,
            syslog_ident: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_read_back() {
        for format in FormatName::ALL {
            assert_eq!(format.to_string().parse(), Ok(*format));
        }
        let error = "stdrr".parse::<FormatName>().unwrap_err().to_string();
        assert!(
            error.contains("`stdrr`") && error.contains("stderr, csvlog"),
            "{error}"
        );
    }
}
