//! One pass over a flat JSON object, as PostgreSQL writes it; what is not flat
//! is read by serde_json.

use bumpalo::Bump;
use serde_json::{Map, Value};

use crate::parse::short::find_either;

macro_rules! members {
    ($($variant:ident = $name:literal,)+) => {
        /// A member of a jsonlog record, in the order the server writes them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Member { $($variant,)+ }

        /// The members as they stand in a record.
        const MEMBERS: &[&str] = &[$(concat!("\"", $name, "\":"),)+];
    };
}

members! {
    Timestamp = "timestamp",
    User = "user",
    Dbname = "dbname",
    Pid = "pid",
    RemoteHost = "remote_host",
    RemotePort = "remote_port",
    SessionId = "session_id",
    LineNum = "line_num",
    Ps = "ps",
    SessionStart = "session_start",
    Vxid = "vxid",
    Txid = "txid",
    ErrorSeverity = "error_severity",
    StateCode = "state_code",
    Message = "message",
    Detail = "detail",
    Hint = "hint",
    InternalQuery = "internal_query",
    Context = "context",
    Statement = "statement",
    ApplicationName = "application_name",
    BackendType = "backend_type",
    QueryId = "query_id",
}

/// The members that are used. Numbers are kept as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Row<'a>([Option<&'a str>; 23]);

impl<'a> Row<'a> {
    /// The text of a member.
    pub(super) fn get(&self, member: Member) -> Option<&'a str> {
        self.0.get(member as usize).copied().flatten()
    }

    fn set(&mut self, index: Option<usize>, value: &'a str) {
        if let Some(place) = index.and_then(|index| self.0.get_mut(index)) {
            *place = Some(value);
        }
    }

    /// Whether this is a record of PostgreSQL at all.
    fn is_record(&self) -> bool {
        let says = [Member::Message, Member::ErrorSeverity];
        self.get(Member::Timestamp).is_some() && says.iter().any(|say| self.get(*say).is_some())
    }
}

/// Reads one line. Nothing when it is no record.
pub(super) fn read<'a>(line: &'a str, arena: &'a Bump) -> Option<Row<'a>> {
    let row = match flat(line, arena) {
        Some(row) => row,
        None => any(line, arena)?,
    };
    row.is_record().then_some(row)
}

fn flat<'a>(line: &'a str, arena: &'a Bump) -> Option<Row<'a>> {
    let bytes = line.as_bytes();
    let mut row = Row::default();
    if bytes.first() != Some(&b'{') {
        return None;
    }
    let mut at = 1;
    let mut expected = 0;
    loop {
        let (index, value_start) = key(bytes, at, &mut expected)?;
        at = value_start;
        if bytes.get(at) == Some(&b'"') {
            let (value, end) = string(line, at + 1, arena)?;
            row.set(index, value);
            at = end;
        } else {
            let rest = bytes.get(at..)?;
            let length = rest.iter().position(|byte| matches!(byte, b',' | b'}'))?;
            let value = line.get(at..at + length)?;
            if value
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-')
                && !value.is_empty()
            {
                row.set(index, value);
            } else if value != "null" && value != "true" && value != "false" {
                return None;
            }
            at += length;
        }
        match bytes.get(at)? {
            b',' => at += 1,
            b'}' if at + 1 == bytes.len() => return Some(row),
            _ => return None,
        }
    }
}

/// Which member's key stands at `at`, if it is one that is used, and where its
/// value begins. The server writes them in a fixed order, so the one after the
/// last is tried first.
fn key(bytes: &[u8], at: usize, expected: &mut usize) -> Option<(Option<usize>, usize)> {
    let rest = bytes.get(at..)?;
    let later = MEMBERS.get(*expected..)?.iter();
    let found = later
        .clone()
        .take(8)
        .position(|member| rest.starts_with(member.as_bytes()));
    if let Some(skipped) = found {
        let index = *expected + skipped;
        *expected = index + 1;
        return Some((Some(index), at + MEMBERS[index].len()));
    }
    if rest.first() != Some(&b'"') {
        return None;
    }
    let end = find_either(bytes, at + 1, *b"\"\\");
    if bytes.get(end..end + 2)? != b"\":" {
        return None;
    }
    let key = bytes.get(at..end + 2)?;
    Some((
        MEMBERS.iter().position(|member| member.as_bytes() == key),
        end + 2,
    ))
}

/// The string whose text begins at `start`, and where what follows its closing
/// quote begins.
fn string<'a>(line: &'a str, start: usize, arena: &'a Bump) -> Option<(&'a str, usize)> {
    let bytes = line.as_bytes();
    let mut stop = find_either(bytes, start, *b"\"\\");
    if *bytes.get(stop)? == b'"' {
        return Some((&line[start..stop], stop + 1));
    }
    let mut text = bumpalo::collections::String::with_capacity_in(64 + stop - start, arena);
    let mut from = start;
    loop {
        text.push_str(line.get(from..stop)?);
        if bytes[stop] == b'"' {
            return Some((text.into_bump_str(), stop + 1));
        }
        let (character, length) = escape(bytes.get(stop + 1..)?)?;
        text.push(character);
        from = stop + 1 + length;
        stop = from + memchr::memchr2(b'"', b'\\', bytes.get(from..)?)?;
    }
}

/// The character an escape stands for, and how many bytes follow the backslash.
fn escape(text: &[u8]) -> Option<(char, usize)> {
    let simple = match text.first()? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(text),
        _ => return None,
    };
    Some((simple, 1))
}

fn unicode(text: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = std::str::from_utf8(text.get(at..at + 4)?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(1)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 5));
    }
    // Half of a pair; alone it stands for nothing.
    let pair = (text.get(5..7) == Some(b"\\u")).then(|| unit(7)).flatten();
    match pair.filter(|low| first < 0xdc00 && (0xdc00..0xe000).contains(low)) {
        Some(low) => {
            let scalar = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
            Some((char::from_u32(scalar)?, 11))
        }
        None => Some((char::REPLACEMENT_CHARACTER, 5)),
    }
}

fn any<'a>(line: &str, arena: &'a Bump) -> Option<Row<'a>> {
    let members: Map<String, Value> = serde_json::from_str(line).ok()?;
    let mut row = Row::default();
    for (key, value) in &members {
        let text = match value {
            Value::String(text) => arena.alloc_str(text),
            Value::Number(number) => arena.alloc_str(&number.to_string()),
            _ => continue,
        };
        let index = MEMBERS
            .iter()
            .position(|member| member.trim_matches(['"', ':']) == key);
        row.set(index, text);
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded() {
        let arena = Bump::new();
        let line = r#"{"timestamp":"t","message":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dz","pid":42,"x":null}"#;
        let row = flat(line, &arena).unwrap();
        assert_eq!(
            row.get(Member::Message),
            Some("a\"\\/\u{8}\u{c}\n\r\té😀\u{fffd}z")
        );
        assert_eq!(row.get(Member::Pid), Some("42"));
        assert_eq!(read(line, &arena), Some(row));
    }

    #[test]
    fn unusual_objects_are_read_too() {
        let arena = Bump::new();
        let line = r#" { "timestamp" : "t", "message" : "m", "pid" : 42, "extra" : {"a":[1]} } "#;
        let row = read(line, &arena).unwrap();
        assert_eq!(
            (
                row.get(Member::Timestamp),
                row.get(Member::Message),
                row.get(Member::Pid)
            ),
            (Some("t"), Some("m"), Some("42"))
        );
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let arena = Bump::new();
        for line in [
            "",
            "{",
            "{}",
            "[]",
            "{\"timestamp\":\"t\"}",
            "{\"timestamp\":\"t\",\"message\":\"x",
        ] {
            assert_eq!(read(line, &arena), None, "{line}");
        }
    }

    #[test]
    fn both_readers_agree() {
        let arena = Bump::new();
        let line = r#"{"timestamp":"2026-01-31 10:00:04.123 UTC","user":"alice","dbname":"shop","pid":42,"remote_host":"10.0.0.5","remote_port":51234,"session_id":"65b2f1a3.2a","line_num":3,"ps":"SELECT","session_start":"2026-01-31 10:00:00 UTC","vxid":"3/17","txid":0,"error_severity":"LOG","message":"statement: select \"a\"","application_name":"psql","backend_type":"client backend","query_id":-55}"#;
        assert_eq!(flat(line, &arena), any(line, &arena));
        assert!(flat(line, &arena).is_some());
    }
}
