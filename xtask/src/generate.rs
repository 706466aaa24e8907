//! `cargo xtask generate`: a simulated log of any size, with its labels.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use kumki_sim::{AttackKind, Attacks, Format, Labels, Limit, Options, Simulation};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to write the log; the labels go beside it, with `.labels.json` added.
    #[arg(long, short)]
    output: PathBuf,
    /// Format: stderr, csv, json, syslog.
    #[arg(long, default_value = "csv")]
    format: String,
    /// How many records.
    #[arg(long, default_value_t = 1_000_000, conflicts_with = "megabytes")]
    records: u64,
    /// How many megabytes instead.
    #[arg(long)]
    megabytes: Option<u64>,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Hide one attack of each kind in it.
    #[arg(long)]
    attacks: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let limit = match arguments.megabytes {
        Some(megabytes) => Limit::Bytes(megabytes * 1_000_000),
        None => Limit::Records(arguments.records),
    };
    let attacks = if arguments.attacks {
        Attacks::Once(AttackKind::ALL.to_vec())
    } else {
        Attacks::None
    };
    let labels = write(
        &arguments.output,
        &arguments.format,
        limit,
        arguments.seed,
        attacks,
    )?;
    let path = arguments.output.with_added_extension("labels.json");
    serde_json::to_writer_pretty(File::create(&path)?, &labels)?;
    eprintln!(
        "{} records, {} bytes, {} attacks: {}",
        labels.records,
        labels.bytes,
        labels.attacks.len(),
        arguments.output.display()
    );
    Ok(())
}

/// Writes one simulated log.
pub(crate) fn write(
    path: &std::path::Path,
    format: &str,
    limit: Limit,
    seed: u64,
    attacks: Attacks,
) -> Result<Labels> {
    let format: Format = format.parse()?;
    let options = Options {
        seed,
        limit,
        format,
        attacks,
        ..Options::default()
    };
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let labels = Simulation::new(options)?.write_to(&mut out)?;
    out.flush()?;
    Ok(labels)
}
