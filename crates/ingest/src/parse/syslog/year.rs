//! The year that traditional syslog times leave out.
//!
//! It comes from the records themselves where their prefix has a full time, and
//! before that from a reference the caller gives (such as the time a file was
//! last written). The machine's clock is never asked.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use kumki_model::Timestamp;

use crate::parse::envelope::moment::to_timestamp;

/// A day, in microseconds: how far a line may be ahead of the reference.
const DAY: i64 = 86_400_000_000;

/// Finds years. What it has found so far depends on the lines before only.
#[derive(Debug, Clone)]
pub(crate) struct Years {
    zone: TimeZone,
    reference: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Years {
    /// Years for lines in `zone`, none of them written after `reference`.
    pub(crate) fn new(zone: TimeZone, reference: Option<Timestamp>) -> Self {
        Self {
            zone,
            reference,
            last: None,
        }
    }

    /// The zone of times that name none.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Learns a full time from a record.
    pub(crate) fn learn(&mut self, time: Timestamp) {
        self.last = Some(time);
    }

    /// The moment of a civil time without a year: nearest to the last time
    /// known, otherwise the last one before the reference.
    pub(crate) fn resolve(&mut self, civil: DateTime) -> Option<Timestamp> {
        let anchor = self.last.or(self.reference)?;
        let year = self
            .zone
            .to_datetime(jiff::Timestamp::from_microsecond(anchor.as_micros()).ok()?);
        let candidates = [-1, 0, 1].into_iter().filter_map(|step| {
            let dated = civil
                .with()
                .year(year.year().checked_add(step)?)
                .build()
                .ok()?;
            to_timestamp(dated, &self.zone)
        });
        let found = if self.last.is_some() {
            candidates.min_by_key(|moment| moment.micros_since(anchor).unsigned_abs())
        } else {
            candidates
                .filter(|moment| moment.micros_since(anchor) <= DAY)
                .max()
        }?;
        self.last = Some(found);
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn the_reference_is_the_last_moment_there_can_be() {
        let reference = Some(at("2026-01-02T08:00:00Z"));
        let mut years = Years::new(TimeZone::UTC, reference);
        let december = date(2000, 12, 31).at(23, 59, 59, 0);
        assert_eq!(years.resolve(december), Some(at("2025-12-31T23:59:59Z")));
        let january = date(2000, 1, 1).at(0, 0, 1, 0);
        assert_eq!(
            years.resolve(january),
            Some(at("2026-01-01T00:00:01Z")),
            "over new year"
        );
    }

    #[test]
    fn full_times_win_over_the_reference() {
        let mut years = Years::new(TimeZone::UTC, Some(at("2026-06-01T00:00:00Z")));
        years.learn(at("2019-12-31T23:00:00Z"));
        let january = date(2000, 1, 1).at(0, 0, 1, 0);
        assert_eq!(years.resolve(january), Some(at("2020-01-01T00:00:01Z")));
    }

    #[test]
    fn without_either_there_is_no_year() {
        let mut years = Years::new(TimeZone::UTC, None);
        assert_eq!(years.resolve(date(2000, 1, 1).at(0, 0, 1, 0)), None);
        years.learn(at("2023-02-28T00:00:00Z"));
        assert_eq!(
            years.resolve(date(2000, 2, 29).at(0, 0, 0, 0)),
            Some(at("2024-02-29T00:00:00Z")),
            "the nearest year that has the day"
        );
    }
}
