//! What a correlation measures in a window.

use rsigma_parser::CorrelationType;
use serde::{Deserialize, Serialize};

use super::distinct::Distinct;
use super::group::{Stage, Witness};
use super::numbers::Numbers;
use super::sequence::Sequence;
use super::times::Times;
use super::{Correlation, distinct, numbers};

/// The part of a group's state that depends on the type of correlation.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Measure {
    /// Events: the times say it.
    Count,
    /// Distinct values.
    Distinct(Distinct),
    /// Numbers.
    Numbers(Numbers),
    /// The last event of each member.
    Seen(Vec<Option<Witness>>),
    /// Members in order.
    Sequence(Sequence),
}

impl Measure {
    pub(crate) fn new(correlation: &Correlation) -> Self {
        use CorrelationType as T;
        match correlation.kind {
            T::EventCount => Self::Count,
            T::ValueCount => Self::Distinct(Distinct::default()),
            T::ValueSum | T::ValueAvg | T::ValuePercentile | T::ValueMedian => {
                Self::Numbers(Numbers::default())
            }
            T::Temporal => Self::Seen(vec![None; correlation.members.len()]),
            T::TemporalOrdered => Self::Sequence(Sequence::new(correlation.members.len())),
        }
    }

    pub(crate) fn push(&mut self, stage: Stage<'_>, span: i64) {
        let witness = stage.witness;
        match self {
            Self::Count => {}
            Self::Distinct(distinct) => {
                for hash in stage.hashes {
                    distinct.push(*hash, witness.time, span);
                }
            }
            Self::Numbers(numbers) => numbers.push(stage.number, witness.time, span),
            Self::Seen(seen) => {
                if let Some(slot) = seen.get_mut(stage.member) {
                    *slot = Some(witness.clone());
                }
            }
            Self::Sequence(sequence) => sequence.push(stage.member, witness),
        }
    }

    pub(crate) fn expire(&mut self, cutoff: i64, span: i64) {
        match self {
            Self::Count => {}
            Self::Distinct(distinct) => distinct.expire(cutoff),
            Self::Numbers(numbers) => numbers.expire(cutoff, span),
            Self::Seen(seen) => {
                for slot in seen {
                    if slot.as_ref().is_some_and(|witness| witness.time <= cutoff) {
                        *slot = None;
                    }
                }
            }
            Self::Sequence(sequence) => sequence.expire(cutoff),
        }
    }

    pub(crate) fn amount(&self, correlation: &Correlation, times: &Times) -> f64 {
        use CorrelationType as T;
        match self {
            Self::Count => times.total() as f64,
            Self::Distinct(distinct) => distinct.count(),
            Self::Numbers(numbers) => match correlation.kind {
                T::ValueSum => numbers.sum(),
                T::ValueAvg => numbers.mean(),
                T::ValueMedian => numbers.percentile(50),
                _ => numbers.percentile(correlation.percentile),
            },
            Self::Seen(seen) => seen.iter().flatten().count() as f64,
            Self::Sequence(sequence) => sequence.depth() as f64,
        }
    }

    pub(crate) fn is_estimate(&self) -> bool {
        match self {
            Self::Distinct(distinct) => distinct.is_estimate(),
            Self::Numbers(numbers) => numbers.is_estimate(),
            Self::Count | Self::Seen(_) | Self::Sequence(_) => false,
        }
    }

    pub(crate) fn seen(&self, member: usize) -> bool {
        match self {
            Self::Seen(seen) => seen.get(member).is_some_and(Option::is_some),
            _ => false,
        }
    }

    pub(crate) fn all_seen(&self) -> bool {
        match self {
            Self::Seen(seen) => seen.iter().all(Option::is_some),
            Self::Sequence(sequence) => sequence.complete().is_some(),
            _ => false,
        }
    }

    /// The events that make up the finding, when the measure knows better
    /// than the order of arrival.
    pub(crate) fn witnesses(&self) -> Option<Vec<&Witness>> {
        match self {
            Self::Seen(seen) => {
                let mut witnesses: Vec<&Witness> = seen.iter().flatten().collect();
                witnesses.sort_by_key(|witness| (witness.time, witness.sequence));
                witnesses.dedup_by_key(|witness| witness.sequence);
                Some(witnesses)
            }
            Self::Sequence(sequence) => Some(sequence.complete()?.iter().collect()),
            _ => None,
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Count => 0,
            Self::Distinct(distinct) => distinct.bytes(),
            Self::Numbers(numbers) => numbers.bytes(),
            Self::Seen(seen) => seen.len() * size_of::<Option<Witness>>(),
            Self::Sequence(sequence) => sequence.bytes(),
        }
    }
}

/// What a reason says when the amount is an estimate.
pub(crate) fn error_note(kind: CorrelationType) -> &'static str {
    match kind {
        CorrelationType::ValueCount => distinct::ERROR_NOTE,
        CorrelationType::ValueSum | CorrelationType::ValueAvg => "window edge to a sixteenth",
        _ => numbers::ERROR_NOTE,
    }
}
