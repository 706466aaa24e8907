//! `kumki rules`: what rules there are, what they say, whether they hold.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use kumki_rules::{LintSeverity, RuleInfo, RuleSet};

use super::choice;
use crate::args::{RuleChoice, Rules};
use crate::exit_code::Exit;
use crate::render::Style;
use crate::terminal::Terminal;

/// Runs the command.
pub(crate) fn run(args: &Rules, terminal: &Terminal) -> Result<Exit> {
    match args {
        Rules::List { choice, json } => list(choice, *json, terminal),
        Rules::Show {
            rule,
            choice,
            source,
        } => show(rule, choice, *source, terminal),
        Rules::Lint { paths } => lint(paths, terminal),
        Rules::Test { paths } => test(paths, terminal),
        Rules::New { name, output } => new(name, output.as_deref()),
    }
}

fn list(choice: &RuleChoice, json: bool, terminal: &Terminal) -> Result<Exit> {
    let rules = match choice::load(choice)? {
        Ok(rules) => rules,
        Err(errors) => return Ok(choice::refuse(&errors, terminal)),
    };
    let mut out = io::stdout().lock();
    let raising: Vec<&RuleInfo> = rules
        .catalogue()
        .filter(|rule| rule.raises_findings)
        .collect();
    if json {
        serde_json::to_writer_pretty(&mut out, &raising)?;
        writeln!(out)?;
        return Ok(Exit::Fine);
    }
    let style = &terminal.out;
    let widest = raising
        .iter()
        .map(|rule| rule.name.len())
        .max()
        .unwrap_or(0);
    for rule in &raising {
        writeln!(
            out,
            "{:<8} {:<6} {:<widest$}  {}",
            levels(rule),
            rule.pack,
            style.safe(&rule.name),
            style.safe(&rule.title)
        )?;
    }
    writeln!(out, "{} rules", raising.len())?;
    Ok(Exit::Fine)
}

/// The level, or the span of levels of a rule with steps.
fn levels(rule: &RuleInfo) -> String {
    match (rule.steps.first(), rule.steps.last()) {
        (Some((first, _)), Some((last, _))) if first != last => {
            let short = |level: kumki_model::Severity| level.as_str().get(..4).unwrap_or("info");
            format!("{}…{}", short(*first), short(*last))
                .chars()
                .take(8)
                .collect()
        }
        _ => rule.level.to_string(),
    }
}

fn show(name: &str, choice: &RuleChoice, source: bool, terminal: &Terminal) -> Result<Exit> {
    // A rule is shown whatever pack it is in, unless packs were named.
    let rules = if choice.packs.is_empty() && choice.rules.is_empty() {
        choice::with_paths(&[], |rules, _| Ok(rules))?
    } else {
        choice::load(choice)?
    };
    let rules = match rules {
        Ok(rules) => rules,
        Err(errors) => return Ok(choice::refuse(&errors, terminal)),
    };
    let matching: Vec<&RuleInfo> = rules
        .catalogue()
        .filter(|rule| rule.name == name || rule.id == name || rule.kind == name)
        .filter(|rule| rule.raises_findings || rule.name == name || rule.id == name)
        .collect();
    let shown = if matching.is_empty() {
        vec![rules.find(name)?]
    } else {
        matching
    };
    let mut out = io::stdout().lock();
    for (index, rule) in shown.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        if source {
            write!(out, "{}", rule.source)?;
        } else {
            document(rule, &terminal.out, &mut out)?;
        }
    }
    Ok(Exit::Fine)
}

fn document(rule: &RuleInfo, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let (bold, plain) = if style.color {
        ("\x1b[1m", "\x1b[0m")
    } else {
        ("", "")
    };
    writeln!(out, "{bold}{}{plain}", style.safe(&rule.title))?;
    writeln!(
        out,
        "{} · kind {} · pack {} · {}",
        rule.name, rule.kind, rule.pack, rule.id
    )?;
    if rule.steps.is_empty() {
        writeln!(out, "severity {}", rule.level)?;
    } else {
        let steps: Vec<String> = rule
            .steps
            .iter()
            .map(|(severity, above)| format!("{severity} above {above}"))
            .collect();
        writeln!(out, "severity {}", steps.join(", "))?;
    }
    if !rule.attack.is_empty() {
        writeln!(out, "ATT&CK {}", rule.attack.join(", "))?;
    }
    paragraph(out, style, "What", &rule.description)?;
    paragraph(out, style, "Why it matters", &rule.why)?;
    points(out, style, "False positives", &rule.falsepositives)?;
    points(out, style, "Response", &rule.response)?;
    points(out, style, "References", &rule.references)?;
    writeln!(
        out,
        "\n{}:{} · {} tests",
        style.safe(&rule.path),
        rule.line,
        rule.tests
    )
}

fn paragraph(out: &mut dyn Write, style: &Style, heading: &str, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}\n  {}", style.safe(text.trim()))
}

fn points(out: &mut dyn Write, style: &Style, heading: &str, texts: &[String]) -> io::Result<()> {
    if texts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}")?;
    texts
        .iter()
        .try_for_each(|text| writeln!(out, "  - {}", style.safe(text.trim())))
}

fn lint(paths: &[PathBuf], terminal: &Terminal) -> Result<Exit> {
    let linted = choice::with_paths(paths, |rules, sources| {
        Ok((rules.len(), kumki_rules::lint(&rules, sources)))
    })?;
    let (count, remarks) = match linted {
        Ok(linted) => linted,
        Err(errors) => return Ok(choice::refuse(&errors, terminal)),
    };
    let mut out = io::stdout().lock();
    for remark in &remarks {
        let word = match remark.severity {
            LintSeverity::Hint => "hint",
            LintSeverity::Warning => "warning",
            LintSeverity::Error => "error",
        };
        let line = format!(
            "{}:{}: {word}: {} ({})",
            remark.path, remark.line, remark.message, remark.check
        );
        writeln!(out, "{}", terminal.out.safe(&line))?;
    }
    writeln!(out, "{count} rules, {} remarks", remarks.len())?;
    let invalid = remarks
        .iter()
        .any(|remark| remark.severity == LintSeverity::Error);
    Ok(if invalid {
        Exit::InvalidRule
    } else {
        Exit::Fine
    })
}

fn test(paths: &[PathBuf], terminal: &Terminal) -> Result<Exit> {
    let rules = match choice::with_paths(paths, |rules, _| Ok(rules))? {
        Ok(rules) => rules,
        Err(errors) => return Ok(choice::refuse(&errors, terminal)),
    };
    let report = kumki_rules::run_tests(&rules, &|_| true);
    let mut out = io::stdout().lock();
    for failure in report.failures() {
        writeln!(
            out,
            "FAILED {} › {} ({})",
            failure.rule, failure.test, failure.path
        )?;
        for problem in &failure.problems {
            writeln!(out, "    {}", terminal.out.safe(problem))?;
        }
    }
    let untested: Vec<&str> = untested(&rules);
    for name in &untested {
        writeln!(out, "{name}: raises findings but carries no test")?;
    }
    let failed = report.failures().count();
    writeln!(out, "{} passed, {failed} failed", report.passed())?;
    Ok(if failed == 0 && untested.is_empty() {
        Exit::Fine
    } else {
        Exit::InvalidRule
    })
}

fn untested(rules: &RuleSet) -> Vec<&str> {
    rules
        .catalogue()
        .filter(|rule| rule.raises_findings && rule.tests == 0)
        .map(|rule| rule.name.as_str())
        .collect()
}

fn new(name: &str, output: Option<&Path>) -> Result<Exit> {
    let text = kumki_rules::template(name);
    let path = output.map_or_else(|| PathBuf::from(format!("{name}.yml")), Path::to_path_buf);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    writeln!(
        io::stdout(),
        "wrote {}; next: kumki rules test {}",
        path.display(),
        path.display()
    )?;
    Ok(Exit::Fine)
}
