//! Shapes that were worked out before.
//!
//! A [`Shaper`] belongs to one thread and finds the shape of a statement it has
//! seen without lock or allocation; behind it stands [`Shapes`], shared by all
//! threads. Entries are found by their whole key, which is compared byte by
//! byte, under a hash seeded anew in every process: nobody can make a statement
//! pass for another. Memory is bounded by two generations: when the young one
//! is full it becomes the old one, whose entries are dropped unless they were
//! used meanwhile.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use kumki_model::{Shape, ShapeId};

use crate::{facts, recent::Recent, stream::Stream};

/// How much a cache may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Shapes held at most.
    pub entries: usize,
    /// Bytes held at most, keys and shapes together, estimated.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 100_000,
            bytes: 128 * 1024 * 1024,
        }
    }
}

impl Limits {
    /// The share of one thread's own cache.
    const fn local(self) -> Self {
        Self {
            entries: self.entries / 4 + 1,
            bytes: self.bytes / 8 + 1,
        }
    }
}

/// What the shared cache has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// Shapes held now.
    pub entries: usize,
    /// Estimated bytes held now.
    pub bytes: usize,
    /// Statements whose facts were worked out.
    pub judged: u64,
    /// Entries dropped to stay within the limits.
    pub evicted: u64,
}

/// The shapes seen in one run, shared between threads. Clones share the shapes.
#[derive(Debug, Clone, Default)]
pub struct Shapes {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    limits: Limits,
    generations: Mutex<Generations>,
    next: AtomicU32,
    judged: AtomicU64,
}

impl Shapes {
    /// An empty cache with limits of its own.
    pub fn with_limits(limits: Limits) -> Self {
        let shared = Shared {
            limits,
            generations: Mutex::new(Generations::new(limits)),
            ..Shared::default()
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// A lookup for one thread.
    pub fn shaper(&self) -> Shaper {
        Shaper {
            shapes: self.clone(),
            local: Generations::new(self.shared.limits.local()),
            stream: Stream::default(),
            recent: Recent::default(),
        }
    }

    /// What the cache holds and did.
    pub fn counts(&self) -> CacheCounts {
        let generations = self.generations();
        CacheCounts {
            entries: generations.young.len() + generations.old.len(),
            bytes: generations.young_bytes + generations.old_bytes,
            judged: self.shared.judged.load(Ordering::Relaxed),
            evicted: generations.evicted,
        }
    }

    /// Gives a shape that was put together from others an id of its own.
    pub fn adopt(&self, mut shape: Shape) -> Arc<Shape> {
        shape.id = self.fresh_id();
        Arc::new(shape)
    }

    fn fresh_id(&self) -> ShapeId {
        ShapeId(self.shared.next.fetch_add(1, Ordering::Relaxed))
    }

    fn generations(&self) -> std::sync::MutexGuard<'_, Generations> {
        // A panic elsewhere cannot leave a map half changed.
        self.shared
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The shape under `key`, worked out from `sql` when nobody has done so yet.
    fn find(&self, key: &[u8], sql: &str) -> Arc<Shape> {
        if let Some(shape) = self.generations().get(key) {
            return shape;
        }
        // Without the lock: others go on, at the price of doing the same work now and then.
        let mut shape = shape(sql);
        self.shared.judged.fetch_add(1, Ordering::Relaxed);
        let mut generations = self.generations();
        if let Some(shape) = generations.get(key) {
            return shape;
        }
        shape.id = self.fresh_id();
        let shape = Arc::new(shape);
        generations.insert(key, Arc::clone(&shape));
        shape
    }
}

/// Finds shapes for one thread.
#[derive(Debug)]
pub struct Shaper {
    shapes: Shapes,
    local: Generations,
    stream: Stream,
    recent: Recent,
}

impl Shaper {
    /// The shape of a text of one or more statements.
    ///
    /// Statements that differ only in literals on which no fact depends give
    /// the same shape. Its id stays the same as long as the shape is cached.
    pub fn shape(&mut self, sql: &str) -> Arc<Shape> {
        let slot = self.recent.slot(sql);
        if let Some(slot) = slot
            && let Some(shape) = self.recent.get(slot, sql)
        {
            return Arc::clone(shape);
        }
        let shape = self.normalised_shape(sql);
        if let Some(slot) = slot {
            self.recent.put(slot, sql, &shape);
        }
        shape
    }

    /// The shape found by the statement without its literals.
    fn normalised_shape(&mut self, sql: &str) -> Arc<Shape> {
        let key = self.stream.key(sql);
        if let Some(shape) = self.local.get(key) {
            return shape;
        }
        let shape = self.shapes.find(key, sql);
        self.local.insert(key, Arc::clone(&shape));
        shape
    }
}

type Map = HashMap<Box<[u8]>, Arc<Shape>, RandomState>;

/// A bounded map that forgets what was not used lately.
#[derive(Debug, Default)]
struct Generations {
    limits: Limits,
    young: Map,
    old: Map,
    young_bytes: usize,
    old_bytes: usize,
    evicted: u64,
}

impl Generations {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    fn get(&mut self, key: &[u8]) -> Option<Arc<Shape>> {
        if let Some(shape) = self.young.get(key) {
            return Some(Arc::clone(shape));
        }
        let (key, shape) = self.old.remove_entry(key)?;
        self.old_bytes = self.old_bytes.saturating_sub(weight(&key, &shape));
        self.put(key, Arc::clone(&shape));
        Some(shape)
    }

    fn insert(&mut self, key: &[u8], shape: Arc<Shape>) {
        self.put(key.into(), shape);
    }

    fn put(&mut self, key: Box<[u8]>, shape: Arc<Shape>) {
        let weight = weight(&key, &shape);
        if self.young.len() >= self.limits.entries / 2
            || self.young_bytes + weight > self.limits.bytes / 2
        {
            self.evicted += self.old.len() as u64;
            self.old = std::mem::take(&mut self.young);
            self.old_bytes = std::mem::take(&mut self.young_bytes);
        }
        if weight > self.limits.bytes / 2 {
            self.evicted += 1;
            return;
        }
        self.young_bytes += weight;
        self.young.insert(key, shape);
    }
}

/// Estimated bytes of an entry.
fn weight(key: &[u8], shape: &Shape) -> usize {
    const ENTRY: usize = size_of::<(Box<[u8]>, Arc<Shape>)>() * 2 + size_of::<Shape>();
    let strings = |list: &[String]| list.iter().map(|text| text.len() + 24).sum::<usize>();
    let relations = |list: &[kumki_model::Relation]| {
        list.iter()
            .map(|relation| {
                relation.name.len() + relation.schema.as_ref().map_or(0, String::len) + 48
            })
            .sum::<usize>()
    };
    ENTRY
        + key.len()
        + shape.normalised.len()
        + relations(&shape.reads)
        + relations(&shape.writes)
        + [
            &shape.commands,
            &shape.functions,
            &shape.roles,
            &shape.privileges,
            &shape.languages,
            &shape.extensions,
            &shape.paths,
            &shape.objects,
        ]
        .into_iter()
        .map(|list| strings(list))
        .sum::<usize>()
        + shape
            .settings
            .iter()
            .map(|s| s.name.len() + 64 + s.value.as_ref().map_or(0, String::len))
            .sum::<usize>()
}

/// The shape of a text, worked out anew. Its id is 0.
pub fn shape(sql: &str) -> Shape {
    let mut shape = facts::read(sql);
    shape.normalised = Stream::default().normalised(sql);
    shape.fingerprint = xxhash_rust::xxh3::xxh3_64(shape.normalised.as_bytes());
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_differ_in_literals_share_a_shape() {
        let shapes = Shapes::default();
        let (mut one, mut two) = (shapes.shaper(), shapes.shaper());
        let first = one.shape("SELECT a FROM t WHERE b = 1");
        let second = two.shape("select a from t where b = 'x' -- c\n;");
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(first.normalised, "select a from t where b = $1");
        assert_eq!(shapes.counts().judged, 1);
        assert_ne!(one.shape("SELECT b FROM t").id, first.id);
    }

    #[test]
    fn fingerprints_are_stable() {
        assert_eq!(
            shape("SELECT 1").fingerprint,
            shape("select  'x'").fingerprint
        );
        assert_eq!(
            shape("SELECT 1").fingerprint,
            xxhash_rust::xxh3::xxh3_64(b"select $1"),
        );
    }

    #[test]
    fn endless_distinct_statements_stay_within_the_limits() {
        let limits = Limits {
            entries: 100,
            bytes: 200_000,
        };
        let shapes = Shapes::with_limits(limits);
        let mut shaper = shapes.shaper();
        for n in 0..1_000 {
            let shape = shaper.shape(&format!("SELECT c{n} FROM t"));
            assert_eq!(shape.normalised, format!("select c{n} from t"));
            // What is used all the time survives.
            shaper.shape("SELECT steady FROM t");
        }
        let counts = shapes.counts();
        assert!(
            counts.entries <= limits.entries && counts.bytes <= limits.bytes,
            "{counts:?}"
        );
        assert!(counts.evicted >= 900, "{counts:?}");
        assert!(counts.judged < 1_040, "{counts:?}");
        assert!(shaper.local.young.len() + shaper.local.old.len() <= limits.local().entries);
    }

    #[test]
    fn an_entry_larger_than_the_limit_is_not_kept() {
        let shapes = Shapes::with_limits(Limits {
            entries: 100,
            bytes: 5_000,
        });
        let mut shaper = shapes.shaper();
        let sql = format!("SELECT {} FROM t", "column_name, ".repeat(1_000));
        shaper.shape(&sql);
        assert!(shapes.counts().bytes <= 5_000);
    }
}
