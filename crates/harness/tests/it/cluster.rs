//! One server: how it starts, logs, and goes.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use kumki_harness::{Cluster, Error, LogSettings, SUPERUSER};

use crate::log;

#[test]
fn logs_one_statement_in_three_formats_and_leaves_nothing_behind() {
    let mut cluster = Cluster::start(&LogSettings::default()).expect("a server");
    assert_ne!(cluster.address().port(), 5432);
    let process = format!("/proc/{}", cluster.process_id().expect("running"));
    let directory = cluster.directory().to_owned();
    assert!(Path::new(&process).exists());

    cluster
        .superuser("postgres")
        .expect("a connection")
        .simple_query("SELECT 'seen by all'")
        .expect("an answer");
    cluster.stop().expect("stopped");

    let logs = cluster.logs();
    for file in [&logs.stderr, &logs.csv, &logs.json] {
        let text = fs::read_to_string(file).expect("a log");
        assert!(text.contains("SELECT 'seen by all'"), "{}", file.display());
        assert!(
            text.contains("AUDIT: SESSION,1,1,READ,SELECT"),
            "{}",
            file.display()
        );
    }
    drop(cluster);
    assert!(!directory.exists());
    assert!(!Path::new(&process).exists());
}

#[test]
fn the_server_sees_the_address_of_the_relay() {
    let cluster = Cluster::start(&LogSettings::default()).expect("a server");
    let relay = cluster
        .client_from(Ipv4Addr::new(127, 0, 0, 66))
        .expect("a relay");
    let refused = postgres::Config::new()
        .host(&relay.host())
        .port(relay.port())
        .user(SUPERUSER)
        .password("not the password")
        .connect(postgres::NoTls)
        .map(drop)
        .expect_err("a wrong password");
    assert_eq!(
        refused.code().map(postgres::error::SqlState::code),
        Some("28P01")
    );
    relay.drain();

    let records = log::read(&cluster.logs().json);
    let received = records.iter().find(|record| {
        record
            .text("message")
            .starts_with("connection received: host=127.0.0.66 ")
    });
    let received = received.expect("a connection received from the relay's address");
    assert_eq!(received.client(), Some("127.0.0.66"));
    assert!(records.iter().any(
        |record| record.text("state_code") == "28P01" && record.client() == Some("127.0.0.66")
    ));
}

#[test]
fn a_german_server_logs_in_german_and_json_stays_english() {
    let settings = LogSettings {
        lc_messages: "de_DE.UTF-8".to_owned(),
        ..LogSettings::default()
    };
    let mut cluster = Cluster::start(&settings).expect("a server");
    cluster
        .superuser("postgres")
        .expect("a connection")
        .simple_query("SELECT * FROM missing")
        .expect_err("no such table");
    cluster.stop().expect("stopped");
    let logs = cluster.logs();
    let text = |file| fs::read_to_string(file).expect("a log");
    assert!(text(&logs.stderr).contains("FEHLER:  Relation »missing« existiert nicht"));
    assert!(text(&logs.csv).contains(",FEHLER,42P01,"));
    assert!(text(&logs.json).contains("\"error_severity\":\"ERROR\",\"state_code\":\"42P01\""));
}

#[test]
fn a_setting_the_server_refuses_is_reported_with_its_words() {
    let mut settings = LogSettings::default();
    settings
        .extra
        .push(("work_mem".to_owned(), "plenty".to_owned()));
    let error = Cluster::start(&settings).expect_err("a bad setting");
    assert!(matches!(error, Error::Program { .. }));
    assert!(
        error
            .to_string()
            .contains("invalid value for parameter \"work_mem\""),
        "{error}"
    );
}

#[test]
fn an_unknown_locale_is_reported_before_anything_starts() {
    let settings = LogSettings {
        lc_messages: "xx_XX.UTF-8".to_owned(),
        ..LogSettings::default()
    };
    assert!(matches!(
        Cluster::start(&settings),
        Err(Error::MissingLocale { .. })
    ));
}

#[test]
fn a_panic_stops_the_server_too() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let outcome = std::thread::spawn(move || {
        let cluster = Cluster::start(&LogSettings::default()).expect("a server");
        let process = cluster.process_id().expect("running");
        sender
            .send((cluster.directory().to_owned(), process))
            .expect("a listener");
        panic!("on purpose");
    })
    .join();
    let (directory, process) = receiver.recv().expect("a message");
    assert!(outcome.is_err());
    assert!(!directory.exists());
    assert!(!Path::new(&format!("/proc/{process}")).exists());
}
