//! Events in order, in constant time per event.
//!
//! For each stage the latest start of a chain that reaches it is kept: a chain
//! that started later is never worse, so one per stage is enough. An event
//! costs one comparison per stage it fills, however many came before it.

use serde::{Deserialize, Serialize};

use super::group::Witness;

/// A chain that has reached a stage.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Chain {
    /// Time of its first event.
    start: i64,
    /// One event per stage.
    witnesses: Vec<Witness>,
}

/// Progress through an ordered sequence.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Sequence {
    reached: Vec<Option<Chain>>,
}

impl Sequence {
    /// Nothing reached of `stages` stages.
    pub(crate) fn new(stages: usize) -> Self {
        Self {
            reached: vec![None; stages],
        }
    }

    /// An event that fills `stage`.
    pub(crate) fn push(&mut self, stage: usize, witness: &Witness) {
        let previous = match stage.checked_sub(1) {
            None => Some(Chain {
                start: witness.time,
                witnesses: Vec::new(),
            }),
            // An event cannot be its own predecessor: one that fills two
            // stages is told apart by its sequence number.
            Some(before) => self.reached.get(before).cloned().flatten().filter(|chain| {
                chain
                    .witnesses
                    .last()
                    .is_none_or(|last| last.sequence != witness.sequence)
            }),
        };
        let (Some(mut chain), Some(slot)) = (previous, self.reached.get_mut(stage)) else {
            return;
        };
        if slot.as_ref().is_none_or(|known| known.start <= chain.start) {
            chain.witnesses.push(witness.clone());
            *slot = Some(chain);
        }
    }

    /// Drops chains that started at or before `cutoff`.
    pub(crate) fn expire(&mut self, cutoff: i64) {
        for slot in &mut self.reached {
            if slot.as_ref().is_some_and(|chain| chain.start <= cutoff) {
                *slot = None;
            }
        }
    }

    /// How many stages the furthest chain has filled.
    pub(crate) fn depth(&self) -> usize {
        self.reached
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |stage| stage + 1)
    }

    /// The events of a complete chain, in order.
    pub(crate) fn complete(&self) -> Option<&[Witness]> {
        self.reached
            .last()?
            .as_ref()
            .map(|chain| chain.witnesses.as_slice())
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let stages = self.reached.len();
        stages * (size_of::<Chain>() + stages * size_of::<Witness>())
    }
}
