//! Findings as one self-contained HTML page: no script, no request, a strict
//! content security policy, readable from a phone to paper.
//!
//! Every text passes through `visible` when the view is built and through the
//! template engine's escaping when it is written; lengths of bars are SVG
//! attributes, because the policy forbids inline styles.

mod finding;
mod timeline;

use std::io;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kumki_engine::summary::{Counted, Summary};
use kumki_model::{Finding, Severity};
use sha2::{Digest, Sha256};

use super::{Report, Style, figures, ranking, visible};
use finding::FindingView;
use timeline::Timeline;

/// Findings on one page; a browser gets slow beyond.
const SHOWN: usize = 2_000;
/// The whole style sheet.
const STYLE_SHEET: &str = include_str!("style.css");
/// Glyphs are those of a terminal with Unicode.
const GLYPHS: Style = Style {
    color: false,
    width: 80,
    unicode: true,
};

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    Page::new(report)
        .write_into(&mut ToIo(out))
        .map_err(io::Error::other)
}

/// Lets the template write through a trait object.
struct ToIo<'a>(&'a mut dyn io::Write);

impl io::Write for ToIo<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// What the template shows.
#[derive(Template)]
#[template(path = "report.html", config = "src/render/askama.toml")]
struct Page {
    style_sheet: String,
    style_hash: String,
    title: String,
    verdict: String,
    calm: bool,
    nothing_read: bool,
    lead: String,
    counts: Vec<SeverityCount>,
    facts: Vec<(&'static str, String)>,
    timeline: Option<Timeline>,
    groups: Vec<Group>,
    left_out: Option<String>,
    tops: Vec<Top>,
    sources: Vec<Source>,
    reasons: Vec<(String, String)>,
    samples: Vec<Sample>,
    unreadable: String,
    gaps: Vec<Gap>,
    missing: Option<String>,
    version: String,
    generated: String,
}

struct SeverityCount {
    severity: &'static str,
    glyph: &'static str,
    count: String,
}

struct Group {
    severity: &'static str,
    glyph: &'static str,
    name: String,
    count: String,
    findings: Vec<FindingView>,
}

struct Top {
    heading: &'static str,
    column: &'static str,
    unit: &'static str,
    rows: Vec<TopRow>,
}

struct TopRow {
    name: String,
    count: String,
    percent: u8,
}

struct Source {
    path: String,
    format: String,
    prefix: String,
    records: String,
    unreadable: String,
    bytes: String,
    span: String,
}

struct Sample {
    source: String,
    reason: String,
    text: String,
}

struct Gap {
    missing: String,
    consequence: String,
    fix: String,
}

impl Page {
    fn new(report: &Report<'_>) -> Self {
        let style_sheet = STYLE_SHEET.replace("\r\n", "\n");
        let summary = report.summary;
        let ranked = ranking::ranked(report.findings);
        let shown: Vec<FindingView> = ranked
            .iter()
            .take(SHOWN)
            .enumerate()
            .map(|(index, finding)| FindingView::new(index + 1, finding, report.rule_of(finding)))
            .collect();
        let (verdict, calm) = verdict(report);
        Self {
            style_hash: STANDARD.encode(Sha256::digest(style_sheet.as_bytes())),
            style_sheet,
            title: line(report.title),
            verdict,
            calm,
            nothing_read: summary.records == 0,
            lead: lead(report, &ranked),
            counts: counts(report),
            facts: facts(summary),
            timeline: Timeline::new(summary, &ranked, SHOWN),
            groups: groups(shown, report),
            left_out: left_out(ranked.len()),
            tops: tops(summary),
            sources: sources(summary),
            reasons: summary
                .unreadable
                .by_reason
                .iter()
                .map(|(reason, count)| (line(reason), figures::count(*count)))
                .collect(),
            samples: samples(summary),
            unreadable: unreadable(summary),
            gaps: gaps(summary),
            missing: missing(summary),
            version: line(report.version),
            generated: figures::moment(report.generated),
        }
    }
}

/// Foreign text, visible, on one line.
fn line(text: &str) -> String {
    visible::line(text).into_owned()
}

/// The answer to "is anything wrong", and whether it is no.
fn verdict(report: &Report<'_>) -> (String, bool) {
    let counts = ranking::by_severity(report.findings);
    let count = |wanted: Severity| {
        counts
            .iter()
            .find(|(severity, _)| *severity == wanted)
            .map_or(0, |(_, count)| *count)
    };
    let of = |count: usize, word: &str| figures::of(count as u64, word);
    let total = report.findings.len();
    let (critical, high, medium) = (
        count(Severity::Critical),
        count(Severity::High),
        count(Severity::Medium),
    );
    match (critical, high, medium) {
        _ if total == 0 && report.summary.records == 0 => ("Nothing was read".to_owned(), false),
        _ if total == 0 => ("Nothing wrong found".to_owned(), true),
        (0, 0, 0) => (
            format!("Nothing urgent: {}", of(total, "minor finding")),
            true,
        ),
        (0, 0, _) => (
            format!("Look today: {}", of(medium, "medium finding")),
            false,
        ),
        (0, ..) => (format!("Look now: {}", of(high, "high finding")), false),
        (_, 0, _) => (
            format!("Act now: {}", of(critical, "critical finding")),
            false,
        ),
        _ => {
            let critical = figures::count(critical as u64);
            (
                format!(
                    "Act now: {critical} critical and {}",
                    of(high, "high finding")
                ),
                false,
            )
        }
    }
}

/// Since when and what the worst is; or what was looked at in vain.
fn lead(report: &Report<'_>, ranked: &[&Finding]) -> String {
    let Some(worst) = ranked.first() else {
        return match report.summary.records {
            0 => "There was no record to look at, so this page says nothing about the server."
                .to_owned(),
            records => format!(
                "{} read, and no rule or detector objected. What could not be seen is listed below.",
                figures::of(records, "record")
            ),
        };
    };
    // What is minor does not answer "since when".
    let least = worst.severity.min(Severity::High);
    let matter = ranked
        .iter()
        .copied()
        .filter(|finding| finding.severity >= least);
    let Some((start, end)) = ranking::span(matter) else {
        return String::new();
    };
    let when = figures::span(start, end);
    let mut lead = format!("Seen {when} UTC. Most severe: {}", line(&worst.title));
    if let Some(who) = ranking::who(&worst.entity) {
        lead.push_str(&format!(", by {}", line(&who)));
    }
    if let Some(from) = &worst.entity.client {
        lead.push_str(&format!(" from {}", line(from)));
    }
    lead.push('.');
    lead
}

fn counts(report: &Report<'_>) -> Vec<SeverityCount> {
    ranking::by_severity(report.findings)
        .into_iter()
        .map(|(severity, count)| SeverityCount {
            severity: severity.as_str(),
            glyph: GLYPHS.glyph(severity),
            count: figures::count(count as u64),
        })
        .collect()
}

fn facts(summary: &Summary) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Records", figures::count(summary.records)),
        ("Read", figures::bytes(summary.bytes)),
        ("Inputs", figures::count(summary.sources.len() as u64)),
        ("Sessions", figures::count(summary.sessions)),
        (
            "Unreadable",
            figures::percent(summary.unreadable.count, summary.records),
        ),
    ];
    if let (Some(first), Some(last)) = (summary.first, summary.last) {
        facts.push(("Log time (UTC)", figures::span(first, last)));
    }
    facts
}

fn groups(findings: Vec<FindingView>, report: &Report<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = ranking::by_severity(report.findings)
        .into_iter()
        .map(|(severity, count)| {
            let word = severity.as_str();
            let (head, tail) = word.split_at_checked(1).unwrap_or((word, ""));
            Group {
                severity: word,
                glyph: GLYPHS.glyph(severity),
                name: format!("{}{tail}", head.to_ascii_uppercase()),
                count: figures::count(count as u64),
                findings: Vec::new(),
            }
        })
        .collect();
    for finding in findings {
        if let Some(group) = groups
            .iter_mut()
            .find(|group| group.severity == finding.severity)
        {
            group.findings.push(finding);
        }
    }
    groups
}

fn left_out(total: usize) -> Option<String> {
    let more = total.checked_sub(SHOWN).filter(|more| *more > 0)?;
    Some(format!(
        "The {} most severe of {} findings are shown; {} are left out.",
        figures::count(SHOWN as u64),
        figures::count(total as u64),
        figures::count(more as u64),
    ))
}

fn tops(summary: &Summary) -> Vec<Top> {
    [
        ("Roles", "Role", "Events", &summary.top_users),
        ("Addresses", "Address", "Events", &summary.top_clients),
        ("Databases", "Database", "Events", &summary.top_databases),
        ("Tables", "Table", "Statements", &summary.top_tables),
        ("Errors", "Error", "Times", &summary.top_errors),
    ]
    .into_iter()
    .filter(|(.., counted)| !counted.is_empty())
    .map(|(heading, column, unit, counted)| Top {
        heading,
        column,
        unit,
        rows: top_rows(counted),
    })
    .collect()
}

#[allow(clippy::cast_precision_loss, reason = "the length of a bar")]
fn top_rows(counted: &[Counted]) -> Vec<TopRow> {
    let most = counted.iter().map(|c| c.count).max().unwrap_or(0).max(1);
    counted
        .iter()
        .map(|c| TopRow {
            name: line(&c.name),
            count: figures::count(c.count),
            percent: figures::share_percent(c.count as f64 / most as f64),
        })
        .collect()
}

fn sources(summary: &Summary) -> Vec<Source> {
    summary
        .sources
        .iter()
        .map(|source| Source {
            path: line(&source.path),
            format: line(&source.format),
            prefix: source.prefix.as_deref().map(line).unwrap_or_default(),
            records: figures::count(source.records),
            unreadable: figures::count(source.unreadable),
            bytes: figures::bytes(source.bytes),
            span: match (source.first, source.last) {
                (Some(first), Some(last)) => figures::span(first, last),
                _ => String::new(),
            },
        })
        .collect()
}

fn samples(summary: &Summary) -> Vec<Sample> {
    summary
        .unreadable
        .samples
        .iter()
        .map(|sample| Sample {
            source: line(&sample.source),
            reason: line(sample.reason),
            text: visible::lines(&sample.text).into_owned(),
        })
        .collect()
}

fn unreadable(summary: &Summary) -> String {
    let unreadable = summary.unreadable.count;
    if summary.records == 0 {
        return "There was no record.".to_owned();
    }
    if unreadable == 0 {
        return "Every record was read.".to_owned();
    }
    format!(
        "{} of {} could not be read ({}).",
        figures::count(unreadable),
        figures::of(summary.records, "record"),
        figures::percent(unreadable, summary.records)
    )
}

fn gaps(summary: &Summary) -> Vec<Gap> {
    summary
        .coverage
        .iter()
        .map(|gap| Gap {
            missing: line(&gap.missing),
            consequence: visible::lines(&gap.consequence).into_owned(),
            fix: visible::lines(&gap.fix.join("\n")).into_owned(),
        })
        .collect()
}

fn missing(summary: &Summary) -> Option<String> {
    (summary.gaps.count > 0).then(|| {
        format!(
            "{} missing: the numbering of records within sessions has {}.",
            figures::of(summary.gaps.missing_records, "record"),
            figures::of(summary.gaps.count, "gap")
        )
    })
}
