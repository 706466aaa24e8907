//! The first lines of a log in every form, so that a change is seen.
//!
//! `UPDATE_GOLDEN=1 cargo test -p kumki-sim` writes them anew.

use std::path::Path;

use kumki_sim::{
    AttackKind, Attacks, Format, Limit, Options, Pgaudit, StatementLogging, SyslogForm,
};
use sha2::{Digest, Sha256};

use crate::generate;

fn options(format: Format) -> Options {
    Options {
        seed: 7,
        limit: Limit::Records(10_000),
        format,
        prefix: "%m [%p] %l %q%u@%d/%a %r %c %v %x %e ".to_owned(),
        pgaudit: Some(Pgaudit {
            misc: true,
            ..Pgaudit::default()
        }),
        statements: StatementLogging::Slower(0),
        attacks: Attacks::Once(vec![AttackKind::BruteForce]),
        timezone: "Europe/Berlin".to_owned(),
        ..Options::default()
    }
}

fn check(name: &str, log: &str) {
    let mut text: String = log.split_inclusive('\n').take(60).collect();
    text.push_str("sha256 ");
    for byte in Sha256::digest(log.as_bytes()) {
        text.push_str(&format!("{byte:02x}"));
    }
    text.push('\n');
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert!(
        golden == text,
        "{name} changed; run with UPDATE_GOLDEN=1 and review the difference"
    );
}

#[test]
fn every_form_is_what_it_was() {
    let syslog = Format::Syslog(SyslogForm {
        priority: true,
        ..SyslogForm::default()
    });
    for (name, format) in [
        ("stderr.log", Format::Stderr),
        ("csvlog26.csv", "csv".parse().unwrap()),
        ("csvlog24.csv", "csv24".parse().unwrap()),
        ("csvlog23.csv", "csv23".parse().unwrap()),
        ("jsonlog.json", Format::Json),
        ("syslog.log", syslog),
    ] {
        check(name, &generate(options(format)).0);
    }
}

#[test]
fn equal_options_give_equal_bytes_and_labels() {
    let first = generate(options(Format::Json));
    assert_eq!(first, generate(options(Format::Json)));
    let other = Options {
        seed: 8,
        ..options(Format::Json)
    };
    assert_ne!(first.0, generate(other).0);
}

#[test]
fn stretches_put_together_are_the_log() {
    let stretches = kumki_sim::Simulation::new(options(Format::Stderr)).unwrap();
    let joined: Vec<u8> = stretches.flatten().collect();
    assert_eq!(
        String::from_utf8(joined).unwrap(),
        generate(options(Format::Stderr)).0
    );
}
