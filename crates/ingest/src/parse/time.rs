//! Times as PostgreSQL writes them: `2026-01-31 10:00:04.123 UTC`, a numeric
//! offset, or seconds since the epoch (`%n`).
//!
//! The abbreviation of a zone is ambiguous (EST, IST, CST), so apart from UTC
//! and GMT it is ignored and the configured zone applies.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use kumki_model::Timestamp;

/// Reads times; remembers the minute it read last, which is a pure shortcut.
#[derive(Debug, Clone)]
pub struct TimeReader {
    zone: TimeZone,
    minute: [u8; 16],
    suffix: [u8; 8],
    suffix_length: usize,
    minute_micros: i64,
}

impl TimeReader {
    /// A reader of times whose zone is not given as an offset, UTC or GMT.
    pub fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            minute: [0; 16],
            suffix: [0; 8],
            suffix_length: usize::MAX,
            minute_micros: 0,
        }
    }

    /// Reads a moment: date, `T` or blanks, time, fraction, zone; or seconds
    /// since the epoch with a fraction.
    pub fn read(&mut self, text: &str) -> Option<Timestamp> {
        let bytes = text.as_bytes();
        let Some(minute) = bytes.first_chunk::<16>() else {
            return read_epoch(bytes);
        };
        let Some([b':', tens, ones, rest @ ..]) = bytes.get(16..) else {
            return read_epoch(bytes);
        };
        let seconds = i64::from(digit(*tens)?) * 10 + i64::from(digit(*ones)?);
        if seconds > 60 {
            return None;
        }
        let (micros, used) = fraction(rest);
        let suffix = rest.get(used..)?.trim_ascii();
        let start = self.minute_start(minute, suffix)?;
        Some(Timestamp::from_micros(start + seconds * 1_000_000 + micros))
    }

    fn minute_start(&mut self, minute: &[u8; 16], suffix: &[u8]) -> Option<i64> {
        let known = *minute == self.minute
            && self
                .suffix
                .get(..self.suffix_length)
                .is_some_and(|kept| kept == suffix);
        if known {
            return Some(self.minute_micros);
        }
        let micros = self.resolve(minute, suffix)?;
        if let Some(kept) = self.suffix.get_mut(..suffix.len()) {
            kept.copy_from_slice(suffix);
            self.suffix_length = suffix.len();
            self.minute = *minute;
            self.minute_micros = micros;
        }
        Some(micros)
    }

    fn resolve(&self, minute: &[u8; 16], suffix: &[u8]) -> Option<i64> {
        let civil = civil_minute(minute)?;
        if let Some(offset) = offset_seconds(suffix) {
            let utc = TimeZone::UTC.to_timestamp(civil).ok()?;
            return Some(utc.as_microsecond() - offset * 1_000_000);
        }
        Some(self.zone.to_timestamp(civil).ok()?.as_microsecond())
    }
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

fn civil_minute(text: &[u8; 16]) -> Option<DateTime> {
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b' ' | b'T',
        h1,
        h2,
        b':',
        n1,
        n2,
    ] = *text
    else {
        return None;
    };
    let two = |tens: u8, ones: u8| Some(digit(tens)? * 10 + digit(ones)?);
    let year = i16::from(two(y1, y2)?) * 100 + i16::from(two(y3, y4)?);
    let small = |value: u8| i8::try_from(value).ok();
    DateTime::new(
        year,
        small(two(m1, m2)?)?,
        small(two(d1, d2)?)?,
        small(two(h1, h2)?)?,
        small(two(n1, n2)?)?,
        0,
        0,
    )
    .ok()
}

/// Microseconds of a fraction such as `.123`, and how many bytes it takes.
fn fraction(text: &[u8]) -> (i64, usize) {
    let Some((b'.' | b',', digits)) = text.split_first() else {
        return (0, 0);
    };
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if count == 0 {
        return (0, 0);
    }
    let mut micros = 0;
    let zeros = std::iter::repeat(&b'0');
    for digit in digits[..count].iter().chain(zeros).take(6) {
        micros = micros * 10 + i64::from(digit - b'0');
    }
    (micros, count + 1)
}

/// Seconds east of Greenwich of `UTC`, `GMT`, `Z`, `+04`, `+0430`, `+04:30`.
/// Nothing for an abbreviation, whose meaning is the configured zone.
fn offset_seconds(zone: &[u8]) -> Option<i64> {
    if matches!(zone, b"UTC" | b"GMT" | b"Z" | b"z" | b"UCT" | b"Etc/UTC") {
        return Some(0);
    }
    let (sign, digits) = match zone.split_first()? {
        (b'+', digits) => (1, digits),
        (b'-', digits) => (-1, digits),
        _ => return None,
    };
    let mut values = [0i64; 6];
    let mut count = 0;
    for byte in digits.iter().filter(|byte| **byte != b':') {
        *values.get_mut(count)? = i64::from(digit(*byte)?);
        count += 1;
    }
    if count < 2 {
        return None;
    }
    let [h1, h2, m1, m2, s1, s2] = values;
    Some(sign * ((h1 * 10 + h2) * 3600 + (m1 * 10 + m2) * 60 + s1 * 10 + s2))
}

fn read_epoch(text: &[u8]) -> Option<Timestamp> {
    let whole = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=12).contains(&whole) {
        return None;
    }
    let mut seconds = 0i64;
    for byte in &text[..whole] {
        seconds = seconds * 10 + i64::from(byte - b'0');
    }
    let (micros, used) = fraction(&text[whole..]);
    (whole + used == text.len()).then(|| Timestamp::from_micros(seconds * 1_000_000 + micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(zone: &str, text: &str) -> Option<String> {
        let zone = TimeZone::get(zone).unwrap();
        TimeReader::new(zone)
            .read(text)
            .map(|time| time.to_string())
    }

    #[test]
    fn zones_are_resolved() {
        let cases = [
            (
                "UTC",
                "2026-01-31 10:00:04.123 UTC",
                "2026-01-31T10:00:04.123000Z",
            ),
            (
                "Europe/Berlin",
                "2026-01-31 10:00:04.123 UTC",
                "2026-01-31T10:00:04.123000Z",
            ),
            (
                "Europe/Berlin",
                "2026-01-31 10:00:04 CET",
                "2026-01-31T09:00:04.000000Z",
            ),
            (
                "Europe/Berlin",
                "2026-07-31 10:00:04 CEST",
                "2026-07-31T08:00:04.000000Z",
            ),
            (
                "America/New_York",
                "2026-01-31 10:00:04 EST",
                "2026-01-31T15:00:04.000000Z",
            ),
            (
                "UTC",
                "2026-01-31 10:00:04 +0430",
                "2026-01-31T05:30:04.000000Z",
            ),
            (
                "UTC",
                "2026-01-31 10:00:04 -03",
                "2026-01-31T13:00:04.000000Z",
            ),
            (
                "UTC",
                "2026-01-31T10:00:04.123456Z",
                "2026-01-31T10:00:04.123456Z",
            ),
            (
                "UTC",
                "2026-01-31T10:00:04.123456789+05:30",
                "2026-01-31T04:30:04.123456Z",
            ),
            ("UTC", "2026-01-31 10:00:04", "2026-01-31T10:00:04.000000Z"),
            ("UTC", "1769853604.123", "2026-01-31T10:00:04.123000Z"),
            ("UTC", "1769853604", "2026-01-31T10:00:04.000000Z"),
        ];
        for (zone, text, expected) in cases {
            assert_eq!(read(zone, text).as_deref(), Some(expected), "{zone} {text}");
        }
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in [
            "",
            "2026-13-31 10:00:04 UTC",
            "2026-01-31 25:00:04",
            "2026-01-31 10:00",
            "x",
        ] {
            assert_eq!(read("UTC", text), None, "{text}");
        }
    }

    #[test]
    fn the_remembered_minute_changes_nothing() {
        let mut reader = TimeReader::new(TimeZone::get("Europe/Berlin").unwrap());
        let texts = [
            "2026-10-25 02:59:59 CEST",
            "2026-10-25 03:00:00 CET",
            "2026-10-25 03:00:01 UTC",
        ];
        for text in texts.iter().chain(&texts) {
            let fresh = TimeReader::new(TimeZone::get("Europe/Berlin").unwrap()).read(text);
            assert_eq!(reader.read(text), fresh, "{text}");
        }
    }
}
