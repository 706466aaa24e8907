//! How far the correlations that count a rule are, for one event.

use kumki_model::Event;

use super::Detector;
use super::keys;
use crate::correlation::KeyRef;
use crate::explain::Progress;

impl Detector {
    /// The groups an event matching rule `name` joins, and their amounts.
    pub(crate) fn progress(&self, name: &str, event: &Event<'_>) -> Vec<Progress> {
        let Some(index) = self.set.index(name) else {
            return Vec::new();
        };
        let mut progress = Vec::new();
        for (counting, member) in self.counted_by.get(index).into_iter().flatten() {
            let Some(rule) = self.set.rules.get(*counting) else {
                continue;
            };
            let Some(correlation) = rule.correlation() else {
                continue;
            };
            let keys = keys::keys(&self.hasher, correlation, *member, event).unwrap_or_default();
            let store = self.stores.get(*counting).and_then(Option::as_ref);
            for key in keys {
                let group = store.and_then(|store| store.get(KeyRef::Whole(&key)));
                progress.push(Progress {
                    rule: rule.info.name.clone(),
                    group: correlation
                        .key
                        .iter()
                        .zip(&key.parts)
                        .filter_map(|(part, value)| Some((part.name.clone(), value.clone()?)))
                        .collect(),
                    amount: group.map_or(0.0, |group| group.amount(correlation)),
                    needs: correlation.requirement.expectation().words,
                });
            }
        }
        progress
    }
}
