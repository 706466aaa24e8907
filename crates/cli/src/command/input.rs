//! From arguments to inputs that can be read.

use std::path::Path;

use anyhow::{Context, Result, bail};
use kumki_engine::Span;
use kumki_engine::read::{MergeError, MergeErrorKind, Progress, Reading};
use kumki_ingest::parse::options::{FormatName, ParserOptions};
use kumki_ingest::parse::prefix::Prefix;
use kumki_ingest::source::{self, Input};

use crate::args;
use crate::terminal::Terminal;

/// What the arguments say should be read.
pub(crate) fn reading(
    paths: &[String],
    args: &args::Reading,
    mask_literals: bool,
    terminal: &Terminal,
) -> Result<(Reading, Span)> {
    let parser = parser_options(args, mask_literals)?;
    let span = span(args, &parser)?;
    let inputs = leave_out_twins(source::expand(paths)?, terminal);
    if inputs.is_empty() {
        bail!("nothing to read: {} names no file", paths.join(" "));
    }
    let threads = match args.threads {
        Some(threads) => usize::from(threads),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    Ok((
        Reading {
            inputs,
            parser,
            threads,
            progress: Progress::default(),
        },
        span,
    ))
}

/// The reader's options, checked.
pub(crate) fn parser_options(args: &args::Reading, mask_literals: bool) -> Result<ParserOptions> {
    let format = match args.log_format.as_deref() {
        Some(name) => Some(
            name.parse::<FormatName>()
                .map_err(|error| anyhow::anyhow!("{error}"))?,
        ),
        None => None,
    };
    let prefix = match args.log_line_prefix.as_deref() {
        Some(text) => Some(Prefix::compile(text).context("--log-line-prefix")?),
        None => None,
    };
    let timezone = jiff::tz::TimeZone::get(&args.timezone).with_context(|| {
        format!(
            "--timezone {}: name a zone such as Europe/Berlin or UTC",
            args.timezone
        )
    })?;
    Ok(ParserOptions {
        format,
        prefix,
        timezone,
        mask_literals,
        server: args.server.clone(),
        ..ParserOptions::default()
    })
}

fn span(args: &args::Reading, parser: &ParserOptions) -> Result<Span> {
    let moment = |text: &Option<String>, flag: &str| match text {
        Some(text) => args::parse_moment(text, &parser.timezone)
            .with_context(|| flag.to_owned())
            .map(Some),
        None => Ok(None),
    };
    let span = Span {
        since: moment(&args.since, "--since")?,
        until: moment(&args.until, "--until")?,
    };
    if let (Some(since), Some(until)) = (span.since, span.until)
        && since >= until
    {
        bail!("--since {since} is not before --until {until}: nothing lies between");
    }
    Ok(span)
}

/// A server that logs to stderr, csvlog and jsonlog writes everything several
/// times, into files that differ in their ending only. One of each is read.
fn leave_out_twins(inputs: Vec<Input>, terminal: &Terminal) -> Vec<Input> {
    const PREFERENCE: [&str; 3] = ["csv", "json", "log"];
    let rank = |name: &str| {
        let path = Path::new(name);
        let ending = path.extension()?.to_str()?;
        let rank = PREFERENCE.iter().position(|known| *known == ending)?;
        Some((path.with_extension(""), rank))
    };
    let ranks: Vec<_> = inputs.iter().map(|input| rank(&input.name())).collect();
    let mut kept = Vec::new();
    for (index, input) in inputs.into_iter().enumerate() {
        let better = ranks
            .get(index)
            .cloned()
            .flatten()
            .and_then(|(stem, rank)| {
                ranks
                    .iter()
                    .flatten()
                    .filter(|(other, other_rank)| *other == stem && *other_rank < rank)
                    .min_by_key(|(_, other_rank)| *other_rank)
                    .map(|(stem, rank)| (stem.clone(), *rank))
            });
        match better {
            Some((stem, rank)) => {
                let ending = PREFERENCE.get(rank).copied().unwrap_or_default();
                terminal.say(&format!(
                    "{} is left out: {}.{ending} holds the same records (name it alone to read it)",
                    input.name(),
                    stem.display()
                ));
            }
            None => kept.push(input),
        }
    }
    kept
}

/// Reports inputs that could not be read. Files that merely lie in a directory
/// with the logs are mentioned; what was named must be readable. Returns
/// whether anything failed.
pub(crate) fn report(errors: &[MergeError], named: &[String], terminal: &Terminal) -> bool {
    let mut failed = false;
    for error in errors {
        if error.kind == MergeErrorKind::Unrecognised && !named.contains(&error.path) {
            terminal.say(&format!("{} is left out: no PostgreSQL log", error.path));
        } else {
            failed = true;
            terminal.say(&error.to_string());
        }
    }
    failed
}

/// How rules run over events: they allow for the time statements wait to be complete.
pub(crate) fn detector_options() -> kumki_rules::Options {
    const MARGIN_US: i64 = 5_000_000;
    kumki_rules::Options {
        lateness_us: kumki_engine::attribute::Options::default().fold_wait_us + MARGIN_US,
        ..kumki_rules::Options::default()
    }
}
