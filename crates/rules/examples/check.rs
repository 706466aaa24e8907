//! Loads every rule under a folder and runs the tests they carry.
//!
//! `cargo run -p kumki-rules --example check -- rules`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use kumki_rules::{RuleSource, load, run_tests};

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            files.push(path);
        }
    }
    Ok(())
}

#[allow(clippy::print_stdout, clippy::print_stderr)]
fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "rules".to_owned());
    let mut paths = Vec::new();
    collect(Path::new(&folder), &mut paths)?;
    paths.sort();
    let files = paths
        .iter()
        .map(|path| Ok((path.display().to_string(), fs::read_to_string(path)?)))
        .collect::<std::io::Result<Vec<_>>>()?;
    let sources: Vec<RuleSource<'_>> = files
        .iter()
        .map(|(path, text)| RuleSource::new(path, text))
        .collect();
    let set = match load(&sources) {
        Ok(set) => Arc::new(set),
        Err(errors) => {
            eprintln!("{errors}");
            return Ok(ExitCode::from(3));
        }
    };
    let report = run_tests(&set, &|_| true);
    for failure in report.failures() {
        println!(
            "FAILED {}: {} ({})",
            failure.rule, failure.test, failure.path
        );
        for problem in &failure.problems {
            println!("    {problem}");
        }
    }
    println!(
        "{} rules, {} of {} tests passed",
        set.len(),
        report.passed(),
        report.results.len()
    );
    Ok(if report.failures().next().is_some() {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}
