//! `cargo xtask bench`: `kumki scan` beside pgBadger on the same logs.
//!
//! Both read the same simulated log on one thread. CPU seconds are the
//! system's own account of the finished process; absolute figures do not
//! transfer between machines, ratios do.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use kumki_sim::{Attacks, Limit};
use nix::sys::resource::{UsageWho, getrusage};

use crate::generate;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Records per log.
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Runs of kumki per log; the median counts. pgBadger runs once.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Formats to measure.
    #[arg(long, value_delimiter = ',', default_value = "csv,json,stderr")]
    formats: Vec<String>,
    /// Leave pgBadger out.
    #[arg(long)]
    alone: bool,
    /// Keep the logs here instead of a temporary directory.
    #[arg(long)]
    directory: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, root: &Path) -> Result<()> {
    let program = build(root)?;
    let temporary = tempfile::tempdir()?;
    let directory = arguments.directory.as_deref().unwrap_or(temporary.path());
    println!("format   records       MB   kumki CPU s   records/CPU s   pgBadger CPU s   ratio");
    for format in &arguments.formats {
        let path = directory.join(format!("bench.{format}"));
        let labels = generate::write(
            &path,
            format,
            Limit::Records(arguments.records),
            1,
            Attacks::None,
        )?;
        let mut runs = Vec::new();
        for _ in 0..arguments.runs.max(1) {
            let mut scan = Command::new(&program);
            scan.args(["scan", "--quiet", "--threads", "1", "--format", "json"])
                .arg(&path);
            runs.push(cpu_seconds(&mut scan)?);
        }
        runs.sort_by(f64::total_cmp);
        let median = runs.get(runs.len() / 2).copied().unwrap_or(f64::NAN);
        let rate = labels.records as f64 / median;
        let peer = if arguments.alone {
            None
        } else {
            Some(pgbadger(&path, format)?)
        };
        println!(
            "{format:<8} {:>7} {:>8.1} {median:>13.2} {rate:>15.0} {:>16} {:>7}",
            labels.records,
            labels.bytes as f64 / 1e6,
            peer.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1}")),
            peer.map_or_else(
                || "-".to_owned(),
                |seconds| format!("{:.0}", seconds / median)
            ),
        );
    }
    Ok(())
}

fn build(root: &Path) -> Result<PathBuf> {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--package", "kumki"])
        .current_dir(root)
        .status()?;
    if !status.success() {
        bail!("kumki does not build");
    }
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    Ok(metadata.target_directory.join("release/kumki").into())
}

fn pgbadger(path: &Path, format: &str) -> Result<f64> {
    let word = match format {
        "csv" => "csv",
        "json" => "jsonlog",
        _ => "stderr",
    };
    // pgBadger replaces its output file, so it must not be a device.
    let directory = tempfile::tempdir()?;
    let report = directory.path().join("report.json");
    let mut command = Command::new("pgbadger");
    command.args(["--quiet", "--jobs", "1", "--format", word]);
    command.arg("--outfile").arg(&report);
    if word == "stderr" {
        command.args(["--prefix", &kumki_sim::Options::default().prefix]);
    }
    cpu_seconds(command.arg(path))
}

/// CPU seconds, user and system, of a command that must succeed.
fn cpu_seconds(command: &mut Command) -> Result<f64> {
    let before = children()?;
    let output = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .with_context(|| {
            format!(
                "cannot start {}; install it",
                command.get_program().to_string_lossy()
            )
        })?;
    if !output.status.success() {
        bail!(
            "{command:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(children()? - before)
}

fn children() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}
