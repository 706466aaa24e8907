//! `kumki doctor` against a real server.

use kumki_harness::{Cluster, LogSettings};

use crate::program::kumki;

#[test]
fn a_server_is_judged_and_left_alone() {
    let settings = LogSettings {
        connections: false,
        pgaudit: String::new(),
        ..LogSettings::default()
    };
    let cluster = Cluster::start(&settings).unwrap();
    let mut client = cluster.superuser("postgres").unwrap();
    client
        .batch_execute("CREATE ROLE auditor LOGIN PASSWORD 'example' IN ROLE pg_read_all_settings")
        .unwrap();
    let before = configuration(&mut client);
    let url = format!(
        "postgres://auditor:example@{}:{}/postgres",
        cluster.address().ip(),
        cluster.address().port()
    );
    let run = kumki(&["doctor", "--database-url", &url]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(
        run.out.contains("ALTER SYSTEM SET log_connections = 'on';"),
        "{}",
        run.out
    );
    assert!(
        !run.out.contains("example"),
        "the password is nobody's business"
    );
    let failing = kumki(&["doctor", "--database-url", &url, "--fail-on", "problem"]);
    assert_eq!(failing.code, Some(1));
    let json = kumki(&["doctor", "--database-url", &url, "--json"]);
    let checks: Vec<serde_json::Value> = serde_json::from_str(&json.out).unwrap();
    assert!(checks.iter().any(|check| check["verdict"] == "problem"));
    assert_eq!(configuration(&mut client), before, "doctor changes nothing");
}

/// Every setting and the file that `ALTER SYSTEM` writes.
fn configuration(client: &mut postgres::Client) -> Vec<(String, String)> {
    client
        .query(
            "SELECT name, coalesce(setting, '') FROM pg_settings ORDER BY name",
            &[],
        )
        .unwrap()
        .iter()
        .filter(|row| !row.get::<_, String>(0).starts_with("application_name"))
        .map(|row| (row.get(0), row.get(1)))
        .collect()
}

#[test]
fn a_server_that_is_not_there_has_its_own_exit_code() {
    let run = kumki(&[
        "doctor",
        "--database-url",
        "postgres://nobody@127.0.0.1:1/none",
    ]);
    assert_eq!(run.code, Some(4), "{}", run.err);
    let run = kumki(&["doctor", "--database-url", "nonsense://"]);
    assert_eq!(run.code, Some(4), "{}", run.err);
}
