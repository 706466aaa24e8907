//! The texts seen last, as they were.
//!
//! Logs repeat texts exactly: prepared statements, `BEGIN` and `COMMIT`, and the
//! several records that one statement leaves (audit, parse, bind, execute,
//! duration). Such a text is found here by one hash and one comparison, without
//! reading its tokens. Every slot holds the last text that fell into it.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use kumki_model::Shape;

/// Texts held.
const SLOTS: usize = 512;

/// Longer texts are not held, in bytes.
const MAX_LENGTH: usize = 2048;

/// A table of texts, one to a slot.
#[derive(Debug)]
pub(crate) struct Recent {
    slots: Vec<(Vec<u8>, Arc<Shape>)>,
    state: RandomState,
}

impl Default for Recent {
    fn default() -> Self {
        let shape = Arc::new(Shape::default());
        Self {
            slots: vec![(Vec::new(), shape); SLOTS],
            state: RandomState::default(),
        }
    }
}

impl Recent {
    /// The slot of a text, when it may be held.
    #[inline]
    pub(crate) fn slot(&self, text: &str) -> Option<usize> {
        let fits = !text.is_empty() && text.len() <= MAX_LENGTH;
        fits.then(|| self.state.hash_one(text.as_bytes()) as usize % SLOTS)
    }

    /// The shape of the text, when its slot holds it.
    #[inline]
    pub(crate) fn get(&self, slot: usize, text: &str) -> Option<&Arc<Shape>> {
        let (held, shape) = self.slots.get(slot)?;
        (held.as_slice() == text.as_bytes()).then_some(shape)
    }

    /// Puts the text in its slot.
    pub(crate) fn put(&mut self, slot: usize, text: &str, shape: &Arc<Shape>) {
        if let Some((held, old)) = self.slots.get_mut(slot) {
            held.clear();
            held.extend_from_slice(text.as_bytes());
            old.clone_from(shape);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_answers_for_its_own_text_only() {
        let mut recent = Recent::default();
        let shape = Arc::new(Shape {
            class: "READ",
            ..Shape::default()
        });
        recent.put(3, "SELECT 1", &shape);
        assert!(
            recent
                .get(3, "SELECT 1")
                .is_some_and(|found| Arc::ptr_eq(found, &shape))
        );
        assert!(recent.get(3, "SELECT 2").is_none());
        assert!(recent.get(4, "SELECT 1").is_none());
        assert_eq!(recent.slot(""), None);
        assert_eq!(recent.slot(&"x".repeat(MAX_LENGTH + 1)), None);
        assert_eq!(recent.slot("a"), recent.slot("a"));
    }
}
