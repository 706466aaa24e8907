//! The most frequent names, in bounded memory.

use hashbrown::HashMap;

use crate::summary::Counted;

/// Names told apart at the same time.
const LIMIT: usize = 20_000;

/// Counts names. When too many are different, the rarer half is forgotten, so
/// a name that is frequent over the whole run keeps (almost all of) its count.
#[derive(Default)]
pub(super) struct Top {
    counts: HashMap<String, u64, foldhash::fast::FixedState>,
}

impl Top {
    pub(super) fn add(&mut self, name: &str, count: u64) {
        if let Some(known) = self.counts.get_mut(name) {
            *known += count;
            return;
        }
        if self.counts.len() >= LIMIT {
            self.forget_rare();
        }
        self.counts.insert(name.to_owned(), count);
    }

    fn forget_rare(&mut self) {
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        let middle = counts.len() / 2;
        let (_, median, _) = counts.select_nth_unstable(middle);
        let median = *median;
        self.counts.retain(|_, count| *count > median);
        if self.counts.len() >= LIMIT {
            self.counts.clear();
        }
    }

    /// The `shown` most frequent names, most first, ties by name.
    pub(super) fn most(&self, shown: usize) -> Vec<Counted> {
        let mut all: Vec<Counted> = self
            .counts
            .iter()
            .map(|(name, count)| Counted {
                name: name.clone(),
                count: *count,
            })
            .collect();
        all.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        all.truncate(shown);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_names_does_not_hide_a_frequent_one() {
        let mut top = Top::default();
        for round in 0..100_000 {
            top.add(&format!("name {round}"), 1);
            top.add("frequent", 1);
        }
        assert!(top.counts.len() <= LIMIT);
        let most = top.most(1);
        assert_eq!(most[0].name, "frequent");
        assert_eq!(most[0].count, 100_000);
    }
}
