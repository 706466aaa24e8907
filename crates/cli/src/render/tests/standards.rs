//! What SARIF 2.1.0 and OCSF 1.5 demand of their documents, as far as structure
//! goes, over a real report and over hostile ones.

use std::collections::HashSet;

use serde_json::Value;

use super::hostile::{report_of, texts};
use super::input::{Input, load};
use super::{Format, plain, rendered};

fn inputs() -> Vec<Input> {
    let mut inputs: Vec<Input> = ["intrusion", "quiet", "nothing-read", "hostile"]
        .into_iter()
        .map(load)
        .collect();
    inputs.extend(texts().iter().map(|text| report_of(text)));
    inputs
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer}: {value}"))
}

/// A URI reference holds only the characters RFC 3986 allows.
fn assert_uri(uri: &str) {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    assert!(!uri.is_empty() && uri.bytes().all(allowed), "{uri}");
    for (at, _) in uri.match_indices('%') {
        let hex = uri.get(at + 1..at + 3).unwrap();
        assert!(hex.bytes().all(|byte| byte.is_ascii_hexdigit()), "{uri}");
    }
    if let Some((scheme, _)) = uri.split_once(':') {
        assert_eq!(scheme, "file", "{uri}");
    }
}

fn assert_location(location: &Value) {
    let physical = &location["physicalLocation"];
    assert_uri(text(physical, "/artifactLocation/uri"));
    if let Some(region) = physical.get("region") {
        assert!(region["startLine"].as_u64().is_some_and(|line| line >= 1));
    }
}

#[test]
fn sarif() {
    for input in inputs() {
        let document: Value =
            serde_json::from_str(&rendered(&input.report(), Format::Sarif, &plain(80))).unwrap();
        assert_eq!(document["version"], "2.1.0");
        assert!(text(&document, "/$schema").ends_with("sarif-schema-2.1.0.json"));
        let run = &document["runs"][0];
        assert_eq!(run["tool"]["driver"]["name"], "kumki");
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let ids: HashSet<&str> = rules.iter().map(|rule| text(rule, "/id")).collect();
        assert_eq!(ids.len(), rules.len(), "rule ids are unique");
        for rule in rules {
            assert!(rule.pointer("/help/text").is_some_and(Value::is_string));
            let tags = rule["properties"]["tags"].as_array().unwrap();
            assert_eq!(
                tags.iter().collect::<HashSet<_>>().len(),
                tags.len(),
                "tags are a set"
            );
        }
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), input.findings.len());
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(["error", "warning", "note"].contains(&text(result, "/level")));
            assert!((0.0..=100.0).contains(&result["rank"].as_f64().unwrap()));
            assert!(result["message"]["text"].is_string());
            assert!(
                result["occurrenceCount"]
                    .as_u64()
                    .is_some_and(|n| (1..=0x7fff_ffff).contains(&n))
            );
            assert!(result["fingerprints"]["kumkiFindingId/v1"].is_string());
            for list in ["locations", "relatedLocations"] {
                result[list]
                    .as_array()
                    .unwrap()
                    .iter()
                    .for_each(assert_location);
            }
        }
        for artifact in run["artifacts"].as_array().unwrap() {
            assert_uri(text(artifact, "/location/uri"));
        }
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], true);
        assert!(text(invocation, "/endTimeUtc").ends_with('Z'));
    }
}

#[test]
fn sarif_levels_follow_severity() {
    let input = load("intrusion");
    let document: Value =
        serde_json::from_str(&rendered(&input.report(), Format::Sarif, &plain(80))).unwrap();
    let results = document["runs"][0]["results"].as_array().unwrap();
    let levels: Vec<&str> = results
        .iter()
        .map(|result| text(result, "/level"))
        .collect();
    assert_eq!(
        levels,
        [
            "error", "error", "error", "warning", "warning", "note", "note"
        ]
    );
    let region = &results[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startLine"], 88213);
}

#[test]
fn ocsf() {
    for input in inputs() {
        let output = rendered(&input.report(), Format::Ocsf, &plain(80));
        assert_eq!(output.lines().count(), input.findings.len());
        for (line, finding) in output.lines().zip(&input.findings) {
            let event: Value = serde_json::from_str(line).unwrap();
            assert_eq!(event["category_uid"], 2);
            assert_eq!(event["class_uid"], 2004);
            let activity = event["activity_id"].as_u64().unwrap();
            assert_eq!(event["type_uid"], 2004 * 100 + activity);
            assert_eq!(event["time"], finding.time.as_micros().div_euclid(1000));
            assert!(
                event["severity_id"]
                    .as_u64()
                    .is_some_and(|id| (1..=6).contains(&id))
            );
            assert!(
                event["status_id"]
                    .as_u64()
                    .is_some_and(|id| (1..=6).contains(&id))
            );
            assert!(
                event["confidence_score"]
                    .as_u64()
                    .is_some_and(|score| score <= 100)
            );
            assert!(
                event["count"]
                    .as_u64()
                    .is_some_and(|n| (1..=0x7fff_ffff).contains(&n))
            );
            assert_eq!(text(&event, "/metadata/version"), "1.5.0");
            assert_eq!(text(&event, "/metadata/product/name"), "kumki");
            assert_eq!(text(&event, "/finding_info/uid"), finding.id.0);
            assert!(event["finding_info"]["analytic"]["type_id"].is_u64());
            assert_evidences(&event["evidences"]);
            for observable in event["observables"].as_array().into_iter().flatten() {
                assert!(observable["name"].is_string() && observable["type_id"].is_u64());
            }
        }
    }
}

/// Every artifact has one of the attributes the class asks for.
fn assert_evidences(evidences: &Value) {
    for artifact in evidences.as_array().unwrap() {
        let known = ["actor", "src_endpoint", "dst_endpoint", "database", "data"];
        assert!(
            known.iter().any(|name| artifact.get(name).is_some()),
            "{artifact}"
        );
        for side in ["src_endpoint", "dst_endpoint"] {
            if let Some(endpoint) = artifact.get(side) {
                assert!(endpoint.get("ip").or(endpoint.get("hostname")).is_some());
            }
        }
        if let Some(database) = artifact.get("database") {
            assert_eq!(database["type_id"], 1);
        }
    }
}
