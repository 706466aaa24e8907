//! Findings as JSON: one per line while they come (NDJSON), or one document at
//! the end with the summary. The values are exactly those of the finding.
//!
//! Characters a terminal would obey or hide (C1 controls, bidirectional
//! overrides, zero-width and tag characters) are written as `\u` escapes, which
//! every JSON reader turns back into the same text.

use std::io::{self, Write};

use kumki_model::Finding;
use serde::Serialize;
use serde_json::ser::Formatter;

use super::{Report, visible};

/// Writes one finding as a line of NDJSON: the streaming form.
///
/// # Errors
/// When `out` refuses a write.
pub(crate) fn render_finding_line(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    write_compact(finding, out)?;
    out.write_all(b"\n")
}

/// Writes every finding as NDJSON, in the order given.
pub(super) fn write_lines(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    report
        .findings
        .iter()
        .try_for_each(|finding| render_finding_line(finding, out))
}

/// Writes the document `{"findings": […], "summary": {…}, "version": …}`, one
/// finding per line.
pub(super) fn write_document(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\"findings\":[")?;
    for (index, finding) in report.findings.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        write_compact(finding, out)?;
    }
    out.write_all(b"\n],\n\"summary\":")?;
    write_compact(report.summary, out)?;
    out.write_all(b",\n\"title\":")?;
    write_compact(report.title, out)?;
    out.write_all(b",\n\"generated\":")?;
    write_compact(&report.generated, out)?;
    out.write_all(b",\n\"version\":")?;
    write_compact(report.version, out)?;
    out.write_all(b"}\n")
}

/// Writes a value on one line.
pub(super) fn write_compact<T: Serialize + ?Sized>(
    value: &T,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, Shown);
    Ok(value.serialize(&mut serializer)?)
}

/// Compact JSON in which what does not show is written as `\u` escapes.
struct Shown;

impl Formatter for Shown {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut written = 0;
        for (at, c) in fragment.char_indices() {
            if c != '\x7f' && (c.is_ascii() || visible::shows(c)) {
                continue;
            }
            out.write_all(fragment.get(written..at).unwrap_or_default().as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            written = at + c.len_utf8();
        }
        out.write_all(fragment.get(written..).unwrap_or_default().as_bytes())
    }
}
