//! `cargo xtask scenarios`: a throw-away PostgreSQL, the labelled scenarios, and
//! their logs in three formats with `labels.json` in one directory.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use kumki_harness::{
    LogSettings, LogStatement, Nature, Options, PREFIX_REFERENCE, Scenario, Selection, Verbosity,
    run_all, scenario,
};

/// Options of the command.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Directory for postgresql.log, postgresql.csv, postgresql.json and labels.json
    #[arg(long, required_unless_present = "list")]
    out: Option<PathBuf>,
    /// Say which scenarios there are, and run nothing
    #[arg(long)]
    list: bool,
    /// Only these scenarios
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "LABEL",
        conflicts_with = "nature"
    )]
    only: Vec<String>,
    /// Only attacks, or only ordinary work
    #[arg(long, value_enum)]
    nature: Option<NatureArgument>,
    /// log_line_prefix
    #[arg(long, default_value = PREFIX_REFERENCE)]
    prefix: String,
    /// lc_messages, such as de_DE.UTF-8
    #[arg(long, default_value = "C.UTF-8")]
    lc_messages: String,
    /// log_statement
    #[arg(long, value_enum, default_value_t = StatementArgument::All)]
    log_statement: StatementArgument,
    /// log_duration
    #[arg(long)]
    log_duration: bool,
    /// log_min_duration_statement, in milliseconds
    #[arg(long, value_name = "MS")]
    min_duration: Option<u32>,
    /// log_error_verbosity = verbose
    #[arg(long)]
    verbose_errors: bool,
    /// pgaudit.log; empty for a server that does not audit
    #[arg(long, default_value = "all")]
    pgaudit: String,
    /// Any other setting
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// How many scenarios run at a time
    #[arg(long, default_value_t = 4)]
    workers: usize,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum NatureArgument {
    Attack,
    Benign,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StatementArgument {
    None,
    Ddl,
    Mod,
    All,
}

impl From<StatementArgument> for LogStatement {
    fn from(argument: StatementArgument) -> Self {
        match argument {
            StatementArgument::None => Self::None,
            StatementArgument::Ddl => Self::Ddl,
            StatementArgument::Mod => Self::Mod,
            StatementArgument::All => Self::All,
        }
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    if arguments.list {
        for scenario in scenario::all() {
            writeln!(output, "{}", line(&scenario))?;
        }
        return Ok(());
    }
    let began = Instant::now();
    let run = run_all(&options(arguments)).context("running the scenarios")?;
    writeln!(
        output,
        "{} scenarios in {:.1} s: {}",
        run.labels.len(),
        began.elapsed().as_secs_f64(),
        run.directory.display()
    )?;
    Ok(())
}

fn line(scenario: &Scenario) -> String {
    let nature = match scenario.nature() {
        Nature::Attack => "attack",
        Nature::Benign => "benign",
    };
    format!(
        "{nature}  {:<26} {}",
        scenario.slug(),
        scenario.description()
    )
}

fn options(arguments: &Arguments) -> Options {
    let selection = match arguments.nature {
        Some(NatureArgument::Attack) => Selection::Nature(Nature::Attack),
        Some(NatureArgument::Benign) => Selection::Nature(Nature::Benign),
        None if arguments.only.is_empty() => Selection::All,
        None => Selection::Slugs(arguments.only.clone()),
    };
    let verbosity = if arguments.verbose_errors {
        Verbosity::Verbose
    } else {
        Verbosity::Default
    };
    Options {
        settings: LogSettings {
            prefix: arguments.prefix.clone(),
            lc_messages: arguments.lc_messages.clone(),
            statements: arguments.log_statement.into(),
            durations: arguments.log_duration,
            min_duration_ms: arguments.min_duration,
            verbosity,
            pgaudit: arguments.pgaudit.clone(),
            extra: arguments.settings.clone(),
            ..LogSettings::default()
        },
        selection,
        directory: arguments.out.clone(),
        workers: arguments.workers,
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .ok_or_else(|| "expected NAME=VALUE".to_owned())
}
