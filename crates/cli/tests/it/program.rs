//! Runs the program and reads what it says.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What a run gave.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Standard output as one JSON value per line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kumki"));
    command
        .args(arguments)
        .env_remove("DATABASE_URL")
        .env_remove("NO_COLOR");
    command
}

fn finish(output: Output) -> Run {
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `kumki` with `arguments`.
pub(crate) fn kumki(arguments: &[&str]) -> Run {
    finish(command(arguments).stdin(Stdio::null()).output().unwrap())
}

/// Runs `kumki` with `input` on its standard input.
pub(crate) fn kumki_with(arguments: &[&str], input: &[u8]) -> Run {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // The program may stop reading early; that is its right.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    finish(output)
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A bundled sample.
pub(crate) fn sample(name: &str) -> String {
    format!("{}/../../examples/logs/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A simulated log.
pub(crate) fn simulated(
    format: &str,
    records: u64,
    seed: u64,
    attacks: kumki_sim::Attacks,
) -> (Vec<u8>, kumki_sim::Labels) {
    let options = kumki_sim::Options {
        seed,
        limit: kumki_sim::Limit::Records(records),
        format: format.parse().unwrap(),
        attacks,
        ..kumki_sim::Options::default()
    };
    let mut bytes = Vec::new();
    let labels = kumki_sim::Simulation::new(options)
        .unwrap()
        .write_to(&mut bytes)
        .unwrap();
    (bytes, labels)
}
