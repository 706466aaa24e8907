//! The word before the colon: `LOG`, `FEHLER`, `詳細`, … in every language of
//! the server.

use std::sync::LazyLock;

use hashbrown::HashMap;
use kumki_model::{LogLevel, SqlState};

/// What a line of a stderr log announces itself as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// A record of that level begins.
    Level(LogLevel),
    /// More about the record before it.
    FollowUp(FollowUp),
}

/// The kinds of lines that belong to the record before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowUp {
    /// `DETAIL`.
    Detail,
    /// `HINT`.
    Hint,
    /// `QUERY`: the internal query that failed.
    Query,
    /// `CONTEXT`.
    Context,
    /// `STATEMENT`.
    Statement,
    /// `LOCATION`, with `log_error_verbosity = verbose`.
    Location,
    /// `BACKTRACE`.
    Backtrace,
}

struct Words {
    labels: HashMap<&'static str, Label>,
    fatal: Vec<&'static str>,
    unknown: Vec<&'static str>,
    /// What stands before and after the number in ` at character 15`.
    positions: Vec<(&'static str, &'static str)>,
    longest: usize,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words {
        labels: HashMap::new(),
        fatal: Vec::new(),
        unknown: Vec::new(),
        positions: Vec::new(),
        longest: 0,
    };
    for line in include_str!("message/catalogue/words.tsv").lines() {
        let mut columns = line.split('\t');
        let (Some(kind), Some(_), Some(word)) = (columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        if kind == "UNKNOWN" {
            words.unknown.push(word);
        } else if kind == "POSITION" {
            words.positions.extend(word.split_once("{}"));
        } else if let Some(label) = label_of(kind) {
            words.labels.entry(word).or_insert(label);
            words.longest = words.longest.max(word.len());
            if label == Label::Level(LogLevel::Fatal) {
                words.fatal.push(word);
            }
        }
    }
    for word in ["DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5"] {
        words.labels.insert(word, Label::Level(LogLevel::Debug));
    }
    words
});

/// The label an English word stands for.
fn label_of(word: &str) -> Option<Label> {
    Some(match word {
        "DEBUG" => Label::Level(LogLevel::Debug),
        "INFO" => Label::Level(LogLevel::Info),
        "NOTICE" => Label::Level(LogLevel::Notice),
        "WARNING" => Label::Level(LogLevel::Warning),
        "LOG" => Label::Level(LogLevel::Log),
        "ERROR" => Label::Level(LogLevel::Error),
        "FATAL" => Label::Level(LogLevel::Fatal),
        "PANIC" => Label::Level(LogLevel::Panic),
        "DETAIL" => Label::FollowUp(FollowUp::Detail),
        "HINT" => Label::FollowUp(FollowUp::Hint),
        "QUERY" => Label::FollowUp(FollowUp::Query),
        "CONTEXT" => Label::FollowUp(FollowUp::Context),
        "STATEMENT" => Label::FollowUp(FollowUp::Statement),
        "LOCATION" => Label::FollowUp(FollowUp::Location),
        "BACKTRACE" => Label::FollowUp(FollowUp::Backtrace),
        _ => return None,
    })
}

/// The level a word means in any language of the server.
pub fn level(word: &str) -> Option<LogLevel> {
    let label = match label_of(word) {
        Some(label) => label,
        None => WORDS.labels.get(word).copied()?,
    };
    match label {
        Label::Level(level) => Some(level),
        Label::FollowUp(_) => None,
    }
}

/// Whether the text is what the server writes for a name it does not know yet.
pub fn is_unknown(text: &str) -> bool {
    text.starts_with('[') && WORDS.unknown.contains(&text)
}

/// Reads a label, its colon and the blanks after it at the start of `text`;
/// returns where the message begins.
pub fn read(text: &str) -> Option<(Label, usize)> {
    let bytes = text.as_bytes();
    let window = &bytes[..bytes.len().min(WORDS_WINDOW)];
    let colon = memchr::memchr(b':', window)?;
    let word = text.get(..colon)?;
    let label = match label_of(word) {
        Some(label) => label,
        None => {
            let word = word.trim_end_matches([' ', '\u{a0}', '\u{202f}']);
            WORDS.labels.get(word).copied()?
        }
    };
    match bytes.get(colon + 1..)? {
        [] => Some((label, colon + 1)),
        [b' ', b' ', ..] => Some((label, colon + 3)),
        [b' ', ..] => Some((label, colon + 2)),
        [b'\n' | b'\r', ..] => Some((label, colon + 1)),
        // One translation puts no blank there.
        _ if !word.is_ascii() => Some((label, colon + 1)),
        _ => None,
    }
}

/// No label with its blanks is longer, in bytes.
const WORDS_WINDOW: usize = 64;

/// The next position at or after `from` at which a label begins.
pub fn find(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    for colon in memchr::memchr_iter(b':', bytes.get(from..)?).map(|found| from + found) {
        if !matches!(bytes.get(colon + 1), None | Some(b' ')) {
            continue;
        }
        let lowest = colon.saturating_sub(WORDS.longest + 3).max(from);
        let start = (lowest..colon)
            .filter(|start| text.is_char_boundary(*start))
            .find(|start| read(&text[*start..]).is_some());
        if start.is_some() {
            return start;
        }
    }
    None
}

/// The message without ` at character 15`, which only stderr and syslog carry.
pub fn without_position(message: &str) -> &str {
    let found = WORDS.positions.iter().find_map(|(before, after)| {
        let number = message.strip_suffix(after)?;
        let rest = number.trim_end_matches(|character: char| character.is_ascii_digit());
        if rest.len() == number.len() {
            None
        } else {
            rest.strip_suffix(before)
        }
    });
    found.unwrap_or(message)
}

/// Whether a line of level FATAL could begin at or after `from`.
pub fn mentions_fatal(text: &str, from: usize) -> bool {
    let Some(bytes) = text.as_bytes().get(from..) else {
        return false;
    };
    memchr::memchr_iter(b':', bytes).any(|colon| {
        bytes.get(colon + 1) == Some(&b' ')
            && WORDS
                .fatal
                .iter()
                .any(|word| bytes[..colon].ends_with(word.as_bytes()))
    })
}

/// Reads the SQLSTATE that `log_error_verbosity = verbose` puts before the
/// message; returns it with where the message begins.
pub fn verbose_sqlstate(message: &str) -> Option<(SqlState, usize)> {
    let bytes = message.as_bytes();
    if bytes.get(5..7)? != b": " {
        return None;
    }
    let code = SqlState::parse(bytes.get(..5)?)?;
    bytes[..5]
        .iter()
        .any(u8::is_ascii_digit)
        .then_some((code, 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_many_languages() {
        let cases = [
            ("LOG:  x", Label::Level(LogLevel::Log), "x"),
            ("LOG: x", Label::Level(LogLevel::Log), "x"),
            ("FEHLER:  x", Label::Level(LogLevel::Error), "x"),
            ("HINWEIS:  x", Label::Level(LogLevel::Notice), "x"),
            ("TIPP:  x", Label::FollowUp(FollowUp::Hint), "x"),
            ("ВАЖНО:  x", Label::Level(LogLevel::Fatal), "x"),
            (
                "比致命错误还过分的错误:  x",
                Label::Level(LogLevel::Panic),
                "x",
            ),
            ("DEBUG3:  x", Label::Level(LogLevel::Debug), "x"),
            ("STATEMENT:  ", Label::FollowUp(FollowUp::Statement), ""),
            ("LOG:", Label::Level(LogLevel::Log), ""),
        ];
        for (text, expected, message) in cases {
            let (label, start) = read(text).unwrap();
            assert_eq!((label, &text[start..]), (expected, message), "{text}");
        }
        for text in ["log:  x", "x LOG:  y", "LOG", "LOG:x", ""] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn labels_are_found_inside_a_line() {
        assert_eq!(find("aliceLOG:  x", 0), Some(5));
        assert_eq!(find("a: b FEHLER:  x", 0), Some(5));
        assert_eq!(find("a: b", 0), None);
        assert!(mentions_fatal("x@y ВАЖНО:  z", 0));
        assert!(!mentions_fatal("x@y LOG:  z", 0));
    }

    #[test]
    fn positions_are_cut_off() {
        let cases = [
            (
                "relation \"x\" does not exist at character 15",
                "relation \"x\" does not exist",
            ),
            (
                "Relation »x« existiert nicht bei Zeichen 15",
                "Relation »x« existiert nicht",
            ),
            ("at character", "at character"),
            ("value 15", "value 15"),
        ];
        for (message, expected) in cases {
            assert_eq!(without_position(message), expected);
        }
    }

    #[test]
    fn verbose_codes() {
        assert_eq!(
            verbose_sqlstate("42P01: relation").map(|code| code.1),
            Some(7)
        );
        assert_eq!(verbose_sqlstate("HINTS: no code"), None);
    }
}
