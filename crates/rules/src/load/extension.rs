//! The one key that is not plain Sigma: `kumki:`.
//!
//! Comes in: the value of the key. Goes out: an [`Extension`], or problems at
//! their places. Unknown keys are refused.

use kumki_model::Severity;
use yaml_serde::{Mapping, Value};

use super::position::Step;
use super::report::Report;
use crate::error::nearest;
use crate::field::Field;
use crate::sample::{RuleTest, parse_tests};

/// Keys known under `kumki:`.
const KEYS: &[&str] = &[
    "kind",
    "steps",
    "group_by",
    "repeat",
    "optional_group_by",
    "confidence",
    "why",
    "response",
    "tests",
    "generate",
];

/// What a rule says beyond Sigma.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Extension {
    /// Kind of its findings.
    pub(crate) kind: Option<String>,
    /// Severity once the count or value is above a number, ascending.
    pub(crate) steps: Vec<(Severity, u64)>,
    /// What makes repeated matches one finding.
    pub(crate) group_by: Option<Vec<Field>>,
    /// How long after its last match a finding is extended, in microseconds.
    pub(crate) repeat: Option<i64>,
    /// Group-by fields that may be absent.
    pub(crate) optional_group_by: Vec<String>,
    /// How sure a finding is, 0 to 1.
    pub(crate) confidence: Option<f64>,
    /// Why it matters.
    pub(crate) why: Option<String>,
    /// What to do, first things first.
    pub(crate) response: Vec<String>,
    /// Whether the rule raises findings although a correlation names it.
    pub(crate) generate: bool,
    /// Its tests.
    pub(crate) tests: Vec<RuleTest>,
}

/// Whether the document is a detection rule or a correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A detection rule.
    Detection,
    /// A correlation.
    Correlation,
}

/// Reads the value of `kumki:`.
pub(crate) fn parse(report: &mut Report<'_>, value: &Value, shape: Shape) -> Extension {
    let root = [Step::Key("kumki")];
    let Some(mapping) = value.as_mapping() else {
        report.error(&root, "`kumki` must be a mapping", None);
        return Extension::default();
    };
    report.refuse_unknown_keys(&root, mapping, KEYS);
    refuse_misplaced(report, mapping, shape);
    let mut extension = Extension::default();
    for (key, value) in mapping {
        let Some(key) = key.as_str() else { continue };
        let place = [Step::Key("kumki"), Step::Key(key)];
        match key {
            "kind" => extension.kind = parse_kind(report, &place, value),
            "steps" => extension.steps = parse_steps(report, &place, value),
            "group_by" => extension.group_by = Some(parse_fields(report, &place, value)),
            "repeat" => extension.repeat = report.duration(&place, value),
            "optional_group_by" => extension.optional_group_by = report.texts(&place, value),
            "confidence" => extension.confidence = parse_confidence(report, &place, value),
            "why" => extension.why = report.text(&place, value).map(str::to_owned),
            "response" => extension.response = report.texts(&place, value),
            "generate" => match value.as_bool() {
                Some(generate) => extension.generate = generate,
                None => report.error(&place, "must be true or false", None),
            },
            "tests" => extension.tests = parse_tests(report, value),
            _ => {}
        }
    }
    extension
}

fn refuse_misplaced(report: &mut Report<'_>, mapping: &Mapping, shape: Shape) {
    let misplaced: &[(&str, &str)] = match shape {
        Shape::Detection => &[("optional_group_by", "a detection rule uses `group_by`")],
        Shape::Correlation => &[
            ("group_by", "a correlation uses `correlation.group-by`"),
            (
                "repeat",
                "a correlation's finding lasts while it is above its threshold",
            ),
        ],
    };
    for (key, help) in misplaced {
        if mapping.get(Value::from(*key)).is_some() {
            let place = [Step::Key("kumki"), Step::Key(key)];
            report.error(
                &place,
                format!("`{key}` does not apply here"),
                Some((*help).into()),
            );
        }
    }
}

fn parse_kind(report: &mut Report<'_>, place: &[Step<'_>], value: &Value) -> Option<String> {
    let kind = report.text(place, value)?;
    if is_slug(kind) {
        return Some(kind.to_owned());
    }
    let help = "lower-case letters, digits and `_`, for example `data_exfiltration`".to_owned();
    report.error(place, format!("`{kind}` is not a kind"), Some(help));
    None
}

/// Whether the text is a slug: `[a-z0-9_]+`.
pub(crate) fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

fn parse_steps(report: &mut Report<'_>, place: &[Step<'_>], value: &Value) -> Vec<(Severity, u64)> {
    let Some(mapping) = value.as_mapping() else {
        let help = "for example `{medium: 15, high: 30, critical: 50}`".to_owned();
        report.error(
            place,
            "`steps` must be a mapping of severities to numbers",
            Some(help),
        );
        return Vec::new();
    };
    let mut steps = Vec::new();
    for (key, value) in mapping {
        let word = key.as_str().unwrap_or_default();
        let here = [place, &[Step::Key(word)]].concat();
        match (word.parse::<Severity>(), value.as_u64()) {
            (Ok(severity), Some(above)) => steps.push((severity, above)),
            (Err(_), _) => {
                let words = Severity::ALL.map(Severity::as_str);
                let help = format!("one of {}", words.join(", "));
                report.error(&here, format!("unknown severity `{word}`"), Some(help));
            }
            (_, None) => report.error(&here, "must be a whole number, 0 or more", None),
        }
    }
    steps.sort_unstable();
    if !steps
        .windows(2)
        .all(|pair| matches!(pair, [(_, low), (_, high)] if low < high))
    {
        report.error(place, "a higher severity needs a higher number", None);
    }
    steps
}

fn parse_fields(report: &mut Report<'_>, place: &[Step<'_>], value: &Value) -> Vec<Field> {
    let names = report.texts(place, value);
    let mut fields = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        match Field::parse(name) {
            Some(field) => fields.push(field),
            None => {
                let here = [place, &[Step::Item(index)]].concat();
                report.error(
                    &here,
                    format!("unknown field `{name}`"),
                    Some(field_help(name)),
                );
            }
        }
    }
    fields
}

/// What to say about an unknown field.
pub(crate) fn field_help(name: &str) -> String {
    match nearest(name, Field::ALL.iter().map(|field| field.name())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "docs/reference/fields.md lists the fields".to_owned(),
    }
}

fn parse_confidence(report: &mut Report<'_>, place: &[Step<'_>], value: &Value) -> Option<f64> {
    let confidence = value.as_f64().filter(|number| (0.0..=1.0).contains(number));
    if confidence.is_none() {
        report.error(place, "must be a number from 0 to 1", None);
    }
    confidence
}
