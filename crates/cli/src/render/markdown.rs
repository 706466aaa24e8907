//! Findings as GitHub-flavoured Markdown for a ticket: the answer, a table of
//! findings, each finding with reasons, evidence and what to do, and what could
//! not be seen.

mod escape;

use std::io::{self, Write};

use kumki_model::Finding;

use super::{Report, figures, ranking};
use escape::{cell, code, fence, prose};

/// Findings listed; trackers cut longer texts off.
const LISTED: usize = 200;
/// Findings shown in full.
const DETAILED: usize = 50;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = ranking::ranked(report.findings);
    writeln!(out, "# {}\n", prose(report.title))?;
    verdict(report, out)?;
    if !findings.is_empty() {
        list(&findings, out)?;
        writeln!(out, "## Findings\n")?;
        for (index, finding) in findings.iter().take(DETAILED).enumerate() {
            details(index + 1, finding, report, out)?;
        }
        left_out(findings.len(), DETAILED, "in full", out)?;
    }
    inputs(report, out)?;
    coverage(report, out)?;
    writeln!(
        out,
        "---\n\nkumki {}, {} UTC",
        prose(report.version),
        figures::moment(report.generated)
    )
}

fn verdict(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts: Vec<String> = ranking::by_severity(report.findings)
        .into_iter()
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    match ranking::span(report.findings.iter()) {
        None => writeln!(out, "**No findings.**\n"),
        Some((start, end)) => writeln!(
            out,
            "**{}**: {}; {} UTC.\n",
            figures::of(report.findings.len() as u64, "finding"),
            counts.join(", "),
            figures::span(start, end),
        ),
    }
}

fn list(findings: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "| # | Severity | Time (UTC) | Kind | Who | From | Count | Title |"
    )?;
    writeln!(out, "|--:|---|---|---|---|---|--:|---|")?;
    for (index, finding) in findings.iter().take(LISTED).enumerate() {
        let who = ranking::who(&finding.entity);
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            index + 1,
            finding.severity,
            figures::moment(ranking::begin(finding)),
            cell(&code(&finding.kind)),
            who.map_or_else(String::new, |who| cell(&code(&who))),
            finding
                .entity
                .client
                .as_deref()
                .map_or_else(String::new, |from| cell(&code(from))),
            figures::count(finding.count),
            cell(&prose(&finding.title)),
        )?;
    }
    writeln!(out)?;
    left_out(findings.len(), LISTED, "in this table", out)
}

fn left_out(total: usize, limit: usize, place: &str, out: &mut dyn Write) -> io::Result<()> {
    match total.saturating_sub(limit) {
        0 => Ok(()),
        more => writeln!(
            out,
            "{} more {} not shown {place}. `--format ndjson` writes every finding.\n",
            figures::count(more as u64),
            if more == 1 { "is" } else { "are" },
        ),
    }
}

fn details(
    number: usize,
    finding: &Finding,
    report: &Report<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        out,
        "### {number}. {}: {}\n",
        finding.severity,
        prose(&finding.title)
    )?;
    if !finding.description.is_empty() {
        writeln!(out, "{}\n", prose(&finding.description))?;
    }
    facts(finding, out)?;
    if !finding.reasons.is_empty() {
        writeln!(
            out,
            "| Feature | Observed | Expected | Contribution |\n|---|--:|--:|--:|"
        )?;
        for reason in &finding.reasons {
            writeln!(
                out,
                "| {} | {} | {} | {} % |",
                cell(&code(&reason.feature)),
                cell(&code(&figures::observed(reason))),
                figures::expected(reason).unwrap_or_default(),
                figures::share_percent(reason.contribution),
            )?;
        }
        writeln!(out)?;
    }
    for evidence in &finding.evidence {
        writeln!(
            out,
            "{} at {} UTC:\n",
            code(&evidence.source),
            figures::moment(evidence.time)
        )?;
        writeln!(out, "{}\n", fence(&evidence.text))?;
    }
    if let Some(rule) = report.rule_of(finding) {
        if !rule.why.is_empty() {
            writeln!(out, "Why it matters: {}\n", prose(&rule.why))?;
        }
        steps("What to do:", "1.", &rule.response, out)?;
        steps("When it is nothing:", "-", &rule.falsepositives, out)?;
    }
    Ok(())
}

fn facts(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let entity = &finding.entity;
    let known = [
        ("User", &entity.user),
        ("Role", &entity.role),
        ("Database", &entity.database),
        ("From", &entity.client),
        ("Application", &entity.application),
        ("Server", &entity.server),
        ("Session", &entity.session),
    ];
    for (label, value) in known {
        if let Some(value) = value {
            writeln!(out, "- {label}: {}", code(value))?;
        }
    }
    let window = finding.window;
    writeln!(
        out,
        "- When: {} UTC",
        figures::span(window.start, window.end)
    )?;
    writeln!(out, "- Events: {}", figures::count(finding.count))?;
    writeln!(
        out,
        "- Confidence: {} %",
        figures::share_percent(finding.confidence)
    )?;
    writeln!(
        out,
        "- Rule: {} ({})",
        code(&finding.rule.id),
        code(&finding.rule.pack)
    )?;
    if !finding.attack.is_empty() {
        let techniques: Vec<String> = finding.attack.iter().map(|id| code(id)).collect();
        writeln!(out, "- ATT&CK: {}", techniques.join(", "))?;
    }
    if !finding.ambiguous.is_empty() {
        let fields: Vec<String> = finding.ambiguous.iter().map(|field| code(field)).collect();
        writeln!(out, "- The client could have forged: {}", fields.join(", "))?;
    }
    writeln!(out, "- Id: {}\n", code(&finding.id.0))
}

fn steps(heading: &str, bullet: &str, items: &[String], out: &mut dyn Write) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "{heading}\n")?;
    for item in items {
        writeln!(out, "{bullet} {}", prose(item))?;
    }
    writeln!(out)
}

fn inputs(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let summary = report.summary;
    writeln!(
        out,
        "## What was read\n\n{} ({}), {} unreadable ({}).\n",
        figures::of(summary.records, "record"),
        figures::bytes(summary.bytes),
        figures::count(summary.unreadable.count),
        figures::percent(summary.unreadable.count, summary.records),
    )?;
    if !summary.sources.is_empty() {
        writeln!(
            out,
            "| Input | Format | Records | Unreadable |\n|---|---|--:|--:|"
        )?;
        for source in &summary.sources {
            writeln!(
                out,
                "| {} | {} | {} | {} |",
                cell(&code(&source.path)),
                cell(&code(&source.format)),
                figures::count(source.records),
                figures::count(source.unreadable),
            )?;
        }
        writeln!(out)?;
    }
    for sample in &summary.unreadable.samples {
        writeln!(out, "{}: {}\n", code(&sample.source), prose(sample.reason))?;
        writeln!(out, "{}\n", fence(&sample.text))?;
    }
    Ok(())
}

fn coverage(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if report.summary.coverage.is_empty() {
        return Ok(());
    }
    writeln!(out, "## What could not be seen\n")?;
    for gap in &report.summary.coverage {
        writeln!(
            out,
            "**{}**: {}\n",
            prose(&gap.missing),
            prose(&gap.consequence)
        )?;
        if !gap.fix.is_empty() {
            writeln!(out, "{}\n", fence(&gap.fix.join("\n")))?;
        }
    }
    Ok(())
}
