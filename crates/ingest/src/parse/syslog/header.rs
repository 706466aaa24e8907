//! The head of a syslog line, in every shape daemons write it.
//!
//! A line comes in; out go its time, host, identity, process id and what
//! follows. Known shapes: RFC 3164 with and without `<PRI>`, with fractions and
//! a year, and without a host; rsyslog's and journalctl's ISO times; RFC 5424
//! with structured data; and Heroku's `app[postgres.123]:`. The message itself
//! is not looked at.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use kumki_model::Timestamp;

use crate::parse::envelope::moment;

/// When a line says it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// A moment.
    Moment(Timestamp),
    /// A civil time in an unknown year; the year of this one means nothing.
    Yearless(DateTime),
    /// It does not say (RFC 5424's `-`).
    Unknown,
}

/// The head of a syslog line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    /// When it was written.
    pub(crate) when: When,
    /// Host name, empty when there is none.
    pub(crate) host: &'a str,
    /// The program: `syslog_ident`, or RFC 5424's APP-NAME.
    pub(crate) ident: &'a str,
    /// What stands for the process id; a number but for Heroku's `postgres.123`.
    pub(crate) process: &'a str,
    /// Everything after the head.
    pub(crate) message: &'a [u8],
}

impl Header<'_> {
    /// The process id.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.parse().ok()
    }
}

/// Reads the head of a line, or nothing when the line has none.
pub(crate) fn read<'a>(line: &'a [u8], zone: &TimeZone) -> Option<Header<'a>> {
    let (has_priority, rest) = match after_priority(line) {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    if has_priority && let Some(fields) = rest.strip_prefix(b"1 ") {
        return structured(fields, zone);
    }
    // The head is text even where the message is not.
    let head = text_of(rest.get(..rest.len().min(400))?);
    // With a blank instead of the `T` it is the time of PostgreSQL's own prefix.
    let iso = moment::prefix(head, zone).filter(|_| head.as_bytes().get(10) == Some(&b'T'));
    let (when, after_time) = match iso {
        Some((moment, after)) => (When::Moment(moment), after),
        None => traditional_time(head, zone)?,
    };
    let after_time = after_time.strip_prefix(' ')?;
    let (host, ident, process, message) = origin(after_time)?;
    let consumed = head.len() - message.len();
    Some(Header {
        when,
        host,
        ident,
        process,
        message: rest.get(consumed..)?,
    })
}

/// `<PRI>`: one to three digits, at most 191 (RFC 5424, section 6.2.1).
fn after_priority(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"<")?;
    let close = rest.iter().take(4).position(|byte| *byte == b'>')?;
    let value: u16 = std::str::from_utf8(&rest[..close]).ok()?.parse().ok()?;
    (value <= 191).then(|| &rest[close + 1..])
}

fn text_of(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `Jan 31 10:00:04`, `Jan  1 10:00:04.123456`, `Jan 31 2026 10:00:04`.
fn traditional_time<'a>(head: &'a str, zone: &TimeZone) -> Option<(When, &'a str)> {
    let name = head.get(..3)?;
    let month = u32::try_from(MONTHS.iter().position(|known| *known == name)?).ok()? + 1;
    let (day, rest) = digits(head.get(3..)?.trim_start_matches(' '))?;
    let (year, rest) = match digits(rest.trim_start_matches(' ')) {
        Some((year, after)) if year > 1900 && after.starts_with(' ') => {
            (Some(year), after.trim_start_matches(' '))
        }
        _ => (None, rest.trim_start_matches(' ')),
    };
    let (hour, rest) = digits(rest)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?)?;
    let (second, rest) = digits(rest.strip_prefix(':')?)?;
    let (nanos, rest) = moment::fraction(rest);
    // A leap year, so that 29 February is a day until the year is known.
    let civil = moment::civil(
        year.unwrap_or(2000),
        [month, day, hour, minute, second],
        nanos,
    )?;
    let when = match year {
        Some(_) => When::Moment(moment::to_timestamp(civil, zone)?),
        None => When::Yearless(civil),
    };
    Some((when, rest))
}

fn digits(text: &str) -> Option<(u32, &str)> {
    let end = text
        .bytes()
        .take(5)
        .position(|byte| !byte.is_ascii_digit())?;
    Some((text.get(..end)?.parse().ok()?, text.get(end..)?))
}

/// `host ident[process]: message` or `ident[process]: message`.
fn origin(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (first, rest) = word(text);
    if let Some((ident, process)) = tag(first) {
        return Some(("", ident, process, rest));
    }
    let (second, message) = word(rest);
    match tag(second) {
        Some((ident, process)) => Some((first, ident, process, message)),
        None => Some((first, "", "", rest)),
    }
}

/// The text up to a space, and what follows that space.
fn word(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

/// `ident[process]:` or `ident:`.
fn tag(word: &str) -> Option<(&str, &str)> {
    let word = word.strip_suffix(':')?;
    match word
        .strip_suffix(']')
        .and_then(|inner| inner.rsplit_once('['))
    {
        Some((ident, process)) => Some((ident, process)),
        None => (!word.is_empty()).then_some((word, "")),
    }
}

/// RFC 5424 after `<PRI>1 `: `TIMESTAMP HOST APP PROCID MSGID SD [BOM]MSG`.
fn structured<'a>(fields: &'a [u8], zone: &TimeZone) -> Option<Header<'a>> {
    let head = text_of(fields.get(..fields.len().min(800))?);
    let (time, rest) = word(head);
    let (host, rest) = word(rest);
    let (ident, rest) = word(rest);
    let (process, rest) = word(rest);
    let (_, rest) = word(rest);
    let when = match time {
        "-" => When::Unknown,
        _ => When::Moment(moment::read(time, zone)?),
    };
    let data_at = head.len() - rest.len();
    let after_data = after_structured_data(fields.get(data_at..)?)?;
    let message = after_data.strip_prefix(b" ").unwrap_or(after_data);
    let message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    let nil = |text: &'a str| if text == "-" { "" } else { text };
    Some(Header {
        when,
        host: nil(host),
        ident: nil(ident),
        process: nil(process),
        message,
    })
}

/// Skips `-` or `[id name="value"]…`, where `"`, `\` and `]` inside a value are
/// escaped. Logplex leaves structured data out altogether.
fn after_structured_data(bytes: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = bytes.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut rest = bytes;
    while rest.first() == Some(&b'[') && is_element(rest) {
        rest = &rest[element_end(rest)?..];
    }
    Some(rest)
}

/// Whether `[…` opens a structured data element and not a message such as
/// `[DATABASE] …` or `[3-1] …`: an element is `[id]` or `[id name="…`.
fn is_element(bytes: &[u8]) -> bool {
    let stop = bytes
        .iter()
        .position(|byte| matches!(byte, b' ' | b']' | b'"'));
    let Some(stop) = stop else { return false };
    if bytes[stop] != b' ' {
        return false;
    }
    let name = &bytes[stop + 1..];
    let equals = name.iter().take(64).position(|byte| {
        !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@'))
    });
    equals.is_some_and(|at| at > 0 && name[at..].starts_with(b"=\""))
}

fn element_end(bytes: &[u8]) -> Option<usize> {
    let mut in_value = false;
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_value => escaped = true,
            b'"' => in_value = !in_value,
            b']' if !in_value => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_utc(line: &str) -> Option<Header<'_>> {
        read(line.as_bytes(), &TimeZone::UTC)
    }

    fn moment_of(text: &str) -> When {
        When::Moment(Timestamp::parse_rfc3339(text).unwrap())
    }

    #[test]
    fn traditional_heads() {
        for line in [
            "<134>Jan  1 10:00:04 db1 postgres[123]: [5-1] x",
            "Jan 1 10:00:04 db1 postgres[123]: [5-1] x",
            "Jan 01 10:00:04 db1 postgres[123]: [5-1] x",
        ] {
            let header = read_utc(line).unwrap();
            let civil = moment::civil(2000, [1, 1, 10, 0, 4], 0).unwrap();
            assert_eq!(header.when, When::Yearless(civil), "{line}");
            assert_eq!(
                (header.host, header.ident, header.pid()),
                ("db1", "postgres", Some(123))
            );
            assert_eq!(header.message, b"[5-1] x");
        }
        let header = read_utc("Jan 31 2026 10:00:04.5 postgres[7]: x").unwrap();
        assert_eq!(header.when, moment_of("2026-01-31T10:00:04.5Z"));
        assert_eq!(
            (header.host, header.ident, header.message),
            ("", "postgres", &b"x"[..])
        );
    }

    #[test]
    fn iso_heads() {
        for line in [
            "<134>2026-01-31T10:00:04.123456+00:00 db1 postgres[123]: [5-1] x",
            "2026-01-31T11:00:04.123456+0100 db1 postgres[123]: [5-1] x",
        ] {
            let header = read_utc(line).unwrap();
            assert_eq!(header.when, moment_of("2026-01-31T10:00:04.123456Z"));
            assert_eq!(
                (header.host, header.ident, header.pid()),
                ("db1", "postgres", Some(123))
            );
        }
        let header =
            read_utc("2026-01-31T10:00:04.0+00:00 app[postgres.123]: [DATABASE] [9-1]  x").unwrap();
        assert_eq!(
            (header.host, header.ident, header.process),
            ("", "app", "postgres.123")
        );
        assert_eq!(header.message, b"[DATABASE] [9-1]  x");
    }

    #[test]
    fn structured_heads() {
        let line = "<134>1 2026-01-31T10:00:04Z db1 postgres 123 - [a@1 b=\"c\\]\" d=\"e\"][x@2 y=\"\"] \u{feff}[5-1] x";
        let header = read_utc(line).unwrap();
        assert_eq!(
            (header.host, header.ident, header.pid()),
            ("db1", "postgres", Some(123))
        );
        assert_eq!(header.message, b"[5-1] x");
        let header = read_utc("<134>1 - - postgres - - - x").unwrap();
        assert_eq!(header.when, When::Unknown);
        assert_eq!(
            (header.host, header.ident, header.pid()),
            ("", "postgres", None)
        );
        let header =
            read_utc("<134>1 2026-01-31T10:00:04+00:00 host app postgres.3 - [DATABASE] [9-1]  x")
                .unwrap();
        assert_eq!((header.ident, header.process), ("app", "postgres.3"));
        assert_eq!(header.message, b"[DATABASE] [9-1]  x");
    }

    #[test]
    fn other_lines_have_no_head() {
        for line in [
            "",
            "x",
            "Jan",
            "Jan 41 10:00:04 h p[1]: x",
            "<999>Jan 1 10:00:04 h p[1]: x",
            "2026-01-31 10:00:04.1 UTC [3] LOG:  x",
            "\u{e9}\u{e9}\u{e9}",
        ] {
            assert_eq!(read_utc(line), None, "{line}");
        }
    }
}
