//! The timeline of the page: events and errors over event time as bars, findings
//! as marks above them, all as SVG with positions in percent, so that it fills
//! any width without being distorted.

use kumki_engine::summary::Summary;
use kumki_model::{Finding, Timestamp};

use crate::render::{figures, ranking};

/// Height of the bars in pixels.
const HEIGHT: f64 = 120.0;
/// Marks side by side at most, so that they do not cover one another.
const MARKS: usize = 40;
/// Pixels above the bars, where the marks are.
const TOP: f64 = 30.0;

pub(super) struct Timeline {
    pub(super) bars: Vec<Bar>,
    pub(super) marks: Vec<Mark>,
    pub(super) rows: Vec<BucketRow>,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) peak: String,
    pub(super) description: String,
    pub(super) step: String,
    pub(super) base: f64,
}

pub(super) struct Bar {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) y: String,
    pub(super) height: String,
    pub(super) errors_y: String,
    pub(super) errors_height: String,
    pub(super) has_errors: bool,
}

/// The findings of neighbouring buckets: a mark of the worst one.
pub(super) struct Mark {
    pub(super) x: String,
    pub(super) severity: &'static str,
    pub(super) label: String,
    pub(super) number: usize,
}

pub(super) struct BucketRow {
    pub(super) start: String,
    pub(super) events: String,
    pub(super) errors: String,
    pub(super) findings: usize,
}

impl Timeline {
    /// `ranked` are the findings, most severe first; the first `shown` of them
    /// are on the page and can be linked to. `None` when there is no timeline.
    #[allow(clippy::cast_precision_loss, reason = "positions on a drawing")]
    pub(super) fn new(summary: &Summary, ranked: &[&Finding], shown: usize) -> Option<Self> {
        let buckets = &summary.timeline;
        let (first, last) = (buckets.first()?, buckets.last()?);
        let step = buckets
            .get(1)
            .map_or(1_000_000, |next| next.start.micros_since(first.start));
        let step = step.max(1);
        let peak = buckets
            .iter()
            .map(|bucket| bucket.events)
            .max()
            .unwrap_or(0)
            .max(1);
        let column = 100.0 / buckets.len() as f64;
        let bars = buckets.iter().enumerate().map(|(index, bucket)| {
            let height = |events: u64| match events {
                0 => 0.0,
                // A bucket with anything in it can be seen.
                _ => (events.min(peak) as f64 / peak as f64 * HEIGHT).max(1.0),
            };
            let (events, errors) = (
                height(bucket.events),
                height(bucket.errors.min(bucket.events)),
            );
            Bar {
                x: percent(index as f64 * column),
                width: percent(column * 0.82),
                y: pixels(TOP + HEIGHT - events),
                height: pixels(events),
                errors_y: pixels(TOP + HEIGHT - errors),
                errors_height: pixels(errors),
                has_errors: bucket.errors > 0,
            }
        });
        let mut worst: Vec<Vec<usize>> = vec![Vec::new(); buckets.len()];
        for (index, finding) in ranked.iter().enumerate() {
            let offset = ranking::begin(finding).micros_since(first.start).max(0) / step;
            let bucket = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(buckets.len() - 1);
            if let Some(list) = worst.get_mut(bucket) {
                list.push(index);
            }
        }
        let per_mark = buckets.len().div_ceil(MARKS);
        let marks = worst
            .chunks(per_mark)
            .enumerate()
            .filter_map(|(chunk, lists)| {
                let count = lists.iter().map(Vec::len).sum();
                let first_of =
                    |(at, list): (usize, &Vec<usize>)| list.first().map(|index| (*index, at));
                let (index, at) = lists.iter().enumerate().filter_map(first_of).min()?;
                let finding = ranked.get(index).filter(|_| index < shown)?;
                let bucket = chunk * per_mark + at;
                Some(mark(finding, index, count, (bucket as f64 + 0.41) * column))
            });
        let rows = buckets.iter().zip(&worst).map(|(bucket, list)| BucketRow {
            start: figures::moment(bucket.start),
            events: figures::count(bucket.events),
            errors: figures::count(bucket.errors),
            findings: list.len(),
        });
        let end = last.start.saturating_add(step);
        Some(Self {
            bars: bars.collect(),
            marks: marks.collect(),
            rows: rows.collect(),
            start: figures::moment(first.start),
            end: figures::moment(end),
            peak: figures::count(peak),
            description: describe(summary, first.start, end, ranked.len()),
            step: figures::duration(step),
            base: TOP + HEIGHT,
        })
    }
}

fn mark(finding: &Finding, index: usize, count: usize, x: f64) -> Mark {
    let others = match count.saturating_sub(1) {
        0 => String::new(),
        more => format!(" and {} more", figures::count(more as u64)),
    };
    Mark {
        x: percent(x),
        severity: finding.severity.as_str(),
        label: format!(
            "{}: {}{others}, {}",
            finding.severity,
            super::line(&finding.title),
            figures::moment(ranking::begin(finding))
        ),
        number: index + 1,
    }
}

fn describe(summary: &Summary, start: Timestamp, end: Timestamp, findings: usize) -> String {
    let events: u64 = summary.timeline.iter().map(|bucket| bucket.events).sum();
    let errors: u64 = summary.timeline.iter().map(|bucket| bucket.errors).sum();
    let busiest = summary
        .timeline
        .iter()
        .rev()
        .max_by_key(|bucket| bucket.events);
    let busiest = busiest.map(|bucket| {
        format!(
            " The busiest step begins at {} with {}.",
            figures::moment(bucket.start),
            figures::of(bucket.events, "event")
        )
    });
    format!(
        "{}, {} among them, and {} over {} UTC.{}",
        figures::of(events, "event"),
        figures::of(errors, "error"),
        figures::of(findings as u64, "finding"),
        figures::span(start, end),
        busiest.unwrap_or_default()
    )
}

fn percent(value: f64) -> String {
    format!("{value:.3}%")
}

fn pixels(value: f64) -> String {
    format!("{value:.1}")
}
