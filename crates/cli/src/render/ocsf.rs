//! Findings as OCSF 1.5 events of class Detection Finding (2004), one per line,
//! for a SIEM or a security lake. Times are milliseconds since the Unix epoch.
//! Attributes follow <https://schema.ocsf.io/1.5.0/classes/detection_finding>;
//! what OCSF has no place for is under `unmapped`.

use std::io;
use std::net::IpAddr;

use kumki_model::{EntityRef, Evidence, Finding, Severity, Status, Tier, Timestamp};
use serde_json::{Map, Value, json};

use super::{Report, figures, json as lines};

/// Version of the schema.
const SCHEMA_VERSION: &str = "1.5.0";
/// Detection Finding.
const CLASS: u32 = 2004;

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in report.findings {
        lines::write_compact(&event(finding, report), out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn event(finding: &Finding, report: &Report<'_>) -> Value {
    let (activity_id, activity_name) = activity(finding.status);
    let (severity_id, severity) = severity(finding.severity);
    let (status_id, status) = status(finding.status);
    let (confidence_id, confidence) = confidence(finding.confidence);
    let mut event = json!({
        "activity_id": activity_id,
        "activity_name": activity_name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity_id,
        "type_name": format!("Detection Finding: {activity_name}"),
        "time": millis(finding.time),
        "start_time": millis(finding.window.start),
        "end_time": millis(finding.window.end),
        "timezone_offset": 0,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "confidence_id": confidence_id,
        "confidence": confidence,
        "confidence_score": figures::share_percent(finding.confidence),
        "is_alert": finding.severity >= Severity::Medium && finding.status == Status::Open,
        "count": finding.count.clamp(1, i32::MAX.unsigned_abs().into()),
        "message": finding.title,
        "metadata": metadata(report),
        "finding_info": finding_info(finding, report),
        "evidences": evidences(finding),
        "unmapped": {
            "score": finding.score,
            "reasons": finding.reasons,
            "rule_pack": finding.rule.pack,
            "ambiguous": finding.ambiguous,
        },
    });
    if let Some(map) = event.as_object_mut() {
        optional(map, "observables", observables(&finding.entity));
        let response = report.rule_of(finding).map(|rule| rule.response.join("\n"));
        let response = response.filter(|text| !text.is_empty());
        optional(
            map,
            "remediation",
            response.map(|desc| json!({"desc": desc})),
        );
    }
    event
}

fn optional(map: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value);
    }
}

fn metadata(report: &Report<'_>) -> Value {
    json!({
        "version": SCHEMA_VERSION,
        "product": {"name": "kumki", "vendor_name": "kumki", "version": report.version},
        "log_name": "postgresql",
        "logged_time": millis(report.generated),
    })
}

fn finding_info(finding: &Finding, report: &Report<'_>) -> Value {
    let rule = report.rule_of(finding);
    let name = rule
        .map(|rule| rule.title.as_str())
        .filter(|title| !title.is_empty());
    let mut info = json!({
        "uid": finding.id.0,
        "title": finding.title,
        "desc": finding.description,
        "types": [finding.kind],
        "created_time": millis(finding.time),
        "first_seen_time": millis(finding.window.start),
        "last_seen_time": millis(finding.window.end),
        "analytic": {
            "type_id": analytic(finding.tier).0,
            "type": analytic(finding.tier).1,
            "uid": finding.rule.id,
            "name": name.unwrap_or(&finding.kind),
            "version": finding.rule.version,
        },
        "data_sources": ["PostgreSQL server log"],
    });
    let attacks: Vec<Value> = finding.attack.iter().map(|id| attack(id)).collect();
    if let (false, Some(map)) = (attacks.is_empty(), info.as_object_mut()) {
        map.insert("attacks".to_owned(), Value::Array(attacks));
    }
    info
}

/// `T1213.006` is a technique and a sub-technique. Some readers insist on a
/// name; the id is the only one a finding carries.
fn attack(id: &str) -> Value {
    let named = |id: &str| json!({"uid": id, "name": id});
    match id.split_once('.') {
        Some((technique, _)) => {
            json!({"technique": named(technique), "sub_technique": named(id)})
        }
        None => json!({"technique": named(id)}),
    }
}

/// One artifact per line of evidence, and at least one: who and from where.
fn evidences(finding: &Finding) -> Vec<Value> {
    let base = artifact(&finding.entity);
    if finding.evidence.is_empty() {
        return if base.is_empty() {
            Vec::new()
        } else {
            vec![Value::Object(base)]
        };
    }
    let with_text = |evidence: &Evidence| {
        let mut artifact = base.clone();
        artifact.insert(
            "data".to_owned(),
            json!({"source": evidence.source, "time": evidence.time, "text": evidence.text}),
        );
        Value::Object(artifact)
    };
    finding.evidence.iter().map(with_text).collect()
}

fn artifact(entity: &EntityRef) -> Map<String, Value> {
    let mut artifact = Map::new();
    let mut actor = Map::new();
    let user = entity.user.as_ref().or(entity.role.as_ref());
    optional(&mut actor, "user", user.map(|name| json!({"name": name})));
    optional(
        &mut actor,
        "session",
        entity.session.as_ref().map(|uid| json!({"uid": uid})),
    );
    optional(
        &mut actor,
        "app_name",
        entity.application.as_ref().map(|name| json!(name)),
    );
    if !actor.is_empty() {
        artifact.insert("actor".to_owned(), Value::Object(actor));
    }
    optional(
        &mut artifact,
        "src_endpoint",
        entity.client.as_deref().map(endpoint),
    );
    optional(
        &mut artifact,
        "dst_endpoint",
        entity.server.as_deref().map(endpoint),
    );
    let database = entity.database.as_ref();
    // 1: relational.
    let database = database.map(|name| json!({"name": name, "type_id": 1, "type": "Relational"}));
    optional(&mut artifact, "database", database);
    artifact
}

fn endpoint(name: &str) -> Value {
    match name.parse::<IpAddr>() {
        Ok(_) => json!({"ip": name}),
        Err(_) => json!({"hostname": name}),
    }
}

/// The values worth pivoting on.
fn observables(entity: &EntityRef) -> Option<Value> {
    let mut found = Vec::new();
    let mut add = |name: &str, (type_id, kind): (u32, &str), value: &str| {
        found.push(json!({"name": name, "type_id": type_id, "type": kind, "value": value}));
    };
    if let Some(user) = entity.user.as_ref().or(entity.role.as_ref()) {
        add("evidences[].actor.user.name", (4, "User Name"), user);
    }
    for (side, host) in [("src", &entity.client), ("dst", &entity.server)] {
        let Some(host) = host else { continue };
        match host.parse::<IpAddr>() {
            Ok(_) => add(
                &format!("evidences[].{side}_endpoint.ip"),
                (2, "IP Address"),
                host,
            ),
            Err(_) => add(
                &format!("evidences[].{side}_endpoint.hostname"),
                (1, "Hostname"),
                host,
            ),
        }
    }
    if let Some(database) = &entity.database {
        add("evidences[].database.name", (99, "Database Name"), database);
    }
    (!found.is_empty()).then_some(Value::Array(found))
}

const fn millis(time: Timestamp) -> i64 {
    time.as_micros().div_euclid(1000)
}

const fn activity(status: Status) -> (u32, &'static str) {
    match status {
        Status::Open => (1, "Create"),
        Status::Acknowledged => (2, "Update"),
        Status::Resolved | Status::FalsePositive => (3, "Close"),
    }
}

const fn severity(severity: Severity) -> (u32, &'static str) {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

const fn status(status: Status) -> (u32, &'static str) {
    match status {
        Status::Open => (1, "New"),
        Status::Acknowledged => (2, "In Progress"),
        Status::FalsePositive => (3, "Suppressed"),
        Status::Resolved => (4, "Resolved"),
    }
}

/// Thirds of the scale from 0 to 1.
fn confidence(confidence: f64) -> (u32, &'static str) {
    match figures::share_percent(confidence) {
        67.. => (3, "High"),
        34..=66 => (2, "Medium"),
        _ => (1, "Low"),
    }
}

const fn analytic(tier: Tier) -> (u32, &'static str) {
    match tier {
        Tier::Rule => (1, "Rule"),
        Tier::Statistical => (3, "Statistical"),
        Tier::Llm => (4, "Learning (ML/DL)"),
    }
}
