//! An event as the Sigma evaluator sees it.
//!
//! Comes in: a borrowed [`Event`]. Goes out: field values borrowed from it.
//! Keyword searches look at the message, the detail and the statement's text.

use std::borrow::Cow;

use kumki_model::Event;
use rsigma_eval::EventValue;

use crate::field::Field;

/// A view of an event through the field names of rules.
#[derive(Debug, Clone, Copy)]
pub struct EventView<'a, 'e>(pub &'a Event<'e>);

impl EventView<'_, '_> {
    fn texts(&self) -> impl Iterator<Item = &str> {
        let event = self.0;
        [
            Some(event.message).filter(|text| !text.is_empty()),
            event.detail,
            event
                .statement
                .as_ref()
                .and_then(|statement| statement.text),
        ]
        .into_iter()
        .flatten()
    }
}

impl rsigma_eval::Event for EventView<'_, '_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        Field::parse(path)?.value(self.0)
    }

    fn any_string_value(&self, pred: &dyn Fn(&str) -> bool) -> bool {
        self.texts().any(pred)
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        self.texts().map(Cow::Borrowed).collect()
    }

    fn to_json(&self) -> serde_json::Value {
        Field::ALL
            .iter()
            .filter_map(|field| Some((field.name().to_owned(), field.value(self.0)?.to_json())))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    fn field_keys(&self) -> Vec<Cow<'_, str>> {
        Field::ALL
            .iter()
            .filter(|field| field.value(self.0).is_some())
            .map(|field| Cow::Borrowed(field.name()))
            .collect()
    }
}
