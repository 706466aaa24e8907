//! Foreign text inside Markdown (CommonMark 0.31 and the GitHub extensions)
//! without its being read as Markdown: no HTML, links, images, mentions, issue
//! references, tables or fences.

use crate::render::visible;

/// Backticks in a row a code span can hold: readers stop counting somewhere.
const TICKS: usize = 20;

/// `text` as one line of prose. Punctuation is escaped; words a tracker would
/// turn into a link, a mention or a reference become code, where it does not
/// look.
pub(super) fn prose(text: &str) -> String {
    let mut words = Vec::new();
    let text = text.replace(['\r', '\n'], " ");
    for word in visible::line(&text)
        .split(' ')
        .filter(|word| !word.is_empty())
    {
        if is_reference(word) {
            words.push(code(word))
        } else {
            words.push(escaped(word))
        }
    }
    words.join(" ")
}

/// Whether renderers make more of a word than text.
fn is_reference(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let numbered = |mark: char| {
        word.split(mark)
            .skip(1)
            .any(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    word.contains('@')
        || lower.contains("www.")
        || lower.contains("://")
        || lower.contains("mailto:")
        || lower.contains("xmpp:")
        || numbered('#')
        || lower.contains("gh-")
        || is_commit(word)
}

/// Seven hexadecimal digits or more: trackers look for commits.
fn is_commit(word: &str) -> bool {
    word.split(|c: char| !c.is_ascii_hexdigit())
        .any(|run| run.len() >= 7 && run.bytes().any(|byte| byte.is_ascii_digit()))
}

/// A word with a backslash before the punctuation that could mean something.
fn escaped(word: &str) -> String {
    let mut text = String::with_capacity(word.len() + 8);
    let mut before: Option<char> = None;
    let mut rest = word.chars().peekable();
    let mut only_digits = true;
    while let Some(c) = rest.next() {
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '#' | '!' | '$' | '^' => {
                true
            }
            // Between letters it never begins or ends emphasis.
            '_' => !(inside(before) && inside(rest.peek().copied())),
            // Bullets, rules and underlined headings, at the start of a line only.
            '-' | '+' | '=' => before.is_none(),
            // Numbered lists.
            '.' | ')' => only_digits && before.is_some(),
            _ => false,
        };
        if special {
            text.push('\\');
        }
        text.push(c);
        only_digits &= c.is_ascii_digit();
        before = Some(c);
    }
    text
}

/// `text` as a code span, on one line.
pub(super) fn code(text: &str) -> String {
    let mut shown = visible::line(text);
    if shown.trim().is_empty() {
        // A span of nothing but spaces is none.
        return "(empty)".to_owned();
    }
    let mut run = longest_run(&shown);
    if run > TICKS {
        shown = shown.replace('`', "\\x60").into();
        run = 0;
    }
    let ticks = "`".repeat(run + 1);
    // One space on both sides is taken off again, and keeps backticks apart.
    let edge = |c: Option<char>| matches!(c, Some('`' | ' '));
    let pad = if edge(shown.chars().next()) || edge(shown.chars().next_back()) {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{shown}{pad}{ticks}")
}

/// Finished Markdown as a table cell: pipes would end it, even inside code.
pub(super) fn cell(markdown: &str) -> String {
    let mut cell = String::with_capacity(markdown.len() + 4);
    let mut backslashes = 0_usize;
    for c in markdown.chars() {
        // After an odd run of backslashes the pipe is escaped already.
        if c == '|' && backslashes.is_multiple_of(2) {
            cell.push('\\');
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        cell.push(c);
    }
    cell
}

/// `text` as a fenced block, its line feeds kept.
pub(super) fn fence(text: &str) -> String {
    let shown = visible::lines(text);
    let ticks = "`".repeat((longest_run(&shown) + 1).max(3));
    format!("{ticks}text\n{}\n{ticks}", shown.trim_end_matches('\n'))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_only_prose() {
        assert_eq!(prose("plain, text"), "plain, text");
        assert_eq!(prose("<img src=x>"), "\\<img src=x\\>");
        assert_eq!(prose("[a](b) | *c*"), "\\[a\\](b) \\| \\*c\\*");
        assert_eq!(
            prose("see https://evil.example now"),
            "see `https://evil.example` now"
        );
        assert_eq!(prose("ask @security #12"), "ask `@security` `#12`");
        assert_eq!(prose("a\n# b"), "a \\# b");
        assert_eq!(prose("1. x 2) y - z"), "1\\. x 2\\) y \\- z");
        assert_eq!(
            prose("app_ro on db-1 _so_ (v1.2)."),
            "app_ro on db-1 \\_so\\_ (v1.2)."
        );
    }

    #[test]
    fn code_outruns_its_backticks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code(" "), "(empty)");
        assert_eq!(fence("```\nx"), "````text\n```\nx\n````");
    }

    #[test]
    fn cells_keep_their_pipes() {
        assert_eq!(cell(&code("a|b")), "`a\\|b`");
        assert_eq!(cell(&prose("a|b")), "a\\|b");
        assert_eq!(cell("a\\\\|b"), "a\\\\\\|b");
    }
}
