//! Tests over whole renderings: goldens in pairs, hostile text in every field,
//! and the rules of the formats that have a standard.

mod golden;
mod hostile;
mod input;
mod page;
mod standards;

use super::*;

/// A rendering as text.
fn rendered(report: &Report<'_>, format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    render(report, format, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// No colours, Unicode.
const fn plain(width: u16) -> Style {
    Style {
        color: false,
        width,
        unicode: true,
    }
}

#[test]
fn formats_are_read_back_from_their_words() {
    for format in Format::value_variants() {
        assert_eq!(format.to_string().parse::<Format>().unwrap(), *format);
    }
    assert_eq!("jsonl".parse::<Format>().unwrap(), Format::Ndjson);
    assert_eq!("MD".parse::<Format>().unwrap(), Format::Markdown);
    assert!("tabel".parse::<Format>().is_err());
}

#[test]
fn streaming_and_the_whole_report_agree() {
    let input = input::load("intrusion");
    let mut streamed = Vec::new();
    for finding in &input.findings {
        json::render_finding_line(finding, &mut streamed).unwrap();
    }
    let whole = rendered(&input.report(), Format::Ndjson, &plain(80));
    assert_eq!(String::from_utf8(streamed).unwrap(), whole);
    let back: Vec<Finding> = whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(back, input.findings);
}
