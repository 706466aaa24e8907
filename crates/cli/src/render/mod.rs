//! The renderings of a scan: what goes in is a [`Report`] (findings, the
//! summary of the run, what is known about the rules), what comes out is one of
//! the [`Format`]s, the lines for standard error at the end of a run, or a
//! progress bar.
//!
//! Everything a finding says is the attacker's text. Each format makes it
//! harmless in its own way; `visible` is the part they share. Nothing here reads
//! the clock, the environment or the terminal, apart from [`Style::resolve`]
//! and [`progress`].

mod columns;
mod csv;
mod figures;
mod html;
mod json;
mod markdown;
mod ocsf;
pub(crate) mod progress;
mod ranking;
mod sarif;
mod style;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod visible;

use std::fmt;
use std::io;
use std::str::FromStr;

use clap::ValueEnum;
use kumki_engine::summary::Summary;
use kumki_model::severity::UnknownWord;
use kumki_model::{Finding, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use style::{ColorChoice, Style};
pub(crate) use summary::render_summary;

/// Everything a rendering may show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'a> {
    /// The findings, in any order.
    pub(crate) findings: &'a [Finding],
    /// What the run saw.
    pub(crate) summary: &'a Summary,
    /// When the report was made.
    pub(crate) generated: Timestamp,
    /// Version of kumki.
    pub(crate) version: &'a str,
    /// The rules that ran. A finding whose rule is missing here is shown with
    /// what the finding itself says.
    pub(crate) rules: &'a [RuleInfo],
    /// Title of the report.
    pub(crate) title: &'a str,
}

impl<'a> Report<'a> {
    /// The rule behind a finding, when it is known.
    fn rule_of(&self, finding: &Finding) -> Option<&'a RuleInfo> {
        self.rules.iter().find(|rule| rule.id == finding.rule.id)
    }
}

/// What is known about a rule, for people who have to act on its findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RuleInfo {
    /// Identity of the rule, equal to `rule.id` of its findings.
    pub(crate) id: String,
    /// One line.
    pub(crate) title: String,
    /// Slug, equal to `kind` of its findings.
    pub(crate) kind: String,
    /// What the rule looks for.
    pub(crate) description: String,
    /// Why it matters.
    pub(crate) why: String,
    /// What to do about a finding, one step each.
    pub(crate) response: Vec<String>,
    /// What sets the rule off without being an attack.
    pub(crate) falsepositives: Vec<String>,
    /// ATT&CK techniques, for example `T1110.001`.
    pub(crate) attack: Vec<String>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Format {
    /// A table for a terminal, with the summary below.
    Table,
    /// One finding per line, as JSON.
    #[value(alias = "jsonl")]
    Ndjson,
    /// One JSON document: findings, summary, version.
    Json,
    /// Comma-separated values (RFC 4180), one finding per row.
    Csv,
    /// Markdown, for a ticket.
    #[value(alias = "md")]
    Markdown,
    /// One self-contained HTML page.
    #[value(alias = "htm")]
    Html,
    /// SARIF 2.1.0, for code-scanning services.
    Sarif,
    /// OCSF 1.5 Detection Findings, one per line, for a SIEM.
    Ocsf,
}

impl Format {
    /// The word used for it on the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Sarif => "sarif",
            Self::Ocsf => "ocsf",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownWord;

    /// Accepts what the command line accepts: the words of
    /// [`Format::as_str`] in any case, and the file extensions.
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        <Self as ValueEnum>::from_str(text, true).map_err(|_| UnknownWord(text.to_owned()))
    }
}

/// Writes `report` as `format`.
///
/// The table ends with the summary; for the other formats the summary is
/// written to standard error with [`render_summary`].
///
/// # Errors
/// When `out` refuses a write.
pub(crate) fn render(
    report: &Report<'_>,
    format: Format,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Table => table::write(report, style, out),
        Format::Ndjson => json::write_lines(report, out),
        Format::Json => json::write_document(report, out),
        Format::Csv => csv::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Html => html::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Ocsf => ocsf::write(report, out),
    }
}
