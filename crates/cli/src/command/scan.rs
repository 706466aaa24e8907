//! `kumki scan`: findings out of logs.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use kumki_engine::attribute::{Options, Texts};
use kumki_engine::summary::Summary;
use kumki_engine::{Outcome, Scan};
use kumki_ingest::source::Input;
use kumki_model::{Finding, Timestamp};
use kumki_rules::Detector;

use super::{choice, input};
use crate::args;
use crate::exit_code::Exit;
use crate::render::progress::Progress as Bar;
use crate::render::{self, Format, Report};
use crate::terminal::{self, Terminal};

/// Runs the command.
pub(crate) fn run(args: &args::Scan, terminal: &Terminal) -> Result<Exit> {
    let rules = match choice::load(&args.choice)? {
        Ok(rules) => rules,
        Err(errors) => return Ok(choice::refuse(&errors, terminal)),
    };
    let (reading, span) = input::reading(&args.input.paths, &args.input.reading, false, terminal)?;
    let mut detector = Detector::new(std::sync::Arc::clone(&rules), input::detector_options());
    let texts = if detector.needs_text() {
        Texts::All
    } else {
        Texts::None
    };
    let scan = Scan {
        reading,
        options: Options {
            texts,
            ..Options::default()
        },
        span,
    };
    let Outcome {
        mut findings,
        summary,
        errors,
    } = watched(&scan, terminal, args.quiet, || scan.run(&mut detector));
    if let Some(least) = args.min_severity {
        findings.retain(|finding| finding.severity >= least);
    }
    print(args, terminal, &findings, &summary, &choice::infos(&rules))?;
    if let Some(path) = &args.stats {
        write_stats(path, &summary)?;
    }
    let failed = input::report(&errors, &args.input.paths, terminal);
    let worst = findings.iter().map(|finding| finding.severity).max();
    Ok(match args.fail_on {
        _ if failed => Exit::Failed,
        Some(least) if worst.is_some_and(|worst| worst >= least) => Exit::Found,
        _ => Exit::Fine,
    })
}

/// Runs `work` with a progress bar, where there is a terminal for one.
fn watched<T>(scan: &Scan, terminal: &Terminal, quiet: bool, work: impl FnOnce() -> T) -> T {
    const REFRESH: Duration = Duration::from_millis(100);
    if quiet || !terminal.err_is_terminal {
        return work();
    }
    let total = scan
        .reading
        .inputs
        .iter()
        .map(Input::stored_bytes)
        .sum::<Option<u64>>();
    let bar = Bar::new(total, terminal.err, true);
    if let [input] = scan.reading.inputs.as_slice() {
        bar.reading(&input.name());
    }
    let (done, wait) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let bar = &bar;
        scope.spawn(move || {
            let progress = &scan.reading.progress;
            let (mut bytes, mut records) = (0, 0);
            while wait.recv_timeout(REFRESH) == Err(RecvTimeoutError::Timeout) {
                let (bytes_now, records_now) = (progress.stored_bytes(), progress.records());
                bar.advance(
                    bytes_now.saturating_sub(bytes),
                    records_now.saturating_sub(records),
                );
                (bytes, records) = (bytes_now, records_now);
            }
            bar.finish();
        });
        let result = work();
        drop(done);
        result
    })
}

fn print(
    args: &args::Scan,
    terminal: &Terminal,
    findings: &[Finding],
    summary: &Summary,
    rules: &[render::RuleInfo],
) -> Result<()> {
    let default = if terminal.out_is_terminal {
        Format::Table
    } else {
        Format::Ndjson
    };
    let format = args.format.unwrap_or(default);
    let report = Report {
        findings,
        summary,
        generated: now(),
        version: env!("CARGO_PKG_VERSION"),
        rules,
        title: "PostgreSQL log report",
    };
    let mut out = terminal::output(args.output.as_deref())?;
    render::render(&report, format, &terminal.out, &mut out)?;
    out.flush()?;
    let summary_is_shown = format == Format::Table && args.output.is_none();
    if !args.quiet && !summary_is_shown {
        render::render_summary(summary, findings, &terminal.err, &mut io::stderr().lock())?;
    }
    Ok(())
}

fn write_stats(path: &Path, summary: &Summary) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = BufWriter::new(file);
    serde_json::to_writer_pretty(&mut out, summary)?;
    writeln!(out)?;
    out.flush()
        .with_context(|| format!("cannot write {}", path.display()))
}

fn now() -> Timestamp {
    Timestamp::from_micros(jiff::Timestamp::now().as_microsecond())
}
