//! Group keys and values of an event, as correlations want them.
//!
//! What depends on stable fields only is worked out once per remembered
//! outcome; the session, which most correlations group by, is filled in per
//! event without a copy; the rest is worked out per event.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use kumki_model::Event;
use rsigma_eval::EventValue;
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use crate::correlation::{Correlation, GroupKey, Source, thousandths};
use crate::field::Field;

/// Groups one event may join through a list field.
const MAX_FAN_OUT: usize = 32;

/// Hashes keys. Seeded per detector, so that keys cannot be made to collide.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyHasher(RandomState);

impl KeyHasher {
    /// The hash of a text that may stand in any part.
    pub(crate) fn text(&self, text: &str) -> u64 {
        self.0.hash_one(text)
    }

    /// What a text adds to the hash of a key as its part `index`.
    pub(crate) fn part(&self, index: usize, text_hash: u64) -> u64 {
        let salt = (index as u64).wrapping_mul(2).wrapping_add(1);
        (text_hash ^ salt)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(31)
            .wrapping_mul(salt)
    }

    /// The hash of a whole key.
    pub(crate) fn key(&self, parts: &[Option<String>]) -> u64 {
        parts
            .iter()
            .enumerate()
            .filter_map(|(index, part)| Some(self.part(index, self.text(part.as_deref()?))))
            .fold(0, u64::wrapping_add)
    }
}

/// How an event finds its group in one correlation.
#[derive(Debug, Clone)]
pub(crate) enum KeyPlan {
    /// These groups, whatever else the event holds.
    Fixed(Vec<GroupKey>),
    /// The template with the event's session as part `at`.
    Session { template: GroupKey, at: usize },
    /// Worked out per event.
    PerEvent,
}

/// How an event's value is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValuePlan {
    /// This value.
    Fixed(Value),
    /// Worked out per event.
    PerEvent,
}

/// The value an event brings to a correlation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Value {
    /// Hashes of distinct values.
    pub(crate) hashes: Vec<u64>,
    /// A number in thousandths.
    pub(crate) number: i64,
}

/// The plan for member `member`; `None` when such events join no group.
pub(crate) fn plan_key(
    hasher: &KeyHasher,
    correlation: &Correlation,
    member: usize,
    event: &Event<'_>,
) -> Option<KeyPlan> {
    let mut session_at = None;
    let mut has_list = false;
    for (index, part) in correlation.key.iter().enumerate() {
        match part.sources.get(member) {
            Some(Source::Field(Field::Session)) => session_at = Some((index, part.optional)),
            Some(Source::Field(field)) if !field.is_stable() => return Some(KeyPlan::PerEvent),
            Some(Source::Field(field)) => {
                has_list |= field.is_list();
                if !part.optional && field.value(event).is_none() {
                    return None;
                }
            }
            Some(Source::Key(_)) => return None,
            Some(Source::Missing) | None if part.optional => {}
            Some(Source::Missing) | None => return None,
        }
    }
    match session_at {
        None => keys(hasher, correlation, member, event).map(KeyPlan::Fixed),
        Some((_, true)) => Some(KeyPlan::PerEvent),
        Some(_) if has_list => Some(KeyPlan::PerEvent),
        Some((at, false)) => {
            let mut parts = Vec::with_capacity(correlation.key.len());
            for (index, part) in correlation.key.iter().enumerate() {
                let source = part.sources.get(member).copied().unwrap_or(Source::Missing);
                parts.push(if index == at {
                    None
                } else {
                    single(source, event)
                });
            }
            let hash = hasher.key(&parts);
            Some(KeyPlan::Session {
                template: GroupKey { hash, parts },
                at,
            })
        }
    }
}

/// The keys of the groups the event joins; `None` when a required part is absent.
pub(crate) fn keys(
    hasher: &KeyHasher,
    correlation: &Correlation,
    member: usize,
    event: &Event<'_>,
) -> Option<Vec<GroupKey>> {
    let mut keys: Vec<Vec<Option<String>>> = vec![Vec::with_capacity(correlation.key.len())];
    for part in &correlation.key {
        let values = match part.sources.get(member).copied().unwrap_or(Source::Missing) {
            Source::Field(field) => field
                .value(event)
                .map(|value| texts(&value))
                .unwrap_or_default(),
            Source::Key(_) | Source::Missing => Vec::new(),
        };
        match values.as_slice() {
            [] if part.optional => keys.iter_mut().for_each(|key| key.push(None)),
            [] => return None,
            [value] => keys
                .iter_mut()
                .for_each(|key| key.push(Some(value.clone()))),
            // Only one part is a list, so there is one key to multiply.
            values => {
                keys = values
                    .iter()
                    .take(MAX_FAN_OUT)
                    .flat_map(|value| {
                        keys.iter().map(move |key| {
                            let mut key = key.clone();
                            key.push(Some(value.clone()));
                            key
                        })
                    })
                    .collect();
            }
        }
    }
    Some(
        keys.into_iter()
            .map(|parts| GroupKey {
                hash: hasher.key(&parts),
                parts,
            })
            .collect(),
    )
}

/// The plan for the value of member `member`; `None` when such events have none.
pub(crate) fn plan_value(
    correlation: &Correlation,
    member: usize,
    event: &Event<'_>,
) -> Option<ValuePlan> {
    if !correlation.has_value() {
        return Some(ValuePlan::Fixed(Value::default()));
    }
    for sources in &correlation.values {
        match sources.get(member) {
            Some(Source::Field(field)) if !field.is_stable() => return Some(ValuePlan::PerEvent),
            Some(Source::Field(_)) => {}
            _ => return None,
        }
    }
    value(correlation, member, event).map(ValuePlan::Fixed)
}

/// The value of the event; `None` when it has none.
pub(crate) fn value(correlation: &Correlation, member: usize, event: &Event<'_>) -> Option<Value> {
    if !correlation.has_value() {
        return Some(Value::default());
    }
    let mut fields = Vec::with_capacity(correlation.values.len());
    for sources in &correlation.values {
        let Some(Source::Field(field)) = sources.get(member) else {
            return None;
        };
        fields.push(field.value(event)?);
    }
    match fields.as_slice() {
        [field] => {
            let hashes: Vec<u64> = texts(field)
                .iter()
                .map(|text| hash_values(&[text.as_str()]))
                .collect();
            let number = field.as_f64().map_or(0, thousandths);
            let counts = correlation.kind == rsigma_parser::CorrelationType::ValueCount;
            if !counts && field.as_f64().is_none() {
                return None;
            }
            Some(Value { hashes, number })
        }
        fields => {
            let joined: Vec<String> = fields
                .iter()
                .map(|field| texts(field).join("\u{1f}"))
                .collect();
            let parts: Vec<&str> = joined.iter().map(String::as_str).collect();
            Some(Value {
                hashes: vec![hash_values(&parts)],
                number: 0,
            })
        }
    }
}

/// The value a correlation's key brings to one that counts it.
pub(crate) fn value_of_parts(
    correlation: &Correlation,
    member: usize,
    parts: &[Option<String>],
) -> Option<Value> {
    if !correlation.has_value() {
        return Some(Value::default());
    }
    let mut texts = Vec::with_capacity(correlation.values.len());
    for sources in &correlation.values {
        let Some(Source::Key(index)) = sources.get(member) else {
            return None;
        };
        texts.push(parts.get(*index)?.as_deref()?);
    }
    let number = match texts.as_slice() {
        [text] => text.parse::<f64>().ok().map(thousandths),
        _ => None,
    };
    if correlation.kind != rsigma_parser::CorrelationType::ValueCount && number.is_none() {
        return None;
    }
    Some(Value {
        hashes: vec![hash_values(&texts)],
        number: number.unwrap_or(0),
    })
}

/// The key in a correlation that counts the correlation with these parts.
pub(crate) fn key_of_parts(
    hasher: &KeyHasher,
    correlation: &Correlation,
    member: usize,
    parts: &[Option<String>],
) -> Option<GroupKey> {
    let mut key = Vec::with_capacity(correlation.key.len());
    for part in &correlation.key {
        let value = match part.sources.get(member) {
            Some(Source::Key(index)) => parts.get(*index).cloned().flatten(),
            _ => None,
        };
        if value.is_none() && !part.optional {
            return None;
        }
        key.push(value);
    }
    Some(GroupKey {
        hash: hasher.key(&key),
        parts: key,
    })
}

/// Hash of a value or tuple: SipHash-1-3 with a fixed key, the same in every process.
fn hash_values(texts: &[&str]) -> u64 {
    use std::hash::Hasher;
    let mut hasher = SipHasher13::new();
    for text in texts {
        hasher.write(text.as_bytes());
        hasher.write_u8(0xff);
    }
    hasher.finish()
}

fn single(source: Source, event: &Event<'_>) -> Option<String> {
    match source {
        Source::Field(field) => texts(&field.value(event)?).into_iter().next(),
        Source::Key(_) | Source::Missing => None,
    }
}

/// The value as text, each element of a list by itself.
pub(crate) fn texts(value: &EventValue<'_>) -> Vec<String> {
    match value {
        EventValue::Array(values) => values
            .iter()
            .filter_map(|value| value.as_str().map(|text| text.into_owned()))
            .collect(),
        other => other
            .as_str()
            .map(|text| text.into_owned())
            .into_iter()
            .collect(),
    }
}
