//! Ordinary work, in the shapes that detectors most often mistake for attacks.

mod administration;
mod applications;
mod backup;
mod bench;
mod jobs;
mod monitoring;
mod tools;

use super::Scenario;

/// All ordinary work. New scenarios go to the end of their group.
pub(super) fn all() -> Vec<Scenario> {
    [
        tools::all(),
        bench::all(),
        backup::all(),
        administration::all(),
        applications::all(),
        jobs::all(),
        monitoring::all(),
    ]
    .concat()
}
