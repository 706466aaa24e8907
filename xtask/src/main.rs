//! Repository automation: `cargo xtask help`. One module per command.

// The output of these commands is for the person who runs them.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod check;
mod generate;
mod samples;
mod scenarios;
mod screenshot;

use std::path::Path;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Repository automation")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check sizes of files, direction of dependencies, purity and licences
    Check,
    /// Run the labelled scenarios against a throw-away PostgreSQL and keep its logs
    Scenarios(scenarios::Arguments),
    /// Make the sample logs in examples/logs again
    Samples(samples::Arguments),
    /// Write a simulated log of any size, with labels
    Generate(generate::Arguments),
    /// Measure `kumki scan` beside pgBadger on the same logs
    Bench(bench::Arguments),
    /// Make the README's picture of a scan again
    Screenshot,
}

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."));
    match Arguments::parse().command {
        Command::Check => check::run(root),
        Command::Scenarios(arguments) => scenarios::run(&arguments),
        Command::Samples(arguments) => samples::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments, root),
        Command::Screenshot => screenshot::run(root),
    }
}
