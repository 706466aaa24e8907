//! Goldens in pairs: `<case>/input.json` and what it renders to, beside it.
//! `KUMKI_BLESS=1 cargo test -p kumki` writes them anew; review the difference.

use std::fs;

use super::input::{golden_folder, load};
use super::{Format, Style, plain, render_summary, rendered};

const CASES: [&str; 4] = ["intrusion", "quiet", "nothing-read", "hostile"];

fn check(case: &str, file: &str, actual: &str) {
    let path = golden_folder().join(case).join(file);
    if std::env::var_os("KUMKI_BLESS").is_some() {
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; KUMKI_BLESS=1 writes it", path.display()));
    if expected == actual {
        return;
    }
    let line = expected
        .lines()
        .zip(actual.lines())
        .position(|(a, b)| a != b);
    let line = line.unwrap_or(expected.lines().count().min(actual.lines().count()));
    panic!(
        "{} differs from line {}:\n  expected {:?}\n  actual   {:?}",
        path.display(),
        line + 1,
        expected.lines().nth(line),
        actual.lines().nth(line),
    );
}

#[test]
fn data_formats() {
    let files = [
        (Format::Ndjson, "report.ndjson"),
        (Format::Json, "report.json"),
        (Format::Csv, "report.csv"),
        (Format::Markdown, "report.md"),
        (Format::Html, "report.html"),
        (Format::Sarif, "report.sarif"),
        (Format::Ocsf, "report.ocsf.ndjson"),
    ];
    for case in CASES {
        let input = load(case);
        for (format, file) in files {
            check(case, file, &rendered(&input.report(), format, &plain(80)));
        }
    }
}

#[test]
fn tables() {
    for case in CASES {
        let input = load(case);
        for width in [40, 80, 120, 200] {
            let table = rendered(&input.report(), Format::Table, &plain(width));
            check(case, &format!("table-{width}.txt"), &table);
        }
        let coloured = Style {
            color: true,
            width: 80,
            unicode: false,
        };
        let table = rendered(&input.report(), Format::Table, &coloured);
        check(case, "table-80-color-ascii.txt", &table);
    }
}

#[test]
fn summaries() {
    for case in CASES {
        let input = load(case);
        let mut out = Vec::new();
        render_summary(&input.summary, &input.findings, &plain(100), &mut out).unwrap();
        check(case, "summary.txt", &String::from_utf8(out).unwrap());
    }
}
