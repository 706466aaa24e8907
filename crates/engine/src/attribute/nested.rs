//! Adds to a statement's facts those of the statements that ran inside it.
//!
//! A function or a `DO` block is one statement to the user, but what it ran
//! counts: a `COPY … TO PROGRAM` inside a function is still one.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use kumki_model::{Shape, ShapeId, Sign, Signs};
use kumki_sql::Shapes;

/// Pairs remembered before the table starts over.
const LIMIT: usize = 20_000;
/// Length at which the list of inner statements in the normalised text ends.
const TEXT_LIMIT: usize = 2_000;
/// Entries at which a list of facts ends.
const LIST_LIMIT: usize = 256;

/// Signs that are about the text as the client sent it, or that every function
/// body shows, and so are not taken over from inner statements.
const OUTER_ONLY: [Sign; 6] = [
    Sign::Stacked,
    Sign::CommentCut,
    Sign::Oversized,
    Sign::WholeTable,
    Sign::CatalogRead,
    Sign::AnonymousCode,
];

/// Shapes of statements together with what ran inside them.
pub(super) struct NestedShapes {
    shapes: Shapes,
    known: HashMap<(ShapeId, ShapeId), Arc<Shape>, FixedState>,
}

impl NestedShapes {
    pub(super) fn new(shapes: Shapes) -> Self {
        Self {
            shapes,
            known: HashMap::default(),
        }
    }

    /// The outer shape with the inner one's facts added.
    pub(super) fn with(
        &mut self,
        outer: Option<Arc<Shape>>,
        inner: Arc<Shape>,
    ) -> Option<Arc<Shape>> {
        let Some(outer) = outer else {
            return Some(inner);
        };
        let key = (outer.id, inner.id);
        if let Some(known) = self.known.get(&key) {
            return Some(known.clone());
        }
        let merged = match merge(&outer, &inner) {
            Some(merged) => self.shapes.adopt(merged),
            None => outer,
        };
        if self.known.len() >= LIMIT {
            self.known.clear();
        }
        self.known.insert(key, merged.clone());
        Some(merged)
    }
}

/// The outer shape with the inner one's facts, or nothing when they add nothing.
fn merge(outer: &Shape, inner: &Shape) -> Option<Shape> {
    let mut merged = outer.clone();
    let inner_signs: Signs = inner
        .signs
        .iter()
        .filter(|sign| !OUTER_ONLY.contains(sign))
        .collect();
    for sign in inner_signs.iter() {
        merged.signs.insert(sign);
    }
    extend(&mut merged.reads, &inner.reads);
    extend(&mut merged.writes, &inner.writes);
    extend(&mut merged.functions, &inner.functions);
    extend(&mut merged.roles, &inner.roles);
    extend(&mut merged.privileges, &inner.privileges);
    extend(&mut merged.settings, &inner.settings);
    extend(&mut merged.languages, &inner.languages);
    extend(&mut merged.extensions, &inner.extensions);
    extend(&mut merged.paths, &inner.paths);
    extend(&mut merged.objects, &inner.objects);
    if merged == *outer {
        return None;
    }
    if !inner_signs.is_empty() && merged.normalised.len() + inner.normalised.len() < TEXT_LIMIT {
        merged.normalised.push_str(" → ");
        merged.normalised.push_str(&inner.normalised);
    }
    Some(merged)
}

fn extend<T: PartialEq + Clone>(list: &mut Vec<T>, more: &[T]) {
    for item in more {
        if list.len() >= LIST_LIMIT {
            return;
        }
        if !list.contains(item) {
            list.push(item.clone());
        }
    }
}
