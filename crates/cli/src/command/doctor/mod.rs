//! `kumki doctor`: what a live server must log for kumki to see. Reads
//! settings, changes nothing, prints the SQL that would.

mod checks;
mod server;
mod settings;

use std::io::{self, Write};

use anyhow::Result;

use crate::args::{Doctor, DoctorFailure};
use crate::command::tls::Verification;
use crate::exit_code::Exit;
use crate::render::Style;
use crate::terminal::Terminal;
use checks::{Change, Check, Verdict};
use settings::{Provider, Settings};

/// Runs the command.
pub(crate) fn run(args: &Doctor, terminal: &Terminal) -> Result<Exit> {
    let verification = if args.tls_no_verify {
        Verification::Off
    } else {
        Verification::Remote
    };
    let settings = match server::read(&args.database_url, verification) {
        Ok(settings) => settings,
        Err(error) => {
            terminal.say(&format!("cannot read the server's settings: {error:#}"));
            return Ok(Exit::Unreachable);
        }
    };
    let checks = checks::check(&settings);
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &checks)?;
        writeln!(out)?;
    } else {
        print(&mut out, &settings, &checks, &terminal.out)?;
    }
    let worst = checks
        .iter()
        .map(|check| check.verdict)
        .max()
        .unwrap_or(Verdict::Ok);
    let fails = match args.fail_on {
        Some(DoctorFailure::Advice) => worst >= Verdict::Advice,
        Some(DoctorFailure::Problem) => worst >= Verdict::Problem,
        None => false,
    };
    Ok(if fails { Exit::Found } else { Exit::Fine })
}

fn print(
    out: &mut dyn Write,
    settings: &Settings,
    checks: &[Check],
    style: &Style,
) -> io::Result<()> {
    for check in checks {
        let (word, glyph, colour) = match check.verdict {
            Verdict::Ok => ("ok", "✓", ""),
            Verdict::Advice => ("advice", "!", "\x1b[33m"),
            Verdict::Problem => ("problem", "✗", "\x1b[31m"),
        };
        let glyph = if style.unicode { glyph } else { "-" };
        let (on, off) = if style.color && !colour.is_empty() {
            (colour, "\x1b[0m")
        } else {
            ("", "")
        };
        let found = style.safe(&check.found);
        writeln!(out, "{on}{glyph} {word:<8}{off} {:<28} {found}", check.name)?;
        if !check.why.is_empty() {
            writeln!(out, "             {}", style.safe(&check.why))?;
        }
    }
    let changes = changes(checks);
    if changes.is_empty() {
        return writeln!(out, "\nNothing to change.");
    }
    writeln!(out, "\n{}", heading(settings.provider()))?;
    for change in &changes {
        writeln!(out, "{}", fix(settings.provider(), change))?;
    }
    if settings.provider() == Provider::OwnServer {
        writeln!(out, "SELECT pg_reload_conf();")?;
    }
    if changes.iter().any(|change| change.restart) {
        writeln!(
            out,
            "-- Lines marked \"restart\" take effect after a restart of the server."
        )?;
    }
    Ok(())
}

/// The changes of all checks; the first of several for one setting counts.
fn changes(checks: &[Check]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for change in checks.iter().flat_map(|check| &check.changes) {
        if !changes.iter().any(|known| known.name == change.name) {
            changes.push(change.clone());
        }
    }
    changes
}

fn heading(provider: Provider) -> &'static str {
    match provider {
        Provider::OwnServer => "-- To fix, as a superuser:",
        Provider::Amazon => "-- To fix, in the parameter group:",
        Provider::Azure => "-- To fix, in the server parameters:",
        Provider::Google => "-- To fix, in the database flags:",
    }
}

fn fix(provider: Provider, change: &Change) -> String {
    let restart = if change.restart { " -- restart" } else { "" };
    if provider != Provider::OwnServer {
        return format!("{} = {}{restart}", change.name, change.value);
    }
    // A list setting takes its elements as separate values.
    let value = match change.name {
        "shared_preload_libraries" => change
            .value
            .split(',')
            .map(quoted)
            .collect::<Vec<_>>()
            .join(", "),
        _ => quoted(&change.value),
    };
    format!("ALTER SYSTEM SET {} = {value};{restart}", change.name)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.trim().replace('\'', "''"))
}
