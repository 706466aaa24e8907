//! The same activity gives the same records, in every format and language.

use bumpalo::Bump;
use kumki_ingest::parse::Output;
use kumki_ingest::parse::detect::{detect, make_parser};
use kumki_ingest::parse::options::ParserOptions;
use kumki_model::Record;

use super::reading::{block, body};

fn records<T>(input: &str, show: impl Fn(&Record<'_>) -> T) -> Vec<T> {
    let options = ParserOptions::default();
    let mut parser = make_parser(&detect(input.as_bytes(), &options).unwrap(), &options);
    let arena = Bump::new();
    let mut out = Output::default();
    parser.parse(&block(input.as_bytes(), &arena, 0, 1, true), &mut out);
    // What a name with a newline leaves in stderr logs is in doubt, and set aside here.
    out.records
        .iter()
        .filter(|record| !record.ambiguous.any())
        .map(show)
        .collect()
}

/// What every format carries. (Record numbers are counted per destination.)
fn shared(record: &Record<'_>) -> String {
    format!(
        "{} {} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} | {} | {} | {:?} {:?} {:?} {:?}",
        record.time,
        record.level.as_str(),
        record.sqlstate,
        record.pid,
        record.session_id,
        record.user,
        record.database,
        record.application,
        record.client,
        record.client_port,
        body(record),
        record.message,
        record.detail,
        record.hint,
        record.context,
        record.statement.map(|sql| sql.expose()),
    )
}

/// What does not depend on when and in which process it happened. Messages are
/// left out where the server translates them.
fn timeless(record: &Record<'_>) -> String {
    let mut body = body(record);
    let mut digits = false;
    body.retain(|character| {
        let keep = !(character.is_ascii_digit() && digits);
        digits = character.is_ascii_digit();
        keep
    });
    let body: String = body
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    format!(
        "{} {} {:?} {:?} {body}",
        record.level.as_str(),
        record.sqlstate,
        record.user,
        record.database
    )
}

#[test]
fn formats_agree() {
    for (stderr, csv, json) in [
        (
            include_str!("../golden/server-en.log"),
            include_str!("../golden/server-en.csv"),
            include_str!("../golden/server-en.json"),
        ),
        (
            include_str!("../golden/server-de.log"),
            include_str!("../golden/server-de.csv"),
            include_str!("../golden/server-de.json"),
        ),
    ] {
        let csv = records(csv, shared);
        let json = records(json, shared);
        assert!(csv.len() > 90);
        for (csv, json) in csv.iter().zip(&json) {
            assert_eq!(csv, json);
        }
        assert_eq!(csv.len(), json.len());
        let stderr = records(stderr, shared);
        assert!(
            stderr.len() + 9 > csv.len(),
            "{} {}",
            stderr.len(),
            csv.len()
        );
        for record in stderr {
            // The first lines of a server go to stderr before it opens its logs.
            let twin = csv.iter().find(|csv| **csv == record);
            assert!(
                twin.is_some(),
                "{record}\nis not among\n{}",
                near(&csv, &record)
            );
        }
    }
}

fn near(all: &[String], wanted: &str) -> String {
    let head = wanted.split('|').next().unwrap_or_default();
    all.iter()
        .filter(|line| line.starts_with(head))
        .cloned()
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn languages_agree() {
    let sorted = |input| {
        let mut lines = records(input, timeless);
        lines.retain(|line| {
            !line.ends_with(" Message") && !line.contains("LOG 00000 None None Server")
        });
        lines.sort();
        lines
    };
    let english = sorted(include_str!("../golden/server-en.csv"));
    assert!(english.len() > 70);
    for (language, input) in [
        ("de", include_str!("../golden/server-de.csv")),
        ("ru", include_str!("../golden/server-ru.csv")),
        ("ja", include_str!("../golden/server-ja.csv")),
    ] {
        let other = sorted(input);
        for (english, other) in english.iter().zip(&other) {
            assert_eq!(english, other, "{language}");
        }
        assert_eq!(english.len(), other.len(), "{language}");
    }
}
