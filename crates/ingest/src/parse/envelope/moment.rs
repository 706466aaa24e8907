//! The time an envelope carries, in the forms services write it.
//!
//! Text in, a [`Timestamp`] out. A time without a zone, or with an abbreviation
//! other than UTC's, is read in the zone the caller gives, never in the
//! machine's.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use kumki_model::Timestamp;

/// Reads `2026-01-31T10:00:04.123456789Z`, `2026-01-31 10:00:04.123 UTC`,
/// `2026-01-31 10:00:04+00` and what lies between (RFC 3339, PostgreSQL's log
/// times, ISO 8601 with a comma).
pub(crate) fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let (moment, rest) = prefix(text.trim(), zone)?;
    rest.is_empty().then_some(moment)
}

/// Reads a time at the start of `text`, and gives what follows it.
pub(crate) fn prefix<'a>(text: &'a str, zone: &TimeZone) -> Option<(Timestamp, &'a str)> {
    let bytes = text.as_bytes();
    let year = number(bytes, 0, 4)?;
    let month = number(bytes, 5, 2)?;
    let day = number(bytes, 8, 2)?;
    let separators = [bytes.get(4)?, bytes.get(7)?, bytes.get(13)?, bytes.get(16)?];
    if separators != [&b'-', &b'-', &b':', &b':'] || !matches!(bytes.get(10)?, b'T' | b't' | b' ') {
        return None;
    }
    let (hour, minute, second) = (
        number(bytes, 11, 2)?,
        number(bytes, 14, 2)?,
        number(bytes, 17, 2)?,
    );
    let (nanos, rest) = fraction(text.get(19..)?);
    let civil = civil(year, [month, day, hour, minute, second], nanos)?;
    let (place, rest) = zone_of(rest, zone);
    Some((to_timestamp(civil, &place)?, rest))
}

/// A civil time, with a leap second read as the second before it.
pub(crate) fn civil(year: u32, parts: [u32; 5], nanos: i32) -> Option<DateTime> {
    let [month, day, hour, minute, second] = parts.map(|part| i8::try_from(part).unwrap_or(-1));
    let second = if second == 60 { 59 } else { second };
    DateTime::new(
        i16::try_from(year).ok()?,
        month,
        day,
        hour,
        minute,
        second,
        nanos,
    )
    .ok()
}

/// The moment `civil` is in `zone`; the earlier one when clocks go back.
pub(crate) fn to_timestamp(civil: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let moment = zone.to_timestamp(civil).ok()?;
    Some(Timestamp::from_micros(moment.as_microsecond()))
}

/// Reads seconds (`1619781249.7188137`), milliseconds or microseconds since the
/// Unix epoch, told apart by size.
pub(crate) fn epoch(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let micros = match whole.unsigned_abs() {
        0..100_000_000_000 => {
            let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
            whole
                .checked_mul(1_000_000)?
                .checked_add(digits.parse().ok()?)?
        }
        100_000_000_000..100_000_000_000_000 => whole.checked_mul(1_000)?,
        100_000_000_000_000..100_000_000_000_000_000 => whole,
        _ => whole / 1_000,
    };
    Some(Timestamp::from_micros(micros))
}

fn number(bytes: &[u8], at: usize, digits: usize) -> Option<u32> {
    bytes.get(at..at + digits)?.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + u32::from(byte - b'0'))
    })
}

/// Nanoseconds of a fraction such as `.123`, and what follows it.
pub(crate) fn fraction(text: &str) -> (i32, &str) {
    let Some(rest) = text.strip_prefix(['.', ',']) else {
        return (0, text);
    };
    let end = rest
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(rest.len());
    let mut nanos = 0;
    for place in 0..9 {
        let digit = rest.as_bytes()[..end]
            .get(place)
            .map_or(0, |byte| i32::from(byte - b'0'));
        nanos = nanos * 10 + digit;
    }
    (nanos, &rest[end..])
}

fn zone_of<'a>(text: &'a str, assumed: &TimeZone) -> (TimeZone, &'a str) {
    let spaced = text.strip_prefix(' ').unwrap_or(text);
    let end = spaced
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b':')))
        .unwrap_or(spaced.len());
    let (word, rest) = spaced.split_at(end);
    match word {
        "Z" | "z" | "UTC" | "GMT" => return (TimeZone::UTC, rest),
        "" => return (assumed.clone(), text),
        _ => {}
    }
    if let Some(offset) = numeric(word) {
        return (TimeZone::fixed(offset), rest);
    }
    let is_abbreviation =
        word.len() <= 5 && word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_abbreviation {
        (assumed.clone(), rest)
    } else {
        (assumed.clone(), text)
    }
}

/// `+02`, `+0200`, `+02:00`.
fn numeric(word: &str) -> Option<Offset> {
    let sign = match word.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: Vec<u8> = word.bytes().skip(1).filter(|byte| *byte != b':').collect();
    let hours = number(&digits, 0, 2)?;
    let minutes = if digits.len() >= 4 {
        number(&digits, 2, 2)?
    } else {
        0
    };
    if !matches!(digits.len(), 2 | 4 | 6) || minutes >= 60 {
        return None;
    }
    Offset::from_seconds(sign * i32::try_from(hours * 3600 + minutes * 60).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_one_moment() {
        let expected = Timestamp::parse_rfc3339("2026-01-31T10:00:04.123Z").unwrap();
        let berlin = TimeZone::fixed(Offset::from_seconds(3600).unwrap());
        for text in [
            "2026-01-31T10:00:04.123Z",
            "2026-01-31 10:00:04.123 UTC",
            "2026-01-31 10:00:04.123000000+00",
            "2026-01-31 11:00:04,123 CET",
            "2026-01-31T11:00:04.123+01:00",
            "2026-01-31T12:00:04.123+0200",
            "2026-01-31 11:00:04.123",
        ] {
            assert_eq!(read(text, &berlin), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "2026",
            "2026-13-01T00:00:00Z",
            "2026-01-31T10:00:04.1Zx",
            "é026-01-31 10:00:00",
        ] {
            assert_eq!(read(text, &TimeZone::UTC), None, "{text}");
        }
        assert_eq!(epoch("x"), None);
        assert_eq!(epoch("99999999999999999999"), None);
    }

    #[test]
    fn epochs_of_every_unit() {
        let expected = Timestamp::parse_rfc3339("2021-04-30T11:14:09.718813Z").unwrap();
        assert_eq!(epoch("1619781249.7188137"), Some(expected));
        assert_eq!(epoch("1619781249718813"), Some(expected));
        let milliseconds = Timestamp::parse_rfc3339("2021-04-30T11:14:09.718Z").unwrap();
        assert_eq!(epoch("1619781249718"), Some(milliseconds));
    }
}
