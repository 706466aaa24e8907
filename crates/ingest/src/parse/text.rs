//! From bytes to text: UTF-8 checked, or repaired into the arena; samples of
//! what could not be read.

use std::borrow::Cow;
use std::fmt::Write as _;

use bumpalo::Bump;

/// Longest sample of a failure, in characters.
const SAMPLE_CHARACTERS: usize = 200;

/// The bytes as text. Bytes that are not UTF-8 become U+FFFD, in the arena.
pub fn decode<'a>(bytes: &'a [u8], arena: &'a Bump) -> &'a str {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => arena.alloc_str(&String::from_utf8_lossy(bytes)),
    }
}

/// The text with `old` masked away, kept in the arena only when it changed.
pub fn keep<'a>(text: Cow<'a, str>, arena: &'a Bump) -> &'a str {
    match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => arena.alloc_str(&text),
    }
}

/// The text with every doubled quote halved, in the arena.
pub fn halve_quotes<'a>(text: &str, arena: &'a Bump) -> &'a str {
    let mut halved = bumpalo::collections::String::with_capacity_in(text.len(), arena);
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'"', &text.as_bytes()[from..]) {
        let quote = from + found + 1;
        halved.push_str(&text[from..quote]);
        from = quote + usize::from(text.as_bytes().get(quote) == Some(&b'"'));
    }
    halved.push_str(&text[from..]);
    halved.into_bump_str()
}

/// How a record that could not be read begins: at most 200 characters,
/// passwords masked, control characters escaped.
pub fn sample(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(8 * SAMPLE_CHARACTERS)];
    let text = String::from_utf8_lossy(head);
    let masked = kumki_sql::mask_secrets(text.trim_end_matches(['\n', '\r']));
    let mut sample = String::with_capacity(SAMPLE_CHARACTERS);
    let mut left = SAMPLE_CHARACTERS;
    for character in masked.chars() {
        let before = sample.len();
        if character.is_control() {
            let _ = write!(sample, "{}", character.escape_default());
        } else {
            sample.push(character);
        }
        let written = sample[before..].chars().count();
        if written > left {
            sample.truncate(before);
            break;
        }
        left -= written;
    }
    sample
}

/// Whether the bytes are no text at all: they hold a NUL, or more than one in
/// eight is a control character other than tab, carriage return and newline.
pub fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    if memchr::memchr(0, head).is_some() {
        return true;
    }
    let controls = head
        .iter()
        .filter(|byte| **byte < 0x20 && !matches!(**byte, b'\t' | b'\r' | b'\n'))
        .count();
    controls * 8 > head.len()
}

/// The line without its newline and the carriage return before it.
pub fn trim_newline(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_short_and_printable() {
        let long = "é\u{1b}[31m".repeat(500);
        let sample = sample(long.as_bytes());
        assert!(sample.chars().count() <= 200);
        assert!(!sample.chars().any(char::is_control));
        assert!(sample.starts_with("é\\u{1b}[31m"));
    }

    #[test]
    fn broken_utf8_is_repaired() {
        let arena = Bump::new();
        assert_eq!(decode(b"a\xffb", &arena), "a\u{fffd}b");
        assert_eq!(decode("ключ".as_bytes(), &arena), "ключ");
    }

    #[test]
    fn binary_is_told_from_text() {
        assert!(is_binary(b"abc\0def"));
        assert!(is_binary(b"\x01\x02\x03abc"));
        assert!(!is_binary("\tошибка\r\n".as_bytes()));
    }
}
