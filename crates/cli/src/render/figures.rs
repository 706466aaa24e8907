//! Numbers and moments as people read them: `1,204,332`, `412 MB`, `5m 8s`,
//! `2026-01-31 10:00:04`. Pure formatting, no locale.

use kumki_model::{Reason, Timestamp, Window};

/// A whole number with a comma between groups of three digits.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 finding`, `2 findings`.
pub(crate) fn of(number: u64, singular: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {singular}{plural}", count(number))
}

/// Bytes in the decimal units of disks and networks.
#[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn bytes(number: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if number < 1000 {
        return format!("{number} B");
    }
    let mut value = number as f64 / 1000.0;
    let mut unit = "kB";
    for next in units.into_iter().skip(1) {
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    if value < 10.0 {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

/// Share of `part` in `whole` in percent, with enough digits to never show a
/// non-zero share as zero.
#[allow(clippy::cast_precision_loss, reason = "few digits are shown")]
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0 %".to_owned();
    }
    let share = part as f64 * 100.0 / whole as f64;
    match share {
        s if s >= 10.0 => format!("{s:.0} %"),
        s if s >= 0.1 => format!("{s:.1} %"),
        s if s >= 0.001 => format!("{s:.3} %"),
        _ => "< 0.001 %".to_owned(),
    }
}

/// A number as short as it can be without losing what matters.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    if value.abs() >= 1e15 || (value != 0.0 && value.abs() < 1e-4) {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.3}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    let (sign, short) = short
        .strip_prefix('-')
        .map_or(("", short), |rest| ("-", rest));
    let (whole, fraction) = short.split_at(short.find('.').unwrap_or(short.len()));
    match whole.parse() {
        Ok(0) if fraction.is_empty() => "0".to_owned(),
        Ok(whole) => format!("{sign}{}{fraction}", count(whole)),
        Err(_) => format!("{sign}{short}"),
    }
}

/// A length of time, in its two largest units.
pub(crate) fn duration(micros: i64) -> String {
    let seconds = micros.max(0) / 1_000_000;
    let (days, hours, minutes, rest) = (
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    let two = |large: String, small: i64, unit: &str| match small {
        0 => large,
        _ => format!("{large} {small}{unit}"),
    };
    match (days, hours, minutes, rest) {
        (0, 0, 0, 0) => format!("{} ms", micros.max(0) / 1000),
        (0, 0, 0, s) => format!("{s}s"),
        (0, 0, m, s) => two(format!("{m}m"), s, "s"),
        (0, h, m, _) => two(format!("{h}h"), m, "m"),
        (d, h, _, _) => two(format!("{d}d"), h, "h"),
    }
}

/// Wall-clock seconds of a run.
pub(crate) fn seconds(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        "an unknown time".to_owned()
    } else if value < 10.0 {
        format!("{value:.2} s")
    } else if value < 120.0 {
        format!("{value:.0} s")
    } else {
        // Saturates far beyond any run.
        duration((value * 1e6) as i64)
    }
}

/// A moment to the second, in UTC: `2026-01-31 10:00:04`.
pub(crate) fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    match (text.get(..10), text.get(10..11), text.get(11..19)) {
        (Some(date), Some("T"), Some(clock)) => format!("{date} {clock}"),
        _ => text,
    }
}

/// A span of time in UTC; the second date is left out when it is the first.
pub(crate) fn span(start: Timestamp, end: Timestamp) -> String {
    let (from, to) = (moment(start), moment(end));
    if from == to {
        return from;
    }
    match (from.split_once(' '), to.split_once(' ')) {
        (Some((first, _)), Some((second, clock))) if first == second => {
            format!("{from} to {clock}")
        }
        _ => format!("{from} to {to}"),
    }
}

/// How long a window is, unless it is a moment.
pub(crate) fn length(window: Window) -> Option<String> {
    let micros = window.end.micros_since(window.start);
    (micros >= 1_000_000).then(|| duration(micros))
}

/// What a reason observed, as text (not yet made safe to show).
pub(crate) fn observed(reason: &Reason) -> String {
    match &reason.observed {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(value) => match (value.as_u64(), value.as_f64()) {
            (Some(whole), _) => count(whole),
            (None, Some(fraction)) => number(fraction),
            (None, None) => value.to_string(),
        },
        other => other.to_string(),
    }
}

/// The band a reason thought normal.
pub(crate) fn expected(reason: &Reason) -> Option<String> {
    let [low, high] = reason.expected?;
    Some(if low == high {
        number(low)
    } else {
        format!("{} to {}", number(low), number(high))
    })
}

/// A share from 0 to 1, whatever the detector wrote.
pub(crate) fn share(value: f64) -> f64 {
    if value.is_finite() {
        value.clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// A share as a whole percentage.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 100"
)]
pub(crate) fn share_percent(value: f64) -> u8 {
    (share(value) * 100.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_digits() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_204_332), "1,204,332");
        assert_eq!(of(1, "finding"), "1 finding");
        assert_eq!(of(2, "finding"), "2 findings");
    }

    #[test]
    fn sizes_and_shares() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1000), "1.0 kB");
        assert_eq!(bytes(999_960), "1.0 MB");
        assert_eq!(bytes(412_000_000), "412 MB");
        assert_eq!(bytes(u64::MAX), "18 EB");
        assert_eq!(percent(1, 1_000_000), "< 0.001 %");
        assert_eq!(percent(12, 1_204_332), "< 0.001 %");
        assert_eq!(percent(12, 100_000), "0.012 %");
        assert_eq!(percent(1, 4), "25 %");
        assert_eq!(percent(0, 4), "0 %");
    }

    #[test]
    fn numbers_survive_anything() {
        assert_eq!(number(3.100), "3.1");
        assert_eq!(number(20.0), "20");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(-5200.5), "-5,200.5");
        assert_eq!(number(f64::NAN), "unknown");
        assert_eq!(number(1e300), "1.000e300");
        assert_eq!(share_percent(f64::INFINITY), 0);
        assert_eq!(share_percent(7.0), 100);
    }

    #[test]
    fn times() {
        let start = Timestamp::parse_rfc3339("2026-01-31T10:00:04.123456Z").unwrap();
        assert_eq!(moment(start), "2026-01-31 10:00:04");
        assert_eq!(moment(Timestamp::MIN), format!("{}us", i64::MIN));
        assert_eq!(
            span(start, start.saturating_add(308_000_000)),
            "2026-01-31 10:00:04 to 10:05:12"
        );
        assert_eq!(duration(308_000_000), "5m 8s");
        assert_eq!(duration(90_000_000_000), "1d 1h");
        assert_eq!(duration(900_000_000), "15m");
        assert_eq!(duration(-5), "0 ms");
    }
}
