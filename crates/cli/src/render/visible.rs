//! Makes text that others wrote safe to look at: characters that move the
//! cursor, change colours, reverse the reading direction or show nothing at all
//! come out as visible escapes such as `\x1b` and `\u{202e}`.
//!
//! What goes in is any text; what comes out holds printable characters only (and
//! line feeds, where asked for). It adds no quoting of its own.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// How many combining marks may follow one another before the rest are escaped:
/// enough for every living language, too few to paint over the lines above.
const COMBINING_MARKS: usize = 3;

/// What happens to a line feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineFeed {
    /// It becomes `\n`, so that the text stays on one line.
    Escape,
    /// It stays.
    Keep,
}

/// `text` on one line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escape(text, LineFeed::Escape, true)
}

/// `text` with its line feeds; a carriage return before one is dropped.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    escape(text, LineFeed::Keep, true)
}

/// `text` on one line, in ASCII only: for terminals that take bytes above 127
/// for control characters.
pub(crate) fn ascii_line(text: &str) -> Cow<'_, str> {
    escape(text, LineFeed::Escape, false)
}

fn escape(text: &str, line_feed: LineFeed, unicode: bool) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| byte == b' ' || byte.is_ascii_graphic())
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut marks = 0;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if line_feed == LineFeed::Keep {
            if c == '\n' {
                shown.push(c);
                marks = 0;
                continue;
            }
            if c == '\r' && rest.peek() == Some(&'\n') {
                continue;
            }
        }
        let mark = c.width() == Some(0);
        marks = if mark { marks + 1 } else { 0 };
        let keep = c.is_ascii() || (unicode && marks <= COMBINING_MARKS);
        if keep && shows(c) {
            shown.push(c);
        } else {
            push_escaped(&mut shown, c);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character shows as itself. The standard library's notion: neither a
/// control, a format character (bidirectional overrides, zero-width joiners,
/// tags), a separator other than the space, private, nor unassigned. Combining
/// marks count as printable.
pub(crate) fn shows(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    // After a letter, `escape_debug` leaves combining marks alone.
    let mut buffer = [b'a'; 5];
    let length = c.encode_utf8(&mut buffer[1..]).len();
    let pair = std::str::from_utf8(&buffer[..=length]).unwrap_or_default();
    pair.escape_debug().nth(2).is_none() && !is_unseen(c)
}

/// Letters and marks that Unicode lists as such and that show nothing.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{34f}'                   // combining grapheme joiner
        | '\u{115f}' | '\u{1160}'   // Hangul fillers
        | '\u{17b4}' | '\u{17b5}'   // Khmer inherent vowels
        | '\u{180b}'..='\u{180f}'   // Mongolian variation selectors
        | '\u{2800}'                // Braille blank
        | '\u{3164}' | '\u{ffa0}'   // Hangul fillers
        | '\u{e0100}'..='\u{e01ef}' // variation selectors, supplement
    )
}

fn push_escaped(shown: &mut String, c: char) {
    match c {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        '\0'..='\x7f' => {
            let _ = write!(shown, "\\x{:02x}", u32::from(c));
        }
        _ => {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_untouched_and_borrowed() {
        assert!(matches!(
            line("select 1 -- it's \\ \"fine\""),
            Cow::Borrowed(_)
        ));
        assert_eq!(
            line("Jürgen 東京 нет 😀 e\u{301}"),
            "Jürgen 東京 нет 😀 e\u{301}"
        );
        assert_eq!(line("'\"\\é"), "'\"\\é");
    }

    #[test]
    fn controls_and_overrides_become_visible() {
        assert_eq!(line("\x1b[31mred\x07\x7f"), "\\x1b[31mred\\x07\\x7f");
        assert_eq!(line("a\u{9b}31m"), "a\\u{9b}31m");
        assert_eq!(line("user\u{202e}nimda"), "user\\u{202e}nimda");
        assert_eq!(
            line("zero\u{200b}width\u{feff}"),
            "zero\\u{200b}width\\u{feff}"
        );
        assert_eq!(line("tag\u{e0041}"), "tag\\u{e0041}");
        assert_eq!(line("no\u{a0}break\u{2028}"), "no\\u{a0}break\\u{2028}");
        assert_eq!(line("fill\u{3164}er"), "fill\\u{3164}er");
        assert_eq!(line("a\r\nb\tc"), "a\\r\\nb\\tc");
    }

    #[test]
    fn kept_lines_keep_nothing_else() {
        assert_eq!(lines("a\r\nb\rc\td\n"), "a\nb\\rc\\td\n");
    }

    #[test]
    fn piles_of_marks_are_cut() {
        let pile = format!("a{}", "\u{301}".repeat(50));
        assert_eq!(line(&pile).matches('\u{301}').count(), COMBINING_MARKS);
    }

    #[test]
    fn ascii_only_for_eight_bit_terminals() {
        assert_eq!(ascii_line("ěa"), "\\u{11b}a");
    }

    #[test]
    fn every_character_comes_out_printable() {
        for c in '\0'..=char::MAX {
            let mut buffer = [0; 4];
            let shown = line(c.encode_utf8(&mut buffer)).into_owned();
            assert!(!shown.chars().any(char::is_control), "{:x}", u32::from(c));
            assert!(!shown.is_empty());
        }
    }
}
