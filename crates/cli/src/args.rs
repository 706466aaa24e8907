//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use kumki_model::{Severity, Timestamp};

use crate::render::{ColorChoice, Format};

/// Watches PostgreSQL logs, finds what is wrong, and explains it.
///
/// Exit codes: 0 fine; 1 something was found (with --fail-on); 2 wrong usage,
/// unreadable input or internal error; 3 a rule is invalid; 4 a database could
/// not be reached; 130 interrupted.
#[derive(Debug, Parser)]
#[command(
    name = "kumki",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    /// When to colour the output. NO_COLOR is honoured.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub(crate) color: ColorChoice,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find what is wrong in PostgreSQL logs.
    Scan(Scan),
    /// Print the normalised events of logs as NDJSON.
    Events(Events),
    /// Show how a record was read and why rules matched, or nearly did.
    Explain(Explain),
    /// Check a live server's logging and audit settings. Changes nothing.
    Doctor(Doctor),
    /// List, show, check, test and write rules.
    #[command(subcommand)]
    Rules(Rules),
}

/// What to read, and how.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// Files, directories, globs, or - for standard input; gzip and zstd are
    /// recognised.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<String>,

    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// How to read.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Format of the logs, when detection is wrong: stderr, csvlog, jsonlog,
    /// syslog, azure, cloudwatch, … (an unknown name lists them all).
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,

    /// The server's log_line_prefix, when it cannot be told from the data.
    #[arg(long, value_name = "PREFIX", allow_hyphen_values = true)]
    pub(crate) log_line_prefix: Option<String>,

    /// The server's log_timezone, such as Europe/Berlin: time-zone
    /// abbreviations in logs are ambiguous.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) timezone: String,

    /// Name of the server, for logs that do not carry it.
    #[arg(long, value_name = "NAME")]
    pub(crate) server: Option<String>,

    /// Threads to use; default: one per core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// Only what happened at or after this moment (2026-01-31T10:00:00Z,
    /// 2026-01-31 10:00, or 2026-01-31, in --timezone).
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Only what happened before this moment.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
}

/// Which rules to use.
#[derive(Debug, Args)]
pub(crate) struct RuleChoice {
    /// A bundled pack: core (default) or fabric; may be repeated; `none` uses
    /// only --rules.
    #[arg(long = "pack", value_name = "PACK")]
    pub(crate) packs: Vec<String>,

    /// A file or directory with Sigma rules of your own; may be repeated.
    #[arg(long = "rules", value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    #[command(flatten)]
    pub(crate) input: Input,

    #[command(flatten)]
    pub(crate) choice: RuleChoice,

    /// How to print findings; default: table on a terminal, ndjson in a pipe.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Write the findings to this file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Exit with 1 when there is a finding of this severity or above.
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity)]
    pub(crate) fail_on: Option<Severity>,

    /// Show only findings of this severity or above.
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity)]
    pub(crate) min_severity: Option<Severity>,

    /// Write what was read as JSON: records, bytes, events by kind, unreadable
    /// records with samples, sessions, gaps, seconds.
    #[arg(long, value_name = "FILE")]
    pub(crate) stats: Option<PathBuf>,

    /// Print nothing but findings.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    #[command(flatten)]
    pub(crate) input: Input,

    /// Replace every literal of SQL and parameters, not only passwords.
    #[arg(long)]
    pub(crate) mask_literals: bool,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["finding", "log"])))]
pub(crate) struct Explain {
    /// Id of a finding; its beginning suffices. Needs the logs it came from.
    #[arg(value_name = "FINDING_ID", requires = "paths")]
    pub(crate) finding: Option<String>,

    /// The logs the finding came from.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<String>,

    /// A log record to explain; - reads it from standard input.
    #[arg(
        long,
        value_name = "LINE",
        allow_hyphen_values = true,
        conflicts_with = "paths"
    )]
    pub(crate) log: Option<String>,

    #[command(flatten)]
    pub(crate) reading: Reading,

    #[command(flatten)]
    pub(crate) choice: RuleChoice,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Connection string or URL: postgres://user@host/database. A password may
    /// be given in PGPASSWORD instead.
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: String,

    /// Print the checks as JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// Accept any certificate of a remote server.
    #[arg(long)]
    pub(crate) tls_no_verify: bool,

    /// Exit with 1 when a check ends like this or worse.
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub(crate) fail_on: Option<DoctorFailure>,
}

/// From which verdict on `doctor --fail-on` fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorFailure {
    /// Advice or problems.
    Advice,
    /// Problems only.
    Problem,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// List rules.
    List {
        #[command(flatten)]
        choice: RuleChoice,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a rule: what it finds, why it matters, false positives, response.
    Show {
        /// Id, name or kind of the rule.
        rule: String,
        #[command(flatten)]
        choice: RuleChoice,
        /// Print the rule's source.
        #[arg(long)]
        source: bool,
    },
    /// Check rules without running them.
    Lint {
        /// Files or directories; default: the bundled packs.
        paths: Vec<PathBuf>,
    },
    /// Run the must-fire and must-not-fire cases of rules.
    Test {
        /// Files or directories; default: the bundled packs.
        paths: Vec<PathBuf>,
    },
    /// Write a new rule to start from.
    New {
        /// Name of the rule, such as night_login.
        name: String,
        /// Where to write it; default: NAME.yml. It must not exist.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    text.parse().map_err(|_| {
        let words: Vec<&str> = Severity::ALL
            .iter()
            .map(|severity| severity.as_str())
            .collect();
        format!("expected one of {}", words.join(", "))
    })
}

/// Reads a moment given on the command line, in `zone` unless it names one.
pub(crate) fn parse_moment(text: &str, zone: &jiff::tz::TimeZone) -> anyhow::Result<Timestamp> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp::from_micros(moment.as_microsecond()));
    }
    let civil = text.parse::<jiff::civil::DateTime>().map_err(|_| {
        anyhow::anyhow!(
            "`{}` is no moment; write 2026-01-31T10:00:00Z, 2026-01-31 10:00 or 2026-01-31",
            text.escape_debug()
        )
    })?;
    let zoned = civil.to_zoned(zone.clone())?;
    Ok(Timestamp::from_micros(zoned.timestamp().as_microsecond()))
}
