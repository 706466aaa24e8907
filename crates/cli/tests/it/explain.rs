//! `kumki explain`.

use crate::program::{kumki, kumki_with, sample};

const GUESS: &str = "2026-01-31 10:00:00.000 UTC [77] bob@shop FATAL:  password authentication failed for user \"bob\"";

#[test]
fn a_record_shows_how_it_was_read_and_what_counts_it() {
    let run = kumki(&["explain", "--log", GUESS]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(
        run.out.contains("read as stderr with prefix"),
        "{}",
        run.out
    );
    assert!(run.out.contains("authentication_failed"), "{}", run.out);
    assert!(run.out.contains("password_guessing"), "{}", run.out);
    let piped = kumki_with(&["explain", "--log", "-"], GUESS.as_bytes());
    assert_eq!(piped.out, run.out);
}

#[test]
fn a_finding_is_explained_by_its_records() {
    let attack = sample("attack.csv");
    let finding = kumki(&["scan", "--quiet", &attack])
        .lines()
        .into_iter()
        .find(|finding| finding["kind"] == "program_execution")
        .unwrap();
    let id = finding["id"].as_str().unwrap();
    let run = kumki(&["explain", &id[..12], &attack]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.out.contains("matches"), "{}", run.out);
    assert!(run.out.contains("program_execution"), "{}", run.out);
    let unknown = kumki(&["explain", "nothing-like-it", &attack]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("no finding"), "{}", unknown.err);
}

#[test]
fn nothing_to_explain_is_wrong_usage() {
    assert_eq!(kumki(&["explain"]).code, Some(2));
}
