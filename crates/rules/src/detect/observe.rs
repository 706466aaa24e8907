//! Which fields made a detection rule match, and what they held.

use kumki_model::Event;
use rsigma_eval::{CompiledRule, evaluate_rule};
use serde_json::Value as Json;

use crate::field::Field;
use crate::view::EventView;

/// Characters of a value shown.
const MAX_VALUE: usize = 500;
/// Elements of a list shown.
const MAX_ELEMENTS: usize = 10;

/// The fields of the rule's matching selections with their values, literals
/// masked, each field once.
pub(crate) fn matched_fields(rule: &CompiledRule, event: &Event<'_>) -> Vec<(String, Json)> {
    let mut seen: Vec<(String, Json)> = Vec::new();
    if let Some(result) = evaluate_rule(rule, &EventView(event))
        && let Some(detection) = result.as_detection()
    {
        for matched in &detection.matched_fields {
            let (feature, value) = shown(&matched.field, &matched.value, event);
            if !seen.iter().any(|(known, _)| *known == feature) {
                seen.push((feature, value));
            }
        }
    }
    // The kind says nothing that the other fields do not.
    if seen.len() > 1 {
        seen.retain(|(feature, _)| feature != Field::Kind.name());
    }
    seen.sort_by(|(a, _), (b, _)| a.cmp(b));
    if seen.is_empty() {
        seen.push((
            Field::Kind.name().to_owned(),
            Json::from(event.kind.as_str()),
        ));
    }
    seen
}

fn shown(field: &str, value: &Json, event: &Event<'_>) -> (String, Json) {
    let name = field.split('[').next().unwrap_or(field);
    match Field::parse(name) {
        Some(Field::Text) => {
            let shape = event
                .statement
                .as_ref()
                .and_then(|statement| statement.shape);
            let normalised = shape.map_or("", |shape| shape.normalised.as_str());
            (
                Field::Normalised.name().to_owned(),
                Json::from(shortened(normalised)),
            )
        }
        Some(field) if field.is_free_text() => {
            let text = value.as_str().unwrap_or_default();
            (
                name.to_owned(),
                Json::from(shortened(&kumki_sql::mask_literals(text))),
            )
        }
        _ => (name.to_owned(), bounded(value)),
    }
}

fn bounded(value: &Json) -> Json {
    match value {
        // Settings and parameters are shown as they are, but for secrets in them.
        Json::String(text) => Json::from(shortened(&kumki_sql::mask_secrets(text))),
        Json::Array(items) => items.iter().take(MAX_ELEMENTS).map(bounded).collect(),
        other => other.clone(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
