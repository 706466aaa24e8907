//! Collects problems of one document, each at its place in the file.

use yaml_serde::{Mapping, Value};

use super::position::{Lines, Position, Step};
use crate::error::{RuleError, nearest};

/// Problems of one document.
pub(crate) struct Report<'t> {
    file: &'t str,
    lines: Lines<'t>,
    errors: Vec<RuleError>,
}

impl<'t> Report<'t> {
    /// A report on `text`, whose first line is line `first` of `file`.
    pub(crate) fn new(file: &'t str, text: &'t str, first: usize) -> Self {
        Self {
            file,
            lines: Lines::new(text, first),
            errors: Vec::new(),
        }
    }

    /// Adds a problem with what `path` leads to.
    pub(crate) fn error(
        &mut self,
        path: &[Step<'_>],
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let position = self.lines.find(path);
        self.error_at(position, message, help);
    }

    /// Adds a problem at a known place.
    pub(crate) fn error_at(
        &mut self,
        position: Position,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let error = RuleError {
            file: self.file.to_owned(),
            line: position.line,
            column: position.column,
            message: message.into(),
            help,
            source_line: self.lines.line(position.line).to_owned(),
            width: position.width,
        };
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    /// Line of what `path` leads to.
    pub(crate) fn line_of(&self, path: &[Step<'_>]) -> usize {
        self.lines.find(path).line
    }

    /// Whether nothing was found so far.
    pub(crate) fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }

    /// What was found.
    pub(crate) fn into_errors(self) -> Vec<RuleError> {
        self.errors
    }

    /// Refuses keys of `mapping` that are not among `known`.
    pub(crate) fn refuse_unknown_keys(
        &mut self,
        path: &[Step<'_>],
        mapping: &Mapping,
        known: &[&str],
    ) {
        for key in mapping.keys() {
            let Some(name) = key.as_str() else {
                self.error(path, "keys must be text", None);
                continue;
            };
            if known.contains(&name) {
                continue;
            }
            let place = [path, &[Step::Key(name)]].concat();
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known keys: {}", known.join(", ")),
            };
            self.error(&place, format!("unknown key `{name}`"), Some(help));
        }
    }

    /// A text, or nothing with a problem noted.
    pub(crate) fn text<'v>(&mut self, path: &[Step<'_>], value: &'v Value) -> Option<&'v str> {
        let text = value.as_str();
        if text.is_none() {
            self.error(path, "must be text", Some("put it in quotes".into()));
        }
        text
    }

    /// A list of texts; a single text is a list of one.
    pub(crate) fn texts(&mut self, path: &[Step<'_>], value: &Value) -> Vec<String> {
        match value {
            Value::String(text) => vec![text.clone()],
            Value::Sequence(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    match item.as_str() {
                        Some(text) => texts.push(text.to_owned()),
                        None => {
                            let place = [path, &[Step::Item(index)]].concat();
                            self.error(&place, "must be text", Some("put it in quotes".into()));
                        }
                    }
                }
                texts
            }
            _ => {
                self.error(path, "must be a text or a list of texts", None);
                Vec::new()
            }
        }
    }

    /// A duration such as `90s` or `1h`, in microseconds.
    pub(crate) fn duration(&mut self, path: &[Step<'_>], value: &Value) -> Option<i64> {
        let micros = value.as_str().and_then(parse_duration);
        if micros.is_none() {
            let help = "a number and a unit: 500ms, 90s, 5m, 1h, 1d, 1w".to_owned();
            self.error(path, "is not a duration", Some(help));
        }
        micros
    }
}

/// Reads `500ms`, `90s`, `5m`, `1h`, `1d`, `1w` as microseconds.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    let text = text.trim();
    let split = text.find(|character: char| character.is_ascii_alphabetic())?;
    let (digits, unit) = text.split_at_checked(split)?;
    let count: i64 = digits.trim().parse().ok().filter(|count| *count >= 0)?;
    let unit: i64 = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        "w" => 604_800_000_000,
        _ => return None,
    };
    count.checked_mul(unit)
}

/// Microseconds in the largest unit that divides them: `5m`, `1h`, `90s`.
pub(crate) fn format_duration(micros: i64) -> String {
    const UNITS: [(i64, &str); 6] = [
        (604_800_000_000, "w"),
        (86_400_000_000, "d"),
        (3_600_000_000, "h"),
        (60_000_000, "m"),
        (1_000_000, "s"),
        (1_000, "ms"),
    ];
    UNITS
        .iter()
        .find(|(unit, _)| micros != 0 && micros % unit == 0)
        .map_or_else(
            || format!("{micros}us"),
            |(unit, name)| format!("{}{name}", micros / unit),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print() {
        assert_eq!(parse_duration("90s"), Some(90_000_000));
        assert_eq!(parse_duration("500ms"), Some(500_000));
        assert_eq!(parse_duration("1y"), None);
        assert_eq!(parse_duration("-1s"), None);
        assert_eq!(parse_duration("99999999999999w"), None);
        assert_eq!(format_duration(300_000_000), "5m");
        assert_eq!(format_duration(90_000_000), "90s");
        assert_eq!(format_duration(604_800_000_000), "1w");
        assert_eq!(format_duration(0), "0us");
    }
}
