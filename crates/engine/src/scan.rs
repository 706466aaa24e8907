//! One run over a set of inputs.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use kumki_ingest::source::Input;
use kumki_model::{Event, Finding, SourceId, Timestamp};
use kumki_rules::Detector;
use kumki_sql::Shapes;

use crate::attribute::{Attributor, Counts, Options};
use crate::findings::Collected;
use crate::read::{MergeError, Merged, Reading};
use crate::summary::{Gaps, Summary};
use crate::tally::Tally;

/// A stretch of event time; either end may be open.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// The first moment that counts.
    pub since: Option<Timestamp>,
    /// The first moment that counts no more.
    pub until: Option<Timestamp>,
}

impl Span {
    /// Whether a moment lies inside.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }
}

/// One run over a set of inputs.
pub struct Scan {
    /// What to read.
    pub reading: Reading,
    /// How records become events.
    pub options: Options,
    /// Which events count.
    pub span: Span,
}

/// What a run gave.
pub struct Outcome {
    /// Findings, in the order of time.
    pub findings: Vec<Finding>,
    /// What was read.
    pub summary: Summary,
    /// Inputs that could not be read, or not to their end.
    pub errors: Vec<MergeError>,
}

impl Scan {
    /// Runs `detector` over the inputs.
    pub fn run(&self, detector: &mut Detector) -> Outcome {
        let started = Instant::now();
        let paths: Vec<String> = self.reading.inputs.iter().map(Input::name).collect();
        let names = |source: SourceId| paths.get(source.0 as usize).cloned().unwrap_or_default();
        let mut tally = Tally::default();
        let mut collected = Collected::default();
        let (merged, counts) = self.each_event(&mut |event| {
            tally.push(event);
            detector.push(event, &names, &mut |finding| collected.take(finding));
        });
        detector.finish(&mut |finding| collected.take(finding));
        let Merged {
            sources,
            unreadable,
            ignored,
            errors,
        } = merged;
        let mut summary = Summary {
            bytes: sources.iter().map(|source| source.bytes).sum(),
            records: counts.records + unreadable.count + ignored,
            unreadable,
            sessions: counts.sessions,
            gaps: Gaps {
                count: counts.gaps,
                missing_records: counts.missing_records,
            },
            sources,
            ..Summary::default()
        };
        tally.fill(&mut summary);
        summary.seconds = started.elapsed().as_secs_f64();
        Outcome {
            findings: collected.into_findings(),
            summary,
            errors,
        }
    }

    /// Hands every event to `take`, in the order in which they are complete.
    pub fn each_event(&self, take: &mut dyn FnMut(&Event<'_>)) -> (Merged, Counts) {
        let shapes = Shapes::default();
        let scopes = self.scopes();
        let mut attributor = Attributor::new(self.options.clone(), shapes.clone());
        let span = self.span;
        let mut sink = |event: &Event<'_>| {
            if span.contains(event.time) {
                take(event);
            }
        };
        let merged = self.reading.run(&shapes, &mut |prepared| {
            let source = prepared.record.location.source.0 as usize;
            let scope = scopes.get(source).copied().unwrap_or_default();
            attributor.push(prepared, scope, &mut sink);
        });
        attributor.finish(&mut sink);
        (merged, attributor.counts())
    }

    /// Logs in one directory are taken for one server's; process ids of
    /// different directories are kept apart.
    fn scopes(&self) -> Vec<u32> {
        let mut known: HashMap<String, u32> = HashMap::new();
        self.reading
            .inputs
            .iter()
            .map(|input| {
                let name = input.name();
                let folder = Path::new(&name)
                    .parent()
                    .map_or_else(String::new, |folder| folder.to_string_lossy().into_owned());
                let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
                *known.entry(folder).or_insert(next)
            })
            .collect()
    }
}
