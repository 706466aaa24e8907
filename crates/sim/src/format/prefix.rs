//! `log_line_prefix`, every escape of it.
//!
//! See "Error Reporting and Logging" in the PostgreSQL manual.

use crate::calendar::Calendar;
use crate::digits::decimal_text;
use crate::process::Process;

/// A prefix taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Prefix(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// Text as it stands.
    Text(String),
    /// An escape with its padding: positive to the right, negative to the left.
    Escape(char, i32),
}

/// What the prefix needs to know besides the process.
pub(crate) struct Moment<'a> {
    /// Time of the record.
    pub(crate) time: i64,
    /// SQLSTATE.
    pub(crate) sqlstate: &'a str,
}

impl Prefix {
    /// Takes a `log_line_prefix` apart. Unknown escapes print nothing, as in
    /// the server.
    pub(crate) fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut chars = text.chars().peekable();
        while let Some(character) = chars.next() {
            if character != '%' {
                plain.push(character);
                continue;
            }
            let left = chars.next_if_eq(&'-').is_some();
            let mut width = 0_i32;
            while let Some(digit) = chars.peek().and_then(|next| next.to_digit(10)) {
                width = width
                    .saturating_mul(10)
                    .saturating_add(digit as i32)
                    .min(200);
                chars.next();
            }
            match chars.next() {
                Some('%') => plain.push('%'),
                Some(escape) => {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Escape(escape, if left { -width } else { width }));
                }
                None => {}
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Self(parts)
    }

    /// Appends the prefix of one line.
    pub(crate) fn write(
        &self,
        out: &mut Vec<u8>,
        calendar: &mut Calendar,
        process: &Process,
        moment: &Moment<'_>,
        value: &mut String,
    ) {
        for part in &self.0 {
            let (escape, width) = match part {
                Part::Text(text) => {
                    out.extend_from_slice(text.as_bytes());
                    continue;
                }
                Part::Escape('q', _) if process.port.is_none() => return,
                Part::Escape('q', _) => continue,
                Part::Escape(escape, width) => (*escape, *width),
            };
            match (escape, width) {
                ('m', 0) => calendar.millis(out, moment.time),
                ('t', 0) => calendar.seconds(out, moment.time),
                ('s', 0) => calendar.seconds(out, process.started),
                _ => {
                    value.clear();
                    if expand(value, escape, calendar, process, moment) {
                        pad(out, value, width);
                    }
                }
            }
        }
    }
}

/// Appends `value` in a field of `width` bytes.
fn pad(out: &mut Vec<u8>, value: &str, width: i32) {
    let fill = (width.unsigned_abs() as usize).saturating_sub(value.len());
    if width > 0 {
        out.extend(std::iter::repeat_n(b' ', fill));
    }
    out.extend_from_slice(value.as_bytes());
    if width < 0 {
        out.extend(std::iter::repeat_n(b' ', fill));
    }
}

/// Appends the value of an escape; false when the server does not know it.
fn expand(
    value: &mut String,
    escape: char,
    calendar: &mut Calendar,
    process: &Process,
    moment: &Moment<'_>,
) -> bool {
    match escape {
        'a' => named(value, process, process.application()),
        'u' => named(value, process, process.known().map_or("", |who| &who.user)),
        'd' => {
            named(
                value,
                process,
                process.known().map_or("", |who| &who.database),
            );
        }
        'h' | 'r' => {
            if let Some(port) = &process.port {
                value.push_str(&port.identity.host);
                if escape == 'r' && port.number != 0 {
                    value.push('(');
                    decimal_text(value, port.number);
                    value.push(')');
                }
            }
        }
        'b' => value.push_str(process.backend),
        'p' => decimal_text(value, process.pid),
        // Parallel workers are not simulated, so there is never a leader.
        'P' => {}
        'm' | 't' | 's' => {
            let mut bytes = Vec::with_capacity(32);
            match escape {
                'm' => calendar.millis(&mut bytes, moment.time),
                't' => calendar.seconds(&mut bytes, moment.time),
                _ => calendar.seconds(&mut bytes, process.started),
            }
            value.push_str(&String::from_utf8_lossy(&bytes));
        }
        'n' => epoch(value, moment.time),
        'i' => value.push_str(process.tag),
        'e' => value.push_str(moment.sqlstate),
        'c' => value.push_str(&process.session),
        'l' => decimal_text(value, process.prefixed),
        'v' => process.virtual_xid(value),
        'x' => decimal_text(value, process.xid),
        'Q' => decimal_text(value, process.query_id),
        _ => return false,
    }
    true
}

/// Appends a name of a session; `[unknown]` when it has none yet, nothing for a
/// background process.
fn named(value: &mut String, process: &Process, name: &str) {
    if process.port.is_some() {
        value.push_str(if name.is_empty() { "[unknown]" } else { name });
    }
}

/// Seconds since the epoch with milliseconds.
fn epoch(value: &mut String, micros: i64) {
    let millis = micros.div_euclid(1_000);
    decimal_text(value, millis.div_euclid(1_000));
    value.push('.');
    crate::digits::padded_text(value, millis.rem_euclid(1_000).unsigned_abs(), 3);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_padding_and_percent_apart() {
        assert_eq!(
            Prefix::new("%% %-12u|%5l%").0,
            [
                Part::Text("% ".to_owned()),
                Part::Escape('u', -12),
                Part::Text("|".to_owned()),
                Part::Escape('l', 5),
            ]
        );
    }

    #[test]
    fn pads_both_ways_and_never_cuts() {
        let mut out = Vec::new();
        pad(&mut out, "ab", 4);
        pad(&mut out, "cd", -4);
        pad(&mut out, "efghi", 4);
        assert_eq!(out, b"  abcd  efghi");
    }
}
