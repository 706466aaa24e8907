//! One record as the server reports it, before it takes the form of a log.

/// Level of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// `LOG`.
    Log,
    /// `ERROR`.
    Error,
    /// `FATAL`.
    Fatal,
}

impl Level {
    /// The word in the log.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Log => "LOG",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }

    /// Severity number of RFC 3164, as PostgreSQL maps it.
    pub(crate) const fn syslog(self) -> u8 {
        match self {
            Self::Log => 6,
            Self::Error => 4,
            Self::Fatal => 3,
        }
    }
}

/// Where in the server's source a record is reported.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    /// Function.
    pub(crate) function: &'static str,
    /// File.
    pub(crate) file: &'static str,
    /// Line.
    pub(crate) line: u32,
}

impl Origin {
    /// An origin from its parts.
    pub(crate) const fn new(function: &'static str, file: &'static str, line: u32) -> Self {
        Self {
            function,
            file,
            line,
        }
    }
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    /// When, in microseconds since the epoch.
    pub(crate) time: i64,
    /// Level.
    pub(crate) level: Level,
    /// SQLSTATE.
    pub(crate) sqlstate: &'a str,
    /// Primary message.
    pub(crate) message: &'a str,
    /// `DETAIL`.
    pub(crate) detail: Option<&'a str>,
    /// `HINT`.
    pub(crate) hint: Option<&'a str>,
    /// `CONTEXT`.
    pub(crate) context: Option<&'a str>,
    /// `STATEMENT`.
    pub(crate) statement: Option<&'a str>,
    /// Character in the statement, from 1; 0 when unknown.
    pub(crate) position: u32,
    /// Where it was reported.
    pub(crate) origin: Origin,
}

impl<'a> Entry<'a> {
    /// A record of level `LOG`.
    pub(crate) const fn log(time: i64, message: &'a str, origin: Origin) -> Self {
        Self {
            time,
            level: Level::Log,
            sqlstate: "00000",
            message,
            detail: None,
            hint: None,
            context: None,
            statement: None,
            position: 0,
            origin,
        }
    }
}
