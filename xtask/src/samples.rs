//! `cargo xtask samples`: makes `examples/logs/` again, real output of the
//! scenarios, small enough to live in the repository.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use kumki_harness::{
    Label, LogSettings, LogStatement, Options, PREFIX_DEBIAN, PREFIX_REFERENCE, RunOutput,
    Selection, run_all,
};
use serde::{Deserialize, Serialize};

/// What all samples together may weigh.
const LIMIT_BYTES: u64 = 600_000;

/// Options of the command.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where the samples go
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/logs"))]
    out: PathBuf,
}

/// One run and the files kept of it.
struct Sample {
    settings: LogSettings,
    /// What a reader should know of the settings.
    about: &'static str,
    scenarios: &'static [&'static str],
    /// File names in the samples and in the run.
    files: &'static [(&'static str, Format)],
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Stderr,
    Csv,
    Json,
}

/// What `labels.json` says of one run.
#[derive(Debug, Serialize, Deserialize)]
struct RunLabels {
    files: Vec<String>,
    about: String,
    log_line_prefix: String,
    scenarios: Vec<Label>,
}

const ATTACKS: [&str; 17] = [
    "brute_force",
    "login_after_failures",
    "data_exfiltration",
    "deep_enumeration",
    "error_spike",
    "mass_drop",
    "ransom",
    "privilege_escalation",
    "superuser_creation",
    "copy_program",
    "hidden_program",
    "file_read",
    "session_audit_off",
    "injection_union",
    "dblink_exfiltration",
    "application_name_spoofing",
    "logging_off",
];

const ORDINARY: [&str; 11] = [
    "psql_describe",
    "metabase",
    "rails",
    "migration",
    "mistyped_password",
    "keyword_literals",
    "multi_line_sql",
    "constraint_errors",
    "nightly_load",
    "dba_day",
    "retention",
];

const MIXED: [&str; 7] = [
    "password_spraying",
    "injection_error",
    "delete_burst",
    "permission_probing",
    "mistyped_password",
    "constraint_errors",
    "keyword_literals",
];

fn samples() -> Vec<Sample> {
    let audited = |prefix: &str| LogSettings {
        prefix: prefix.to_owned(),
        statements: LogStatement::None,
        ..LogSettings::default()
    };
    vec![
        Sample {
            settings: audited(PREFIX_DEBIAN),
            about: "pgaudit.log = all, Debian's default prefix",
            scenarios: &ATTACKS,
            files: &[
                ("attack.log", Format::Stderr),
                ("attack.csv", Format::Csv),
                ("attack.json", Format::Json),
            ],
        },
        Sample {
            settings: LogSettings {
                pgaudit: String::new(),
                ..LogSettings::default()
            },
            about: "no pgaudit, log_statement = all, the reference system's prefix",
            scenarios: &ATTACKS,
            files: &[("attack-statements.log", Format::Stderr)],
        },
        Sample {
            settings: audited(PREFIX_REFERENCE),
            about: "pgaudit.log = all, the reference system's prefix",
            scenarios: &ORDINARY,
            files: &[("benign.log", Format::Stderr)],
        },
        Sample {
            settings: LogSettings {
                lc_messages: "de_DE.UTF-8".to_owned(),
                statements: LogStatement::Ddl,
                ..audited(PREFIX_REFERENCE)
            },
            about: "pgaudit.log = all, log_statement = ddl, lc_messages = de_DE.UTF-8",
            scenarios: &MIXED,
            files: &[("german.log", Format::Stderr), ("german.csv", Format::Csv)],
        },
    ]
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    fs::create_dir_all(&arguments.out).context("making the directory of the samples")?;
    let mut labels = Vec::new();
    for sample in samples() {
        labels.push(make(&sample, &arguments.out)?);
    }
    fs::write(
        arguments.out.join("labels.json"),
        serde_json::to_string_pretty(&labels)? + "\n",
    )?;
    let bytes = weight(&arguments.out)?;
    ensure!(
        bytes <= LIMIT_BYTES,
        "the samples weigh {bytes} bytes, more than {LIMIT_BYTES}"
    );
    writeln!(
        std::io::stdout(),
        "{bytes} bytes in {}",
        arguments.out.display()
    )?;
    Ok(())
}

fn make(sample: &Sample, out: &Path) -> anyhow::Result<RunLabels> {
    let run = run_all(&Options {
        settings: sample.settings.clone(),
        selection: Selection::Slugs(sample.scenarios.iter().map(ToString::to_string).collect()),
        ..Options::default()
    })?;
    for (name, format) in sample.files {
        fs::copy(log(&run, *format), out.join(name)).with_context(|| format!("writing {name}"))?;
    }
    Ok(RunLabels {
        files: sample
            .files
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect(),
        about: sample.about.to_owned(),
        log_line_prefix: sample.settings.prefix.clone(),
        scenarios: run.labels,
    })
}

fn log(run: &RunOutput, format: Format) -> &Path {
    match format {
        Format::Stderr => &run.logs.stderr,
        Format::Csv => &run.logs.csv,
        Format::Json => &run.logs.json,
    }
}

fn weight(directory: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/logs");

    #[test]
    fn the_kept_samples_are_those_of_this_command_and_hold_what_their_labels_say() {
        let directory = Path::new(KEPT);
        let text = fs::read_to_string(directory.join("labels.json")).expect("labels");
        let labels: Vec<RunLabels> = serde_json::from_str(&text).expect("labels of runs");
        let expected = samples();
        assert_eq!(labels.len(), expected.len());
        for (run, sample) in labels.iter().zip(&expected) {
            let mut slugs: Vec<_> = run
                .scenarios
                .iter()
                .map(|label| label.slug.as_str())
                .collect();
            let mut wanted = sample.scenarios.to_vec();
            slugs.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(slugs, wanted, "run `cargo xtask samples`");
            for file in &run.files {
                let log = fs::read_to_string(directory.join(file)).expect("a sample");
                for label in &run.scenarios {
                    let role = &label.roles[0];
                    assert!(
                        log.contains(role.as_str()),
                        "{file} does not mention {role}"
                    );
                }
            }
        }
        assert!(weight(directory).expect("sizes") <= LIMIT_BYTES);
    }

    #[test]
    fn the_kept_samples_hold_loopback_addresses_only() {
        // Addresses that a scenario forges are those reserved for documentation.
        const FORGED: [&str; 2] = ["10.6.6.6", "192.0.2."];
        for entry in fs::read_dir(KEPT).expect("samples") {
            let path = entry.expect("an entry").path();
            let log = fs::read_to_string(&path).expect("a sample");
            let words = log.split(|c: char| !(c.is_ascii_digit() || c == '.'));
            for word in words.filter(|word| word.parse::<std::net::Ipv4Addr>().is_ok()) {
                assert!(
                    word.starts_with("127.0.0.") || FORGED.iter().any(|f| word.starts_with(f)),
                    "{} holds {word}",
                    path.display()
                );
            }
        }
    }
}
