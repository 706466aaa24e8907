//! Checks on the YAML of a document that the Sigma parser leaves open.
//!
//! The parser drops what it does not know (keys of a correlation, items of a
//! wrong type). A rule that says something nobody heard is a rule that does
//! not fire, so each of those is a problem here.

use rsigma_parser::Modifier;
use yaml_serde::{Mapping, Value};

use super::extension::field_help;
use super::position::Step;
use super::report::Report;
use crate::error::nearest;
use crate::field::Field;

/// Top-level keys of every Sigma document, and ours.
const TOP_KEYS: &[&str] = &[
    "title",
    "sigma-version",
    "id",
    "related",
    "name",
    "taxonomy",
    "status",
    "description",
    "license",
    "author",
    "references",
    "date",
    "modified",
    "logsource",
    "detection",
    "correlation",
    "filter",
    "fields",
    "falsepositives",
    "level",
    "tags",
    "scope",
    "generate",
    "custom_attributes",
    "kumki",
];

const TEXT_KEYS: &[&str] = &[
    "title",
    "id",
    "name",
    "status",
    "description",
    "author",
    "license",
    "date",
    "modified",
    "level",
    "taxonomy",
];

const MODIFIERS: &[&str] = &[
    "contains",
    "startswith",
    "endswith",
    "all",
    "base64",
    "base64offset",
    "wide",
    "utf16le",
    "utf16be",
    "utf16",
    "windash",
    "re",
    "cidr",
    "cased",
    "exists",
    "expand",
    "fieldref",
    "gt",
    "gte",
    "lt",
    "lte",
    "neq",
    "i",
    "ignorecase",
    "m",
    "multiline",
    "s",
    "dotall",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "year",
];

/// Correlation types, as written.
pub(crate) const CORRELATION_TYPES: &[&str] = &[
    "event_count",
    "value_count",
    "temporal",
    "temporal_ordered",
    "value_sum",
    "value_avg",
    "value_percentile",
    "value_median",
];

/// Which field names a document may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldNames {
    /// Those of docs/reference/fields.md only: the rule is about PostgreSQL.
    Ours,
    /// Any: the rule is about something else and never sees our events.
    Any,
}

/// Checks what every document shares.
pub(crate) fn top_level(report: &mut Report<'_>, document: &Mapping) {
    for key in document.keys() {
        let Some(name) = key.as_str() else {
            report.error(&[], "keys must be text", None);
            continue;
        };
        // Sigma lets rules carry keys of their own, so only likely slips are refused.
        if !TOP_KEYS.contains(&name)
            && let Some(near) = nearest(name, TOP_KEYS.iter().copied())
        {
            let help = format!("did you mean `{near}`?");
            report.error(
                &[Step::Key(name)],
                format!("unknown key `{name}`"),
                Some(help),
            );
        }
    }
    for name in TEXT_KEYS {
        if let Some(value) = document.get(Value::from(*name)) {
            report.text(&[Step::Key(name)], value);
        }
    }
    for name in ["references", "tags", "falsepositives", "fields", "scope"] {
        if let Some(value) = document.get(Value::from(name)) {
            report.texts(&[Step::Key(name)], value);
        }
    }
}

/// Checks the named selections under `section` (`detection` or `filter`).
pub(crate) fn selections(
    report: &mut Report<'_>,
    section: &str,
    mapping: &Mapping,
    names: FieldNames,
    skipped: &[&str],
) {
    for (key, value) in mapping {
        let Some(name) = key.as_str() else {
            report.error(&[Step::Key(section)], "keys must be text", None);
            continue;
        };
        let path = [Step::Key(section), Step::Key(name)];
        if name == "timeframe" && section == "detection" {
            let help = "write a correlation of type event_count".to_owned();
            report.error(&path, "`timeframe` is not supported", Some(help));
        }
        if !skipped.contains(&name) {
            selection(report, &path, value, names);
        }
    }
}

fn selection(report: &mut Report<'_>, path: &[Step<'_>], value: &Value, names: FieldNames) {
    match value {
        Value::Mapping(mapping) if mapping.is_empty() => {
            report.error(path, "an empty selection would match everything", None);
        }
        Value::Mapping(mapping) => {
            for (key, value) in mapping {
                let key = key.as_str().unwrap_or_default();
                let path = [path, &[Step::Key(key)]].concat();
                item(report, &path, key, value, names);
            }
        }
        Value::Sequence(items) if items.is_empty() => {
            report.error(path, "an empty list matches nothing", None);
        }
        Value::Sequence(items) => {
            for (index, value) in items.iter().enumerate() {
                if value.is_mapping() || value.is_sequence() {
                    let path = [path, &[Step::Item(index)]].concat();
                    selection(report, &path, value, names);
                }
            }
        }
        Value::Null => report.error(path, "an empty selection matches nothing", None),
        _ => {}
    }
}

fn item(report: &mut Report<'_>, path: &[Step<'_>], key: &str, value: &Value, names: FieldNames) {
    let mut parts = key.split('|');
    let name = parts.next().unwrap_or_default();
    for modifier in parts {
        if modifier != "not" && modifier.parse::<Modifier>().is_err() {
            let help = match nearest(modifier, MODIFIERS.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("modifiers: {}", MODIFIERS.join(", ")),
            };
            report.error(path, format!("unknown modifier `{modifier}`"), Some(help));
        }
    }
    let bare = name.split('[').next().unwrap_or_default();
    if names == FieldNames::Ours && !matches!(bare, "" | ".") && Field::parse(bare).is_none() {
        report.error(
            path,
            format!("unknown field `{bare}`"),
            Some(field_help(bare)),
        );
    }
    let is_reference = key.split('|').any(|part| part == "fieldref");
    let in_block = name.contains('[');
    match value {
        Value::Sequence(items) if items.is_empty() => {
            report.error(path, "an empty list of values matches nothing", None);
        }
        Value::Sequence(items) => {
            for (index, value) in items.iter().enumerate() {
                if value.is_mapping() || value.is_sequence() {
                    let path = [path, &[Step::Item(index)]].concat();
                    report.error(
                        &path,
                        "a value must be text, a number, true, false or null",
                        None,
                    );
                } else if is_reference {
                    reference(report, path, value, names);
                }
            }
        }
        Value::Mapping(_) if !in_block => {
            report.error(
                path,
                "a value must be text, a number, true, false or null",
                None,
            );
        }
        Value::Tagged(_) => report.error(path, "YAML tags are not supported", None),
        value if is_reference => reference(report, path, value, names),
        _ => {}
    }
}

fn reference(report: &mut Report<'_>, path: &[Step<'_>], value: &Value, names: FieldNames) {
    let name = value.as_str().unwrap_or_default();
    if names == FieldNames::Ours && Field::parse(name).is_none() {
        report.error(
            path,
            format!("unknown field `{name}`"),
            Some(field_help(name)),
        );
    }
}

/// Longest condition, in bytes.
const MAX_CONDITION: usize = 8_192;
/// Deepest nesting of parentheses and `not` in a condition.
const MAX_NESTING: usize = 32;

/// Refuses conditions on which the Sigma parser, which descends as deep as
/// they nest, could run out of stack.
pub(crate) fn conditions(report: &mut Report<'_>, document: &Mapping) {
    for section in ["detection", "filter", "correlation"] {
        if let Some(value) = document.get(Value::from(section)) {
            nested_conditions(report, section, value);
        }
    }
}

/// Depth is bounded by the YAML reader.
fn nested_conditions(report: &mut Report<'_>, section: &str, value: &Value) {
    match value {
        Value::Mapping(mapping) => {
            for (key, value) in mapping {
                let texts: Vec<&str> = match (key.as_str(), value) {
                    (Some("condition"), Value::String(text)) => vec![text],
                    (Some("condition"), Value::Sequence(items)) => {
                        items.iter().filter_map(Value::as_str).collect()
                    }
                    _ => {
                        nested_conditions(report, section, value);
                        continue;
                    }
                };
                if texts
                    .iter()
                    .any(|text| text.len() > MAX_CONDITION || nests(text))
                {
                    let place = [Step::Key(section), Step::Key("condition")];
                    let help = format!("at most {MAX_CONDITION} bytes and {MAX_NESTING} levels");
                    let message = "the condition is too long or nests too deep";
                    report.error(&place, message, Some(help));
                }
            }
        }
        Value::Sequence(items) => {
            items
                .iter()
                .for_each(|item| nested_conditions(report, section, item));
        }
        _ => {}
    }
}

fn nests(condition: &str) -> bool {
    let (mut depth, mut run) = (0usize, 0usize);
    let spaced = condition.replace('(', " ( ").replace(')', " ) ");
    for word in spaced.split_whitespace() {
        match word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if word.eq_ignore_ascii_case("not") => run += 1,
            _ => run = 0,
        }
        if depth + run > MAX_NESTING {
            return true;
        }
    }
    false
}

/// Checks the `correlation` section.
pub(crate) fn correlation(report: &mut Report<'_>, mapping: &Mapping) {
    const KEYS: &[&str] = &[
        "type",
        "rules",
        "group-by",
        "timespan",
        "timeframe",
        "condition",
        "aliases",
        "window",
        "gap",
        "generate",
    ];
    let root = Step::Key("correlation");
    report.refuse_unknown_keys(&[root], mapping, KEYS);
    let get = |key: &str| mapping.get(Value::from(key));
    match get("type").and_then(Value::as_str) {
        Some(kind) if CORRELATION_TYPES.contains(&kind) => {}
        Some(kind) => {
            let help = match nearest(kind, CORRELATION_TYPES.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of {}", CORRELATION_TYPES.join(", ")),
            };
            let place = [root, Step::Key("type")];
            report.error(
                &place,
                format!("unknown correlation type `{kind}`"),
                Some(help),
            );
        }
        None => report.error(&[root], "a correlation needs a `type`", None),
    }
    match get("rules") {
        Some(value) => {
            let place = [root, Step::Key("rules")];
            if report.texts(&place, value).is_empty() {
                report.error(&place, "a correlation needs `rules`", None);
            }
        }
        None => report.error(&[root], "a correlation needs `rules`", None),
    }
    if let Some(value) = get("group-by") {
        report.texts(&[root, Step::Key("group-by")], value);
    }
    if let Some(Value::Mapping(condition)) = get("condition") {
        threshold(report, condition);
    }
    if let Some(value) = get("aliases") {
        aliases(report, value);
    }
}

fn threshold(report: &mut Report<'_>, condition: &Mapping) {
    const OPERATORS: &[&str] = &["gt", "gte", "lt", "lte", "eq", "neq"];
    const KEYS: &[&str] = &["gt", "gte", "lt", "lte", "eq", "neq", "field", "percentile"];
    let root = [Step::Key("correlation"), Step::Key("condition")];
    report.refuse_unknown_keys(&root, condition, KEYS);
    for (key, value) in condition {
        let key = key.as_str().unwrap_or_default();
        let place = [root[0], root[1], Step::Key(key)];
        if OPERATORS.contains(&key) && value.as_u64().is_none() {
            report.error(&place, "must be a whole number, 0 or more", None);
        }
        if key == "percentile" && value.as_u64().is_none_or(|rank| rank > 100) {
            report.error(&place, "must be a whole number from 0 to 100", None);
        }
        if key == "field" {
            report.texts(&place, value);
        }
    }
}

fn aliases(report: &mut Report<'_>, value: &Value) {
    let root = [Step::Key("correlation"), Step::Key("aliases")];
    let Some(mapping) = value.as_mapping() else {
        report.error(&root, "`aliases` must be a mapping", None);
        return;
    };
    for (alias, targets) in mapping {
        let alias = alias.as_str().unwrap_or_default();
        let place = [root[0], root[1], Step::Key(alias)];
        let Some(targets) = targets.as_mapping() else {
            report.error(&place, "an alias must map rules to fields", None);
            continue;
        };
        for (rule, field) in targets {
            let rule = rule.as_str().unwrap_or_default();
            let place = [root[0], root[1], Step::Key(alias), Step::Key(rule)];
            if let Some(name) = report.text(&place, field)
                && Field::parse(name).is_none()
            {
                report.error(
                    &place,
                    format!("unknown field `{name}`"),
                    Some(field_help(name)),
                );
            }
        }
    }
}
