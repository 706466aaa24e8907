//! Moments as the server's `log_timezone` prints them.
//!
//! Microseconds since the epoch come in, `2026-01-31 10:00:04.123 CET` goes
//! out. Zones are POSIX rules, never the machine's time zone database, so that
//! every machine writes the same bytes.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::digits::padded;
use crate::error::SimError;

/// Zones that can be named by their city.
const NAMED: [(&str, &str); 10] = [
    ("UTC", "UTC0"),
    ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/London", "GMT0BST,M3.5.0/1,M10.5.0"),
    ("America/New_York", "EST5EDT,M3.2.0,M11.1.0"),
    ("America/Los_Angeles", "PST8PDT,M3.2.0,M11.1.0"),
    ("America/Sao_Paulo", "<-03>3"),
    ("Asia/Kolkata", "IST-5:30"),
    ("Asia/Kabul", "<+0430>-4:30"),
    ("Asia/Tokyo", "JST-9"),
    ("Australia/Sydney", "AEST-10AEDT,M10.1.0,M4.1.0/3"),
];

/// Seconds for which an offset is remembered; every rule changes on a multiple.
const OFFSET_SPAN: i64 = 900;

/// Prints moments in one zone, remembering the last second.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    zone: TimeZone,
    span: i64,
    offset: Offset,
    abbreviation: String,
    second: i64,
    text: Vec<u8>,
    local: Local,
}

/// Parts of a local moment that the workload and syslog need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Local {
    /// Month, from 1.
    pub(crate) month: u8,
    /// Day of the month, from 1.
    pub(crate) day: u8,
    /// Hour, from 0.
    pub(crate) hour: u8,
    /// Minute.
    pub(crate) minute: u8,
    /// Second.
    pub(crate) second: u8,
    /// Day of the week, Monday is 0.
    pub(crate) weekday: u8,
}

impl Calendar {
    /// A calendar for a known city or a POSIX `TZ` text.
    pub(crate) fn new(zone: &str) -> Result<Self, SimError> {
        let rule = NAMED
            .iter()
            .find(|(name, _)| *name == zone)
            .map_or(zone, |(_, rule)| rule);
        let zone = TimeZone::posix(rule).map_err(|_| SimError::Zone(zone.to_owned()))?;
        Ok(Self {
            zone,
            span: i64::MIN,
            offset: Offset::UTC,
            abbreviation: String::new(),
            second: i64::MIN,
            text: Vec::with_capacity(19),
            local: Local::default(),
        })
    }

    /// Appends `YYYY-MM-DD hh:mm:ss.mmm ZONE`, as `%m` does.
    pub(crate) fn millis(&mut self, out: &mut Vec<u8>, micros: i64) {
        self.settle(micros);
        out.extend_from_slice(&self.text);
        out.push(b'.');
        padded(out, micros.rem_euclid(1_000_000).unsigned_abs() / 1_000, 3);
        out.push(b' ');
        out.extend_from_slice(self.abbreviation.as_bytes());
    }

    /// Appends `YYYY-MM-DD hh:mm:ss ZONE`, as `%t` does.
    pub(crate) fn seconds(&mut self, out: &mut Vec<u8>, micros: i64) {
        self.settle(micros);
        out.extend_from_slice(&self.text);
        out.push(b' ');
        out.extend_from_slice(self.abbreviation.as_bytes());
    }

    /// The local parts of a moment.
    pub(crate) fn local(&mut self, micros: i64) -> Local {
        self.settle(micros);
        self.local
    }

    fn settle(&mut self, micros: i64) {
        let second = micros.div_euclid(1_000_000);
        if second == self.second {
            return;
        }
        let moment = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        let span = second.div_euclid(OFFSET_SPAN);
        if span != self.span {
            let info = self.zone.to_offset_info(moment);
            self.span = span;
            self.offset = info.offset();
            self.abbreviation.clear();
            self.abbreviation.push_str(info.abbreviation());
        }
        self.second = second;
        let local = self.offset.to_datetime(moment);
        self.local = Local {
            month: local.month().unsigned_abs(),
            day: local.day().unsigned_abs(),
            hour: local.hour().unsigned_abs(),
            minute: local.minute().unsigned_abs(),
            second: local.second().unsigned_abs(),
            weekday: local.weekday().to_monday_zero_offset().unsigned_abs(),
        };
        self.text.clear();
        padded(&mut self.text, u64::from(local.year().unsigned_abs()), 4);
        for (mark, part) in [
            (b'-', self.local.month),
            (b'-', self.local.day),
            (b' ', self.local.hour),
            (b':', self.local.minute),
            (b':', self.local.second),
        ] {
            self.text.push(mark);
            padded(&mut self.text, u64::from(part), 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(zone: &str, micros: i64) -> String {
        let mut out = Vec::new();
        Calendar::new(zone).unwrap().millis(&mut out, micros);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn follows_daylight_saving_time() {
        // 2026-03-29 01:00 UTC is when Berlin changes.
        let change = 1_774_746_000_000_000;
        assert_eq!(
            print("Europe/Berlin", change - 1_000),
            "2026-03-29 01:59:59.999 CET"
        );
        assert_eq!(
            print("Europe/Berlin", change),
            "2026-03-29 03:00:00.000 CEST"
        );
    }

    #[test]
    fn prints_numeric_abbreviations_as_postgresql_does() {
        assert_eq!(print("Asia/Kabul", 0), "1970-01-01 04:30:00.000 +0430");
        assert_eq!(
            print("America/Sao_Paulo", 5_000),
            "1969-12-31 21:00:00.005 -03"
        );
    }

    #[test]
    fn knows_the_weekday() {
        // 2026-01-31 is a Saturday.
        let local = Calendar::new("UTC").unwrap().local(1_769_853_604_000_000);
        assert_eq!((local.weekday, local.hour), (5, 10));
    }

    #[test]
    fn refuses_unknown_zones() {
        assert!(matches!(
            Calendar::new("Nowhere/At all"),
            Err(SimError::Zone(_))
        ));
    }
}
