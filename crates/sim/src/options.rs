//! What to simulate, and how the server that writes it is configured.

use std::fmt;
use std::str::FromStr;

use kumki_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::SimError;

/// What to simulate. Equal options give equal bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Everything that is left to chance follows from it.
    pub seed: u64,
    /// Event time of the first record.
    pub start: Timestamp,
    /// When to stop.
    pub limit: Limit,
    /// Log records a second, averaged over a week, of ordinary activity.
    pub events_per_second: f64,
    /// Database servers, 1 to 1,000.
    pub servers: u32,
    /// People who work on the databases, 1 to 1,000.
    pub users: u32,
    /// Hosts that applications connect from, 1 to 10,000.
    pub clients: u32,
    /// Applications with connection pools, 1 to 200.
    pub applications: u32,
    /// Attacks hidden in the ordinary activity.
    pub attacks: Attacks,
    /// Form of the log.
    pub format: Format,
    /// `log_line_prefix`, for stderr and syslog.
    pub prefix: String,
    /// How pgaudit is configured; absent when it is not loaded.
    pub pgaudit: Option<Pgaudit>,
    /// Which statement records the server writes besides pgaudit's.
    pub statements: StatementLogging,
    /// `log_error_verbosity`.
    pub verbosity: Verbosity,
    /// `log_timezone`: a known city or a POSIX `TZ` text. See the source of
    /// [`crate::SimError::Zone`] for what is refused.
    pub timezone: String,
}

impl Default for Options {
    /// 100,000 records of one server at 50 records a second from
    /// Monday, 2026-02-02 08:00 UTC, csvlog, pgaudit, no attacks.
    fn default() -> Self {
        Self {
            seed: 1,
            start: Timestamp::from_micros(1_770_019_200_000_000),
            limit: Limit::Records(100_000),
            events_per_second: 50.0,
            servers: 1,
            users: 12,
            clients: 16,
            applications: 6,
            attacks: Attacks::None,
            format: Format::Csv(CsvColumns::V14),
            prefix: "%m [%p] %q%u@%d ".to_owned(),
            pgaudit: Some(Pgaudit::default()),
            statements: StatementLogging::Off,
            verbosity: Verbosity::Default,
            timezone: "UTC".to_owned(),
        }
    }
}

impl Options {
    /// Refuses what cannot be simulated.
    pub(crate) fn check(&self) -> Result<(), SimError> {
        let refuse = |option, expected| Err(SimError::Option { option, expected });
        if !(self.events_per_second > 0.0 && self.events_per_second <= 10_000_000.0) {
            return refuse("events_per_second", "above 0 and at most 10,000,000");
        }
        if !(1..=1_000).contains(&self.servers) {
            return refuse("servers", "from 1 to 1,000");
        }
        if !(1..=1_000).contains(&self.users) {
            return refuse("users", "from 1 to 1,000");
        }
        if !(1..=10_000).contains(&self.clients) {
            return refuse("clients", "from 1 to 10,000");
        }
        if !(1..=200).contains(&self.applications) {
            return refuse("applications", "from 1 to 200");
        }
        if self.start.as_micros() < 0 || self.start.as_micros() > 7_258_118_400_000_000 {
            return refuse("start", "between 1970 and 2200");
        }
        if let Attacks::Rate { per_day, .. } = self.attacks
            && !(per_day > 0.0 && per_day <= 100_000.0)
        {
            return refuse("attacks.per_day", "above 0 and at most 100,000");
        }
        Ok(())
    }
}

/// When the simulation stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// After exactly this many records.
    Records(u64),
    /// After the record that reaches this many bytes.
    Bytes(u64),
    /// After this many seconds of event time.
    Seconds(u64),
}

/// Which attacks happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attacks {
    /// None: a healthy server.
    None,
    /// Each of these once, in this order, spread evenly over the log.
    Once(Vec<AttackKind>),
    /// Any of these at random moments.
    Rate {
        /// Kinds to choose from.
        kinds: Vec<AttackKind>,
        /// Attacks a day on average.
        per_day: f64,
    },
}

/// Form of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text with `log_line_prefix`.
    Stderr,
    /// csvlog.
    Csv(CsvColumns),
    /// jsonlog, as PostgreSQL 15 and later write it.
    Json,
    /// RFC 3164 lines as PostgreSQL hands them to syslog.
    Syslog(SyslogForm),
}

/// Which PostgreSQL's csvlog columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CsvColumns {
    /// 23 columns: 9.0 to 12.
    V12,
    /// 24 columns: 13, with `backend_type`.
    V13,
    /// 26 columns: 14 and later, with `leader_pid` and `query_id`.
    V14,
}

/// How syslog lines are written to their file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SyslogForm {
    /// `syslog_ident`.
    pub ident: String,
    /// Whether lines begin with `<PRI>`, as on the wire.
    pub priority: bool,
    /// Whether control characters arrive as `#011`, as rsyslog writes them.
    pub escape_controls: bool,
}

impl Default for SyslogForm {
    fn default() -> Self {
        Self {
            ident: "postgres".to_owned(),
            priority: false,
            escape_controls: true,
        }
    }
}

/// How pgaudit is configured. `pgaudit.log_catalog` is on,
/// `pgaudit.log_statement_once` is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pgaudit {
    /// `pgaudit.log_relation`: a row for each relation of a statement.
    pub relation: bool,
    /// `pgaudit.log_parameter`.
    pub parameter: bool,
    /// `pgaudit.log_rows`: the tenth field, and rows at the end of statements.
    pub rows: bool,
    /// Whether `pgaudit.log` includes the class MISC (`BEGIN`, `SET`, …).
    pub misc: bool,
}

impl Default for Pgaudit {
    fn default() -> Self {
        Self {
            relation: true,
            parameter: true,
            rows: false,
            misc: false,
        }
    }
}

/// Which statement records the server writes besides pgaudit's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementLogging {
    /// None.
    Off,
    /// `log_min_duration_statement` with this many milliseconds; 0 logs all.
    Slower(u32),
    /// `log_statement = 'all'`.
    All,
    /// `log_statement = 'all'` and `log_duration = on`.
    AllWithDuration,
}

/// `log_error_verbosity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verbosity {
    /// No `DETAIL`, `HINT`, `QUERY`, `CONTEXT` in stderr and syslog.
    Terse,
    /// As shipped.
    Default,
    /// With SQLSTATE and source location.
    Verbose,
}

macro_rules! attack_kinds {
    ($($variant:ident $slug:literal $text:literal)*) => {
        /// What an attacker does. The slugs are those of the findings.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum AttackKind {
            $(#[doc = $text] $variant,)*
        }

        impl AttackKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The slug used on every surface.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $slug,)* }
            }
        }
    };
}

attack_kinds! {
    BruteForce "brute_force" "Many passwords for one role from one client."
    PasswordSpraying "password_spraying" "Few passwords for many roles from one client."
    SuccessAfterFailures "success_after_failures" "A guessed password: failures, then a session."
    DataExfiltration "data_exfiltration" "Large reads of personal data, page after page."
    CopySweep "copy_sweep" "`COPY … TO STDOUT` of one table after another."
    DestructiveOperations "destructive_operations" "Unbounded deletes, truncates and drops."
    ErrorSpike "error_spike" "Probing that fails again and again."
    PrivilegeEscalation "privilege_escalation" "Roles created, raised and granted."
    CrossSchemaReconnaissance "cross_schema_reconnaissance" "A look into every schema."
    SchemaEnumeration "schema_enumeration" "The catalogue read from end to end."
    SqlInjection "sql_injection" "Injected SQL through an application's session."
    ProgramExecution "program_execution" "Commands of the operating system through SQL."
    AuditOff "audit_off" "Logging and auditing switched off."
    LogGap "log_gap" "Records removed from the log."
    Ransom "ransom" "Tables copied, dropped, and a note left behind."
    CredentialRead "credential_read" "Password hashes and secrets read."
    FileRead "file_read" "Files of the server read through SQL."
}

impl fmt::Display for AttackKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for AttackKind {
    type Err = SimError;

    fn from_str(word: &str) -> Result<Self, SimError> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| {
                let known: Vec<&str> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
                SimError::Word {
                    what: "attack",
                    word: word.to_owned(),
                    known: known.join(", "),
                }
            })
    }
}

impl FromStr for Format {
    type Err = SimError;

    /// `stderr`, `csv` (26 columns), `csv24`, `csv23`, `json`, `syslog`.
    fn from_str(word: &str) -> Result<Self, SimError> {
        match word {
            "stderr" => Ok(Self::Stderr),
            "csv" | "csv26" => Ok(Self::Csv(CsvColumns::V14)),
            "csv24" => Ok(Self::Csv(CsvColumns::V13)),
            "csv23" => Ok(Self::Csv(CsvColumns::V12)),
            "json" => Ok(Self::Json),
            "syslog" => Ok(Self::Syslog(SyslogForm::default())),
            _ => Err(SimError::Word {
                what: "format",
                word: word.to_owned(),
                known: "stderr, csv, csv26, csv24, csv23, json, syslog".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_slugs_read_back() {
        for kind in AttackKind::ALL {
            assert_eq!(kind.as_str().parse::<AttackKind>().unwrap(), *kind);
        }
        let error = "brute".parse::<AttackKind>().unwrap_err().to_string();
        assert!(error.contains("brute_force"), "{error}");
    }

    #[test]
    fn impossible_options_are_refused() {
        let mut options = Options {
            events_per_second: f64::NAN,
            ..Options::default()
        };
        assert!(options.check().is_err());
        options.events_per_second = 1.0;
        assert!(options.check().is_ok());
        options.servers = 0;
        assert!(options.check().is_err());
    }
}
