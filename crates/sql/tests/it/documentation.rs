//! The reference page lists every sign, and its examples hold.

use std::collections::BTreeMap;

use kumki_model::Sign;
use kumki_sql::shape;

const PAGE: &str = include_str!("../../../../docs/reference/signs.md");

/// Rows of the table: slug to meaning and example.
fn rows() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    PAGE.lines()
        .filter_map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            match cells.as_slice() {
                [slug, meaning, example] => {
                    let slug = slug.strip_prefix('`')?.strip_suffix('`')?;
                    Some((slug, (*meaning, example.trim_matches('`'))))
                }
                _ => None,
            }
        })
        .collect()
}

#[test]
fn every_sign_is_listed_with_its_meaning_and_nothing_else() {
    let rows = rows();
    for sign in Sign::ALL {
        let (meaning, _) = rows
            .get(sign.as_str())
            .unwrap_or_else(|| panic!("{} is missing", sign.as_str()));
        assert_eq!(*meaning, sign.describe(), "{}", sign.as_str());
    }
    assert_eq!(rows.len(), Sign::ALL.len());
    let listed = PAGE.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(
        listed,
        Sign::ALL.len(),
        "rows that are malformed or repeated"
    );
}

#[test]
fn every_example_gives_its_sign() {
    let rows = rows();
    for sign in Sign::ALL {
        let (_, example) = rows[sign.as_str()];
        if *sign == Sign::Oversized {
            continue;
        }
        // A vertical bar in a table cell is written with a backslash.
        let example = example.replace("\\|", "|");
        assert!(
            shape(&example).signs.contains(*sign),
            "{}: {example}",
            sign.as_str()
        );
    }
}
