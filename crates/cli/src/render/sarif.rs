//! Findings as SARIF 2.1.0 (OASIS Standard), for code-scanning services: one
//! run, one reporting descriptor per rule, one result per finding, evidence as
//! physical locations, unreadable records and coverage gaps as notifications of
//! the tool.

mod place;

use std::collections::HashMap;
use std::io;

use kumki_engine::summary::Summary;
use kumki_model::{Evidence, Finding, Severity};
use serde_json::{Value, json};

use super::{Report, RuleInfo, figures, json as lines, ranking};
use place::Place;

/// Where the schema lives.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Name of the fingerprint that is the finding's id.
const FINGERPRINT: &str = "kumkiFindingId/v1";

/// Writes the document piece by piece, one result per line: only one of them is
/// held in memory besides the findings.
pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let findings = ranking::ranked(report.findings);
    let rules = Rules::new(report, &findings);
    let driver = json!({
        "name": "kumki",
        "version": report.version,
        "informationUri": "https://github.com/kumki/kumki",
        "rules": rules.descriptors,
    });
    let head = [
        ("tool", json!({"driver": driver})),
        ("columnKind", json!("unicodeCodePoints")),
        (
            "automationDetails",
            json!({"description": {"text": message(report.title)}}),
        ),
        ("invocations", json!([invocation(report)])),
        ("artifacts", json!(artifacts(report.summary))),
    ];
    write!(
        out,
        "{{\"$schema\":\"{SCHEMA}\",\n\"version\":\"2.1.0\",\n\"runs\":[{{"
    )?;
    for (name, value) in head {
        write!(out, "\n\"{name}\":")?;
        lines::write_compact(&value, out)?;
        out.write_all(b",")?;
    }
    out.write_all(b"\n\"results\":[")?;
    for (index, finding) in findings.into_iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        lines::write_compact(&result(finding, &rules), out)?;
    }
    out.write_all(b"\n]}]}\n")
}

/// The reporting descriptors, and where to find each.
struct Rules<'a> {
    descriptors: Vec<Value>,
    index: HashMap<&'a str, usize>,
}

impl<'a> Rules<'a> {
    /// The rules of the report, then those only findings name.
    fn new(report: &'a Report<'a>, findings: &[&'a Finding]) -> Self {
        let mut worst: HashMap<&str, Severity> = HashMap::new();
        for finding in findings {
            let severity = worst.entry(&finding.rule.id).or_insert(finding.severity);
            *severity = finding.severity.max(*severity);
        }
        let mut rules = Self {
            descriptors: Vec::new(),
            index: HashMap::new(),
        };
        for rule in report.rules {
            rules.add(&rule.id, || {
                known(rule, worst.get(rule.id.as_str()).copied())
            });
        }
        for finding in findings {
            rules.add(&finding.rule.id, || unknown(finding));
        }
        rules
    }

    fn add(&mut self, id: &'a str, descriptor: impl FnOnce() -> Value) {
        let next = self.descriptors.len();
        if let std::collections::hash_map::Entry::Vacant(place) = self.index.entry(id) {
            place.insert(next);
            self.descriptors.push(descriptor());
        }
    }
}

fn known(rule: &RuleInfo, worst: Option<Severity>) -> Value {
    let mut properties = json!({"tags": tags(&rule.attack)});
    if let (Some(worst), Some(map)) = (worst, properties.as_object_mut()) {
        map.insert(
            "security-severity".to_owned(),
            json!(security_severity(worst)),
        );
    }
    json!({
        "id": rule.id,
        "name": rule.kind,
        "shortDescription": {"text": message(&rule.title)},
        "fullDescription": {"text": message(&or(&rule.description, &rule.title))},
        "help": {"text": message(&help(rule))},
        "properties": properties,
    })
}

fn unknown(finding: &Finding) -> Value {
    json!({
        "id": finding.rule.id,
        "name": finding.kind,
        "shortDescription": {"text": message(&finding.kind)},
        "fullDescription": {"text": message(&finding.kind)},
        "help": {"text": message(&or(&finding.description, &finding.kind))},
        "properties": {
            "tags": tags(&finding.attack),
            "security-severity": security_severity(finding.severity),
        },
    })
}

/// Why it matters, what to do, what else it may be.
fn help(rule: &RuleInfo) -> String {
    let mut help = or(&rule.why, &or(&rule.description, &rule.title));
    for (heading, items) in [
        ("What to do", &rule.response),
        ("When it is nothing", &rule.falsepositives),
    ] {
        if !items.is_empty() {
            help.push_str(&format!("\n\n{heading}:"));
            for item in items {
                help.push_str(&format!("\n- {item}"));
            }
        }
    }
    help
}

/// `text`, or what stands in for it when it is empty: SARIF wants a text.
fn or(text: &str, otherwise: &str) -> String {
    if text.is_empty() {
        otherwise.to_owned()
    } else {
        text.to_owned()
    }
}

fn tags(attack: &[String]) -> Vec<String> {
    let mut tags = vec!["security".to_owned()];
    for technique in attack {
        let tag = format!("attack.{}", technique.to_ascii_lowercase());
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

fn result(finding: &Finding, rules: &Rules<'_>) -> Value {
    let index = rules
        .index
        .get(finding.rule.id.as_str())
        .copied()
        .unwrap_or_default();
    json!({
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "kind": "fail",
        "level": level(finding.severity),
        "rank": figures::share(finding.confidence) * 100.0,
        "message": {"text": message(&told(finding))},
        "locations": finding.evidence.iter().take(1).map(location).collect::<Vec<_>>(),
        "relatedLocations": finding.evidence.iter().skip(1).map(location).collect::<Vec<_>>(),
        "occurrenceCount": finding.count.clamp(1, i32::MAX.unsigned_abs().into()),
        "fingerprints": {FINGERPRINT: finding.id.0},
        "properties": {
            "time": finding.time,
            "kind": finding.kind,
            "tier": finding.tier,
            "severity": finding.severity,
            "confidence": finding.confidence,
            "score": finding.score,
            "entity": finding.entity,
            "window": finding.window,
            "count": finding.count,
            "reasons": finding.reasons,
            "attack": finding.attack,
            "rulePack": finding.rule.pack,
            "ruleVersion": finding.rule.version,
            "status": finding.status,
            "ambiguous": finding.ambiguous,
        },
    })
}

fn told(finding: &Finding) -> String {
    match (finding.title.is_empty(), finding.description.is_empty()) {
        (false, false) => format!("{}\n{}", finding.title, finding.description),
        (false, true) => finding.title.clone(),
        (true, false) => finding.description.clone(),
        (true, true) => finding.kind.clone(),
    }
}

fn location(evidence: &Evidence) -> Value {
    let place = Place::parse(&evidence.source);
    let mut physical = json!({"artifactLocation": {"uri": place.uri()}});
    if let (Some(line), Some(map)) = (place.line, physical.as_object_mut()) {
        let region = json!({"startLine": line, "snippet": {"text": evidence.text}});
        map.insert("region".to_owned(), region);
    }
    json!({
        "physicalLocation": physical,
        "message": {"text": message(&or(&evidence.text, &evidence.source))},
        "properties": {"time": evidence.time, "source": evidence.source},
    })
}

fn invocation(report: &Report<'_>) -> Value {
    let unreadable = report.summary.unreadable.samples.iter().map(|sample| {
        let place = Place::parse(&sample.source);
        let mut physical = json!({"artifactLocation": {"uri": place.uri()}});
        if let (Some(line), Some(map)) = (place.line, physical.as_object_mut()) {
            map.insert("region".to_owned(), json!({"startLine": line}));
        }
        json!({
            "level": "warning",
            "message": {"text": message(&format!("Record not read: {}: {}", sample.reason, sample.text))},
            "locations": [{"physicalLocation": physical}],
        })
    });
    let gaps = report.summary.coverage.iter().map(|gap| {
        let fix = gap.fix.join("\n");
        json!({
            "level": "note",
            "message": {"text": message(&format!("Not visible: {}. {}\n{fix}", gap.missing, gap.consequence))},
        })
    });
    json!({
        "executionSuccessful": true,
        "endTimeUtc": report.generated,
        "toolExecutionNotifications": unreadable.collect::<Vec<_>>(),
        "toolConfigurationNotifications": gaps.collect::<Vec<_>>(),
        "properties": {
            "records": report.summary.records,
            "unreadable": report.summary.unreadable.count,
            "bytes": report.summary.bytes,
            "seconds": report.summary.seconds,
        },
    })
}

fn artifacts(summary: &Summary) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    let sources = summary
        .sources
        .iter()
        .filter(|source| seen.insert(source.path.as_str()));
    sources
        .map(|source| {
            json!({
                "location": {"uri": Place::file(&source.path).uri()},
                "roles": ["analysisTarget"],
                "properties": source,
            })
        })
        .collect()
}

/// The level of SARIF 2.1.0 section 3.27.10.
const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The CVSS-like number code-scanning services sort by.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.1",
    }
}

/// Foreign text as a plain-text message: no placeholders (section 3.11.5), no
/// embedded links (section 3.11.6).
fn message(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '{' => plain.push_str("{{"),
            '}' => plain.push_str("}}"),
            '[' | ']' | '\\' => plain.extend(['\\', c]),
            _ => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_neither_placeholders_nor_links() {
        assert_eq!(message("{0} [a](b) \\"), "{{0}} \\[a\\](b) \\\\");
    }
}
