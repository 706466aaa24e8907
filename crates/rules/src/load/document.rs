//! Splits a rule file into documents and reads each one.
//!
//! Comes in: the text of a file. Goes out: one [`Document`] per YAML document,
//! with its Sigma form, our extension and the problems found so far.

use rsigma_parser::{CorrelationRule, FilterRule, SigmaRule, parse_sigma_yaml};
use serde::Deserialize;
use yaml_serde::{Mapping, Value};

use super::check::{self, FieldNames};
use super::extension::{self, Extension, Shape};
use super::position::{Position, Step};
use super::report::Report;

/// What a document holds.
pub(crate) enum Content {
    /// A detection rule.
    Rule(Box<SigmaRule>),
    /// A correlation, and whether it states a condition of its own.
    Correlation(Box<CorrelationRule>, Condition),
    /// A filter on other rules.
    Filter(Box<FilterRule>),
    /// Nothing usable; the report says why.
    Broken,
}

/// Whether a correlation states a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// It does.
    Given,
    /// It does not: for temporal types, all rules must match.
    Default,
}

/// One document of a rule file.
pub(crate) struct Document<'t> {
    pub(crate) report: Report<'t>,
    pub(crate) content: Content,
    pub(crate) extension: Extension,
    pub(crate) text: &'t str,
    /// `generate: true` at the top level.
    pub(crate) generate: bool,
    pub(crate) applies: bool,
}

/// Reads every document of a file.
pub(crate) fn read<'t>(file: &'t str, text: &'t str) -> Vec<Document<'t>> {
    let mut templates = Templates::default();
    split(text)
        .into_iter()
        .filter_map(|(first, text)| read_one(file, text, first, &mut templates))
        .collect()
}

/// The documents of a YAML stream with the number of their first line.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut first = 1;
    let mut offset = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let trimmed = line.trim_end();
        if trimmed == "---" || line.starts_with("--- ") {
            documents.push((first, text.get(start..offset).unwrap_or_default()));
            // Content may follow on the line of the marker.
            start = offset + "---".len();
            first = index + 1;
        }
        offset += line.len();
    }
    documents.push((first, text.get(start..).unwrap_or_default()));
    documents.retain(|(_, text)| {
        text.lines()
            .any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
    });
    documents
}

/// What `action: global` and `action: repeat` refer to.
#[derive(Default)]
struct Templates {
    global: Option<Mapping>,
    previous: Option<Mapping>,
}

fn read_one<'t>(
    file: &'t str,
    text: &'t str,
    first: usize,
    templates: &mut Templates,
) -> Option<Document<'t>> {
    let mut report = Report::new(file, text, first);
    let broken = |report| {
        Some(Document {
            report,
            content: Content::Broken,
            extension: Extension::default(),
            text,
            generate: false,
            applies: false,
        })
    };
    let value = match Value::deserialize(yaml_serde::Deserializer::from_str(text)) {
        Ok(value) => value,
        Err(error) => {
            let position = error.location().map(|location| Position {
                line: first + location.line().saturating_sub(1),
                column: location.column().max(1),
                width: 1,
            });
            let position = position.unwrap_or(Position {
                line: first,
                column: 1,
                width: 1,
            });
            report.error_at(position, format!("YAML: {error}"), None);
            return broken(report);
        }
    };
    let Value::Mapping(mapping) = value else {
        report.error(&[], "a document must be a mapping", None);
        return broken(report);
    };
    let merged = match merge_templates(&mut report, mapping, templates) {
        Merged::Template => return None,
        Merged::Refused => return broken(report),
        Merged::Document(mapping, origin) => (mapping, origin),
    };
    Some(read_mapping(report, text, &merged.0, merged.1))
}

enum Merged {
    Template,
    Refused,
    Document(Mapping, Origin),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    AsWritten,
    Merged,
}

fn merge_templates(
    report: &mut Report<'_>,
    mut mapping: Mapping,
    templates: &mut Templates,
) -> Merged {
    let action = mapping.remove(Value::from("action"));
    let action = action
        .as_ref()
        .map(|value| value.as_str().unwrap_or_default());
    let mut merged = match action {
        None => Mapping::new(),
        Some("global") => {
            templates.global = Some(mapping);
            return Merged::Template;
        }
        Some("reset") => {
            templates.global = None;
            return Merged::Template;
        }
        Some("repeat") => match templates.previous.clone() {
            Some(previous) => previous,
            None => {
                report.error(
                    &[Step::Key("action")],
                    "there is no document to repeat",
                    None,
                );
                return Merged::Refused;
            }
        },
        Some(_) => {
            let help = "global, reset or repeat".to_owned();
            report.error(&[Step::Key("action")], "unknown action", Some(help));
            return Merged::Refused;
        }
    };
    let mut origin = if action.is_some() {
        Origin::Merged
    } else {
        Origin::AsWritten
    };
    if let Some(global) = &templates.global {
        overlay(&mut merged, global.clone(), 0);
        origin = Origin::Merged;
    }
    overlay(&mut merged, mapping, 0);
    templates.previous = Some(merged.clone());
    Merged::Document(merged, origin)
}

/// Lays `upper` over `lower`, mappings key by key. Depth is bounded by the
/// YAML reader's own limit on nesting.
fn overlay(lower: &mut Mapping, upper: Mapping, depth: usize) {
    for (key, value) in upper {
        if let (Some(Value::Mapping(below)), Value::Mapping(above)) = (lower.get_mut(&key), &value)
            && depth < 64
        {
            overlay(below, above.clone(), depth + 1);
        } else {
            lower.insert(key, value);
        }
    }
}

fn read_mapping<'t>(
    mut report: Report<'t>,
    text: &'t str,
    mapping: &Mapping,
    origin: Origin,
) -> Document<'t> {
    let get = |key: &str| mapping.get(Value::from(key));
    check::top_level(&mut report, mapping);
    let applies = applies(mapping);
    let shape = if get("correlation").is_some() {
        Shape::Correlation
    } else {
        Shape::Detection
    };
    let extension = match get("kumki") {
        Some(value) if get("filter").is_some() => {
            let _ = value;
            report.error(&[Step::Key("kumki")], "a filter has no `kumki` key", None);
            Extension::default()
        }
        Some(value) => extension::parse(&mut report, value, shape),
        None => Extension::default(),
    };
    let names = if applies {
        FieldNames::Ours
    } else {
        FieldNames::Any
    };
    if let Some(Value::Mapping(section)) = get("correlation") {
        check::correlation(&mut report, section);
    } else if let Some(Value::Mapping(section)) = get("filter") {
        check::selections(
            &mut report,
            "filter",
            section,
            names,
            &["condition", "rules"],
        );
        filter_targets(&mut report, section);
    } else if let Some(Value::Mapping(section)) = get("detection") {
        check::selections(
            &mut report,
            "detection",
            section,
            names,
            &["condition", "timeframe"],
        );
    }
    check::conditions(&mut report, mapping);
    let content = if report.is_clean() {
        parse_sigma(&mut report, text, mapping, origin)
    } else {
        Content::Broken
    };
    let generate = get("generate").and_then(Value::as_bool).unwrap_or_default();
    Document {
        report,
        content,
        extension,
        text,
        generate,
        applies,
    }
}

/// Whether our events belong to the rule's log source: nothing it names
/// contradicts `product: postgresql`, `category: database`.
fn applies(mapping: &Mapping) -> bool {
    let source = mapping
        .get(Value::from("logsource"))
        .and_then(Value::as_mapping);
    let agrees = |key: &str, ours: &str| {
        source
            .and_then(|source| source.get(Value::from(key)))
            .and_then(Value::as_str)
            .is_none_or(|value| value.eq_ignore_ascii_case(ours))
    };
    agrees("product", "postgresql") && agrees("category", "database")
}

fn filter_targets(report: &mut Report<'_>, section: &Mapping) {
    let place = [Step::Key("filter"), Step::Key("rules")];
    match section.get(Value::from("rules")) {
        Some(value) => {
            report.texts(&place, value);
        }
        None => {
            let help = "`rules: any` for every rule".to_owned();
            report.error(&[Step::Key("filter")], "a filter needs `rules`", Some(help));
        }
    }
}

fn parse_sigma(report: &mut Report<'_>, text: &str, mapping: &Mapping, origin: Origin) -> Content {
    let rendered;
    let text = match origin {
        Origin::AsWritten => text,
        Origin::Merged => {
            rendered = yaml_serde::to_string(mapping).unwrap_or_default();
            &rendered
        }
    };
    let mut collection = match parse_sigma_yaml(text) {
        Ok(collection) => collection,
        Err(error) => {
            report.error(&[], error.to_string(), None);
            return Content::Broken;
        }
    };
    if !collection.errors.is_empty() {
        for message in &collection.errors {
            report.error(&place_of(message), first_line(message), None);
        }
        return Content::Broken;
    }
    if let Some(rule) = collection.rules.pop() {
        return Content::Rule(Box::new(rule));
    }
    if let Some(correlation) = collection.correlations.pop() {
        let condition = mapping
            .get(Value::from("correlation"))
            .and_then(|section| section.get("condition"))
            .map_or(Condition::Default, |_| Condition::Given);
        return Content::Correlation(Box::new(correlation), condition);
    }
    match collection.filters.pop() {
        Some(filter) => Content::Filter(Box::new(filter)),
        None => {
            report.error(&[], "the document holds no rule", None);
            Content::Broken
        }
    }
}

/// Where a message of the Sigma parser most likely belongs.
fn place_of(message: &str) -> Vec<Step<'static>> {
    let lower = message.to_ascii_lowercase();
    let known: [(&str, &[Step<'static>]); 9] = [
        ("missing required field", &[]),
        (
            "correlation condition",
            &[Step::Key("correlation"), Step::Key("condition")],
        ),
        (
            "timespan",
            &[Step::Key("correlation"), Step::Key("timespan")],
        ),
        ("timeframe", &[Step::Key("correlation")]),
        ("window", &[Step::Key("correlation"), Step::Key("window")]),
        ("invalid level", &[Step::Key("level")]),
        ("invalid status", &[Step::Key("status")]),
        ("related", &[Step::Key("related")]),
        (
            "condition",
            &[Step::Key("detection"), Step::Key("condition")],
        ),
    ];
    known
        .iter()
        .find(|(word, _)| lower.contains(word))
        .map_or_else(Vec::new, |(_, path)| path.to_vec())
}

/// The parser draws its own pictures below the first line; ours replaces them.
fn first_line(message: &str) -> String {
    let mut lines = message
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let first = lines
        .next()
        .unwrap_or("invalid rule")
        .trim_end_matches([':', ' ']);
    match lines.rev().find_map(|line| line.strip_prefix("= ")) {
        Some(reason) => format!("{first}: {reason}"),
        None => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_know_their_first_line() {
        let parts = split("# note\ntitle: a\n---\n\ntitle: b\n--- # c\ntitle: c\n---\n# end\n");
        let lines: Vec<usize> = parts.iter().map(|(first, _)| *first).collect();
        assert_eq!(lines, [1, 3, 6]);
        assert!(parts[1].1.contains("title: b"));
    }
}
