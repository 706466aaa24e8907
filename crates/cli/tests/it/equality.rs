//! The same activity logged as stderr, csvlog and jsonlog gives equal events.

use serde_json::Value;

use crate::program::{kumki, sample};

/// What a stderr log with Debian's prefix does not carry, and what says where
/// a record stood.
const NOT_IN_STDERR: &[&str] = &["sqlstate", "context", "hint"];
/// What only stderr has: csvlog quotes what clients write.
const ONLY_IN_STDERR: &str = "ambiguous";
const SESSION_NOT_IN_STDERR: &[&str] = &[
    "id",
    "application",
    "backend_type",
    "client_port",
    "started",
    "client",
    "encrypted",
];

fn events(name: &str) -> Vec<Value> {
    let run = kumki(&["events", &sample(name)]);
    assert_eq!(run.err, "");
    let mut events = run.lines();
    // Events of different sessions may leave in different order.
    events.sort_by_key(|event| {
        (
            event["session"]["pid"].as_u64(),
            event["time"].to_string(),
            event.to_string(),
        )
    });
    events
}

#[test]
fn csvlog_and_jsonlog_say_the_same() {
    let (csv, json) = (events("attack.csv"), events("attack.json"));
    assert_eq!(csv.len(), json.len());
    for (csv, json) in csv.iter().zip(&json) {
        assert_eq!(csv, json);
    }
}

#[test]
fn stderr_says_the_same_as_far_as_it_goes() {
    let strip = |events: Vec<Value>| -> Vec<Value> {
        let mut events: Vec<Value> = events
            .into_iter()
            // Background processes have no session in either, the checkpointer
            // and the like are told apart by their backend type only.
            .filter(|event| event["session"]["user"].is_string())
            .map(|mut event| {
                let fields = event.as_object_mut().unwrap();
                fields.retain(|name, _| {
                    !NOT_IN_STDERR.contains(&name.as_str()) && name != ONLY_IN_STDERR
                });
                let session = fields["session"].as_object_mut().unwrap();
                session.retain(|name, _| !SESSION_NOT_IN_STDERR.contains(&name.as_str()));
                event
            })
            .collect();
        events.sort_by_key(ToString::to_string);
        events
    };
    let (csv, log) = (strip(events("attack.csv")), strip(events("attack.log")));
    assert_eq!(csv.len(), log.len());
    for (csv, log) in csv.iter().zip(&log) {
        assert_eq!(csv, log);
    }
}

#[test]
fn a_german_server_is_understood() {
    let kinds = |name: &str| -> Vec<String> {
        let mut kinds: Vec<String> = events(name)
            .iter()
            .map(|event| event["kind"].as_str().unwrap().to_owned())
            .collect();
        kinds.sort();
        kinds
    };
    let (csv, log) = (kinds("german.csv"), kinds("german.log"));
    assert_eq!(csv, log);
    for kind in [
        "connection_received",
        "connection_authorized",
        "disconnection",
    ] {
        assert!(csv.iter().any(|seen| seen == kind), "{kind}");
    }
    let failed = csv
        .iter()
        .filter(|kind| *kind == "authentication_failed")
        .count();
    assert!(failed >= 20, "{failed} failed logins");
}

#[test]
fn no_event_shows_a_password() {
    for name in [
        "attack.csv",
        "attack.json",
        "attack.log",
        "attack-statements.log",
        "german.log",
    ] {
        let out = kumki(&["events", &sample(name)]).out.to_lowercase();
        assert!(!out.contains("password 'example"), "{name}");
        assert!(!out.contains("password=example"), "{name}");
    }
    let masked = kumki(&["events", "--mask-literals", &sample("attack.csv")]).out;
    assert!(!masked.contains("/etc/passwd"));
}
