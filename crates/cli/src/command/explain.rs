//! `kumki explain`: how a record was read, and why rules matched or nearly did.

use std::io::{self, Read, Write};

use anyhow::{Context, Result, bail};
use bumpalo::Bump;
use kumki_engine::attribute::{Attributor, Options, Texts};
use kumki_engine::read::{Judged, Prepared};
use kumki_engine::{Outcome, Scan};
use kumki_ingest::parse::detect::{detect, make_parser};
use kumki_ingest::parse::{Block, Output};
use kumki_model::{Event, Finding, SourceId};
use kumki_rules::{Closeness, Detector, RuleExplanation};
use kumki_sql::Shapes;

use super::{choice, input};
use crate::args;
use crate::exit_code::Exit;
use crate::render::Style;
use crate::terminal::Terminal;

/// Runs the command.
pub(crate) fn run(args: &args::Explain, terminal: &Terminal) -> Result<Exit> {
    let rules = match choice::load(&args.choice)? {
        Ok(rules) => rules,
        Err(errors) => return Ok(choice::refuse(&errors, terminal)),
    };
    let detector = Detector::new(rules, input::detector_options());
    match (&args.log, &args.finding) {
        (Some(log), _) => explain_log(log, &args.reading, detector, terminal),
        (None, Some(finding)) => explain_finding(finding, args, detector, terminal),
        (None, None) => bail!("name a finding, or a record with --log"),
    }
}

/// Reads `log` as a log of its own and explains every event in it.
fn explain_log(
    log: &str,
    reading: &args::Reading,
    mut detector: Detector,
    terminal: &Terminal,
) -> Result<Exit> {
    let mut text = log.as_bytes().to_vec();
    if log == "-" {
        text.clear();
        io::stdin()
            .lock()
            .read_to_end(&mut text)
            .context("cannot read standard input")?;
    }
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    let options = input::parser_options(reading, false)?;
    let detection = detect(&text, &options)?;
    let mut parser = make_parser(&detection, &options);
    let arena = Bump::new();
    let mut output = Output::default();
    let source = SourceId(0);
    let block = Block {
        bytes: &text,
        arena: &arena,
        source,
        first_line: 1,
        offset: 0,
        end: true,
    };
    parser.parse(&block, &mut output);
    let style = &terminal.out;
    let mut out = io::stdout().lock();
    match parser.prefix() {
        Some(prefix) => {
            writeln!(
                out,
                "read as {} with prefix '{}'",
                parser.format(),
                style.safe(prefix)
            )?;
        }
        None => writeln!(out, "read as {}", parser.format())?,
    }
    for failure in &output.failures {
        writeln!(
            out,
            "line {}: not readable ({}): {}",
            failure.location.line,
            failure.kind.as_str(),
            style.safe(&failure.sample)
        )?;
    }
    let shapes = Shapes::default();
    let mut shaper = shapes.shaper();
    let attribution = Options {
        texts: Texts::All,
        ..Options::default()
    };
    let mut attributor = Attributor::new(attribution, shapes);
    let mut written = Ok(());
    let mut sink = |event: &Event<'_>| {
        detector.push(event, &|_: SourceId| "record".to_owned(), &mut |_| ());
        if written.is_ok() {
            written = describe(event, &detector.explain(event), style, &mut out);
        }
    };
    for record in &output.records {
        let judged = Judged::new(record, &mut shaper);
        attributor.push(&Prepared::new(record, &judged), 0, &mut sink);
    }
    attributor.finish(&mut sink);
    written?;
    Ok(Exit::Fine)
}

/// Scans again and shows the finding with the records it rests on.
fn explain_finding(
    id: &str,
    args: &args::Explain,
    mut detector: Detector,
    terminal: &Terminal,
) -> Result<Exit> {
    let (reading, span) = input::reading(&args.paths, &args.reading, false, terminal)?;
    let options = Options {
        texts: Texts::All,
        ..Options::default()
    };
    let scan = Scan {
        reading,
        options,
        span,
    };
    let Outcome { findings, .. } = scan.run(&mut detector);
    let matching: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.id.0.starts_with(id))
        .collect();
    let finding = match matching.as_slice() {
        [one] => *one,
        [] => bail!(
            "no finding {} in these logs with these rules",
            id.escape_debug()
        ),
        several => bail!(
            "{} findings begin with {}",
            several.len(),
            id.escape_debug()
        ),
    };
    let style = &terminal.out;
    let mut out = io::stdout().lock();
    print_finding(finding, style, &mut out)?;
    let names: Vec<String> = scan
        .reading
        .inputs
        .iter()
        .map(|input| input.name())
        .collect();
    let rules = std::sync::Arc::clone(detector.rules());
    let mut written = Ok(());
    scan.each_event(&mut |event| {
        let place = names
            .get(event.location.source.0 as usize)
            .map(|name| format!("{name}:{}", event.location.line));
        let is_evidence = finding
            .evidence
            .iter()
            .any(|evidence| Some(&evidence.source) == place.as_ref());
        if is_evidence && written.is_ok() {
            written = describe(event, &rules.explain(event), style, &mut out);
        }
    });
    written?;
    Ok(Exit::Fine)
}

fn print_finding(finding: &Finding, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  {}", finding.severity, style.safe(&finding.title))?;
    writeln!(out, "  {}", style.safe(&finding.description))?;
    writeln!(
        out,
        "  {} · rule {} of pack {} · {} to {} · count {}",
        finding.id,
        finding.rule.id,
        finding.rule.pack,
        finding.window.start,
        finding.window.end,
        finding.count
    )?;
    for reason in &finding.reasons {
        let expected = reason.expected.map_or_else(String::new, |[low, high]| {
            format!(", expected {low} to {high}")
        });
        let line = format!("{}: {}{expected}", reason.feature, reason.observed);
        writeln!(
            out,
            "  because {} ({:.0} %)",
            style.safe(&line),
            reason.contribution * 100.0
        )?;
    }
    writeln!(out, "\nIts records:")
}

fn describe(
    event: &Event<'_>,
    explanations: &[RuleExplanation],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "\nline {}", event.location.line)?;
    let json = serde_json::to_value(event)?;
    print_fields(&json, "", style, out)?;
    let matched = |explanation: &&RuleExplanation| explanation.closeness == Closeness::Matched;
    if !explanations.iter().any(|explanation| matched(&explanation)) {
        writeln!(out, "  no rule matches")?;
    }
    for explanation in explanations {
        print_explanation(explanation, style, out)?;
    }
    Ok(())
}

/// Prints nested fields as dotted names, one per line.
fn print_fields(
    value: &serde_json::Value,
    name: &str,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match value {
        serde_json::Value::Object(fields) => fields.iter().try_for_each(|(key, value)| {
            let name = if name.is_empty() {
                key.clone()
            } else {
                format!("{name}.{key}")
            };
            print_fields(value, &name, style, out)
        }),
        serde_json::Value::String(text) => writeln!(out, "  {name:<24} {}", style.safe(text)),
        other => writeln!(out, "  {name:<24} {}", style.safe(&other.to_string())),
    }
}

fn print_explanation(
    explanation: &RuleExplanation,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let word = match explanation.closeness {
        Closeness::Matched if explanation.raises_findings => "matches",
        Closeness::Matched => "is counted by",
        Closeness::Nearly => "nearly matches",
    };
    writeln!(
        out,
        "  {word} {} ({})",
        style.safe(&explanation.name),
        style.safe(&explanation.title)
    )?;
    for obstacle in &explanation.obstacles {
        let actual = obstacle
            .actual
            .as_ref()
            .map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let expected = obstacle.expected.as_deref().unwrap_or("something else");
        let line = format!(
            "but {} is {actual}, not {expected}: {}",
            obstacle.field, obstacle.reason
        );
        writeln!(out, "      {}", style.safe(&line))?;
    }
    for progress in &explanation.correlations {
        let group: Vec<String> = progress
            .group
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let line = format!(
            "counts for {}: {} so far, it takes {} ({})",
            progress.rule,
            progress.amount,
            progress.needs,
            group.join(", ")
        );
        writeln!(out, "      {}", style.safe(&line))?;
    }
    Ok(())
}
