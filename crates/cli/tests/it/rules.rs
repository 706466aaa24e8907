//! `kumki rules`.

use std::fs;

use crate::program::{kumki, sample, text};

#[test]
fn the_bundled_packs_pass_their_own_tests() {
    let run = kumki(&["rules", "test"]);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    let run = kumki(&["rules", "lint"]);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
}

#[test]
fn core_holds_at_least_forty_rules() {
    let run = kumki(&["rules", "list", "--json"]);
    let rules: Vec<serde_json::Value> = serde_json::from_str(&run.out).unwrap();
    assert!(rules.len() >= 40, "{} rules", rules.len());
    for rule in &rules {
        assert!(rule["tests"].as_u64().unwrap() >= 2, "{}", rule["name"]);
    }
}

#[test]
fn a_rule_shows_its_documentation() {
    let run = kumki(&["rules", "show", "brute_force"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    for heading in ["Why it matters", "False positives", "Response", "ATT&CK"] {
        assert!(run.out.contains(heading), "{}", run.out);
    }
    let run = kumki(&["rules", "show", "pasword_guessing"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("`password_guessing`"),
        "the nearest name: {}",
        run.err
    );
}

#[test]
fn a_new_rule_loads_and_passes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("night_login.yml");
    let path = text(&path);
    assert_eq!(
        kumki(&["rules", "new", "night_login", "-o", path]).code,
        Some(0)
    );
    let run = kumki(&["rules", "test", path]);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    assert_eq!(
        kumki(&["rules", "new", "night_login", "-o", path]).code,
        Some(2),
        "overwritten"
    );
}

#[test]
fn a_broken_rule_is_an_error_with_a_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("broken.yml");
    let rule = "title: Broken\nlogsource: {product: postgresql}\ndetection:\n  selection: {usr: bob}\n  condition: selection\nlevel: low\n";
    fs::write(&path, rule).unwrap();
    let run = kumki(&[
        "scan",
        "--quiet",
        "--rules",
        text(&path),
        &sample("attack.csv"),
    ]);
    assert_eq!(run.code, Some(3), "{}", run.err);
    assert!(run.err.contains("broken.yml:4:"), "{}", run.err);
    assert!(
        run.err.contains('^') && run.err.contains("`user`"),
        "{}",
        run.err
    );
    assert_eq!(run.out, "");
}
