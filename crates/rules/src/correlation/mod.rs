//! Correlations: rules over many events.
//!
//! Comes in: matches of other rules, in order of event time. Goes out:
//! crossings of a threshold, which [`crate::detect`] turns into findings.
//! State is bounded per rule; see [`Quota`].

mod compile;
mod distinct;
mod group;
mod measure;
mod numbers;
mod requirement;
mod sequence;
mod store;
mod times;

pub(crate) use compile::{Member, compile};
pub(crate) use group::{Change, Facts, GroupKey, Judge, Stage, Witness};
pub(crate) use measure::error_note;
pub(crate) use numbers::thousandths;
pub(crate) use requirement::Requirement;
pub use store::Quota;
pub(crate) use store::{KeyRef, Store};

use rsigma_parser::{CorrelationType, WindowMode};

use crate::field::Field;

/// Where a member's event carries a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A field of the event.
    Field(Field),
    /// A part of the group key of a correlation, by index.
    Key(usize),
    /// Nowhere.
    Missing,
}

/// One part of a group key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyPart {
    /// Field or alias, as the rule writes it.
    pub(crate) name: String,
    /// Whether an event without it still belongs to a group.
    pub(crate) optional: bool,
    /// Where each member carries it.
    pub(crate) sources: Vec<Source>,
}

/// A compiled correlation.
#[derive(Debug)]
pub(crate) struct Correlation {
    pub(crate) kind: CorrelationType,
    /// Rules it counts, in the order written.
    pub(crate) members: Vec<usize>,
    pub(crate) key: Vec<KeyPart>,
    /// Length of the window, microseconds.
    pub(crate) span: i64,
    pub(crate) window: WindowMode,
    /// Longest pause within a session window, microseconds.
    pub(crate) gap: i64,
    pub(crate) requirement: Requirement,
    /// Where each member carries the value; several fields make a tuple.
    pub(crate) values: Vec<Vec<Source>>,
    /// Name of the value, as the rule writes it.
    pub(crate) value_name: String,
    /// Rank for `value_percentile`.
    pub(crate) percentile: u64,
}

impl Correlation {
    /// Whether it looks at values of a field.
    pub(crate) fn has_value(&self) -> bool {
        !matches!(
            self.kind,
            CorrelationType::EventCount
                | CorrelationType::Temporal
                | CorrelationType::TemporalOrdered
        )
    }
}
