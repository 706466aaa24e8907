//! Wraps a real server's log the way services do.

use base64::Engine;
use serde_json::{Value, json};

/// stderr of a PostgreSQL 15 with pgaudit.
pub(crate) const LOG: &str = include_str!("../../real/server.log");
/// The same run as csvlog.
pub(crate) const CSV: &str = include_str!("../../real/server.csv");
/// The same run as jsonlog.
pub(crate) const JSON: &str = include_str!("../../real/server.json");
/// The same run as received from the server on `/dev/log`.
pub(crate) const SYSLOG: &str = include_str!("../../real/server.syslog");

/// The line a container runtime makes of a part of a line.
fn ndjson(values: impl Iterator<Item = Value>) -> String {
    values.map(|value| format!("{value}\n")).collect()
}

/// Docker's json-file, with lines cut in parts of at most `part` bytes.
pub(crate) fn docker(log: &str, part: usize) -> String {
    ndjson(log.split_inclusive('\n').flat_map(move |line| {
        parts(line, part)
            .map(|part| json!({"log": part, "stream": "stderr", "time": "2026-11-20T18:55:56.1Z"}))
    }))
}

/// The CRI's lines, with lines cut in parts of at most `part` bytes.
pub(crate) fn cri(log: &str, part: usize) -> String {
    let mut text = String::new();
    for line in log.lines() {
        let all: Vec<&str> = parts(line, part).collect();
        for (at, part) in all.iter().enumerate() {
            let tag = if at + 1 == all.len() { "F" } else { "P" };
            text.push_str(&format!(
                "2026-11-20T18:55:56.123456789Z stderr {tag} {part}\n"
            ));
        }
    }
    text
}

/// Fluent Bit's JSON in Kubernetes: no line ends, metadata.
pub(crate) fn fluent_bit(log: &str, key: &str) -> String {
    ndjson(log.lines().map(|line| {
        json!({
            "@timestamp": "2026-11-20T18:55:56.123Z", "stream": "stderr", "logtag": "F", key: line,
            "kubernetes": {"pod_name": "db-0", "namespace_name": "shop", "container_name": "postgres",
                           "labels": {"app": "db"}, "annotations": {}},
        })
    }))
}

/// The journal of a service's standard error.
pub(crate) fn journal(log: &str) -> String {
    ndjson(log.lines().map(|line| {
        let message = if line.contains("vier") {
            json!(line.as_bytes())
        } else {
            json!(line)
        };
        json!({
            "MESSAGE": message, "_PID": "4711", "_COMM": "postgres", "_HOSTNAME": "db1",
            "SYSLOG_IDENTIFIER": "postgres", "_TRANSPORT": "stdout", "PRIORITY": "6",
            "_SYSTEMD_UNIT": "postgresql@15-main.service", "_STREAM_ID": "a1",
            "__REALTIME_TIMESTAMP": "1795200956000000",
        })
    }))
}

/// The journal of what the server sent to syslog.
pub(crate) fn journal_of_syslog(syslog: &str) -> String {
    ndjson(syslog.lines().map(|line| {
        let (_, rest) = line.split_once("postgres[").unwrap();
        let (pid, message) = rest.split_once("]: ").unwrap();
        json!({
            "MESSAGE": message, "_PID": pid, "SYSLOG_PID": pid, "_HOSTNAME": "db1",
            "SYSLOG_IDENTIFIER": "postgres", "_TRANSPORT": "syslog",
            "__REALTIME_TIMESTAMP": "1795200956000000",
        })
    }))
}

/// Records with their continuation lines, follow-ups apart.
pub(crate) fn folded(log: &str) -> Vec<String> {
    let mut folded: Vec<String> = Vec::new();
    for line in log.split_inclusive('\n') {
        match folded.last_mut() {
            Some(last) if line.starts_with('\t') => last.push_str(line),
            _ => folded.push(line.to_owned()),
        }
    }
    folded
}

/// A CloudWatch batch.
pub(crate) fn cloudwatch(log: &str) -> Value {
    let events: Vec<Value> = folded(log)
        .iter()
        .enumerate()
        .map(|(at, text)| {
            json!({"id": at.to_string(), "timestamp": 1_795_200_956_000_u64, "message": text.trim_end()})
        })
        .collect();
    json!({
        "messageType": "DATA_MESSAGE", "owner": "123456789012",
        "logGroup": "/aws/rds/instance/shop/postgresql", "logStream": "shop.0",
        "subscriptionFilters": ["all"], "logEvents": events,
    })
}

/// Base64 of gzip of a text.
pub(crate) fn packed(text: &str) -> String {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    base64::engine::general_purpose::STANDARD.encode(packer.finish().unwrap())
}

/// Cloud Logging's entries, one a line of the log.
pub(crate) fn cloud_logging(log: &str) -> Vec<Value> {
    let entry = |line: &str| {
        json!({
            "insertId": "i", "logName": "projects/p/logs/cloudsql.googleapis.com%2Fpostgres.log",
            "resource": {"type": "cloudsql_database",
                         "labels": {"database_id": "p:shop", "project_id": "p", "region": "europe-west3"}},
            "severity": "INFO", "textPayload": line, "timestamp": "2026-11-20T18:55:56.123456Z",
        })
    };
    log.lines().map(entry).collect()
}

/// An Event Hub batch of Azure's diagnostic settings.
pub(crate) fn event_hub(log: &str) -> Value {
    let records: Vec<Value> = folded(log)
        .iter()
        .map(|text| {
            json!({
                "time": "2026-11-20T19:12:00Z", "category": "PostgreSQLLogs", "operationName": "LogEvent",
                "resourceId": "/SUBSCRIPTIONS/0/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.DBFORPOSTGRESQL/FLEXIBLESERVERS/SHOP",
                "properties": {"timestamp": "2026-11-20 18:55:56.123 UTC", "message": text.trim_end()},
            })
        })
        .collect();
    json!({"records": records})
}

/// CloudNativePG's output for records of jsonlog.
pub(crate) fn cloudnativepg(jsonlog: &str) -> String {
    ndjson(jsonlog.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| match &row[key] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let client = match (text("remote_host"), text("remote_port")) {
            (host, port) if port.is_empty() => host,
            (host, port) => format!("{host}:{port}"),
        };
        json!({
            "level": "info", "ts": 1_795_200_956.123, "logger": "postgres", "msg": "record",
            "record": {
                "log_time": text("timestamp"), "user_name": text("user"), "database_name": text("dbname"),
                "process_id": text("pid"), "connection_from": client, "session_id": text("session_id"),
                "session_line_num": text("line_num"), "command_tag": text("ps"),
                "session_start_time": text("session_start"), "virtual_transaction_id": text("vxid"),
                "transaction_id": text("txid"), "error_severity": text("error_severity"),
                "sql_state_code": if row["state_code"].is_null() { "00000".into() } else { text("state_code") },
                "message": text("message"), "detail": text("detail"), "hint": text("hint"),
                "context": text("context"), "query": text("statement"),
                "application_name": text("application_name"), "backend_type": text("backend_type"),
                "query_id": text("query_id"),
            },
            "logging_pod": "db-1",
        })
    }))
}

/// The lines rsyslog writes of what the server sent, in its traditional format.
pub(crate) fn rsyslog(syslog: &str) -> String {
    syslog
        .lines()
        .map(|line| {
            let (_, after) = line.split_once('>').unwrap();
            let (time, rest) = after.split_at("Nov 20 18:55:55 ".len());
            format!("{time}db1 {}\n", rest.replace('\t', "#011"))
        })
        .collect()
}

/// RFC 5424 lines of what the server sent.
pub(crate) fn rfc5424(syslog: &str) -> String {
    syslog
        .lines()
        .map(|line| {
            let (_, rest) = line.split_once("postgres[").unwrap();
            let (pid, message) = rest.split_once("]: ").unwrap();
            format!(
                "<134>1 2026-11-20T18:55:56.000001Z db1 postgres {pid} - [origin@1 ip=\"10.0.0.\\\"1\"] \u{feff}{message}\n"
            )
        })
        .collect()
}

fn parts(line: &str, most: usize) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut at = most.min(rest.len());
        // A line end is never cut off from the part before it.
        if rest.len() - at == 1 && rest.ends_with('\n') {
            at = rest.len();
        }
        while !rest.is_char_boundary(at) {
            at += 1;
        }
        let (part, after) = rest.split_at(at);
        rest = after;
        Some(part)
    })
}
