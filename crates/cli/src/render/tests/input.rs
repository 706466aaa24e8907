//! Reports read from the goldens' `input.json`, and built by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use kumki_engine::summary::{
    Bucket, Counted, CoverageGap, Gaps, SourceSummary, Summary, Unreadable, UnreadableSample,
};
use kumki_model::{Finding, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::{Report, RuleInfo};

/// Where the goldens are.
pub(super) fn golden_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/render")
}

/// Everything a report borrows from.
pub(super) struct Input {
    pub(super) title: String,
    pub(super) version: String,
    pub(super) generated: Timestamp,
    pub(super) findings: Vec<Finding>,
    pub(super) rules: Vec<RuleInfo>,
    pub(super) summary: Summary,
}

impl Input {
    pub(super) fn report(&self) -> Report<'_> {
        Report {
            findings: &self.findings,
            summary: &self.summary,
            generated: self.generated,
            version: &self.version,
            rules: &self.rules,
            title: &self.title,
        }
    }
}

pub(super) fn load(case: &str) -> Input {
    let path = golden_folder().join(case).join("input.json");
    let value: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    Input {
        title: parse(&value["title"]),
        version: parse(&value["version"]),
        generated: parse(&value["generated"]),
        findings: parse(&value["findings"]),
        rules: parse(&value["rules"]),
        summary: summary(&value["summary"]),
    }
}

fn parse<T: for<'de> Deserialize<'de>>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn list<T>(value: &Value, item: impl Fn(&Value) -> T) -> Vec<T> {
    value
        .as_array()
        .map(|items| items.iter().map(item).collect())
        .unwrap_or_default()
}

/// The summary is written by the program only, so it has static texts.
pub(super) fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn counts(value: &Value) -> BTreeMap<&'static str, u64> {
    let entries = value.as_object().into_iter().flatten();
    entries
        .map(|(name, count)| (leaked(name), number(count)))
        .collect()
}

fn counted(value: &Value) -> Vec<Counted> {
    list(value, |v| Counted {
        name: text(&v["name"]),
        count: number(&v["count"]),
    })
}

fn moment(value: &Value) -> Option<Timestamp> {
    value
        .as_str()
        .map(|text| Timestamp::parse_rfc3339(text).unwrap())
}

fn source(value: &Value) -> SourceSummary {
    SourceSummary {
        path: text(&value["path"]),
        format: text(&value["format"]),
        prefix: value["prefix"].as_str().map(str::to_owned),
        records: number(&value["records"]),
        unreadable: number(&value["unreadable"]),
        bytes: number(&value["bytes"]),
        first: moment(&value["first"]),
        last: moment(&value["last"]),
    }
}

fn summary(value: &Value) -> Summary {
    let unreadable = &value["unreadable"];
    Summary {
        bytes: number(&value["bytes"]),
        records: number(&value["records"]),
        events: counts(&value["events"]),
        unreadable: Unreadable {
            count: number(&unreadable["count"]),
            by_reason: counts(&unreadable["by_reason"]),
            samples: list(&unreadable["samples"], |v| UnreadableSample {
                source: text(&v["source"]),
                reason: leaked(&text(&v["reason"])),
                text: text(&v["text"]),
            }),
        },
        sessions: number(&value["sessions"]),
        gaps: Gaps {
            count: number(&value["gaps"]["count"]),
            missing_records: number(&value["gaps"]["missing_records"]),
        },
        first: moment(&value["first"]),
        last: moment(&value["last"]),
        seconds: value["seconds"].as_f64().unwrap_or(0.0),
        sources: list(&value["sources"], source),
        timeline: list(&value["timeline"], |v| Bucket {
            start: moment(&v["start"]).unwrap(),
            events: number(&v["events"]),
            errors: number(&v["errors"]),
        }),
        top_users: counted(&value["top_users"]),
        top_clients: counted(&value["top_clients"]),
        top_databases: counted(&value["top_databases"]),
        top_tables: counted(&value["top_tables"]),
        top_errors: counted(&value["top_errors"]),
        coverage: list(&value["coverage"], |v| CoverageGap {
            missing: text(&v["missing"]),
            consequence: text(&v["consequence"]),
            fix: list(&v["fix"], text),
        }),
    }
}
