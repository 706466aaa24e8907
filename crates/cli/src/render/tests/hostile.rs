//! Hostile text in every field of findings, rules and summary, through every
//! format: nothing of it may act on a terminal, a page, a ticket, a spreadsheet
//! or a parser.

use kumki_engine::summary::{
    Bucket, Counted, CoverageGap, Gaps, SourceSummary, Summary, Unreadable, UnreadableSample,
};
use kumki_model::{
    EntityRef, Evidence, Finding, FindingId, Reason, RuleRef, Severity, Status, Tier, Timestamp,
    Window,
};
use serde_json::Value;

use super::input::{Input, leaked};
use super::{Format, RuleInfo, Style, plain, render_summary, rendered};
use crate::render::{columns, visible};

/// What attackers write where a name is expected.
pub(super) fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m",
        "\u{9b}31m\u{85}\u{90}",
        "\r\x1b[1A\x1b[2KNo findings.",
        "\x08\x08\x08\x7f\0",
        "user\u{202e}gnp.exe\u{2066}\u{200f}",
        "\u{200b}\u{feff}\u{e0041}\u{2028}\u{2029}\u{ad}",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "\"><svg/onload=alert(1)>' style='x' href=\"javascript:alert(1)\"",
        "]]>--></style></details></title></pre><!--",
        "{{7*7}} {% raw %} ${7*7} {0}",
        "| a | b |\n|---|---|\n| c | d |",
        "\\| a \\\\| b \\`|`",
        "```\n# heading\n```\n~~~\n<b>",
        "````` `` ` a",
        "\n\n# heading\n\n- item\n1. one\n\n    code\n\n---\n\n===",
        "[click](javascript:alert(1)) ![x](https://evil.example/x.png) [r]: https://evil.example",
        "<https://evil.example> https://evil.example www.evil.example a@evil.example",
        "@everyone ping #1 GH-1 evil/repo#2 deadbeef1",
        "*bold* _em_ ~~no~~ $x$ :smile: &lt;&#60; a  \nb\\",
        "=HYPERLINK(\"https://evil.example\",\"x\")",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "  @SUM(1+1)",
        "\t=1+1",
        "\r=1+1",
        "\u{ff1d}1+1",
        "a,b\"c\r\nd;e",
        "a:99999999999999999999",
        "/etc/passwd:1",
        "file://evil.example/x?y#z%00:7",
        "C:\\logs\\a b.csv:3",
        "\u{5d0}\u{5d1}\u{5d2} \u{6771}\u{4eac} \u{1f600}\u{200d}\u{1f4bb} e\u{301}",
        "\u{fffd}\u{10ffff}\u{e000}",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push(format!("a{}", "\u{301}".repeat(300)));
    texts.push("A".repeat(4_000));
    texts.push("word ".repeat(400));
    texts.push("`".repeat(500));
    texts
}

/// A report that says `text` wherever a text can be.
pub(super) fn report_of(text: &str) -> Input {
    let own = || text.to_owned();
    let time = Timestamp::from_micros(1_769_853_604_123_456);
    let finding = |severity, index: usize| Finding {
        id: FindingId(format!("{index}{text}")),
        time,
        kind: own(),
        title: own(),
        description: own(),
        tier: Tier::Llm,
        severity,
        confidence: f64::MAX,
        score: -1.5,
        entity: EntityRef {
            user: Some(own()),
            role: Some(own()),
            database: Some(own()),
            client: Some(own()),
            application: Some(own()),
            server: Some(own()),
            session: Some(own()),
        },
        window: Window {
            start: Timestamp::MIN,
            end: Timestamp::from_micros(i64::MAX),
        },
        count: u64::MAX,
        reasons: vec![
            Reason {
                feature: own(),
                observed: Value::String(own()),
                expected: Some([-1e300, 1e300]),
                contribution: -7.0,
            },
            Reason {
                feature: own(),
                observed: serde_json::json!({text: [text]}),
                expected: None,
                contribution: 1e300,
            },
        ],
        evidence: vec![
            Evidence {
                source: own(),
                time,
                text: own(),
            },
            Evidence {
                source: format!("{text}:7"),
                time: Timestamp::MIN,
                text: own(),
            },
        ],
        attack: vec![own(), "T1110.001".to_owned()],
        rule: RuleRef {
            id: own(),
            pack: own(),
            version: own(),
        },
        status: Status::Open,
        ambiguous: vec![own()],
    };
    let all = Severity::ALL.into_iter().enumerate();
    Input {
        title: own(),
        version: "0.1.0".to_owned(),
        generated: time,
        findings: all
            .map(|(index, severity)| finding(severity, index))
            .collect(),
        rules: vec![RuleInfo {
            id: own(),
            title: own(),
            kind: own(),
            description: own(),
            why: own(),
            response: vec![own(), own()],
            falsepositives: vec![own()],
            attack: vec![own()],
        }],
        summary: summary_of(text, time),
    }
}

fn summary_of(text: &str, time: Timestamp) -> Summary {
    let own = || text.to_owned();
    let counted = || {
        vec![
            Counted {
                name: own(),
                count: u64::MAX,
            },
            Counted {
                name: own(),
                count: 0,
            },
        ]
    };
    let bucket = |start| Bucket {
        start,
        events: u64::MAX / 4,
        errors: u64::MAX / 4,
    };
    Summary {
        bytes: u64::MAX,
        records: u64::MAX,
        unreadable: Unreadable {
            count: u64::MAX,
            by_reason: [(leaked(text), u64::MAX)].into(),
            samples: vec![UnreadableSample {
                source: own(),
                reason: leaked(text),
                text: own(),
            }],
        },
        gaps: Gaps {
            count: u64::MAX,
            missing_records: u64::MAX,
        },
        first: Some(Timestamp::MIN),
        last: Some(Timestamp::from_micros(i64::MAX)),
        seconds: f64::NAN,
        sources: vec![SourceSummary {
            path: own(),
            format: own(),
            prefix: Some(own()),
            records: u64::MAX,
            ..SourceSummary::default()
        }],
        timeline: vec![bucket(Timestamp::MIN), bucket(time)],
        top_users: counted(),
        top_clients: counted(),
        top_databases: counted(),
        top_tables: counted(),
        top_errors: counted(),
        coverage: vec![CoverageGap {
            missing: own(),
            consequence: own(),
            fix: vec![own(), own()],
        }],
        ..Summary::default()
    }
}

/// Nothing but printable characters and line feeds.
fn assert_shows(output: &str, what: &str) {
    let bad = output.chars().find(|c| *c != '\n' && !visible::shows(*c));
    assert_eq!(bad, None, "{what}");
}

/// Takes away the colours this program writes itself.
fn without_colours(output: &str) -> String {
    let mut text = output.to_owned();
    for code in ["0", "1", "2", "31", "33"] {
        text = text.replace(&format!("\x1b[{code}m"), "");
    }
    text
}

#[test]
fn terminals_are_not_commanded() {
    for text in texts() {
        let input = report_of(&text);
        for width in [20, 40, 80, 120, 200] {
            for (color, unicode) in [(false, true), (true, true), (true, false)] {
                let style = Style {
                    color,
                    width,
                    unicode,
                };
                let table = without_colours(&rendered(&input.report(), Format::Table, &style));
                assert_shows(&table, &format!("{text:?}"));
                assert!(unicode || table.is_ascii(), "{text:?}");
            }
        }
        let mut out = Vec::new();
        render_summary(&input.summary, &input.findings, &plain(80), &mut out).unwrap();
        assert_shows(&String::from_utf8(out).unwrap(), &format!("{text:?}"));
    }
}

#[test]
fn tables_keep_to_their_width() {
    for text in texts() {
        let mut input = report_of(&text);
        // Lines of SQL are never cut: they are there to be copied.
        input.summary.coverage.clear();
        // Moments outside the calendar are longer than any date.
        for finding in &mut input.findings {
            finding.window = Window {
                start: finding.time,
                end: finding.time,
            };
            finding.count = 1_000;
        }
        for width in [40, 80, 120, 200] {
            let table = rendered(&input.report(), Format::Table, &plain(width));
            let widest = table.lines().map(columns::width).max().unwrap();
            assert!(
                widest <= usize::from(width),
                "{widest} of {width}: {text:?}\n{table}"
            );
        }
    }
}

#[test]
fn json_keeps_every_character_and_shows_none_that_acts() {
    for text in texts() {
        let mut input = report_of(&text);
        input.findings.iter_mut().for_each(|f| {
            // Not a number of the calendar, so not one JSON can hold.
            f.window = Window {
                start: f.time,
                end: f.time,
            };
            f.evidence.iter_mut().for_each(|e| e.time = f.time);
        });
        for format in [Format::Ndjson, Format::Json, Format::Sarif, Format::Ocsf] {
            assert_shows(
                &rendered(&input.report(), format, &plain(80)),
                &format!("{text:?}"),
            );
        }
        let lines = rendered(&input.report(), Format::Ndjson, &plain(80));
        let back: Vec<Finding> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(back, input.findings);
        let document: Value =
            serde_json::from_str(&rendered(&input.report(), Format::Json, &plain(80))).unwrap();
        assert_eq!(document["findings"][0]["title"], text);
        assert_eq!(document["summary"]["top_users"][0]["name"], text);
        let sarif: Value =
            serde_json::from_str(&rendered(&input.report(), Format::Sarif, &plain(80))).unwrap();
        let result = &sarif["runs"][0]["results"][0];
        assert_eq!(result["properties"]["kind"], text);
        assert_eq!(result["locations"][0]["properties"]["source"], text);
        for line in rendered(&input.report(), Format::Ocsf, &plain(80)).lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            assert_eq!(event["finding_info"]["title"], text);
        }
    }
}

#[test]
fn spreadsheets_see_text() {
    for text in texts() {
        let input = report_of(&text);
        let output = rendered(&input.report(), Format::Csv, &plain(80));
        assert_shows(&output.replace("\r\n", "\n"), &format!("{text:?}"));
        assert_eq!(output.matches("\r\n").count(), output.matches('\n').count());
        let mut reader = csv::Reader::from_reader(output.as_bytes());
        let headers = reader.headers().unwrap().clone();
        let mut rows = 0;
        for row in reader.records() {
            let row = row.unwrap();
            rows += 1;
            assert_eq!(row.len(), headers.len());
            for (header, cell) in headers.iter().zip(&row) {
                let number = matches!(header, "score" | "confidence" | "window_start");
                let first = cell.trim_start().chars().next();
                let formula = matches!(first, Some('=' | '+' | '-' | '@' | '\u{ff1d}'));
                assert!(!formula || number, "{header}: {cell:?}");
            }
        }
        assert_eq!(rows, input.findings.len());
    }
}

#[test]
fn tickets_see_prose() {
    use comrak::nodes::NodeValue;
    let mut options = comrak::Options::default();
    options.extension.autolink = true;
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.math_dollars = true;
    for text in texts() {
        let input = report_of(&text);
        let output = rendered(&input.report(), Format::Markdown, &plain(80));
        assert_shows(&output, &format!("{text:?}"));
        let arena = comrak::Arena::new();
        let root = comrak::parse_document(&arena, &output, &options);
        let (mut headings, mut rows) = (0, 0);
        for node in root.descendants() {
            match &node.data.borrow().value {
                NodeValue::HtmlBlock(_)
                | NodeValue::HtmlInline(_)
                | NodeValue::Link(_)
                | NodeValue::Image(_)
                | NodeValue::BlockQuote
                | NodeValue::Emph
                | NodeValue::Strikethrough
                | NodeValue::Math(_)
                | NodeValue::FootnoteDefinition(_)
                | NodeValue::LineBreak => panic!("{text:?}\n{output}"),
                NodeValue::Heading(_) => headings += 1,
                NodeValue::TableRow(_) => rows += 1,
                NodeValue::CodeBlock(block) => assert!(block.fenced, "{text:?}"),
                NodeValue::Text(shown) => {
                    assert!(!shown.contains('@') && !shown.contains("://"), "{shown}");
                }
                _ => {}
            }
        }
        // Title, findings, one for each of five, inputs, coverage.
        assert_eq!(headings, 9, "{text:?}\n{output}");
        // The list, two reasons for each of five, one input; with their headers.
        assert_eq!(rows, 6 + 5 * 3 + 2, "{text:?}\n{output}");
    }
}
