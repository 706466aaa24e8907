//! How a throw-away server logs. Goes in: a [`LogSettings`]. Comes out: the lines
//! of its configuration file.

use std::fmt::Write as _;
use std::path::Path;

use crate::error::{Error, Result};

/// Debian's default prefix: no client, no application.
pub const PREFIX_DEBIAN: &str = "%m [%p] %q%u@%d ";
/// The prefix of the reference system: names and addresses, with fields a client can forge.
pub const PREFIX_REFERENCE: &str = "%t [%p]: user=%u,db=%d,app=%a,client=%h ";

/// Values of `log_statement`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogStatement {
    /// None.
    None,
    /// Definitions only.
    Ddl,
    /// Definitions and changes of data.
    Mod,
    /// Every statement.
    #[default]
    All,
}

impl LogStatement {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ddl => "ddl",
            Self::Mod => "mod",
            Self::All => "all",
        }
    }
}

/// Values of `log_error_verbosity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verbosity {
    /// Message only.
    Terse,
    /// With detail, hint, context.
    #[default]
    Default,
    /// With the error code and the place in the server's source.
    Verbose,
}

impl Verbosity {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Terse => "terse",
            Self::Default => "default",
            Self::Verbose => "verbose",
        }
    }
}

/// What the server writes, and how. One run writes stderr, csvlog and jsonlog at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// `log_line_prefix`; only the stderr format has one.
    pub prefix: String,
    /// `lc_messages`, such as `de_DE.UTF-8`; `C.UTF-8` for English.
    pub lc_messages: String,
    /// `log_timezone`.
    pub timezone: String,
    /// `log_statement`.
    pub statements: LogStatement,
    /// `log_duration`.
    pub durations: bool,
    /// `log_min_duration_statement` in milliseconds; `None` switches it off.
    pub min_duration_ms: Option<u32>,
    /// `log_error_verbosity`.
    pub verbosity: Verbosity,
    /// `log_connections` and `log_disconnections`.
    pub connections: bool,
    /// `pgaudit.log`; empty for a server without audit records.
    pub pgaudit: String,
    /// Further settings, name and value, which win over all others.
    pub extra: Vec<(String, String)>,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            prefix: PREFIX_REFERENCE.to_owned(),
            lc_messages: "C.UTF-8".to_owned(),
            timezone: "UTC".to_owned(),
            statements: LogStatement::All,
            durations: false,
            min_duration_ms: None,
            verbosity: Verbosity::Default,
            connections: true,
            pgaudit: "all".to_owned(),
            extra: Vec::new(),
        }
    }
}

/// What the server needs beyond its log settings.
pub(crate) struct Surroundings<'a> {
    pub(crate) sockets: &'a Path,
    pub(crate) logs: &'a Path,
}

impl LogSettings {
    /// The configuration file of a small, careless, loopback-only server.
    pub(crate) fn configuration(&self, around: &Surroundings<'_>) -> Result<String> {
        let off_on = |on: bool| if on { "on" } else { "off" }.to_owned();
        let minimum = self
            .min_duration_ms
            .map_or_else(|| "-1".to_owned(), |ms| ms.to_string());
        let audit = if self.pgaudit.is_empty() {
            "none"
        } else {
            &self.pgaudit
        };
        let own = [
            ("listen_addresses", "127.0.0.1".to_owned()),
            (
                "unix_socket_directories",
                around.sockets.display().to_string(),
            ),
            ("max_connections", "100".to_owned()),
            ("shared_buffers", "64MB".to_owned()),
            ("dynamic_shared_memory_type", "posix".to_owned()),
            ("fsync", off_on(false)),
            ("synchronous_commit", off_on(false)),
            ("full_page_writes", off_on(false)),
            ("jit", off_on(false)),
            ("wal_level", "logical".to_owned()),
            ("max_wal_senders", "4".to_owned()),
            ("max_replication_slots", "8".to_owned()),
            ("password_encryption", "scram-sha-256".to_owned()),
            (
                "shared_preload_libraries",
                "pgaudit,pg_stat_statements".to_owned(),
            ),
            ("log_destination", "stderr,csvlog,jsonlog".to_owned()),
            ("logging_collector", off_on(true)),
            ("log_directory", around.logs.display().to_string()),
            ("log_filename", "postgresql.log".to_owned()),
            ("log_rotation_age", "0".to_owned()),
            ("log_rotation_size", "0".to_owned()),
            ("log_file_mode", "0644".to_owned()),
            ("log_checkpoints", off_on(true)),
            ("log_replication_commands", off_on(true)),
            ("log_line_prefix", self.prefix.clone()),
            ("lc_messages", self.lc_messages.clone()),
            ("log_timezone", self.timezone.clone()),
            ("log_statement", self.statements.as_str().to_owned()),
            ("log_duration", off_on(self.durations)),
            ("log_min_duration_statement", minimum),
            ("log_error_verbosity", self.verbosity.as_str().to_owned()),
            ("log_connections", off_on(self.connections)),
            ("log_disconnections", off_on(self.connections)),
            ("pgaudit.log", audit.to_owned()),
            ("pgaudit.log_catalog", off_on(true)),
            ("pgaudit.log_parameter", off_on(true)),
            ("pgaudit.log_rows", off_on(true)),
        ];
        let own = own.iter().map(|(name, value)| (*name, value.as_str()));
        let extra = self
            .extra
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let mut text = String::new();
        for (name, value) in own.chain(extra) {
            if [name, value]
                .iter()
                .any(|part| part.contains(['\n', '\r', '\0']))
            {
                return Err(Error::BadSetting {
                    name: name.to_owned(),
                });
            }
            let value = value.replace('\'', "''").replace('\\', "\\\\");
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name} = '{value}'");
        }
        Ok(text)
    }
}

/// Overrides for a server that is being prepared: nothing of it reaches the logs.
pub(crate) const QUIET: [&str; 7] = [
    "logging_collector=off",
    "log_destination=stderr",
    "log_min_messages=log",
    "log_connections=off",
    "log_disconnections=off",
    "log_statement=none",
    "pgaudit.log=none",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn write(settings: &LogSettings) -> Result<String> {
        settings.configuration(&Surroundings {
            sockets: Path::new("/t/s"),
            logs: Path::new("/t/log"),
        })
    }

    #[test]
    fn values_are_quoted() {
        let settings = LogSettings {
            prefix: r"it's \d ".to_owned(),
            pgaudit: String::new(),
            min_duration_ms: Some(250),
            ..LogSettings::default()
        };
        let text = write(&settings).expect("valid settings");
        assert!(text.contains(r"log_line_prefix = 'it''s \\d '"), "{text}");
        assert!(text.contains("pgaudit.log = 'none'\n"));
        assert!(text.contains("log_min_duration_statement = '250'\n"));
        assert!(text.contains("log_directory = '/t/log'\n"));
    }

    #[test]
    fn extra_settings_come_last_and_line_breaks_are_refused() {
        let mut settings = LogSettings::default();
        settings
            .extra
            .push(("log_statement".to_owned(), "ddl".to_owned()));
        let text = write(&settings).expect("valid settings");
        assert!(text.ends_with("log_statement = 'ddl'\n"));

        settings
            .extra
            .push(("application_name".to_owned(), "a\nport = 5432".to_owned()));
        assert!(matches!(write(&settings), Err(Error::BadSetting { .. })));
    }
}
