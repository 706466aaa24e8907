//! What can go wrong: rules that do not load, snapshots that do not fit.

use std::fmt;

/// Everything this crate can fail with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Rules are invalid; nothing was loaded. Not retryable.
    #[error(transparent)]
    Rules(#[from] RuleErrors),
    /// A snapshot was written by another version of the format. Not retryable.
    #[error("the snapshot has format {found}, this program reads format {expected}")]
    SnapshotVersion {
        /// Format of the snapshot.
        found: u32,
        /// Format this program reads.
        expected: u32,
    },
    /// A snapshot was taken with other rules. Not retryable.
    #[error("the snapshot was taken with other rules; start without it")]
    SnapshotRules,
    /// A snapshot cannot be read or written. Not retryable.
    #[error("the snapshot cannot be read or written")]
    SnapshotFormat(#[source] serde_json::Error),
    /// No rule, pack or template of that name.
    #[error("there is no {what} named `{}`{}", name.escape_debug(), nearest_text(nearest.as_deref()))]
    NotFound {
        /// `rule`, `pack` or `template`.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
}

fn nearest_text(nearest: Option<&str>) -> String {
    nearest
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

/// One problem of one rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// Path as given to [`load`](crate::load()).
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line as it stands in the file.
    pub source_line: String,
    /// How many characters the caret covers, at least 1.
    pub width: usize,
}

impl fmt::Display for RuleError {
    /// Renders like a compiler's diagnostic: message, place, source line, caret, help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(f, "error: {}", printable(&self.message))?;
        writeln!(
            f,
            "{gutter}--> {}:{}:{}",
            printable(&self.file),
            self.line,
            self.column
        )?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {}", printable(&self.source_line))?;
        let indent = " ".repeat(self.column.saturating_sub(1));
        write!(f, "{gutter} | {indent}{}", "^".repeat(self.width.max(1)))?;
        if let Some(help) = &self.help {
            write!(f, "\n{gutter} = help: {}", printable(help))?;
        }
        Ok(())
    }
}

impl std::error::Error for RuleError {}

/// All problems found in one load, in order of file and line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleErrors(pub Vec<RuleError>);

impl fmt::Display for RuleErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for error in &self.0 {
            writeln!(f, "{error}\n")?;
        }
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(
            f,
            "{} error{plural} in the rules; none was loaded",
            self.0.len()
        )
    }
}

impl std::error::Error for RuleErrors {}

/// The text with control characters made visible, so that a file cannot
/// write to the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\t' => ' ',
            '\n' => ' ',
            other if other.is_control() => '\u{fffd}',
            other => other,
        })
        .collect()
}

/// The candidate nearest to `name` by edits, when it is near enough to be meant.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (edits(name, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= limit || candidate.rsplit('.').next() == Some(name)
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, case-insensitive, over at most 64 characters.
fn edits(left: &str, right: &str) -> usize {
    let fold = |text: &str| -> Vec<char> {
        text.chars()
            .take(64)
            .map(|character| character.to_ascii_lowercase())
            .collect()
    };
    let (left, right) = (fold(left), fold(right));
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = i;
        let mut previous = i + 1;
        for (b, cell) in right.iter().zip(row.iter_mut().skip(1)) {
            let cost = diagonal + usize::from(a != b);
            diagonal = *cell;
            previous = cost.min(previous + 1).min(*cell + 1);
            *cell = previous;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distance_is_levenshteins() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", "abc"), 0);
        assert_eq!(edits("flaw", "lawn"), 2);
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_near() {
        let names = ["statement.tables", "statement.rows", "user"];
        assert_eq!(nearest("statement.tabels", names), Some("statement.tables"));
        assert_eq!(nearest("tables", names), Some("statement.tables"));
        assert_eq!(nearest("CommandLine", names), None);
    }

    #[test]
    fn a_diagnostic_points_at_the_place() {
        let error = RuleError {
            file: "rules/x.yml".into(),
            line: 12,
            column: 5,
            message: "unknown field".into(),
            help: Some("did you mean `user`?".into()),
            source_line: "    usr: bob".into(),
            width: 3,
        };
        let expected = "error: unknown field\n  --> rules/x.yml:12:5\n   |\n12 |     usr: bob\n   |     ^^^\n   = help: did you mean `user`?";
        assert_eq!(error.to_string(), expected);
    }
}
