//! Golden pairs: `tests/golden/NAME` is read, detection included, into
//! `tests/golden/NAME.expected`. `UPDATE_GOLDEN=1` writes them anew.

use std::path::Path;

use kumki_ingest::parse::detect::{detect, make_parser};
use kumki_ingest::parse::options::ParserOptions;

use super::reading::read;

#[test]
fn goldens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.retain(|path| path.extension().is_some_and(|ending| ending != "expected"));
    names.sort();
    assert!(names.len() >= 8, "{names:?}");
    for path in names {
        let input = std::fs::read(&path).unwrap();
        let options = ParserOptions::default();
        let detection = detect(&input, &options).unwrap();
        let parser = make_parser(&detection, &options);
        let reading = read(parser, &input, &[]);
        let explained = format!("# {}\n", detection.explain());
        let totals = format!("# ignored {}, lines {}\n", reading.ignored, reading.lines);
        let actual = [explained, reading.text(), totals].concat();
        let expected_path = path.with_added_extension("expected");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&expected_path, &actual).unwrap();
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_default();
        let first = actual
            .lines()
            .zip(expected.lines())
            .find(|(actual, expected)| actual != expected);
        assert!(actual == expected, "{}: {first:#?}", path.display());
        assert!(
            !actual.contains("geheim-1") && !actual.contains("neu-2"),
            "a password came through"
        );
    }
}
