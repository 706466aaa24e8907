//! How fast logs are generated, in MB/s and records/s, for every form.
//!
//! `cargo bench -p kumki-sim` generates 100 MB of each.

use std::io::Write;
use std::time::Instant;

use kumki_sim::{Format, Limit, Options, Simulation, StatementLogging, SyslogForm};

fn main() -> Result<(), kumki_sim::SimError> {
    let mut report = std::io::stdout();
    for (name, format, statements) in [
        ("csvlog", "csv".parse()?, StatementLogging::Off),
        (
            "csvlog with durations",
            "csv".parse()?,
            StatementLogging::Slower(0),
        ),
        ("jsonlog", Format::Json, StatementLogging::Off),
        ("stderr", Format::Stderr, StatementLogging::Off),
        (
            "syslog",
            Format::Syslog(SyslogForm::default()),
            StatementLogging::Off,
        ),
    ] {
        let options = Options {
            limit: Limit::Bytes(100_000_000),
            events_per_second: 500.0,
            format,
            statements,
            ..Options::default()
        };
        let begin = Instant::now();
        let labels = Simulation::new(options)?.write_to(&mut std::io::sink())?;
        let seconds = begin.elapsed().as_secs_f64();
        writeln!(
            report,
            "{name:<24} {:>7.0} MB/s {:>9.0} records/s {:>5.0} bytes/record",
            labels.bytes as f64 / 1e6 / seconds,
            labels.records as f64 / seconds,
            labels.bytes as f64 / labels.records as f64,
        )?;
    }
    Ok(())
}
