//! Whole logs: the same bytes for the same options, well formed in every form,
//! gapless but where an attack made a gap, and labelled truly.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod activity;
mod attacks;
mod forms;
mod golden;

use kumki_sim::{Labels, Options, Simulation};

/// Writes a log into memory.
fn generate(options: Options) -> (String, Labels) {
    let mut log = Vec::new();
    let labels = Simulation::new(options)
        .unwrap()
        .write_to(&mut log)
        .unwrap();
    (String::from_utf8(log).unwrap(), labels)
}

/// Rows of a csvlog.
fn rows(log: &str) -> Vec<csv::StringRecord> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(log.as_bytes())
        .into_records()
        .map(|row| row.unwrap())
        .collect()
}
