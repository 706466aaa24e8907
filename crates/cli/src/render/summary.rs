//! The end of a scan in a few lines: how bad, what, who, from where, when; what
//! was read; what could not be read; what the log's settings hid, with the lines
//! of SQL that change it.

use std::borrow::Cow;
use std::io::{self, Write};

use kumki_engine::summary::Summary;
use kumki_model::{Finding, Severity};

use super::columns::{cut, width, wrap};
use super::style::{FAINT, STRONG, WARN, severity_paint};
use super::{Style, figures, ranking};

/// Names shown per line of the summary.
const NAMES: usize = 4;
/// Unreadable records shown.
const SAMPLES: usize = 3;

/// Writes the summary of a run.
///
/// # Errors
/// When `out` refuses a write.
pub(crate) fn render_summary(
    summary: &Summary,
    findings: &[Finding],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page { style, out };
    page.verdict(findings)?;
    page.read(summary)?;
    page.unreadable(summary)?;
    page.coverage(summary)
}

/// Where the lines go.
struct Page<'a> {
    style: &'a Style,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn verdict(&mut self, findings: &[Finding]) -> io::Result<()> {
        if findings.is_empty() {
            return writeln!(self.out, "{}", self.style.paint(STRONG, "No findings."));
        }
        let total = format!("{}:", figures::of(findings.len() as u64, "finding"));
        let mut used = width(&total);
        write!(self.out, "{}", self.style.paint(STRONG, total))?;
        for (severity, count) in ranking::by_severity(findings) {
            let text = format!("{} {count} {severity}", self.style.glyph(severity));
            let fits = used + 2 + width(&text) <= usize::from(self.style.width);
            used = width(&text) + if fits { used + 2 } else { 2 };
            let gap = if fits { "  " } else { "\n  " };
            write!(
                self.out,
                "{gap}{}",
                self.style.paint(severity_paint(severity), text)
            )?;
        }
        writeln!(self.out)?;
        self.names(
            "what",
            findings.iter().map(|f| Some(Cow::from(f.kind.as_str()))),
        )?;
        self.names("who", findings.iter().map(|f| ranking::who(&f.entity)))?;
        self.names(
            "from",
            findings
                .iter()
                .map(|f| f.entity.client.as_deref().map(Cow::from)),
        )?;
        if let Some((start, end)) = ranking::span(findings.iter()) {
            self.labelled("when", &format!("{} UTC", figures::span(start, end)))?;
        }
        let most_severe = ranking::ranked(findings).into_iter().next();
        if let Some(worst) = most_severe.filter(|f| f.severity >= Severity::Medium) {
            let room = 2 * usize::from(self.style.width);
            let title = cut(&self.style.safe(&worst.title), room, self.style.ellipsis());
            self.labelled("worst", &title)?;
        }
        Ok(())
    }

    /// A line of names with how many findings each has.
    fn names<'f>(
        &mut self,
        label: &str,
        names: impl Iterator<Item = Option<Cow<'f, str>>>,
    ) -> io::Result<()> {
        let (names, more) = ranking::tally(names.flatten(), NAMES);
        if names.is_empty() {
            return Ok(());
        }
        let room = usize::from(self.style.width) / 2;
        let mut parts: Vec<String> = names
            .iter()
            .map(|(name, count)| {
                let name = cut(&self.style.safe(name), room, self.style.ellipsis());
                format!("{name} ({})", figures::count(*count))
            })
            .collect();
        if more > 0 {
            parts.push(format!("{} more", figures::count(more as u64)));
        }
        self.labelled(label, &parts.join(", "))
    }

    fn read(&mut self, summary: &Summary) -> io::Result<()> {
        let mut text = format!(
            "{} ({}) from {}",
            figures::of(summary.records, "record"),
            figures::bytes(summary.bytes),
            figures::of(summary.sources.len() as u64, "input"),
        );
        if summary.sessions > 0 {
            text.push_str(&format!(", {}", figures::of(summary.sessions, "session")));
        }
        if let (Some(first), Some(last)) = (summary.first, summary.last) {
            text.push_str(&format!(", {} UTC", figures::span(first, last)));
        }
        text.push_str(&format!(", in {}", figures::seconds(summary.seconds)));
        if let Some(rate) = rate(summary) {
            text.push_str(&format!(" ({rate} records/s)"));
        }
        self.labelled("read", &text)?;
        if summary.records == 0 {
            self.warning("Nothing was read: there was no record to look at.")?;
        }
        if summary.gaps.count > 0 {
            let text = format!(
                "Missing from the log: {} in {} of session numbering.",
                figures::of(summary.gaps.missing_records, "record"),
                figures::of(summary.gaps.count, "gap"),
            );
            self.warning(&text)?;
        }
        Ok(())
    }

    fn unreadable(&mut self, summary: &Summary) -> io::Result<()> {
        let unreadable = &summary.unreadable;
        if unreadable.count == 0 {
            return Ok(());
        }
        let reasons: Vec<String> = unreadable
            .by_reason
            .iter()
            .map(|(reason, count)| format!("{reason} {}", figures::count(*count)))
            .collect();
        let text = format!(
            "Could not read {} of {} ({}): {}.",
            figures::count(unreadable.count),
            figures::of(summary.records, "record"),
            figures::percent(unreadable.count, summary.records),
            reasons.join(", "),
        );
        self.warning(&text)?;
        for sample in unreadable.samples.iter().take(SAMPLES) {
            let text = format!("{}  {}: {}", sample.source, sample.reason, sample.text);
            let safe = self.style.safe(&text);
            let line = cut(
                &safe,
                usize::from(self.style.width).saturating_sub(4),
                self.style.ellipsis(),
            );
            writeln!(self.out, "    {}", self.style.paint(FAINT, line))?;
        }
        Ok(())
    }

    fn coverage(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.coverage.is_empty() {
            return Ok(());
        }
        self.warning("Not visible with the settings this log was written with:")?;
        for gap in &summary.coverage {
            let text = format!("{}: {}", gap.missing, gap.consequence);
            for line in wrap(
                &self.style.safe(&text),
                usize::from(self.style.width).saturating_sub(4),
            ) {
                writeln!(self.out, "    {line}")?;
            }
            for fix in &gap.fix {
                // Never cut nor wrapped: these are lines to copy.
                writeln!(
                    self.out,
                    "        {}",
                    self.style.paint(FAINT, self.style.safe(fix))
                )?;
            }
        }
        Ok(())
    }

    /// A label and its text, wrapped under itself.
    fn labelled(&mut self, label: &str, text: &str) -> io::Result<()> {
        let room = usize::from(self.style.width).saturating_sub(9);
        for (index, line) in wrap(text, room).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            writeln!(
                self.out,
                "  {} {line}",
                self.style.paint(FAINT, format_args!("{label:<6}"))
            )?;
        }
        Ok(())
    }

    fn warning(&mut self, text: &str) -> io::Result<()> {
        debug_assert!(width(text) > 0);
        for line in wrap(&self.style.safe(text), usize::from(self.style.width)) {
            writeln!(self.out, "{}", self.style.paint(WARN, line))?;
        }
        Ok(())
    }
}

/// Records per second, when the run took long enough to tell.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rounded positive rate"
)]
fn rate(summary: &Summary) -> Option<String> {
    let rate = summary.records as f64 / summary.seconds;
    let measurable = summary.seconds >= 0.01 && rate.is_finite() && rate >= 1.0;
    measurable.then(|| figures::count(rate.round() as u64))
}
