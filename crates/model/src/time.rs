//! Event time: microseconds since the Unix epoch, always UTC.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in event time, in microseconds since 1970-01-01T00:00:00Z.
///
/// PostgreSQL writes milliseconds at best; microseconds keep room for sources
/// that carry more and for ties broken by source order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest representable moment.
    pub const MIN: Self = Self(i64::MIN);

    /// Builds a timestamp from microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This moment moved by `micros` microseconds, saturating.
    pub const fn saturating_add(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this moment, saturating.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Parses RFC 3339 text such as `2026-01-31T10:00:04.123456Z`.
    ///
    /// # Errors
    /// When the text is not an RFC 3339 moment.
    pub fn parse_rfc3339(text: &str) -> Result<Self, jiff::Error> {
        Ok(Self(text.parse::<jiff::Timestamp>()?.as_microsecond()))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with six digits; moments outside the calendar's range
    /// print as raw microseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => write!(f, "{moment:.6}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).map_err(serde::de::Error::custom)
    }
}

/// Where "now" comes from. Detectors never use it: they live in event time.
/// It stamps reports and drives waiting in the service.
pub trait Clock {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_six_digits_and_reads_them_back() {
        let moment = Timestamp::from_micros(1_769_853_604_123_456);
        assert_eq!(moment.to_string(), "2026-01-31T10:00:04.123456Z");
        assert_eq!(
            Timestamp::parse_rfc3339("2026-01-31T10:00:04.123456Z").unwrap(),
            moment
        );
    }

    #[test]
    fn moments_outside_the_calendar_do_not_panic() {
        assert_eq!(Timestamp::MIN.to_string(), format!("{}us", i64::MIN));
    }
}
