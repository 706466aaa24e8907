//! Findings as comma-separated values (RFC 4180): a header, then one row per
//! finding, most severe first.
//!
//! The columns, in this order and never another: those of [`COLUMNS`]. Lists
//! are joined with `; `. Line feeds and control characters are written as
//! escapes, so a row is always one line. A cell a spreadsheet would take for a
//! formula begins with a single quote. What a finding says to the letter is in
//! the JSON formats.

use std::io;

use kumki_model::{Finding, Status, Tier};

use super::{Report, figures, ranking, visible};

/// The header. New columns are only ever added at the end.
const COLUMNS: [&str; 27] = [
    "id",
    "time",
    "severity",
    "kind",
    "title",
    "description",
    "tier",
    "status",
    "confidence",
    "score",
    "user",
    "role",
    "database",
    "client",
    "application",
    "server",
    "session",
    "window_start",
    "window_end",
    "count",
    "reasons",
    "evidence",
    "attack",
    "rule_id",
    "rule_pack",
    "rule_version",
    "ambiguous",
];

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    writer.write_record(COLUMNS)?;
    for finding in ranking::ranked(report.findings) {
        writer.write_record(row(finding))?;
    }
    writer.flush()
}

fn row(finding: &Finding) -> [String; COLUMNS.len()] {
    let entity = &finding.entity;
    let optional = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
    [
        cell(&finding.id.0),
        finding.time.to_string(),
        finding.severity.to_string(),
        cell(&finding.kind),
        cell(&finding.title),
        cell(&finding.description),
        tier(finding.tier).to_owned(),
        status(finding.status).to_owned(),
        number(finding.confidence),
        number(finding.score),
        optional(&entity.user),
        optional(&entity.role),
        optional(&entity.database),
        optional(&entity.client),
        optional(&entity.application),
        optional(&entity.server),
        optional(&entity.session),
        finding.window.start.to_string(),
        finding.window.end.to_string(),
        finding.count.to_string(),
        cell(&joined(finding.reasons.iter().map(reason))),
        cell(&joined(
            finding
                .evidence
                .iter()
                .map(|e| format!("{} {}", e.source, e.text)),
        )),
        cell(&joined(finding.attack.iter().cloned())),
        cell(&finding.rule.id),
        cell(&finding.rule.pack),
        cell(&finding.rule.version),
        cell(&joined(finding.ambiguous.iter().cloned())),
    ]
}

fn reason(reason: &kumki_model::Reason) -> String {
    let observed = figures::observed(reason);
    match figures::expected(reason) {
        Some(expected) => format!("{} {observed} (expected {expected})", reason.feature),
        None => format!("{} {observed}", reason.feature),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("; ")
}

/// A number of a column that holds numbers only: negative ones stay numbers.
fn number(value: f64) -> String {
    if value.is_finite() {
        value.to_string()
    } else {
        String::new()
    }
}

/// Foreign text as a cell.
fn cell(text: &str) -> String {
    // Spreadsheets trim before they look for a formula, and some take the
    // full-width signs for the ASCII ones.
    let formula = text.trim_start().starts_with([
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]) || text.starts_with(['\t', '\r', '\n']);
    let shown = visible::line(text);
    if formula {
        format!("'{shown}")
    } else {
        shown.into_owned()
    }
}

/// The word for a tier.
pub(super) const fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Rule => "rule",
        Tier::Statistical => "statistical",
        Tier::Llm => "llm",
    }
}

/// The word for a status.
pub(super) const fn status(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Acknowledged => "acknowledged",
        Status::Resolved => "resolved",
        Status::FalsePositive => "false_positive",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "  =1",
            "\t=1",
            "\t1",
            "\r=1",
            "\u{a0}=1",
            "\u{ff1d}1",
        ] {
            assert!(cell(text).starts_with('\''), "{text:?} -> {}", cell(text));
        }
        assert_eq!(cell("a=1"), "a=1");
        assert_eq!(cell("two\nlines\x1b[0m"), "two\\nlines\\x1b[0m");
        assert_eq!(number(-1.5), "-1.5");
        assert_eq!(number(f64::NAN), "");
    }
}
