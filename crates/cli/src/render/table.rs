//! Findings as a table for a terminal, most severe first, with the first reason
//! and the first line of evidence under those that matter, and the summary of
//! the run at the end. Never wider than the style says.

use std::fmt::Write as _;
use std::io;

use kumki_model::{Finding, Severity};

use super::columns::{cut, fit, left, right, width, wrap};
use super::style::{FAINT, STRONG, severity_paint};
use super::{Report, Style, figures, ranking, summary};

/// From this width on there is room for the date in full.
const ROOMY: usize = 100;
/// A title gets a column of its own when that can be this wide, or hold it.
const TITLE: usize = 36;
/// Below this width, who and from where are lines of their own.
const NARROW: usize = 72;
/// Columns of the severity: glyph, space, `critical`.
const SEVERITY: usize = 10;
/// Lines a title may take.
const TITLE_LINES: usize = 3;
/// Where the lines under a finding begin.
const INDENT: usize = 12;
/// Spaces between columns.
const GAP: &str = "  ";

pub(super) fn write(report: &Report<'_>, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if !report.findings.is_empty() {
        let rows: Vec<Row<'_>> = ranking::ranked(report.findings)
            .into_iter()
            .map(|f| Row::new(f, style))
            .collect();
        let layout = Layout::new(&rows, usize::from(style.width));
        layout.header(style, out)?;
        for row in &rows {
            layout.row(row, style, out)?;
        }
        writeln!(out)?;
    }
    summary::render_summary(report.summary, report.findings, style, out)
}

/// One finding, its texts made safe.
struct Row<'a> {
    finding: &'a Finding,
    date: String,
    length: Option<String>,
    kind: String,
    who: String,
    from: String,
    count: String,
    title: String,
}

impl<'a> Row<'a> {
    fn new(finding: &'a Finding, style: &Style) -> Self {
        let length = figures::length(finding.window);
        let known =
            |text: Option<&str>| text.map_or_else(|| "-".to_owned(), |t| style.safe(t).into());
        Self {
            finding,
            date: figures::moment(ranking::begin(finding)),
            length,
            kind: style.safe(&finding.kind).into(),
            who: known(ranking::who(&finding.entity).as_deref()),
            from: known(finding.entity.client.as_deref()),
            count: figures::count(finding.count),
            title: style.safe(&finding.title).into(),
        }
    }

    /// When, with how long it went on where there is room for it.
    fn time(&self, layout: &Layout) -> String {
        if layout.total < ROOMY {
            // The year is in the summary below.
            return match self.date.get(5..) {
                Some(short) if self.date.len() == 19 => short.to_owned(),
                _ => self.date.clone(),
            };
        }
        match &self.length {
            Some(length) => format!("{} +{}", self.date, length.replace(' ', "")),
            None => self.date.clone(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Everything in one row, the title wrapped in its column.
    Wide,
    /// The title below the row.
    Middle,
    /// Kind, who and from where below the row, too.
    Narrow,
}

/// How wide each column is.
struct Layout {
    shape: Shape,
    total: usize,
    time: usize,
    kind: usize,
    who: usize,
    from: usize,
    count: usize,
    title: usize,
}

impl Layout {
    fn new(rows: &[Row<'_>], total: usize) -> Self {
        if total >= ROOMY {
            let wide = Self::of_shape(Shape::Wide, rows, total);
            let titles = rows.iter().map(|row| width(&row.title)).max().unwrap_or(0);
            if wide.title >= titles.min(TITLE) {
                return wide;
            }
        }
        let shape = if total >= NARROW {
            Shape::Middle
        } else {
            Shape::Narrow
        };
        Self::of_shape(shape, rows, total)
    }

    fn of_shape(shape: Shape, rows: &[Row<'_>], total: usize) -> Self {
        let widest = |heading: &str, text: for<'r> fn(&'r Row<'_>) -> &'r str| {
            rows.iter()
                .map(|row| width(text(row)))
                .max()
                .unwrap_or(0)
                .max(heading.len())
        };
        let mut layout = Self {
            shape,
            total,
            time: 0,
            kind: widest("KIND", |row| &row.kind),
            who: widest("WHO", |row| &row.who),
            from: widest("FROM", |row| &row.from),
            count: widest("COUNT", |row| &row.count),
            title: widest("TITLE", |row| &row.title),
        };
        layout.time = rows
            .iter()
            .map(|row| width(&row.time(&layout)))
            .max()
            .unwrap_or(0)
            .max(4);
        let columns = if shape == Shape::Wide { 7 } else { 6 };
        let taken = SEVERITY + layout.time + layout.count + GAP.len() * (columns - 1);
        let room = total.saturating_sub(taken);
        let wanted = [layout.kind, layout.who, layout.from, layout.title];
        let wanted = if shape == Shape::Wide {
            &wanted[..]
        } else {
            &wanted[..3]
        };
        if let [kind, who, from, title @ ..] = fit(wanted, room).as_slice() {
            (layout.kind, layout.who, layout.from) = (*kind, *who, *from);
            layout.title = title.first().copied().unwrap_or(0);
        }
        layout
    }

    fn header(&self, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        let severity = left("SEVERITY", SEVERITY, "");
        let cells = self.cells("TIME", "KIND", "WHO", "FROM", "COUNT", "");
        let title = if self.shape == Shape::Wide {
            "  TITLE"
        } else {
            ""
        };
        let line = format!("{severity}{cells}{title}");
        writeln!(out, "{}", style.paint(FAINT, line.trim_end()))
    }

    /// The columns between severity and title, each with its gap before it.
    fn cells(
        &self,
        time: &str,
        kind: &str,
        who: &str,
        from: &str,
        count: &str,
        ellipsis: &str,
    ) -> String {
        let mut cells = format!("{GAP}{}", left(time, self.time, ellipsis));
        if self.shape != Shape::Narrow {
            for (text, columns) in [(kind, self.kind), (who, self.who), (from, self.from)] {
                cells.push_str(GAP);
                cells.push_str(&left(text, columns, ellipsis));
            }
        }
        let _ = write!(cells, "{GAP}{}", right(count, self.count));
        cells
    }

    fn row(&self, row: &Row<'_>, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        let severity = row.finding.severity;
        let mark = left(
            &format!("{} {severity}", style.glyph(severity)),
            SEVERITY,
            "",
        );
        let cells = self.cells(
            &row.time(self),
            &row.kind,
            &row.who,
            &row.from,
            &row.count,
            style.ellipsis(),
        );
        write!(
            out,
            "{}{cells}",
            style.paint(severity_paint(severity), mark)
        )?;
        if self.shape == Shape::Wide {
            self.title_beside(row, style, width(&cells) + SEVERITY, out)?;
        } else {
            writeln!(out)?;
            for line in title(row, self.total.saturating_sub(INDENT), style) {
                writeln!(out, "{:INDENT$}{}", "", style.paint(STRONG, line))?;
            }
        }
        if self.shape == Shape::Narrow {
            self.below(
                &format!("{} by {} from {}", row.kind, row.who, row.from),
                style,
                out,
            )?;
        }
        if severity >= Severity::High {
            self.proof(row.finding, style, out)?;
        }
        Ok(())
    }

    fn title_beside(
        &self,
        row: &Row<'_>,
        style: &Style,
        before: usize,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        for (index, line) in title(row, self.title, style).into_iter().enumerate() {
            let indent = if index == 0 { 0 } else { before };
            writeln!(out, "{:indent$}{GAP}{}", "", style.paint(STRONG, line))?;
        }
        Ok(())
    }

    /// The first reason and the first line of evidence.
    fn proof(&self, finding: &Finding, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        if let Some(reason) = finding.reasons.first() {
            let mut text = format!(
                "because {} was {}",
                reason.feature,
                figures::observed(reason)
            );
            if let Some(expected) = figures::expected(reason) {
                let _ = write!(text, ", expected {expected}");
            }
            self.below(&style.safe(&text), style, out)?;
        }
        if let Some(evidence) = finding.evidence.first() {
            let line = |source: &str| {
                style
                    .safe(&format!("{source}  {}", evidence.text.trim_end()))
                    .into_owned()
            };
            let mut text = line(&evidence.source);
            if width(&text) > self.total.saturating_sub(INDENT) {
                // The folder is in the list of inputs; the text matters more.
                text = line(
                    evidence
                        .source
                        .rsplit(['/', '\\'])
                        .next()
                        .unwrap_or_default(),
                );
            }
            self.below(&text, style, out)?;
        }
        Ok(())
    }

    /// One faint line under a finding.
    fn below(&self, text: &str, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
        let line = cut(text, self.total.saturating_sub(INDENT), style.ellipsis());
        writeln!(out, "{:INDENT$}{}", "", style.paint(FAINT, line))
    }
}

/// The title in a few lines, whatever its length.
fn title(row: &Row<'_>, columns: usize, style: &Style) -> Vec<String> {
    let mut lines = wrap(&row.title, columns);
    if lines.len() > TITLE_LINES {
        lines.truncate(TITLE_LINES);
        if let Some(last) = lines.last_mut() {
            last.push_str(style.ellipsis());
            if width(last) > columns {
                let room = columns.saturating_sub(width(style.ellipsis()));
                *last = format!("{}{}", cut(last, room, ""), style.ellipsis());
            }
        }
    }
    lines
}
